//! DER (X.690), as far as certificates need it: one element after the other, each with one spelling.

use crate::time::Timestamp;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BITS: u8 = 0x03;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// What is left of an element's content.
pub(super) struct Der<'d>(pub(super) &'d [u8]);

impl<'d> Der<'d> {
    /// The next element: its tag, and what it holds. `None`: there is none, or it is written in another way than DER's.
    pub(super) fn next(&mut self) -> Option<(u8, &'d [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if length >= 0x80 {
            // So many bytes of length, none of them for nothing. What is behind four is no certificate.
            let (bytes, behind) = rest.split_at_checked(length & 0x7f)?;
            if !(1..=4).contains(&bytes.len()) || bytes.first() == Some(&0) {
                return None;
            }
            length = bytes.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
            rest = behind;
            if length < 0x80 {
                return None;
            }
        }
        // A tag of several bytes has no place in a certificate.
        let (content, behind) = rest.split_at_checked(length).filter(|_| tag & 0x1f != 0x1f)?;
        self.0 = behind;
        Some((*tag, content))
    }

    /// What the next element holds, which is of this kind.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// The same, if it comes next.
    pub(super) fn maybe(&mut self, tag: u8) -> Option<Option<&'d [u8]>> {
        if self.0.first() == Some(&tag) { self.take(tag).map(Some) } else { Some(None) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A moment (RFC 5280, section 4.1.2.5): to the second, in UTC.
    pub(super) fn time(&mut self) -> Option<Timestamp> {
        let (tag, text) = self.next()?;
        let text = std::str::from_utf8(text).ok()?;
        let (year, rest) = match tag {
            UTC_TIME => {
                let (year, rest) = text.split_at_checked(2)?;
                let year = number(year)?;
                (year.checked_add(if year >= 50 { 1900 } else { 2000 })?, rest)
            }
            GENERALIZED_TIME => {
                let (year, rest) = text.split_at_checked(4)?;
                (number(year)?, rest)
            }
            _ => return None,
        };
        let mut rest = rest.strip_suffix('Z')?;
        let mut next = || {
            let (two, behind) = rest.split_at_checked(2)?;
            rest = behind;
            i8::try_from(number(two)?).ok()
        };
        let (month, day, hour, minute, second) = (next()?, next()?, next()?, next()?, next()?);
        if !rest.is_empty() {
            return None;
        }
        Timestamp::of_utc((year, month, day), (hour, minute, second))
    }
}

fn number(digits: &str) -> Option<i16> {
    if digits.bytes().all(|digit| digit.is_ascii_digit()) { digits.parse().ok() } else { None }
}
