//! What is stored of an issuer whose tokens a tenant trusts.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::issuer_undo::IssuerState;
use super::issuers::{IssuerChange, KeysFrom, NewIssuer};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::identity::IdentityId;
use crate::jwt::{Algorithm, BadKeySet, ClaimPatterns, Claims, KeySet, KeysAt, Untrusted, is_address};
use crate::limits::{
    AUDIENCES_MAX, BINDINGS_MAX, BINDINGS_MAX_BYTES, ISSUER_LEEWAY_MAX_SECONDS, ISSUER_TEXT_MAX_BYTES,
    JWT_TOKEN_MAX_SECONDS, SCAN_PAGE_MAX,
};
use crate::storage::Key;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::time::Timestamp;

/// An issuer, at the hash of its name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct IssuerRecord {
    #[n(0)]
    pub(super) name: String,
    /// What stands in `iss`, letter by letter.
    #[n(1)]
    pub(super) issuer: String,
    /// One of these stands in `aud`.
    #[n(2)]
    pub(super) audiences: Vec<String>,
    #[n(3)]
    pub(super) algorithms: Vec<Algorithm>,
    /// Where its keys are. `None`: where its discovery document says, unless they are in here.
    #[n(4)]
    keys_at: Option<String>,
    /// Its keys themselves: a set of RFC 7517.
    #[n(5)]
    key_set: Option<ByteVec>,
    #[n(6)]
    pub(super) leeway_seconds: u64,
    /// Whether one of its tokens is good once. It then has an id (`jti`).
    #[n(7)]
    pub(super) once: bool,
    /// How long the token lives that one of its tokens is changed for.
    #[n(8)]
    pub(super) token_seconds: u64,
    #[n(9)]
    pub(super) bindings: Vec<BindingRecord>,
    #[n(10)]
    created_ms: u64,
    /// What it said before each change, the newest last; `None`: it was not trusted.
    #[n(11)]
    #[cbor(default)]
    pub(super) undo: Vec<Option<IssuerState>>,
    /// Since when it is trusted no more. Only `undo` still knows it then.
    #[n(12)]
    pub(super) removed_ms: Option<u64>,
}

/// Whom a token means.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct BindingRecord {
    #[n(0)]
    pub(super) claims: ClaimPatterns,
    #[n(1)]
    member: ByteArray<16>,
}

impl BindingRecord {
    pub(super) fn new(claims: ClaimPatterns, member: IdentityId) -> Self {
        Self { claims, member: (*member.bytes()).into() }
    }

    pub(super) fn member(&self) -> IdentityId {
        IdentityId::from_bytes(*self.member)
    }

    /// Bytes of its claims.
    pub(super) fn bytes(&self) -> usize {
        let texts = self.claims.all().iter();
        texts.fold(0, |sum, (name, said)| sum.saturating_add(name.len()).saturating_add(said.len()))
    }
}

impl IssuerRecord {
    pub(super) fn new(new: &NewIssuer, now: Timestamp) -> Result<Self, Invalid> {
        let mut record = Self {
            name: new.name.as_str().to_owned(),
            issuer: new.issuer.clone(),
            audiences: new.audiences.clone(),
            algorithms: new.algorithms.clone(),
            keys_at: None,
            key_set: None,
            leeway_seconds: new.leeway_seconds,
            once: new.once,
            token_seconds: new.token_seconds,
            bindings: Vec::new(),
            created_ms: now.millis(),
            // It was not there.
            undo: vec![None],
            removed_ms: None,
        };
        record.set_keys(&new.keys);
        record.check()?;
        Ok(record)
    }

    /// With these settings in place of what they were; bindings are the caller's.
    pub(super) fn change(&mut self, change: &IssuerChange) -> Result<(), Invalid> {
        if let Some(audiences) = &change.audiences {
            self.audiences.clone_from(audiences);
        }
        if let Some(algorithms) = &change.algorithms {
            self.algorithms.clone_from(algorithms);
        }
        if let Some(keys) = &change.keys {
            self.set_keys(keys);
        }
        self.leeway_seconds = change.leeway_seconds.unwrap_or(self.leeway_seconds);
        self.once = change.once.unwrap_or(self.once);
        self.token_seconds = change.token_seconds.unwrap_or(self.token_seconds);
        self.check()
    }

    /// Whether its tokens are believed.
    pub(super) fn is_trusted(&self) -> bool {
        self.removed_ms.is_none()
    }

    /// It is trusted no more.
    pub(super) fn remove(&mut self, now: Timestamp) {
        self.removed_ms = Some(now.millis());
    }

    /// How many changes can be taken back.
    pub(super) fn undo_steps(&self) -> usize {
        self.undo.len()
    }

    /// All that can be changed of it.
    pub(super) fn said(&self) -> IssuerState {
        IssuerState {
            audiences: self.audiences.clone(),
            algorithms: self.algorithms.clone(),
            keys_at: self.keys_at.clone(),
            key_set: self.key_set.clone(),
            leeway_seconds: self.leeway_seconds,
            once: self.once,
            token_seconds: self.token_seconds,
            bindings: self.bindings.clone(),
        }
    }

    /// Is trusted, and says this.
    pub(super) fn say(&mut self, state: IssuerState) {
        let IssuerState { audiences, algorithms, keys_at, key_set, leeway_seconds, once, .. } = state;
        (self.audiences, self.algorithms) = (audiences, algorithms);
        (self.keys_at, self.key_set) = (keys_at, key_set);
        (self.leeway_seconds, self.once) = (leeway_seconds, once);
        (self.token_seconds, self.bindings) = (state.token_seconds, state.bindings);
        self.removed_ms = None;
    }

    pub(super) fn keys(&self) -> KeysFrom {
        match (&self.key_set, &self.keys_at) {
            (Some(set), _) => KeysFrom::Set(set.to_vec()),
            (None, Some(at)) => KeysFrom::Address(at.clone()),
            (None, None) => KeysFrom::Discovery,
        }
    }

    /// Where its keys have to be got; `None`: they are in here.
    pub(super) fn keys_at(&self) -> Option<KeysAt> {
        match self.keys() {
            KeysFrom::Set(_) => None,
            KeysFrom::Address(at) => Some(KeysAt::Address(at)),
            KeysFrom::Discovery => Some(KeysAt::Discovery(self.issuer.clone())),
        }
    }

    /// The keys in here.
    pub(super) fn key_set(&self) -> Option<KeySet> {
        KeySet::parse(self.key_set.as_ref()?).ok()
    }

    fn set_keys(&mut self, keys: &KeysFrom) {
        (self.keys_at, self.key_set) = match keys {
            KeysFrom::Discovery => (None, None),
            KeysFrom::Address(at) => (Some(at.clone()), None),
            KeysFrom::Set(set) => (None, Some(set.clone().into())),
        };
    }

    /// Whether this could be a token of its, now, if it is signed.
    pub(super) fn admits(&self, shown: &Untrusted<'_>, now: Timestamp) -> bool {
        let times = shown.claims().times(self.leeway_seconds);
        self.algorithms.contains(&shown.algorithm())
            && shown.claims().is_for(&self.audiences)
            && (!self.once || shown.claims().id().is_some())
            && times.is_some_and(|times| times.from <= now && now <= times.until)
    }

    /// Who is meant. `None`: nobody, or nobody can say who of several.
    pub(super) fn member_of(&self, claims: &Claims) -> Option<IdentityId> {
        let mut fitting = self.bindings.iter().filter(|binding| binding.claims.fit(claims));
        match (fitting.next(), fitting.next()) {
            (Some(binding), None) => Some(binding.member()),
            _ => None,
        }
    }

    /// Whether it is as an issuer has to be.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let is_text = |text: &String| {
            !text.is_empty()
                && text.len() <= ISSUER_TEXT_MAX_BYTES
                && text.chars().all(|c| c.is_ascii_graphic())
        };
        if !is_text(&self.issuer) || !self.audiences.iter().all(is_text) {
            return Err(invalid(
                format!(
                    "an issuer and an audience have 1 to {ISSUER_TEXT_MAX_BYTES} visible ASCII characters"
                ),
                "write the issuer as it stands in `iss`, letter by letter, and the audience as in `aud`",
            ));
        }
        if self.audiences.is_empty() || self.audiences.len() > AUDIENCES_MAX {
            return Err(invalid(
                format!("an issuer's tokens are for 1 to {AUDIENCES_MAX} audiences"),
                "name one that the tokens for Coffer have and no others: an audience that is shared lets others sign in",
            ));
        }
        if self.algorithms.is_empty() || self.algorithms.len() > Algorithm::ALL.len() {
            return Err(invalid("no algorithm is allowed".to_owned(), "name at least one, such as RS256"));
        }
        if self.leeway_seconds > ISSUER_LEEWAY_MAX_SECONDS {
            return Err(invalid(
                format!("clocks may differ by {ISSUER_LEEWAY_MAX_SECONDS} seconds at most"),
                "set the clocks, by NTP",
            ));
        }
        if !(1..=JWT_TOKEN_MAX_SECONDS).contains(&self.token_seconds) {
            return Err(invalid(
                format!("a token lives for 1 to {JWT_TOKEN_MAX_SECONDS} seconds"),
                "say how long a job takes, for example one hour",
            ));
        }
        self.check_keys()?;
        let all = self.bindings.iter().map(BindingRecord::bytes).fold(0_usize, usize::saturating_add);
        if self.bindings.len() > BINDINGS_MAX || all > BINDINGS_MAX_BYTES {
            return Err(invalid(
                format!(
                    "more than {BINDINGS_MAX} bindings, or more than {BINDINGS_MAX_BYTES} bytes of claims"
                ),
                "bind by a claim that many tokens share",
            ));
        }
        Ok(())
    }

    fn check_keys(&self) -> Result<(), Invalid> {
        let address = match self.keys() {
            KeysFrom::Set(set) => {
                let (cause, fix) = match KeySet::parse(&set) {
                    Ok(_) => return Ok(()),
                    Err(BadKeySet::Private) => (
                        "a key in the set is private or shared",
                        "keep it to whoever signs; name public keys alone, and change that key: it was shown",
                    ),
                    Err(BadKeySet::Form | BadKeySet::Empty) => (
                        "that is no set of keys (RFC 7517), or none of its keys can be used",
                        "give the document that the issuer has at its `jwks_uri`",
                    ),
                };
                return Err(invalid(cause.to_owned(), fix));
            }
            KeysFrom::Address(at) => at,
            KeysFrom::Discovery => self.issuer.clone(),
        };
        if is_address(&address) {
            return Ok(());
        }
        Err(invalid(
            format!(
                "keys are got from `https://HOST/..`, without a name, a query or a fragment in it, and not from `{address}`"
            ),
            "write that address; or give the keys themselves, for an issuer that can't be asked",
        ))
    }
}

pub(super) fn invalid(cause: String, fix: &'static str) -> Invalid {
    Invalid::new("issuer.invalid", cause, fix)
}

impl Vault {
    /// All issuers that an owner trusts, by name, and where each lies. No commit expects them.
    pub(super) async fn issuers_of(&self, ring: &KeyRing) -> Result<Vec<(Key, IssuerRecord)>, Error> {
        let prefix = keyspace::all_of(ring.owner(), Table::Issuer);
        let (mut issuers, mut after) = (Vec::new(), None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let issuer: IssuerRecord = open_record(ring, key, record)?;
                if *key != keyspace::issuer(ring, &issuer.name) {
                    return Err(Corrupt::new("an issuer").into());
                }
                if issuer.is_trusted() {
                    issuers.push((*key, issuer));
                }
            }
            after = page.next;
            if after.is_none() {
                issuers.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
                return Ok(issuers);
            }
        }
    }
}
