//! `cargo xtask fuzz [SECONDS] [TARGET]`: feeds every parser with what a fuzzer comes up with, as many at once as there are cores.
//!
//! The targets are the files in `fuzz/fuzz_targets/`, each with seeds in `fuzz/corpus/`. What a run finds interesting it keeps in
//! `fuzz/found/`, and the next one goes on from there; what breaks a target lies in `fuzz/artifacts/`. Of a finding, the input
//! goes into the corpus, and what it showed becomes a test where the fault was.
//!
//! No `cargo fuzz` is needed, and no nightly: `fuzz/instrument.sh` has what makes libFuzzer see the way that an input takes, and
//! `fuzz/Cargo.toml` says why the targets are part of the workspace.

mod report;

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::steps::Outcome;
use crate::{Usage, talk};
use report::Report;

/// For each target, unless it is said.
pub(crate) const SECONDS: u32 = 30;
/// The target with a fault in it, which has to be found: else nothing would be.
const CONTROL: &str = "control";
/// Inputs in which the control is found; a hundredth of them is enough.
const CONTROL_RUNS: &str = "-runs=10000000";
/// One input takes microseconds; what takes so many seconds never ends, however busy the machine is.
const TIMEOUT: &str = "-timeout=60";
/// In MiB. Nothing that is parsed may need so much.
const MEMORY: &str = "-rss_limit_mb=1024";

/// Fuzzes what is named, or everything.
pub(crate) fn run(root: &Path, words: &[String]) -> Outcome {
    let (seconds, target) = match words {
        [] => (SECONDS, None),
        [seconds] => (number(seconds)?, None),
        [seconds, target] => (number(seconds)?, Some(target.as_str())),
        _ => return Err(Box::new(Usage("`fuzz` takes seconds and a target".into()))),
    };
    all(root, seconds, target)
}

/// Builds the targets, sees that the control is found, and fuzzes each target for so many seconds.
pub(crate) fn all(root: &Path, seconds: u32, only: Option<&str>) -> Outcome {
    let folder = root.join("fuzz");
    let mut targets = targets(&folder)?;
    if let Some(only) = only {
        targets.retain(|target| target == only);
        if targets.is_empty() {
            return Err(Box::new(Usage(format!("there is no target `{only}` in fuzz/fuzz_targets"))));
        }
    }
    let programs = build(root, targets.iter().map(String::as_str).chain([CONTROL]))?;
    let fuzz = Fuzz { folder, programs };
    fuzz.control()?;
    let (total, waiting) = (targets.len(), Mutex::new(VecDeque::from(targets)));
    let failures = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores.min(total) {
            scope.spawn(|| {
                let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                while let Some(target) = next() {
                    if let Err(failure) = fuzz.target(&target, seconds) {
                        talk::say(&format!("xtask: fuzz: {failure}"));
                        failures.lock().unwrap_or_else(PoisonError::into_inner).push(target);
                    }
                }
            });
        }
    });
    match failures.into_inner().unwrap_or_else(PoisonError::into_inner).as_slice() {
        [] => Ok(()),
        failed => Err(format!("of {total} targets these failed: {}", failed.join(", ")).into()),
    }
}

struct Fuzz {
    /// `fuzz/`.
    folder: PathBuf,
    /// The targets as they were built, by name.
    programs: BTreeMap<String, PathBuf>,
}

impl Fuzz {
    /// A fuzzer that does not see the way that an input takes finds nothing but what is found by chance.
    fn control(&self) -> Outcome {
        let log = self.log(CONTROL)?;
        let found = !self.command(CONTROL, &log)?.arg(CONTROL_RUNS).status()?.success();
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        if found && said.contains("the control was found") {
            return Ok(());
        }
        Err(format!(
            "the control was not found: the targets are built without coverage; see {}",
            log.display()
        )
        .into())
    }

    fn target(&self, target: &str, seconds: u32) -> Outcome {
        let log = self.log(target)?;
        let mut command = self.command(target, &log)?;
        let found = self.made(&["found", target])?;
        let seeds = self.folder.join("corpus").join(target);
        command.arg(format!("-max_total_time={seconds}")).arg(found).arg(seeds);
        let dictionary = self.folder.join("dictionaries").join(target);
        if dictionary.exists() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        let status = command.status()?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        if !status.success() {
            let program = command.get_program().as_ref();
            return Err(format!("{target} FAILED\n{}", report::failure(program, &said, &log)).into());
        }
        let report = Report::find(&said)
            .ok_or_else(|| format!("{target}: libFuzzer has not said what it did; see {}", log.display()))?;
        talk::say(&format!("xtask: fuzz: {target:<10}{report}"));
        Ok(())
    }

    /// The call that all share; what it says goes into the file.
    fn command(&self, target: &str, log: &Path) -> Outcome<Command> {
        let artifacts = self.made(&["artifacts", target])?;
        let program = self.programs.get(target).ok_or_else(|| format!("cargo has not built {target}"))?;
        let mut command = Command::new(program);
        command
            .args([TIMEOUT, MEMORY, "-print_final_stats=1"])
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log)?);
        Ok(command)
    }

    fn log(&self, target: &str) -> Outcome<PathBuf> {
        Ok(self.made(&["found"])?.join(format!("{target}.log")))
    }

    /// A folder below `fuzz/`, which is there then.
    fn made(&self, parts: &[&str]) -> Outcome<PathBuf> {
        let folder = parts.iter().fold(self.folder.clone(), |folder, part| folder.join(part));
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

fn number(word: &str) -> Outcome<u32> {
    let number = word.parse().ok().filter(|seconds| *seconds > 0);
    number.ok_or_else(|| Usage(format!("`{word}` is no number of seconds")).into())
}

/// The targets in `fuzz/`, by name.
fn targets(folder: &Path) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder.join("fuzz_targets"))? {
        let path = file?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        names.extend(name.filter(|name| name != CONTROL));
    }
    names.sort();
    Ok(names)
}

/// Builds targets with counters: our crates anew, with the registry's as the tests have them.
fn build<'t>(root: &Path, targets: impl Iterator<Item = &'t str>) -> Outcome<BTreeMap<String, PathBuf>> {
    let output = Command::new("cargo")
        .args(["test", "--no-run", "--workspace", "--all-features", "--locked", "--message-format", MESSAGES])
        .args(targets.flat_map(|target| ["--test", target]))
        .env("RUSTC_WORKSPACE_WRAPPER", root.join("fuzz/instrument.sh"))
        // A cache for compilers, where somebody has one, does not know the script for one.
        .env("RUSTC_WRAPPER", "")
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the targets can't be built: cargo ended with {}", output.status).into());
    }
    Ok(executables(&String::from_utf8_lossy(&output.stdout)))
}

/// What is built, line by line on stdout; what goes wrong is still told to people, on stderr.
const MESSAGES: &str = "json-render-diagnostics";

/// The executables that cargo speaks of, by the name before the hash in their file's name. Paths that JSON escapes are none of ours.
fn executables(messages: &str) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for line in messages.lines() {
        let path = line.split_once("\"executable\":\"").and_then(|(_, rest)| rest.split('"').next());
        let Some(path) = path.map(PathBuf::from) else { continue };
        let name = path.file_name().and_then(|name| name.to_str()?.rsplit_once('-'));
        if let Some((name, _)) = name {
            found.insert(name.to_owned(), path.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::{executables, number, targets};
    use crate::edge;

    #[test]
    fn every_target_is_built_and_has_seeds() {
        let folder = edge::root().unwrap().join("fuzz");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let targets = targets(&folder).unwrap();
        assert!(targets.len() >= 12, "{targets:?}");
        for target in &targets {
            assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
            let seeds = fs::read_dir(folder.join("corpus").join(target)).unwrap();
            assert!(seeds.count() >= 3, "{target} has hardly any seeds");
        }
        for kept in ["corpus", "dictionaries"] {
            for name in fs::read_dir(folder.join(kept)).unwrap() {
                let name = name.unwrap().file_name().into_string().unwrap();
                assert!(targets.contains(&name), "fuzz/{kept}/{name} is of no target");
            }
        }
        assert_eq!(targets.len(), targets.iter().collect::<BTreeSet<_>>().len());
    }

    #[test]
    fn what_was_built_is_found_by_its_name() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null,\"fresh\":true}\n\
            {\"reason\":\"compiler-artifact\",\"executable\":\"/t/debug/deps/path-0a1b\",\"fresh\":false}\n\
            {\"reason\":\"build-finished\",\"success\":true}\n";
        let found = executables(messages);
        assert_eq!(found.len(), 1);
        assert_eq!(found["path"], Path::new("/t/debug/deps/path-0a1b"));
    }

    #[test]
    fn seconds_are_a_number() {
        assert_eq!(number("600").unwrap(), 600);
        for bad in ["", "0", "-1", "1m", "path"] {
            assert!(number(bad).is_err(), "{bad}");
        }
    }
}
