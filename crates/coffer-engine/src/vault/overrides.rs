//! Overrides: a value of a member's own, which he reads in place of the current one, and nobody else ever does.
//!
//! It is for who works on a project with others: his own database, his own key. The secret has to be there for all; who loses the right to
//! read it loses what he had in its place.

use super::Vault;
use super::changes::Changes;
use super::disclose::{Kind, SealedVersion};
use super::held::size_of;
use super::quota::Growth;
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
                let (changes, draft, number, growth) = round.stage_override(path, value).await?;
                let room = round.room_for(Action::SecretOverride, path, growth).await?;
                let done = round.commit(first, changes, vec![draft], number).await?;
                round.fill(room);
                Ok(done)
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
    ) -> Result<(Changes, Draft, Option<VersionNumber>, Growth), Stop> {
        let draft = |outcome| Draft::new(Action::SecretOverride, path.as_str(), outcome);
        let Some(mut head) = self.head(path).await?.filter(super::head::Head::is_live) else {
            return Err(Round::absent(Action::SecretOverride, path));
        };
        let (who, held) = (self.credential.who.identity, head.tally());
        let (ring, mut changes) = (self.ring(), Changes::default());
        let secret = *head.id;
        let place = |number| keyspace::version(ring.owner(), secret, number);
        self.allowed = Some(draft(Outcome::Invalid));
        let (number, before) = match value {
            Some(value) => {
                let (number, before) = head.set_override(who, self.op.now, size_of(value))?;
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
        let mut growth = Growth::default();
        growth.count(held, head.tally());
        Ok((changes, draft, number.or(head.current()), growth))
    }
}
