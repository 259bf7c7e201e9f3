//! Everything about a secret but its values.

use super::Vault;
use super::head::Head;
use super::round::{Round, Scope};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::identity::IdentityId;
use crate::metadata::Metadata;
use crate::op::Op;
use crate::path::SecretPath;
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
    /// Why it was made, in the words of whoever made it.
    pub message: Option<String>,
}

impl Vault {
    /// A secret's versions, stages and metadata; of one in the trash too.
    ///
    /// # Errors
    /// [`crate::error::NotFound`] when there is no such secret; refusals and storage errors as for every verb.
    pub async fn history(&self, op: &Op, path: &SecretPath) -> Result<History, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::SecretHistory, Place::Secret(path.clone()))?;
                let Some(head) = round.head(path).await? else {
                    return Err(Round::absent(Action::SecretHistory, path));
                };
                round.note(Draft::new(Action::SecretHistory, path.as_str(), Outcome::Done)).await?;
                Ok(told(&head))
            })
        })
        .await
    }
}

fn told(head: &Head) -> History {
    let stages = |number| {
        let at = [Stage::Current, Stage::Pending, Stage::Previous];
        at.into_iter().filter(|stage| head.at(*stage) == Some(number)).collect()
    };
    let info = |(number, version): (&VersionNumber, &super::head::VersionRecord)| VersionInfo {
        number: *number,
        created: Timestamp::from_millis(version.created_ms),
        by: version.by(),
        destroyed: version.destroyed_ms.map(Timestamp::from_millis),
        stages: stages(*number),
        message: version.message.clone(),
    };
    History {
        versions: head.versions.iter().map(info).collect(),
        metadata: head.state.metadata.clone(),
        trashed: head.trashed(),
        undo_steps: head.undo_steps(),
    }
}
