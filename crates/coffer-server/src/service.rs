//! The service: one request after the other, from a socket or from this process.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use coffer_engine::network::Network;
use coffer_engine::op::Session;
use coffer_engine::storage::Clock;
use coffer_engine::time::Timestamp;
use coffer_engine::token::TokenHash;
use coffer_engine::vault::SealedStore;
use coffer_engine::{RequestId, Vault};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until};
use tower_service::Service as _;

use crate::answer::response;
use crate::events::{Feeds, Streams};
use crate::failure::Failure;
use crate::fair::Turns;
use crate::followers::{Follower, Followers};
use crate::health::{Census, Prober};
use crate::issuers::Issuers;
use crate::limits::{
    BODIES_MAX_BYTES, DERIVATIONS_MAX, FAILURE_RATE, READY_ASKED, REFUSAL_TIME, REQUESTS_MAX, Rate,
    SEAL_TIME, SOURCE_RATE, TOKEN_RATE, TOO_OFTEN_MAX, TOO_OFTEN_TIME, TURNS_MAX, UNSEAL_RATE,
    UNSEAL_SOURCE_RATE,
};
use crate::metrics::{Form, Metrics, Snapshot};
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
    /// Attempts of one source to unseal.
    pub unseal_source_rate: Rate,
    /// Passphrases that are tried for all sources together.
    pub unseal_rate: Rate,
    /// How long a seal waits for requests under way.
    pub seal_time: Duration,
    /// When whoever shows a wrong password is told so.
    pub refusal_time: Duration,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            source_rate: SOURCE_RATE,
            token_rate: TOKEN_RATE,
            failure_rate: FAILURE_RATE,
            unseal_source_rate: UNSEAL_SOURCE_RATE,
            unseal_rate: UNSEAL_RATE,
            seal_time: SEAL_TIME,
            refusal_time: REFUSAL_TIME,
        }
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
    /// What is left when it is.
    pub(crate) store: SealedStore,
    pub(crate) unsealing: Unsealing,
    pub(crate) seal_time: Duration,
    pub(crate) refusal_time: Duration,
    clock: Clock,
    draining: AtomicBool,
    /// When it was last asked whether it is ready.
    ready_asked: Mutex<Option<Instant>>,
    /// What this server is called among others over the same store.
    node: OnceLock<String>,
    under_way: Semaphore,
    /// Room for bodies, in KiB.
    pub(crate) bodies: Semaphore,
    /// Turns to derive a key from a passphrase.
    pub(crate) derivations: Semaphore,
    /// Requests at work, by the tenant that they name.
    pub(crate) turns: Turns,
    /// Those that were too many, or came where too many wait for their password, and wait to be told so.
    held_back: Semaphore,
    sources: Buckets<IpAddr>,
    failures: Buckets<IpAddr>,
    pub(crate) tokens: Buckets<TokenHash>,
    pub(crate) followers: Followers<Follower>,
    pub(crate) feeds: Feeds,
    pub(crate) streams: Streams,
    /// Counts what ends every stream: the keys are let go, or the server stops.
    pub(crate) endings: watch::Sender<u64>,
    pub(crate) metrics: Metrics,
    pub(crate) prober: Prober,
    pub(crate) census: Census,
    pub(crate) issuers: Arc<Issuers>,
}

/// Who is at the other end, as nothing in the request can say: nobody believes `X-Forwarded-For`.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Somebody at this address, who has to show a token.
    Source(IpAddr),
    /// Whoever opened the store in this process.
    Owner(Arc<Session>),
}

/// What attempts to unseal are counted by. Nothing here is one operator's: there is nothing for another to reset.
pub(crate) struct Unsealing {
    pub(crate) sources: Buckets<IpAddr>,
    pub(crate) all: Buckets<()>,
    /// One derivation at a time.
    pub(crate) one: Arc<Semaphore>,
    /// Attempts that failed since the store was open.
    pub(crate) failed: AtomicU64,
}

impl Service {
    /// Serves this vault; `clock` says what time it is.
    #[must_use]
    pub fn new(vault: Vault, clock: Clock, options: ServiceOptions) -> Self {
        let service = Self::unwatched(vault.clone(), clock, options);
        vault.observe(service.shared.metrics.observer());
        service
    }

    /// The same without being told what the vault does: nobody asks for these metrics.
    pub(crate) fn unwatched(vault: Vault, clock: Clock, options: ServiceOptions) -> Self {
        Self::over(vault.without_keys(), Some(vault), clock, options)
    }

    /// Serves this store once somebody has unsealed it.
    #[must_use]
    pub fn sealed(store: SealedStore, clock: Clock, options: ServiceOptions) -> Self {
        Self::over(store, None, clock, options)
    }

    fn over(store: SealedStore, vault: Option<Vault>, clock: Clock, options: ServiceOptions) -> Self {
        let unsealing = Unsealing {
            sources: Buckets::new(options.unseal_source_rate),
            all: Buckets::new(options.unseal_rate),
            one: Arc::new(Semaphore::new(1)),
            failed: AtomicU64::new(0),
        };
        let shared = Arc::new(Shared {
            vault: RwLock::new(vault),
            store,
            unsealing,
            seal_time: options.seal_time,
            refusal_time: options.refusal_time,
            clock,
            draining: AtomicBool::new(false),
            ready_asked: Mutex::default(),
            node: OnceLock::new(),
            under_way: Semaphore::new(REQUESTS_MAX),
            bodies: Semaphore::new(BODIES_MAX_BYTES / 1024),
            derivations: Semaphore::new(DERIVATIONS_MAX),
            turns: Turns::new(TURNS_MAX),
            held_back: Semaphore::new(TOO_OFTEN_MAX),
            sources: Buckets::new(options.source_rate),
            failures: Buckets::new(options.failure_rate),
            tokens: Buckets::new(options.token_rate),
            followers: Followers::new(),
            feeds: Feeds::default(),
            streams: Streams::new(),
            endings: watch::Sender::default(),
            metrics: Metrics::new(),
            prober: Prober::default(),
            census: Census::default(),
            issuers: Arc::default(),
        });
        let router = routes::router(&shared);
        Self { shared, router }
    }

    /// Issuers of tokens may be in these networks too, besides the public internet. Said once, before the first request.
    pub fn allow_issuers_in(&self, networks: Vec<Network>) {
        self.shared.issuers.allow(networks);
    }

    /// What this server is called among others over the same store. Said once, before the first request; else it has no name.
    pub fn name_node(&self, name: String) {
        let _ = self.shared.node.set(name);
    }

    /// Whether somebody asks from time to time whether it is ready: a balancer, who has to be told before it stops.
    pub(crate) fn is_asked_whether_ready(&self) -> bool {
        let asked = *self.shared.ready_asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.is_some_and(|asked| asked.elapsed() < READY_ASKED)
    }

    /// Answers one request of whoever is at this address.
    pub async fn answer(&self, source: IpAddr, mut request: Request<Body>) -> Response<Body> {
        let (shared, source) = (&self.shared, source.to_canonical());
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
        request.extensions_mut().insert(Caller::Source(source));
        self.route(request).await
    }

    /// Answers one request of this process itself.
    pub async fn answer_here(&self, request: Request<Body>) -> Response<Body> {
        self.answer(IpAddr::V4(Ipv4Addr::LOCALHOST), request).await
    }

    /// From now on `/health/ready` says no, so that no new work is sent here; what comes nevertheless is answered.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Release);
        self.shared.end_streams();
    }

    /// The vault, unless it is sealed.
    #[must_use]
    pub fn vault(&self) -> Option<Vault> {
        self.shared.vault()
    }

    /// Counts the secrets that expire, for `/health/secrets`, when it is time to.
    pub async fn count_expiring(&self) {
        let (began, census) = (Instant::now(), &self.shared.census);
        let Some(vault) = self.vault().filter(|_| census.is_due(began)) else { return };
        let found = vault.expiring(self.shared.now()).await.inspect_err(|error| {
            tracing::warn!(code = error.code(), cause = %error, "the secrets that expire could not be counted");
        });
        census.counted(found.ok(), began.elapsed());
    }

    /// All metrics.
    pub async fn metrics(&self, form: Form) -> String {
        let now = match self.vault() {
            Some(vault) => Some(self.snapshot(&vault).await),
            None => None,
        };
        self.shared.metrics.text(form, now)
    }

    async fn snapshot(&self, vault: &Vault) -> Snapshot {
        let now = self.shared.now();
        let age = |oldest: Timestamp| Duration::from_millis(now.millis().saturating_sub(oldest.millis()));
        let oldest = vault.log_oldest_pending().await.ok();
        let lag = oldest.map(|oldest| oldest.map(age).unwrap_or_default().as_secs_f64());
        let quotas = vault.quotas_in_use();
        Snapshot { usage: vault.usage(), pending: vault.log_pending().await.ok(), lag, quotas }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What comes after who asks, and how often, was seen to.
    pub(crate) async fn route(&self, request: Request<Body>) -> Response<Body> {
        match self.router.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

impl Caller {
    /// Where they are, when they are elsewhere.
    pub(crate) fn source(&self) -> Option<IpAddr> {
        match self {
            Self::Source(source) => Some(*source),
            Self::Owner(_) => None,
        }
    }
}

impl Shared {
    pub(crate) fn vault(&self) -> Option<Vault> {
        self.vault.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go of this vault, unless it is another by now: then somebody has sealed and unsealed meanwhile, with entries of their own.
    pub(crate) fn let_go(&self, sealed: &Vault) {
        let mut vault = self.vault.write().unwrap_or_else(PoisonError::into_inner);
        if vault.as_ref().is_some_and(|open| open.is(sealed)) {
            *vault = None;
            self.end_streams();
        }
    }

    /// Ends what goes on without an end.
    fn end_streams(&self) {
        self.endings.send_modify(|endings| *endings = endings.wrapping_add(1));
    }

    /// Serves this vault from now on. Its entry is written: see `handlers/seal.rs`.
    pub(crate) fn take_up(&self, opened: Vault) {
        opened.observe(self.metrics.observer());
        *self.vault.write().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// What this server is called, if it was said.
    pub(crate) fn node(&self) -> Option<&str> {
        self.node.get().map(String::as_str)
    }

    /// Somebody asks whether it is ready.
    pub(crate) fn asked_whether_ready(&self) {
        *self.ready_asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
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

    /// Whoever asks too often is told so when a second or two have passed since: so one who asks again at once asks less than once a second.
    /// Those who asked together are told one after the other, by their requests' random identifiers: all at once they would be a wave.
    pub(crate) async fn hold_back(&self, code: &'static str, (began, request): (Instant, &RequestId)) {
        self.metrics.turned_away(code);
        let [draw, ..] = request.bytes();
        let more = TOO_OFTEN_TIME.saturating_mul(u32::from(*draw)).checked_div(256).unwrap_or_default();
        let due = began.checked_add(TOO_OFTEN_TIME.saturating_add(more));
        if let (Ok(_place), Some(due)) = (self.held_back.try_acquire(), due) {
            sleep_until(due).await;
        }
    }

    /// An answer to what was not looked at.
    pub(crate) fn refused(&self, failure: Failure) -> Response<Body> {
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
