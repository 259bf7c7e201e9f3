//! A bundle that comes in parts from elsewhere: whole, continued, broken off at every part, and with what does not belong there.

use std::fs;
use std::path::Path;

use coffer_log::bundle::{BundleError, BundleWriter, Name, VerifyOptions, verify};
use coffer_log::{Checkpoint, SignedNote};

use crate::files::{self, Files};

/// A sound bundle of 270 entries, two takeovers, two older checkpoints, and a witness.
fn whole() -> Files {
    files::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/log/bundles/good"))
}

enum Part {
    File(Name, Vec<u8>),
    Line(Vec<u8>),
}

/// What is handed over, in the order of an export.
fn parts(bundle: &Files) -> Vec<Part> {
    let files = bundle.iter().filter_map(|(name, bytes)| match Name::parse(name).unwrap() {
        Name::Newest | Name::Entries => None,
        name => Some(Part::File(name, bytes.clone())),
    });
    files.chain(files::lines(bundle).into_iter().map(Part::Line)).collect()
}

fn newest(bundle: &Files) -> SignedNote {
    SignedNote::parse(std::str::from_utf8(&bundle["checkpoint"]).unwrap()).unwrap()
}

fn open(dir: &Path, bundle: &Files) -> BundleWriter {
    BundleWriter::open(dir, &Checkpoint::parse(newest(bundle).text()).unwrap().origin).unwrap()
}

fn give(writer: &mut BundleWriter, part: &Part) -> Result<(), BundleError> {
    match part {
        Part::File(name, bytes) => writer.file(*name, bytes),
        Part::Line(line) => writer.line(line),
    }
}

#[test]
fn a_copy_is_the_bundle_also_when_it_broke_off_anywhere() {
    let (bundle, folder) = (whole(), tempfile::tempdir().unwrap());
    let dir = folder.path().join("bundle");
    let parts = parts(&bundle);
    for broken_off in 0..=parts.len() {
        let mut writer = open(&dir, &bundle);
        assert_eq!((writer.next_index(), BundleWriter::wanted(&dir).unwrap()), (0, 0));
        parts.iter().take(broken_off).for_each(|part| give(&mut writer, part).unwrap());
    }
    // Broken off between a folder and its first file.
    fs::create_dir_all(dir.join("tile/3/x001")).unwrap();
    fs::create_dir_all(dir.join("keys")).unwrap();
    let mut writer = open(&dir, &bundle);
    parts.iter().for_each(|part| give(&mut writer, part).unwrap());
    writer.finish(&newest(&bundle)).unwrap();
    assert_eq!(files::read(&dir), bundle);
    let report = verify(&dir, &VerifyOptions::default()).unwrap();
    assert_eq!(BundleWriter::wanted(&dir).unwrap(), report.size);
}

#[test]
fn what_is_no_part_of_the_log_is_refused() {
    let (bundle, folder) = (whole(), tempfile::tempdir().unwrap());
    let dir = folder.path().join("bundle");
    let first = files::lines(&bundle).remove(0);
    let key = bundle["keys/0"].clone();
    let tile = bundle["tile/0/000"].clone();
    let parse = |name| Name::parse(name).unwrap();
    for (name, bytes) in [
        (parse("checkpoint"), bundle["checkpoint"].clone()),
        (parse("entries.jsonl"), first.clone()),
        (parse("unfinished"), b"x".to_vec()),
        (parse("tile/0/000"), tile[1..].to_vec()),
        (parse("tile/0/000.p/9"), tile.clone()),
        (parse("keys/0"), b"no note".to_vec()),
        (parse("keys/0"), vec![0xff]),
        (parse("checkpoints/7"), key.clone()),
        (parse("checkpoints/7"), bundle["checkpoint"].clone()),
        (parse("witnesses"), b"nobody\n".to_vec()),
    ] {
        let refused = open(&dir, &bundle).file(name, &bytes).unwrap_err();
        assert!(matches!(refused, BundleError::Made(_)), "{name}: {refused}");
    }
    let mut writer = open(&dir, &bundle);
    for line in [&first[..first.len() - 1], b"{}\n", b"", &first.to_ascii_uppercase()] {
        assert!(matches!(writer.line(line), Err(BundleError::Made(_))));
    }
    writer.line(&first).unwrap();
    assert!(matches!(writer.line(&first), Err(BundleError::Made(_))), "twice");
    // Nothing is missing for whoever only looks at the parts: it does not verify, and there is no bundle.
    let refused = writer.finish(&newest(&bundle)).unwrap_err();
    assert!(matches!(refused, BundleError::Made(_)), "{refused}");
    assert!(!dir.join("checkpoint").exists());
}

#[test]
fn where_no_bundle_is_everything_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for nothing in [folder.path(), &folder.path().join("nowhere"), &file] {
        assert_eq!(BundleWriter::wanted(nothing).unwrap(), 0);
    }
    fs::write(folder.path().join("checkpoint"), "x").unwrap();
    assert!(matches!(BundleWriter::wanted(folder.path()), Err(BundleError::Held(_))));
}
