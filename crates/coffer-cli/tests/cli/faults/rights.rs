//! Ways to read a secret, who reads by them, and who withdraws them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, RwLock};
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::client::{Client, Reply, Request};
use super::cluster::{NODES, Tokens};
use super::history::{Asked, History, What};
use super::random::Random;

pub(super) const READERS: usize = 9;
/// Each has ways of its own, one after the other.
pub(super) const WITHDRAWERS: usize = 3;
/// Kinds of ways, each with a withdrawal of its own.
const KINDS: usize = 13;
/// The tenants that are suspended and renamed; each is one withdrawer's.
pub(super) const TENANTS: usize = WITHDRAWERS;
/// How long is waited for readers, some of which ask a node that does not answer.
const WAIT: Duration = Duration::from_secs(3);

/// A way to read a secret, until it is withdrawn.
pub(super) struct Way {
    number: u64,
    /// Where it is not `default`.
    tenant: Option<String>,
    token: String,
    target: String,
    /// Of the token.
    id: String,
    kind: usize,
    withdrawn: OnceLock<()>,
    /// Reads that began after that.
    tried: AtomicUsize,
}

impl Way {
    /// Whoever shows what nobody knows is turned away after thirty times, and all who ask from that address with them.
    fn is_worn(&self) -> bool {
        let enough = if matches!(self.kind, 0 | 2 | 5 | 10 | 12) { 6 } else { 40 };
        self.withdrawn.get().is_some() && self.tried.load(Ordering::Acquire) >= enough
    }
}

/// A tenant with a member who may read in it.
#[derive(Clone)]
pub(super) struct Elsewhere {
    pub(super) name: String,
    pub(super) token: String,
}

pub(super) struct Rights {
    history: Arc<History>,
    tokens: Tokens,
    ways: [RwLock<Option<Arc<Way>>>; WITHDRAWERS],
}

impl Rights {
    pub(super) fn new(history: &Arc<History>, tokens: Tokens) -> Self {
        Self { history: Arc::clone(history), tokens, ways: Default::default() }
    }

    /// Reads by one way after the other, at one node.
    pub(super) fn read(&self, number: usize) {
        let client = Client::new(&self.history, number % NODES);
        let mut turn = number;
        while !self.history.is_over() {
            turn += 1;
            let way = self.ways[turn % WITHDRAWERS].read().unwrap().clone();
            let Some(way) = way.filter(|way| !way.is_worn()) else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            if way.withdrawn.get().is_some() {
                way.tried.fetch_add(1, Ordering::AcqRel);
            }
            let request = Request {
                token: &way.token,
                tenant: way.tenant.as_deref(),
                method: "GET",
                target: way.target.clone(),
                body: Json::Null,
            };
            match client.ask(&request, None) {
                Some(Reply { status: 200, entry, asked, .. }) => {
                    // The logs of other tenants are not looked at.
                    let entry = way.tenant.is_none().then_some(entry);
                    self.history.add(asked, What::Read { way: way.number, entry });
                }
                Some(Reply { status: 400..429, asked, .. }) => {
                    self.history.add(asked, What::Refused { way: way.number });
                }
                Some(Reply { status: 429, .. }) => thread::sleep(Duration::from_millis(500)),
                _ => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Lays ways and withdraws them.
    pub(super) fn withdraw(&self, number: usize, elsewhere: &Elsewhere, seed: u64) {
        let mut maker = Maker {
            rights: self,
            client: Client::new(&self.history, number % NODES),
            elsewhere: elsewhere.clone(),
            random: Random::new(seed),
        };
        while !self.history.is_over() {
            let kind = maker.random.below(KINDS);
            let Some(way) = maker.way(kind) else { continue };
            let way = Arc::new(way);
            *self.ways[number].write().unwrap() = Some(Arc::clone(&way));
            // It is read for a while, by who has it in a cache then.
            let pause = maker.random.millis(50, 400);
            thread::sleep(pause);
            maker.withdraw(&way);
            let began = self.history.now();
            while !way.is_worn() && self.history.now() < began + WAIT && !self.history.is_over() {
                thread::sleep(Duration::from_millis(5));
            }
            *self.ways[number].write().unwrap() = None;
            maker.restore(&way);
        }
    }
}

/// Makes ways, at one node after the other.
struct Maker<'a> {
    rights: &'a Rights,
    client: Client,
    elsewhere: Elsewhere,
    random: Random,
}

impl Maker<'_> {
    fn done(&mut self, token: &str, method: &str, target: &str, body: Json) -> Option<Reply> {
        self.client.node = self.random.below(NODES);
        let target = target.to_owned();
        self.client.done(&Request { token, tenant: None, method, target, body })
    }

    fn owner_does(&mut self, method: &str, target: &str, body: Json) -> Option<Reply> {
        let owner = self.rights.tokens.owner.clone();
        self.done(&owner, method, target, body)
    }

    fn operator_does(&mut self, method: &str, target: &str, body: Json) -> Option<Reply> {
        let operator = self.rights.tokens.operator.clone();
        self.client.node = self.random.below(NODES);
        let target = target.to_owned();
        // Its entries are in the log of the instance, which is not looked at.
        let reply = self.client.settle(&Request { token: &operator, tenant: None, method, target, body })?;
        if !(200..300).contains(&reply.status) {
            self.rights.history.strange(format!("{method}: {} {}", reply.status, reply.body));
            return None;
        }
        Some(reply)
    }

    /// A member, a secret, and a token to read it with; or the way into a tenant of its own.
    fn way(&mut self, kind: usize) -> Option<Way> {
        let number = self.rights.history.number();
        let mut way = Way {
            number,
            tenant: None,
            token: String::new(),
            target: format!("/api/v1/secrets/way/S{number}"),
            id: String::new(),
            kind,
            withdrawn: OnceLock::new(),
            tried: AtomicUsize::new(0),
        };
        if kind >= 11 {
            "/api/v1/secrets/way/S".clone_into(&mut way.target);
            way.tenant = Some(self.elsewhere.name.clone());
            way.token.clone_from(&self.elsewhere.token);
            return Some(way);
        }
        self.owner_does("PUT", &format!("{}?overwrite=true", way.target), json!({ "value": "v" }))?;
        let mut member = self.given(kind, number)?;
        member["name"] = json!(format!("m{number}"));
        member["kind"] = json!("service");
        self.owner_does("POST", "/api/v1/members", member)?;
        let made = self.token(number, if kind == 10 { 2 } else { 7200 })?;
        made["token"].as_str()?.clone_into(&mut way.token);
        made["about"]["id"].as_str()?.clone_into(&mut way.id);
        if kind == 10 {
            let ends: jiff::Timestamp = made["about"]["expires"].as_str()?.parse().ok()?;
            let left = ends.duration_since(jiff::Timestamp::now());
            // A clock that is ahead makes one that ends later, and one that is behind one that never was good.
            let at = self.rights.history.now() + Duration::try_from(left).unwrap_or_default();
            self.rights.history.add(Asked { node: 0, at, answered: at }, What::Ends { way: number });
        }
        Some(way)
    }

    /// A token is shown once: where the answer got lost, another one is made.
    fn token(&mut self, number: u64, ttl: u64) -> Option<Json> {
        for _ in 0..20 {
            let owner = self.rights.tokens.owner.clone();
            let body = json!({ "member": format!("m{number}"), "ttl_seconds": ttl });
            let target = "/api/v1/tokens".to_owned();
            self.client.node = self.random.below(NODES);
            let request = Request { token: &owner, tenant: None, method: "POST", target, body };
            let reply = self.client.settle(&request)?;
            match reply.status {
                200..300 => {
                    self.rights.history.acknowledged(&reply);
                    return Some(reply.body);
                }
                409 if reply.body["code"] == "idempotency.replayed" => {}
                status => {
                    self.rights.history.strange(format!("a token was not made: {status} {}", reply.body));
                    return None;
                }
            }
        }
        None
    }

    /// What a member is made with, who may read by it: a grant, a group, a policy, or a role of the tenant's own.
    fn given(&mut self, kind: usize, number: u64) -> Option<Json> {
        let name = format!("x{number}");
        let reader = json!([{ "role": "reader", "pattern": "way/**" }]);
        Some(match kind {
            6 | 7 => {
                self.owner_does("PATCH", &format!("/api/v1/groups/{name}"), json!({ "grant": reader }))?;
                json!({ "groups": [name] })
            }
            8 => {
                let text = "path \"way/*\" { capabilities = [\"read\"] }";
                self.owner_does("PUT", &format!("/api/v1/policies/{name}"), json!({ "text": text }))?;
                json!({ "policies": [{ "policy": name }] })
            }
            9 => {
                self.owner_does("PUT", &format!("/api/v1/roles/{name}"), json!({ "rights": ["read"] }))?;
                json!({ "grants": [{ "role": name, "pattern": "way/**" }] })
            }
            _ => json!({ "grants": reader }),
        })
    }

    fn withdraw(&mut self, way: &Way) {
        let (number, target) = (way.number, way.target.clone());
        let member = format!("/api/v1/members/m{number}");
        let rules = |noun: &str| format!("/api/v1/{noun}/x{number}");
        let (what, reply) = match way.kind {
            0 => {
                let target = format!("/api/v1/tokens/{}", way.id);
                ("a token was revoked", self.owner_does("DELETE", &target, Json::Null))
            }
            1 => ("a grant was withdrawn", self.owner_does("PATCH", &member, json!({ "grants": [] }))),
            2 => ("a member was disabled", self.owner_does("PATCH", &member, json!({ "disabled": true }))),
            3 => ("a secret was removed", self.owner_does("DELETE", &target, Json::Null)),
            4 => {
                let target = target.replace("/secrets/", "/destroy/");
                ("a secret was destroyed", self.owner_does("POST", &target, json!({})))
            }
            5 => ("a member was removed", self.owner_does("DELETE", &member, Json::Null)),
            6 => {
                let leave = json!({ "leave": [format!("x{number}")] });
                ("a member was taken out of a group", self.owner_does("PATCH", &member, leave))
            }
            7 => {
                let revoke = json!({ "revoke": [{ "role": "reader", "pattern": "way/**" }] });
                ("a group lost a role", self.owner_does("PATCH", &rules("groups"), revoke))
            }
            8 => {
                let deny = json!({ "text": "path \"way/*\" { capabilities = [\"deny\"] }" });
                ("a policy was changed to deny", self.owner_does("PUT", &rules("policies"), deny))
            }
            9 => {
                let list = json!({ "rights": ["list"] });
                ("a role lost a right", self.owner_does("PUT", &rules("roles"), list))
            }
            10 => {
                let _ = way.withdrawn.set(());
                return;
            }
            11 => {
                let target = format!("/api/v1/suspend/{}", self.elsewhere.name);
                ("a tenant was suspended", self.operator_does("POST", &target, Json::Null))
            }
            _ => {
                let name = self.elsewhere.name.clone();
                ("a tenant was renamed", self.rename(&name, &format!("{name}-moved")))
            }
        };
        let Some(reply) = reply else { return };
        self.rights.history.add(reply.asked, What::Withdrawn { way: number, what });
        let _ = way.withdrawn.set(());
    }

    /// Lays a way into a tenant again.
    fn restore(&mut self, way: &Way) {
        if !matches!(way.kind, 11 | 12) {
            return;
        }
        let now = self.rights.history.now();
        let asked = Asked { node: self.client.node, at: now, answered: now };
        self.rights.history.add(asked, What::Restored { way: way.number });
        let name = self.elsewhere.name.clone();
        match way.kind {
            11 => drop(self.operator_does("POST", &format!("/api/v1/resume/{name}"), Json::Null)),
            12 => drop(self.rename(&format!("{name}-moved"), &name)),
            _ => {}
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> Option<Reply> {
        self.operator_does("POST", &format!("/api/v1/tenant/rename/{from}"), json!({ "to": to }))
    }
}
