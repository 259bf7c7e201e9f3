//! One call of the binary: how it is made, and how it has to end.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};
use std::thread;

use super::marks::{Finder, Mark};
use super::stage::Stage;
use super::terminal;

/// A call that is going to be made.
#[must_use]
pub(crate) struct Call<'s> {
    stage: &'s mut Stage,
    called: Called,
    stdin: Vec<u8>,
    typed: Vec<(&'static str, Vec<u8>)>,
    meanwhile: Vec<&'static str>,
    variables: Vec<(&'static str, String)>,
    shows: Vec<Mark>,
}

/// A call that was made.
#[derive(Debug, Default)]
pub(super) struct Called {
    pub(super) words: Vec<String>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// The labels of the marks that it was asked for, so that its stdout tells them.
    pub(super) shows: Vec<String>,
    /// The labels of the marks that it repeats: they are no values, and its stderr may tell them.
    pub(super) repeats: Vec<String>,
    /// Its stdout is what is looked for elsewhere.
    pub(super) unsearched: bool,
    /// The entries that it leaves: `[log/]action outcome`.
    pub(super) leaves: Vec<String>,
}

impl Called {
    pub(super) fn of(words: &[&str]) -> Self {
        Self { words: words.iter().map(|word| (*word).to_owned()).collect(), ..Self::default() }
    }
}

impl<'s> Call<'s> {
    pub(super) fn new(stage: &'s mut Stage, words: &str) -> Self {
        let called = Called::of(&words.split_whitespace().collect::<Vec<_>>());
        let (stdin, typed, meanwhile) = (Vec::new(), Vec::new(), Vec::new());
        Self { stage, called, stdin, typed, meanwhile, variables: Vec::new(), shows: Vec::new() }
    }

    /// One more word, as it is.
    pub(crate) fn word(mut self, word: &str) -> Self {
        self.called.words.push(word.to_owned());
        self
    }

    /// What is piped in.
    pub(crate) fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = bytes.to_vec();
        self
    }

    /// What is typed at a terminal, once it has shown `question`.
    pub(crate) fn typed(mut self, question: &'static str, answer: &[u8]) -> Self {
        self.typed.push((question, answer.to_vec()));
        self
    }

    /// Another call, which is made when the question is shown and before it is answered. Its entries are named with this one's.
    pub(crate) fn meanwhile(mut self, words: &'static str) -> Self {
        self.meanwhile.push(words);
        self
    }

    /// A variable of its environment.
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// These values are what is asked for: stdout has to tell them.
    pub(crate) fn shows(mut self, marks: &[&Mark]) -> Self {
        self.shows.extend(marks.iter().map(|mark| (*mark).clone()));
        self
    }

    /// It may repeat this to who typed it, and nobody else may.
    pub(crate) fn repeats(mut self, mark: &Mark) -> Self {
        self.called.repeats.push(mark.label.clone());
        self.called.shows.push(mark.label.clone());
        self
    }

    /// Its stdout is a value that becomes a mark.
    pub(super) fn unsearched(mut self) -> Self {
        self.called.unsearched = true;
        self
    }

    /// The entries that it leaves, `action outcome` between commas; `instance/` or a tenant's name before another log's.
    pub(crate) fn leaves(mut self, entries: &str) -> Self {
        self.called.leaves.extend(entries.split(", ").filter(|entry| !entry.is_empty()).map(str::to_owned));
        self
    }

    /// It succeeds; what it says on stdout.
    pub(crate) fn done(self) -> String {
        let (output, words) = self.run();
        assert!(output.status.success(), "coffer {words}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// It fails with the error `code`.
    pub(crate) fn fails(self, code: &str) {
        let (output, words) = self.run();
        let said = String::from_utf8_lossy(&output.stderr);
        let terminal = String::from_utf8_lossy(&output.stdout);
        let (plain, json) = (format!("error[{code}]: "), format!("\"code\":\"{code}\""));
        let is_told = [&said, &terminal].iter().any(|said| said.contains(&plain) || said.contains(&json));
        assert!(
            is_told && !output.status.success(),
            "coffer {words} should fail with {code}: {said}{terminal}"
        );
    }

    /// It ends with this exit code; what it says on stdout.
    pub(crate) fn ends(self, code: i32) -> String {
        let (output, words) = self.run();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "coffer {words}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// It goes on until it is told to end, which it is when it has said each of `said`, the next one after `coffer get A`.
    pub(crate) fn follows(self, said: &[&str]) {
        self.follows_each(&said.iter().map(|said| (*said, ["get", "A"].as_slice())).collect::<Vec<_>>());
    }

    /// The same, the next one after another call.
    pub(crate) fn follows_each(mut self, said: &[(&str, &[&str])]) {
        self.add_json();
        let mut command = self.stage.world.command(env!("CARGO_BIN_EXE_coffer"));
        command.args(&self.called.words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.surround(&mut command);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for (said, next) in said {
            let mut line = String::new();
            while !line.contains(said) {
                line = lines.next().unwrap().unwrap();
                self.called.stdout.extend_from_slice(line.as_bytes());
            }
            self.stage.world.says(next);
        }
        let ended = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(ended.success() && output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.called.stderr.clone_from(&output.stderr);
        self.stage.calls.push(self.called);
    }

    /// It ends somehow.
    pub(crate) fn made(self) -> Output {
        self.run().0
    }

    fn add_json(&mut self) {
        if self.stage.json && !self.called.words.iter().any(|word| word == "--json") {
            self.called.words.insert(0, "--json".to_owned());
        }
    }

    fn run(mut self) -> (Output, String) {
        self.add_json();
        let words = self.called.words.join(" ");
        let output = if self.typed.is_empty() { self.piped() } else { self.at_a_terminal() };
        self.called.stdout.clone_from(&output.stdout);
        self.called.stderr.clone_from(&output.stderr);
        for mark in &self.shows {
            let shown = Finder::new(std::slice::from_ref(mark)).find(&output.stdout).len();
            assert_eq!(shown, 1, "coffer {words} should show {}: {output:?}", mark.label);
            self.called.shows.push(mark.label.clone());
        }
        self.stage.calls.push(self.called);
        (output, words)
    }

    fn piped(&self) -> Output {
        let mut command = self.stage.world.command(env!("CARGO_BIN_EXE_coffer"));
        command.args(&self.called.words);
        self.surround(&mut command);
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = streams.spawn().unwrap();
        let (mut stdin, bytes) = (child.stdin.take().unwrap(), self.stdin.clone());
        // Who fails early reads nothing: then the pipe is closed, and that is no matter.
        let writer = thread::spawn(move || drop(stdin.write_all(&bytes)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }

    fn at_a_terminal(&self) -> Output {
        let mut command = self.stage.world.command("script");
        self.surround(&mut command);
        terminal::run(command, &self.called.words, &self.typed, || {
            for words in &self.meanwhile {
                self.stage.world.says(&words.split_whitespace().collect::<Vec<_>>());
            }
        })
    }

    /// Everything that makes programs talkative.
    fn surround(&self, command: &mut Command) {
        command.env("RUST_BACKTRACE", "1").env("RUST_LOG", "trace").env("LOG_LEVEL", "debug");
        command.env("TMPDIR", self.stage.world.home().join("tmp"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}
