//! What a tenant may hold at most, and what it holds.
//!
//! All that is stored counts, what lies in the trash too: it can come back, and takes up room until it is destroyed. So undoing adds nothing,
//! and is never refused.

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::limits::{QUOTA_MAX, QUOTA_NEAR_PERCENT};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Secrets.
    Secrets,
    /// Versions that have a value.
    Versions,
    /// Bytes of those values, and of the names of their fields.
    Bytes,
}

/// What a tenant holds, or a part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Secrets, those in the trash too.
    pub secrets: u64,
    /// Their versions, but for those that are destroyed.
    pub versions: u64,
    /// Bytes of the values of these versions.
    pub bytes: u64,
}

/// What a tenant may hold at most; `None`: as much as there is room for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Quota {
    /// Secrets.
    #[n(0)]
    pub secrets: Option<u64>,
    /// Versions.
    #[n(1)]
    pub versions: Option<u64>,
    /// Bytes of values.
    #[n(2)]
    pub bytes: Option<u64>,
    /// Requests in a second, of all its members together, at each server.
    #[n(3)]
    pub requests: Option<u64>,
}

/// A change of a quota: what is `None` stays as it is; an inner `None` takes the limit away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaChange {
    /// Secrets.
    pub secrets: Option<Option<u64>>,
    /// Versions.
    pub versions: Option<Option<u64>>,
    /// Bytes of values.
    pub bytes: Option<Option<u64>>,
    /// Requests in a second.
    pub requests: Option<Option<u64>>,
}

/// How much there is of something that has a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Of what.
    pub resource: Resource,
    /// How much.
    pub used: u64,
    /// How much there may be.
    pub limit: u64,
}

/// A write would have taken a tenant past its quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// Which tenant.
    pub tenant: String,
    /// What there is already.
    pub used: Used,
    /// How much the write would have added.
    pub added: u64,
}

impl Resource {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Secrets, Self::Versions, Self::Bytes];

    /// `secrets`, and so on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Versions => "versions",
            Self::Bytes => "bytes",
        }
    }
}

impl Tally {
    /// How much of this.
    #[must_use]
    pub const fn of(&self, resource: Resource) -> u64 {
        match resource {
            Resource::Secrets => self.secrets,
            Resource::Versions => self.versions,
            Resource::Bytes => self.bytes,
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            secrets: self.secrets.saturating_add(other.secrets),
            versions: self.versions.saturating_add(other.versions),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// What is left of it without the other; nothing where that is more.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            secrets: self.secrets.saturating_sub(other.secrets),
            versions: self.versions.saturating_sub(other.versions),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl Quota {
    /// How much of this there may be.
    #[must_use]
    pub const fn of(&self, resource: Resource) -> Option<u64> {
        match resource {
            Resource::Secrets => self.secrets,
            Resource::Versions => self.versions,
            Resource::Bytes => self.bytes,
        }
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The quota after a change.
    ///
    /// # Errors
    /// [`Invalid`] for more than [`QUOTA_MAX`], and for no requests at all.
    pub fn changed(self, change: QuotaChange) -> Result<Self, Invalid> {
        let after = Self {
            secrets: change.secrets.unwrap_or(self.secrets),
            versions: change.versions.unwrap_or(self.versions),
            bytes: change.bytes.unwrap_or(self.bytes),
            requests: change.requests.unwrap_or(self.requests),
        };
        if after.requests == Some(0) {
            return Err(Invalid::new(
                "quota.too_small",
                "a tenant that answers no request at all is a suspended one",
                "allow at least one request in a second; or `coffer tenant suspend NAME`",
            ));
        }
        let held = Resource::ALL.iter().filter_map(|resource| after.of(*resource));
        if held.chain(after.requests).any(|limit| limit > QUOTA_MAX) {
            return Err(Invalid::new(
                "quota.too_large",
                format!("a limit is {QUOTA_MAX} at most"),
                "leave what is not to be limited without a limit",
            ));
        }
        Ok(after)
    }

    /// What is limited, and how much of it there is.
    pub fn used(self, tally: Tally) -> impl Iterator<Item = Used> {
        Resource::ALL.into_iter().filter_map(move |resource| {
            let limit = self.of(resource)?;
            Some(Used { resource, used: tally.of(resource), limit })
        })
    }

    /// Whether something that is limited is added.
    #[must_use]
    pub(crate) fn limits(self, added: Tally) -> bool {
        self.used(added).any(|added| added.used > 0)
    }

    /// The first limit that would be passed if this was added to what there is. What adds nothing passes none, even where there is too
    /// much already.
    #[must_use]
    pub(crate) fn passed(self, tally: Tally, added: Tally) -> Option<(Used, u64)> {
        self.used(tally)
            .map(|used| (used, added.of(used.resource)))
            .find(|(used, added)| *added > 0 && used.used.saturating_add(*added) > used.limit)
    }
}

impl Used {
    /// Whether it is [`QUOTA_NEAR_PERCENT`] of the limit or more.
    #[must_use]
    pub fn is_near(&self) -> bool {
        let percent = u128::from(QUOTA_NEAR_PERCENT);
        u128::from(self.used).saturating_mul(100) >= u128::from(self.limit).saturating_mul(percent)
    }
}

#[cfg(test)]
mod tests;
