//! Steps: commands that run one after the other in the root, each timed, until one fails.
//!
//! A step's output goes straight through: who reads it (a person, CI) sees what cargo and nextest print, unchanged.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{edge, talk};

/// Fine, or why not, in a sentence that says what to do.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// One call of cargo.
#[derive(Debug)]
pub(crate) struct Step {
    /// A word for the summary.
    pub(crate) name: &'static str,
    /// What follows `cargo`.
    pub(crate) args: &'static [&'static str],
    /// Added to the environment.
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Step {
    /// A step without environment of its own.
    pub(crate) const fn new(name: &'static str, args: &'static [&'static str]) -> Self {
        Self { name, args, env: Vec::new() }
    }

    /// The same with a variable set.
    pub(crate) fn with(mut self, variable: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((variable, value.into()));
        self
    }

    /// The step as one would type it, to repeat it alone.
    pub(crate) fn line(&self) -> String {
        let env = self.env.iter().map(|(name, value)| format!("{name}={}", quoted(&value.to_string_lossy())));
        let args = self.args.iter().map(|arg| quoted(arg));
        env.chain(["cargo".to_owned()]).chain(args).collect::<Vec<_>>().join(" ")
    }
}

/// Steps that run, and how long each took.
pub(crate) struct Run {
    root: PathBuf,
    times: Vec<(&'static str, Duration)>,
}

impl Run {
    /// Nothing has run yet.
    pub(crate) fn in_root(root: &Path) -> Self {
        Self { root: root.to_owned(), times: Vec::new() }
    }

    /// Runs a step.
    pub(crate) fn step(&mut self, step: &Step) -> Outcome {
        let mut command = Command::new("cargo");
        command
            .args(step.args)
            .envs(step.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.root);
        let line = step.line();
        self.timed(step.name, &line, || {
            run(&mut command)
                .map_err(|failure| format!("{failure}\nxtask: to repeat it alone: {line}").into())
        })
    }

    /// Runs `work` as a step that is no command.
    pub(crate) fn timed<T>(
        &mut self,
        name: &'static str,
        what: &str,
        work: impl FnOnce() -> Outcome<T>,
    ) -> Outcome<T> {
        talk::say(&format!("xtask: {name}: {what}"));
        let start = edge::now();
        let outcome = work();
        let took = start.elapsed();
        match outcome {
            Ok(value) => {
                talk::say(&format!("xtask: {name}: done in {}", seconds(took)));
                self.times.push((name, took));
                Ok(value)
            }
            Err(failure) => Err(format!("{name} FAILED after {}: {failure}", seconds(took)).into()),
        }
    }

    /// A table of what has run, with the sum under it.
    pub(crate) fn summary(&self) -> String {
        let sum = ("all", self.times.iter().map(|(_, took)| took).sum());
        let rows =
            self.times.iter().chain([&sum]).map(|(name, took)| format!("  {name:<9}{:>10}", seconds(*took)));
        ["xtask: everything passed".to_owned()].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    }
}

/// Runs a command to its end; anything but success is a failure.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("`{program}` can't be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{program}` ended with {status}").into()) }
}

/// What a command prints on stdout, or nothing when it can't be started or fails. For looking, so its complaints are dropped.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// In single quotes when a shell would read it as anything but one word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use super::{Run, Step, output_of, quoted, run};

    #[test]
    fn a_step_is_written_as_it_is_typed() {
        let step = Step::new("doc", &["doc", "--no-deps", "*"]).with("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(step.line(), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps '*'");
    }

    #[test]
    fn quotes_survive_quoting() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_failure_names_the_step_and_the_command_and_is_not_in_the_summary() {
        let mut steps = Run::in_root(Path::new("/"));
        steps.timed("first", "nothing", || Ok(())).unwrap();
        let second = Step::new("second", &["--no-such-option"]).with("COLOUR", "light blue");
        let failure = steps.step(&second).unwrap_err().to_string();
        assert!(
            failure.starts_with("second FAILED after ") && failure.contains("`cargo` ended with exit"),
            "{failure}"
        );
        assert!(failure.ends_with(": COLOUR='light blue' cargo --no-such-option"), "{failure}");
        assert!(steps.summary().contains("first") && !steps.summary().contains("second"));
    }

    #[test]
    fn the_summary_adds_up() {
        let times = vec![("fmt", Duration::from_millis(1500)), ("clippy", Duration::from_secs(60))];
        let steps = Run { root: "/".into(), times };
        assert_eq!(
            steps.summary(),
            "xtask: everything passed\n  fmt           1.5 s\n  clippy       60.0 s\n  all          61.5 s"
        );
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let failure = run(&mut Command::new("no-such-program-as-this")).unwrap_err().to_string();
        assert!(failure.starts_with("`no-such-program-as-this` can't be started"), "{failure}");
        assert_eq!(output_of(&mut Command::new("no-such-program-as-this")), None);
    }

    #[test]
    fn only_success_has_an_output() {
        assert_eq!(output_of(Command::new("echo").arg("hello")).as_deref(), Some("hello\n"));
        assert_eq!(output_of(Command::new("sh").args(["-c", "echo hello; exit 3"])), None);
    }
}
