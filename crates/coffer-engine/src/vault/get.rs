//! Reading secrets. The file to show a newcomer: the way of one read, from request to plaintext.

use super::Vault;
use super::disclose::{Kind, SealedVersion, disclose};
use super::fill;
use super::head::Head;
use super::round::{Round, Scope, Stop};
use crate::access::{Permit, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome, Receipt};
use crate::content::FileInfo;
use crate::error::{Conflict, Error, ErrorKind, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::limits::TOGETHER_MAX;
use crate::op::Op;
use crate::path::SecretPath;
use crate::secret::Secret;
use crate::storage::cache::Seen;
use crate::storage::keyspace;
use crate::time::Timestamp;
use crate::version::Which;

impl Vault {
    /// Reads one version of a secret; a template is filled in.
    ///
    /// # Errors
    /// [`NotFound`] for a path, version or stage that is not there; [`Conflict::HoldsFile`] for a file; [`ErrorKind::Expired`] for a secret
    /// that has expired and is denied then; [`ErrorKind::Reference`] for what can't be filled in; refusals and storage errors as for every
    /// verb.
    pub async fn get(&self, op: &Op, path: &SecretPath, which: Which) -> Result<Secret, Error> {
        let wanted = [(path.clone(), which)];
        let mut secrets = self.read(op, &wanted, Action::SecretGet, Read::FilledIn).await?;
        secrets.pop().ok_or_else(|| Corrupt::new("an answer").into())
    }

    /// Reads several secrets together: one decision, one commit, an entry for each.
    ///
    /// # Errors
    /// As [`Vault::get`]; one that can't be read fails all. [`Invalid`] for none at all, and for too many.
    pub async fn get_all(&self, op: &Op, wanted: &[(SecretPath, Which)]) -> Result<Vec<Secret>, Error> {
        check_count(wanted.len())?;
        self.read(op, wanted, Action::SecretGet, Read::FilledIn).await
    }

    /// The same, and templates as they were written.
    ///
    /// # Errors
    /// As [`Vault::get_all`].
    pub async fn get_as_written(
        &self,
        op: &Op,
        wanted: &[(SecretPath, Which)],
    ) -> Result<Vec<Secret>, Error> {
        check_count(wanted.len())?;
        self.read(op, wanted, Action::SecretGet, Read::AsWritten).await
    }

    /// Reads on behalf of `action`, which is what the permit and the entries name.
    pub(super) async fn read(
        &self,
        op: &Op,
        wanted: &[(SecretPath, Which)],
        action: Action,
        read: Read,
    ) -> Result<Vec<Secret>, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                let mut found = Vec::with_capacity(wanted.len());
                for (path, which) in wanted {
                    let permit = round.permit(action, Place::Secret(path.clone()))?;
                    found.push(round.found_version(path, which, permit).await?);
                    found.last().map_or(Ok(()), |found| found.holds_a_value(Conflict::HoldsFile))?;
                }
                // Most reads are of no template, and pay nothing for those that are.
                if read == Read::AsWritten || !found.iter().any(Found::is_template) {
                    let opened = round.opened(found).await?;
                    return Ok(opened.into_iter().map(|opened| opened.secret).collect());
                }
                let mut all = round.followed(&found).await?;
                let followed = all.len();
                // The last entry is of what was asked for.
                all.append(&mut found);
                fill::in_order(round.opened(all).await?, followed)
            })
        })
        .await
    }
}

/// What is read of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// The value that it makes with what it refers to.
    FilledIn,
    /// Itself.
    AsWritten,
}

/// A version that may be read, and lies there sealed.
pub(super) struct Found {
    pub(super) sealed: SealedVersion,
    pub(super) permit: Permit,
    /// When the secret expires.
    pub(super) expires: Option<Timestamp>,
    /// Whether it is the reader's own.
    is_own: bool,
    /// The file that it holds; `None`: it holds a value.
    file: Option<FileInfo>,
    id: [u8; 16],
    /// What it is filled in with; `None`: it is no template.
    pub(super) references: Option<Vec<SecretPath>>,
    /// The secret that it is read for, where it was not asked for itself.
    filled_into: Option<SecretPath>,
}

/// A version that was read.
pub(super) struct Opened {
    pub(super) secret: Secret,
    pub(super) id: [u8; 16],
    pub(super) references: Option<Vec<SecretPath>>,
}

impl Found {
    pub(super) fn path(&self) -> &SecretPath {
        self.sealed.path()
    }

    fn is_template(&self) -> bool {
        self.references.is_some()
    }

    /// Whether it holds a value, and no file: then this is said of it.
    pub(super) fn holds_a_value(&self, else_: impl Into<ErrorKind>) -> Result<(), Stop> {
        if self.file.is_some() { Err(self.other_than_wanted(else_)) } else { Ok(()) }
    }

    /// The same with its file, if it holds one.
    pub(super) fn with_file(mut self) -> Result<(Self, FileInfo), Stop> {
        match self.file.take() {
            Some(file) => Ok((self, file)),
            None => Err(self.other_than_wanted(Conflict::HoldsValue)),
        }
    }

    /// The same, read for another one.
    pub(super) fn filled_into(self, into: SecretPath) -> Self {
        Self { filled_into: Some(into), ..self }
    }

    /// What the entry says when it is read.
    pub(super) fn draft(&self, outcome: Outcome) -> Draft {
        let draft = Draft::new(self.permit.action(), self.path().as_str(), outcome);
        let draft = draft.version(self.sealed.version());
        match &self.filled_into {
            None => draft,
            Some(into) => draft.detail(Detail::FilledInto { filled_into: into.as_str().to_owned() }),
        }
    }

    fn open(self, receipt: Receipt) -> Result<Opened, Stop> {
        let corrupt = self.draft(Outcome::Corrupt);
        let Self { sealed, permit, expires, is_own, id, references, .. } = self;
        let secret = disclose(sealed, permit, receipt).map_err(|cause| Stop::recorded(corrupt, cause))?;
        let secret = secret.that_expires(expires).that_is_own(is_own);
        let secret = if references.is_some() { secret.that_is_template() } else { secret };
        Ok(Opened { secret, id, references })
    }

    fn other_than_wanted(&self, why: impl Into<ErrorKind>) -> Stop {
        Stop::recorded(self.draft(Outcome::Mismatch), why)
    }
}

/// An operation is about one secret at least: it has an entry.
pub(super) fn check_count(secrets: usize) -> Result<(), Invalid> {
    match secrets {
        0 => Err(Invalid::new("request.nothing", "no secret is named", "name one")),
        1..=TOGETHER_MAX => Ok(()),
        _ => Err(Invalid::new("request.too_many", "more than 4096 secrets at once", "name fewer")),
    }
}

impl Round<'_> {
    /// Reads these: an entry for each, and then their values.
    async fn opened(&mut self, found: Vec<Found>) -> Result<Vec<Opened>, Stop> {
        let drafts = found.iter().map(|found| found.draft(Outcome::Done)).collect();
        let receipts = self.leave(drafts).await?;
        found.into_iter().zip(receipts).map(|(found, receipt)| found.open(receipt)).collect()
    }

    /// A secret's head, expected by the commit.
    pub(super) async fn head(&mut self, path: &SecretPath) -> Result<Option<Head>, Stop> {
        let key = keyspace::head(self.tenant.ring(), path);
        of_path(path, self.read(key).await?)
    }

    /// The version that a permit is for. Tenant and path come from the permit, never from the request.
    pub(super) async fn found_version(
        &mut self,
        path: &SecretPath,
        which: &Which,
        permit: Permit,
    ) -> Result<Found, Stop> {
        let action = permit.action();
        let ring = self.ring();
        let key = keyspace::head(&ring, path);
        let Some(seen) = self.read::<Head>(key).await?.filter(|seen| seen.value.is_live()) else {
            return Err(Round::absent(action, path));
        };
        let head = seen.value;
        if head.path != path.as_str() || permit.tenant() != ring.owner() {
            return Err(Corrupt::new("a secret's head").into());
        }
        // What is merged goes to nobody, and is how an expired secret gets a new value.
        if let Some(end) = head.state.metadata.denied_after()
            && action == Action::SecretGet
            && self.is_over(end)
        {
            let draft = Draft::new(action, path.as_str(), Outcome::Expired);
            return Err(Stop::recorded(draft, ErrorKind::Expired(path.as_str().to_owned())));
        }
        let Some(version) = head.version(which, self.credential.who.identity) else {
            let draft = Draft::new(action, path.as_str(), Outcome::Absent);
            return Err(Stop::recorded(draft, NotFound::Version(format!("{which} of {path}"))));
        };
        let secret = *head.id;
        let file = head.versions.get(version).and_then(|record| record.file.as_deref().cloned());
        let kind = if file.is_some() { Kind::Content } else { Kind::Version };
        match self.vault.version_row(&ring, secret, version).await? {
            Some(row) => {
                let sealed = SealedVersion::stored(ring, path.clone(), secret, version, kind, row);
                let record = head.versions.get(version);
                let references = record.map(|record| record.references()).transpose()?.flatten();
                let (expires, is_own) = (head.state.metadata.expires(), record.is_none());
                Ok(Found { sealed, permit, expires, is_own, file, id: secret, references, filled_into: None })
            }
            // Destroyed since the head was seen; if the head has not changed either, a row was taken out of the storage.
            None if self.is_stale(key, seen.revision).await? => Err(Stop::Changed),
            None => {
                let draft = Draft::new(action, path.as_str(), Outcome::Corrupt).version(version);
                Err(Stop::recorded(draft, Corrupt::new("a version that should be there")))
            }
        }
    }
}

/// The head of this secret, if what was found is that.
pub(super) fn of_path(path: &SecretPath, seen: Option<Seen<Head>>) -> Result<Option<Head>, Stop> {
    match seen {
        // The hash in the key is 128 bits wide; the name within decides.
        Some(seen) if seen.value.path != path.as_str() => Err(Corrupt::new("a secret's head").into()),
        seen => Ok(seen.map(|seen| seen.value.as_ref().clone())),
    }
}
