//! How the vault is, as of the moment at which the metrics are asked for.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use coffer_engine::vault::{QuotaUse, Usage};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Unit;

use super::process::tell;

/// Of which tenant, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QuotaOf {
    tenant: String,
    quota: &'static str,
}

/// How it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) usage: Usage,
    /// Commits whose entries wait for the log; `None`: the storage does not say.
    pub(crate) pending: Option<usize>,
    /// How old the oldest of them is, in seconds; 0 when none waits.
    pub(crate) lag: Option<f64>,
    /// What tenants hold that have a quota, of those that are in use.
    pub(crate) quotas: Vec<QuotaUse>,
}

/// As it was set last; `None` while it is sealed.
#[derive(Debug, Default)]
pub(super) struct VaultNow(Mutex<Option<Snapshot>>);

impl VaultNow {
    pub(super) fn set(&self, now: Option<Snapshot>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Collector for VaultNow {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(Snapshot { usage, pending, lag, quotas }) = now else { return Ok(()) };
        tell_quotas(&mut encoder, &quotas)?;
        if let Some(lag) = lag {
            let help = "Age of the oldest entry that waits to go into its log";
            tell(&mut encoder, "log_lag", help, Some(&Unit::Seconds), &ConstGauge::new(lag))?;
        }
        let mut gauge = |name: &str, help: &str, unit: Option<&Unit>, value: Option<i64>| match value {
            Some(value) => tell(&mut encoder, name, help, unit, &ConstGauge::new(value)),
            None => Ok(()),
        };
        let count = |many: usize| i64::try_from(many).ok();
        let size = |bytes: u64| i64::try_from(bytes).ok();
        let bytes = Some(&Unit::Bytes);
        let help = "Commits whose entries wait to go into the log; 512 means that or more";
        gauge("log_pending_commits", help, None, pending.and_then(count))?;
        gauge("cache_records", "Records that are kept in memory, opened", None, count(usage.cache_records))?;
        gauge("cache", "Memory that these records take up, about", bytes, size(usage.cache_bytes))?;
        gauge("tenants_open", "Tenants whose keys are in memory", None, count(usage.tenants_open))?;
        gauge("store", "Size of the store's database file", bytes, usage.storage.bytes.and_then(size))?;
        let help = "Size of the store's write-ahead log file";
        gauge("store_wal", help, bytes, usage.storage.wal_bytes.and_then(size))
    }
}

fn tell_quotas(encoder: &mut DescriptorEncoder<'_>, quotas: &[QuotaUse]) -> fmt::Result {
    let (used, limits) = (Family::<QuotaOf, Gauge>::default(), Family::<QuotaOf, Gauge>::default());
    for QuotaUse { tenant, used: all } in quotas {
        for one in all {
            let of = QuotaOf { tenant: tenant.as_str().to_owned(), quota: one.resource.name() };
            let gauge = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
            used.get_or_create(&of).set(gauge(one.used));
            limits.get_or_create(&of).set(gauge(one.limit));
        }
    }
    tell(encoder, "tenant_quota_used", "What a tenant holds of what its quota limits", None, &used)?;
    tell(encoder, "tenant_quota_limit", "What a tenant may hold at most", None, &limits)
}
