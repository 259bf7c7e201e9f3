//! What the store keeps of a token.

use core::net::IpAddr;

use coffer_encryption::same;
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use crate::identity::IdentityId;
use crate::network::{Network, good_from};
use crate::proof::{Method, Proof};
use crate::time::Timestamp;
use crate::token::{TokenHash, TokenId};
use crate::x509::Thumbprint;

/// A token's record. It lies at the token's hash.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct TokenRecord {
    #[n(0)]
    id: ByteArray<16>,
    #[n(1)]
    identity: ByteArray<16>,
    /// The token that it was made with; when that ends, so does this one.
    #[n(2)]
    parent: Option<ByteArray<32>>,
    #[n(3)]
    pub(crate) created_ms: u64,
    #[n(4)]
    expires_ms: u64,
    /// No renewal goes beyond this.
    #[n(5)]
    max_ms: u64,
    /// What a renewal gives, in seconds.
    #[n(6)]
    ttl_seconds: u64,
    #[n(7)]
    revoked_ms: Option<u64>,
    #[n(8)]
    pub(crate) label: String,
    /// How many requests it is still good for; `None`: nobody counts.
    #[n(9)]
    uses_left: Option<u32>,
    /// The request that was counted last: what else that one does is not counted again.
    #[n(10)]
    last_request: Option<ByteArray<16>>,
    /// Where it is good; empty: anywhere.
    #[n(11)]
    #[cbor(default)]
    networks: Vec<Network>,
    /// When the last request was counted that it was good for.
    #[n(12)]
    used_up_ms: Option<u64>,
    /// What was shown at the sign-in that it comes from; `None`: an owner made it.
    #[n(13)]
    proof: Option<Proof>,
    /// Which record of its member's was shown there, when the token ends with that.
    #[n(14)]
    shown: Option<ByteArray<16>>,
    /// The SHA-256 of the certificate with which it is good (RFC 8705); `None`: it is good with any, and without.
    #[n(15)]
    certificate: Option<ByteArray<32>>,
}

/// How long a token lives, in seconds, and how often it is good. None of it is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) ttl_seconds: u64,
    pub(crate) max_seconds: u64,
    pub(crate) uses: Option<u32>,
}

impl TokenRecord {
    pub(crate) fn new(
        (id, identity): (TokenId, IdentityId),
        parent: Option<TokenHash>,
        (now, lifetime): (Timestamp, Lifetime),
        (label, networks): (&str, &[Network]),
        proof: Option<Proof>,
    ) -> Self {
        Self {
            id: (*id.bytes()).into(),
            identity: (*identity.bytes()).into(),
            parent: parent.map(|parent| (*parent.bytes()).into()),
            created_ms: now.millis(),
            expires_ms: now.plus_seconds(lifetime.ttl_seconds.min(lifetime.max_seconds)).millis(),
            max_ms: now.plus_seconds(lifetime.max_seconds).millis(),
            ttl_seconds: lifetime.ttl_seconds,
            revoked_ms: None,
            label: label.to_owned(),
            uses_left: lifetime.uses,
            last_request: None,
            networks: networks.to_vec(),
            used_up_ms: None,
            proof,
            shown: None,
            certificate: None,
        }
    }

    /// The same token, good only where this certificate is shown.
    pub(crate) fn bound_to(self, certificate: Option<Thumbprint>) -> Self {
        Self { certificate: certificate.map(|certificate| (*certificate.bytes()).into()), ..self }
    }

    /// Whether it is good on a connection that has shown this certificate, as far as it itself says.
    pub(crate) fn is_good_with(&self, certificate: Option<Thumbprint>) -> bool {
        let is =
            |wanted: &ByteArray<32>| certificate.is_some_and(|shown| same(shown.bytes(), wanted.as_slice()));
        self.certificate.as_ref().is_none_or(is)
    }

    /// Whether it is good only where a certificate is shown.
    pub(crate) fn is_bound(&self) -> bool {
        self.certificate.is_some()
    }

    /// The same token, which ends with this record of its member's.
    pub(crate) fn ends_with(self, shown: Option<[u8; 16]>) -> Self {
        Self { shown: shown.map(Into::into), ..self }
    }

    /// Which record of its member's it ends with, and of which kind.
    pub(crate) fn shown(&self) -> Option<(Method, [u8; 16])> {
        Some((self.proof?.method, **self.shown.as_ref()?))
    }

    /// What was shown at the sign-in that it comes from.
    pub(crate) fn proof(&self) -> Option<Proof> {
        self.proof
    }

    pub(crate) fn id(&self) -> TokenId {
        TokenId::from_bytes(*self.id)
    }

    pub(crate) fn identity(&self) -> IdentityId {
        IdentityId::from_bytes(*self.identity)
    }

    pub(crate) fn parent(&self) -> Option<TokenHash> {
        self.parent.as_ref().map(|parent| TokenHash::from_bytes(**parent))
    }

    /// The last moment at which it is good.
    pub(crate) fn expires(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_ms)
    }

    /// When it ends, or has ended, by whatever comes first, as far as it itself says.
    pub(crate) fn ends(&self) -> Timestamp {
        let earliest = [Some(self.expires_ms), self.revoked_ms, self.used_up_ms].into_iter().flatten().min();
        Timestamp::from_millis(earliest.unwrap_or(self.expires_ms))
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.revoked_ms.is_some()
    }

    /// Whether it is still good, as far as it itself says.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        !self.is_revoked() && now <= self.expires()
    }

    /// Where it is good; empty: anywhere.
    pub(crate) fn networks(&self) -> &[Network] {
        &self.networks
    }

    /// Whether it is good there, as far as it itself says. One that is bound is good nowhere that nobody knows.
    pub(crate) fn is_good_from(&self, source: Option<IpAddr>) -> bool {
        good_from(&self.networks, source)
    }

    /// How many requests it is still good for.
    pub(crate) fn uses_left(&self) -> Option<u32> {
        self.uses_left
    }

    /// Whether it is good for this request, as far as uses are counted.
    pub(crate) fn is_good_for(&self, request: &[u8; 16]) -> bool {
        self.uses_left != Some(0) || self.has_counted(request)
    }

    /// The same token, with this request counted; `None` when there is nothing to count.
    pub(crate) fn counted(&self, request: &[u8; 16], now: Timestamp) -> Option<Self> {
        let uses_left = self.uses_left.filter(|_| !self.has_counted(request))?.saturating_sub(1);
        let used_up_ms = (uses_left == 0).then_some(now.millis());
        let last_request = Some((*request).into());
        Some(Self { uses_left: Some(uses_left), last_request, used_up_ms, ..self.clone() })
    }

    fn has_counted(&self, request: &[u8; 16]) -> bool {
        self.last_request.as_ref().is_some_and(|last| **last == *request)
    }

    /// The same token, ended.
    pub(crate) fn revoked(&self, now: Timestamp) -> Self {
        Self { revoked_ms: Some(self.revoked_ms.unwrap_or(now.millis())), ..self.clone() }
    }

    /// The same token for another while, from now, at most to its maximum. It never ends earlier than before.
    pub(crate) fn renewed(&self, now: Timestamp) -> Self {
        let longer = now.plus_seconds(self.ttl_seconds).millis().min(self.max_ms);
        Self { expires_ms: longer.max(self.expires_ms), ..self.clone() }
    }
}
