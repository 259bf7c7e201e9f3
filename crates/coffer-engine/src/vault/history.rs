//! Everything about a secret but its values.

use std::sync::Arc;

use super::Vault;
use super::head::Head;
use super::round::{Round, Scope};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, LastRead, Outcome};
use crate::content::FileInfo;
use crate::error::Error;
use crate::identity::IdentityId;
use crate::metadata::Metadata;
use crate::op::Op;
use crate::path::SecretPath;
use crate::storage::keyring::KeyRing;
use crate::time::Timestamp;
use crate::version::{Stage, VersionNumber};

/// A secret's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Its versions, the oldest first.
    pub versions: Vec<VersionInfo>,
    /// What is known about it.
    pub metadata: Metadata,
    /// Since when it is in the trash.
    pub trashed: Option<Timestamp>,
    /// How many changes `undo` can take back.
    pub undo_steps: usize,
    /// Who read it last, where that was asked for: as far as the log that is kept tells, and within its last million entries.
    pub last_read: Option<LastRead>,
    /// Since when the asker has a value of his own in place of the current one.
    pub overridden: Option<Timestamp>,
}

/// One version, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    /// Its number.
    pub number: VersionNumber,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it.
    pub by: IdentityId,
    /// Since when its value is gone.
    pub destroyed: Option<Timestamp>,
    /// The stages it is at.
    pub stages: Vec<Stage>,
    /// What people call it.
    pub labels: Vec<String>,
    /// For which consumers it is pinned.
    pub consumers: Vec<String>,
    /// The file that it holds; `None`: it holds, or held, a value.
    pub file: Option<FileInfo>,
    /// Why it was made, in the words of whoever made it.
    pub message: Option<String>,
}

impl Vault {
    /// A secret's versions, stages and metadata; of one in the trash too.
    ///
    /// # Errors
    /// [`crate::error::NotFound`] when there is no such secret; refusals and storage errors as for every verb.
    pub async fn history(&self, op: &Op, path: &SecretPath) -> Result<History, Error> {
        Ok(self.decided_history(op, path).await?.0)
    }

    /// The same, with who read it last: that is looked for in the log, behind the decision. A log that does not open, or is long behind,
    /// tells of none.
    ///
    /// # Errors
    /// As [`Vault::history`].
    pub async fn history_and_last_read(&self, op: &Op, path: &SecretPath) -> Result<History, Error> {
        let (history, ring) = self.decided_history(op, path).await?;
        Ok(History { last_read: self.last_read(&ring, path).await.unwrap_or_default(), ..history })
    }

    async fn decided_history(&self, op: &Op, path: &SecretPath) -> Result<(History, Arc<KeyRing>), Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::SecretHistory, Place::Secret(path.clone()))?;
                let Some(head) = round.head(path).await? else {
                    return Err(Round::absent(Action::SecretHistory, path));
                };
                round.note(Draft::new(Action::SecretHistory, path.as_str(), Outcome::Done)).await?;
                Ok((told(&head, round.credential.who.identity), round.ring()))
            })
        })
        .await
    }
}

fn told(head: &Head, asker: IdentityId) -> History {
    let stages = |number| Stage::ALL.into_iter().filter(|stage| head.at(*stage) == Some(number)).collect();
    let info = |number: VersionNumber, version: &super::head::VersionRecord| {
        let (labels, consumers) = head.names_of(number);
        VersionInfo {
            number,
            created: Timestamp::from_millis(version.created_ms),
            by: version.by(),
            destroyed: version.destroyed_ms.map(Timestamp::from_millis),
            stages: stages(number),
            labels,
            consumers,
            file: version.file.as_deref().cloned(),
            message: version.message.as_deref().map(str::to_owned),
        }
    };
    History {
        versions: head.versions.iter().map(|(number, version)| info(number, version)).collect(),
        metadata: (*head.state.metadata).clone(),
        trashed: head.trashed(),
        undo_steps: head.undo_steps(),
        last_read: None,
        overridden: head.override_of(asker).map(|own| Timestamp::from_millis(own.created_ms)),
    }
}
