//! How the vault is, as of the moment at which the metrics are asked for.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use coffer_engine::vault::Usage;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::process::tell;

/// How it is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Snapshot {
    pub(crate) usage: Usage,
    /// Commits whose entries wait for the log; `None`: the storage does not say.
    pub(crate) pending: Option<usize>,
    /// How old the oldest of them is, in seconds; 0 when none waits.
    pub(crate) lag: Option<f64>,
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
        let now = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Snapshot { usage, pending, lag }) = now else { return Ok(()) };
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
