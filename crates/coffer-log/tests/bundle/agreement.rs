//! Both verifiers, asked the same.

use std::path::{Path, PathBuf};

use coffer_log::bundle::{Fault, VerifyOptions, VerifyReport, verify};
use coffer_log::{SignedNote, VerifierKey};

/// What a bundle in a folder is held against.
#[derive(Default)]
pub(crate) struct Question {
    pub(crate) dir: PathBuf,
    pub(crate) key: Option<String>,
    pub(crate) known: Vec<PathBuf>,
    pub(crate) witness: Option<String>,
    pub(crate) system: Option<PathBuf>,
}

impl Question {
    pub(crate) fn about(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), ..Self::default() }
    }

    /// This crate's answer.
    pub(crate) fn verify(&self) -> Result<VerifyReport, Fault> {
        let key = |text: &String| VerifierKey::parse(text).unwrap();
        let note = |path: &PathBuf| SignedNote::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let options = VerifyOptions {
            key: self.key.as_ref().map(key),
            known: self.known.iter().map(note).collect(),
            witnesses: self.witness.iter().map(key).collect(),
            system: self.system.clone(),
        };
        verify(&self.dir, &options)
    }

    /// The same in the words of the other verifier's command line.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let shown = |path: &PathBuf| path.to_str().unwrap().to_owned();
        let mut arguments = vec![shown(&self.dir)];
        let mut add = |flag: &str, value: Option<String>| {
            arguments.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
        };
        add("--key", self.key.clone());
        self.known.iter().for_each(|path| add("--known", Some(shown(path))));
        add("--witness", self.witness.clone());
        add("--system", self.system.as_ref().map(shown));
        arguments
    }
}

/// `ok`, or the place of the fault.
pub(crate) fn verdict(answer: &Result<VerifyReport, Fault>) -> String {
    answer.as_ref().map_or_else(|fault| fault.place.to_string(), |_report| "ok".to_owned())
}
