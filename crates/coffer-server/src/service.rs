//! The service: one request after the other, from a socket or from this process.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use coffer_engine::storage::Clock;
use coffer_engine::token::TokenHash;
use coffer_engine::{RequestId, Vault};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower_service::Service as _;

use crate::answer::response;
use crate::failure::Failure;
use crate::health::Prober;
use crate::limits::{BODIES_MAX_BYTES, FAILURE_RATE, REQUESTS_MAX, Rate, SOURCE_RATE, TOKEN_RATE};
use crate::metrics::Metrics;
use crate::rate::{Buckets, network};
use crate::routes;

/// How it serves.
#[derive(Debug, Clone, Copy)]
pub struct ServiceOptions {
    /// Requests of one source.
    pub source_rate: Rate,
    /// Requests with one token.
    pub token_rate: Rate,
    /// Requests of one source without a token that is good.
    pub failure_rate: Rate,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self { source_rate: SOURCE_RATE, token_rate: TOKEN_RATE, failure_rate: FAILURE_RATE }
    }
}

/// A vault, served. Cheap to clone; every clone is the same service.
#[derive(Clone)]
pub struct Service {
    shared: Arc<Shared>,
    router: Router,
}

/// What all clones share.
pub(crate) struct Shared {
    /// `None`: sealed.
    vault: RwLock<Option<Vault>>,
    clock: Clock,
    draining: AtomicBool,
    under_way: Semaphore,
    /// Room for bodies, in KiB.
    pub(crate) bodies: Semaphore,
    sources: Buckets<IpAddr>,
    failures: Buckets<IpAddr>,
    pub(crate) tokens: Buckets<TokenHash>,
    pub(crate) metrics: Metrics,
    pub(crate) prober: Prober,
}

/// Who is at the other end, as a header of the request's can't say: nobody believes `X-Forwarded-For`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source(pub(crate) IpAddr);

impl Service {
    /// Serves this vault; `clock` says what time it is.
    #[must_use]
    pub fn new(vault: Vault, clock: Clock, options: ServiceOptions) -> Self {
        let shared = Arc::new(Shared {
            vault: RwLock::new(Some(vault)),
            clock,
            draining: AtomicBool::new(false),
            under_way: Semaphore::new(REQUESTS_MAX),
            bodies: Semaphore::new(BODIES_MAX_BYTES / 1024),
            sources: Buckets::new(options.source_rate),
            failures: Buckets::new(options.failure_rate),
            tokens: Buckets::new(options.token_rate),
            metrics: Metrics::new(),
            prober: Prober::default(),
        });
        let router = routes::router(&shared);
        Self { shared, router }
    }

    /// Answers one request of whoever is at this address.
    pub async fn answer(&self, source: IpAddr, mut request: Request<Body>) -> Response<Body> {
        let shared = &self.shared;
        if !shared.sources.take(network(source), Instant::now()) {
            return shared.refused(Failure::later(
                StatusCode::TOO_MANY_REQUESTS,
                "source.too_many_requests",
                "too many requests came from this address",
                1,
            ));
        }
        let Ok(_under_way) = shared.under_way.try_acquire() else {
            return shared.refused(Failure::busy());
        };
        request.extensions_mut().insert(Source(source));
        match self.router.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Answers one request of this process itself.
    pub async fn answer_here(&self, request: Request<Body>) -> Response<Body> {
        self.answer(IpAddr::V4(Ipv4Addr::LOCALHOST), request).await
    }

    /// From now on `/health/ready` says no, so that no new work is sent here; what comes nevertheless is answered.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Release);
    }

    /// Forgets the vault and its keys: nothing is read or written here until [`Service::unseal`].
    pub fn seal(&self) {
        self.shared.seal();
    }

    /// Serves this vault from now on.
    pub fn unseal(&self, vault: Vault) {
        *self.shared.vault.write().unwrap_or_else(PoisonError::into_inner) = Some(vault);
    }

    /// The vault, unless it is sealed.
    #[must_use]
    pub fn vault(&self) -> Option<Vault> {
        self.shared.vault()
    }

    /// All metrics, as OpenMetrics writes them.
    pub async fn metrics(&self) -> String {
        let pending = match self.vault() {
            Some(vault) => vault.log_pending().await.ok(),
            None => None,
        };
        self.shared.metrics.text(self.vault().is_none(), pending)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Shared {
    pub(crate) fn vault(&self) -> Option<Vault> {
        self.vault.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn seal(&self) {
        *self.vault.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn now(&self) -> coffer_engine::time::Timestamp {
        (self.clock)()
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Whether this source has shown too many tokens that are none.
    pub(crate) fn has_failed_too_often(&self, source: IpAddr) -> bool {
        !self.failures.has(network(source), Instant::now())
    }

    /// A request without a token that is good. Nobody in particular has asked: it is counted, and not in the log.
    pub(crate) fn count_failure(&self, source: IpAddr, code: &'static str) {
        self.failures.take(network(source), Instant::now());
        self.metrics.unauthenticated(code);
    }

    /// An answer to what was not looked at.
    fn refused(&self, failure: Failure) -> Response<Body> {
        self.metrics.turned_away(failure.code);
        let request = RequestId::generate().map(|id| id.to_string()).unwrap_or_default();
        response(Err(failure), &request, None)
    }
}

/// Says nothing: there are keys inside.
impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service(..)")
    }
}
