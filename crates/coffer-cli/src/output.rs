//! What is printed, and where: the value asked for to stdout, talk to stderr.
//!
//! # Invariants
//!
//! * A value is written in one place, [`Output::value`], and only to stdout, byte for byte.
//! * Nothing else reaches a terminal with a control character in it ([`escaped`]).
//! * With `--json` stdout holds one JSON document (or one per line where entries flow), and an error on stderr is one.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use crate::error::{CliError, Exit};

/// Where results and talk go.
pub struct Output<O, E> {
    stdout: O,
    stderr: E,
    json: bool,
    stdout_is_terminal: bool,
}

impl<O: Write, E: Write> Output<O, E> {
    /// Writes results to `stdout` and talk to `stderr`; as JSON when asked.
    pub fn new(stdout: O, stderr: E, json: bool, stdout_is_terminal: bool) -> Self {
        Self { stdout, stderr, json, stdout_is_terminal }
    }

    /// Whether results are wanted as JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A secret's value, byte for byte. On a terminal a newline follows when the value has none, so that the prompt
    /// begins on a line of its own; a pipe or a file gets exactly the value.
    ///
    /// # Errors
    /// When stdout can't be written; [`Exit::BrokenPipe`] when nobody reads it.
    pub fn value(&mut self, value: &[u8]) -> Result<(), CliError> {
        let newline = self.stdout_is_terminal && !value.ends_with(b"\n");
        self.stdout
            .write_all(value)
            .and_then(|()| if newline { self.stdout.write_all(b"\n") } else { Ok(()) })
            .and_then(|()| self.stdout.flush())
            .map_err(|error| stdout_failed(&error))
    }

    /// A line of a result that is no value: a name, a version, a state.
    ///
    /// # Errors
    /// When stdout can't be written; [`Exit::BrokenPipe`] when nobody reads it.
    pub fn line(&mut self, line: &str) -> Result<(), CliError> {
        writeln!(self.stdout, "{}", escaped(line)).map_err(|error| stdout_failed(&error))
    }

    /// A result that is a JSON document already, on a line of its own.
    ///
    /// # Errors
    /// When stdout can't be written; [`Exit::BrokenPipe`] when nobody reads it.
    pub fn json_line(&mut self, document: &str) -> Result<(), CliError> {
        writeln!(self.stdout, "{}", escaped_json(document)).map_err(|error| stdout_failed(&error))
    }

    /// Rows under a head, in columns as wide as they must be.
    ///
    /// # Errors
    /// When stdout can't be written; [`Exit::BrokenPipe`] when nobody reads it.
    pub fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) -> Result<(), CliError> {
        let rows: Vec<&[String]> = rows.iter().map(<[String; N]>::as_slice).collect();
        self.columns(&head.map(str::to_owned), &rows)
    }

    /// The same, with as many columns as the head has.
    ///
    /// # Errors
    /// When stdout can't be written; [`Exit::BrokenPipe`] when nobody reads it.
    pub fn columns(&mut self, head: &[String], rows: &[impl AsRef<[String]>]) -> Result<(), CliError> {
        let shown = |row: &[String]| row.iter().map(|cell| escaped(cell).into_owned()).collect::<Vec<_>>();
        let head = shown(head);
        let rows: Vec<Vec<String>> = rows.iter().map(|row| shown(row.as_ref())).collect();
        let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        self.row(&head, &widths)?;
        rows.iter().try_for_each(|row| self.row(row, &widths))
    }

    /// A result as one JSON document on a line of its own.
    ///
    /// # Errors
    /// When stdout can't be written; [`Exit::BrokenPipe`] when nobody reads it.
    pub fn json(&mut self, document: &impl Serialize) -> Result<(), CliError> {
        serde_json::to_string(document)
            .map_err(io::Error::from)
            .and_then(|text| writeln!(self.stdout, "{}", escaped_json(&text)))
            .and_then(|()| self.stdout.flush())
            .map_err(|error| stdout_failed(&error))
    }

    /// Talk: what is being done, what to do next, what to beware of. Silent with `--json`, where only results count.
    pub fn say(&mut self, line: &str) {
        if !self.json {
            self.stderr_line(&escaped(line));
        }
    }

    /// A warning. With `--json` it is one JSON document on stderr.
    pub fn warn(&mut self, line: &str) {
        if self.json {
            self.stderr_json(&serde_json::json!({ "warning": line }));
        } else {
            self.stderr_line(&format!("warning: {}", escaped(line)));
        }
    }

    /// An error, for people or with `--json` for programs. Nothing when nobody reads stdout any more.
    pub fn error(&mut self, error: &CliError) {
        if error.exit == Exit::BrokenPipe {
            return;
        }
        if self.json {
            self.stderr_json(&serde_json::json!({ "error": error }));
        } else {
            self.stderr_line(&error.to_string());
        }
    }

    fn row(&mut self, cells: &[String], widths: &[usize]) -> Result<(), CliError> {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            // Writing to a String does not fail.
            let _ = write!(line, "{cell:<width$}  ");
        }
        writeln!(self.stdout, "{}", line.trim_end()).map_err(|error| stdout_failed(&error))
    }

    fn stderr_line(&mut self, line: &str) {
        // Who closed stderr does not want to hear; the exit code still speaks.
        let _ = writeln!(self.stderr, "{line}").and_then(|()| self.stderr.flush());
    }

    fn stderr_json(&mut self, document: &serde_json::Value) {
        self.stderr_line(&escaped_json(&document.to_string()));
    }
}

/// `text` with everything escaped that a terminal or a reader could take for something else: control characters,
/// line separators, marks that turn the direction of writing, characters without width.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(misleads) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if misleads(letter) => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// The same for a JSON document, which stays one: such letters stand only within its texts, and serde leaves those
/// above U+001F as they are.
fn escaped_json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for letter in document.chars() {
        if !misleads(letter) {
            out.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]).iter() {
            // Writing to a String does not fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

/// What no name may hold for the same reason (`is_plain` in the engine's `path.rs`); descriptions may.
fn misleads(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn stdout_failed(error: &io::Error) -> CliError {
    CliError::io("stdout can't be written", error)
}

#[cfg(test)]
mod tests;
