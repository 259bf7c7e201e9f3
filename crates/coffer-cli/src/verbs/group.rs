//! `coffer group`: what members have together.

use coffer_wire::access::GroupChange;
use coffer_wire::member::MemberChange;
use serde_json::json;

use super::grants::shown;
use super::role::told_undone;
use crate::app::App;
use crate::args::{Group, Of};
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn group(app: &mut App, args: Group) -> Result<(), CliError> {
    match args {
        Group::Ls(of) => list(app, of),
        Group::Create(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            session.client().group_set(&named.name, &GroupChange::default(), named.of.instance)?;
            app.output.say(&format!(
                "{0} is there; `coffer group add {0} MEMBER` puts somebody into it, `coffer role grant ROLE {0} --group` gives it something",
                named.name
            ));
            Ok(())
        }
        Group::Rm(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            session.client().group_remove(&named.name, named.of.instance)?;
            app.output.say(&format!("removed {0}; `coffer group undo {0}` brings it back", named.name));
            Ok(())
        }
        Group::Undo(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            let undone = session.client().group_undo(&named.name, named.of.instance)?;
            told_undone(app, &named.name, undone.exists)
        }
        Group::Add { named, member } => {
            let change = MemberChange { join: vec![named.name], ..MemberChange::default() };
            change_member(app, &member, &change, named.of)
        }
        Group::Remove { named, member } => {
            let change = MemberChange { leave: vec![named.name], ..MemberChange::default() };
            change_member(app, &member, &change, named.of)
        }
    }
}

fn change_member(app: &mut App, member: &str, change: &MemberChange, of: Of) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    session.client().member_change(member, change, of.instance)?;
    app.output.say(&format!("changed {member}, as of now"));
    Ok(())
}

fn list(app: &mut App, of: Of) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let groups = session.client().group_list(of.instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "groups": groups }));
    }
    let rows: Vec<[String; 3]> = groups
        .into_iter()
        .map(|group| {
            let may = shown(&group.grants, &group.policies).join(", ");
            [group.name, may, group.undo_steps.to_string()]
        })
        .collect();
    app.output.table(["NAME", "MAY", "UNDO"], &rows)
}
