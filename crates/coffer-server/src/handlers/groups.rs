//! `/api/v1/groups`: what members have together.

use coffer_engine::slug::GroupName;
use coffer_engine::vault::ListedGroup;
use coffer_wire::access::{Group, GroupChange, Groups, RulesUndone};

use super::grants::{edits, shown_grants, shown_policies};
use super::members::ListQuery;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// All of them, by name.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ListQuery>()?);
    let instance = query.instance;
    let page = query.page(&call)?;
    let groups = call.vault()?.group_list(&op, instance).await?;
    let (groups, next) = page.of(groups, |group| group.name.clone());
    Answer::json(&Groups { groups: groups.iter().map(shown).collect(), next })
}

/// Makes one, or changes what its members may do.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let name = GroupName::parse(&call.tail()?)?;
    let change: GroupChange = call.body(&mut op).await?;
    let edits = edits((&change.revoke, &change.detach), (&change.grant, &change.attach))?;
    call.vault()?.group_set(&op, &name, &edits, instance).await?;
    Ok(Answer::empty())
}

/// Removes one: its members have what they have of themselves.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    call.vault()?.group_remove(&op, &GroupName::parse(&call.tail()?)?, instance).await?;
    Ok(Answer::empty())
}

/// Takes the last change of one back.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let undone = call.vault()?.group_undo(&op, &GroupName::parse(&call.tail()?)?, instance).await?;
    Answer::json(&RulesUndone { exists: undone.is_some() })
}

fn shown(group: &ListedGroup) -> Group {
    Group {
        name: group.name.clone(),
        grants: shown_grants(&group.body.grants),
        policies: shown_policies(&group.body.policies),
        undo_steps: u64::try_from(group.undo_steps).unwrap_or(u64::MAX),
    }
}
