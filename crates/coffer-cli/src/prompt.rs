//! Asks a person, or reads what was piped in: values and confirmations.
//!
//! A value comes from a hidden prompt (twice, since nobody sees it), from stdin, from a file, or is generated; never
//! from the arguments, which every user of the machine can read while the command runs, and the shell's history after.
//!
//! Stdin and files are taken byte for byte: a certificate keeps its last newline. Since `echo` adds one that is
//! rarely meant, a value that ends with a newline is said to, and `--trim` takes one off. An empty value is refused
//! unless asked for: it is nearly always a pipe that failed.
//!
//! # Invariants
//!
//! * Nothing is echoed, and no error holds what was typed.
//! * Without a terminal nothing is asked: what was not said in a flag is an error, never a default.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use coffer_encryption::SecretBytes;
use coffer_engine::generate::{Alphabet, generate};
use coffer_engine::limits::{GENERATED_MAX_CHARACTERS, GENERATED_MIN_CHARACTERS, VALUE_MAX_BYTES};
use zeroize::Zeroizing;

use crate::error::{CliError, Exit};
use crate::output::escaped;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A hidden prompt.
    Prompt,
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
    /// So many random characters.
    Generated(usize, Alphabet),
}

/// How a value is treated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Treatment {
    /// Takes one newline (LF or CRLF) off the end.
    pub trim: bool,
    /// Lets an empty value pass.
    pub allow_empty: bool,
}

/// A value as it was given.
#[derive(Debug)]
pub struct Given {
    /// The value.
    pub value: SecretBytes,
    /// It came from a pipe or a file, and ends with a newline that may not be meant.
    pub ends_with_newline: bool,
}

/// Whom to ask.
pub trait Asker {
    /// Whether there is somebody at a terminal.
    fn is_there(&self) -> bool;
    /// Asks without showing what is typed.
    ///
    /// # Errors
    /// When the terminal can't be read.
    fn hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>>;
    /// Asks, and shows what is typed.
    ///
    /// # Errors
    /// When the terminal can't be read.
    fn shown(&mut self, question: &str) -> io::Result<String>;
}

/// The person at this process's terminal.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Whether stdin is a terminal.
    pub is_there: bool,
}

/// Takes a value from where it is said to be; `what` names it in the question.
///
/// # Errors
/// `value.no_terminal`, `value.mismatch`, `value.empty`, `value.too_long`, `value.length`, or that the source can't be
/// read.
pub fn value(
    source: &Source,
    what: &str,
    treatment: Treatment,
    asker: &mut dyn Asker,
    stdin: &mut dyn Read,
) -> Result<Given, CliError> {
    let bytes = match source {
        Source::Prompt => prompted(what, asker)?,
        Source::Stdin => read(stdin, "stdin")?,
        Source::File(path) => {
            let name = path.display().to_string();
            let mut file = File::open(path).map_err(|error| CliError::io(&name, &error))?;
            read(&mut file, &name)?
        }
        Source::Generated(characters, alphabet) => return generated(*characters, *alphabet),
    };
    let kept = if treatment.trim { trimmed(&bytes) } else { &bytes };
    if kept.is_empty() && !treatment.allow_empty {
        return Err(CliError::new(
            Exit::Usage,
            "value.empty",
            format!("the value of {what} is empty; nothing was stored"),
            "if that is meant, say --allow-empty",
        ));
    }
    let ends_with_newline = !matches!(source, Source::Prompt) && kept.ends_with(b"\n");
    Ok(Given { value: SecretBytes::copy_from(kept), ends_with_newline })
}

/// Takes a secret that somebody has already, such as a one-time code: asked for once. A newline at its end is none of it.
///
/// # Errors
/// `value.no_terminal`, `value.empty`, `value.too_large`, or that the source can't be read.
pub fn known(
    source: &Source,
    what: &str,
    asker: &mut dyn Asker,
    stdin: &mut dyn Read,
) -> Result<SecretBytes, CliError> {
    let bytes = if *source == Source::Prompt {
        if !asker.is_there() {
            return Err(no_terminal(what, "say --stdin or --file FILE"));
        }
        let typed =
            asker.hidden(&format!("{what}: ")).map_err(|error| CliError::io("the terminal", &error))?;
        SecretBytes::copy_from(typed.as_bytes())
    } else {
        value(source, what, Treatment { trim: true, allow_empty: true }, asker, stdin)?.value
    };
    if bytes.is_empty() {
        let cause = format!("{what} is empty; nothing was sent");
        return Err(CliError::new(Exit::Usage, "value.empty", cause, "look at where it should come from"));
    }
    Ok(bytes)
}

/// Asks whether to go on. With `yes` nobody is asked.
///
/// # Errors
/// `confirm.no_terminal` when there is nobody to ask, `confirm.declined` when the answer is no.
pub fn confirm(question: &str, yes: bool, asker: &mut dyn Asker) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !asker.is_there() {
        return Err(CliError::new(
            Exit::Usage,
            "confirm.no_terminal",
            format!("{question} There is no terminal to ask at"),
            "if that is meant, say --yes",
        ));
    }
    if agrees(question, asker)? {
        return Ok(());
    }
    Err(CliError::new(
        Exit::Failure,
        "confirm.declined",
        "not confirmed; nothing was changed",
        "answer `y`, or say --yes",
    ))
}

/// Asks a question whose answer may be no.
///
/// # Errors
/// When the terminal can't be read.
pub fn agrees(question: &str, asker: &mut dyn Asker) -> Result<bool, CliError> {
    let answer =
        asker.shown(&format!("{question} [y/N] ")).map_err(|error| CliError::io("the terminal", &error))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn prompted(what: &str, asker: &mut dyn Asker) -> Result<Zeroizing<Vec<u8>>, CliError> {
    if !asker.is_there() {
        return Err(no_terminal(what, "say --stdin, --file FILE or --generate"));
    }
    let failed = |error| CliError::io("the terminal", &error);
    let once = asker.hidden(&format!("{what}: ")).map_err(failed)?;
    let again = asker.hidden(&format!("{what}, again: ")).map_err(failed)?;
    if !coffer_encryption::same(once.as_bytes(), again.as_bytes()) {
        return Err(CliError::new(
            Exit::Usage,
            "value.mismatch",
            "the two are not the same; nothing was stored",
            "try again",
        ));
    }
    Ok(Zeroizing::new(once.as_bytes().to_vec()))
}

fn no_terminal(what: &str, fix: &str) -> CliError {
    let cause = format!("there is no terminal to ask for {what} at");
    CliError::new(Exit::Usage, "value.no_terminal", cause, fix)
}

fn generated(characters: usize, alphabet: Alphabet) -> Result<Given, CliError> {
    if !(GENERATED_MIN_CHARACTERS..=GENERATED_MAX_CHARACTERS).contains(&characters) {
        return Err(CliError::new(
            Exit::Usage,
            "value.length",
            format!(
                "a generated value has {GENERATED_MIN_CHARACTERS} to {GENERATED_MAX_CHARACTERS} characters"
            ),
            "say --generate for 32 of them, or --generate=N",
        ));
    }
    let value = generate(characters, alphabet).map_err(coffer_engine::Error::from)?;
    Ok(Given { value, ends_with_newline: false })
}

/// Everything, to the limit of a value and no further.
fn read(from: &mut dyn Read, what: &str) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let failed = |error| CliError::io(what, &error);
    // All the room there can be: a vector that grows leaves copies behind. The system gives pages as they are used.
    let mut bytes = Zeroizing::new(Vec::with_capacity(VALUE_MAX_BYTES.saturating_add(64)));
    let most = u64::try_from(VALUE_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    from.take(most).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > VALUE_MAX_BYTES {
        return Err(CliError::new(
            Exit::Usage,
            "value.too_large",
            format!("{what} holds more than 1 MiB"),
            "keep it as a file, of up to 16 MiB: name it with --file, or say --type TYPE",
        ));
    }
    Ok(bytes)
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if line.len() < bytes.len() { line.strip_suffix(b"\r").unwrap_or(line) } else { line }
}

impl Asker for Person {
    fn is_there(&self) -> bool {
        self.is_there
    }

    fn hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        rpassword::prompt_password(escaped(question)).map(Zeroizing::new)
    }

    fn shown(&mut self, question: &str) -> io::Result<String> {
        let mut stderr = io::stderr().lock();
        stderr.write_all(escaped(question).as_bytes())?;
        stderr.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
