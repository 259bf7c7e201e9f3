//! The keys that issuers publish: got when they are needed, kept for a while, got anew before they are old.
//!
//! # Invariants
//! - Nobody makes this server ask an issuer more than once in [`PAUSE`], whatever key their token names; who comes meanwhile waits for the
//!   answer that is under way, and is answered by what is known then.
//! - Keys that are older than [`KEPT`] check nothing: what an issuer has withdrawn is good no longer than that, though it can't be asked.
//! - Where it asks is looked at each time ([`reach`]). What comes is bounded in size and time, and is a set of keys or nothing.

mod reach;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use coffer_engine::jwt::{IssuerKeys, KeySet, KeysAt, discovered};
use coffer_engine::limits::JWK_SET_MAX_BYTES;
use coffer_engine::network::Network;
use coffer_wire::client::{FetchError, fetch};
use tokio::sync::Semaphore;
use tokio::task::{spawn, spawn_blocking};
use tokio::time::Instant;

/// Keys that are younger are used without a word.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// Keys that are older are not used. In between they are, and got anew meanwhile.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How often one issuer is asked at most.
const PAUSE: Duration = Duration::from_secs(10);
/// How long one document may take. A request has to be answered after two of them.
const PATIENCE: Duration = Duration::from_secs(4);
/// Documents that are got at once; one more is not.
const AT_ONCE: usize = 8;
/// Issuers whose keys are kept.
const PLACES_MAX: usize = 1024;

/// All that is known of issuers' keys.
pub(crate) struct Issuers {
    places: Mutex<BTreeMap<KeysAt, Arc<Place>>>,
    turns: Arc<Semaphore>,
    /// Where issuers may be besides the public internet.
    allowed: OnceLock<Arc<[Network]>>,
    pause: Duration,
}

/// What is known of one.
#[derive(Default)]
struct Place {
    known: Mutex<Known>,
    /// Held by whoever asks.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: Option<(Arc<KeySet>, Instant)>,
    asked: Option<Instant>,
}

impl Default for Issuers {
    fn default() -> Self {
        Self {
            places: Mutex::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            allowed: OnceLock::new(),
            pause: PAUSE,
        }
    }
}

impl Issuers {
    /// Issuers may be in these networks too. Said once, before the first is asked.
    pub(crate) fn allow(&self, networks: Vec<Network>) {
        let _ = self.allowed.set(networks.into());
    }

    fn place(&self, at: &KeysAt) -> Arc<Place> {
        let mut places = lock(&self.places);
        if places.len() >= PLACES_MAX && !places.contains_key(at) {
            // Those that are asked now go on with what they hold.
            places.clear();
        }
        Arc::clone(places.entry(at.clone()).or_default())
    }

    /// Has them got anew, by whoever holds the turn.
    async fn ask(&self, place: &Place, at: &KeysAt) {
        lock(&place.known).asked = Some(Instant::now());
        let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() else { return };
        let (at, networks) = (at.clone(), self.allowed.get().cloned().unwrap_or_default());
        let got = spawn_blocking(move || {
            let _turn = turn;
            get(&at, &networks).inspect_err(|error| {
                let (KeysAt::Discovery(issuer) | KeysAt::Address(issuer)) = &at;
                tracing::warn!(issuer, cause = %error, "the keys of an issuer could not be got");
            })
        });
        if let Ok(Ok(keys)) = got.await {
            lock(&place.known).keys = Some((Arc::new(keys), Instant::now()));
        }
    }

    async fn keys_of(self: &Arc<Self>, at: &KeysAt, id: Option<&str>) -> Option<Arc<KeySet>> {
        let place = self.place(at);
        match place.usable(id) {
            Some((keys, true)) => return Some(keys),
            Some((keys, false)) => {
                if place.may_ask(self.pause) {
                    let (this, at) = (Arc::clone(self), at.clone());
                    spawn(async move {
                        if let Ok(_one) = place.asking.try_lock() {
                            this.ask(&place, &at).await;
                        }
                    });
                }
                return Some(keys);
            }
            None => {}
        }
        let _one = place.asking.lock().await;
        // Somebody else may have asked meanwhile.
        if let Some((keys, _)) = place.usable(id) {
            return Some(keys);
        }
        if place.may_ask(self.pause) {
            self.ask(&place, at).await;
        }
        place.usable(None).map(|(keys, _)| keys)
    }
}

impl Place {
    /// The keys, if they may be used and have this one among them, and whether they are fresh.
    fn usable(&self, id: Option<&str>) -> Option<(Arc<KeySet>, bool)> {
        let known = lock(&self.known);
        let (keys, got) = known.keys.as_ref()?;
        let age = got.elapsed();
        let has = id.is_none_or(|id| keys.has(id));
        (age < KEPT && has).then(|| (Arc::clone(keys), age < FRESH))
    }

    fn may_ask(&self, pause: Duration) -> bool {
        lock(&self.known).asked.is_none_or(|asked| asked.elapsed() >= pause)
    }
}

/// What the engine asks.
pub(crate) struct Published(pub(crate) Arc<Issuers>);

impl IssuerKeys for Published {
    fn keys<'a>(
        &'a self,
        at: &'a KeysAt,
        id: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<Arc<KeySet>>> + Send + 'a>> {
        Box::pin(self.0.keys_of(at, id))
    }
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
enum NoKeys {
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("the discovery document is none, or of another issuer, or names no address")]
    Discovery,
    #[error("that is no set of keys")]
    Set,
}

/// Gets them, over the network.
fn get(at: &KeysAt, networks: &Arc<[Network]>) -> Result<KeySet, NoKeys> {
    let fetch = |address: &str| {
        let networks = Arc::clone(networks);
        let allowed = Arc::new(move |address: IpAddr| reach::may_be_asked(address, &networks));
        fetch(address, JWK_SET_MAX_BYTES, PATIENCE, allowed)
    };
    let set = match at {
        KeysAt::Address(address) => fetch(address)?,
        KeysAt::Discovery(issuer) => {
            let document = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
            let address = discovered(&fetch(&document)?, issuer).ok_or(NoKeys::Discovery)?;
            fetch(&address)?
        }
    };
    KeySet::parse(&set).map_err(|_| NoKeys::Set)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
