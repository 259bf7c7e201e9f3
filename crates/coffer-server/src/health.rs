//! How the server is. Nobody has to show a token for it, so it says nothing of any tenant.

use std::sync::PoisonError;
use std::time::Duration;

use axum::http::StatusCode;
use coffer_engine::vault;
use coffer_wire::health::{Alive, Expiring, Ready, SecretsHealth};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::limits::{COUNT_EVERY, PROBE_EVERY, SHORT_TIME};
use crate::service::Shared;

/// What the last probe of the store said. It costs a commit, so it is asked once a second, whoever wants to know.
/// Held while it is asked: the others wait for the same answer.
#[derive(Default)]
pub(crate) struct Prober(Mutex<Option<(Instant, Option<Reason>)>>);

/// Why requests would not be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    code: &'static str,
    detail: &'static str,
}

/// `/health`.
pub(crate) async fn alive(call: Call) -> Result<Answer, Failure> {
    Answer::json(&Alive {
        status: "alive".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        node: call.shared.node().map(str::to_owned),
    })
}

/// `/health/ready`.
pub(crate) async fn ready(call: Call) -> Result<Answer, Failure> {
    call.shared.asked_whether_ready();
    let reason = if call.shared.is_draining() {
        Some(Reason { code: "server.draining", detail: "the server is about to stop" })
    } else {
        call.shared.trouble().await
    };
    let ready = Ready {
        ready: reason.is_none(),
        reason: reason.as_ref().map(|reason| reason.code.to_owned()),
        detail: reason.as_ref().map(|reason| reason.detail.to_owned()),
    };
    let status = if reason.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Answer::json(&ready)?.status(status))
}

/// `/health/secrets`.
pub(crate) async fn secrets(call: Call) -> Result<Answer, Failure> {
    let trouble = call.shared.trouble().await;
    let vault = call.shared.vault();
    let log_pending = match &vault {
        Some(vault) => vault.log_pending().await.ok(),
        None => None,
    };
    let locked_tenants = match &vault {
        Some(vault) => vault.tenants_locked().await.ok(),
        None => None,
    };
    let health = SecretsHealth {
        status: if trouble.is_none() { "healthy" } else { "unhealthy" }.to_owned(),
        store: match (&vault, &trouble) {
            (None, _) => "unknown".to_owned(),
            (_, None) => "writable".to_owned(),
            (_, Some(reason)) => reason.code.to_owned(),
        },
        keys: if vault.is_some() { "open" } else { "sealed" }.to_owned(),
        log_pending: log_pending.and_then(|rows| u64::try_from(rows).ok()),
        locked_tenants,
        expiring: vault.and_then(|_| call.shared.census.last()),
    };
    let status = if trouble.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Answer::json(&health)?.status(status))
}

/// How many secrets expire, as they were counted last.
#[derive(Default)]
pub(crate) struct Census(std::sync::Mutex<Counted>);

#[derive(Default)]
struct Counted {
    found: Option<Expiring>,
    /// When to count again.
    next: Option<Instant>,
}

impl Census {
    fn last(&self) -> Option<Expiring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).found
    }

    /// Whether it is time to count.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next.is_none_or(|next| next <= now)
    }

    /// What was found, and how long that took: counting takes a hundredth of the time, and not more.
    pub(crate) fn counted(&self, found: Option<vault::Expiring>, took: Duration) {
        let found = found.map(|found| Expiring {
            tenants: found.tenants,
            expired: found.expired,
            in_a_day: found.in_a_day,
            in_7_days: found.in_7_days,
            in_30_days: found.in_30_days,
        });
        let next = Instant::now().checked_add(COUNT_EVERY.max(took.saturating_mul(100)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Counted { found, next };
    }
}

impl Shared {
    /// What keeps requests from being answered, as of a second ago at most.
    async fn trouble(&self) -> Option<Reason> {
        let Some(vault) = self.vault() else {
            return Some(Reason { code: "server.sealed", detail: "the keys are not in memory" });
        };
        let mut last = self.prober.0.lock().await;
        if let Some((at, reason)) = last.as_ref()
            && at.elapsed() < PROBE_EVERY
        {
            return reason.clone();
        }
        let reason = match tokio::time::timeout(SHORT_TIME, vault.probe(self.now())).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                tracing::error!(cause = %error, "the store can't be written");
                Some(Reason {
                    code: cause(&error),
                    detail: "the audit entry of a request could not be written",
                })
            }
            Err(_) => Some(Reason { code: "store.slow", detail: "a commit does not end in time" }),
        };
        *last = Some((Instant::now(), reason.clone()));
        reason
    }
}

/// `store.full` says more to an operator than `audit.unavailable`.
fn cause(error: &coffer_engine::Error) -> &'static str {
    match error.kind() {
        coffer_engine::error::ErrorKind::Unrecorded(cause) => cause.code(),
        _ => error.code(),
    }
}
