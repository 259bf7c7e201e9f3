//! The one list of routes. Each says what is audited, and with that which right it needs; its limits; its handler. Those of one noun are in one file.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::on;
use coffer_engine::RequestId;

use crate::answer::response;
use crate::failure::Failure;
use crate::limits::{BODY_MAX_BYTES, SHORT_TIME};
pub use crate::route::{Audit, Route};
use crate::service::Shared;

mod audit;
mod members;
mod rights;
mod secrets;
mod server;
mod sign_in;
mod tenants;
mod versions;

/// Every route as axum takes it.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let shared = Arc::clone(shared);
        let serve = move |request: Request| route.serve(Arc::clone(&shared), request);
        router = router.route(route.path, on(route.method(), serve));
    }
    let nowhere = |status: StatusCode, code: &'static str, detail: &'static str| {
        move || async move {
            let fix = "`/api/v1/openapi.json` lists the routes";
            let request = RequestId::generate().map(|id| id.to_string()).unwrap_or_default();
            response(Err(Failure::new(status, code, detail, fix)), &request, None)
        }
    };
    router
        .fallback(nowhere(StatusCode::NOT_FOUND, "route.not_found", "there is no such route"))
        .method_not_allowed_fallback(nowhere(
            StatusCode::METHOD_NOT_ALLOWED,
            "route.method",
            "this route does not take this method",
        ))
}

const READ: Route = Route {
    operation: "",
    method: "GET",
    path: "",
    audit: Audit::Nothing,
    takes_query: true,
    body_max_bytes: 0,
    time: SHORT_TIME,
    waits_elsewhere: false,
    erases: false,
    about: "",
    handler: |_| Box::pin(async { Err(Failure::internal()) }),
};
const CHANGE: Route = Route { method: "POST", body_max_bytes: BODY_MAX_BYTES, ..READ };

/// Every route, in the order in which `openapi.json` has them.
pub static ROUTES: &[Route] = &joined(&PARTS);

const PARTS: [&[Route]; 8] = [
    server::ROUTES,
    secrets::ROUTES,
    versions::ROUTES,
    tenants::ROUTES,
    members::ROUTES,
    rights::ROUTES,
    sign_in::ROUTES,
    audit::ROUTES,
];

/// How many there are.
#[expect(clippy::indexing_slicing, reason = "this runs while it is compiled")]
const COUNT: usize = {
    let (mut part, mut count) = (0, 0);
    while part < PARTS.len() {
        count += PARTS[part].len();
        part += 1;
    }
    count
};

/// All of them, one after the other.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this runs while it is compiled"
)]
const fn joined(parts: &[&[Route]]) -> [Route; COUNT] {
    let mut all = [READ; COUNT];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut within = 0;
        while within < parts[part].len() {
            all[at] = parts[part][within];
            within += 1;
            at += 1;
        }
        part += 1;
    }
    all
}
