//! Writing secrets: a new version, other metadata, or both. Merges by default: what is not named stays.

use std::collections::BTreeMap;

use coffer_encryption::{SecretBytes, random};

use super::Vault;
use super::changes::Changes;
use super::folders::FolderChanges;
use super::get::check_count;
use super::head::Head;
use super::held::Held;
use super::once::{Done, First, Turn};
use super::quota::Growth;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::entry_id::EntryId;
use crate::error::{Conflict, Error, ErrorKind, NotFound};
use crate::fault::Invalid;
use crate::limits::ATTEMPTS_MAX;
use crate::metadata::MetadataPatch;
use crate::op::Op;
use crate::path::SecretPath;
use crate::secret::Value;
use crate::storage::keyspace;
use crate::version::{VersionNumber, Which};

/// A change of one secret.
#[derive(Debug)]
pub struct Write {
    /// Which secret.
    pub path: SecretPath,
    /// Its new value, if it gets one.
    pub value: Option<NewValue>,
    /// What the caller believes to be there.
    pub expect: Expect,
    /// What changes about it besides the value.
    pub metadata: MetadataPatch,
}

/// A change of one secret among several: its value is whole, so that nothing has to be read for it.
#[derive(Debug)]
pub struct WriteWhole {
    /// Which secret.
    pub path: SecretPath,
    /// Its new value.
    pub value: Value,
    /// Whether a single value may take the place of fields.
    pub replace: bool,
    /// What the caller believes to be there.
    pub expect: Expect,
    /// What changes about it besides the value.
    pub metadata: MetadataPatch,
}

/// Whatever is there, and nothing about it.
impl From<(SecretPath, Value)> for WriteWhole {
    fn from((path, value): (SecretPath, Value)) -> Self {
        Self { path, value, replace: false, expect: Expect::Anything, metadata: MetadataPatch::default() }
    }
}

/// A new value.
#[derive(Debug)]
pub enum NewValue {
    /// A new value. A single one does not take the place of fields: that must be asked for.
    Set(Value),
    /// In place of whatever is there, fields too.
    Replace(Value),
    /// Fields added to, changed in, or (`None`) taken out of those that are there.
    Merge(BTreeMap<String, Option<SecretBytes>>),
}

/// Compare-and-set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Whatever is there.
    Anything,
    /// Nothing is there.
    Nothing,
    /// This version is current.
    Version(VersionNumber),
    /// Something is there.
    Something,
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The version that is current now.
    pub version: VersionNumber,
    /// Whether the secret was not there before.
    pub created: bool,
    /// The audit entry.
    pub entry: EntryId,
}

impl Vault {
    /// Writes one secret.
    ///
    /// # Errors
    /// [`Conflict::Version`] when it is not as expected; [`Invalid`] for a value past its limits; refusals and storage errors as
    /// for every verb.
    pub async fn set(&self, op: &Op, write: Write) -> Result<Written, Error> {
        let Write { path, value, expect, metadata } = write;
        let (value, wipe_fields) = match value {
            Some(NewValue::Merge(fields)) => return self.merge(op, path, fields, expect, metadata).await,
            Some(NewValue::Set(value)) => (Some(value), false),
            Some(NewValue::Replace(value)) => (Some(value), true),
            None => (None, false),
        };
        self.set_one(op, Plain { path, held: value.map(Held::Value), expect, metadata, wipe_fields }).await
    }

    /// Replaces the values of several secrets in one commit: all of them, or none; none, too, when one is not as expected.
    ///
    /// # Errors
    /// As [`Vault::set`]; [`Invalid`] when a path comes twice, or none does.
    pub async fn set_all<W: Into<WriteWhole>>(&self, op: &Op, writes: Vec<W>) -> Result<Vec<Written>, Error> {
        let plain = |write: W| {
            let WriteWhole { path, value, replace, expect, metadata } = write.into();
            Plain { path, held: Some(Held::Value(value)), expect, metadata, wipe_fields: replace }
        };
        let plain = writes.into_iter().map(plain).collect();
        self.write(op, Action::SecretSet, plain).await
    }

    /// The same with what one new version holds.
    pub(super) async fn set_one(&self, op: &Op, write: Plain) -> Result<Written, Error> {
        one(self.write(op, Action::SecretSet, vec![write]).await?)
    }

    /// Reads the fields, with a permit and a receipt like any reader, and writes them with the changes, if nobody was faster.
    async fn merge(
        &self,
        op: &Op,
        path: SecretPath,
        mut fields: BTreeMap<String, Option<SecretBytes>>,
        expect: Expect,
        metadata: MetadataPatch,
    ) -> Result<Written, Error> {
        // What was merged once is not read again: it may be anything by now.
        if let Some(written) = self.merged_before(op, &path).await? {
            return Ok(written);
        }
        for _ in 0..ATTEMPTS_MAX {
            let current = self.read(op, &[(path.clone(), Which::CURRENT)], Action::SecretMerge).await;
            let (mut merged, base) = match current {
                Ok(mut secrets) => {
                    match secrets.pop().map(|secret| (secret.version(), secret.into_value())) {
                        Some((version, Value::Fields(fields))) => (fields, Expect::Version(version)),
                        _ => {
                            return Err(Invalid::new(
                                "value.no_fields",
                                "the secret holds one value, not fields",
                                "replace it as a whole",
                            )
                            .into());
                        }
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::NotFound(_)) => {
                    (BTreeMap::new(), Expect::Nothing)
                }
                Err(error) => return Err(error),
            };
            for (name, field) in &mut fields {
                match field {
                    Some(bytes) => merged.insert(name.clone(), SecretBytes::copy_from(bytes.expose())),
                    None => merged.remove(name),
                };
            }
            // What was merged into must still be there; a caller who expects less gets another try.
            let (strictest, lenient) = match (expect, base) {
                (Expect::Anything, base) | (Expect::Something, base @ Expect::Version(_)) => (base, true),
                (expect, _) => (expect, false),
            };
            let write = Plain {
                path: path.clone(),
                held: Some(Held::Value(Value::Fields(merged))),
                expect: strictest,
                metadata: metadata.clone(),
                wipe_fields: false,
            };
            match self.set_one(op, write).await {
                Err(error)
                    if lenient && matches!(error.kind(), ErrorKind::Conflict(Conflict::Version { .. })) => {}
                written => return written,
            }
        }
        Err(Conflict::Contended.into())
    }

    /// What a merge has done already for the operation's key. Nothing is asked where there is none.
    async fn merged_before(&self, op: &Op, path: &SecretPath) -> Result<Option<Written>, Error> {
        if op.once.is_none() {
            return Ok(None);
        }
        let place = &Place::Secret(path.clone());
        let turn = self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::SecretMerge, place.clone())?;
                round.begin::<Answers>(Action::SecretSet, std::slice::from_ref(place)).await
            })
        });
        match turn.await? {
            Turn::First(_) => Ok(None),
            Turn::Replayed(done) => one(written(done)).map(Some),
        }
    }

    /// The commit behind `set` and `rotate`.
    pub(super) async fn write(
        &self,
        op: &Op,
        action: Action,
        writes: Vec<Plain>,
    ) -> Result<Vec<Written>, Error> {
        check(&writes)?;
        let _queues = self
            .inner
            .writers
            .enter(writes.iter().map(|write| (op.tenant.clone(), write.path.clone())))
            .await;
        let places: Vec<Place> = writes.iter().map(|write| Place::Secret(write.path.clone())).collect();
        let writes = &writes;
        let done = self.change(op, Scope::Tenant, (action, &places), |round, first| {
            Box::pin(round.commit_writes(first, action, writes))
        });
        Ok(written(done.await?))
    }
}

/// What is answered, and kept, of several writes: the version that is current now, and whether the secret is new.
pub(super) type Answers = Vec<(VersionNumber, bool)>;

fn written(done: Done<Answers>) -> Vec<Written> {
    let written = |((version, created), entry)| Written { version, created, entry };
    done.answer.into_iter().zip(done.entries).map(written).collect()
}

/// A change whose value, or file, is whole.
pub(super) struct Plain {
    pub(super) path: SecretPath,
    pub(super) held: Option<Held>,
    pub(super) expect: Expect,
    pub(super) metadata: MetadataPatch,
    /// Whether a single value may take the place of fields.
    pub(super) wipe_fields: bool,
}

/// What the writes of one operation change, and come to.
#[derive(Default)]
struct Staged {
    changes: Changes,
    folders: FolderChanges,
    growth: Growth,
}

/// The answer to a single write.
pub(super) fn one(mut written: Vec<Written>) -> Result<Written, Error> {
    written.pop().ok_or_else(|| crate::fault::Corrupt::new("an answer").into())
}

fn check(writes: &[Plain]) -> Result<(), Error> {
    check_count(writes.len())?;
    let mut paths = std::collections::BTreeSet::new();
    for write in writes {
        if !paths.insert(&write.path) {
            return Err(
                Invalid::new("request.twice", format!("{} comes twice", write.path), "name it once").into()
            );
        }
        if let Some(held) = &write.held {
            held.check()?;
        }
    }
    Ok(())
}

/// Why what is there is not to be replaced by this, unless that is asked for.
fn live_conflict(action: Action, write: &Plain, live: Option<&Head>) -> Option<Conflict> {
    let (held, live) = (write.held.as_ref()?, live?);
    if !held.is_fields() && !write.wipe_fields && live.holds_fields() {
        return Some(Conflict::HoldsFields);
    }
    // A new value is a random text, or a typed one: nothing that the readers of a file wait for.
    (action == Action::SecretRotate && live.holds_file()).then_some(Conflict::HoldsFile)
}

impl Round<'_> {
    /// Makes these changes, in one commit.
    pub(super) async fn commit_writes(
        &mut self,
        first: First<Answers>,
        action: Action,
        writes: &[Plain],
    ) -> Result<Done<Answers>, Stop> {
        let mut staged = Staged::default();
        let mut drafts = Vec::with_capacity(writes.len());
        let mut answers = Answers::with_capacity(writes.len());
        for write in writes {
            let (draft, version, created) = self.stage(action, write, &mut staged).await?;
            drafts.push(draft);
            answers.push((version, created));
        }
        let Staged { mut changes, folders, growth } = staged;
        let room = match writes.first() {
            Some(write) => self.room_for(action, &write.path, growth).await?,
            None => None,
        };
        folders.apply(self, &mut changes, drafts.first_mut())?;
        let done = self.commit(first, changes, drafts, answers).await?;
        self.fill(room);
        Ok(done)
    }

    /// Adds one secret's change to the operation's; what the entry will say.
    async fn stage(
        &mut self,
        action: Action,
        write: &Plain,
        staged: &mut Staged,
    ) -> Result<(Draft, VersionNumber, bool), Stop> {
        let path = &write.path;
        // All were allowed: what fails from here on is this one's.
        self.allowed = Some(Draft::new(action, path.as_str(), Outcome::Invalid));
        let before = self.head(path).await?;
        let live = before.as_ref().filter(|head| head.is_live());
        let current = live.and_then(Head::current);
        let created = live.is_none();
        self.as_expected(action, path, write.expect, current)?;
        let (known, held) = (before.is_some(), before.as_ref().map(Head::tally).unwrap_or_default());
        let mut head = match before {
            Some(head) => head,
            None if write.held.is_none() => return Err(Round::absent(action, path)),
            None => Head::new(path.as_str(), random::bytes()?, self.op.now),
        };
        if write.held.is_none() && !head.is_live() {
            return Err(Round::absent(action, path));
        }
        if let Some(conflict) = live_conflict(action, write, head.is_live().then_some(&head)) {
            return Err(Stop::recorded(Draft::new(action, path.as_str(), Outcome::Mismatch), conflict));
        }
        let metadata = write.metadata.apply(&head.state.metadata)?;
        let mut own = Changes::default();
        let version = match (&write.held, current) {
            (Some(held), _) => self.add_version(&mut head, (path, held), &mut own)?,
            (None, Some(current)) => {
                head.describe(metadata.clone());
                current
            }
            (None, None) => return Err(Round::absent(action, path)),
        };
        head.state.metadata = metadata;
        let ring = self.ring();
        let outlived = head.outlived();
        for (version, record) in &outlived {
            record.places(ring.owner(), *head.id, *version).for_each(|key| own.delete(key));
        }
        own.seal(&ring, keyspace::head(&ring, path), &head)?;
        staged.growth.count(held, head.tally());
        if !known {
            staged.folders.appear(self, &path.folder()).await?;
        } else if created {
            staged.folders.touch(&path.folder());
        }
        let mut draft =
            Draft::new(action, path.as_str(), Outcome::Done).version(version).changes(own.described());
        if !outlived.is_empty() {
            let outlived = outlived.into_iter().map(|(version, _)| version.get()).collect();
            draft = draft.detail(Detail::Outlived { outlived });
        }
        staged.changes.absorb(own);
        Ok((draft, version, created))
    }

    fn as_expected(
        &self,
        action: Action,
        path: &SecretPath,
        expect: Expect,
        current: Option<VersionNumber>,
    ) -> Result<(), Stop> {
        let fits = match expect {
            Expect::Anything => true,
            Expect::Nothing => current.is_none(),
            Expect::Something => current.is_some(),
            Expect::Version(version) => current == Some(version),
        };
        if fits {
            return Ok(());
        }
        let (outcome, kind): (Outcome, ErrorKind) = match (expect, current) {
            (Expect::Something, _) => (Outcome::Absent, NotFound::Secret(path.as_str().to_owned()).into()),
            (_, current) => {
                let current = current.map_or(0, VersionNumber::get);
                (Outcome::Mismatch, Conflict::Version { current }.into())
            }
        };
        Err(Stop::recorded(Draft::new(action, path.as_str(), outcome), kind))
    }
}
