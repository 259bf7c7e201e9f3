//! Says what a version is called, or which one a consumer uses.

use super::Vault;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::op::Op;
use crate::path::SecretPath;
use crate::version::{VersionNumber, Which};
use crate::version_name::VersionName;

impl Vault {
    /// Calls a version so from now on, or (`None`) takes the name away. The version that has it now.
    ///
    /// A label is moved by it; a consumer has one version. A version that is pinned for somebody is neither destroyed nor forgotten.
    ///
    /// # Errors
    /// [`NotFound`] for a secret, or a version, that is not there, and for a name that there is none to take away;
    /// [`crate::fault::Invalid`] when the secret has too many; refusals and storage errors as for every verb.
    pub async fn name_version(
        &self,
        op: &Op,
        path: &SecretPath,
        name: &VersionName,
        version: Option<&Which>,
    ) -> Result<Option<VersionNumber>, Error> {
        let action = match name {
            VersionName::Label(_) => Action::SecretLabel,
            VersionName::Consumer(_) => Action::SecretPin,
        };
        let _queue = self.inner.writers.enter([(op.tenant.clone(), path.clone())].into_iter()).await;
        let places = [Place::Secret(path.clone())];
        let done = self.change(op, Scope::Tenant, (action, &places), |round, first| {
            Box::pin(async move {
                let Some(mut head) = round.head(path).await?.filter(super::head::Head::is_live) else {
                    return Err(Round::absent(action, path));
                };
                let draft = |outcome| Draft::new(action, path.as_str(), outcome).detail(detail(name));
                let absent = |which: String| {
                    Stop::recorded(draft(Outcome::Absent), NotFound::Version(format!("{which} of {path}")))
                };
                let by = round.credential.who.identity;
                let number = match version {
                    Some(which) => Some(head.version(which, by).ok_or_else(|| absent(which.to_string()))?),
                    None => None,
                };
                round.allowed = Some(draft(Outcome::Invalid));
                let before = head.name(name, number)?;
                if number.is_none() && before.is_none() {
                    return Err(absent(name.as_str().to_owned()));
                }
                let draft = Draft { version: number, ..draft(Outcome::Done) };
                round.commit_head(first, draft, (path, &head), number).await
            })
        });
        Ok(done.await?.answer)
    }
}

fn detail(name: &VersionName) -> Detail {
    match name {
        VersionName::Label(label) => Detail::Label { label: label.as_str().to_owned() },
        VersionName::Consumer(consumer) => Detail::Pin { consumer: consumer.as_str().to_owned() },
    }
}
