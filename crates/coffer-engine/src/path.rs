//! A path: where a secret lies in a tenant, `env/app/NAME`.
//!
//! A path has one spelling. What is not spelled so is refused, never mended: the path that is authorised is, byte for byte,
//! the path that is used (T-P1).

use std::borrow::Borrow;
use std::fmt;

use unicode_normalization::is_nfc;

use crate::fault::Invalid;
use crate::limits::{PATH_MAX_BYTES, PATH_MAX_SEGMENTS, SEGMENT_MAX_BYTES};

/// The path of a secret: an environment, any folders, a name. At least two segments.
///
/// Names are case-sensitive: `http_proxy` lives beside `HTTP_PROXY`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretPath(Box<str>);

/// The path of a folder: any number of segments; none is the root, which holds the environments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderPath(Box<str>);

impl SecretPath {
    /// Checks a path; never mends it.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        check_segments(raw)?;
        if !raw.contains('/') {
            return Err(Invalid::new(
                "path.no_environment",
                "a secret's path begins with an environment",
                "write it like `dev/NAME` or `dev/app/NAME`",
            ));
        }
        Ok(Self(raw.into()))
    }

    /// The path as text, as it was accepted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> FolderPath {
        FolderPath(self.0.rsplit_once('/').map_or("", |(folder, _)| folder).into())
    }

    /// Its last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }
}

impl FolderPath {
    /// The root of a tenant.
    #[must_use]
    pub fn root() -> Self {
        Self("".into())
    }

    /// Checks a path; the empty text is the root.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        if raw.is_empty() {
            return Ok(Self::root());
        }
        check_segments(raw)?;
        Ok(Self(raw.into()))
    }

    /// The path as text; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folder this one lies in; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(Self(self.0.rsplit_once('/').map_or("", |(parent, _)| parent).into()))
    }

    /// Its last segment; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The folder of this name in it.
    ///
    /// # Errors
    /// [`Invalid`] when the name is no segment.
    pub fn child(&self, name: &str) -> Result<Self, Invalid> {
        Self::parse(&self.joined(name))
    }

    /// The secret of this name in it.
    ///
    /// # Errors
    /// [`Invalid`] when the name is no segment, or the folder is the root.
    pub fn secret(&self, name: &str) -> Result<SecretPath, Invalid> {
        SecretPath::parse(&self.joined(name))
    }

    fn joined(&self, name: &str) -> String {
        if self.is_root() { name.to_owned() } else { format!("{}/{name}", self.0) }
    }
}

/// A path is found among others by its text, whose order is theirs.
impl Borrow<str> for SecretPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FolderPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "/" } else { &self.0 })
    }
}

fn check_segments(raw: &str) -> Result<(), Invalid> {
    check_text("path", raw, PATH_MAX_BYTES)?;
    let mut count = 0_usize;
    for segment in raw.split('/') {
        count = count.saturating_add(1);
        check_segment(segment)?;
    }
    if count > PATH_MAX_SEGMENTS {
        return Err(Invalid::new("path.too_deep", "the path has more than 32 segments", "use fewer folders"));
    }
    Ok(())
}

fn check_segment(segment: &str) -> Result<(), Invalid> {
    if segment.is_empty() {
        return Err(Invalid::new(
            "path.empty_segment",
            "the path begins or ends with `/`, or has `//` in it",
            "write one `/` between segments and none at the ends",
        ));
    }
    if segment.len() > SEGMENT_MAX_BYTES {
        return Err(Invalid::new(
            "path.segment_too_long",
            "a segment of the path is longer than 255 bytes",
            "shorten it",
        ));
    }
    if segment.starts_with(char::is_whitespace)
        || segment.ends_with(char::is_whitespace)
        || segment.ends_with('.')
    {
        return Err(Invalid::new(
            "path.segment_ends",
            "a segment of the path is `.` or `..`, ends with a dot, or begins or ends with a space",
            "write the name without them",
        ));
    }
    Ok(())
}

/// The rules that every name and path keeps: some length, NFC, no character that some reader would treat as another.
pub(crate) fn check_text(what: &'static str, raw: &str, max_bytes: usize) -> Result<(), Invalid> {
    if raw.is_empty() {
        return Err(Invalid::new("name.empty", format!("the {what} is empty"), "give it a name"));
    }
    if raw.len() > max_bytes {
        return Err(Invalid::new(
            "name.too_long",
            format!("the {what} is longer than {max_bytes} bytes"),
            "shorten it",
        ));
    }
    if let Some(bad) = raw.chars().find(|c| !is_plain(*c)) {
        return Err(Invalid::new(
            "name.character",
            format!("the {what} has the character U+{:04X} in it", u32::from(bad)),
            "leave out control and invisible characters and any of \\ % * + ? #",
        ));
    }
    if !is_nfc(raw) {
        return Err(Invalid::new(
            "name.not_nfc",
            format!("the {what} is not in Unicode normal form C"),
            "write it in NFC, so that it has one spelling",
        ));
    }
    Ok(())
}

/// Whether a character means itself everywhere: in a URL, in a pattern of a policy, on a terminal.
fn is_plain(c: char) -> bool {
    !is_hidden(c) && !matches!(c, '\\' | '%' | '*' | '+' | '?' | '#')
}

/// Whether a character is not seen, and changes what is: control characters, and zero-width, bidirectional and other invisible
/// ones, with which two texts look alike.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests;
