//! Who writes secrets that nobody else writes, and so knows at any moment what each has to be.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::client::{Client, Reply, Request};
use super::cluster::NODES;
use super::history::{History, What};
use super::random::Random;

pub(super) const WRITERS: usize = 6;
const SECRETS: usize = 4;
const SILENT: Duration = Duration::from_secs(15);

pub(super) struct Writer {
    number: usize,
    client: Client,
    history: Arc<History>,
    owner: String,
    random: Random,
    /// A node that did not answer, and until when it is not read from: a writer who waits writes nothing, and that is measured.
    silent: Option<(usize, Duration)>,
    /// What each secret is. `None`: it is not there.
    secrets: Vec<Option<String>>,
}

impl Writer {
    pub(super) fn new(history: &Arc<History>, owner: &str, number: usize, seed: u64) -> Self {
        Self {
            number,
            client: Client::new(history, number % NODES),
            history: Arc::clone(history),
            owner: owner.to_owned(),
            random: Random::new(seed),
            silent: None,
            secrets: vec![None; SECRETS],
        }
    }

    /// Writes and reads until it is over; then reads everything, at every node.
    pub(super) fn run(mut self) {
        while !self.history.is_over() {
            let secret = self.random.below(SECRETS);
            let is_there = self.secrets[secret].is_some();
            match self.random.below(20) {
                0..10 => self.set(secret),
                10 if is_there => self.remove(secret),
                11 if is_there => self.set_and_undo(secret),
                12 if is_there => self.destroy(secret),
                _ => {
                    let node = self.random.below(NODES);
                    if self.silent.is_none_or(|(silent, until)| silent != node || self.history.now() > until)
                    {
                        self.read(secret, node);
                    }
                }
            }
        }
        for secret in 0..SECRETS {
            for node in 0..NODES {
                self.read(secret, node);
            }
        }
    }

    fn path(&self, secret: usize) -> String {
        format!("dev/w{}/S{secret}", self.number)
    }

    fn done(&mut self, method: &str, target: String, body: Json) -> Option<Reply> {
        let owner = self.owner.clone();
        let reply = self.client.done(&Request { token: &owner, tenant: None, method, target, body })?;
        self.history.add(reply.asked, What::Wrote { writer: self.number });
        Some(reply)
    }

    fn set(&mut self, secret: usize) {
        let (path, value) = (self.path(secret), self.history.unique("value"));
        let target = format!("/api/v1/secrets/{path}?overwrite=true");
        if let Some(reply) = self.done("PUT", target, json!({ "value": value })) {
            let entry = reply.body["entry"].as_str().unwrap_or_default().to_owned();
            self.history.add(reply.asked, What::Version { path, entry });
            self.secrets[secret] = Some(value);
        }
    }

    fn remove(&mut self, secret: usize) {
        let path = self.path(secret);
        if self.done("DELETE", format!("/api/v1/secrets/{path}"), Json::Null).is_none() {
            return;
        }
        let value = self.secrets[secret].take();
        self.read(secret, self.client.node);
        if self.random.below(2) == 0
            && self.done("POST", format!("/api/v1/undo/{path}"), Json::Null).is_some()
        {
            self.secrets[secret] = value;
        }
    }

    fn set_and_undo(&mut self, secret: usize) {
        let before = self.secrets[secret].clone();
        self.set(secret);
        let path = self.path(secret);
        if self.done("POST", format!("/api/v1/undo/{path}"), Json::Null).is_some() {
            self.secrets[secret] = before;
        }
    }

    fn destroy(&mut self, secret: usize) {
        let path = self.path(secret);
        if self.done("POST", format!("/api/v1/destroy/{path}"), json!({})).is_some() {
            self.secrets[secret] = None;
        }
    }

    /// Reads it at a node, if that answers.
    fn read(&mut self, secret: usize, node: usize) {
        let (path, owner) = (self.path(secret), self.owner.clone());
        let at = std::mem::replace(&mut self.client.node, node);
        let target = format!("/api/v1/secrets/{path}");
        let request = Request { token: &owner, tenant: None, method: "GET", target, body: Json::Null };
        let reply = self.client.ask(&request, None);
        self.client.node = at;
        let Some(reply) = reply else {
            self.silent = Some((node, self.history.now() + SILENT));
            return;
        };
        let found = match reply.status {
            200 => reply.body["value"].as_str().map(str::to_owned),
            404 => None,
            429 | 500.. => return,
            other => Some(format!("{other} {}", reply.body)),
        };
        self.history.add(reply.asked, What::Found { path, wanted: self.secrets[secret].clone(), found });
    }
}
