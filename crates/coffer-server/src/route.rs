//! What a route is, and the way of a request through it: the handler within its time, then counted, logged, answered.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::MethodFilter;
use coffer_engine::RequestId;
use coffer_engine::action::{Action, Right};
use coffer_wire::quota;
use tokio::time::Instant;

use crate::answer::{self, Answer, response};
use crate::call::{Call, DEFAULT, TENANT};
use crate::failure::Failure;
use crate::limits::{ERASING_TIME, LONG_TIME, SHORT_TIME};
use crate::once;
use crate::service::Shared;
use crate::unwind::caught;

/// The code of what a tenant's quota of requests does not allow.
const TOO_OFTEN: &str = "tenant.too_many_requests";
/// The code of what there is no turn to hash a password for.
const CROWDED: &str = "password.busy";

/// One route.
#[derive(Clone, Copy)]
pub struct Route {
    /// Its name, everywhere: in metrics, in `openapi.json`.
    pub operation: &'static str,
    /// `GET`, and so on.
    pub method: &'static str,
    /// As axum and OpenAPI both write it; a last part `{*path}` or `{*name}` takes the rest, slashes and all.
    pub path: &'static str,
    /// What it leaves in the log.
    pub audit: Audit,
    /// Whether there may be a query. Where none is looked at, none may come: `?version=3` says something to whoever sends it.
    pub takes_query: bool,
    /// Bytes that its body may have; 0: it takes none.
    pub body_max_bytes: usize,
    /// Time in which it is answered. Where all secrets of a tenant have to be gone through, for a search or a list in a large one, it begins anew
    /// with each step of that, up to [`LONG_TIME`].
    pub time: Duration,
    /// Whether it waits for something else than the store, and has a limit of its own for that: it would keep a turn from others.
    pub(crate) waits_elsewhere: bool,
    /// Whether the storage writes over what was deleted before it is answered, once all is decided, done and in the log. That may take
    /// [`ERASING_TIME`]; what comes before has the route's own time, as everywhere.
    pub erases: bool,
    /// One line for `openapi.json`.
    pub about: &'static str,
    pub(crate) handler: Handler,
}

/// What a route leaves in the log.
#[derive(Debug, Clone, Copy)]
pub enum Audit {
    /// An entry of one of these actions, whatever comes of it. The action says which right is needed.
    Entry(&'static [Action]),
    /// The same, where no token is asked for: what is in the body says who it is, or opens the store. Whoever shows nothing that is good
    /// is told of no entry.
    InBody(&'static [Action]),
    /// None: it tells nothing about any tenant, and anybody may ask.
    Nothing,
}

pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;
pub(crate) type Handler = fn(Call) -> Answering;

impl Route {
    /// The rights that its actions need.
    pub fn rights(&self) -> impl Iterator<Item = Right> + '_ {
        let actions = match self.audit {
            Audit::Entry(actions) => actions,
            Audit::InBody(_) | Audit::Nothing => &[],
        };
        actions.iter().map(|action| action.needs())
    }

    /// Whether it does something that is done once for one idempotency key.
    #[must_use]
    pub fn happens_once(&self) -> bool {
        match self.audit {
            // What is only read may be read as often as one likes.
            Audit::Entry(actions) => {
                self.method != "GET" && actions.iter().any(|action| action.happens_once())
            }
            Audit::InBody(_) | Audit::Nothing => false,
        }
    }

    /// Whether it changes something, so that it can be said why.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        match self.audit {
            Audit::Entry(actions) => {
                self.method != "GET" && actions.iter().any(|action| action.is_explained())
            }
            Audit::InBody(_) | Audit::Nothing => false,
        }
    }

    /// The part of its path that is its own.
    pub(crate) fn prefix(&self) -> &'static str {
        self.path.split_once('{').map_or(self.path, |(own, _)| own)
    }

    pub(crate) fn method(&self) -> MethodFilter {
        match self.method {
            "GET" => MethodFilter::GET,
            "PUT" => MethodFilter::PUT,
            "PATCH" => MethodFilter::PATCH,
            "DELETE" => MethodFilter::DELETE,
            _ => MethodFilter::POST,
        }
    }

    /// Whether it waits until it is its tenant's turn: what takes a moment, of who is not known yet to be nobody.
    pub(crate) fn takes_turn(&self) -> bool {
        !self.waits_elsewhere
            && !self.erases
            && self.time <= SHORT_TIME
            && matches!(self.audit, Audit::Entry(_))
    }

    pub(crate) async fn serve(
        &'static self,
        shared: Arc<Shared>,
        request: Request,
    ) -> axum::response::Response {
        let began = Instant::now();
        let (parts, body) = request.into_parts();
        let Ok(id) = RequestId::generate() else {
            return response(Err(Failure::internal()), "", None);
        };
        let mut call = match Call::new(Arc::clone(&shared), self, (parts, body), id) {
            Ok(call) => call,
            Err(failure) => return response(Err(failure), "", None),
        };
        let (trail, source) = (Arc::clone(&call.trail), call.caller.source());
        let tenant = call.parts.headers.get(TENANT).cloned();
        let deadline = Arc::clone(&call.deadline);
        let answering = async {
            // A body comes before a turn: its sender may be slow.
            if self.body_max_bytes == 0 {
                call.wait_turn().await;
            }
            caught((self.handler)(call)).await
        };
        let (mut is_erasing, mut steps) = (false, 0);
        let anew = || {
            if self.erases && (is_erasing || trail.entry().is_some()) {
                return (!std::mem::replace(&mut is_erasing, true)).then_some(ERASING_TIME);
            }
            // Over a storage that does not answer no step is taken; and what is to be written after the last one has the time of any other.
            let taken = trail.steps();
            let goes_on = std::mem::replace(&mut steps, taken) != taken;
            (goes_on && began.elapsed() < LONG_TIME).then_some(self.time)
        };
        let outcome = match deadline.keep(answering, anew).await {
            Some(Some(outcome)) => outcome,
            Some(None) => Err(Failure::internal()),
            None => Err(Failure::too_slow()),
        };
        // What the storage says of itself is the owner's to know.
        let outcome = if source.is_none() { outcome.map_err(Failure::in_full) } else { outcome };
        let (status, code) = match &outcome {
            Ok(_) => (StatusCode::OK, ""),
            Err(failure) => (failure.status, failure.code),
        };
        if let (StatusCode::UNAUTHORIZED, Some(source)) = (status, source) {
            shared.count_failure(source, code);
        }
        let is_too_often = code == TOO_OFTEN;
        if is_too_often || code == CROWDED {
            shared.hold_back(code, (began, &id)).await;
        }
        let id = id.to_string();
        let is_told = outcome.is_ok() || !matches!(self.audit, Audit::InBody(_));
        let entry = trail.entry().filter(|_| is_told);
        // Only a tenant in whose log there is an entry, or whose member asks too often: anybody can make up names.
        let is_proved = entry.is_some() || is_too_often;
        let tenant =
            is_proved.then(|| tenant.as_ref().and_then(|name| name.to_str().ok()).unwrap_or(DEFAULT));
        shared.metrics.answered(self.operation, (status, code), tenant, began.elapsed());
        tracing::info!(
            node = shared.node(),
            operation = self.operation,
            request = id,
            status = status.as_u16(),
            code,
            "answered"
        );
        let mut sent = response(outcome, &id, entry.map(|entry| entry.to_string()));
        if trail.is_replayed() {
            sent.headers_mut().insert(once::REPLAYED, once::YES);
        }
        if let Some(near) = answer::near(&trail.near()) {
            sent.headers_mut().insert(quota::HEADER, near);
        }
        sent
    }
}
