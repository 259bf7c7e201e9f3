//! Overrides: a value of a member's own, which he reads in place of the current one, and nobody else ever does.
//!
//! It is for who works on a project with others: his own database, his own key. The secret has to be there for all; who loses the right to
//! read it loses what he had in its place.

use super::Vault;
use super::changes::Changes;
use super::disclose::{Kind, SealedVersion};
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::op::Op;
use crate::path::SecretPath;
use crate::secret::Value;
use crate::storage::keyspace;
use crate::storage::record::plain_record;
use crate::version::VersionNumber;

impl Vault {
    /// Gives whoever asks a value of his own in place of the current one, or (`None`) takes it away. Its number; that of the current
    /// version when he has none any more.
    ///
    /// Labels, stages, numbers, comparisons and `undo` know nothing of it. What he had in its place before is destroyed.
    ///
    /// # Errors
    /// [`NotFound`] when there is no such secret, or nothing to take away; [`crate::fault::Invalid`] for a value past its limits, and when
    /// too many have one; refusals and storage errors as for every verb.
    pub async fn override_own(
        &self,
        op: &Op,
        path: &SecretPath,
        value: Option<&Value>,
    ) -> Result<Option<VersionNumber>, Error> {
        value.map_or(Ok(()), Value::check)?;
        let _queue = self.inner.writers.enter([(op.tenant.clone(), path.clone())].into_iter()).await;
        let places = [Place::Secret(path.clone())];
        let done = self.change(op, Scope::Tenant, (Action::SecretOverride, &places), |round, first| {
            Box::pin(async move {
                let (changes, draft, number) = round.stage_override(path, value).await?;
                round.commit(first, changes, vec![draft], number).await
            })
        });
        Ok(done.await?.answer)
    }
}

impl Round<'_> {
    async fn stage_override(
        &mut self,
        path: &SecretPath,
        value: Option<&Value>,
    ) -> Result<(Changes, Draft, Option<VersionNumber>), Stop> {
        let draft = |outcome| Draft::new(Action::SecretOverride, path.as_str(), outcome);
        let Some(mut head) = self.head(path).await?.filter(super::head::Head::is_live) else {
            return Err(Round::absent(Action::SecretOverride, path));
        };
        let who = self.credential.who.identity;
        let (ring, mut changes) = (self.ring(), Changes::default());
        let secret = *head.id;
        let place = |number| keyspace::version(ring.owner(), secret, number);
        self.allowed = Some(draft(Outcome::Invalid));
        let (number, before) = match value {
            Some(value) => {
                let (number, before) = head.set_override(who, self.op.now)?;
                let sealed =
                    SealedVersion::seal(self.ring(), path.clone(), secret, number, Kind::Version, value)?;
                changes.put(plain_record(place(number), sealed.bytes().as_slice())?);
                (Some(number), before)
            }
            None => {
                let Some(before) = head.remove_override(who) else {
                    let kind = NotFound::Version(format!("of your own of {path}"));
                    return Err(Stop::recorded(draft(Outcome::Absent), kind));
                };
                (None, Some(before))
            }
        };
        if let Some(before) = before {
            changes.delete(place(before));
        }
        changes.seal(&ring, keyspace::head(&ring, path), &head)?;
        let draft = Draft { version: number, ..draft(Outcome::Done) }.changes(changes.described());
        Ok((changes, draft, number.or(head.current())))
    }
}
