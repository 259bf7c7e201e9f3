//! One round of one operation: look, decide, commit. If anything it looked at has changed by then, another round.
//!
//! A verb is a closure over a [`Round`]. It reads records through the round, which remembers their revisions, and ends with a commit,
//! which expects all of them again. One that changes nothing goes through [`Vault::decide`], asks for its permits, and ends with
//! [`Round::leave`]. One that does goes through [`Vault::change`], which asks for them, and ends with [`Round::commit`]. Neither
//! handles a refusal, an absence or a conflict: it says [`Stop`], and the entry is written or another round begins.

use std::collections::BTreeMap;
use std::sync::Arc;

use minicbor::Decode;

use super::Vault;
use super::changes::Changes;
use super::credential::Credential;
use super::loaded::LoadedTenant;
use super::once::{Answer, Done, First, Turn};
use super::persons::Person;
use super::powers::Compiled;
use crate::access::{self, Fields, FieldsOfEach, Hidden, Identity, Permit, Place, Reach, Refusal};
use crate::action::Action;
use crate::audit::{Draft, Entry, Outcome, Receipt, Who};
use crate::error::{Conflict, Error, ErrorKind, NotFound};
use crate::limits::{ATTEMPTS_MAX, CONFLICTS_BEFORE_LOCK};
use crate::op::{Actor, Manager, Op};
use crate::path::SecretPath;
use crate::storage::cache::{Seen, opened_bytes};
use crate::storage::committer::{Decided, Entries, Leaves, Locked, SealRow, Submission};
use crate::storage::keyring::KeyRing;
use crate::storage::record::open_record;
use crate::storage::{BoxFuture, Durability, Expectation, Key, Record, Revision, StorageError, keyspace};
use crate::tenant::TenantId;
use crate::time::Timestamp;

/// One round of one operation.
pub(super) struct Round<'v> {
    pub(super) vault: &'v Vault,
    pub(super) op: &'v Op,
    pub(super) tenant: Arc<LoadedTenant>,
    pub(super) credential: Credential,
    pub(super) identity: Option<Seen<Identity>>,
    /// What that may do; nothing, where it has no power.
    pub(super) powers: Option<Compiled>,
    pub(super) expect: BTreeMap<Key, Option<Revision>>,
    /// The last moment at which what was decided holds, besides the credential's.
    ends: Option<Timestamp>,
    /// Whether one before it has ended without an answer.
    pub(super) is_again: bool,
    /// A moment that has passed on the storage's clock, whatever the operation's says.
    pub(super) passed: Option<Timestamp>,
    locked: Option<Locked>,
    /// What the last permit is for: an operation that fails after it was allowed is written down under this.
    pub(super) allowed: Option<Draft>,
    pub(super) person: Option<Person>,
}

/// What the rounds of one operation hand on.
#[derive(Default)]
struct Rounds {
    /// How many have ended without an answer.
    ended: u32,
    /// The store's write lock.
    locked: Option<Locked>,
    /// The last moment that was found to have passed on the storage's clock.
    passed: Option<Timestamp>,
}

/// An entry in the log of another owner, and what seals it.
pub(super) type About = (Arc<KeyRing>, Draft);

/// Why a round ends without an answer.
pub(super) enum Stop {
    /// Something is not as it was when the round looked: begin again.
    Changed,
    /// What the decision was based on has passed its end on the storage's clock, which was this: begin again, knowing that.
    Expired(Timestamp),
    /// The answer is no, and the entry that says so is still to be written.
    Recorded(Box<(Draft, ErrorKind)>),
    /// It can't go on.
    Failed(Error),
}

impl Stop {
    /// The answer is no; the entry says so.
    pub(super) fn recorded(draft: Draft, kind: impl Into<ErrorKind>) -> Self {
        Self::Recorded(Box::new((draft, kind.into())))
    }

    /// The error, where there is no round to write an entry in.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Recorded(no) => no.1.into(),
            Self::Changed => Conflict::Contended.into(),
            Self::Expired(_) => ErrorKind::Unauthenticated.into(),
        }
    }
}

impl<T: Into<Error>> From<T> for Stop {
    fn from(error: T) -> Self {
        Self::Failed(error.into())
    }
}

impl Vault {
    /// Runs rounds until one ends, for what changes nothing.
    ///
    /// The closure answers a boxed future because only so its `Send` can be seen by an executor with several threads.
    pub(super) async fn decide<'v, T>(
        &'v self,
        op: &'v Op,
        scope: Scope,
        mut attempt: impl for<'r> FnMut(&'r mut Round<'v>) -> BoxFuture<'r, Result<T, Stop>>,
    ) -> Result<T, Error> {
        let mut rounds = Rounds::default();
        loop {
            let mut round = self.round(op, scope, &mut rounds).await?;
            let ended = attempt(&mut round).await;
            if let Some(answer) = self.after(round, ended, &mut rounds).await? {
                return Ok(answer);
            }
        }
    }

    /// Runs rounds until one ends, for what changes something: each begins with a permit at every place, and makes the change unless it
    /// was made before for the same idempotency key.
    pub(super) async fn change<'v, T: Answer>(
        &'v self,
        op: &'v Op,
        scope: Scope,
        (action, places): (Action, &[Place]),
        attempt: impl for<'r> FnMut(&'r mut Round<'v>, First<T>) -> BoxFuture<'r, Result<Done<T>, Stop>>,
    ) -> Result<Done<T>, Error> {
        self.change_fields(op, scope, (action, places, &[]), attempt).await
    }

    /// The same, of what has fields: those that are written at each place.
    pub(super) async fn change_fields<'v, T: Answer>(
        &'v self,
        op: &'v Op,
        scope: Scope,
        (action, places, fields): (Action, &[Place], FieldsOfEach<'_>),
        mut attempt: impl for<'r> FnMut(&'r mut Round<'v>, First<T>) -> BoxFuture<'r, Result<Done<T>, Stop>>,
    ) -> Result<Done<T>, Error> {
        let mut rounds = Rounds::default();
        loop {
            let mut round = self.round(op, scope, &mut rounds).await?;
            let ended = match round.begin(action, places, fields).await {
                Ok(Turn::First(first)) => attempt(&mut round, first).await,
                Ok(Turn::Replayed(done)) => Ok(done),
                Err(stop) => Err(stop),
            };
            if let Some(done) = self.after(round, ended, &mut rounds).await? {
                return Ok(done);
            }
        }
    }

    /// The answer of a round; `None`: there has to be another one. At most [`ATTEMPTS_MAX`]; the last ones hold the store's write lock.
    async fn after<T>(
        &self,
        mut round: Round<'_>,
        ended: Result<T, Stop>,
        rounds: &mut Rounds,
    ) -> Result<Option<T>, Error> {
        let stop = match ended {
            Ok(answer) => return Ok(Some(answer)),
            Err(stop) => stop,
        };
        let stop = match round.recordable(stop) {
            Stop::Recorded(no) => {
                let (draft, kind) = *no;
                let kind = round.with_granters(kind).await;
                round.record(draft, kind).await
            }
            stop => stop,
        };
        match stop {
            Stop::Changed => self.forget(&round),
            Stop::Expired(end) => rounds.passed = rounds.passed.max(Some(end)),
            stop => return Err(stop.into_error()),
        }
        rounds.ended = rounds.ended.saturating_add(1);
        if rounds.ended >= ATTEMPTS_MAX {
            return Err(Conflict::Contended.into());
        }
        rounds.locked = round.locked.take();
        if rounds.ended >= CONFLICTS_BEFORE_LOCK && rounds.locked.is_none() {
            rounds.locked = Some(self.inner.committer.exclusive().await.map_err(ErrorKind::Unrecorded)?);
        }
        Ok(None)
    }

    async fn round<'v>(&'v self, op: &'v Op, scope: Scope, rounds: &mut Rounds) -> Result<Round<'v>, Error> {
        let tenant = match scope {
            Scope::Instance => self.load_instance().await?,
            Scope::Tenant => self.load_tenant(op).await?,
        };
        let mut round = Round {
            vault: self,
            op,
            expect: tenant.epochs().into_iter().collect(),
            tenant,
            credential: Credential::of(Who::LOCAL),
            identity: None,
            powers: None,
            ends: None,
            is_again: rounds.ended > 0,
            passed: rounds.passed,
            locked: rounds.locked.take(),
            allowed: None,
            person: None,
        };
        round.credential = round.find_credential().await.map_err(Stop::into_error)?;
        if !round.is_again {
            round.keep_pace()?;
        }
        let key = keyspace::identity(round.tenant.id(), round.credential.who.identity);
        round.identity = match round.read(key).await {
            Ok(identity) => identity,
            Err(Stop::Failed(error)) => return Err(error),
            Err(_) => None,
        };
        round.powers = round.find_powers().await.map_err(Stop::into_error)?;
        round.person = round.find_person().await.map_err(Stop::into_error)?;
        Ok(round)
    }

    /// Forgets all that the round looked at: where one record has changed, others may have, and the next round must not meet
    /// them one by one.
    fn forget(&self, round: &Round<'_>) {
        round.expect.keys().for_each(|key| self.inner.cache.forget(key));
        self.forget_tenant(&round.tenant);
        round.forget_person();
    }
}

/// Whose log an operation is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The tenant that the operation names.
    Tenant,
    /// The instance itself.
    Instance,
}

impl Scope {
    /// The instance, or the tenant that the operation names.
    pub(super) fn of(instance: bool) -> Self {
        if instance { Self::Instance } else { Self::Tenant }
    }

    /// Who manages tenants.
    pub(super) fn managing(op: &Op) -> Self {
        Self::of(op.manager == Manager::Instance)
    }
}

impl Round<'_> {
    /// The tenant's keys.
    pub(super) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(self.tenant.ring())
    }

    /// May the actor do this here? A refusal ends the round and is written down.
    pub(super) fn permit(&mut self, action: Action, place: Place) -> Result<Permit, Stop> {
        self.permit_fields(action, place, None)
    }

    /// The same, of what has these fields.
    pub(super) fn permit_fields(
        &mut self,
        action: Action,
        place: Place,
        fields: Fields<'_>,
    ) -> Result<Permit, Stop> {
        self.may_ask(action, &place)?;
        let decided = match self.op.actor {
            Actor::System => access::decide_upkeep(self.tenant.id(), action, place),
            _ => access::decide(self.tenant.id(), self.holder(), action, place, fields),
        };
        decided.map_err(refused)
    }

    /// Where may the actor do this? Asked for at a place, of which he may see a part. Who may nowhere is refused, as by
    /// [`Round::permit`].
    pub(super) fn reach(&mut self, action: Action, place: Place) -> Result<Reach, Stop> {
        self.may_ask(action, &place)?;
        access::decide_where(self.holder(), action, place).map_err(refused)
    }

    /// Where the actor may do something else besides, that he did not ask for: perhaps nowhere, which is no refusal.
    pub(super) fn reach_besides(&self, action: Action) -> Option<Reach> {
        access::decide_where(self.holder(), action, Place::Tenant).ok()
    }

    /// What the actor is not shown in lists; `None`: nothing is kept from him.
    pub(super) fn hidden(&self) -> Option<Hidden> {
        self.holder().and_then(|holder| Hidden::from(&holder))
    }

    /// What is decided before any right: whether the credential is good for this, and whether the tenant answers at all.
    fn may_ask(&mut self, action: Action, place: &Place) -> Result<(), Stop> {
        self.allowed = Some(Draft::new(action, place.path(), Outcome::Invalid));
        // Who is signing in does that, and nobody else.
        let is_odd = self.op.actor.is_signing_in() != (action == Action::SignIn);
        if self.credential.has_ended || is_odd {
            let draft = Draft::new(action, place.path(), Outcome::Refused);
            return Err(Stop::recorded(draft, ErrorKind::Unauthenticated));
        }
        let is_member = self.powers.is_some();
        if let Some(name) = self.tenant.suspended().filter(|_| is_member && !self.goes_on(action)) {
            let suspended = ErrorKind::Suspended(name.as_str().to_owned());
            return Err(Stop::recorded(Draft::new(action, place.path(), Outcome::Refused), suspended));
        }
        Ok(())
    }

    /// Whether this goes on in a tenant that is suspended.
    fn goes_on(&self, action: Action) -> bool {
        matches!(self.op.actor, Actor::Local) && action.goes_on_while_suspended()
    }

    /// A record, from the cache if it is there. Its revision, or its absence, is expected by the commit.
    pub(super) async fn read<T>(&mut self, key: Key) -> Result<Option<Seen<T>>, Stop>
    where
        T: for<'b> Decode<'b, ()> + Send + Sync + 'static,
    {
        match self.remembered(key)? {
            Some(seen) => Ok(Some(seen)),
            None => self.read_fresh(key).await,
        }
    }

    /// A record, if it is in the cache. Its revision is expected by the commit.
    pub(super) fn remembered<T: Send + Sync + 'static>(&mut self, key: Key) -> Result<Option<Seen<T>>, Stop> {
        let Some(seen) = self.vault.inner.cache.get::<T>(&key) else { return Ok(None) };
        self.expects(key, Some(seen.revision))?;
        Ok(Some(seen))
    }

    /// A record, from the storage. Its revision, or its absence, is expected by the commit.
    pub(super) async fn read_fresh<T>(&mut self, key: Key) -> Result<Option<Seen<T>>, Stop>
    where
        T: for<'b> Decode<'b, ()> + Send + Sync + 'static,
    {
        self.read_fresh_of(&self.ring(), key).await
    }

    /// The same of another owner, whose keys these are.
    pub(super) async fn read_fresh_of<T>(&mut self, ring: &KeyRing, key: Key) -> Result<Option<Seen<T>>, Stop>
    where
        T: for<'b> Decode<'b, ()> + Send + Sync + 'static,
    {
        let record = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        self.saw(ring, key, record)
    }

    /// Records from the storage, asked for together. Each one's revision, or its absence, is expected by the commit.
    pub(super) async fn read_all_fresh<T>(&mut self, keys: &[Key]) -> Result<Vec<Option<Seen<T>>>, Stop>
    where
        T: for<'b> Decode<'b, ()> + Send + Sync + 'static,
    {
        let (ring, records) = (self.ring(), self.vault.inner.storage.get(keys).await?);
        keys.iter().zip(records).map(|(key, record)| self.saw(&ring, *key, record)).collect()
    }

    /// What the storage has said: opened, kept, and expected by the commit.
    fn saw<T>(&mut self, ring: &KeyRing, key: Key, record: Option<Record>) -> Result<Option<Seen<T>>, Stop>
    where
        T: for<'b> Decode<'b, ()> + Send + Sync + 'static,
    {
        self.expects(key, record.as_ref().map(|record| record.revision))?;
        let Some(record) = record else { return Ok(None) };
        let value = Arc::new(open_record::<T>(ring, &key, &record)?);
        let seen = Seen { revision: record.revision, value };
        self.vault.inner.cache.put(key, &seen, opened_bytes(record.value.len()));
        Ok(Some(seen))
    }

    /// Whether the record at this key is another by now.
    pub(super) async fn is_stale(&self, key: Key, revision: Revision) -> Result<bool, Stop> {
        let now = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        Ok(now.map(|record| record.revision) != Some(revision))
    }

    /// A marker's revision, expected by the commit.
    pub(super) async fn mark(&mut self, key: Key) -> Result<(), Stop> {
        let record = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        self.expects(key, record.map(|record| record.revision))
    }

    /// Has the commit expect this. A record that was another one when the round looked before has changed since: what was decided on the
    /// first look must not be committed on the second.
    pub(super) fn expects(&mut self, key: Key, revision: Option<Revision>) -> Result<(), Stop> {
        match self.expect.insert(key, revision) {
            Some(before) if before != revision => Err(Stop::Changed),
            _ => Ok(()),
        }
    }

    /// Whether this moment has passed. If not, it is the last at which what is decided now holds.
    pub(super) fn is_over(&mut self, end: Timestamp) -> bool {
        if self.op.now > end || self.passed >= Some(end) {
            return true;
        }
        self.ends_by(end);
        false
    }

    /// What is decided now holds until then at most.
    pub(super) fn ends_by(&mut self, end: Timestamp) {
        self.ends = Some(self.ends.map_or(end, |ends| ends.min(end)));
    }

    /// What was asked for is not there.
    pub(super) fn absent(action: Action, path: &SecretPath) -> Stop {
        let kind = NotFound::Secret(path.as_str().to_owned());
        Stop::recorded(Draft::new(action, path.as_str(), Outcome::Absent), kind)
    }

    /// Commits the changes together with the entries, and with the answer, when whoever asked may ask again.
    pub(super) async fn commit<T: Answer>(
        &mut self,
        first: First<T>,
        changes: Changes,
        drafts: Vec<Draft>,
        answer: T,
    ) -> Result<Done<T>, Stop> {
        self.commit_about(first, changes, drafts, answer, Vec::new()).await
    }

    /// The same, with entries in the logs of others too, whom the operation is about.
    pub(super) async fn commit_about<T: Answer>(
        &mut self,
        first: First<T>,
        mut changes: Changes,
        mut drafts: Vec<Draft>,
        answer: T,
        others: Vec<About>,
    ) -> Result<Done<T>, Stop> {
        self.keep(first, &answer, &mut changes, &mut drafts)?;
        let receipts = self.submit(changes, drafts, others).await?;
        Ok(Done { answer, entries: receipts.iter().map(Receipt::entry).collect() })
    }

    /// Commits the entries of what changes nothing; the receipts are theirs, in order.
    pub(super) async fn leave(&mut self, drafts: Vec<Draft>) -> Result<Vec<Receipt>, Stop> {
        self.leave_with(Changes::default(), drafts).await
    }

    /// The same, with what is counted beside them.
    pub(super) async fn leave_with(
        &mut self,
        changes: Changes,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Receipt>, Stop> {
        self.submit(changes, drafts, Vec::new()).await
    }

    async fn submit(
        &mut self,
        mut changes: Changes,
        mut drafts: Vec<Draft>,
        others: Vec<About>,
    ) -> Result<Vec<Receipt>, Stop> {
        if drafts.is_empty() {
            // Alone it fails alone; in the group it would fail its neighbours.
            return Err(ErrorKind::Unrecorded(StorageError::Entries).into());
        }
        let writes = !changes.keys().is_empty();
        let person = self.add_person(&mut changes, &mut drafts);
        let counted = self.count(&mut changes, &mut drafts)?;
        let is_strict = writes || counted.is_some() || self.tenant.settings().synced_reads;
        let durability = if is_strict || drafts.iter().any(|draft| draft.action.changes()) {
            Durability::Synced
        } else {
            self.vault.inner.settings.read_durability
        };
        let changed = changes.keys();
        changes.tell_of_directory(&changed)?;
        let not_after = [self.credential.not_after, self.ends].into_iter().flatten().min();
        let batch = changes.into_batch(self.expectations(), not_after);
        let mut entries = self.write(drafts)?;
        let leaves = entries.iter_mut().map(Entry::take_leaf).collect();
        let seal: Arc<dyn SealRow> = self.ring();
        let elsewhere: Vec<TenantId> = others.iter().map(|(ring, _)| ring.owner()).collect();
        let left = if others.is_empty() {
            Entries::Leaves { leaves, seal }
        } else {
            let write = |(ring, draft): About| {
                Ok::<Leaves, Stop>((vec![self.write_elsewhere(ring.owner(), draft)?], ring))
            };
            let others = others.into_iter().map(write).collect::<Result<_, _>>()?;
            Entries::InSeveral { own: (leaves, seal), others }
        };
        let submission = Submission { batch, entries: left, durability };
        let decided = match &mut self.locked {
            Some(locked) => locked.submit(submission).await,
            None => self.vault.inner.committer.submit(submission).await,
        };
        for key in &changed {
            self.vault.inner.cache.forget(key);
        }
        match decided.map_err(ErrorKind::Unrecorded)? {
            Decided::Committed(committed) => {
                self.person_is_kept(person);
                self.is_counted(counted);
                self.vault.inner.commits.made(self.tenant.id());
                elsewhere.into_iter().for_each(|other| self.vault.inner.commits.made(other));
                let receipts = Receipt::issue(entries, &committed);
                if let (Some(trail), Some(last)) = (&self.op.trail, receipts.last()) {
                    trail.leave(last.entry());
                }
                Ok(receipts)
            }
            // A batch with entries is never answered so.
            Decided::Kept => Err(Stop::from(ErrorKind::Unrecorded(StorageError::Entries))),
            Decided::Conflict => Err(Stop::Changed),
            // Without an end nothing is late.
            Decided::Expired => Err(not_after.map_or(Stop::Changed, Stop::Expired)),
        }
    }

    /// Whether all that the round looked at is still so, now. For an answer that is given without a commit of its own.
    pub(super) async fn confirm(&self) -> Result<(), Stop> {
        let keys: Vec<Key> = self.expect.keys().copied().collect();
        let records = self.vault.inner.storage.get(&keys).await?;
        let now = records.into_iter().map(|record| record.map(|record| record.revision));
        if now.eq(self.expect.values().copied()) { Ok(()) } else { Err(Stop::Changed) }
    }

    /// All that the round looked at, for a commit outside of it.
    pub(super) fn expectations(&self) -> Vec<Expectation> {
        self.expect.iter().map(|(key, revision)| Expectation { key: *key, revision: *revision }).collect()
    }

    /// One entry, no change.
    pub(super) async fn note(&mut self, draft: Draft) -> Result<Receipt, Stop> {
        let receipt = self.leave(vec![draft]).await?.pop();
        receipt.ok_or_else(|| ErrorKind::Unrecorded(StorageError::Entries).into())
    }
}

fn refused(refusal: Refusal) -> Stop {
    Stop::recorded(Draft::new(refusal.action(), refusal.place().path(), Outcome::Refused), refusal)
}
