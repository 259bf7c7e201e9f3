//! `/api/v1/roles`: the built-in ones, and those of the tenant's own.

use coffer_engine::access::{self, Rights};
use coffer_engine::action::Right;
use coffer_engine::slug::RoleName;
use coffer_engine::vault::ListedRole;
use coffer_wire::access::{NewRole, Role, Roles, RulesUndone};

use super::members::ListQuery;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// All of them, by name.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ListQuery>()?);
    let instance = query.instance;
    let page = query.page(&call)?;
    let own = call.vault()?.role_list(&op, instance).await?;
    let mut roles: Vec<Role> =
        access::Role::ALL.into_iter().map(built_in).chain(own.iter().map(shown)).collect();
    roles.sort_by(|one, other| one.name.cmp(&other.name));
    let (roles, next) = page.of(roles, |role| role.name.clone());
    Answer::json(&Roles { roles, next })
}

/// Makes one, or changes what it gives.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let name = RoleName::parse(&call.tail()?)?;
    let NewRole { rights } = call.body(&mut op).await?;
    let rights = rights.iter().map(|name| right(name)).collect::<Result<Vec<_>, _>>()?;
    call.vault()?.role_set(&op, &name, Rights::of(rights), instance).await?;
    Ok(Answer::empty())
}

/// Removes one that is granted to nobody.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    call.vault()?.role_remove(&op, &RoleName::parse(&call.tail()?)?, instance).await?;
    Ok(Answer::empty())
}

/// Takes the last change of one back.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let undone = call.vault()?.role_undo(&op, &RoleName::parse(&call.tail()?)?, instance).await?;
    Answer::json(&RulesUndone { exists: undone.is_some() })
}

/// The right of this name.
pub(super) fn right(name: &str) -> Result<Right, Failure> {
    Right::named(name).ok_or_else(|| {
        let names = Right::ALL.map(Right::name).join(", ");
        Failure::invalid("role.right", "there is no such right", format!("use some of {names}"))
    })
}

fn built_in(role: access::Role) -> Role {
    Role { name: role.name().to_owned(), rights: names(role.rights()), built_in: true, undo_steps: 0 }
}

fn shown(role: &ListedRole) -> Role {
    let undo_steps = u64::try_from(role.undo_steps).unwrap_or(u64::MAX);
    Role { name: role.name.clone(), rights: names(role.body.rights), built_in: false, undo_steps }
}

fn names(rights: Rights) -> Vec<String> {
    rights.each().map(|right| right.name().to_owned()).collect()
}
