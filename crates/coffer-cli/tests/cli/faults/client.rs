//! Whoever asks a node, and goes to the next one when no answer comes.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};
use ureq::Agent;

use super::cluster::{NODES, url};
use super::history::{Asked, History};

/// How long an answer is waited for: a node that answers says within two seconds that it can't.
const ANSWER: Duration = Duration::from_secs(4);
/// How long the same change is asked for, at one node after the other.
const PATIENCE: Duration = Duration::from_secs(120);

/// A request.
#[derive(Clone)]
pub(super) struct Request<'a> {
    pub(super) token: &'a str,
    pub(super) tenant: Option<&'a str>,
    pub(super) method: &'a str,
    pub(super) target: String,
    pub(super) body: Json,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// The entry that says so.
    pub(super) entry: String,
    /// It was done before, for the same key.
    pub(super) replayed: bool,
    pub(super) body: Json,
    pub(super) asked: Asked,
}

pub(super) struct Client {
    agent: Agent,
    history: Arc<History>,
    /// The node that is asked first.
    pub(super) node: usize,
}

impl Client {
    pub(super) fn new(history: &Arc<History>, node: usize) -> Self {
        let config = Agent::config_builder().timeout_global(Some(ANSWER)).http_status_as_error(false);
        Self { agent: config.build().into(), history: Arc::clone(history), node }
    }

    /// Asks the node once. `None`: no answer came, or none that says what became of it.
    pub(super) fn ask(&self, request: &Request<'_>, key: Option<&str>) -> Option<Reply> {
        let mut built = ureq::http::Request::builder()
            .method(request.method)
            .uri(format!("{}{}", url(self.node), request.target))
            .header("authorization", format!("Bearer {}", request.token));
        if let Some(tenant) = request.tenant {
            built = built.header("x-coffer-tenant", tenant);
        }
        if let Some(key) = key {
            built = built.header("idempotency-key", format!("\"{key}\""));
        }
        let body = if request.body.is_null() { String::new() } else { request.body.to_string() };
        let at = self.history.now();
        let mut reply = self.agent.run(built.body(body).unwrap()).ok()?;
        let header = |name: &str| {
            reply.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (status, entry, replayed) =
            (reply.status().as_u16(), header("x-coffer-audit-id"), header("idempotency-replayed") == "true");
        let body = reply.body_mut().read_to_string().ok()?;
        let asked = Asked { node: self.node, at, answered: self.history.now() };
        Some(Reply {
            status,
            entry,
            replayed,
            body: serde_json::from_str(&body).unwrap_or(json!(body)),
            asked,
        })
    }

    /// Asks until somebody says what became of it, each time with the same key; a node that does not say so is not asked first again.
    /// The moment is that of the first time.
    pub(super) fn settle(&mut self, request: &Request<'_>) -> Option<Reply> {
        let (key, began) = (self.history.unique("key"), self.history.now());
        while self.history.now() < began + PATIENCE {
            match self.ask(request, Some(&key)) {
                // Everything else leaves it open.
                Some(mut reply) if reply.status < 500 && reply.status != 429 => {
                    reply.asked.at = began;
                    return Some(reply);
                }
                reply => {
                    if reply.is_some_and(|reply| reply.status == 429) {
                        thread::sleep(Duration::from_millis(500));
                    }
                    self.node = (self.node + 1) % NODES;
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
        self.history.strange(format!("{} {}: nobody says what became of it", request.method, request.target));
        None
    }

    /// The same of what has to be done; what says otherwise is strange.
    pub(super) fn done(&mut self, request: &Request<'_>) -> Option<Reply> {
        let reply = self.settle(request)?;
        if !(200..300).contains(&reply.status) {
            let Request { method, target, .. } = request;
            self.history.strange(format!("{method} {target}: {} {}", reply.status, reply.body));
            return None;
        }
        self.history.acknowledged(&reply);
        Some(reply)
    }
}
