//! A place of its own for a test: a small file system in a mount namespace, in which the test runs once more as a child. It wants
//! root, or a system that lets everybody have namespaces.

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Tells a child where its place is.
const PLACE: &str = "COFFER_CANARY_PLACE";
/// Room for a store, and little more.
const SIZE: &str = "8m";

/// Runs the test `child` of this module tree where `$1` is an empty file system. `prepare` is shell that runs there first.
pub(super) fn in_a_place(child: &str, prepare: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mount =
        format!("mount -t tmpfs -o size={SIZE},mode=0700 tmpfs \"$1\" && {{ {prepare}; }} || exit 99");
    let script = format!("{mount}; shift; exec \"$@\"");
    let name = format!("canary::{child}");
    // As root without a user namespace first: containers often forbid the latter.
    let ran = [["-m", "-u"].as_slice(), &["-r", "-m", "-u"]].map(|namespaces| {
        let mut command = Command::new("unshare");
        command.args(namespaces).args(["sh", "-c", &script, "sh"]).arg(folder.path());
        command.arg(env::current_exe().unwrap()).args([&name, "--exact", "--nocapture"]);
        command.env(PLACE, folder.path()).env("TMPDIR", folder.path()).output().unwrap()
    });
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let ran = ran.into_iter().find(|ran| said(ran).contains("running 1 test"));
    let ran = ran.unwrap_or_else(|| {
        panic!("this test needs `unshare` and `mount`: run it as root, or where user namespaces are allowed")
    });
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(said(&ran).contains("test result: ok. 1 passed"), "{}{told}", said(&ran));
}

/// In a child: where its file system is.
#[expect(
    clippy::disallowed_methods,
    reason = "a child of the test, not of the program: there is no settings file"
)]
pub(super) fn place() -> Option<PathBuf> {
    env::var_os(PLACE).map(PathBuf::from)
}

/// Leaves so many bytes in the file system of `ballast`, which takes the rest.
pub(super) fn leave(ballast: &Path, bytes: usize) {
    let mut file = File::create(ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(u64::try_from(bytes).unwrap())).unwrap();
}

/// What lies in a folder, to the last byte.
pub(super) fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(content(&path));
            found.push((path, Vec::new()));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}
