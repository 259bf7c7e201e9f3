//! Wrong passwords, and wrong codes beside right ones: counted for a member and a source together, in records, so that it holds on every server and after a restart.
//!
//! # Invariants
//! - The two are locked, not the member: nobody locks another out from elsewhere. But who has the password, and shows wrong codes beside it,
//!   is counted wherever they come from, too: six digits are too few for all addresses that somebody may have.
//! - It is counted by the member's id. However a name is spelled that means nobody, it is no other try at somebody.
//! - What is written is bounded: a try costs a turn (`passwords.rs`), and once it is locked nothing is written until that ends.

use core::net::IpAddr;

use super::Vault;
use super::changes::Changes;
use super::once::{Done, GivenOnce};
use super::round::{Round, Scope, Stop};
use super::sign_in::hex;
use crate::access::{AttemptsRecord, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{CODE_ATTEMPTS_MAX, ONCE_SLICE_MAX, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::storage::cache::Seen;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::storage::{Key, Record};
use crate::tenant::TenantId;

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The password, whatever was shown beside it.
    Password,
    /// The password was right, and the code of the second factor was missing, wrong, or used.
    Code,
}

impl Vault {
    /// Counts a wrong password, or code, of who the operation is of. Whether the next one is looked at is decided when it comes.
    pub(super) async fn count_attempt(&self, op: &Op, what: Wrong, instance: bool) -> Result<(), Error> {
        let most = self.inner.settings.max_access_attempts;
        let asked = (Action::SignIn, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let member = round.credential.who.identity;
                let counted = round.counted(member).await?;
                if counted.is_locked {
                    // Another one was quicker. Nothing is decided.
                    return Ok(Done { answer: GivenOnce(false), entries: Vec::new() });
                }
                let here = counted.here.failed(op, (source(op.source), most));
                let anywhere = (what == Wrong::Code)
                    .then(|| counted.anywhere.failed(op, (ANYWHERE.to_owned(), CODE_ATTEMPTS_MAX)));
                let mut changes = Changes::default();
                changes.seal(&round.ring(), counted.here.key, &here)?;
                if let Some(anywhere) = &anywhere {
                    changes.seal(&round.ring(), counted.anywhere.key, anywhere)?;
                }
                let wrong = Draft::new(Action::SignIn, "", Outcome::Refused).changes(changes.described());
                let mut drafts = vec![wrong.detail(detail(member, &here, what))];
                let locked = [Some(here), anywhere].into_iter().flatten();
                for lock in locked.filter(|after| after.locked_until().is_some()) {
                    let draft = Draft::new(Action::MemberLock, "", Outcome::Done);
                    drafts.push(draft.detail(detail(member, &lock, what)));
                }
                let locks = drafts.len() > 1;
                round.commit(first, changes, drafts, GivenOnce(locks)).await
            })
        });
        match done.await {
            Ok(done) => self.inner.watch.password_failed(done.answer.0),
            // Of a member who is disabled meanwhile, or in a tenant that is suspended: there is nothing to lock.
            Err(error) if is_no(&error) => self.inner.watch.password_failed(false),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Ends every lock of a member, wherever, and forgets what was counted. How many sources that were.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Member`]; refusals and storage errors as for every verb.
    pub async fn member_unlock(&self, op: &Op, name: &MemberName, instance: bool) -> Result<u64, Error> {
        let asked = (Action::MemberUnlock, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let (member, _) = round.member(Action::MemberUnlock, name).await?;
                let prefix = keyspace::attempts_of(round.tenant.id(), member);
                let mut changes = Changes::default();
                // What one commit takes. There are more when thousands have tried; then it is asked for again.
                let page = self.inner.storage.scan(prefix.as_bytes(), None, ONCE_SLICE_MAX).await?;
                let mut many = 0_u64;
                for (key, record) in page.records {
                    round.expects(key, Some(record.revision))?;
                    changes.delete(key);
                    many = many.saturating_add(1);
                }
                let draft = Draft::new(Action::MemberUnlock, "", Outcome::Done).changes(changes.described());
                let draft = draft.detail(Detail::Unlocked { members: vec![hex(member)] });
                round.commit(first, changes, vec![draft], many).await
            })
        });
        Ok(done.await?.answer)
    }

    /// Forgets what counts no more, slice by slice, and says which locks have ended. How many.
    pub(super) async fn sweep_attempts(&self, op: &Op, instance: bool) -> Result<u64, Error> {
        let owner = if instance { Some(TenantId::INSTANCE) } else { self.tenant_id(&op.tenant).await? };
        let Some(owner) = owner else { return Ok(0) };
        let prefix = keyspace::all_of(owner, Table::Attempts);
        let (mut removed, mut after) = (0_u64, None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for slice in page.records.chunks(ONCE_SLICE_MAX) {
                removed = removed.saturating_add(self.forget_attempts(op, Scope::of(instance), slice).await?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(removed);
            }
        }
    }

    /// Of these, those that count no more: one may have been added to since it was looked at.
    async fn forget_attempts(&self, op: &Op, scope: Scope, slice: &[(Key, Record)]) -> Result<u64, Error> {
        let done = self.change(op, scope, (Action::AttemptsSweep, &[Place::Tenant]), |round, first| {
            Box::pin(async move {
                let (mut changes, mut removed, mut members) = (Changes::default(), 0_u64, Vec::new());
                for (key, record) in slice {
                    let opened: AttemptsRecord = open_record(round.tenant.ring(), key, record)?;
                    let is_still_it = !round.is_stale(*key, record.revision).await?;
                    if !is_still_it || !opened.has_ended(op.now) {
                        continue;
                    }
                    round.expects(*key, Some(record.revision))?;
                    changes.delete(*key);
                    removed = removed.saturating_add(1);
                    let member =
                        key.table_and_suffix().1.first_chunk().filter(|_| opened.locked_until().is_some());
                    members.extend(member.map(|member| hex(IdentityId::from_bytes(*member))));
                }
                if removed == 0 {
                    return Ok(Done { answer: GivenOnce(0), entries: Vec::new() });
                }
                let draft = Draft::new(Action::AttemptsSweep, "", Outcome::Done).changes(changes.described());
                let draft = draft.detail(Detail::Unlocked { members });
                round.commit(first, changes, vec![draft], GivenOnce(removed)).await
            })
        });
        Ok(done.await?.answer.0)
    }
}

/// What counts of a member so far.
pub(super) struct Counted {
    here: Tally,
    anywhere: Tally,
    pub(super) is_locked: bool,
}

/// In one place.
struct Tally {
    key: Key,
    seen: Option<Seen<AttemptsRecord>>,
}

impl Counted {
    /// All of it is forgotten: what was shown now is right.
    pub(super) fn forget(&self, changes: &mut Changes) {
        for place in [&self.here, &self.anywhere] {
            if place.seen.is_some() {
                changes.delete(place.key);
            }
        }
    }
}

impl Tally {
    fn failed(&self, op: &Op, (source, most): (String, u32)) -> AttemptsRecord {
        let before = self.seen.as_ref().map(|seen| seen.value.as_ref());
        AttemptsRecord::failed(before, op.now, source, most)
    }

    fn is_locked(&self, op: &Op) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.value.is_locked(op.now))
    }
}

impl Round<'_> {
    /// What is known of wrong passwords and codes of a member, here and anywhere, expected by the commit. From the storage: another server
    /// may have counted one.
    pub(super) async fn counted(&mut self, member: IdentityId) -> Result<Counted, Stop> {
        let here = self.counted_at(member, &source(self.op.source)).await?;
        let anywhere = self.counted_at(member, ANYWHERE).await?;
        let is_locked = here.is_locked(self.op) || anywhere.is_locked(self.op);
        Ok(Counted { here, anywhere, is_locked })
    }

    async fn counted_at(&mut self, member: IdentityId, source: &str) -> Result<Tally, Stop> {
        let key = keyspace::attempts(self.tenant.ring(), member, source);
        Ok(Tally { key, seen: self.read_fresh(key).await? })
    }
}

/// Where codes that were wrong beside a right password are counted too. No address is called so.
pub(super) const ANYWHERE: &str = "anywhere";

/// Whose tries are counted together: an address; of IPv6 its network of 64 bits, all of which one host may use.
pub(super) fn source(source: Option<IpAddr>) -> String {
    match source.map(|source| source.to_canonical()) {
        None => "this process".to_owned(),
        Some(IpAddr::V4(address)) => format!("{address}/32"),
        Some(IpAddr::V6(address)) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            format!("{}/64", core::net::Ipv6Addr::from_bits(network))
        }
    }
}

/// Whether the answer is no because of who it is.
fn is_no(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused(_) | ErrorKind::Suspended(_) | ErrorKind::Unauthenticated)
}

fn detail(member: IdentityId, record: &AttemptsRecord, what: Wrong) -> Detail {
    Detail::Attempts {
        failed: record.count(),
        member: hex(member),
        password_was_right: what == Wrong::Code,
        source: record.source().to_owned(),
        until: record.locked_until().map(|until| until.millis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_a1_a_network_of_ipv6_is_one_source() {
        let at = |text: &str| source(Some(text.parse().unwrap()));
        assert_eq!(at("2001:db8:1:2:3:4:5:6"), at("2001:db8:1:2::1"));
        assert_eq!(at("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_ne!(at("2001:db8:1:3::1"), at("2001:db8:1:2::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("192.0.2.2"), at("192.0.2.1"));
    }
}
