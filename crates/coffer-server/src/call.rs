//! One request that was admitted: who asks, in which tenant, with what.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use coffer_encryption::hash::{Sha256, sha256};
use coffer_engine::once::Once;
use coffer_engine::op::{Manager, Trail};
use coffer_engine::path::SecretPath;
use coffer_engine::tenant::TenantName;
use coffer_engine::token::TokenHash;
use coffer_engine::x509::ShownChain;
use coffer_engine::{Actor, Op, RequestId, Vault};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::body::{parse, pass_on, read, time_for};
use crate::cursor::{self, Page, PageQuery};
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::fair::{Line, Turn};
use crate::limits::{BODY_TIME, PAGE_DEFAULT};
use crate::message;
use crate::once;
use crate::route::Route;
use crate::service::{Caller, Shared};
use crate::target;

/// Which tenant is meant; without it, `default`, or where tenants are managed the instance.
pub(crate) const TENANT: &str = "x-coffer-tenant";
/// The tenant that is meant by a request that names none.
pub(crate) const DEFAULT: &str = "default";

/// One request.
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) route: &'static Route,
    pub(crate) parts: Parts,
    pub(crate) caller: Caller,
    pub(crate) request: RequestId,
    pub(crate) trail: Arc<Trail>,
    pub(crate) deadline: Arc<Deadline>,
    body: Option<Body>,
    turn: Option<Turn>,
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
        let caller = parts.extensions.get::<Caller>().cloned().ok_or_else(Failure::internal)?;
        let deadline = Arc::new(match caller {
            Caller::Source(_) => Deadline::new(route.time),
            // The storage has its own: an owner waits for a lock as long as it does.
            Caller::Owner(_) => Deadline::never(),
        });
        Ok(Self {
            shared,
            route,
            parts,
            caller,
            request,
            trail: Arc::default(),
            deadline,
            body: Some(body),
            turn: None,
        })
    }

    /// Waits until it is the tenant's turn, where the route takes one and there is none yet. Whoever opened the store in this process
    /// has no neighbours.
    pub(crate) async fn wait_turn(&mut self) {
        if !self.route.takes_turn() || self.turn.is_some() || self.caller.source().is_none() {
            return;
        }
        let line = self.parts.headers.get(TENANT).cloned();
        let line = line.unwrap_or(Line::from_static(DEFAULT));
        self.turn = Some(self.shared.turns.take(&line).await);
    }

    /// The vault.
    pub(crate) fn vault(&self) -> Result<Vault, Failure> {
        self.shared.vault().ok_or_else(Failure::sealed)
    }

    /// The operation, of the owner or of whoever the token says. Whether the token is good is decided with it. Where a body is taken,
    /// [`Call::body`] adds to it what it is known by.
    pub(crate) fn op(&self) -> Result<Op, Failure> {
        // Whatever is shown: nothing of it can be looked at.
        self.vault()?;
        self.check_query()?;
        let (actor, session) = match &self.caller {
            Caller::Owner(session) => (Actor::Local, Some(Arc::clone(session))),
            Caller::Source(source) => (Actor::Token(self.token(*source)?), None),
        };
        let tenant = self.tenant()?;
        // A key that is none is told before a body is waited for.
        let once = self.once(&tenant, sha256(b""))?.filter(|_| self.route.body_max_bytes == 0);
        let message = if self.route.is_explained() { message::sent(&self.parts.headers)? } else { None };
        Ok(Op { session, once, message, ..self.op_of(actor, tenant) })
    }

    /// The operation of who manages tenants: a member of the tenant that the request names, those below it; one of the instance's, where it
    /// names none, all of them.
    pub(crate) fn managing(&self) -> Result<Op, Failure> {
        let names_one = self.parts.headers.contains_key(TENANT);
        let manager = if names_one { Manager::Parent } else { Manager::Instance };
        Ok(Op { manager, ..self.op()? })
    }

    /// The operation, of who has shown something else than a token.
    pub(crate) fn op_of(&self, actor: Actor, tenant: TenantName) -> Op {
        Op {
            actor,
            tenant,
            now: self.shared.now(),
            request: self.request,
            session: None,
            source: match self.caller {
                Caller::Source(source) => Some(source),
                Caller::Owner(_) => None,
            },
            certificate: self.certificate().map(|chain| chain.thumbprint()),
            trail: Some(Arc::clone(&self.trail)),
            once: None,
            message: None,
            manager: Manager::Instance,
        }
    }

    /// The certificate that the connection has shown.
    pub(crate) fn certificate(&self) -> Option<Arc<ShownChain>> {
        self.parts.extensions.get::<Arc<ShownChain>>().cloned()
    }

    /// How many items are wanted. The owner may want more at once than fit on a page.
    pub(crate) fn limit(&self, limit: Option<usize>) -> Result<usize, Failure> {
        match self.caller {
            Caller::Owner(_) => Ok(limit.unwrap_or(PAGE_DEFAULT)),
            Caller::Source(_) => cursor::limit(limit),
        }
    }

    /// The page that is wanted.
    pub(crate) fn page(&self, query: &PageQuery) -> Result<Page, Failure> {
        Page::new(self.limit(query.limit)?, query.cursor.as_deref())
    }

    /// The token that is shown, unless it, or those from its address before it, came too often.
    fn token(&self, source: IpAddr) -> Result<TokenHash, Failure> {
        self.check_failures(source)?;
        let token = token(&self.parts.headers)?;
        if !self.shared.tokens.take(token, Instant::now()) {
            return Err(Failure::later(
                StatusCode::TOO_MANY_REQUESTS,
                "token.too_many_requests",
                "too many requests came with this token",
                1,
            ));
        }
        Ok(token)
    }

    /// Whether this source may try once more.
    pub(crate) fn check_failures(&self, source: IpAddr) -> Result<(), Failure> {
        if self.shared.has_failed_too_often(source) {
            return Err(Failure::later(
                StatusCode::TOO_MANY_REQUESTS,
                "token.too_many_failures",
                "too many requests without a good token came from this address",
                30,
            ));
        }
        Ok(())
    }

    /// The tenant that is named. One that can't be a name is nobody's, and so is every token in it.
    pub(crate) fn tenant(&self) -> Result<TenantName, Failure> {
        let mut named = self.parts.headers.get_all(TENANT).iter();
        let Some(first) = named.next() else { return Ok(TenantName::default_tenant()) };
        let name = first.to_str().ok().filter(|_| named.next().is_none());
        name.and_then(|name| TenantName::parse(name).ok()).ok_or_else(|| Failure::unauthenticated(None))
    }

    /// What the request is known by, if whoever sent it may send it again. Where nothing happens once, a key means nothing.
    fn once(&self, tenant: &TenantName, body: [u8; 32]) -> Result<Option<Once>, Failure> {
        if !self.route.happens_once() {
            return Ok(None);
        }
        let key = once::key(&self.parts.headers)?;
        Ok(key.map(|key| once::once(key, &self.parts, tenant, body)))
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

    /// Whether there is no query where none is looked at.
    pub(crate) fn check_query(&self) -> Result<(), Failure> {
        if self.route.takes_query || self.parts.uri.query().unwrap_or_default().is_empty() {
            return Ok(());
        }
        Err(target::wrong())
    }

    /// Whether the instance's own members, tokens or log are meant.
    pub(crate) fn of_instance(&self) -> Result<bool, Failure> {
        self.query::<OfQuery>().map(|query| query.instance)
    }

    /// The document in the body; where there is no body, the one that says nothing.
    pub(crate) async fn body_if_any<T: DeserializeOwned + Default>(
        &mut self,
        op: &mut Op,
    ) -> Result<T, Failure> {
        if self.body.as_ref().is_some_and(|body| !hyper::body::Body::is_end_stream(body)) {
            return self.body(op).await;
        }
        op.once = self.once(&op.tenant, sha256(b""))?;
        Ok(T::default())
    }

    /// The document in the body. It is part of what the operation is known by.
    pub(crate) async fn body<T: DeserializeOwned>(&mut self, op: &mut Op) -> Result<T, Failure> {
        let read = self.sent().await?;
        let document = parse(&read)?;
        op.once = self.once(&op.tenant, sha256(&read))?;
        Ok(document)
    }

    /// The document in the body, where it says who asks.
    pub(crate) async fn shown<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        parse(&self.sent().await?)
    }

    /// The body as it comes, handed on piece by piece; and what the request is known by, now that all of it has come.
    pub(crate) async fn pass_on(
        &mut self,
        tenant: &TenantName,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<Option<Once>, Failure> {
        let (body, most) = (self.body.take().unwrap_or_default(), self.route.body_max_bytes);
        let mut hash = Sha256::new();
        // The body has a time of its own, and its end is not known.
        self.deadline.set(BODY_TIME.saturating_add(time_for(most)).saturating_add(self.route.time));
        let passed = pass_on(body, most, |piece| {
            hash.update(piece);
            take(piece)
        });
        let passed = passed.await;
        self.deadline.set(self.route.time);
        passed?;
        self.once(tenant, hash.finish())
    }

    async fn sent(&mut self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let body = self.body.take().unwrap_or_default();
        let most = self.route.body_max_bytes;
        // As much as it says that it is; as much as it may be, when it does not say.
        let told = hyper::body::Body::size_hint(&body).exact().and_then(|bytes| usize::try_from(bytes).ok());
        let room = u32::try_from(told.unwrap_or(most).min(most) / 1024).unwrap_or(u32::MAX);
        let shared = Arc::clone(&self.shared);
        let _room = shared.bodies.try_acquire_many(room).map_err(|_| Failure::busy())?;
        self.deadline.set(BODY_TIME.saturating_add(self.route.time));
        let read = read(body, most).await;
        self.deadline.set(self.route.time);
        let read = read?;
        self.wait_turn().await;
        Ok(read)
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
