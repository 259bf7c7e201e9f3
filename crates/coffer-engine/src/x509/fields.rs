//! What a certificate says: until when, for what, and whose it is.
//!
//! Trust: the bytes are anybody's. They are read here, and believed by whoever has checked who signed them (`trust.rs`).

use super::Thumbprint;
use super::der::{BITS, BOOLEAN, Der, INTEGER, OCTETS, OID, SEQUENCE, SET};
use super::names::{Kind, Name};
use crate::time::Timestamp;

/// What is read of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) from: Timestamp,
    /// The last moment.
    pub(super) until: Timestamp,
    /// Whether it may sign others.
    pub(super) is_authority: bool,
    /// Whether it says that it is for clients of TLS.
    pub(super) is_for_clients: bool,
    pub(super) names: Vec<Name>,
}

/// A certificate that is trusted, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What no other has.
    pub thumbprint: Thumbprint,
    /// What it is called; empty where it is not.
    pub common_name: String,
    /// The last moment at which it is good.
    pub until: Timestamp,
    /// Whether it may sign others. Else it means itself.
    pub is_authority: bool,
}

const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `[0]`, the version, and `[3]`, the extensions, each around what it holds.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// In a list of alternative names: `[1]`, `[2]` and `[6]`.
const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
/// As which names are written: UTF-8, and two kinds of ASCII. What is written otherwise is no name of anybody's.
const TEXTS: [u8; 3] = [0x0c, 0x13, 0x16];

impl Fields {
    /// Reads a certificate of version 3. `None`: it is none.
    pub(super) fn read(certificate: &[u8]) -> Option<Self> {
        let mut whole = Der(certificate);
        let mut parts = Der(whole.take(SEQUENCE).filter(|_| whole.is_empty())?);
        let mut said = Der(parts.take(SEQUENCE)?);
        parts.take(SEQUENCE)?;
        parts.take(BITS).filter(|_| parts.is_empty())?;
        let mut version = Der(said.take(VERSION)?);
        version.take(INTEGER).filter(|version| *version == [2])?;
        said.take(INTEGER)?;
        said.take(SEQUENCE)?;
        let _issuer = said.take(SEQUENCE)?;
        let mut times = Der(said.take(SEQUENCE)?);
        let (from, until) = (times.time()?, times.time().filter(|_| times.is_empty())?);
        let subject = said.take(SEQUENCE)?;
        let _key = said.take(SEQUENCE)?;
        let mut fields = Self {
            from,
            // All of that second.
            until: until.plus_millis(999),
            is_authority: false,
            is_for_clients: false,
            names: Vec::new(),
        };
        fields.subject(subject)?;
        let mut extensions = Der(said.maybe(EXTENSIONS)?.unwrap_or_default());
        if !said.is_empty() {
            return None;
        }
        if !extensions.is_empty() {
            let mut each = Der(extensions.take(SEQUENCE).filter(|_| extensions.is_empty())?);
            let mut seen: Vec<&[u8]> = Vec::new();
            while !each.is_empty() {
                let mut extension = Der(each.take(SEQUENCE)?);
                let id = extension.take(OID).filter(|id| !seen.contains(id))?;
                extension.maybe(BOOLEAN)?;
                fields.extension(id, extension.take(OCTETS).filter(|_| extension.is_empty())?)?;
                seen.push(id);
            }
        }
        Some(fields)
    }

    /// Whether it is good then, as far as its times say.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        self.from <= now && now <= self.until
    }

    fn subject(&mut self, subject: &[u8]) -> Option<()> {
        let mut sets = Der(subject);
        while !sets.is_empty() {
            let mut set = Der(sets.take(SET)?);
            while !set.is_empty() {
                let mut part = Der(set.take(SEQUENCE)?);
                let id = part.take(OID)?;
                let (tag, text) = part.next().filter(|_| part.is_empty())?;
                if id == COMMON_NAME && TEXTS.contains(&tag) {
                    self.name(Kind::CommonName, text);
                }
            }
        }
        Some(())
    }

    fn extension(&mut self, id: &[u8], content: &[u8]) -> Option<()> {
        let mut content = Der(content);
        if id == BASIC_CONSTRAINTS {
            let mut constraints = Der(content.take(SEQUENCE)?);
            self.is_authority = constraints.maybe(BOOLEAN)?.is_some_and(|truth| truth != [0]);
        } else if id == EXTENDED_KEY_USAGE {
            let mut purposes = Der(content.take(SEQUENCE)?);
            while !purposes.is_empty() {
                self.is_for_clients |= purposes.take(OID)? == CLIENT_AUTH;
            }
        } else if id == ALTERNATIVE_NAMES {
            let mut names = Der(content.take(SEQUENCE)?);
            while !names.is_empty() {
                match names.next()? {
                    (EMAIL, text) => self.name(Kind::Email, text),
                    (DNS, text) => self.name(Kind::Dns, text),
                    (URI, text) => self.name(Kind::Uri, text),
                    _ => {}
                }
            }
        } else {
            return Some(());
        }
        content.is_empty().then_some(())
    }

    /// A name that nobody can be bound by is none.
    fn name(&mut self, kind: Kind, text: &[u8]) {
        self.names.extend(std::str::from_utf8(text).ok().and_then(|text| Name::new(kind, text)));
    }
}

impl About {
    /// What is said of a certificate in DER. `None`: it is none.
    #[must_use]
    pub fn read(certificate: &[u8]) -> Option<Self> {
        let Fields { until, is_authority, names, .. } = Fields::read(certificate)?;
        let common_name = names.into_iter().find_map(Name::common).unwrap_or_default();
        Some(Self { thumbprint: Thumbprint::of(certificate), common_name, until, is_authority })
    }
}

/// The last moment of a list of revoked certificates (RFC 5280, section 5.1). `None`: it is none, or never ends.
pub(super) fn next_list(list: &[u8]) -> Option<Timestamp> {
    let mut whole = Der(list);
    let mut parts = Der(whole.take(SEQUENCE).filter(|_| whole.is_empty())?);
    let mut said = Der(parts.take(SEQUENCE)?);
    said.maybe(INTEGER)?;
    said.take(SEQUENCE)?;
    let _issuer = said.take(SEQUENCE)?;
    let _from = said.time()?;
    // At that moment there is another one.
    said.time().map(|next| Timestamp::from_millis(next.millis().saturating_sub(1)))
}
