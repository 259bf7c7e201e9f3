//! Cuts the text of a `.env` file into assignments, without looking into their values.

use super::ASSIGNMENTS_MAX;
use super::problem::{Problem, ProblemKind};
use crate::names::is_variable;

/// An assignment, its value still as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment<'t> {
    pub(super) name: &'t str,
    pub(super) raw: Raw<'t>,
    /// The lines it takes, from 1, both inclusive.
    pub(super) first_line: usize,
    pub(super) last_line: usize,
}

/// A value as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Raw<'t> {
    Bare(&'t str),
    Single(&'t str),
    Double(&'t str),
    Backtick(&'t str),
    /// `export NAME`, without a value.
    None,
}

/// Every assignment of `text`, whose line ends are all `\n`.
///
/// After a quote that is never closed nothing more is read: where the next assignment begins is anyone's guess.
pub(super) fn scan(text: &str) -> (Vec<Assignment<'_>>, Vec<Problem>) {
    let mut scanner = Scanner { rest: text, line: 1, problems: Vec::new() };
    let mut assignments = Vec::new();
    while !scanner.rest.is_empty() {
        if assignments.len() >= ASSIGNMENTS_MAX || scanner.problems.len() >= ASSIGNMENTS_MAX {
            scanner.problem(scanner.line, ProblemKind::TooMany);
            break;
        }
        assignments.extend(scanner.assignment());
    }
    (assignments, scanner.problems)
}

struct Scanner<'t> {
    rest: &'t str,
    line: usize,
    problems: Vec<Problem>,
}

impl<'t> Scanner<'t> {
    /// Reads one line, and those that its quoted value goes on over.
    fn assignment(&mut self) -> Option<Assignment<'t>> {
        let first_line = self.line;
        let line = self.rest.split_once('\n').map_or(self.rest, |(line, _)| line);
        let statement = line.trim_start();
        if statement.is_empty() || statement.starts_with('#') {
            self.skip(line.len());
            return None;
        }
        let (exported, statement) = without_export(statement);
        let name_len =
            statement.find(|c: char| c.is_whitespace() || matches!(c, '=' | ':')).unwrap_or(statement.len());
        let (name, after) = statement.split_at(name_len);
        let value = after_sign(after.trim_start());
        let kind = match value {
            _ if !is_variable(name) => ProblemKind::BadName,
            None if exported && after.trim_start().is_empty() => {
                self.skip(line.len());
                return Some(Assignment { name, raw: Raw::None, first_line, last_line: first_line });
            }
            None => ProblemKind::NoEquals,
            Some(value) => {
                self.rest = self.rest.get(line.len().saturating_sub(value.len())..).unwrap_or("");
                let raw = self.value(value)?;
                return Some(Assignment { name, raw, first_line, last_line: self.line.saturating_sub(1) });
            }
        };
        self.problem(first_line, kind);
        self.skip(line.len());
        None
    }

    /// Reads the value that `self.rest` begins with, and its line to the end.
    fn value(&mut self, line: &'t str) -> Option<Raw<'t>> {
        let value = line.trim_start();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '\'' | '"' | '`')) else {
            self.skip(line.len());
            return Some(Raw::Bare(without_comment(line)));
        };
        let opening = line.len().saturating_sub(value.len()).saturating_add(1);
        let quoted = self.rest.get(opening..).unwrap_or("");
        let Some(len) = closing(quoted, quote) else {
            self.problem(self.line, ProblemKind::Unterminated(quote));
            self.rest = "";
            return None;
        };
        let (content, closed) = quoted.split_at(len);
        self.line = self.line.saturating_add(content.matches('\n').count());
        self.rest = closed.strip_prefix(quote).unwrap_or(closed);
        let line_end = self.rest.find('\n').unwrap_or(self.rest.len());
        let tail = self.rest.get(..line_end).unwrap_or("").trim_start();
        if !tail.is_empty() && !tail.starts_with('#') {
            self.problem(self.line, ProblemKind::AfterQuote);
        }
        self.skip(line_end);
        Some(match quote {
            '\'' => Raw::Single(content),
            '"' => Raw::Double(content),
            _ => Raw::Backtick(content),
        })
    }

    /// Goes over `len` bytes and the line end after them.
    fn skip(&mut self, len: usize) {
        let rest = self.rest.get(len..).unwrap_or("");
        self.rest = rest.strip_prefix('\n').unwrap_or(rest);
        self.line = self.line.saturating_add(1);
    }

    fn problem(&mut self, line: usize, kind: ProblemKind) {
        self.problems.push(Problem { line, kind });
    }
}

fn without_export(statement: &str) -> (bool, &str) {
    match statement.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => (true, rest.trim_start()),
        _ => (false, statement),
    }
}

/// What follows `=`, or a `:` that a space or the line's end follows.
fn after_sign(text: &str) -> Option<&str> {
    text.strip_prefix('=').or_else(|| {
        text.strip_prefix(':').filter(|value| value.is_empty() || value.starts_with(char::is_whitespace))
    })
}

/// The bare value at the head of `line`, which begins right after the sign.
fn without_comment(line: &str) -> &str {
    let mut after_space = false;
    let mut end = line.len();
    for (index, letter) in line.char_indices() {
        if letter == '#' && after_space {
            end = index;
            break;
        }
        after_space = letter.is_whitespace();
    }
    line.get(..end).unwrap_or(line).trim()
}

/// Where `quote` closes what it opened.
fn closing(quoted: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (index, letter) in quoted.char_indices() {
        if escaped {
            escaped = false;
        } else if letter == '\\' && quote != '`' {
            escaped = true;
        } else if letter == quote {
            return Some(index);
        }
    }
    None
}
