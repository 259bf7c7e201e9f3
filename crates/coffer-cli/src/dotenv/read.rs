//! Reads a `.env` file.

use std::ops::RangeInclusive;

use coffer_encryption::SecretBytes;
use zeroize::Zeroizing;

use super::FILE_MAX_BYTES;
use super::expand::{Escapes, Expander, single};
use super::kept::is_own_setting;
use super::problem::{Problem, ProblemKind, Refused, Warning, WarningKind};
use super::scan::{Assignment, Raw, scan};
use crate::wiped::WipedBuffer;

/// What a `.env` file says.
#[derive(Debug)]
pub struct DotEnv {
    /// The variables of the application, in the order of the lines that won.
    pub entries: Vec<Entry>,
    /// Every line that sets something of Coffer's own, in order.
    pub own: Vec<Own>,
    /// What to know about some lines, in order.
    pub warnings: Vec<Warning>,
}

/// A variable and its value.
#[derive(Debug)]
pub struct Entry {
    /// Its name; a program can be given it.
    pub name: String,
    /// Its value: UTF-8 text without NUL.
    pub value: SecretBytes,
    /// The lines it was read from, from 1.
    pub lines: RangeInclusive<usize>,
}

/// A setting of Coffer's own, which is not imported. Its value stays where it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Own {
    /// Its name.
    pub name: String,
    /// The lines it takes, from 1.
    pub lines: RangeInclusive<usize>,
}

/// Reads the bytes of a `.env` file.
///
/// # Errors
/// [`Refused`] names every line that can't be read, and why; never what it holds.
pub fn read(bytes: &[u8]) -> Result<DotEnv, Refused> {
    all(bytes).map(Reader::finish)
}

/// Coffer's own settings in a file: their names, and what they come to.
pub(super) type OwnValues = Result<Vec<(String, SecretBytes)>, Refused>;

/// What Coffer's own settings in a file come to.
pub(super) fn own_values(bytes: &[u8]) -> OwnValues {
    let own = all(bytes)?.all.into_iter().filter(|entry| is_own_setting(&entry.name));
    Ok(own.map(|entry| (entry.name, entry.value)).collect())
}

fn all(bytes: &[u8]) -> Result<Reader, Refused> {
    let text = text_of(bytes)?;
    let (assignments, mut problems) = scan(&text);
    let mut reader = Reader::default();
    for assignment in &assignments {
        let line = assignment.first_line;
        if let Err(kind) = reader.take(assignment) {
            problems.push(Problem { line, kind });
        }
    }
    if problems.is_empty() {
        return Ok(reader);
    }
    problems.sort_by_key(|problem| problem.line);
    Err(Refused(problems))
}

/// All variables of the file in the order of the lines that won, Coffer's own among them: references may name them.
#[derive(Default)]
struct Reader {
    all: Vec<Entry>,
    own: Vec<Own>,
    warnings: Vec<Warning>,
}

impl Reader {
    fn take(&mut self, assignment: &Assignment<'_>) -> Result<(), ProblemKind> {
        let name = assignment.name.to_owned();
        let lines = assignment.first_line..=assignment.last_line;
        let Some((value, warnings)) = self.value(&assignment.raw)? else {
            // `export NAME` after `NAME=value` is the shell's way, and takes nothing away.
            if !self.all.iter().any(|entry| entry.name == name) {
                self.warn(assignment.first_line, WarningKind::NoValue { name });
            }
            return Ok(());
        };
        for kind in warnings {
            self.warn(assignment.first_line, kind);
        }
        if is_own_setting(&name) {
            self.own.push(Own { name: name.clone(), lines: lines.clone() });
        }
        if let Some(at) = self.all.iter().position(|entry| entry.name == name) {
            let earlier = *self.all.remove(at).lines.start();
            self.warn(assignment.first_line, WarningKind::SetAgain { name: name.clone(), earlier });
        }
        self.all.push(Entry { name, value: SecretBytes::copy_from(value.expose()), lines });
        Ok(())
    }

    fn value(&self, raw: &Raw<'_>) -> Result<Option<(WipedBuffer, Vec<WarningKind>)>, ProblemKind> {
        let defined =
            |name: &str| self.all.iter().find(|entry| entry.name == name).map(|entry| entry.value.expose());
        let (value, mut warnings) = match raw {
            Raw::None => return Ok(None),
            Raw::Single(raw) => (single(raw), Vec::new()),
            Raw::Backtick(raw) => {
                let mut value = WipedBuffer::with_capacity(raw.len());
                value.push_str(raw);
                (value, Vec::new())
            }
            Raw::Double(raw) => Expander::new(Escapes::Double, &defined).run(raw)?,
            Raw::Bare(raw) => {
                let (value, mut warnings) = Expander::new(Escapes::Bare, &defined).run(raw)?;
                if raw.contains('#') {
                    warnings.push(WarningKind::HashInValue);
                }
                (value, warnings)
            }
        };
        if value.len() > super::VALUE_MAX_BYTES {
            return Err(ProblemKind::ValueTooLong);
        }
        warnings.dedup();
        Ok(Some((value, warnings)))
    }

    fn warn(&mut self, line: usize, kind: WarningKind) {
        self.warnings.push(Warning { line, kind });
    }

    fn finish(self) -> DotEnv {
        let entries = self.all.into_iter().filter(|entry| !is_own_setting(&entry.name)).collect();
        DotEnv { entries, own: self.own, warnings: self.warnings }
    }
}

/// The text of a file with `\n` at the end of each line, without a byte order mark.
fn text_of(bytes: &[u8]) -> Result<Zeroizing<String>, Refused> {
    if bytes.len() > FILE_MAX_BYTES {
        return Err(Refused(vec![Problem { line: 1, kind: ProblemKind::FileTooLong }]));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or(bytes);
            return Err(Refused(vec![Problem { line: line_after(good), kind: ProblemKind::NotUtf8 }]));
        }
    };
    if let Some((before, _)) = text.split_once('\0') {
        return Err(Refused(vec![Problem { line: line_after(before.as_bytes()), kind: ProblemKind::Nul }]));
    }
    // Never longer than the original, so it does not grow and leave copies.
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\r') {
        out.push_str(line);
        out.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out.push_str(rest);
    Ok(out)
}

/// The number of the line that follows directly on `bytes`.
fn line_after(bytes: &[u8]) -> usize {
    super::kept::raw_lines(bytes)
        .filter(|line| line.ends_with(b"\n") || line.ends_with(b"\r"))
        .count()
        .saturating_add(1)
}
