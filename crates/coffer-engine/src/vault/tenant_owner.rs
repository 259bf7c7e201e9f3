//! A tenant that is made together with its first owner, who signs in with a one-time code.
//!
//! Who manages tenants is nobody in them. Without this only who opens the store itself could make the first member of one.
//!
//! # Invariants
//! - All of it is one commit: no tenant is there without the owner that it was asked for with, and no owner without the code.
//! - The code is given once, in the answer to the creation: a replay is told that it was made. Who manages the tenant can't make another,
//!   because that takes `grant` in the tenant, where he is nobody.
//! - The tenant's own log begins with the entry that says who made the owner, as whose member, and which code was given out. Which code
//!   somebody has signed in with stands there too: an owner whose code was used by somebody else can see that.

use std::sync::Arc;

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::codes::check_life;
use super::member_line::MemberLine;
use super::members::check_name;
use super::once::GivenOnce;
use super::round::Scope;
use super::sign_in::hex;
use super::tenants::NewTenant;
use crate::access::{CodeRecord, Grant, Identity, IdentityKind, PathPattern, Place, Role};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::code::Code;
use crate::error::Error;
use crate::identity::{IdentityId, MemberName};
use crate::op::Op;
use crate::storage::keyspace;
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;
use crate::token::TokenId;

/// The first owner of a tenant that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstOwner {
    /// What they are called there.
    pub member: MemberName,
    /// How long their code is good, in seconds.
    pub ttl_seconds: u64,
}

impl Vault {
    /// Makes a tenant as [`Vault::tenant_create`] does, and in it a member who may do everything there and signs in with this code, once.
    /// The tenant's id, and until when the code is good.
    ///
    /// # Errors
    /// [`crate::error::Conflict::Exists`] when the tenant's name is taken; [`crate::fault::Invalid`] for a name that no member has, or a time
    /// for which no code is good; refusals and storage errors as for every verb.
    pub async fn tenant_create_with(
        &self,
        op: &Op,
        name: &TenantName,
        owner: &FirstOwner,
        code: &Code,
    ) -> Result<(TenantId, Timestamp), Error> {
        check_name(&owner.member)?;
        check_life(owner.ttl_seconds)?;
        let asked = (Action::TenantCreate, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::managing(op), asked, |round, first| {
            Box::pin(async move {
                let NewTenant { id, ring, lines, above: mut rest } = round.new_tenant(name).await?;
                round.room_for_first(name)?;
                let ring = Arc::new(ring);
                let member = IdentityId::from_bytes(random::bytes()?);
                let everything = Grant::always(Role::Owner, PathPattern::everything());
                let identity = Identity::new(owner.member.as_str(), IdentityKind::Human, vec![everything]);
                let code_id = TokenId::from_bytes(random::bytes()?);
                let record = CodeRecord::new((code_id, member), (op.now, owner.ttl_seconds), false);
                let mut theirs = Changes::default();
                let line = MemberLine::new(&owner.member, member);
                theirs.seal(&ring, keyspace::member(&ring, &owner.member), &line)?;
                theirs.seal(&ring, keyspace::identity(id, member), &identity)?;
                theirs.seal(&ring, keyspace::code(id, code.hash()), &record)?;
                let detail = Detail::Code {
                    code: code_id.to_string(),
                    expires: record.expires().millis(),
                    member: hex(member),
                };
                let draft =
                    |path| Draft::new(Action::TenantCreate, path, Outcome::Done).detail(detail.clone());
                let told = draft("").changes(theirs.described());
                rest.absorb(theirs);
                let answer = GivenOnce((id, record.expires()));
                let about = Some((ring, told));
                round.commit_managed(first, draft(name.as_str()), (lines, rest), about, answer).await
            })
        });
        Ok(done.await?.answer.0)
    }
}
