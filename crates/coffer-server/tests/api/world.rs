//! A served vault with two tenants, and short words for asking it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use coffer_engine::access::{Grant, IdentityKind, PathPattern, Role};
use coffer_engine::audit::EntryFilter;
use coffer_engine::identity::MemberName;
use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{NewMember, NewToken};
use coffer_engine::{Op, Vault};
use coffer_postgres::Postgres;
use coffer_postgres::testkit::fresh;
use coffer_server::limits::Rate;
use coffer_server::{Service, ServiceOptions};
use http_body_util::BodyExt as _;
use serde_json::Value as Json;

/// When everything happens.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Nobody in a test waits for a bucket to fill.
pub(crate) const UNBOUNDED: ServiceOptions = ServiceOptions {
    source_rate: Rate { per_second: 1_000_000, burst: 1_000_000 },
    token_rate: Rate { per_second: 1_000_000, burst: 1_000_000 },
    failure_rate: Rate { per_second: 1_000_000, burst: 1_000_000 },
    unseal_source_rate: Rate { per_second: 1_000_000, burst: 1_000_000 },
    unseal_rate: Rate { per_second: 1_000_000, burst: 1_000_000 },
    // A test has handles of its own, which nobody should wait for.
    seal_time: std::time::Duration::ZERO,
    refusal_time: std::time::Duration::ZERO,
};

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) vault: Vault,
    /// Of an owner of the tenant `default`.
    pub(crate) owner: String,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let storage: Arc<dyn Storage> = match fresh() {
            Some(mut settings) => {
                settings.clock = Some(clock_at(NOW));
                Postgres::open(settings).unwrap()
            }
            None => MemoryStorage::new(clock_at(NOW)),
        };
        Self::over(storage, UNBOUNDED).await
    }

    pub(crate) async fn over(storage: Arc<dyn Storage>, options: ServiceOptions) -> Self {
        let store = TestVault::over(storage).await.unwrap();
        store.set("prod/db/PASSWORD", "hunter2").await.unwrap();
        store.set("prod/db/USER", "shop").await.unwrap();
        let service = Service::new(store.vault.clone(), clock_at(NOW), options);
        let mut world = Self { service, vault: store.vault, owner: String::new() };
        world.owner = world.token(&op(), "owner", &[(Role::Owner, "**")], false).await;
        world
    }

    /// A token of a member who is made for it.
    pub(crate) async fn token(&self, op: &Op, name: &str, grants: &[(Role, &str)], instance: bool) -> String {
        let grants: Vec<Grant> =
            grants.iter().map(|(role, raw)| Grant::always(*role, PathPattern::parse(raw).unwrap())).collect();
        let member = MemberName::parse(name).unwrap();
        let wanted = NewMember::with(IdentityKind::Service, grants);
        self.vault.member_create(op, &member, &wanted, instance).await.unwrap();
        self.another_token(op, name, instance).await
    }

    /// A token of a member who is there.
    pub(crate) async fn another_token(&self, op: &Op, name: &str, instance: bool) -> String {
        let new = NewToken {
            member: Some(MemberName::parse(name).unwrap()),
            ttl_seconds: 3600,
            max_seconds: 36_000,
            uses: None,
            networks: Vec::new(),
            label: String::new(),
        };
        self.vault.token_create(op, &new, instance).await.unwrap().0.expose().to_owned()
    }

    /// The operation of the local owner in another tenant, which is made for it.
    pub(crate) async fn tenant(&self, name: &str) -> Op {
        let tenant = TenantName::parse(name).unwrap();
        self.vault.tenant_create(&op(), &tenant).await.unwrap();
        Op { tenant, ..op() }
    }

    /// Asks as the owner.
    pub(crate) async fn ask(&self, method: &str, target: &str, body: impl Into<Body>) -> Reply {
        self.ask_with(method, target, &[("authorization", &format!("Bearer {}", self.owner))], body).await
    }

    /// Asks with this token.
    pub(crate) async fn ask_as(&self, token: &str, method: &str, target: &str) -> Reply {
        self.ask_with(method, target, &[("authorization", &format!("Bearer {token}"))], "{}").await
    }

    /// Asks with these headers and no others.
    pub(crate) async fn ask_with(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::of(self.service.answer_here(request.body(body.into()).unwrap()).await).await
    }

    /// What whoever is at this address is answered.
    pub(crate) async fn answer(&self, source: &str, request: Request<Body>) -> Reply {
        Reply::of(self.service.answer(source.parse().unwrap(), request).await).await
    }

    /// Has the server forget its keys.
    pub(crate) async fn seal(&self) -> Reply {
        let operator = self.token(&op(), "who seals", &[(Role::Owner, "**")], true).await;
        let reply = self.ask_as(&operator, "POST", "/api/v1/seal").await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        reply
    }

    /// Gives them back, with the passphrase of every test store.
    pub(crate) async fn unseal(&self) -> Reply {
        self.ask_with("POST", "/api/v1/unseal", &[], r#"{"passphrase":"correct horse battery staple"}"#).await
    }

    /// What is in the log of the tenant `default`, as `action outcome`, from the oldest.
    pub(crate) async fn entries(&self, op: &Op, instance: bool) -> Vec<String> {
        let filter = EntryFilter::default();
        let log = self.vault.audit_query(op, &filter, None, 10_000, instance).await.unwrap();
        // But for those of this look itself.
        let is_own = |action: &str, via: &str| action == "audit_query" && via == "unlocker";
        let lines = log.entries.into_iter().filter(|entry| !is_own(&entry.action, &entry.actor.via));
        lines.map(|entry| format!("{} {} {}", entry.id, entry.action, entry.outcome)).collect()
    }

    /// Those of the local owner's tenant, or of the instance, that were not there before.
    pub(crate) async fn entries_since(&self, before: &[String], instance: bool) -> Vec<String> {
        let mut entries = self.entries(&op(), instance).await;
        entries.retain(|entry| !before.contains(entry));
        entries
    }
}

/// Where a whole value is written whatever is there.
pub(crate) fn over(target: &str) -> String {
    format!("{target}?overwrite=true")
}

/// An operation of the local owner.
pub(crate) fn op() -> Op {
    TestVault::op().unwrap()
}

impl Reply {
    pub(crate) async fn of(response: Response<Body>) -> Self {
        let (parts, mut body) = response.into_parts();
        let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok());
        let body = if kind == Some(coffer_wire::event::MEDIA_TYPE) {
            // It goes on: its beginning is enough.
            body.frame().await.unwrap().unwrap().into_data().unwrap().to_vec()
        } else {
            body.collect().await.unwrap().to_bytes().to_vec()
        };
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of the problem that it is.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request"], self.header("x-request-id"));
        assert_eq!(problem["type"], format!("urn:coffer:error:{}", problem["code"].as_str().unwrap()));
        problem["code"].as_str().unwrap().to_owned()
    }

    /// All that a stranger could tell answers apart by.
    pub(crate) fn without_ids(&self) -> (StatusCode, String, Vec<(String, String)>) {
        let mut body = String::from_utf8(self.body.clone()).unwrap();
        body = body.replace(self.header("x-request-id"), "REQUEST");
        let headers = self.headers.iter().filter(|(name, _)| name.as_str() != "x-request-id");
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        (self.status, body, headers.collect())
    }
}
