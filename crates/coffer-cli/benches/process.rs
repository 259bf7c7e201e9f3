//! What one call of `coffer` costs as a whole process: start, unlocking with the key file, PBKDF2, one audited read, end.
#![expect(clippy::unwrap_used, reason = "a bench stops where something is wrong")]

use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};

fn coffer(folder: &Path, arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_coffer"))
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}");
}

fn process(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".env"),
        "DATABASE_URL=postgresql://user:password@localhost:5432/app\n",
    )
    .unwrap();
    coffer(folder.path(), &["import", ".env", "--keep"]);
    c.bench_function("coffer get (whole process)", |b| {
        b.iter(|| coffer(folder.path(), &["get", "DATABASE_URL"]))
    });
    c.bench_function("coffer --version (whole process)", |b| {
        b.iter(|| coffer(folder.path(), &["--version"]))
    });
}

criterion_group!(benches, process);
criterion_main!(benches);
