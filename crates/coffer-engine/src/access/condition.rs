//! When, where and how a grant holds.

use core::net::IpAddr;

use minicbor::{CborLen, Decode, Encode};

use super::hours::Hours;
use crate::fault::Invalid;
use crate::limits::CONDITION_NETWORKS_MAX;
use crate::network::Network;
use crate::proof::{Method, Proof};
use crate::time::Timestamp;

/// What must be so for a grant to hold: all of it. `Default`: it always holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, CborLen)]
pub struct Conditions {
    /// Where the request comes from; empty: anywhere.
    #[n(0)]
    #[cbor(default)]
    pub networks: Vec<Network>,
    /// What was shown at the sign-in; empty: anything.
    #[n(1)]
    #[cbor(default)]
    pub methods: Vec<Method>,
    /// Whether a second factor must have been shown too.
    #[n(2)]
    #[cbor(default)]
    pub second_factor: bool,
    /// The last moment at which it holds, in milliseconds since the epoch.
    #[n(3)]
    pub until_ms: Option<u64>,
    /// At which hours.
    #[n(4)]
    pub hours: Option<Hours>,
}

/// What a decision is made in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    pub(crate) now: Timestamp,
    pub(crate) source: Option<IpAddr>,
    pub(crate) proof: Option<Proof>,
}

/// Whether conditions hold, and the last moment of which that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) holds: bool,
    pub(crate) until: Option<Timestamp>,
}

impl Conditions {
    /// Refuses more than a grant has room for.
    ///
    /// # Errors
    /// [`Invalid`] for too many networks, or methods that are named twice.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.networks.len() > CONDITION_NETWORKS_MAX || self.methods.len() > Method::ALL.len() {
            let cause = format!(
                "a grant holds in {CONDITION_NETWORKS_MAX} networks at most, and names a method of sign-in once"
            );
            return Err(Invalid::new("grant.conditions", cause, "name larger networks"));
        }
        Ok(())
    }

    /// Whether it always holds.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it holds in these circumstances. Only time changes that by itself, and so only time limits how long it is known.
    pub(crate) fn held(&self, circumstances: &Circumstances) -> Held {
        let is_good_from = self.networks.is_empty()
            || circumstances
                .source
                .is_some_and(|source| self.networks.iter().any(|network| network.has(source)));
        let is_good_by = self.methods.is_empty()
            || circumstances.proof.is_some_and(|proof| self.methods.contains(&proof.method));
        let has_factors = !self.second_factor || circumstances.proof.is_some_and(|proof| proof.second_factor);
        if !(is_good_from && is_good_by && has_factors) {
            return Held { holds: false, until: None };
        }
        let end = self.until_ms.map(Timestamp::from_millis);
        if end.is_some_and(|end| circumstances.now > end) {
            return Held { holds: false, until: None };
        }
        let (holds, turn) = match self.hours {
            None => (true, None),
            Some(hours) => (hours.has(circumstances.now), Some(hours.turns_after(circumstances.now))),
        };
        Held { holds, until: [end, turn].into_iter().flatten().min() }
    }

    /// In words, as the log has them: each with its own; empty when it always holds.
    #[must_use]
    pub fn described(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.networks.is_empty() {
            let networks: Vec<String> = self.networks.iter().map(ToString::to_string).collect();
            words.push(format!("from {}", networks.join(", ")));
        }
        if !self.methods.is_empty() {
            let methods: Vec<&str> = self.methods.iter().map(|method| method.name()).collect();
            words.push(format!("signed in by {}", methods.join(" or ")));
        }
        if self.second_factor {
            words.push("with a second factor".to_owned());
        }
        words.extend(self.hours.map(|hours| format!("at {hours} UTC")));
        words.extend(self.until_ms.map(|until| format!("until {}", Timestamp::from_millis(until))));
        words
    }
}
