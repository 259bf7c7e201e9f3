//! A home and a project of their own for each test.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// In a folder of its own below another one.
    pub(crate) fn below(folder: &Path) -> Self {
        let folder = tempfile::tempdir_in(folder).unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        fs::create_dir(folder.path().join("project")).unwrap();
        Self { folder }
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn coffer_home(&self) -> PathBuf {
        self.home().join(".local/share/coffer")
    }

    /// A command in the project, with nothing of this process's environment but the way to programs.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut path = std::ffi::OsString::from(Path::new(env!("CARGO_BIN_EXE_coffer")).parent().unwrap());
        path.push(":/usr/bin:/bin");
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home())
            .env("LC_ALL", "C")
            .current_dir(self.project());
        command
    }

    pub(crate) fn coffer(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_coffer")).args(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// What `coffer` writes to stdout; it has to succeed.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.coffer(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The exit code and stderr of a `coffer` that has to fail.
    pub(crate) fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.coffer(arguments);
        assert!(!output.status.success(), "{arguments:?} should fail");
        (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        let mut command = self.command(env!("CARGO_BIN_EXE_coffer"));
        let mut child = command.args(["set", name, "--stdin"]).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.project().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.project().join(name)).unwrap()
    }
}
