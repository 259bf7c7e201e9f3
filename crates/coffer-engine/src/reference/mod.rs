//! References: values that are filled in with other secrets when they are read.
//!
//! A value is a *template* because it was written as one, never because of how it looks. In a template stands
//!
//! - `${NAME}`, `${db/PASSWORD}`, `${../shared/TOKEN}`: a secret, from the folder of the one that refers to it;
//! - `${/prod/db/PASSWORD}`: from the root;
//! - `${DB#password}`: a field of it;
//! - `$${`: the two characters `${`.
//!
//! Everything else is itself. Anything else between `${` and `}` is refused when it is written.
//!
//! # Invariants
//! - What is refused is told by its place and never repeated: it may be a piece of a password.
//! - A path is checked, never mended: `..` stands at the beginning or nowhere.

mod unresolved;

use std::collections::BTreeSet;
use std::iter::FusedIterator;

use coffer_encryption::SecretBytes;

use crate::fault::Invalid;
use crate::limits::{FIELD_NAME_MAX_BYTES, REFERENCE_MAX_BYTES, REFERENCES_MAX, REFERENCES_MAX_BYTES};
use crate::path::{FolderPath, SecretPath, check_text};
use crate::secret::Value;

pub use unresolved::Unresolved;

const OPEN: &[u8] = b"${";
const ESCAPED: &[u8] = b"$${";
const CLOSE: u8 = b'}';

/// A secret, or a field of one, that a template refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The secret.
    pub path: SecretPath,
    /// The field, of one that holds fields.
    pub field: Option<String>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Itself.
    Text(&'t [u8]),
    /// What another secret holds.
    Reference(Reference),
}

/// A piece that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misplaced {
    /// Where it begins, in bytes from the beginning of the template.
    pub at: usize,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What is wrong with a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It has no `}`, or none for long.
    Open,
    /// It is no path of a secret, with or without the name of a field.
    NoPath,
    /// It leads out of the tenant.
    Above,
}

/// The pieces of a template, in order; nothing behind one that is none.
#[derive(Debug, Clone)]
pub struct Pieces<'t> {
    template: &'t [u8],
    folder: &'t FolderPath,
    at: usize,
}

/// Goes through the template of a secret in this folder.
#[must_use]
pub fn pieces<'t>(template: &'t [u8], folder: &'t FolderPath) -> Pieces<'t> {
    Pieces { template, folder, at: 0 }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Result<Piece<'t>, Misplaced>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.template.get(self.at..).filter(|rest| !rest.is_empty())?;
        if rest.starts_with(ESCAPED) {
            self.at = self.at.saturating_add(ESCAPED.len());
            return Some(Ok(Piece::Text(OPEN)));
        }
        let Some(behind) = rest.strip_prefix(OPEN) else {
            let text = text(rest);
            self.at = self.at.saturating_add(text.len());
            return Some(Ok(Piece::Text(text)));
        };
        let at = self.at;
        let read = enclosed(behind).and_then(|inner| {
            self.at = at.saturating_add(inner.len()).saturating_add(OPEN.len()).saturating_add(1);
            Named::parse(inner)?.resolve(self.folder)
        });
        Some(read.map(Piece::Reference).map_err(|wrong| {
            self.at = self.template.len();
            Misplaced { at, wrong }
        }))
    }
}

impl FusedIterator for Pieces<'_> {}

/// What comes before the next piece of another kind: one byte at least.
fn text(rest: &[u8]) -> &[u8] {
    let next = (1..rest.len()).find(|at| {
        rest.get(*at..).is_some_and(|behind| behind.starts_with(OPEN) || behind.starts_with(ESCAPED))
    });
    next.and_then(|at| rest.get(..at)).unwrap_or(rest)
}

fn enclosed(behind: &[u8]) -> Result<&[u8], Wrong> {
    let end = behind.iter().take(REFERENCE_MAX_BYTES).position(|byte| *byte == CLOSE).ok_or(Wrong::Open)?;
    behind.get(..end).ok_or(Wrong::Open)
}

/// A reference as it is written: from nowhere yet.
struct Named<'t> {
    begins: Begins,
    path: &'t str,
    field: Option<&'t str>,
}

/// Where a path begins.
enum Begins {
    Root,
    /// So many folders above the one of the secret that refers.
    Above(usize),
}

impl<'t> Named<'t> {
    fn parse(inner: &'t [u8]) -> Result<Self, Wrong> {
        let inner = std::str::from_utf8(inner).map_err(|_| Wrong::NoPath)?;
        let (mut path, field) = match inner.split_once('#') {
            Some((path, field)) => (path, Some(field)),
            None => (inner, None),
        };
        if field.is_some_and(|field| check_text("field name", field, FIELD_NAME_MAX_BYTES).is_err()) {
            return Err(Wrong::NoPath);
        }
        if let Some(path) = path.strip_prefix('/') {
            return Ok(Self { begins: Begins::Root, path, field });
        }
        let mut above = 0_usize;
        while let Some(rest) = path.strip_prefix("../") {
            above = above.saturating_add(1);
            path = rest;
        }
        Ok(Self { begins: Begins::Above(above), path, field })
    }

    fn resolve(self, folder: &FolderPath) -> Result<Reference, Wrong> {
        let mut base = FolderPath::root();
        if let Begins::Above(above) = self.begins {
            base = folder.clone();
            for _ in 0..above {
                base = base.parent().ok_or(Wrong::Above)?;
            }
        }
        let path = base.secret(self.path).map_err(|_| Wrong::NoPath)?;
        Ok(Reference { path, field: self.field.map(str::to_owned) })
    }
}

/// What a value refers to: proof that it is a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(BTreeSet<Reference>);

impl Template {
    /// Of the value of a secret in this folder.
    pub(crate) fn of(value: &Value, folder: &FolderPath) -> Result<Self, Invalid> {
        let mut references = BTreeSet::new();
        let mut met = 0_usize;
        let mut read = |field: Option<&str>, template: &[u8]| {
            for piece in pieces(template, folder) {
                if let Piece::Reference(reference) = piece.map_err(|misplaced| misplaced.invalid(field))? {
                    met = met.saturating_add(1);
                    references.insert(reference);
                }
            }
            Ok::<_, Invalid>(())
        };
        match value {
            Value::Bytes(template) => read(None, template.expose())?,
            Value::Fields(fields) => {
                fields.iter().try_for_each(|(name, template)| read(Some(name), template.expose()))?;
            }
        }
        let template = Self(references);
        let bytes =
            template.paths().iter().fold(0, |sum: usize, path| sum.saturating_add(path.as_str().len()));
        if met > REFERENCES_MAX || bytes > REFERENCES_MAX_BYTES {
            return Err(Invalid::new(
                "reference.too_many",
                "the value has more than 64 references, or their paths more than 8 KiB",
                "use several secrets",
            ));
        }
        Ok(template)
    }

    /// Each of them.
    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter()
    }

    /// The secrets, each once.
    pub(crate) fn paths(&self) -> BTreeSet<&SecretPath> {
        self.0.iter().map(|reference| &reference.path).collect()
    }
}

impl Misplaced {
    /// As it is told, in a single value or in this field.
    fn invalid(self, field: Option<&str>) -> Invalid {
        let of = field.map_or_else(|| "the value".to_owned(), |field| format!("the field {field}"));
        let wrong = match self.wrong {
            Wrong::Open => "a `${` without its `}`",
            Wrong::NoPath => "no path of a secret between `${` and `}`",
            Wrong::Above => "a reference that leads out of the tenant",
        };
        let cause = format!("at byte {} of {of} stands {wrong}", self.at);
        Invalid::new(
            "reference.invalid",
            cause,
            "write it like `${NAME}`, `${../shared/TOKEN}`, `${/prod/db/URL}` or `${DB#password}`; `$${` is `${`",
        )
    }
}

/// A value as the template that gives it back: `$${` for each `${`.
#[must_use]
pub fn escape(value: &[u8]) -> SecretBytes {
    let opens = |at: usize| value.get(at..).is_some_and(|rest| rest.starts_with(OPEN));
    let found = (0..value.len()).filter(|at| opens(*at)).count();
    let mut escaped = Vec::with_capacity(value.len().saturating_add(found));
    for (at, byte) in value.iter().enumerate() {
        if opens(at) {
            escaped.push(b'$');
        }
        escaped.push(*byte);
    }
    SecretBytes::from_vec(escaped)
}

/// Whether somebody may have meant this value to be filled in: a path with a `/` stands in it as a reference would. `${HOME}`
/// and `${HOME:-/root}` are a shell's.
#[must_use]
pub fn looks_like_template(value: &[u8]) -> bool {
    let mut from = 0_usize;
    while let Some(rest) = value.get(from..).filter(|rest| !rest.is_empty()) {
        let Some(behind) = rest.strip_prefix(OPEN) else {
            from = from.saturating_add(text(rest).len());
            continue;
        };
        let named = enclosed(behind).ok().filter(|inner| inner.contains(&b'/') && !inner.contains(&b':'));
        let named = named.and_then(|inner| Named::parse(inner).ok());
        if named.is_some_and(|named| FolderPath::parse(named.path).is_ok_and(|path| !path.is_root())) {
            return true;
        }
        from = from.saturating_add(OPEN.len());
    }
    false
}

#[cfg(test)]
mod tests;
