//! Removes entries that are older than the retention. The hashes of the tree stay, so old proofs still verify and the log stays
//! provably one.
//!
//! Packs go whole: one is pruned when its newest entry is old enough. In the same commit the log gets an entry that says below which
//! index entries are gone. That entry also says again what the pruned ones said of records that nobody has written since: so the store
//! can still be verified against the log.
//!
//! # Invariants
//! - Entry and removal are one commit: there is no hole in the log that the log does not speak of.
//! - The last pack, which is not full, is never pruned.

use std::collections::BTreeMap;

use coffer_log::tile::TILE_WIDTH;
use coffer_log::tree::leaf_hash;
use coffer_log::{Hash, TileId};

use super::integrate::{Turn, Writing};
use super::pass::{Pass, unrecorded};
use super::read::LogReader;
use crate::access::{Permit, Place};
use crate::action::Action;
use crate::audit::log::index::Term;
use crate::audit::log::{pack, tiles};
use crate::audit::{Asker, Basis, Change, Detail, Draft, Entry, EntryChange, LoggedEntry, Outcome};
use crate::entry_id::EntryId;
use crate::error::{Conflict, Error};
use crate::limits::ATTEMPTS_MAX;
use crate::op::Op;
use crate::storage::{Durability, Expectation};
use crate::time::Timestamp;
use crate::vault::Vault;
use crate::vault::round::Scope;

/// Packs that go in one commit.
const PACKS_MAX: u64 = 16;
/// Records that one entry says again: 64 KiB hold that many.
const CARRIED_MAX: usize = 200;

/// What was pruned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries that were removed now.
    pub entries: u64,
    /// The index of the first entry that is still there.
    pub first: u64,
}

/// May prune, on this ground.
struct Leave {
    pass: Pass,
    expect: Vec<Expectation>,
    basis: Basis,
    asker: Asker,
}

impl Vault {
    /// Removes packs of entries all of which are older than `before`.
    ///
    /// # Errors
    /// [`Conflict::Held`] when the log is held; refusals and storage errors as for every verb.
    pub async fn audit_prune(&self, op: &Op, before: Timestamp, instance: bool) -> Result<Pruned, Error> {
        let mut pruned = Pruned::default();
        let mut lost = 0_u32;
        loop {
            let leave = self.leave_to_prune(op, Scope::of(instance)).await?;
            pruned.first = leave.pass.head.first;
            let mut reader = LogReader::new(self, leave.pass);
            let packs = reader.older_than(before).await?;
            if packs == 0 {
                return Ok(pruned);
            }
            let leave = (leave.expect, leave.basis, leave.asker);
            if let Some(entry) = self.prune_packs(&reader, packs, leave).await? {
                pruned.entries = pruned.entries.saturating_add(packs.saturating_mul(TILE_WIDTH));
                op.trail.iter().for_each(|trail| trail.leave(entry));
            } else {
                // Somebody else has written the log: look again.
                lost = lost.saturating_add(1);
                if lost >= ATTEMPTS_MAX {
                    return Err(Conflict::Contended.into());
                }
            }
        }
    }

    /// Decides. What is pruned leaves its entry in the commit that prunes; where nothing is, nothing happened.
    async fn leave_to_prune(&self, op: &Op, scope: Scope) -> Result<Leave, Error> {
        let (ring, permit, expect, basis, asker): (_, Permit, _, _, _) = self
            .decide(op, scope, |round| {
                Box::pin(async move {
                    let permit = round.permit(Action::AuditPrune, Place::Tenant)?;
                    round.not_held(Action::AuditPrune).await?;
                    round.confirm().await?;
                    let expect = round.expectations();
                    Ok((round.ring(), permit, expect, round.basis(), round.known_asker()))
                })
            })
            .await?;
        let head = self.integrate(&ring, op.now, Turn::Wait).await?;
        Ok(Leave { pass: Pass::given(ring, head, permit), expect, basis, asker })
    }

    /// Prunes the first packs of the log; the last entry that says so. `None`: the log, or the ground of the decision, is another by now.
    async fn prune_packs(
        &self,
        reader: &LogReader,
        packs: u64,
        (expect, basis, asker): (Vec<Expectation>, Basis, Asker),
    ) -> Result<Option<EntryId>, Error> {
        let ring = &reader.ring;
        let first = reader.first_pack();
        let end = first.saturating_add(packs);
        let mut last_said = BTreeMap::new();
        let mut writing = self.open_log(ring, self.log_head(ring).await?, asker.now).await?;
        if writing.log.head.first != reader.head.first {
            return Ok(None);
        }
        let mut delete = Vec::new();
        for number in first..end {
            let leaves = reader.pack(number).await?;
            let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
            let id = TileId { level: 0, index: number };
            writing.puts.push(tiles::seal(ring, id, &hashes).map_err(unrecorded)?);
            delete.push(pack::key(ring, number));
            for leaf in leaves {
                let changes = LoggedEntry::parse(leaf)?.changes;
                last_said.extend(changes.into_iter().map(|change| (change.key.clone(), change)));
            }
        }
        let carried = self.said_nowhere_else(reader, end, last_said).await?;
        let below = end.saturating_mul(TILE_WIDTH);
        writing.log.head.first = below;
        // At least one entry, also when there is nothing to say again.
        let mut parts: Vec<Vec<Change>> = carried.chunks(CARRIED_MAX).map(<[Change]>::to_vec).collect();
        parts.resize_with(parts.len().max(1), Vec::new);
        let mut last = None;
        for changes in parts {
            let draft = Draft::new(Action::AuditPrune, "", Outcome::Done).detail(Detail::Prune { below });
            let mut entry = Entry::write(&asker, ring.owner(), basis, draft.changes(changes))?;
            last = Some(entry.id());
            writing.log.push(entry.take_leaf()).map_err(unrecorded)?;
        }
        let done = self.sign_and_commit(&mut writing, delete, expect).await?;
        Ok(last.filter(|_| done))
    }

    async fn sign_and_commit(
        &self,
        writing: &mut Writing,
        delete: Vec<crate::storage::Key>,
        expect: Vec<Expectation>,
    ) -> Result<bool, Error> {
        let old_key = self.sign(writing).await?;
        writing.expect.extend(expect);
        let done = self.commit_log(writing, Vec::new(), delete, Durability::Synced).await?;
        if let Some(old_key) = old_key.filter(|_| done) {
            self.after_signing(old_key).await;
        }
        Ok(done)
    }

    /// Of what pruned entries said, what no later entry says anew. What was deleted need not be said again.
    async fn said_nowhere_else(
        &self,
        reader: &LogReader,
        from: u64,
        mut said: BTreeMap<String, EntryChange>,
    ) -> Result<Vec<Change>, Error> {
        said.retain(|_, change| change.revision.is_some());
        let mut later = reader.again();
        for number in from..later.packs() {
            let holds = match later.summary(number).await? {
                Some(summary) => said.keys().any(|key| summary.may_hold(&[Term::Record(key)])),
                None => true,
            };
            if !holds {
                continue;
            }
            for entry in later.entries(number).await? {
                entry.changes.iter().for_each(|change| drop(said.remove(&change.key)));
            }
        }
        Ok(said.into_values().map(Change::again).collect())
    }
}

impl LogReader {
    /// How many packs from the first on have only entries from before, up to what one commit takes.
    async fn older_than(&mut self, before: Timestamp) -> Result<u64, Error> {
        let first = self.first_pack();
        for number in first..first.saturating_add(PACKS_MAX) {
            let young = self
                .summary(number)
                .await?
                .is_none_or(|summary| summary.may_fall(Some(before.millis()), None));
            if young {
                return Ok(number.saturating_sub(first));
            }
        }
        Ok(PACKS_MAX)
    }
}
