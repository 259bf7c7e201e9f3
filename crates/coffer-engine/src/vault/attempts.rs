//! Wrong passwords: counted for a member and a source together, in records, so that it holds on every server and after a restart.
//!
//! # Invariants
//! - The two are locked, not the member: nobody locks another out from elsewhere.
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
use crate::limits::{ONCE_SLICE_MAX, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::storage::cache::Seen;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::storage::{Key, Record};
use crate::tenant::TenantId;

impl Vault {
    /// Counts a wrong password of who the operation is of. Whether the next one is looked at is decided when it comes.
    pub(super) async fn count_attempt(&self, op: &Op, instance: bool) -> Result<(), Error> {
        let most = self.inner.settings.max_access_attempts;
        let asked = (Action::SignIn, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let member = round.credential.who.identity;
                let key = keyspace::attempts(round.tenant.ring(), member, &source(op.source));
                let seen = round.attempts(key).await?;
                if seen.as_ref().is_some_and(|seen| seen.value.is_locked(op.now)) {
                    // Another one was quicker. Nothing is decided.
                    return Ok(Done { answer: GivenOnce(false), entries: Vec::new() });
                }
                let before = seen.as_ref().map(|seen| seen.value.as_ref());
                let after = AttemptsRecord::failed(before, op.now, source(op.source), most);
                let mut changes = Changes::default();
                changes.seal(&round.ring(), key, &after)?;
                let locks = after.locked_until().is_some();
                let wrong = Draft::new(Action::SignIn, "", Outcome::Refused).changes(changes.described());
                let mut drafts = vec![wrong.detail(detail(member, &after))];
                if locks {
                    let lock = Draft::new(Action::MemberLock, "", Outcome::Done);
                    drafts.push(lock.detail(detail(member, &after)));
                }
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

impl Round<'_> {
    /// What is known of wrong passwords here, expected by the commit. From the storage: another server may have counted one.
    pub(super) async fn attempts(&mut self, key: Key) -> Result<Option<Seen<AttemptsRecord>>, Stop> {
        self.read_fresh(key).await
    }
}

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

fn detail(member: IdentityId, record: &AttemptsRecord) -> Detail {
    Detail::Attempts {
        failed: record.count(),
        member: hex(member),
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
