//! A bundle in memory: made by hand from the format's text, without the crate's writer; and on the disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use coffer_log::tree::leaf_hash;
use coffer_log::{Checkpoint, SignedNote, VerifierKey};

use crate::log::{Log, hex};

/// The files of a bundle, by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A bundle of `log` from the entry `first` on: the last of `checkpoints` is the newest.
pub(crate) fn bundle(
    log: &Log,
    first: usize,
    checkpoints: &[SignedNote],
    witnesses: &[VerifierKey],
) -> Files {
    let mut files = Files::new();
    let (newest, kept) = checkpoints.split_last().unwrap();
    files.insert("checkpoint".to_owned(), newest.to_string().into_bytes());
    for note in kept {
        let size = Checkpoint::parse(note.text()).unwrap().size;
        files.insert(format!("checkpoints/{size}"), note.to_string().into_bytes());
    }
    for (epoch, note) in log.notes.iter().enumerate() {
        files.insert(format!("keys/{epoch}"), note.to_string().into_bytes());
    }
    for ((id, width), hashes) in log.tiles() {
        files.insert(id.path(width), hashes.iter().flat_map(|hash| *hash.bytes()).collect());
    }
    let lines = log.leaves.iter().enumerate().skip(first);
    files.insert("entries.jsonl".to_owned(), lines.flat_map(|(at, leaf)| line(log, at, leaf)).collect());
    if !witnesses.is_empty() {
        let text: String = witnesses.iter().map(|key| format!("{key}\n")).collect();
        files.insert("witnesses".to_owned(), text.into_bytes());
    }
    files
}

/// The line of one entry.
pub(crate) fn line(log: &Log, index: usize, leaf: &[u8]) -> Vec<u8> {
    let (leaf, hash) = (std::str::from_utf8(leaf).unwrap(), hex(leaf_hash(leaf).bytes()));
    let origin = &log.origin;
    format!(
        "{{\"entry\":{leaf},\"leaf_hash\":\"{hash}\",\"log_index\":{index},\"log_origin\":\"{origin}\"}}\n"
    )
    .into_bytes()
}

/// The lines of the entries, each with its end.
pub(crate) fn lines(files: &Files) -> Vec<Vec<u8>> {
    files["entries.jsonl"].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

pub(crate) fn set_lines(files: &mut Files, lines: &[Vec<u8>]) {
    files.insert("entries.jsonl".to_owned(), lines.concat());
}

/// A file as text, changed.
pub(crate) fn edit(files: &mut Files, path: &str, change: impl FnOnce(&str) -> String) {
    let old = String::from_utf8(files[path].clone()).unwrap();
    let new = change(&old);
    assert_ne!(old, new, "{path} was not changed");
    files.insert(path.to_owned(), new.into_bytes());
}

/// All files below a folder.
pub(crate) fn read(dir: &Path) -> Files {
    let mut files = Files::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(inside) = waiting.pop() {
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

pub(crate) fn write(dir: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
