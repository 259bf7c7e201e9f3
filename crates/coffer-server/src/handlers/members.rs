//! `/api/v1/members`: made, changed, listed.

use axum::http::StatusCode;
use coffer_engine::access::{Grant, IdentityKind, PathPattern, Role};
use coffer_engine::identity::MemberName;
use coffer_engine::vault;
use coffer_wire::member::{self, MadeMember, Member, MemberChange, MemberUndone, Members, NewMember};
use serde::Deserialize;

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::{Page, PageQuery};
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    #[serde(default)]
    pub(crate) instance: bool,
    pub(crate) limit: Option<usize>,
    pub(crate) cursor: Option<String>,
}

impl ListQuery {
    pub(crate) fn page(self, call: &Call) -> Result<Page, Failure> {
        call.page(&PageQuery { limit: self.limit, cursor: self.cursor })
    }
}

/// All of them, by name.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ListQuery>()?);
    let instance = query.instance;
    let page = query.page(&call)?;
    let members = call.vault()?.member_list(&op, instance).await?;
    let (members, next) = page.of(members, |member| member.identity.name.clone());
    Answer::json(&Members { members: members.iter().map(shown).collect(), next })
}

/// Makes one.
pub(crate) async fn create(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let new: NewMember = call.body(&mut op).await?;
    let (name, kind) = (MemberName::parse(&new.name)?, kind(&new.kind)?);
    let grants = grants(&new.grants)?;
    let id = call.vault()?.member_create(&op, &name, (kind, &grants), instance).await?;
    let made = MadeMember { id: shapes::hex(id.bytes()), name: name.as_str().to_owned() };
    Ok(Answer::json(&made)?.status(StatusCode::CREATED))
}

/// Changes what one may do.
pub(crate) async fn change(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let name = MemberName::parse(&call.tail()?)?;
    let change: MemberChange = call.body(&mut op).await?;
    let change = vault::MemberChange {
        grants: change.grants.as_deref().map(grants).transpose()?,
        disabled: change.disabled,
    };
    call.vault()?.member_change(&op, &name, &change, instance).await?;
    Ok(Answer::empty())
}

/// Takes back the last change of that.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let name = MemberName::parse(&call.tail()?)?;
    let vault::MemberUndone { grants, disabled, undo_steps } =
        call.vault()?.member_undo(&op, &name, instance).await?;
    Answer::json(&MemberUndone { grants: grants.iter().map(granted).collect(), disabled, undo_steps })
}

fn granted(grant: &Grant) -> member::Grant {
    member::Grant { role: grant.role.name().to_owned(), pattern: grant.pattern.to_string() }
}

fn shown(member: &vault::Member) -> Member {
    Member {
        id: shapes::hex(member.id.bytes()),
        name: member.identity.name.clone(),
        kind: member.identity.kind.as_str().to_owned(),
        grants: member.identity.grants.iter().map(granted).collect(),
        disabled: member.identity.disabled,
        undo_steps: u64::try_from(member.undo_steps).unwrap_or(u64::MAX),
    }
}

fn kind(name: &str) -> Result<IdentityKind, Failure> {
    let known = [IdentityKind::Human, IdentityKind::Service, IdentityKind::Agent];
    known.into_iter().find(|known| known.as_str() == name).ok_or_else(|| {
        Failure::invalid(
            "member.kind",
            "there is no such kind of member",
            "use `human`, `service` or `agent`",
        )
    })
}

fn grants(sent: &[member::Grant]) -> Result<Vec<Grant>, Failure> {
    let grant = |grant: &member::Grant| {
        let role = Role::ALL.into_iter().find(|role| role.name() == grant.role).ok_or_else(|| {
            let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
            Failure::invalid(
                "grant.role",
                "there is no such role",
                format!("use one of {}", names.join(", ")),
            )
        })?;
        Ok(Grant { role, pattern: PathPattern::parse(&grant.pattern)? })
    };
    sent.iter().map(grant).collect()
}
