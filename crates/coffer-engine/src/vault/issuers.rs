//! Issuers of tokens that a tenant trusts (`jwt/`), and whom their tokens mean: made, changed, listed, removed. Signing in with one is in
//! `sign_in_jwt.rs`.
//!
//! To trust an issuer is to grant: whoever it says so of is the member. So all of them need `grant`.
//!
//! # Invariants
//! - Every change renews the tenant's epoch. No two issuers of a tenant have the same `iss`, and nobody is signed in on what was withdrawn.

use std::collections::BTreeMap;

use super::Vault;
use super::changes::Changes;
use super::issuer_record::{BindingRecord, IssuerRecord, invalid};
use super::once::{Answer, Done, First};
use super::round::{Round, Scope, Stop};
use super::sign_in::hex;
use crate::access::{Identity, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::identity::MemberName;
use crate::jwt::{Algorithm, ClaimPatterns};
use crate::limits::{ISSUERS_MAX, MEMBER_NAME_MAX_BYTES};
use crate::op::Op;
use crate::path::check_text;
use crate::storage::keyspace::{self, Table};

/// What an issuer is called in its tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerName(Box<str>);

impl IssuerName {
    /// Checks a name; never mends it.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        check_text("issuer's name", raw, MEMBER_NAME_MAX_BYTES)?;
        if raw.trim() != raw {
            let cause = "an issuer's name neither begins nor ends with a space".to_owned();
            return Err(invalid(cause, "choose another name"));
        }
        Ok(Self(raw.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the keys of an issuer are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysFrom {
    /// Its discovery document says where (OpenID Connect Discovery 1.0).
    Discovery,
    /// This address.
    Address(String),
    /// They are these: a set of RFC 7517.
    Set(Vec<u8>),
}

/// An issuer that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIssuer {
    /// What it is called here.
    pub name: IssuerName,
    /// What stands in `iss`.
    pub issuer: String,
    /// What has to stand in `aud`, one of these.
    pub audiences: Vec<String>,
    /// How its tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// Its keys.
    pub keys: KeysFrom,
    /// How far its clock may be from this one's, in seconds.
    pub leeway_seconds: u64,
    /// Whether each of its tokens is good once.
    pub once: bool,
    /// How long the token lives that one of them is changed for, in seconds.
    pub token_seconds: u64,
}

/// Claims, and the member that is meant by who makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The claims.
    pub claims: ClaimPatterns,
    /// The member. In what is shown: `None` where there is no such member any more.
    pub member: Option<MemberName>,
}

/// What becomes of an issuer; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuerChange {
    /// What has to stand in `aud`.
    pub audiences: Option<Vec<String>>,
    /// How its tokens may be signed.
    pub algorithms: Option<Vec<Algorithm>>,
    /// Its keys.
    pub keys: Option<KeysFrom>,
    /// How far its clock may be from this one's.
    pub leeway_seconds: Option<u64>,
    /// Whether each of its tokens is good once.
    pub once: Option<bool>,
    /// How long the token lives that one of them is changed for.
    pub token_seconds: Option<u64>,
    /// Claims that mean nobody any more. Before `bind`.
    pub unbind: Vec<ClaimPatterns>,
    /// Claims that mean a member from now on.
    pub bind: Vec<(ClaimPatterns, MemberName)>,
}

/// An issuer, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerInfo {
    /// What it was made with.
    pub made: NewIssuer,
    /// Whom its tokens mean.
    pub bindings: Vec<Binding>,
    /// How many changes of it can be taken back.
    pub undo_steps: usize,
}

impl Vault {
    /// Trusts an issuer from now on. Its tokens mean nobody yet.
    ///
    /// # Errors
    /// [`Conflict::Exists`] when the name is taken, or the issuer is trusted under another; [`Invalid`]; refusals and storage errors as for
    /// every verb.
    pub async fn issuer_create(&self, op: &Op, new: &NewIssuer, instance: bool) -> Result<(), Error> {
        let record = IssuerRecord::new(new, op.now)?;
        let record = &record;
        let asked = (Action::IssuerCreate, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                // Every change of them renews the epoch, which the commit expects: what is looked at here holds.
                let there = round.vault.issuers_of(round.tenant.ring()).await?;
                if there.iter().any(|(_, known)| known.name == record.name || known.issuer == record.issuer) {
                    let draft = Draft::new(Action::IssuerCreate, "", Outcome::Mismatch);
                    return Err(Stop::recorded(draft, Conflict::Exists));
                }
                round.room_for_issuer(there.len())?;
                // One that was removed may lie there: it is expected, and what it said is not gone back to.
                round.stored_issuer(&record.name).await?;
                round.commit_issuer(first, Action::IssuerCreate, record, ()).await
            })
        });
        done.await.map(drop)
    }

    /// Changes what its tokens have to be like, and whom they mean. From then on nobody signs in on what they meant before; who has signed in
    /// already keeps the token.
    ///
    /// # Errors
    /// [`NotFound::Issuer`]; [`NotFound::Member`]; [`Conflict::Exists`] for claims that mean somebody already; [`Invalid`]; refusals and
    /// storage errors as for every verb.
    pub async fn issuer_change(
        &self,
        op: &Op,
        name: &IssuerName,
        change: &IssuerChange,
        instance: bool,
    ) -> Result<(), Error> {
        let asked = (Action::IssuerChange, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let mut record = round.issuer(Action::IssuerChange, name).await?;
                let before = record.state();
                record.bindings.retain(|binding| !change.unbind.contains(&binding.claims));
                for (claims, member) in &change.bind {
                    if record.bindings.iter().any(|binding| binding.claims == *claims) {
                        let draft = Draft::new(Action::IssuerChange, "", Outcome::Mismatch);
                        return Err(Stop::recorded(draft, Conflict::Exists));
                    }
                    let (member, _) = round.member(Action::IssuerChange, member).await?;
                    record.bindings.push(BindingRecord::new(claims.clone(), member));
                }
                record.change(change)?;
                if *change != (IssuerChange { unbind: change.unbind.clone(), ..IssuerChange::default() }) {
                    round.may_act_for_bound(Action::IssuerChange, &record).await?;
                }
                if record.state() != before {
                    record.remember(before);
                }
                round.commit_issuer(first, Action::IssuerChange, &record, ()).await
            })
        });
        done.await.map(drop)
    }

    /// Trusts an issuer no more. What it said can be taken back to.
    ///
    /// # Errors
    /// [`NotFound::Issuer`]; refusals and storage errors as for every verb.
    pub async fn issuer_remove(&self, op: &Op, name: &IssuerName, instance: bool) -> Result<(), Error> {
        let asked = (Action::IssuerRemove, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let mut record = round.issuer(Action::IssuerRemove, name).await?;
                let before = record.state();
                record.remove(op.now);
                record.remember(before);
                round.commit_issuer(first, Action::IssuerRemove, &record, ()).await
            })
        });
        done.await.map(drop)
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn issuer_list(&self, op: &Op, instance: bool) -> Result<Vec<IssuerInfo>, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::IssuerList, Place::Tenant)?;
                let records = round.vault.issuers_of(round.tenant.ring()).await?;
                let mut issuers = Vec::with_capacity(records.len());
                for (_, record) in records {
                    issuers.push(round.shown(record).await?);
                }
                round.note(Draft::new(Action::IssuerList, "", Outcome::Done)).await?;
                Ok(issuers)
            })
        })
        .await
    }
}

impl Round<'_> {
    /// Whoever says whose tokens mean somebody, and with which keys, can have one made: so they must hold all that those members do.
    pub(super) async fn may_act_for_bound(
        &mut self,
        action: Action,
        record: &IssuerRecord,
    ) -> Result<(), Stop> {
        for binding in &record.bindings {
            let key = keyspace::identity(self.tenant.id(), binding.member());
            if let Some(seen) = self.read_fresh::<Identity>(key).await? {
                self.may_act_for(action, &seen.value).await?;
            }
        }
        Ok(())
    }

    /// The issuer of this name; one that is not trusted ends the round.
    async fn issuer(&mut self, action: Action, name: &IssuerName) -> Result<IssuerRecord, Stop> {
        let found = self.stored_issuer(name.as_str()).await?.filter(IssuerRecord::is_trusted);
        found.ok_or_else(|| {
            let absent = NotFound::Issuer(name.as_str().to_owned());
            Stop::recorded(Draft::new(action, "", Outcome::Absent), absent)
        })
    }

    /// The record of this name, expected by the commit, whether it is trusted or not.
    pub(super) async fn stored_issuer(&mut self, name: &str) -> Result<Option<IssuerRecord>, Stop> {
        let key = keyspace::issuer(self.tenant.ring(), name);
        let Some(seen) = self.read_fresh::<IssuerRecord>(key).await? else { return Ok(None) };
        if seen.value.name != name {
            return Err(Corrupt::new("an issuer").into());
        }
        Ok(Some(seen.value.as_ref().clone()))
    }

    /// Whether one more may be trusted.
    pub(super) fn room_for_issuer(&self, there: usize) -> Result<(), Stop> {
        if there < ISSUERS_MAX {
            return Ok(());
        }
        let cause = format!("a tenant trusts {ISSUERS_MAX} issuers at most");
        Err(invalid(cause, "remove one: `coffer issuer rm NAME`").into())
    }

    pub(super) async fn commit_issuer<T: Answer>(
        &mut self,
        first: First<T>,
        action: Action,
        record: &IssuerRecord,
        answer: T,
    ) -> Result<Done<T>, Stop> {
        let (ring, mut changes) = (self.ring(), Changes::default());
        changes.seal(&ring, keyspace::issuer(&ring, &record.name), record)?;
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described());
        changes.touch(keyspace::single(ring.owner(), Table::Epoch))?;
        self.commit(first, changes, vec![draft.detail(detail(record))], answer).await
    }

    async fn shown(&mut self, record: IssuerRecord) -> Result<IssuerInfo, Stop> {
        let mut names = BTreeMap::new();
        for binding in &record.bindings {
            let key = keyspace::identity(self.tenant.id(), binding.member());
            let member = self.read::<Identity>(key).await?;
            let name = member.and_then(|member| MemberName::parse(&member.value.name).ok());
            names.insert(binding.member(), name);
        }
        let (keys, undo_steps) = (record.keys(), record.undo_steps());
        let name = IssuerName::parse(&record.name).map_err(|_| Corrupt::new("an issuer"))?;
        let bindings = record.bindings.into_iter().map(|binding| Binding {
            member: names.get(&binding.member()).cloned().flatten(),
            claims: binding.claims,
        });
        Ok(IssuerInfo {
            bindings: bindings.collect(),
            undo_steps,
            made: NewIssuer {
                name,
                issuer: record.issuer,
                audiences: record.audiences,
                algorithms: record.algorithms,
                keys,
                leeway_seconds: record.leeway_seconds,
                once: record.once,
                token_seconds: record.token_seconds,
            },
        })
    }
}

/// What an entry says of it. Members by number: a name is a personal field.
fn detail(record: &IssuerRecord) -> Detail {
    let binding = |binding: &BindingRecord| {
        let claims = binding.claims.all().iter().map(|(name, said)| format!("{name}={said}"));
        format!("{} for {}", claims.collect::<Vec<_>>().join(" "), hex(binding.member()))
    };
    let keys = match record.keys() {
        KeysFrom::Discovery => "discovery".to_owned(),
        KeysFrom::Address(at) => at,
        KeysFrom::Set(set) => {
            format!("sha256:{}", base16ct::lower::encode_string(&coffer_encryption::hash::sha256(&set)))
        }
    };
    Detail::Issuer {
        algorithms: record.algorithms.iter().map(|algorithm| algorithm.name()).collect(),
        audiences: record.audiences.clone(),
        bindings: record.bindings.iter().map(binding).collect(),
        issuer: record.issuer.clone(),
        keys,
        leeway: record.leeway_seconds,
        name: record.name.clone(),
        once: record.once,
        seconds: record.token_seconds,
    }
}
