//! What the actor of a round may do: compiled once for an epoch, and kept.
//!
//! # Invariants
//! - Every change of an identity, a group, a role or a policy renews the tenant's epoch in its commit; every commit expects the epoch that was
//!   read before anything else. So what is kept beside an epoch is as old as that, and what was decided on it ends with it (law 3).
//! - What a name means that is not there any more gives nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::round::{Round, Stop};
use super::rules::{GroupBody, PolicyBody, RoleBody, Ruled, RulesRecord};
use crate::access::{Circumstances, Holder, Identity, Powers, Role, Sources, Standing, compile};
use crate::fault::Corrupt;
use crate::identity::IdentityId;
use crate::limits::POWERS_KEPT_MAX;
use crate::op::Actor;
use crate::slug::{PolicyName, RoleName};
use crate::storage::Revision;
use crate::storage::record::open_record;

/// What an actor may do, and which of it holds now.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) powers: Arc<Powers>,
    pub(super) standing: Arc<Standing>,
}

/// What identities of a tenant may do, as long as its epoch stands.
#[derive(Debug, Default)]
pub(super) struct KeptPowers {
    compiled: Mutex<HashMap<IdentityId, (Revision, Compiled)>>,
    /// Who can grant: see [`super::granters`].
    granters: OnceLock<Arc<[String]>>,
}

impl KeptPowers {
    fn get(&self, id: IdentityId, revision: Revision) -> Option<Compiled> {
        let kept = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&id).filter(|(of, _)| *of == revision).map(|(_, compiled)| compiled.clone())
    }

    fn put(&self, id: IdentityId, revision: Revision, compiled: &Compiled) {
        let mut kept = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= POWERS_KEPT_MAX {
            kept.clear();
        }
        kept.insert(id, (revision, compiled.clone()));
    }
}

impl KeptPowers {
    pub(super) fn granters(&self) -> Option<Arc<[String]>> {
        self.granters.get().cloned()
    }

    pub(super) fn keep_granters(&self, granters: &Arc<[String]>) {
        // Whoever was first has found the same.
        self.granters.get_or_init(|| Arc::clone(granters));
    }
}

impl Round<'_> {
    /// Who asks, with what they may do; `None`: nobody, or somebody without any power.
    pub(super) fn holder(&self) -> Option<Holder<'_>> {
        let (identity, compiled) = (self.identity.as_ref()?, self.powers.as_ref()?);
        Some(Holder { identity: &identity.value, powers: &compiled.powers, standing: &compiled.standing })
    }

    /// What the actor may do. What time will change of it limits how long the commit holds.
    pub(super) async fn find_powers(&mut self) -> Result<Option<Compiled>, Stop> {
        let Some(identity) = self.identity.clone() else { return Ok(None) };
        if matches!(self.op.actor, Actor::System) || identity.value.disabled {
            return Ok(None);
        }
        if identity.value.expires().is_some_and(|end| self.is_over(end)) {
            return Ok(None);
        }
        let id = self.credential.who.identity;
        let kept = self.tenant.powers().get(id, identity.revision);
        let mut compiled = match kept {
            Some(compiled) => compiled,
            None => {
                let powers = Arc::new(self.compile(&identity.value).await?);
                let compiled = Compiled { powers, standing: Arc::default() };
                self.tenant.powers().put(id, identity.revision, &compiled);
                compiled
            }
        };
        if compiled.powers.has_conditions() {
            compiled.standing = Arc::new(self.standing_of(&compiled.powers));
        }
        Ok(Some(compiled))
    }

    /// Which conditions hold, for the actor, now.
    fn standing_of(&mut self, powers: &Powers) -> Standing {
        // A moment that has passed on the storage's clock has passed.
        let passed = self.passed.map(|end| end.plus_millis(1));
        let now = passed.map_or(self.op.now, |passed| passed.max(self.op.now));
        let circumstances = Circumstances { now, source: self.op.source, proof: self.credential.proof };
        let standing = powers.standing(&circumstances);
        if let Some(until) = standing.until() {
            self.ends_by(until);
        }
        standing
    }

    /// What an identity may do. Its groups, and what they and it name, are read for it.
    pub(super) async fn compile(&self, identity: &Identity) -> Result<Powers, Stop> {
        let sources = self.sources(identity).await?;
        Ok(compile(identity, &sources)?)
    }

    /// What an identity's powers come from.
    pub(super) async fn sources(&self, identity: &Identity) -> Result<Sources, Stop> {
        let mut sources = Sources::default();
        for group in &identity.groups {
            let found = self.rules_of::<GroupBody>(&group.name).await?;
            // Another one of that name gives nothing.
            if let Some((_, body)) = found.filter(|(record, _)| record.id() == *group.id) {
                sources.groups.push((group.name.to_string(), body.grants, body.policies));
            }
        }
        let by_groups = sources.groups.iter().flat_map(|(_, grants, _)| grants);
        let roles: Vec<RoleName> =
            by_groups.chain(&identity.grants).map(|grant| grant.role.clone()).collect();
        let attached = sources.groups.iter().flat_map(|(_, _, policies)| policies);
        let policies: Vec<PolicyName> =
            attached.chain(&identity.policies).map(|attached| attached.policy.clone()).collect();
        self.add_roles(&mut sources, roles).await?;
        self.add_policies(&mut sources, policies).await?;
        Ok(sources)
    }

    /// The tenant's own among these roles.
    pub(super) async fn add_roles(
        &self,
        sources: &mut Sources,
        roles: impl IntoIterator<Item = RoleName> + Send,
    ) -> Result<(), Stop> {
        let own: Vec<RoleName> =
            roles.into_iter().filter(|role| Role::named(role.as_str()).is_none()).collect();
        for role in own {
            if !sources.roles.contains_key(&role)
                && let Some((_, body)) = self.rules_of::<RoleBody>(&role).await?
            {
                sources.roles.insert(role, body.rights);
            }
        }
        Ok(())
    }

    /// The rules of these policies.
    pub(super) async fn add_policies(
        &self,
        sources: &mut Sources,
        policies: Vec<PolicyName>,
    ) -> Result<(), Stop> {
        for policy in policies {
            if !sources.policies.contains_key(&policy)
                && let Some((_, body)) = self.rules_of::<PolicyBody>(&policy).await?
            {
                sources.policies.insert(policy, body.rules.into_iter().map(Arc::new).collect());
            }
        }
        Ok(())
    }

    /// A role, a policy or a group that is there. Not expected by the commit: the epoch is.
    pub(super) async fn rules_of<T: Ruled>(
        &self,
        name: &T::Name,
    ) -> Result<Option<(RulesRecord<T>, T)>, Stop> {
        let key = T::key(self.tenant.ring(), name);
        let Some(record) = self.vault.inner.storage.get(&[key]).await?.pop().flatten() else {
            return Ok(None);
        };
        let record: RulesRecord<T> = open_record(self.tenant.ring(), &key, &record)?;
        if !record.is_of(T::text(name)) {
            return Err(Corrupt::new("a role, a policy or a group").into());
        }
        let body = record.body().cloned();
        Ok(body.map(|body| (record, body)))
    }
}
