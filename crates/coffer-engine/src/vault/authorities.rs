//! Authorities of client certificates that a tenant trusts (`x509/`), and whom what they sign means: made, changed, listed, removed, taken back
//! as roles are (`rules.rs`). Signing in with a certificate is in `sign_in_certificate.rs`.
//!
//! To trust an authority is to grant: whoever it says so of is the member. So all of them need `grant`, and whoever says so must hold all that
//! the member does.

use std::collections::BTreeMap;

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::round::{Round, Scope, Stop};
use super::rules::{Gives, Ruled, RulesRecord};
use super::sign_in::hex;
use crate::access::{Attached, Grant, Identity, Place};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{
    AUTHORITIES_MAX, AUTHORITY_CERTIFICATES_MAX, AUTHORITY_MAX_BYTES, AUTHORITY_NAMES_MAX,
    CERTIFICATE_TOKEN_MAX_SECONDS, CERTIFICATE_TOKEN_SECONDS, SCAN_PAGE_MAX,
};
use crate::op::Op;
use crate::slug::AuthorityName;
use crate::storage::Key;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::time::Timestamp;
use crate::x509::{About, BadTrust, NamePattern, Thumbprint, Trust};

/// An authority, or a single certificate, that is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct AuthorityBody {
    /// In DER. One that is no authority's means itself.
    #[n(0)]
    certificates: Vec<ByteVec>,
    /// Lists of certificates that are revoked, in DER.
    #[n(1)]
    lists: Vec<ByteVec>,
    /// What a certificate has to be called: all of it.
    #[n(2)]
    names: Vec<NamePattern>,
    /// Who is meant.
    #[n(3)]
    member: ByteArray<16>,
    /// How long the token lives that a certificate is changed for.
    #[n(4)]
    pub(super) token_seconds: u64,
    /// Whether that is good only where the certificate is shown.
    #[n(5)]
    pub(super) bound: bool,
}

/// What becomes of an authority; `None` leaves it as it is. A new one has certificates and a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityChange {
    /// Whose signatures are believed, in DER; or single certificates.
    pub certificates: Option<Vec<Vec<u8>>>,
    /// Which of theirs are revoked, in DER.
    pub lists: Option<Vec<Vec<u8>>>,
    /// What a certificate has to be called: all of it.
    pub names: Option<Vec<NamePattern>>,
    /// Who is meant.
    pub member: Option<MemberName>,
    /// How long the token lives that a certificate is changed for, in seconds.
    pub token_seconds: Option<u64>,
    /// Whether that is good only where the certificate is shown.
    pub bound: Option<bool>,
}

/// An authority, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityInfo {
    /// What it is called here.
    pub name: String,
    /// Whose signatures are believed, or which single certificates.
    pub certificates: Vec<About>,
    /// How many lists of revoked certificates there are, and when the first of them ends: from then on nobody signs in.
    pub lists: usize,
    /// See there.
    pub lists_until: Option<Timestamp>,
    /// What a certificate has to be called.
    pub names: Vec<NamePattern>,
    /// Who is meant; `None` where there is no such member any more.
    pub member: Option<MemberName>,
    /// How long the token lives that a certificate is changed for.
    pub token_seconds: u64,
    /// Whether that is good only where the certificate is shown.
    pub bound: bool,
    /// How many changes of it can be taken back.
    pub undo_steps: usize,
}

impl Vault {
    /// Trusts an authority, or a single certificate, from now on; or changes what it says.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Member`]; [`Invalid`] for what is no certificate, no list, or would mean whomever; refusals, also for what the
    /// actor does not hold, and storage errors as for every verb.
    pub async fn authority_set(
        &self,
        op: &Op,
        name: &AuthorityName,
        change: &AuthorityChange,
        instance: bool,
    ) -> Result<(), Error> {
        let asked = (Action::AuthoritySet, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let member = match &change.member {
                    Some(member) => Some(round.member(Action::AuthoritySet, member).await?.0),
                    None => None,
                };
                round.set_ruled(first, name, &|before| change.applied(before, member)).await
            })
        });
        done.await.map(drop)
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn authority_list(&self, op: &Op, instance: bool) -> Result<Vec<AuthorityInfo>, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::AuthorityList, Place::Tenant)?;
                let listed = round.list_ruled::<AuthorityBody>().await?;
                let (mut all, mut names) = (Vec::with_capacity(listed.len()), BTreeMap::new());
                for one in listed {
                    let member = one.body.member();
                    if let std::collections::btree_map::Entry::Vacant(free) = names.entry(member) {
                        free.insert(round.name_of(member).await?);
                    }
                    let named = names.get(&member).cloned().flatten();
                    all.push(one.body.shown(one.name, named, one.undo_steps)?);
                }
                round.note(Draft::new(Action::AuthorityList, "", Outcome::Done)).await?;
                Ok(all)
            })
        })
        .await
    }

    /// Trusts it no more. Who has signed in keeps the token until it ends.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Rules`]; refusals and storage errors as for every verb.
    pub async fn authority_remove(&self, op: &Op, name: &AuthorityName, instance: bool) -> Result<(), Error> {
        self.rules_remove::<AuthorityBody>(op, name, instance).await
    }

    /// Takes the last change of it back. Whether it is there then.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Change`]; refusals, also for what the actor does not hold, and storage errors as for every verb.
    pub async fn authority_undo(&self, op: &Op, name: &AuthorityName, instance: bool) -> Result<bool, Error> {
        Ok(self.rules_undo::<AuthorityBody>(op, name, instance).await?.is_some())
    }

    /// All authorities of an owner, by name, and where each lies. No commit expects them.
    pub(super) async fn authorities_of(
        &self,
        ring: &KeyRing,
    ) -> Result<Vec<(Key, String, AuthorityBody)>, Error> {
        let prefix = keyspace::all_of(ring.owner(), Table::Authority);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let record: RulesRecord<AuthorityBody> = open_record(ring, key, record)?;
                all.extend(record.listed().map(|one| (*key, one.name, one.body)));
            }
            after = page.next;
            if after.is_none() {
                all.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
                return Ok(all);
            }
        }
    }
}

impl Round<'_> {
    /// What a member is called; `None` where there is no such member any more.
    async fn name_of(&mut self, member: IdentityId) -> Result<Option<MemberName>, Stop> {
        let key = keyspace::identity(self.tenant.id(), member);
        let member = self.read::<Identity>(key).await?;
        Ok(member.and_then(|member| MemberName::parse(&member.value.name).ok()))
    }
}

impl AuthorityChange {
    /// What it says then.
    fn applied(
        &self,
        before: Option<&AuthorityBody>,
        member: Option<IdentityId>,
    ) -> Result<AuthorityBody, Invalid> {
        let of = |all: &[Vec<u8>]| all.iter().map(|one| ByteVec::from(one.clone())).collect::<Vec<_>>();
        let certificates = self.certificates.as_deref().map(of);
        let mut body = match (before, &certificates, member) {
            (Some(before), ..) => before.clone(),
            (None, Some(_), Some(member)) => AuthorityBody {
                certificates: Vec::new(),
                lists: Vec::new(),
                names: Vec::new(),
                member: (*member.bytes()).into(),
                token_seconds: CERTIFICATE_TOKEN_SECONDS,
                bound: true,
            },
            (None, ..) => {
                let cause = "it is not there yet, and a new one has certificates and a member";
                return Err(invalid(cause, "name the file with the authority's certificate, and --member"));
            }
        };
        body.certificates = certificates.unwrap_or(body.certificates);
        body.lists = self.lists.as_deref().map(of).unwrap_or(body.lists);
        body.names = self.names.clone().unwrap_or(body.names);
        body.member = member.map_or(body.member, |member| (*member.bytes()).into());
        body.token_seconds = self.token_seconds.unwrap_or(body.token_seconds);
        body.bound = self.bound.unwrap_or(body.bound);
        Ok(body)
    }
}

impl AuthorityBody {
    pub(super) fn member(&self) -> IdentityId {
        IdentityId::from_bytes(*self.member)
    }

    /// Whom it believes.
    pub(super) fn trust(&self) -> Trust<'_> {
        Trust {
            certificates: self.certificates.iter().map(|one| one.as_slice()).collect(),
            lists: self.lists.iter().map(|one| one.as_slice()).collect(),
            names: &self.names,
        }
    }

    fn shown(
        &self,
        name: String,
        member: Option<MemberName>,
        undo_steps: usize,
    ) -> Result<AuthorityInfo, Corrupt> {
        let about = |one: &ByteVec| About::read(one).ok_or(Corrupt::new("an authority"));
        Ok(AuthorityInfo {
            name,
            certificates: self.certificates.iter().map(about).collect::<Result<_, _>>()?,
            lists: self.lists.len(),
            lists_until: self.trust().lists_until(),
            names: self.names.clone(),
            member,
            token_seconds: self.token_seconds,
            bound: self.bound,
            undo_steps,
        })
    }
}

impl Ruled for AuthorityBody {
    type Name = AuthorityName;
    const NOUN: &'static str = "authority";
    const TABLE: Table = Table::Authority;
    const MAX: usize = AUTHORITIES_MAX;
    const SET: Action = Action::AuthoritySet;
    const LIST: Action = Action::AuthorityList;
    const REMOVE: Action = Action::AuthorityRemove;
    const UNDO: Action = Action::AuthorityUndo;

    fn text(name: &AuthorityName) -> &str {
        name.as_str()
    }

    fn check(&self, _: &AuthorityName) -> Result<(), Invalid> {
        if self.certificates.is_empty()
            || self.certificates.len() > AUTHORITY_CERTIFICATES_MAX
            || self.lists.len() > AUTHORITY_CERTIFICATES_MAX
            || self.bytes() > AUTHORITY_MAX_BYTES
        {
            let cause = format!(
                "an authority has 1 to {AUTHORITY_CERTIFICATES_MAX} certificates, at most as many lists, and {AUTHORITY_MAX_BYTES} bytes of all"
            );
            return Err(invalid(cause, "leave out what nobody needs, or make another authority of it"));
        }
        if self.names.len() > AUTHORITY_NAMES_MAX {
            let cause = format!("a certificate has to have {AUTHORITY_NAMES_MAX} names at most");
            return Err(invalid(cause, "name those that tell it from others"));
        }
        if !(1..=CERTIFICATE_TOKEN_MAX_SECONDS).contains(&self.token_seconds) {
            let cause = format!("a token lives for 1 to {CERTIFICATE_TOKEN_MAX_SECONDS} seconds");
            return Err(invalid(cause, "say how long a job takes, for example one hour"));
        }
        self.trust().check().map_err(|bad| {
            let (cause, fix) = match bad {
                BadTrust::Certificate => (
                    "that is no certificate (X.509, version 3)",
                    "give the certificate of the authority in PEM; no key is needed, and none should be given",
                ),
                BadTrust::List => (
                    "that is no list of revoked certificates (RFC 5280), or it does not say until when it is good",
                    "give the list that the authority publishes",
                ),
                BadTrust::ListOfNobody => (
                    "a list of revoked certificates is an authority's, and one of the certificates is none",
                    "leave the list out, and remove the certificate when it is to be good no more",
                ),
                BadTrust::NoNames => (
                    "an authority, and no names: whatever it signs, for whomever, would be this member",
                    "name what a certificate has to be called: --san dns:*.ci.example.com",
                ),
                BadTrust::NeverGood => (
                    "a certificate that is no authority's means itself, and this one is not for clients, or not called so",
                    "give one with the extended key usage clientAuth, and names that it has",
                ),
            };
            invalid(cause, fix)
        })
    }

    fn lines(&self) -> Vec<String> {
        let digest = |what: &str, one: &ByteVec| format!("{what} sha256:{}", Thumbprint::of(one));
        let certificates = self.certificates.iter().map(|one| digest("certificate", one));
        let lists = self.lists.iter().map(|one| digest("list", one));
        let names = self.names.iter().map(|name| format!("name {name}"));
        let rest = [
            format!("member identity {}", hex(self.member())),
            format!("token {} s{}", self.token_seconds, if self.bound { ", bound" } else { "" }),
        ];
        certificates.chain(lists).chain(names).chain(rest).collect()
    }

    fn bytes(&self) -> usize {
        self.certificates.iter().chain(&self.lists).fold(0, |sum, one| sum.saturating_add(one.len()))
    }

    fn gives(&self) -> Gives<'_> {
        Gives { acts_as: Some(self.member()), ..Gives::default() }
    }

    /// Nobody is given one.
    fn is_meant(_: &AuthorityName, _: &[Grant], _: &[Attached]) -> bool {
        false
    }
}

fn invalid(cause: impl Into<std::borrow::Cow<'static, str>>, fix: &'static str) -> Invalid {
    Invalid::new("authority.invalid", cause, fix)
}
