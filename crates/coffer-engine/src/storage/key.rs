//! A key of the storage: at most 49 bytes, compared as bytes.

use std::fmt;

use crate::tenant::TenantId;

/// Tenant (16), table (1), suffix.
const KEY_MAX: usize = 16 + 1 + Key::SUFFIX_MAX;

/// `tenant id (16) | table (1) | suffix (0 to 32)`, without an allocation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    // Zero behind `len`, so that the derived order is: bytes first, then length. That is the order of the bytes alone.
    bytes: [u8; KEY_MAX],
    len: u8,
}

impl Key {
    /// Longest suffix behind tenant and table, in bytes.
    pub const SUFFIX_MAX: usize = 32;

    /// A key from its parts; `None` when the suffix is longer than [`Key::SUFFIX_MAX`].
    #[must_use]
    pub fn new(tenant: TenantId, table: u8, suffix: &[u8]) -> Option<Self> {
        (suffix.len() <= Self::SUFFIX_MAX).then(|| Self::from_parts(tenant, table, suffix))
    }

    /// A key from parts known to fit; what does not fit is not copied.
    pub(super) fn from_parts(tenant: TenantId, table: u8, suffix: &[u8]) -> Self {
        let mut bytes = [0; KEY_MAX];
        let mut len = 0_u8;
        let parts = tenant.bytes().iter().chain(std::iter::once(&table)).chain(suffix);
        for (place, byte) in bytes.iter_mut().zip(parts) {
            *place = *byte;
            len = len.saturating_add(1);
        }
        Self { bytes, len }
    }

    /// A key from the bytes that [`Key::as_bytes`] gave; `None` when they are none.
    #[must_use]
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        let mut bytes = [0; KEY_MAX];
        if raw.len() < 17 {
            return None;
        }
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self { bytes, len: u8::try_from(raw.len()).ok()? })
    }

    /// The bytes, as the storage compares them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }

    /// Whose it is.
    pub(crate) fn owner(&self) -> TenantId {
        let mut id = [0; 16];
        id.iter_mut().zip(self.as_bytes()).for_each(|(to, from)| *to = *from);
        TenantId::from_bytes(id)
    }

    /// The table and what follows it.
    pub(crate) fn table_and_suffix(&self) -> (u8, &[u8]) {
        match self.as_bytes().get(16..) {
            Some([table, suffix @ ..]) => (*table, suffix),
            _ => (0, &[]),
        }
    }

    /// A suffix that is a number.
    pub(crate) fn suffix_u32(&self) -> Option<u32> {
        self.table_and_suffix().1.try_into().ok().map(u32::from_be_bytes)
    }

    /// A suffix that is an id.
    pub(crate) fn suffix_16(&self) -> Option<[u8; 16]> {
        self.table_and_suffix().1.try_into().ok()
    }
}

/// Hex: a key holds no name, so it may be shown.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
