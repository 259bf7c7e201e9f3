//! What a route is, and the way of a request through it: the handler within its time, then counted, logged, answered.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::MethodFilter;
use coffer_engine::RequestId;
use coffer_engine::action::{Action, Right};
use tokio::time::Instant;

use crate::answer::{Answer, response};
use crate::call::Call;
use crate::failure::Failure;
use crate::service::Shared;
use crate::unwind::caught;

/// One route.
pub struct Route {
    /// Its name, everywhere: in metrics, in `openapi.json`.
    pub operation: &'static str,
    /// `GET`, and so on.
    pub method: &'static str,
    /// As axum and OpenAPI both write it; a last part `{*path}` or `{*name}` takes the rest, slashes and all.
    pub path: &'static str,
    /// What it leaves in the log.
    pub audit: Audit,
    /// Bytes that its body may have; 0: it takes none.
    pub body_max_bytes: usize,
    /// Time in which it is answered.
    pub time: Duration,
    /// One line for `openapi.json`.
    pub about: &'static str,
    pub(crate) handler: Handler,
}

/// What a route leaves in the log.
#[derive(Debug, Clone, Copy)]
pub enum Audit {
    /// An entry of one of these actions, whatever comes of it. The action says which right is needed.
    Entry(&'static [Action]),
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
            Audit::Nothing => &[],
        };
        actions.iter().map(|action| action.needs())
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
        let call = match Call::new(Arc::clone(&shared), self, (parts, body), id) {
            Ok(call) => call,
            Err(failure) => return response(Err(failure), "", None),
        };
        let (trail, source) = (Arc::clone(&call.trail), call.source.0);
        let tenant = call.parts.headers.get(crate::call::TENANT).cloned();
        let deadline = Arc::clone(&call.deadline);
        let outcome = match deadline.keep(caught((self.handler)(call))).await {
            Some(Some(outcome)) => outcome,
            Some(None) => Err(Failure::internal()),
            None => Err(Failure::too_slow()),
        };
        let id = id.to_string();
        let (status, code) = match &outcome {
            Ok(_) => (StatusCode::OK, ""),
            Err(failure) => (failure.status, failure.code),
        };
        if status == StatusCode::UNAUTHORIZED {
            shared.count_failure(source, code);
        }
        let entry = trail.entry();
        // Only a tenant in whose log there is an entry: anybody can make up names.
        let tenant = entry.map(|_| tenant.as_ref().and_then(|name| name.to_str().ok()).unwrap_or("default"));
        shared.metrics.answered(self.operation, status, tenant, began.elapsed());
        tracing::info!(operation = self.operation, request = id, status = status.as_u16(), code, "answered");
        response(outcome, &id, entry.map(|entry| entry.to_string()))
    }
}
