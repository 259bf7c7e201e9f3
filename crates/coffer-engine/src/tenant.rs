//! A tenant: whose secrets these are.

use crate::fault::Invalid;
use crate::limits::{TENANT_NAME_MAX_BYTES, TENANT_NAME_MAX_SEGMENTS};
use crate::path::check_text;

/// A tenant's identity: 16 random bytes, the head of every one of its keys in the storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId([u8; 16]);

impl TenantId {
    /// The instance itself: what belongs to no tenant (unlockers, the directory of tenants) lies here.
    pub const INSTANCE: Self = Self([0; 16]);

    /// From its 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// A tenant's name in the tree of tenants: `acme`, `acme/eu`.
///
/// Lower-case ASCII letters, digits, `-`, `_` and `.` in segments that begin with a letter or digit: two names that look alike
/// are the same name (T-P5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantName(Box<str>);

impl TenantName {
    /// The tenant of who names none.
    #[must_use]
    pub fn default_tenant() -> Self {
        Self("default".into())
    }

    /// Checks a name; never mends it.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        check_text("tenant name", raw, TENANT_NAME_MAX_BYTES)?;
        if raw.split('/').count() > TENANT_NAME_MAX_SEGMENTS {
            return Err(Invalid::new(
                "tenant.name_invalid",
                "a tenant name has at most 16 segments",
                "use a flatter name",
            ));
        }
        for segment in raw.split('/') {
            let mut chars = segment.chars();
            let starts_well = chars.next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            let goes_on_well =
                chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'));
            if !starts_well || !goes_on_well || segment.ends_with('.') {
                return Err(Invalid::new(
                    "tenant.name_invalid",
                    "a tenant name has segments of lower-case letters, digits, `-`, `_` and `.`, each beginning with a letter or digit",
                    "write it like `acme` or `acme/eu`",
                ));
            }
        }
        Ok(Self(raw.into()))
    }

    /// Whether it lies below this one in the tree.
    #[must_use]
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.strip_prefix(&*other.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The names above it in the tree, the highest first. There need not be a tenant of each.
    pub fn above(&self) -> impl Iterator<Item = Self> {
        self.0.match_indices('/').filter_map(|(end, _)| Some(Self(self.0.get(..end)?.into())))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
