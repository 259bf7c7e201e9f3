//! What stays of a `.env` file when its secrets have moved: its names for an example, and Coffer's own settings.

use coffer_encryption::SecretBytes;

use super::read::{DotEnv, OwnValues, own_values};
use crate::wiped::WipedBuffer;

/// Whether a variable sets up Coffer itself, so that it is neither imported nor deleted: the store can't hold what
/// opens the store.
///
/// A `DATABASE_URL`, `LOG_LEVEL` or `KEY_DERIVATION_ITERATIONS` is the application's.
#[must_use]
pub fn is_own_setting(name: &str) -> bool {
    matches!(name, "MASTER_SECRET_KEY" | "MASTER_SECRET_KEY_FILE") || name.starts_with("COFFER_")
}

/// The text of a `.env.example`: every name once, in the order of the file, no value. Comments are left out, because
/// people comment old passwords out.
#[must_use]
pub fn example(file: &DotEnv) -> String {
    let mut names: Vec<(usize, &str)> =
        file.entries.iter().map(|e| (*e.lines.start(), e.name.as_str())).collect();
    for own in &file.own {
        if !names.iter().any(|(_, name)| *name == own.name) {
            names.push((*own.lines.start(), &own.name));
        }
    }
    names.sort_unstable();
    let mut text = String::from(
        "# The names of this project's secrets. `coffer run -- COMMAND` gives them their values.\n",
    );
    for (_, name) in names {
        text.push_str(name);
        text.push_str("=\n");
    }
    text
}

/// What is left of a file when everything that was imported from it is taken out.
#[derive(Debug)]
pub enum Left {
    /// Nothing: the whole file can go.
    Nothing,
    /// The lines that set something of Coffer's own, byte for byte.
    Settings(WipedBuffer),
    /// Nothing can be taken out: settings of Coffer's own are made of variables that were imported, and would say something else without
    /// them.
    Entangled,
}

/// Takes everything out of `original` that was imported from it. Comments go too: they may hold old values.
#[must_use]
pub fn without_imported(original: &[u8], file: &DotEnv) -> Left {
    if file.own.is_empty() {
        return Left::Nothing;
    }
    let mut left = WipedBuffer::with_capacity(original.len());
    // The byte order mark is the file's; anywhere else the same bytes belong to a value.
    let text = original.strip_prefix(b"\xef\xbb\xbf").unwrap_or(original);
    for (line, number) in raw_lines(text).zip(1_usize..) {
        if file.own.iter().any(|own| own.lines.contains(&number)) {
            left.push(line);
        }
    }
    if say_the_same(own_values(original), own_values(left.expose())) {
        Left::Settings(left)
    } else {
        Left::Entangled
    }
}

fn say_the_same(before: OwnValues, after: OwnValues) -> bool {
    let (Ok(before), Ok(after)) = (before, after) else { return false };
    let same = |((name, value), (other, says)): (&(String, SecretBytes), &(String, SecretBytes))| {
        name == other && value.same_as(says.expose())
    };
    before.len() == after.len() && before.iter().zip(&after).all(same)
}

/// The lines of a file as they are, each with its end: `\n`, `\r\n` or a lone `\r`.
pub(super) fn raw_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let len = match rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            None => rest.len(),
            Some(at) if rest.get(at..).is_some_and(|end| end.starts_with(b"\r\n")) => at.saturating_add(2),
            Some(at) => at.saturating_add(1),
        };
        let (line, after) = rest.split_at_checked(len)?;
        rest = after;
        Some(line)
    })
}
