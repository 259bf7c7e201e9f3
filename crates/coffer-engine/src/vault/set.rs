//! Writing secrets: a new version, other metadata, or both. Merges by default: what is not named stays.

use std::collections::BTreeMap;

use coffer_encryption::SecretBytes;

use super::Vault;
use super::changes::Changes;
use super::folders::FolderChanges;
use super::get::check_count;
use super::head::Head;
use super::held::Held;
use super::merge::Merge;
use super::once::{Done, First};
use super::quota::Growth;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::entry_id::EntryId;
use crate::error::{Conflict, Error, ErrorKind, NotFound};
use crate::fault::Invalid;
use crate::metadata::MetadataPatch;
use crate::op::Op;
use crate::path::SecretPath;
use crate::reference::Template;
use crate::secret::Value;
use crate::storage::keyspace;
use crate::version::VersionNumber;

/// A change of one secret.
#[derive(Debug)]
pub struct Write {
    /// Which secret.
    pub path: SecretPath,
    /// Its new value, if it gets one.
    pub value: Option<NewValue>,
    /// Whether that value is a template, to be filled in with the secrets it refers to ([`crate::reference`]).
    pub references: bool,
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
    /// Whether that value is a template.
    pub references: bool,
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
        let (expect, metadata) = (Expect::Anything, MetadataPatch::default());
        Self { path, value, references: false, replace: false, expect, metadata }
    }
}

/// A new value.
#[derive(Debug)]
pub enum NewValue {
    /// A new value. A single one does not take the place of fields: that must be asked for.
    Set(Value),
    /// In place of whatever is there, fields too.
    Replace(Value),
    /// Fields added to, changed in, or (`None`) taken out of those that are there. Where one side is a template and the other is none, each
    /// field keeps what it means.
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
        let Write { path, value, references, expect, metadata } = write;
        let (value, wipe_fields) = match value {
            Some(NewValue::Merge(fields)) => {
                return self.merge(op, path, Merge { fields, references, expect, metadata }).await;
            }
            Some(NewValue::Set(value)) => (Some(value), false),
            Some(NewValue::Replace(value)) => (Some(value), true),
            None => (None, false),
        };
        let template = template(&path, value.as_ref(), references)?;
        let held = value.map(Held::Value);
        self.set_one(op, Plain { path, held, template, expect, metadata, wipe_fields, merged: None }).await
    }

    /// Replaces the values of several secrets in one commit: all of them, or none; none, too, when one is not as expected.
    ///
    /// # Errors
    /// As [`Vault::set`]; [`Invalid`] when a path comes twice, or none does.
    pub async fn set_all<W: Into<WriteWhole>>(&self, op: &Op, writes: Vec<W>) -> Result<Vec<Written>, Error> {
        let plain = |write: W| {
            let WriteWhole { path, value, references, replace, expect, metadata } = write.into();
            let template = template(&path, Some(&value), references)?;
            let held = Some(Held::Value(value));
            Ok(Plain { path, held, template, expect, metadata, wipe_fields: replace, merged: None })
        };
        let plain = writes.into_iter().map(plain).collect::<Result<_, Invalid>>()?;
        self.write(op, Action::SecretSet, plain).await
    }

    /// Writes one secret, whatever its new version holds.
    pub(super) async fn set_one(&self, op: &Op, write: Plain) -> Result<Written, Error> {
        one(self.write(op, Action::SecretSet, vec![write]).await?)
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
        let fields: Vec<Vec<(&str, &[u8])>> = writes.iter().map(Plain::fields).collect();
        let writes = &writes;
        let done = self.change_fields(op, Scope::Tenant, (action, &places, &fields), |round, first| {
            Box::pin(round.commit_writes(first, action, writes))
        });
        Ok(written(done.await?))
    }
}

/// What is answered, and kept, of several writes: the version that is current now, and whether the secret is new.
pub(super) type Answers = Vec<(VersionNumber, bool)>;

pub(super) fn written(done: Done<Answers>) -> Vec<Written> {
    let written = |((version, created), entry)| Written { version, created, entry };
    done.answer.into_iter().zip(done.entries).map(written).collect()
}

/// A change whose value, or file, is whole.
pub(super) struct Plain {
    pub(super) path: SecretPath,
    pub(super) held: Option<Held>,
    /// What the value refers to, if it is a template.
    pub(super) template: Option<Template>,
    pub(super) expect: Expect,
    pub(super) metadata: MetadataPatch,
    /// Whether a single value may take the place of fields.
    pub(super) wipe_fields: bool,
    /// The fields that are changed, of a value that was merged; `None`: all that it has.
    pub(super) merged: Option<Vec<String>>,
}

impl Plain {
    /// Whether its secret need not be there.
    fn may_be_new(&self) -> bool {
        self.held.is_some() && matches!(self.expect, Expect::Anything | Expect::Nothing)
    }

    /// What is said of fields, for rules that limit them. A field that is taken out has no value.
    fn fields(&self) -> Vec<(&str, &[u8])> {
        let Some(Held::Value(Value::Fields(fields))) = &self.held else { return Vec::new() };
        let value = |name: &str| fields.get(name).map_or([].as_slice(), SecretBytes::expose);
        match &self.merged {
            Some(names) => names.iter().map(|name| (name.as_str(), value(name))).collect(),
            None => fields.keys().map(|name| (name.as_str(), value(name))).collect(),
        }
    }
}

/// What the value for a secret refers to, if it is to be a template.
pub(super) fn template(
    path: &SecretPath,
    value: Option<&Value>,
    references: bool,
) -> Result<Option<Template>, Invalid> {
    value.filter(|_| references).map(|value| Template::of(value, &path.folder())).transpose()
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
        self.check_templates(action, writes).await?;
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
        let ring = self.ring();
        let key = keyspace::head(&ring, path);
        let before = self.head_to_write(key, path, write.may_be_new()).await?;
        let live = before.as_ref().filter(|head| head.is_live());
        let current = live.and_then(Head::current);
        let created = live.is_none();
        self.as_expected(action, path, write.expect, current)?;
        let (known, held) = (before.is_some(), before.as_ref().map(Head::tally).unwrap_or_default());
        let mut head = match before {
            Some(head) => head,
            None if write.held.is_none() => return Err(Round::absent(action, path)),
            None => Head::new(path.as_str(), self.vault.inner.secret_ids.next()?, self.op.now),
        };
        if write.held.is_none() && !head.is_live() {
            return Err(Round::absent(action, path));
        }
        if let Some(conflict) = live_conflict(action, write, head.is_live().then_some(&head)) {
            return Err(Stop::recorded(Draft::new(action, path.as_str(), Outcome::Mismatch), conflict));
        }
        let metadata = write.metadata.apply(&head.state.metadata)?;
        self.stays_here(path, &metadata)?;
        let mut own = Changes::default();
        let version = match (&write.held, current) {
            (Some(held), _) => {
                self.add_version(&mut head, (path, held, write.template.as_ref()), &mut own)?
            }
            (None, Some(current)) => {
                head.describe(metadata.clone());
                current
            }
            (None, None) => return Err(Round::absent(action, path)),
        };
        head.state.metadata = metadata.into();
        let outlived = head.outlived();
        for (version, record) in &outlived {
            record.places(ring.owner(), *head.id, *version).for_each(|key| own.delete(key));
        }
        own.seal(&ring, key, &head)?;
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
