//! `/api/v1/members`: made, changed, listed.

use axum::http::StatusCode;
use coffer_engine::access::IdentityKind;
use coffer_engine::identity::MemberName;
use coffer_engine::vault::{self, MemberEdit};
use coffer_wire::member::{MadeMember, Member, MemberChange, MemberUndone, Members, NewMember};
use coffer_wire::{Moment, Patch};
use serde::Deserialize;

use super::grants::{edits, grants, groups, policies, shown_grants, shown_policies};
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
    let wanted = vault::NewMember {
        kind,
        grants: grants(&new.grants)?,
        policies: policies(&new.policies)?,
        groups: groups(&new.groups)?,
        owner: new.owner.unwrap_or_default(),
        purpose: new.purpose.unwrap_or_default(),
        expires: new.expires.map(shapes::timestamp),
    };
    let id = call.vault()?.member_create(&op, &name, &wanted, instance).await?;
    let made = MadeMember { id: shapes::hex(id.bytes()), name: name.as_str().to_owned() };
    Ok(Answer::json(&made)?.status(StatusCode::CREATED))
}

/// Changes what one may do.
pub(crate) async fn change(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let name = MemberName::parse(&call.tail()?)?;
    let change: MemberChange = call.body(&mut op).await?;
    let mut edits = edits((&change.revoke, &change.detach), (&change.grant, &change.attach))?;
    edits.extend(groups(&change.leave)?.into_iter().map(MemberEdit::Leave));
    edits.extend(groups(&change.join)?.into_iter().map(MemberEdit::Join));
    let text = |patch: Patch<String>| patch.into_nested().map(Option::unwrap_or_default);
    let change = vault::MemberChange {
        grants: change.grants.as_deref().map(grants).transpose()?,
        edits,
        disabled: change.disabled,
        owner: text(change.owner),
        purpose: text(change.purpose),
        expires: change.expires.into_nested().map(|expires| expires.map(shapes::timestamp)),
    };
    call.vault()?.member_change(&op, &name, &change, instance).await?;
    Ok(Answer::empty())
}

/// Takes back the last change of that.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let name = MemberName::parse(&call.tail()?)?;
    let undone = call.vault()?.member_undo(&op, &name, instance).await?;
    Answer::json(&MemberUndone {
        grants: shown_grants(&undone.grants),
        disabled: undone.disabled,
        undo_steps: undone.undo_steps,
        policies: shown_policies(&undone.policies),
        groups: undone.groups.iter().map(ToString::to_string).collect(),
        expires: undone.expires_ms.map(Moment::from_millis),
    })
}

/// Removes one, for good.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    call.vault()?.member_remove(&op, &MemberName::parse(&call.tail()?)?, instance).await?;
    Ok(Answer::empty())
}

fn shown(member: &vault::Member) -> Member {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Member {
        id: shapes::hex(member.id.bytes()),
        name: member.identity.name.clone(),
        kind: member.identity.kind.as_str().to_owned(),
        grants: shown_grants(&member.identity.grants),
        disabled: member.identity.disabled,
        violations: member.identity.violations,
        undo_steps: u64::try_from(member.undo_steps).unwrap_or(u64::MAX),
        policies: shown_policies(&member.identity.policies),
        groups: member.identity.groups.iter().map(|group| group.name.to_string()).collect(),
        owner: text(&member.identity.owner),
        purpose: text(&member.identity.purpose),
        expires: member.identity.expires_ms.map(Moment::from_millis),
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
