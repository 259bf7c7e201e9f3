//! One request that was admitted: who asks, in which tenant, with what.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use coffer_engine::op::Trail;
use coffer_engine::path::SecretPath;
use coffer_engine::tenant::TenantName;
use coffer_engine::token::TokenHash;
use coffer_engine::{Actor, Op, RequestId, Vault};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::body::read_json;
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::limits::BODY_TIME;
use crate::route::Route;
use crate::service::{Shared, Source};
use crate::target;

/// Which tenant is meant; without it, `default`.
pub(crate) const TENANT: &str = "x-coffer-tenant";

/// One request.
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) route: &'static Route,
    pub(crate) parts: Parts,
    pub(crate) source: Source,
    pub(crate) request: RequestId,
    pub(crate) trail: Arc<Trail>,
    pub(crate) deadline: Arc<Deadline>,
    body: Option<Body>,
}

/// Whose log an operation is in: `instance=true` in the query means the instance's.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfQuery {
    #[serde(default)]
    pub(crate) instance: bool,
}

impl Call {
    pub(crate) fn new(
        shared: Arc<Shared>,
        route: &'static Route,
        (parts, body): (Parts, Body),
        request: RequestId,
    ) -> Result<Self, Failure> {
        let source = *parts.extensions.get::<Source>().ok_or_else(Failure::internal)?;
        let deadline = Arc::new(Deadline::new(route.time));
        Ok(Self { shared, route, parts, source, request, trail: Arc::default(), deadline, body: Some(body) })
    }

    /// The vault.
    pub(crate) fn vault(&self) -> Result<Vault, Failure> {
        self.shared.vault().ok_or_else(Failure::sealed)
    }

    /// The operation, of whoever the token says. Whether the token is good is decided with it.
    pub(crate) fn op(&self) -> Result<Op, Failure> {
        if self.shared.has_failed_too_often(self.source.0) {
            return Err(Failure::later(
                StatusCode::TOO_MANY_REQUESTS,
                "token.too_many_failures",
                "too many requests without a good token came from this address",
                30,
            ));
        }
        let token = token(&self.parts.headers)?;
        if !self.shared.tokens.take(token, Instant::now()) {
            return Err(Failure::later(
                StatusCode::TOO_MANY_REQUESTS,
                "token.too_many_requests",
                "too many requests came with this token",
                1,
            ));
        }
        Ok(Op {
            actor: Actor::Token(token),
            tenant: self.tenant()?,
            now: self.shared.now(),
            request: self.request,
            session: None,
            trail: Some(Arc::clone(&self.trail)),
        })
    }

    /// The tenant that is named. One that can't be a name is nobody's, and so is every token in it.
    fn tenant(&self) -> Result<TenantName, Failure> {
        let mut named = self.parts.headers.get_all(TENANT).iter();
        let Some(first) = named.next() else { return Ok(TenantName::default_tenant()) };
        let name = first.to_str().ok().filter(|_| named.next().is_none());
        name.and_then(|name| TenantName::parse(name).ok()).ok_or_else(|| Failure::unauthenticated(None))
    }

    /// The secret that the path names, behind the route.
    pub(crate) fn path(&self) -> Result<SecretPath, Failure> {
        Ok(SecretPath::parse(&self.tail()?)?)
    }

    /// What stands behind the route's own part of the path.
    pub(crate) fn tail(&self) -> Result<String, Failure> {
        let own = self.route.prefix();
        target::decode(self.parts.uri.path().strip_prefix(own).unwrap_or_default())
    }

    /// The parameters in the query.
    pub(crate) fn query<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        target::query(self.parts.uri.query())
    }

    /// Whether the instance's own members, tokens or log are meant.
    pub(crate) fn of_instance(&self) -> Result<bool, Failure> {
        self.query::<OfQuery>().map(|query| query.instance)
    }

    /// The document in the body.
    pub(crate) async fn body<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        let body = self.body.take().unwrap_or_default();
        let most = self.route.body_max_bytes;
        // As much as it says that it is; as much as it may be, when it does not say.
        let told = hyper::body::Body::size_hint(&body).exact().and_then(|bytes| usize::try_from(bytes).ok());
        let room = u32::try_from(told.unwrap_or(most).min(most) / 1024).unwrap_or(u32::MAX);
        let _room = self.shared.bodies.try_acquire_many(room).map_err(|_| Failure::busy())?;
        self.deadline.set(BODY_TIME.saturating_add(self.route.time));
        let read = read_json(body, most).await;
        self.deadline.set(self.route.time);
        read
    }
}

/// The token in `Authorization: Bearer`. What has not the shape of one is none, whatever the store holds.
fn token(headers: &HeaderMap) -> Result<TokenHash, Failure> {
    let missing = || {
        Failure::new(
            StatusCode::UNAUTHORIZED,
            "token.missing",
            "the request shows no token",
            "send `Authorization: Bearer TOKEN`",
        )
    };
    let mut shown = headers.get_all(header::AUTHORIZATION).iter();
    let first = shown.next().ok_or_else(missing)?;
    if shown.next().is_some() {
        return Err(Failure::unauthenticated(None));
    }
    let (scheme, token) = first.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing());
    }
    TokenHash::of_text(token.trim()).ok_or_else(|| Failure::unauthenticated(None))
}
