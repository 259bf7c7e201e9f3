//! What a handler answers, and how it becomes HTTP.

use axum::body::Body;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use coffer_engine::quota::Used;
use coffer_wire::quota::Near;
use serde::Serialize;

use crate::failure::Failure;
use crate::tag::Tag;

/// An answer that is not a problem.
pub(crate) struct Answer {
    status: StatusCode,
    etag: Option<HeaderValue>,
    media_type: HeaderValue,
    /// What else is said of it.
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Body,
}

/// The entry that says what was done.
pub(crate) const AUDIT_ID: HeaderName = HeaderName::from_static("x-coffer-audit-id");
/// The request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Answer {
    /// A document.
    pub(crate) fn json(document: &impl Serialize) -> Result<Self, Failure> {
        Self::sized(document, 256)
    }

    /// A document of about so many bytes: a buffer that grows leaves copies of values behind.
    pub(crate) fn sized(document: &impl Serialize, about: usize) -> Result<Self, Failure> {
        let mut body = Vec::with_capacity(about);
        serde_json::to_writer(&mut body, document).map_err(|_| Failure::internal())?;
        Ok(Self::with(JSON, body))
    }

    /// Of another kind; it may be made while it is sent.
    pub(crate) fn of(media_type: &'static str, body: impl Into<Body>) -> Self {
        Self::with(HeaderValue::from_static(media_type), body)
    }

    /// Of whatever kind somebody has said it is.
    pub(crate) fn with(media_type: HeaderValue, body: impl Into<Body>) -> Self {
        Self { status: StatusCode::OK, etag: None, media_type, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Done; there is nothing to say.
    pub(crate) fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, ..Self::with(JSON, Body::empty()) }
    }

    /// The caller has it already.
    pub(crate) fn not_modified() -> Self {
        Self { status: StatusCode::NOT_MODIFIED, ..Self::with(JSON, Body::empty()) }
    }

    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// With what it is known by.
    pub(crate) fn tag(self, tag: &Tag) -> Self {
        Self { etag: HeaderValue::from_str(&tag.to_string()).ok(), ..self }
    }
}

/// As it is sent. Nothing of it is for caches, or for a browser to guess about.
pub(crate) fn response(
    outcome: Result<Answer, Failure>,
    request: &str,
    entry: Option<String>,
) -> Response<Body> {
    let (mut sent, entry) = match outcome {
        Ok(answer) => {
            let mut sent = Response::new(Body::empty());
            *sent.status_mut() = answer.status;
            if !matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
                *sent.body_mut() = answer.body;
                sent.headers_mut().insert(header::CONTENT_TYPE, answer.media_type);
                sent.headers_mut().extend(answer.headers);
            }
            if let Some(etag) = answer.etag {
                sent.headers_mut().insert(header::ETAG, etag);
            }
            (sent, entry)
        }
        Err(failure) => {
            let entry = failure.entry.map(|entry| entry.to_string()).or(entry);
            (problem(failure, request), entry)
        }
    };
    let headers = sent.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(request) = HeaderValue::from_str(request) {
        headers.insert(REQUEST_ID, request);
    }
    if let Some(entry) = entry.and_then(|entry| HeaderValue::from_str(&entry).ok()) {
        headers.insert(AUDIT_ID, entry);
    }
    sent
}

/// What a tenant has little room left for, as a header says it; `None`: nothing.
pub(crate) fn near(near: &[Used]) -> Option<HeaderValue> {
    let near: Vec<Near> = near
        .iter()
        .map(|used| Near { resource: used.resource.name().to_owned(), used: used.used, limit: used.limit })
        .collect();
    HeaderValue::from_str(&Near::header(&near)).ok().filter(|header| !header.is_empty())
}

fn problem(failure: Failure, request: &str) -> Response<Body> {
    let (status, retry_after) = (failure.status, failure.retry_after);
    let body = serde_json::to_vec(&failure.problem(request.to_owned())).unwrap_or_default();
    let mut sent = Response::new(Body::from(body));
    *sent.status_mut() = status;
    let headers = sent.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(coffer_wire::problem::MEDIA_TYPE));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    sent
}
