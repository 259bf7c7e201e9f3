//! The value that is meant by a value as written: escapes and references.

use super::problem::{ProblemKind, WarningKind};
use super::{NESTING_MAX, VALUE_MAX_BYTES};
use crate::wiped::WipedBuffer;

/// Which backslashes mean something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// `\$` only.
    Bare,
    /// `\n`, `\r`, `\t`, `\\`, `\"`, `\$`.
    Double,
}

/// Replaces escapes and references, with `defined` as the only source of values.
pub(super) struct Expander<'d> {
    defined: &'d dyn Fn(&str) -> Option<&'d [u8]>,
    escapes: Escapes,
    out: WipedBuffer,
    warnings: Vec<WarningKind>,
}

impl<'d> Expander<'d> {
    pub(super) fn new(escapes: Escapes, defined: &'d dyn Fn(&str) -> Option<&'d [u8]>) -> Self {
        Self { defined, escapes, out: WipedBuffer::default(), warnings: Vec::new() }
    }

    pub(super) fn run(mut self, raw: &str) -> Result<(WipedBuffer, Vec<WarningKind>), ProblemKind> {
        self.text(raw, 0)?;
        Ok((self.out, self.warnings))
    }

    fn text(&mut self, mut rest: &str, depth: usize) -> Result<(), ProblemKind> {
        if depth > NESTING_MAX {
            return Err(ProblemKind::TooDeep);
        }
        while let Some(at) = rest.find(['\\', '$']) {
            let (plain, special) = rest.split_at(at);
            self.push(plain.as_bytes())?;
            rest = if let Some(after) = special.strip_prefix('\\') {
                self.escape(after)?
            } else {
                self.dollar(special, depth)?
            };
        }
        self.push(rest.as_bytes())
    }

    /// What a backslash and the letter after it mean; returns what comes then.
    fn escape<'t>(&mut self, after: &'t str) -> Result<&'t str, ProblemKind> {
        let Some(letter) = after.chars().next() else {
            self.push(b"\\")?;
            return Ok(after);
        };
        let meant = match (self.escapes, letter) {
            (_, '$') => Some('$'),
            (Escapes::Double, 'n') => Some('\n'),
            (Escapes::Double, 'r') => Some('\r'),
            (Escapes::Double, 't') => Some('\t'),
            (Escapes::Double, '\\' | '"') => Some(letter),
            _ => None,
        };
        let Some(meant) = meant else {
            // Only the backslash is taken: in a bare value the next one may belong to a `\$`.
            self.push(b"\\")?;
            return Ok(after);
        };
        self.push(meant.encode_utf8(&mut [0; 4]).as_bytes())?;
        Ok(after.get(letter.len_utf8()..).unwrap_or(""))
    }

    /// What a `$` at the head of `text` means; returns what comes then.
    fn dollar<'t>(&mut self, text: &'t str, depth: usize) -> Result<&'t str, ProblemKind> {
        let after = text.get(1..).unwrap_or("");
        if let Some(rest) = after.strip_prefix('$') {
            self.warnings.push(WarningKind::TwoDollars);
            self.push(b"$$")?;
            return Ok(rest);
        }
        if let Some((inside, rest)) = after.strip_prefix('{').and_then(split_braces) {
            let written = text.get(..text.len().saturating_sub(rest.len())).unwrap_or("");
            self.braced(inside, written, depth)?;
            return Ok(rest);
        }
        let (name, rest) = split_name(after);
        if name.is_empty() {
            self.push(b"$")?;
        } else if let Some(value) = (self.defined)(name) {
            self.warnings.push(WarningKind::Unbraced);
            self.push(value)?;
        } else {
            self.warnings.push(WarningKind::Undefined);
            self.push(b"$")?;
            self.push(name.as_bytes())?;
        }
        Ok(rest)
    }

    /// `${inside}`, which was written as `written`.
    fn braced(&mut self, inside: &str, written: &str, depth: usize) -> Result<(), ProblemKind> {
        let (name, operation) = split_name(inside);
        let value = (self.defined)(name);
        let filled = value.filter(|value| !value.is_empty());
        let (operator, word) = split_operator(operation);
        let below = depth.saturating_add(1);
        match (operator, value, filled) {
            _ if name.is_empty() => self.unknown(written),
            ("", Some(value), _) | ("-" | "?", Some(value), _) | (":-" | ":?", _, Some(value)) => {
                self.push(value)
            }
            ("", None, _) => self.unknown(written),
            ("-", None, _) | (":-", _, None) | ("+", Some(_), _) | (":+", _, Some(_)) => {
                self.text(word, below)
            }
            ("?", None, _) | (":?", _, None) => Err(ProblemKind::Required),
            ("+", None, _) | (":+", _, None) => Ok(()),
            _ => self.unknown(written),
        }
    }

    fn unknown(&mut self, written: &str) -> Result<(), ProblemKind> {
        self.warnings.push(WarningKind::Undefined);
        self.push(written.as_bytes())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), ProblemKind> {
        if self.out.len().saturating_add(bytes.len()) > VALUE_MAX_BYTES {
            return Err(ProblemKind::ValueTooLong);
        }
        self.out.push(bytes);
        Ok(())
    }
}

/// `'single'` as it is meant: `\'` is a quote, everything else is itself.
pub(super) fn single(raw: &str) -> WipedBuffer {
    let mut out = WipedBuffer::with_capacity(raw.len());
    let mut letters = raw.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push_char(letter);
            continue;
        }
        // The scanner skips whatever follows a backslash, so `\\'` ends the value here too.
        match letters.next() {
            Some('\'') => out.push_char('\''),
            Some(other) => {
                out.push_char('\\');
                out.push_char(other);
            }
            None => out.push_char('\\'),
        }
    }
    out
}

fn split_name(text: &str) -> (&str, &str) {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return ("", text);
    }
    text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len()))
}

/// Cuts `inside}rest` at the brace that closes it; braces of `${..}` within count.
fn split_braces(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut before = '{';
    for (index, letter) in text.char_indices() {
        match letter {
            '{' if before == '$' => depth = depth.saturating_add(1),
            '}' if depth == 0 => {
                let (inside, rest) = text.split_at(index);
                return Some((inside, rest.strip_prefix('}').unwrap_or(rest)));
            }
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = letter;
    }
    None
}

/// The operator that an operation begins with, and its word. An unknown operator is the whole operation.
fn split_operator(operation: &str) -> (&str, &str) {
    for operator in [":-", ":+", ":?", "-", "+", "?"] {
        if let Some(word) = operation.strip_prefix(operator) {
            return (operator, word);
        }
    }
    (operation, "")
}
