//! Whoever asks: one method for each operation of the API, with the wire's types.
//!
//! | Who | What it is |
//! |---|---|
//! | [`Client`] | the operations; asks through a transport, in one tenant |
//! | [`Transport`] | one request in, one answer out: over HTTP (`Http`), or to a service in the same process |
//! | `Address`, `Trust` | where to, and how it is known that it is there |
//! | [`ClientError`] | the server's [`Problem`], or why there is no answer |
//!
//! # Invariants
//! - A token goes to the address that was named and nowhere else: no redirect is followed, no proxy is asked.
//! - In clear only to this machine; else TLS 1.3 (`Trust`).
//! - Bodies lie in memory that is wiped. (The buffers of HTTP and TLS are not: see `docs/threats.md`.)
//! - What comes back is read within limits, and repeated in no error.

mod access;
#[cfg(feature = "http")]
mod address;
mod authorities;
mod content;
mod error;
pub mod events;
#[cfg(feature = "http")]
mod fetch;
#[cfg(feature = "http")]
mod http;
mod issuers;
mod log;
mod members;
mod message;
mod seal;
mod secrets;
mod store;
mod target;
mod tenants;
#[cfg(feature = "http")]
mod tls;
mod transport;
mod watch;

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

pub use access::Where;
#[cfg(feature = "http")]
pub use address::{Address, AddressError};
pub use content::FileContent;
pub use error::ClientError;
#[cfg(feature = "http")]
pub use fetch::{Allowed, FetchError, fetch};
#[cfg(feature = "http")]
pub use http::Http;
pub use log::EntriesWanted;
pub use members::ListedTenant;
pub use secrets::{Expect, Stage, Which};
#[cfg(feature = "http")]
pub use tls::{ClientCertificate, Fingerprint, Trust, TrustError, Web, WebTimes, web};
pub use transport::{
    DOCUMENT_MAX_BYTES, Headers, PAGE_MAX, Request, Response, Sent, SentFile, Transport, TransportError,
};
pub use watch::Events;

use crate::health::{Alive, Ready, SecretsHealth};
use crate::quota::{self, Near};
use crate::{Problem, WipedBuffer};
use target::Target;

/// The longest that what takes a moment may take, its body included.
const SHORT: Duration = Duration::from_secs(60);
/// The longest that what goes through a whole log or store may take.
const LONG: Duration = Duration::from_secs(660);

/// Whoever asks, in one tenant.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport + Send + Sync>,
    tenant: String,
    /// Tenants are managed as a member of the tenant, and not of the instance.
    is_parent: bool,
    /// Why something is changed, as a header has it.
    message: Option<String>,
    near: NearNow,
}

/// What the tenant has little room left for, as the last answer said that told of it. Every clone is of the same client's.
#[derive(Debug, Clone, Default)]
pub struct NearNow(Arc<Mutex<Vec<Near>>>);

impl NearNow {
    /// What was told, once.
    #[must_use]
    pub fn take(&self) -> Vec<Near> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, header: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Near::all(header);
    }
}

impl Client {
    /// Asks through `transport`, in the tenant of this name.
    #[must_use]
    pub fn new(transport: impl Transport + Send + Sync + 'static, tenant: impl Into<String>) -> Self {
        let near = NearNow::default();
        Self { transport: Arc::new(transport), tenant: tenant.into(), is_parent: false, message: None, near }
    }

    /// What the tenant has little room left for, once an answer has told so.
    #[must_use]
    pub fn near(&self) -> NearNow {
        self.near.clone()
    }

    /// The same, whose changes say why they are made: in the log, and beside the versions that they make. No secret belongs in it.
    #[must_use]
    pub fn because(self, message: &str) -> Self {
        Self { message: Some(message::encoded(message)), ..self }
    }

    /// The same, who manages tenants as a member of the tenant that is asked: those below it.
    #[must_use]
    pub fn as_parent(self) -> Self {
        Self { is_parent: true, ..self }
    }

    /// The same, in another tenant.
    #[must_use]
    pub fn in_tenant(self, tenant: impl Into<String>) -> Self {
        Self { tenant: tenant.into(), ..self }
    }

    /// Whether somebody answers.
    ///
    /// # Errors
    /// [`ClientError`], as for every operation.
    pub fn health(&self) -> Result<Alive, ClientError> {
        self.json(self.get(Target::new("/health")))
    }

    /// Whether requests would be answered now; if not, why.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn health_ready(&self) -> Result<Ready, ClientError> {
        self.json(self.get(Target::new("/health/ready")))
    }

    /// The state of store, keys and log.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn health_secrets(&self) -> Result<SecretsHealth, ClientError> {
        self.json(self.get(Target::new("/health/secrets")))
    }

    /// The API, described.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn openapi(&self) -> Result<serde_json::Value, ClientError> {
        self.json(self.get(Target::new("/api/v1/openapi.json")))
    }

    /// What manages tenants: it is asked of the instance, or of the tenant above them.
    fn managing(&self, target: Target) -> Target {
        if self.is_parent { target } else { target.of_instance() }
    }

    fn get(&self, target: Target) -> Request {
        self.request("GET", target)
    }

    fn post(&self, target: Target) -> Request {
        self.request("POST", target)
    }

    fn request(&self, method: &'static str, target: Target) -> Request {
        // Who asks the instance names no tenant.
        let tenant = Some(self.tenant.clone()).filter(|_| !target.is_of_instance());
        let mut headers: Vec<_> = tenant.map(|tenant| ("x-coffer-tenant", tenant)).into_iter().collect();
        // What is read needs no reason.
        let message = self.message.clone().filter(|_| method != "GET");
        headers.extend(message.map(|message| (message::HEADER, message)));
        Request {
            method,
            of_instance: target.is_of_instance(),
            target: target.into_text(),
            headers,
            body: Sent::Nothing,
            patience: SHORT,
        }
    }

    /// All pages together: `page` asks for one, with its size and the cursor of the page before.
    fn pages<T>(
        &self,
        mut page: impl FnMut(usize, Option<&str>) -> Result<(Vec<T>, Option<String>), ClientError>,
    ) -> Result<Vec<T>, ClientError> {
        let most = self.transport.page_max();
        let (mut all, mut next) = page(most, None)?;
        while let Some(cursor) = next {
            let (items, after) = page(most, Some(&cursor))?;
            all.extend(items);
            // A server whose pages never end would hold its client for ever.
            next = after.filter(|after| *after != cursor);
        }
        Ok(all)
    }

    /// The document that is the answer.
    fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T, ClientError> {
        let body = self.answer(request)?;
        serde_json::from_slice(body.expose())
            .map_err(|_| self.not_coffer("its answer is none of this operation"))
    }

    /// Done, and nothing to say.
    fn done(&self, request: Request) -> Result<(), ClientError> {
        self.answer(request).map(drop)
    }

    fn answer(&self, request: Request) -> Result<WipedBuffer, ClientError> {
        let answer = self.good(request)?;
        self.whole(answer)
    }

    /// The body of the answer as it comes, for what is longer than a document.
    fn stream(&self, request: Request) -> Result<Box<dyn Read + Send>, ClientError> {
        Ok(self.good(request)?.body)
    }

    /// An answer that is no problem.
    fn good(&self, request: Request) -> Result<Response, ClientError> {
        let response = self.transport.exchange(request)?;
        if let Some(quota) = response.headers.get(quota::HEADER) {
            self.near.tell(quota);
        }
        let (status, is_problem) = (response.status, response.is_problem());
        // `/health/ready` says no with 503, and means it as its answer.
        let is_answer = matches!(status, 200..=299 | 503) && !is_problem;
        if is_answer {
            return Ok(response);
        }
        if !is_problem {
            return Err(self.not_coffer(&format!("its status is {status}, and it does not say why")));
        }
        let body = self.whole(response)?;
        let problem: Problem = serde_json::from_slice(body.expose())
            .map_err(|_| self.not_coffer("it has a problem, and does not say which"))?;
        Err(ClientError::Problem(Box::new(problem)))
    }

    fn whole(&self, response: Response) -> Result<WipedBuffer, ClientError> {
        let body = response.read().map_err(|error| self.broken(&error))?;
        body.ok_or_else(|| TransportError::TooLong { server: self.transport.name() }.into())
    }

    fn not_coffer(&self, what: &str) -> ClientError {
        TransportError::NotCoffer { server: self.transport.name(), what: what.to_owned() }.into()
    }

    fn broken(&self, error: &std::io::Error) -> ClientError {
        let server = self.transport.name();
        match error.kind() {
            std::io::ErrorKind::TimedOut => TransportError::TooSlow { server }.into(),
            _ => TransportError::Lost { server }.into(),
        }
    }
}

/// Adds a JSON document. A buffer that grows leaves no copies behind.
impl Request {
    fn with(mut self, document: &impl Serialize) -> Self {
        let mut body = WipedBuffer::with_capacity(256);
        // Writing to memory does not fail, and no type of the wire's refuses to be written.
        let _ = serde_json::to_writer(&mut body, document);
        let body: Zeroizing<Vec<u8>> = body.into_bytes();
        self.body = Sent::Document(body);
        self
    }

    fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn patient(self) -> Self {
        Self { patience: LONG, ..self }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client(..)")
    }
}
