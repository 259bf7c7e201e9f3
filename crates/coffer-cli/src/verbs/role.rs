//! `coffer role`: what can be granted, and to whom it is.

use coffer_wire::access::{GroupChange, NewRole, Revoke};
use coffer_wire::member::MemberChange;
use serde_json::json;

use super::grants::{conditions, granted};
use crate::app::App;
use crate::args::{Of, Role, Whom};
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn role(app: &mut App, args: Role) -> Result<(), CliError> {
    match args {
        Role::Ls(of) => list(app, of),
        Role::Set { named, rights } => {
            let session = Session::open(app, Missing::Refuse)?;
            session.client().role_set(&named.name, &NewRole { rights }, named.of.instance)?;
            app.output.say(&format!("{} gives that, as of now", named.name));
            Ok(())
        }
        Role::Rm(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            session.client().role_remove(&named.name, named.of.instance)?;
            app.output.say(&format!("removed {0}; `coffer role undo {0}` brings it back", named.name));
            Ok(())
        }
        Role::Undo(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            let undone = session.client().role_undo(&named.name, named.of.instance)?;
            told_undone(app, &named.name, undone.exists)
        }
        Role::Grant { role, whom, path, when } => {
            let grant = granted(&role, &path, conditions(&when)?)?;
            let change = GroupChange { grant: vec![grant], ..GroupChange::default() };
            give(app, &whom, change)
        }
        Role::Revoke { role, whom, path } => {
            let revoke = vec![Revoke { role, pattern: path }];
            give(app, &whom, GroupChange { revoke, ..GroupChange::default() })
        }
    }
}

/// Changes what a member has, or a group.
pub(super) fn give(app: &mut App, whom: &Whom, change: GroupChange) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    if whom.group {
        session.client().group_set(&whom.who, &change, whom.of.instance)?;
    } else {
        let GroupChange { revoke, detach, grant, attach } = change;
        let change = MemberChange { revoke, detach, grant, attach, ..MemberChange::default() };
        session.client().member_change(&whom.who, &change, whom.of.instance)?;
    }
    app.output.say(&format!("changed {}, as of now", whom.who));
    Ok(())
}

/// What is there after a change was taken back.
pub(super) fn told_undone(app: &mut App, name: &str, exists: bool) -> Result<(), CliError> {
    if app.output.is_json() {
        return app.output.json(&json!({ "name": name, "exists": exists }));
    }
    app.output.say(&if exists {
        format!("{name} is as it was")
    } else {
        format!("{name} is gone, as before")
    });
    Ok(())
}

fn list(app: &mut App, of: Of) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let roles = session.client().role_list(of.instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "roles": roles }));
    }
    let rows: Vec<[String; 3]> = roles
        .into_iter()
        .map(|role| {
            let undo = if role.built_in { "built in".to_owned() } else { role.undo_steps.to_string() };
            [role.name, role.rights.join(", "), undo]
        })
        .collect();
    app.output.table(["NAME", "RIGHTS", "UNDO"], &rows)
}
