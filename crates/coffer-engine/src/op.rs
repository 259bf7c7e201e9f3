//! One operation: who asks, of which tenant, when. Made once, at the edge.

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::Client;
use crate::code::CodeHash;
use crate::entry_id::EntryId;
use crate::identity::IdentityId;
use crate::limits::SESSION_TEXT_MAX_BYTES;
use crate::message::Message;
use crate::once::Once;
use crate::proof::Proved;
use crate::quota::Used;
use crate::tenant::TenantName;
use crate::time::Timestamp;
use crate::token::TokenHash;
use crate::x509::Thumbprint;

/// Who asks for what, and when. The engine learns all three from here and nowhere else.
#[derive(Debug, Clone)]
pub struct Op {
    /// Who.
    pub actor: Actor,
    /// In which tenant.
    pub tenant: TenantName,
    /// When the request was received. Written into the audit entry; expiry is decided on the storage's clock.
    pub now: Timestamp,
    /// Joins what one request did, across entries and logs: 16 random bytes.
    pub request: RequestId,
    /// Who this is in the world, where that is known.
    pub session: Option<Arc<Session>>,
    /// The address that the request came from: of the socket, never of a header. `None`: from this process itself.
    pub source: Option<IpAddr>,
    /// The certificate that the connection has shown, with a proof that its key is theirs. Whether anybody trusts it is another matter.
    pub certificate: Option<Thumbprint>,
    /// Where the entry is left for whoever answers, when somebody wants to name it.
    pub trail: Option<Arc<Trail>>,
    /// What a change is known by, when whoever asks for it may ask again. Where nothing is changed it means nothing.
    pub once: Option<Once>,
    /// Why something is changed. Where nothing is changed it means nothing.
    pub message: Option<Message>,
    /// As whose member tenants are managed. Where none is managed it means nothing.
    pub manager: Manager,
}

/// As whose member somebody manages tenants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Manager {
    /// The instance's: all of them.
    #[default]
    Instance,
    /// That of the tenant which the operation names: those that lie below it in the tree, and no others.
    Parent,
}

impl Op {
    /// The vault's own, in its upkeep: nobody asked for it.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn of_system(tenant: TenantName, now: Timestamp) -> Result<Self, crate::Error> {
        Ok(Self {
            actor: Actor::System,
            tenant,
            now,
            request: RequestId::generate()?,
            session: None,
            source: None,
            certificate: None,
            trail: None,
            once: None,
            message: None,
            manager: Manager::Instance,
        })
    }

    /// For what takes the longer the more a tenant holds.
    pub(crate) fn steps(&self) -> Steps<'_> {
        Steps(self.trail.as_deref())
    }
}

/// The last entry that an operation has left in the log, once it is durable; and what whoever answers should say besides.
#[derive(Debug, Default)]
pub struct Trail {
    entry: Mutex<Option<EntryId>>,
    replayed: AtomicBool,
    paced: AtomicBool,
    steps: AtomicU64,
    near: Mutex<Vec<Used>>,
}

impl Trail {
    /// The entry, when there is one so far.
    #[must_use]
    pub fn entry(&self) -> Option<EntryId> {
        *self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the answer is that of an earlier request with the same idempotency key.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        self.replayed.load(Ordering::Acquire)
    }

    /// Steps taken so far of what takes the longer the more a tenant holds: while there are more and more of them, it comes to its end.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// What the tenant has little room left for, after what was added.
    #[must_use]
    pub fn near(&self) -> Vec<Used> {
        self.near.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn leave_near(&self, near: Vec<Used>) {
        *self.near.lock().unwrap_or_else(PoisonError::into_inner) = near;
    }

    pub(crate) fn leave(&self, entry: EntryId) {
        *self.entry.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
    }

    /// Whether the request is counted among those of its tenant already: one that takes several decisions is counted once.
    pub(crate) fn pace(&self) -> bool {
        self.paced.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn replayed(&self) {
        self.replayed.store(true, Ordering::Release);
    }
}

/// Where the steps of something are counted that takes the longer the more a tenant holds.
#[derive(Debug)]
pub(crate) struct Steps<'t>(Option<&'t Trail>);

impl Steps<'_> {
    /// One more is taken.
    pub(crate) fn step(&self) {
        if let Some(trail) = self.0 {
            trail.steps.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Whoever acts. Only a token, a code and a client secret are proofs; what else is here the edge made after it had one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Who opened the store in this process with an unlocker: the local owner.
    Local,
    /// A member of the tenant, as whoever embeds the engine says.
    Identity(IdentityId),
    /// Whoever has this token. Whether it is good is decided with the operation.
    Token(TokenHash),
    /// Whoever has this one-time code. It is good for signing in, once, and for nothing else.
    Code(CodeHash),
    /// Whoever has shown nothing yet. They do nothing but show it.
    Stranger,
    /// Whoever has this client secret of this member's. It is good for signing in, and for nothing else.
    Client(Client),
    /// Who has just shown who they are, with something that the vault itself has looked at. They are signing in, and do nothing else.
    Proved(Proved),
    /// The vault itself, in its own upkeep. It may do what upkeep needs and nothing else.
    System,
}

impl Actor {
    /// The token that they show, if it is one.
    pub(crate) const fn token(&self) -> Option<TokenHash> {
        match self {
            Self::Token(hash) => Some(*hash),
            _ => None,
        }
    }

    /// Whether it is somebody who is signing in: what they show is good for that, and for nothing else.
    pub(crate) const fn is_signing_in(&self) -> bool {
        matches!(self, Self::Code(_) | Self::Client(_) | Self::Proved(_))
    }
}

/// One sign-in of somebody, and what is known of them: a name, a machine, an address.
///
/// These are personal data. The log keeps them sealed under a key of this person's own, which can be destroyed.
#[derive(Debug)]
pub struct Session {
    id: [u8; 16],
    subject: String,
    details: BTreeMap<String, String>,
}

impl Session {
    /// A session of `subject`, the name that `coffer audit forget` is told to forget them, with more fields about them.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new(
        subject: impl Into<String>,
        details: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, crate::Error> {
        let subject = subject.into();
        let name = ("name".to_owned(), subject.clone());
        let details = details.into_iter().chain([name]).map(|(name, text)| (name, short(text))).collect();
        Ok(Self { id: coffer_encryption::random::bytes()?, subject, details })
    }

    /// 16 random bytes.
    #[must_use]
    pub(crate) const fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Who.
    #[must_use]
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// All that is known.
    #[must_use]
    pub(crate) const fn details(&self) -> &BTreeMap<String, String> {
        &self.details
    }
}

/// A text of a session, cut to what an entry has room for.
fn short(text: String) -> String {
    if text.len() <= SESSION_TEXT_MAX_BYTES {
        text
    } else {
        text.chars().take(SESSION_TEXT_MAX_BYTES / 4).collect()
    }
}

/// Names one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// A fresh one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, crate::Error> {
        Ok(Self(coffer_encryption::random::bytes()?))
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}
