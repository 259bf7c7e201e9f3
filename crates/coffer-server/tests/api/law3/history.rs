//! The story: who reads what with which right, what is withdrawn, and what is held against each other.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use coffer_engine::access::{Grant, IdentityKind, PathPattern, Role};
use coffer_engine::audit::EntryFilter;
use coffer_engine::identity::MemberName;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::TestVault;
use coffer_engine::vault::{NewMember, NewToken};
use coffer_engine::{Op, Vault, block_on};
use serde_json::json;

use super::client::Client;
use super::pause::Pause;
use super::server::{Server, now, storage};
use crate::world::over;

pub(super) struct Story {
    pub(super) guarded: bool,
    pub(super) reads: usize,
    pub(super) connections: usize,
    pub(super) withdrawals: Withdrawals,
}

/// What is withdrawn in the course of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Withdrawals {
    /// Everything that can be, one after the other.
    All,
    /// The tenant is suspended and resumed, again and again.
    Suspensions,
    /// Tenants end for those in them, in each way that there is.
    Tenants,
}

#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) answered: usize,
    /// Reads that were answered in tenants that end.
    pub(super) elsewhere: usize,
    pub(super) refused: usize,
    pub(super) withdrawals: usize,
    /// Reads that were refused because the tenant was suspended, or the server sealed.
    pub(super) suspended: usize,
    pub(super) sealed: usize,
    pub(super) violations: Vec<String>,
    /// The requests that were answered, and those of the entries that say `done`.
    pub(super) requests: Vec<String>,
    pub(super) logged: Vec<String>,
}

/// A way to read a secret, until it is withdrawn.
struct Way {
    /// Where it is not `default`.
    tenant: Option<String>,
    token: String,
    target: String,
    /// Of the token, or of the one that it was made with.
    id: String,
    /// The last millisecond at which the token is good, on the clock that the servers share.
    expires: u64,
    /// By what it is given, and how it is withdrawn.
    kind: usize,
    /// When its withdrawal was acknowledged, and what it was.
    withdrawn: OnceLock<(Instant, &'static str)>,
    /// Reads that began after that.
    tried: AtomicUsize,
}

/// Processes that serve the one store.
const SERVERS: usize = 3;
const WAYS: usize = 4;
/// Kinds of ways, each with a withdrawal of its own.
const KINDS: usize = 17;
/// The first of those whose tenant is their own, and ends for them.
const OWN_TENANT: usize = 13;
/// The code that tenants are locked with.
const LOCK_CODE: &str = super::super::routes::LOCK_CODE;
/// Reads that a withdrawn way gets before another takes its place.
const TRIES: usize = 40;

struct Shared {
    ways: Vec<RwLock<Arc<Way>>>,
    /// Of the tenant.
    suspension: Pause,
    /// Of each server.
    seals: [Pause; SERVERS],
    left: AtomicUsize,
    done: AtomicBool,
    outcome: Mutex<Outcome>,
}

impl Story {
    pub(super) fn run(&self) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store");
        let vault = block_on(TestVault::over(storage(&store, self.guarded))).unwrap().vault;
        let owner = NewToken {
            member: None,
            ttl_seconds: 86_400,
            max_seconds: 86_400,
            uses: None,
            networks: Vec::new(),
            label: String::new(),
        };
        let op = coffer_engine::Op { now: now(), ..TestVault::op().unwrap() };
        let [owner, operator] = [false, true].map(|instance| {
            block_on(vault.token_create(&op, &owner, instance)).unwrap().0.expose().to_owned()
        });
        let servers: [Server; SERVERS] = std::array::from_fn(|_| Server::start(&store, self.guarded));
        let mut maker = Maker {
            clients: servers.each_ref().map(|one| Client::new(one.address)),
            vault: vault.clone(),
            owner,
            operator,
            count: 0,
        };
        let first = if self.withdrawals == Withdrawals::Tenants { OWN_TENANT } else { 0 };
        // An erasure, the first kind of those, takes seconds beside so many reads: the others are withdrawn before.
        let kinds = (0..WAYS).map(|number| first + (number + 1) % WAYS);
        let ways = kinds.map(|kind| RwLock::new(Arc::new(maker.way(kind)))).collect();
        let shared = Arc::new(Shared {
            ways,
            suspension: Pause::default(),
            seals: Default::default(),
            left: AtomicUsize::new(self.reads),
            done: AtomicBool::new(false),
            outcome: Mutex::default(),
        });
        let readers: Vec<_> = (0..self.connections)
            .map(|number| {
                let (shared, address) = (Arc::clone(&shared), servers[number % SERVERS].address);
                thread::spawn(move || read(&shared, &mut Client::new(address), number))
            })
            .collect();
        let withdrawer = {
            let (shared, withdrawals) = (Arc::clone(&shared), self.withdrawals);
            thread::spawn(move || match withdrawals {
                Withdrawals::All => withdraw(&shared, &mut maker),
                Withdrawals::Tenants => withdraw_tenants(&shared, &mut maker),
                Withdrawals::Suspensions => {
                    while !shared.done.load(Ordering::Acquire) {
                        maker.suspend(&shared);
                    }
                }
            })
        };
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        shared.done.store(true, Ordering::Release);
        withdrawer.join().unwrap();
        drop(servers);
        let mut outcome = std::mem::take(&mut *shared.outcome.lock().unwrap());
        if self.guarded {
            let op = coffer_engine::Op { now: now(), ..TestVault::op().unwrap() };
            let filter = EntryFilter { action: Some("secret_get".to_owned()), ..EntryFilter::default() };
            let log = block_on(vault.audit_query(&op, &filter, None, usize::MAX, false)).unwrap();
            let done = log.entries.into_iter().filter(|entry| entry.outcome == "done");
            outcome.logged = done.map(|entry| entry.request).collect();
        }
        outcome
    }
}

/// Reads in a loop over one connection.
fn read(shared: &Shared, client: &mut Client, number: usize) {
    let (mut turn, mut requests, mut refused) = (number, Vec::new(), 0);
    let (mut suspended, mut sealed, mut elsewhere) = (0, 0, 0);
    while shared.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok() {
        turn += 1;
        let way = Arc::clone(&shared.ways[turn % WAYS].read().unwrap());
        // In this order: what is seen here was acknowledged before the request is sent.
        let withdrawn = way.withdrawn.get().copied();
        let pauses = [
            (&shared.suspension, "the tenant was suspended"),
            (&shared.seals[number % SERVERS], "it was sealed"),
        ];
        let is_own = way.tenant.is_some();
        let paused = pauses.map(|(pause, _)| pause.look());
        let sent = now().millis();
        let reply = client.ask_in(way.tenant.as_deref(), &way.token, "GET", &way.target, "");
        for ((pause, what), before) in pauses.into_iter().zip(paused) {
            if pause.held_all_along(before)
                && reply.status == 200
                && (!is_own || what != "the tenant was suspended")
            {
                let text = format!("{what}, acknowledged, and {} was answered", way.target);
                shared.outcome.lock().unwrap().violations.push(text);
            }
        }
        match () {
            () if reply.body.contains("tenant.suspended") => suspended += 1,
            () if reply.body.contains("server.sealed") => {
                sealed += 1;
                // It was read by nobody: another takes its place.
                shared.left.fetch_add(1, Ordering::AcqRel);
            }
            () => {}
        }
        if withdrawn.is_some() {
            way.tried.fetch_add(1, Ordering::AcqRel);
        }
        match (reply.status, withdrawn) {
            (200, Some((at, what))) => {
                let text =
                    format!("{what}, acknowledged {:?} ago, and {} was answered", at.elapsed(), way.target);
                shared.outcome.lock().unwrap().violations.push(text);
            }
            (200, None) if sent > way.expires => {
                let text = format!("a token that ended at {} was good at {sent}", way.expires);
                shared.outcome.lock().unwrap().violations.push(text);
            }
            (200, None) => {}
            (401 | 403 | 404, _) => refused += 1,
            // A conflict on every attempt, or a full disk: no answer is no wrong answer.
            (503, _) => {}
            (status, _) => panic!("{status}: {}", reply.body),
        }
        match reply.status {
            // Their logs are gone, or closed, by the end.
            200 if is_own => elsewhere += 1,
            200 => requests.push(reply.request),
            _ => {}
        }
    }
    let mut outcome = shared.outcome.lock().unwrap();
    outcome.answered += requests.len();
    outcome.elsewhere += elsewhere;
    outcome.refused += refused;
    outcome.suspended += suspended;
    outcome.sealed += sealed;
    outcome.requests.append(&mut requests);
}

/// Withdraws one way after the other, and lays new ones.
fn withdraw(shared: &Shared, maker: &mut Maker) {
    let mut turn = 0;
    while !shared.done.load(Ordering::Acquire) {
        match turn % 8 {
            6 => maker.suspend(shared),
            7 => maker.seal(shared),
            _ => {}
        }
        let slot = &shared.ways[turn % WAYS];
        let way = Arc::clone(&slot.read().unwrap());
        maker.withdraw(&way);
        shared.outcome.lock().unwrap().withdrawals += 1;
        shared.wait_for_tries(&way.tried);
        *slot.write().unwrap() = Arc::new(maker.way(turn));
        turn += 1;
    }
}

/// The same, of tenants that end.
fn withdraw_tenants(shared: &Shared, maker: &mut Maker) {
    let mut turn = 0;
    while !shared.done.load(Ordering::Acquire) {
        let slot = &shared.ways[turn % WAYS];
        let way = Arc::clone(&slot.read().unwrap());
        maker.withdraw(&way);
        shared.outcome.lock().unwrap().withdrawals += 1;
        shared.wait_for_tries(&way.tried);
        *slot.write().unwrap() = Arc::new(maker.way(OWN_TENANT + (turn + 1) % WAYS));
        turn += 1;
    }
}

impl Shared {
    fn wait_for_tries(&self, tried: &AtomicUsize) {
        while tried.load(Ordering::Acquire) < TRIES && !self.done.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Makes ways and withdraws them, at one server after the other.
struct Maker {
    clients: [Client; SERVERS],
    /// The store, for what no token of either log does.
    vault: Vault,
    owner: String,
    operator: String,
    count: usize,
}

impl Maker {
    fn owner_does(&mut self, method: &str, target: &str, body: &serde_json::Value) -> serde_json::Value {
        let client = &mut self.clients[self.count % SERVERS];
        client.done(&self.owner, method, target, &body.to_string())
    }

    /// Suspends the tenant at one server, and resumes it at the other.
    fn suspend(&mut self, shared: &Shared) {
        self.count += 1;
        let (one, other) = (self.count % SERVERS, (self.count + 1) % SERVERS);
        self.clients[one].done(&self.operator, "POST", "/api/v1/suspend/default", "");
        shared.suspension.begin();
        shared.outcome.lock().unwrap().withdrawals += 1;
        shared.wait_for_tries(&shared.suspension.tried);
        shared.suspension.end();
        self.clients[other].done(&self.operator, "POST", "/api/v1/resume/default", "");
    }

    /// Seals one server, and gives it its keys again.
    fn seal(&mut self, shared: &Shared) {
        self.count += 1;
        let which = self.count % SERVERS;
        let (client, pause) = (&mut self.clients[which], &shared.seals[which]);
        let said = client.done(&self.operator, "POST", "/api/v1/seal", "");
        assert_eq!(said["keys_forgotten"], true, "nothing holds the keys");
        pause.begin();
        shared.outcome.lock().unwrap().withdrawals += 1;
        shared.wait_for_tries(&pause.tried);
        pause.end();
        client.done("none", "POST", "/api/v1/unseal", r#"{"passphrase":"correct horse battery staple"}"#);
    }

    /// A tenant below another, a member who may all in it, a secret, and a token to read it with.
    fn way_in_own_tenant(&mut self, kind: usize) -> Way {
        let above = TenantName::parse(&format!("t{}", self.count)).unwrap();
        let tenant = TenantName::parse(&format!("t{}/own", self.count)).unwrap();
        let op = Op { now: now(), ..TestVault::op().unwrap() };
        let inside = Op { tenant: tenant.clone(), ..op.clone() };
        let name = MemberName::parse("reader").unwrap();
        let (path, target) = (SecretPath::parse("way/S").unwrap(), "/api/v1/secrets/way/S".to_owned());
        let vault = &self.vault;
        let made = block_on(async {
            for tenant in [&above, &tenant] {
                vault.tenant_create(&op, tenant).await?;
            }
            vault.set_all(&inside, vec![(path, Value::text("v"))]).await?;
            let everything = Grant::always(Role::Owner, PathPattern::everything());
            vault
                .member_create(
                    &inside,
                    &name,
                    &NewMember::with(IdentityKind::Service, vec![everything]),
                    false,
                )
                .await?;
            let new = NewToken {
                member: Some(name),
                ttl_seconds: 3600,
                max_seconds: 3600,
                uses: None,
                networks: Vec::new(),
                label: String::new(),
            };
            vault.token_create(&inside, &new, false).await
        });
        let (token, about) = made.unwrap();
        Way {
            tenant: Some(tenant.as_str().to_owned()),
            token: token.expose().to_owned(),
            target,
            id: String::new(),
            kind,
            expires: about.expires.millis(),
            withdrawn: OnceLock::new(),
            tried: AtomicUsize::new(0),
        }
    }

    /// Ends a tenant for who is in it.
    fn end_tenant(&mut self, way: &Way, tenant: &str) -> &'static str {
        self.count += 1;
        let client = &mut self.clients[self.count % SERVERS];
        match way.kind - OWN_TENANT {
            0 => {
                client.done(&self.operator, "POST", &format!("/api/v1/tenant/erase/{tenant}"), "{}");
                "a tenant was erased"
            }
            1 => {
                let to = json!({ "to": format!("{tenant}-moved") }).to_string();
                client.done(&self.operator, "POST", &format!("/api/v1/tenant/rename/{tenant}"), &to);
                "a tenant was renamed"
            }
            2 => {
                let code = json!({ "code": LOCK_CODE }).to_string();
                let locked = client.ask_in(Some(tenant), &way.token, "POST", "/api/v1/tenant/lock", &code);
                assert_eq!(locked.status, 200, "{}", locked.body);
                "a tenant was locked"
            }
            _ => {
                let above = tenant.split('/').next().unwrap();
                client.done(&self.operator, "POST", &format!("/api/v1/suspend/{above}"), "");
                "the tenant above was suspended"
            }
        }
    }

    /// A member, a secret, and a token to read it with; each fifth token was made with another one, each seventh ends by itself.
    fn way(&mut self, turn: usize) -> Way {
        self.count += 1;
        let kind = turn % KINDS;
        if kind >= OWN_TENANT {
            return self.way_in_own_tenant(kind);
        }
        let (name, path) = (format!("m{}", self.count), format!("way/S{}", self.count));
        let target = format!("/api/v1/secrets/{path}");
        self.owner_does("PUT", &over(&target), &json!({ "value": "v" }));
        let mut member = self.given(kind);
        member["name"] = json!(name);
        member["kind"] = json!("service");
        self.owner_does("POST", "/api/v1/members", &member);
        let ttl = if turn % 7 == 6 { 1 } else { 3600 };
        let made = self.owner_does("POST", "/api/v1/tokens", &json!({ "member": name, "ttl_seconds": ttl }));
        let id = made["about"]["id"].as_str().unwrap().to_owned();
        let mut token = made["token"].as_str().unwrap().to_owned();
        let expires: jiff::Timestamp = made["about"]["expires"].as_str().unwrap().parse().unwrap();
        if turn % 5 == 4 && ttl > 1 {
            let client = &mut self.clients[(self.count + 1) % SERVERS];
            let child = client.done(&token, "POST", "/api/v1/tokens", r#"{"ttl_seconds":600}"#);
            token = child["token"].as_str().unwrap().to_owned();
        }
        Way {
            tenant: None,
            token,
            target,
            id,
            kind,
            expires: u64::try_from(expires.as_millisecond()).unwrap(),
            withdrawn: OnceLock::new(),
            tried: AtomicUsize::new(0),
        }
    }

    /// What a member is made with, who may read by it: a grant, a group, a policy, or a role of the tenant's own.
    fn given(&mut self, kind: usize) -> serde_json::Value {
        let name = format!("x{}", self.count);
        let (reader, pattern) = (json!([{ "role": "reader", "pattern": "way/**" }]), "way/**");
        match kind {
            7..=9 => {
                self.owner_does("PATCH", &format!("/api/v1/groups/{name}"), &json!({ "grant": reader }));
                json!({ "groups": [name] })
            }
            10 | 11 => {
                let text = "path \"way/*\" { capabilities = [\"read\"] }";
                self.owner_does("PUT", &format!("/api/v1/policies/{name}"), &json!({ "text": text }));
                json!({ "policies": [{ "policy": name }] })
            }
            12 => {
                self.owner_does("PUT", &format!("/api/v1/roles/{name}"), &json!({ "rights": ["read"] }));
                json!({ "grants": [{ "role": name, "pattern": pattern }] })
            }
            _ => json!({ "grants": reader }),
        }
    }

    fn withdraw(&mut self, way: &Way) {
        if let Some(tenant) = &way.tenant {
            let what = self.end_tenant(way, tenant);
            let _ = way.withdrawn.set((Instant::now(), what));
            return;
        }
        let number = way.target.rsplit_once('S').unwrap().1.to_owned();
        let member = format!("/api/v1/members/m{number}");
        let rules = |noun: &str| format!("/api/v1/{noun}/x{number}");
        let what = match way.kind {
            0 => {
                self.owner_does("DELETE", &format!("/api/v1/tokens/{}", way.id), &json!(""));
                "a token was revoked"
            }
            1 => {
                self.owner_does("PATCH", &member, &json!({ "grants": [] }));
                "a grant was withdrawn"
            }
            2 => {
                self.owner_does("PATCH", &member, &json!({ "disabled": true }));
                "a member was disabled"
            }
            3 => {
                self.owner_does("DELETE", &way.target, &json!(""));
                "a secret was removed"
            }
            4 => {
                let target = way.target.replace("/secrets/", "/destroy/");
                self.owner_does("POST", &target, &json!({}));
                "a secret was destroyed"
            }
            6 => {
                self.owner_does("DELETE", &member, &json!(""));
                "a member was removed"
            }
            7 => {
                self.owner_does("PATCH", &member, &json!({ "leave": [format!("x{number}")] }));
                "a member was taken out of a group"
            }
            8 => {
                let revoke = json!([{ "role": "reader", "pattern": "way/**" }]);
                self.owner_does("PATCH", &rules("groups"), &json!({ "revoke": revoke }));
                "a group lost a role"
            }
            9 => {
                self.owner_does("DELETE", &rules("groups"), &json!(""));
                "a group was removed"
            }
            10 => {
                let text = "path \"way/*\" { capabilities = [\"deny\"] }";
                self.owner_does("PUT", &rules("policies"), &json!({ "text": text }));
                "a policy was changed to deny"
            }
            11 => {
                self.owner_does("PATCH", &member, &json!({ "detach": [format!("x{number}")] }));
                "a policy was detached"
            }
            12 => {
                self.owner_does("PUT", &rules("roles"), &json!({ "rights": ["list"] }));
                "a role lost a right"
            }
            _ => {
                let client = &mut self.clients[(self.count + 1) % SERVERS];
                // It may have ended by itself meanwhile.
                client.ask(&way.token, "DELETE", "/api/v1/token", "");
                "a token was given back"
            }
        };
        let _ = way.withdrawn.set((Instant::now(), what));
    }
}
