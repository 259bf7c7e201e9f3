//! Which names a certificate has to have for a member to be meant.
//!
//! # Invariants
//! - A name is compared whole, in its own kind: a common name is never a DNS name. Only when `cn:` is said is a common name looked at: no
//!   constraint of an authority's speaks of it.
//! - A `*` stands for one label, the first, of a DNS name; or, behind a `/` of a URI's path, for all that is deeper. Nowhere else.

use std::fmt;

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::limits::CERTIFICATE_NAME_MAX_BYTES;

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Dns,
    Uri,
    Email,
    CommonName,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Dns, Self::Uri, Self::Email, Self::CommonName];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Dns => "dns:",
            Self::Uri => "uri:",
            Self::Email => "email:",
            Self::CommonName => "cn:",
        }
    }
}

/// A name in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    kind: Kind,
    text: String,
}

impl Name {
    /// `None`: none that anybody can be bound by.
    pub(super) fn new(kind: Kind, text: &str) -> Option<Self> {
        let is_good = is_plain(text) && !text.contains('*');
        is_good.then(|| Self { kind, text: folded(kind, text) })
    }

    /// Its text, where it is a common name.
    pub(super) fn common(self) -> Option<String> {
        (self.kind == Kind::CommonName).then_some(self.text)
    }
}

/// A name that a certificate has to have: `dns:`, `uri:`, `email:` or `cn:`, and the name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct NamePattern(#[n(0)] String);

impl NamePattern {
    /// Checks it; never mends it.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that it breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let Some((kind, text)) = split(raw) else {
            return Err(invalid("a name begins with `dns:`, `uri:`, `email:` or `cn:`".to_owned()));
        };
        if !is_plain(text) {
            let cause = format!(
                "a name of a certificate has 1 to {CERTIFICATE_NAME_MAX_BYTES} bytes, and no spaces at its ends or control characters"
            );
            return Err(invalid(cause));
        }
        let is_good = match kind {
            Kind::Dns => text.strip_prefix("*.").unwrap_or(text).split('.').all(is_label),
            Kind::Uri => is_uri(text),
            Kind::Email => text.split('@').count() == 2 && !text.starts_with('@') && !text.ends_with('@'),
            Kind::CommonName => true,
        };
        let stars = text.matches('*').count();
        let has_place = match kind {
            Kind::Dns => text.starts_with("*.") && text.split('.').count() > 2,
            Kind::Uri => text.ends_with("/*"),
            Kind::Email | Kind::CommonName => false,
        };
        if !is_good || stars > 1 || (stars == 1 && !has_place) {
            let cause = format!(
                "`{raw}` is no name of a certificate; a `*` stands for the first label of a DNS name, or at the end of a URI, behind a `/` of its path"
            );
            return Err(invalid(cause));
        }
        Ok(Self(format!("{}{}", kind.prefix(), folded(kind, text))))
    }

    /// Whether one of these names is it.
    pub(super) fn fits(&self, names: &[Name]) -> bool {
        split(&self.0).is_some_and(|(kind, pattern)| {
            names.iter().any(|name| name.kind == kind && is(kind, pattern, &name.text))
        })
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn split(raw: &str) -> Option<(Kind, &str)> {
    Kind::ALL.into_iter().find_map(|kind| Some((kind, raw.strip_prefix(kind.prefix())?)))
}

fn is(kind: Kind, pattern: &str, name: &str) -> bool {
    match (kind, pattern.split_once('*')) {
        (Kind::Dns, Some((_, parent))) => {
            let first = name.strip_suffix(parent).unwrap_or_default();
            !first.contains('.') && is_label(first)
        }
        (Kind::Uri, Some((above, _))) => name.strip_prefix(above).is_some_and(leads_deeper),
        (_, Some(_)) => false,
        (_, None) => pattern == name,
    }
}

/// Whether a rest of a path stays where it is: what may be read as leading elsewhere does not.
fn leads_deeper(rest: &str) -> bool {
    let is_step = |step: &str| !step.is_empty() && step != "." && step != "..";
    rest.split('/').all(is_step) && !rest.contains(['?', '#', '%', '\\'])
}

/// What has no meaning in a name of this kind is the same: upper and lower case of a DNS name, and of the second half of an address.
fn folded(kind: Kind, text: &str) -> String {
    match (kind, text.split_once('@')) {
        (Kind::Dns, _) => text.to_ascii_lowercase(),
        (Kind::Email, Some((local, host))) => format!("{local}@{}", host.to_ascii_lowercase()),
        _ => text.to_owned(),
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= CERTIFICATE_NAME_MAX_BYTES
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

fn is_label(label: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !label.is_empty() && label.len() <= 63 && label.bytes().all(is_letter)
}

/// A scheme, a host, and, for whatever leads deeper, a path.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        // Such as `urn:uuid:..`: nothing in it is a path.
        return text.contains(':') && !text.contains('*') && text.bytes().all(|byte| byte.is_ascii_graphic());
    };
    let is_host = rest.split('/').next().is_some_and(|host| !host.is_empty() && !host.contains('*'));
    !scheme.is_empty() && is_host && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn invalid(cause: String) -> Invalid {
    Invalid::new(
        "authority.name",
        cause,
        "name what nobody else's certificate has, such as `uri:spiffe://example.com/prod/shop` or `dns:*.ci.example.com`",
    )
}
