//! What the store keeps of a client secret.

use core::net::IpAddr;

use coffer_encryption::same;
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::Lifetime;
use crate::client::ClientSecretHash;
use crate::network::{Network, good_from};
use crate::time::Timestamp;
use crate::token::TokenId;

/// A client secret's record. It lies at its member and the first half of its hash, and stays there once it has ended: what it is tried for
/// then is somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct ClientSecretRecord {
    #[n(0)]
    id: ByteArray<16>,
    /// All of the hash.
    #[n(1)]
    hash: ByteArray<32>,
    #[n(2)]
    created_ms: u64,
    #[n(3)]
    expires_ms: u64,
    #[n(4)]
    revoked_ms: Option<u64>,
    /// How often it is still good; `None`: nobody counts.
    #[n(5)]
    uses_left: Option<u32>,
    /// Where it is good, and the tokens that it is shown for; empty: anywhere.
    #[n(6)]
    networks: Vec<Network>,
    #[n(7)]
    label: String,
}

impl ClientSecretRecord {
    pub(crate) fn new(
        id: TokenId,
        secret: ClientSecretHash,
        (now, lifetime): (Timestamp, Lifetime),
        (label, networks): (&str, &[Network]),
    ) -> Self {
        Self {
            id: (*id.bytes()).into(),
            hash: (*secret.bytes()).into(),
            created_ms: now.millis(),
            expires_ms: now.plus_seconds(lifetime.ttl_seconds).millis(),
            revoked_ms: None,
            uses_left: lifetime.uses,
            networks: networks.to_vec(),
            label: label.to_owned(),
        }
    }

    pub(crate) fn id(&self) -> TokenId {
        TokenId::from_bytes(*self.id)
    }

    pub(crate) fn is_of(&self, secret: ClientSecretHash) -> bool {
        same(&*self.hash, secret.bytes())
    }

    pub(crate) fn created(&self) -> Timestamp {
        Timestamp::from_millis(self.created_ms)
    }

    /// The last moment at which it is good.
    pub(crate) fn expires(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_ms)
    }

    /// When it ended, or will, as far as it itself says.
    pub(crate) fn ends(&self) -> Timestamp {
        Timestamp::from_millis(self.revoked_ms.unwrap_or(self.expires_ms).min(self.expires_ms))
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.revoked_ms.is_some()
    }

    pub(crate) fn uses_left(&self) -> Option<u32> {
        self.uses_left
    }

    pub(crate) fn networks(&self) -> &[Network] {
        &self.networks
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// Whether it is good now.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        !self.is_revoked() && self.uses_left != Some(0) && now <= self.expires()
    }

    /// Whether it is good there. One that is bound is good nowhere that nobody knows.
    pub(crate) fn is_good_from(&self, source: Option<IpAddr>) -> bool {
        good_from(&self.networks, source)
    }

    /// The same secret, used once more; `None` when nobody counts.
    pub(crate) fn used(&self) -> Option<Self> {
        let left = self.uses_left?.saturating_sub(1);
        Some(Self { uses_left: Some(left), ..self.clone() })
    }

    /// The same secret, ended.
    pub(crate) fn revoked(&self, now: Timestamp) -> Self {
        Self { revoked_ms: Some(self.revoked_ms.unwrap_or(now.millis())), ..self.clone() }
    }
}
