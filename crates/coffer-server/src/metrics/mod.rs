//! What is counted, in Prometheus' conventions. Each metric has its line in `docs/metrics.md`; a test compares them.
//!
//! # Invariants
//! - Labels are bounded: operations and codes are lists in the sources, tenants the first so many that have an entry.
//! - No label holds a path, a name of a secret, or a token.
//! - What can't be known now is left out, not told as 0.

mod engine;
mod process;
mod vault;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use coffer_engine::action::Action;
use coffer_engine::monitoring::Observer;
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use self::engine::Engine;
use self::process::Process;
pub(crate) use self::vault::Snapshot;
use self::vault::VaultNow;
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
struct Violation {
    tenant: String,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// In which of the two forms that Prometheus reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Version 0.0.4: for people, and for who does not say what it wants.
    Plain,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

/// Every metric.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Operation, Histogram>,
    accesses: Family<Access, Counter>,
    violations: Family<Violation, Counter>,
    rotations: Family<Outcome, Counter>,
    unauthenticated: Family<Reason, Counter>,
    turned_away: Family<Reason, Counter>,
    connections: Gauge,
    streams: Gauge,
    sealed: Gauge,
    vault: Arc<VaultNow>,
    engine: Arc<Engine>,
    tenants: Mutex<HashSet<String>>,
}

/// Tenants beyond those that have counters of their own.
const OTHERS: &str = "_others";
/// How a request ended, by what its entry says.
const OUTCOMES: [&str; 3] = ["done", "refused", "failed"];

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process));
        let own = registry.sub_registry_with_prefix("coffer");
        own.register("build", "What runs here", Info::new(Build { version: env!("CARGO_PKG_VERSION") }));
        let requests = Family::default();
        own.register("requests", "Requests that were answered", requests.clone());
        let durations = Family::new_with_constructor(duration as fn() -> Histogram);
        let help = "Time to the answer";
        own.register_with_unit("request_duration", help, Unit::Seconds, durations.clone());
        let accesses = Family::default();
        own.register("tenant_accesses", "Requests that left an entry in a tenant's log", accesses.clone());
        let violations = Family::default();
        let help = "Requests that were refused, with an entry in a tenant's log";
        own.register("tenant_violations", help, violations.clone());
        let rotations = Family::default();
        for outcome in OUTCOMES {
            drop(rotations.get_or_create(&Outcome { outcome }));
        }
        own.register("rotations", "Rotations of secrets that were asked for", rotations.clone());
        let unauthenticated = Family::default();
        own.register("unauthenticated", "Requests without a token that is good", unauthenticated.clone());
        let turned_away = Family::default();
        own.register("turned_away", "Requests past a limit, not looked at", turned_away.clone());
        let connections = Gauge::default();
        own.register("connections", "Connections that are open", connections.clone());
        let streams = Gauge::default();
        own.register("streams", "Streams of changes that are open", streams.clone());
        let sealed = Gauge::default();
        own.register("sealed", "1 when the keys are not in memory", sealed.clone());
        let engine = Arc::new(Engine::new(own));
        let vault = Arc::new(VaultNow::default());
        own.register_collector(Box::new(Arc::clone(&vault)));
        Self {
            registry,
            requests,
            durations,
            accesses,
            violations,
            rotations,
            unauthenticated,
            turned_away,
            connections,
            streams,
            sealed,
            vault,
            engine,
            tenants: Mutex::default(),
        }
    }

    /// Whoever is to be told what the engine does.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.engine) as Arc<dyn Observer>
    }

    /// A request was answered; `tenant`: in whose log it has an entry.
    pub(crate) fn answered(
        &self,
        operation: &'static str,
        (status, code): (StatusCode, &'static str),
        tenant: Option<&str>,
        time: Duration,
    ) {
        self.requests.get_or_create(&Answered { operation, status: status.as_u16() }).inc();
        self.durations.get_or_create(&Operation { operation }).observe(time.as_secs_f64());
        let Some(tenant) = tenant else { return };
        let tenant = self.counted(tenant).to_owned();
        let outcome = match status {
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "refused",
            status if status.is_success() => "done",
            _ => "failed",
        };
        if outcome == "refused" {
            self.violations.get_or_create(&Violation { tenant: tenant.clone(), reason: code }).inc();
        }
        if operation == Action::SecretRotate.name() {
            self.rotations.get_or_create(&Outcome { outcome }).inc();
        }
        self.accesses.get_or_create(&Access { tenant, operation, outcome }).inc();
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

    /// Somebody watches, until this is dropped.
    pub(crate) fn stream(&self) -> Connected {
        self.streams.inc();
        Connected(self.streams.clone())
    }

    /// All of it; `now`: how the vault is, unless it is sealed.
    pub(crate) fn text(&self, form: Form, mut now: Option<Snapshot>) -> String {
        self.sealed.set(i64::from(now.is_none()));
        if let Some(now) = &mut now {
            // Nothing adds up over tenants of different limits: those without a label of their own are not told.
            now.quotas.retain(|quota| self.counted(quota.tenant.as_str()) != OTHERS);
        }
        self.vault.set(now);
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = match form {
            Form::Plain => prometheus_text::encode(&mut text, &self.registry),
            Form::OpenMetrics => text::encode(&mut text, &self.registry),
        };
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

impl Form {
    /// The one that a request's `Accept` asks for.
    #[must_use]
    pub fn wanted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Plain }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Plain => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Seconds, from 50 us to 1.6 s.
fn duration() -> Histogram {
    Histogram::new(exponential_buckets(0.000_05, 2.0, 16))
}

/// A connection, or a stream, that is open.
pub(crate) struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}
