//! What a tenant may hold at most, and what it holds.
//!
//! All that is stored counts, what lies in the trash too: it can come back, and takes up room until it is destroyed. So undoing adds nothing,
//! and is never refused.

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::limits::{QUOTA_MAX, QUOTA_NEAR_PERCENT};

/// What is counted, and limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Secrets.
    Secrets,
    /// Versions that have a value.
    Versions,
    /// Bytes of those values, and of the names of their fields.
    Bytes,
    /// Members, those that are disabled or have ended too.
    Members,
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
    /// Members.
    #[n(4)]
    pub members: Option<u64>,
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
    /// Members.
    pub members: Option<Option<u64>>,
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
    /// What a tally counts. Members are counted where they lie.
    pub const STORED: [Self; 3] = [Self::Secrets, Self::Versions, Self::Bytes];

    /// `secrets`, and so on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Versions => "versions",
            Self::Bytes => "bytes",
            Self::Members => "members",
        }
    }
}

impl Tally {
    /// How much of this; of what is no secret, nothing.
    #[must_use]
    pub const fn of(&self, resource: Resource) -> u64 {
        match resource {
            Resource::Secrets => self.secrets,
            Resource::Versions => self.versions,
            Resource::Bytes => self.bytes,
            Resource::Members => 0,
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
            Resource::Members => self.members,
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
            members: change.members.unwrap_or(self.members),
        };
        if after.requests == Some(0) {
            return Err(Invalid::new(
                "quota.too_small",
                "a tenant that answers no request at all is a suspended one",
                "allow at least one request in a second; or `coffer tenant suspend NAME`",
            ));
        }
        if after.limits_by_name().iter().any(|(_, limit)| limit.is_some_and(|limit| limit > QUOTA_MAX)) {
            return Err(Invalid::new(
                "quota.too_large",
                format!("a limit is {QUOTA_MAX} at most"),
                "leave what is not to be limited without a limit",
            ));
        }
        Ok(after)
    }

    /// Each limit, and what it is called.
    #[must_use]
    pub const fn limits_by_name(self) -> [(&'static str, Option<u64>); 5] {
        let Self { secrets, versions, bytes, requests, members } = self;
        [
            (Resource::Secrets.name(), secrets),
            (Resource::Versions.name(), versions),
            (Resource::Bytes.name(), bytes),
            ("requests", requests),
            (Resource::Members.name(), members),
        ]
    }

    /// Whoever holds this gives no more of anything. What another had before and keeps is not given.
    ///
    /// # Errors
    /// `quota.beyond_own`, where the other comes to have no limit, or a larger one.
    pub(crate) fn check_given(self, tenant: &str, before: Self, given: Self) -> Result<(), Invalid> {
        let both = before.limits_by_name().into_iter().zip(given.limits_by_name());
        for ((what, own), ((_, before), (_, given))) in self.limits_by_name().into_iter().zip(both) {
            let is_beyond = |own: &u64| given != before && given.is_none_or(|given| given > *own);
            let Some(own) = own.filter(is_beyond) else { continue };
            return Err(Invalid::new(
                "quota.beyond_own",
                format!("{tenant} itself is limited to {own} {what}, and nobody gives more than they hold"),
                "allow as much or less; or whoever manages the instance allows more",
            ));
        }
        Ok(())
    }

    /// What is limited of what a tally counts, and how much of it there is.
    pub fn used(self, tally: Tally) -> impl Iterator<Item = Used> {
        Resource::STORED.into_iter().filter_map(move |resource| {
            let limit = self.of(resource)?;
            Some(Used { resource, used: tally.of(resource), limit })
        })
    }

    /// How many members there are, where they are limited.
    #[must_use]
    pub fn members_used(self, members: u64) -> Option<Used> {
        Some(Used { resource: Resource::Members, used: members, limit: self.members? })
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
