//! What is set of a tenant by who manages it, besides how much it may hold: where it stays, how its reads are written down, how long its tokens
//! last.
//!
//! # Invariants
//! - Each makes something stricter than it is without it, and none makes anything laxer: so none needs a right in the tenant.
//! - It holds from its commit on, on every server: the tenant's epoch changes with it. A token that was made before lasts as it was made.

use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::round::{Round, Scope, Stop};
use crate::access::{Lifetime, Place};
use crate::action::Action;
use crate::audit::Detail;
use crate::error::Error;
use crate::fault::Invalid;
use crate::limits::{RESIDENCY_MAX_BYTES, TENANT_TOKEN_LIFE_MIN_SECONDS, TOKEN_LIFE_MAX_SECONDS};
use crate::metadata::Metadata;
use crate::op::Op;
use crate::path::SecretPath;
use crate::tenant::TenantName;

/// What is set of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct TenantSettings {
    /// Where what it holds has to stay: a mark, such as `EU`.
    #[n(0)]
    pub residency: Option<String>,
    /// Entries of reads are synced, however those of other tenants are written.
    #[n(1)]
    pub synced_reads: bool,
    /// How long a token is good at most, in seconds.
    #[n(2)]
    pub token_max_seconds: Option<u64>,
}

/// A change of them: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Another mark, or none.
    pub residency: Option<Option<String>>,
    /// Whether entries of reads are synced.
    pub synced_reads: Option<bool>,
    /// Another time, or none of the tenant's own.
    pub token_max_seconds: Option<Option<u64>>,
}

impl TenantSettings {
    /// With this change.
    fn changed(&self, change: &SettingsChange) -> Result<Self, Invalid> {
        let after = Self {
            residency: change.residency.clone().unwrap_or_else(|| self.residency.clone()),
            synced_reads: change.synced_reads.unwrap_or(self.synced_reads),
            token_max_seconds: change.token_max_seconds.unwrap_or(self.token_max_seconds),
        };
        if after.residency.as_deref().is_some_and(|mark| !is_mark(mark)) {
            return Err(Invalid::new(
                "tenant.residency_invalid",
                format!(
                    "a mark has letters, digits, `-`, `_` and `.` of ASCII, and at most {RESIDENCY_MAX_BYTES} bytes"
                ),
                "write it like `EU`, as secrets have it that stay there",
            ));
        }
        let life = TENANT_TOKEN_LIFE_MIN_SECONDS..=TOKEN_LIFE_MAX_SECONDS;
        if after.token_max_seconds.is_some_and(|seconds| !life.contains(&seconds)) {
            return Err(Invalid::new(
                "tenant.token_lifetime",
                format!(
                    "tokens of a tenant live for {TENANT_TOKEN_LIFE_MIN_SECONDS} to {TOKEN_LIFE_MAX_SECONDS} seconds at most"
                ),
                "say how long, for example eight hours, or leave it to the limit of all",
            ));
        }
        Ok(after)
    }

    /// As lines, for entries that say what differs.
    pub(super) fn lines(&self) -> Vec<String> {
        let Self { residency, synced_reads, token_max_seconds } = self;
        let residency = residency.as_ref().map(|mark| format!("residency {mark}"));
        let reads = synced_reads.then(|| "read_durability synced".to_owned());
        let tokens = token_max_seconds.map(|seconds| format!("token_max_seconds {seconds}"));
        [residency, reads, tokens].into_iter().flatten().collect()
    }

    /// What an entry says of a change.
    pub(super) fn diff(&self, name: &TenantName, after: &Self) -> Detail {
        Detail::rules(name.as_str(), &self.lines(), &after.lines())
    }
}

impl Vault {
    /// Changes what is set of a tenant; as it is then.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Tenant`]; [`Invalid`]; refusals and storage errors as for every verb.
    pub async fn tenant_set(
        &self,
        op: &Op,
        name: &TenantName,
        change: &SettingsChange,
    ) -> Result<TenantSettings, Error> {
        let asked = (Action::TenantSet, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::managing(op), asked, |round, first| {
            Box::pin(async move {
                let mut seen = round.seen_tenant(Action::TenantSet, name).await?;
                let before = seen.record.settings();
                let after = before.changed(change)?;
                seen.record.set(after.clone());
                let detail = Some(before.diff(name, &after));
                round.commit_tenant(first, Action::TenantSet, seen, detail, after).await
            })
        });
        Ok(done.await?.answer)
    }
}

impl Round<'_> {
    /// Whether a secret may lie here that has to stay where it says.
    pub(super) fn stays_here(&self, path: &SecretPath, metadata: &Metadata) -> Result<(), Stop> {
        let here = self.tenant.settings().residency.as_ref();
        let Some((here, wanted)) =
            here.zip(metadata.residency.as_ref()).filter(|(here, wanted)| here != wanted)
        else {
            return Ok(());
        };
        Err(Invalid::new(
            "tenant.residency",
            format!("{path} has to stay in {wanted}, and what this tenant holds stays in {here}"),
            "write it into a tenant that stays there; or give it the mark of this one with --residency",
        )
        .into())
    }

    /// As long as this, and not longer than the tenant's tokens last.
    pub(super) fn within(&self, lifetime: Lifetime) -> Lifetime {
        let most = self.tenant.settings().token_max_seconds.unwrap_or(TOKEN_LIFE_MAX_SECONDS);
        let (ttl_seconds, max_seconds) = (lifetime.ttl_seconds.min(most), lifetime.max_seconds.min(most));
        Lifetime { ttl_seconds, max_seconds, ..lifetime }
    }

    /// The same for who says how long: what is longer is refused, and not cut.
    pub(super) fn not_beyond(&self, lifetime: &Lifetime) -> Result<(), Stop> {
        match self.tenant.settings().token_max_seconds {
            Some(most) if lifetime.ttl_seconds > most || lifetime.max_seconds > most => Err(Invalid::new(
                "token.lifetime",
                format!("a token of this tenant lives for {most} seconds at most"),
                "ask for a shorter one, of which the maximum is shorter too",
            )
            .into()),
            _ => Ok(()),
        }
    }
}

fn is_mark(mark: &str) -> bool {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !mark.is_empty() && mark.len() <= RESIDENCY_MAX_BYTES && mark.chars().all(is_good)
}
