//! Changes that happen once for one idempotency key, however often they are asked for.
//!
//! A change that comes with a key leaves a record in the same commit: what was asked for, by which entries it was done, and the small
//! answer that was given. Who asks again gets that answer, and nothing is changed.
//!
//! # Invariants
//! - A change can't forget it: [`Round::commit`] takes a [`First`], and only [`Round::begin`] makes one, after every permit of the verb was
//!   given and before anything else was looked at. So a replay is authorised anew.
//! - Where there is no record, the commit expects that there is none: two at once with one key conflict, and the one that lost finds what
//!   the other did. No answer is stored for a change that did not happen: a refusal, or a mismatch, leaves none.
//! - The key is one of the identity's that acts, in the tenant that the operation is in: whichever token it shows, and nobody else's.
//! - A credential that was made is in no record. Who asks for it again is told that it was made.
//! - What is kept ends at its moment, looked at when it is used. Upkeep removes it later; nothing rests on that.
//! - The record holds no hash of a request, which may hold a value that can be guessed: it holds a keyed one.

use std::marker::PhantomData;

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{CborLen, Decode, Encode};

use super::changes::Changes;
use super::round::{Round, Stop};
use crate::access::{FieldsOfEach, Place};
use crate::action::Action;
use crate::audit::{Change, Detail, Draft, Outcome};
use crate::entry_id::EntryId;
use crate::error::{Conflict, ErrorKind};
use crate::fault::Corrupt;
use crate::limits::ONCE_KEPT_SECONDS;
use crate::once::Once;
use crate::op::Actor;
use crate::storage::record::{decode, encode, seal_record};
use crate::storage::{Key, StorageError, keyspace};
use crate::time::Timestamp;
use coffer_encryption::random;

/// Proof that a change is to be made: all permits were given, and its key, if it came with one, stands for no other.
///
/// `T` is the answer that the change will give.
#[must_use]
pub(super) struct First<T> {
    slot: Option<Slot>,
    answer: PhantomData<fn(T)>,
}

/// Where the record will lie, and what it will say of the request.
struct Slot {
    key: Key,
    request: [u8; 16],
}

/// Whether a change is to be made, or has been.
pub(super) enum Turn<T> {
    First(First<T>),
    Replayed(Done<T>),
}

/// What a change did: the verb's answer, and the entries that say so, in the order of its drafts.
pub(super) struct Done<T> {
    pub(super) answer: T,
    pub(super) entries: Vec<EntryId>,
}

/// What a change answers.
pub(super) trait Answer: Sized + Send {
    /// What is kept of it; `None`: nothing may be.
    fn kept(&self) -> Option<Vec<u8>>;

    /// The answer that was kept.
    fn again(kept: &[u8]) -> Result<Self, Corrupt>;
}

/// What can be stored is given again.
impl<T: Encode<()> + CborLen<()> + for<'b> Decode<'b, ()> + Send> Answer for T {
    fn kept(&self) -> Option<Vec<u8>> {
        Some(encode(self).to_vec())
    }

    fn again(kept: &[u8]) -> Result<Self, Corrupt> {
        decode(kept)
    }
}

/// An answer that is given once: a credential.
pub(super) struct GivenOnce<T>(pub(super) T);

impl<T: Send> Answer for GivenOnce<T> {
    fn kept(&self) -> Option<Vec<u8>> {
        None
    }

    fn again(_: &[u8]) -> Result<Self, Corrupt> {
        Err(Corrupt::new("the record of an idempotency key"))
    }
}

/// What was done for a key.
#[derive(Debug, Encode, Decode, CborLen)]
pub(super) struct OnceRecord {
    /// A keyed hash of all that was asked for.
    #[n(0)]
    request: ByteArray<16>,
    #[n(1)]
    made_ms: u64,
    /// The entries of the change.
    #[n(2)]
    entries: Vec<ByteArray<16>>,
    /// The answer; `None`: it was a credential.
    #[n(3)]
    answer: Option<ByteVec>,
}

impl OnceRecord {
    /// Whether it has ended by now.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        now.millis().saturating_sub(self.made_ms) >= ONCE_KEPT_SECONDS.saturating_mul(1000)
    }

    fn entries(&self) -> Vec<EntryId> {
        self.entries.iter().map(|id| EntryId::from_bytes(**id)).collect()
    }
}

impl Round<'_> {
    /// Asks for a permit at each of these places, and then whether this has been done already for the operation's key.
    pub(super) async fn begin<T: Answer>(
        &mut self,
        action: Action,
        places: &[Place],
        fields: FieldsOfEach<'_>,
    ) -> Result<Turn<T>, Stop> {
        for (at, place) in places.iter().enumerate() {
            self.permit_fields(action, place.clone(), fields.get(at).map(Vec::as_slice))?;
        }
        let slot = match (self.op.once, places.first()) {
            (Some(once), Some(first)) => Some((self.slot(once, action), first)),
            _ => None,
        };
        let Some((slot, first)) = slot else {
            return Ok(Turn::First(First { slot: None, answer: PhantomData }));
        };
        let seen = self.read_fresh::<OnceRecord>(slot.key).await?;
        let Some(seen) = seen.filter(|seen| !seen.value.has_ended(self.op.now)) else {
            return Ok(Turn::First(First { slot: Some(slot), answer: PhantomData }));
        };
        if *seen.value.request != slot.request {
            let draft = Draft::new(action, first.path(), Outcome::Mismatch);
            return Err(Stop::recorded(draft, Conflict::OtherRequest));
        }
        self.replay(action, places, &seen.value).await.map(Turn::Replayed)
    }

    /// Gives the answer that was given, with entries that say so.
    async fn replay<T: Answer>(
        &mut self,
        action: Action,
        places: &[Place],
        record: &OnceRecord,
    ) -> Result<Done<T>, Stop> {
        let entries = record.entries();
        let of = entries.first().map(EntryId::to_string).unwrap_or_default();
        let mut drafts = places.iter().map(|place| {
            Draft::new(action, place.path(), Outcome::Replayed).detail(Detail::Replay { of: of.clone() })
        });
        let Some(kept) = &record.answer else {
            let draft = drafts.next().ok_or(ErrorKind::Unrecorded(StorageError::Entries))?;
            return Err(Stop::recorded(draft, Conflict::Replayed));
        };
        let answer = T::again(kept)?;
        self.leave(drafts.collect()).await?;
        if let Some(trail) = &self.op.trail {
            trail.replayed();
        }
        Ok(Done { answer, entries })
    }

    /// Has the answer kept in the commit that makes the change; the first entry names the record.
    pub(super) fn keep<T: Answer>(
        &self,
        first: First<T>,
        answer: &T,
        changes: &mut Changes,
        drafts: &mut [Draft],
    ) -> Result<(), Stop> {
        let Some(Slot { key, request }) = first.slot else { return Ok(()) };
        let mut entries = Vec::with_capacity(drafts.len());
        for draft in drafts.iter_mut() {
            let id = EntryId::new(self.op.now, random::bytes()?);
            draft.id = Some(id);
            entries.push((*id.bytes()).into());
        }
        let record = OnceRecord {
            request: request.into(),
            made_ms: self.op.now.millis(),
            entries,
            answer: answer.kept().map(Into::into),
        };
        let put = seal_record(self.tenant.ring(), key, &record)?;
        if let Some(draft) = drafts.first_mut() {
            draft.changes.push(Change::put(&put));
        }
        changes.put(put);
        Ok(())
    }

    /// The place of a key's record, and the request under the tenant's own key.
    fn slot(&self, once: Once, action: Action) -> Slot {
        let (ring, identity) = (self.tenant.ring(), self.credential.who.identity);
        // What is about the credential that is shown is another request with another one.
        let shown = match self.op.actor {
            Actor::Token(hash) if action.on_oneself() => *hash.bytes(),
            _ => [0; 32],
        };
        let asked = [once.key().as_slice(), once.request(), &shown, action.name().as_bytes()].concat();
        let request = ring.index().hash(b"once-request", &asked);
        Slot { key: keyspace::once(ring, identity, once.key()), request }
    }
}
