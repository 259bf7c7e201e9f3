//! What is counted, in Prometheus' conventions.
//!
//! # Invariants
//! - Labels are bounded: operations and codes are lists in the sources, tenants the first so many that have an entry.
//! - No label holds a path, a name of a secret, or a token.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::limits::TENANTS_COUNTED_MAX;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    operation: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Access {
    tenant: String,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// Every metric.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Operation, Histogram>,
    accesses: Family<Access, Counter>,
    unauthenticated: Family<Reason, Counter>,
    turned_away: Family<Reason, Counter>,
    connections: Gauge,
    sealed: Gauge,
    pending: Gauge,
    resident: Gauge,
    processor: Gauge<f64, std::sync::atomic::AtomicU64>,
    tenants: Mutex<HashSet<String>>,
}

/// Tenants beyond those that have counters of their own.
const OTHERS: &str = "_others";

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("coffer");
        let requests = Family::default();
        registry.register("requests", "Requests that were answered", requests.clone());
        let durations = Family::new_with_constructor(
            (|| Histogram::new(exponential_buckets(0.000_05, 2.0, 16))) as fn() -> Histogram,
        );
        registry.register_with_unit(
            "request_duration",
            "Time to the answer",
            Unit::Seconds,
            durations.clone(),
        );
        let accesses = Family::default();
        registry.register(
            "tenant_accesses",
            "Requests that left an entry in a tenant's log",
            accesses.clone(),
        );
        let unauthenticated = Family::default();
        let help = "Requests without a token that is good";
        registry.register("unauthenticated", help, unauthenticated.clone());
        let turned_away = Family::default();
        registry.register("turned_away", "Requests past a limit, not looked at", turned_away.clone());
        let connections = Gauge::default();
        registry.register("connections", "Connections that are open", connections.clone());
        let sealed = Gauge::default();
        registry.register("sealed", "1 when the keys are not in memory", sealed.clone());
        let pending = Gauge::default();
        let help = "Commits whose entries wait to go into the log; 512 means that or more";
        registry.register("log_pending_commits", help, pending.clone());
        let resident = Gauge::default();
        let help = "Memory of this process";
        registry.register_with_unit("process_resident_memory", help, Unit::Bytes, resident.clone());
        let processor = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        let help = "Processor time of this process, since it began";
        registry.register_with_unit("process_cpu", help, Unit::Seconds, processor.clone());
        Self {
            registry,
            requests,
            durations,
            accesses,
            unauthenticated,
            turned_away,
            connections,
            sealed,
            pending,
            resident,
            processor,
            tenants: Mutex::default(),
        }
    }

    /// A request was answered; `tenant`: in whose log it has an entry.
    pub(crate) fn answered(
        &self,
        operation: &'static str,
        status: StatusCode,
        tenant: Option<&str>,
        time: Duration,
    ) {
        self.requests.get_or_create(&Answered { operation, status: status.as_u16() }).inc();
        self.durations.get_or_create(&Operation { operation }).observe(time.as_secs_f64());
        if let Some(tenant) = tenant {
            let outcome = match status {
                StatusCode::FORBIDDEN => "refused",
                status if status.is_success() => "done",
                _ => "failed",
            };
            let access = Access { tenant: self.counted(tenant).to_owned(), operation, outcome };
            self.accesses.get_or_create(&access).inc();
        }
    }

    /// Somebody showed no token that is good.
    pub(crate) fn unauthenticated(&self, reason: &'static str) {
        self.unauthenticated.get_or_create(&Reason { reason }).inc();
    }

    /// A limit was passed.
    pub(crate) fn turned_away(&self, reason: &'static str) {
        self.turned_away.get_or_create(&Reason { reason }).inc();
    }

    /// A connection came, until this is dropped.
    pub(crate) fn connection(&self) -> Connected {
        self.connections.inc();
        Connected(self.connections.clone())
    }

    /// All of it, as OpenMetrics writes it.
    pub(crate) fn text(&self, is_sealed: bool, pending: Option<usize>) -> String {
        self.sealed.set(i64::from(is_sealed));
        self.pending.set(pending.and_then(|rows| i64::try_from(rows).ok()).unwrap_or(0));
        if let Some(bytes) = resident_bytes() {
            self.resident.set(bytes);
        }
        if let Some(seconds) = processor_seconds() {
            self.processor.set(seconds);
        }
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn counted<'t>(&self, tenant: &'t str) -> &'t str {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.contains(tenant) {
            return tenant;
        }
        if tenants.len() >= TENANTS_COUNTED_MAX {
            return OTHERS;
        }
        tenants.insert(tenant.to_owned());
        tenant
    }
}

/// A connection that is open.
pub(crate) struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// From `/proc/self/status`, where there is one (Linux).
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// User and system time of this process.
fn processor_seconds() -> Option<f64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let whole = u32::try_from(time.tv_sec).ok()?;
    Some(f64::from(whole) + f64::from(u32::try_from(time.tv_nsec).ok()?) / 1e9)
}
