//! The other verifier, `tools/verify_log.py`: asked many times by `serve.py`, or run as an auditor runs it.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running Python that answers questions.
pub(crate) struct Python {
    child: Child,
    questions: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Python {
    pub(crate) fn start() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bundle/serve.py");
        let mut command = Command::new(interpreter());
        command.arg(here).arg(script()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, questions, answers }
    }

    /// `ok`, or the place of the first fault. What is asked is what stands behind `verify_log.py` on a command line.
    pub(crate) fn verify(&mut self, arguments: &[String]) -> String {
        writeln!(self.questions.as_mut().unwrap(), "{}", arguments.join("\t")).unwrap();
        self.answers.next().unwrap().unwrap()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.questions = None;
        let left = self.child.wait();
        assert!(std::thread::panicking() || left.unwrap().success());
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/verify_log.py")
}

/// The Python that is named in `COFFER_TEST_PYTHON`, or the workspace's own.
#[expect(clippy::disallowed_methods, reason = "which Python to use is a matter of the machine")]
fn interpreter() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let python = std::env::var_os("COFFER_TEST_PYTHON").map_or_else(own, PathBuf::from);
    assert!(
        python.exists(),
        "{} does not exist: `cargo xtask test` sets it up, or name a Python with cryptography >= 50 in COFFER_TEST_PYTHON",
        python.display()
    );
    python
}
