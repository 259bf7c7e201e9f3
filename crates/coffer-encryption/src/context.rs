//! Unambiguous bytes from a list of fields: each one prefixed with its length as a big-endian `u16`.
//!
//! # Invariants
//!
//! * Two different lists of fields never give the same bytes. Nothing is joined with a separator.
//! * A field longer than 65,535 bytes is an error, never cut.

/// Collects the fields of a [`crate::Place`] in their fixed order.
///
/// Only this crate writes to it; it is public because [`crate::Place`] names it.
pub struct ContextWriter {
    bytes: Vec<u8>,
    overlong: bool,
}

impl ContextWriter {
    /// Starts with `prefix` as it is, without a length: a header of fixed size, or nothing.
    pub(crate) fn after(prefix: &[u8]) -> Self {
        // Room for every place but the longest record keys: one allocation.
        let mut bytes = Vec::with_capacity(ROOM);
        bytes.extend_from_slice(prefix);
        Self { bytes, overlong: false }
    }

    pub(crate) fn field(&mut self, field: &[u8]) {
        match u16::try_from(field.len()) {
            Ok(len) => {
                self.bytes.extend_from_slice(&len.to_be_bytes());
                self.bytes.extend_from_slice(field);
            }
            Err(_too_long) => self.overlong = true,
        }
    }

    /// The bytes, or nothing when a field was too long.
    pub(crate) fn finish(self) -> Option<Vec<u8>> {
        (!self.overlong).then_some(self.bytes)
    }
}

/// `fields`, each with its length before it; nothing when one is longer than 65,535 bytes.
pub(crate) fn length_prefixed(fields: &[&[u8]]) -> Option<Vec<u8>> {
    let mut writer = ContextWriter::after(&[]);
    for field in fields {
        writer.field(field);
    }
    writer.finish()
}

const ROOM: usize = 192;
