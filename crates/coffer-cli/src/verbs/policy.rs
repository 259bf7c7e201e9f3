//! `coffer policy`: rules on paths, in Vault's grammar.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use coffer_engine::limits::POLICY_MAX_BYTES;
use coffer_wire::access::{Attached, GroupChange, NewPolicy};
use serde_json::json;

use super::grants::conditions;
use super::role::{give, told_undone};
use crate::app::App;
use crate::args::{Of, Policy};
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn policy(app: &mut App, args: Policy) -> Result<(), CliError> {
    match args {
        Policy::Ls(of) => list(app, of),
        Policy::Get(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            let policy = session.client().policy_get(&named.name, named.of.instance)?;
            if app.output.is_json() {
                return app.output.json(&json!(policy));
            }
            app.output.value(policy.text.as_bytes())
        }
        Policy::Set { named, file } => {
            let text = text(&file)?;
            let session = Session::open(app, Missing::Refuse)?;
            session.client().policy_set(&named.name, &NewPolicy { text }, named.of.instance)?;
            app.output.say(&format!("{} says that, as of now", named.name));
            Ok(())
        }
        Policy::Rm(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            session.client().policy_remove(&named.name, named.of.instance)?;
            app.output.say(&format!("removed {0}; `coffer policy undo {0}` brings it back", named.name));
            Ok(())
        }
        Policy::Undo(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            let undone = session.client().policy_undo(&named.name, named.of.instance)?;
            told_undone(app, &named.name, undone.exists)
        }
        Policy::Attach { policy, whom, when } => {
            let attach = vec![Attached { policy, when: conditions(&when)? }];
            give(app, &whom, GroupChange { attach, ..GroupChange::default() })
        }
        Policy::Detach { policy, whom } => {
            give(app, &whom, GroupChange { detach: vec![policy], ..GroupChange::default() })
        }
    }
}

/// The text in a file, or on stdin.
fn text(file: &Path) -> Result<String, CliError> {
    let most = u64::try_from(POLICY_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|file| file.take(most).read_to_string(&mut text))
    };
    read.map_err(|error| CliError::io("the policy", &error))?;
    Ok(text)
}

fn list(app: &mut App, of: Of) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let policies = session.client().policy_list(of.instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "policies": policies }));
    }
    let row = |policy: coffer_wire::access::PolicyLine| {
        [policy.name, policy.rules.to_string(), policy.undo_steps.to_string()]
    };
    app.output.table(["NAME", "RULES", "UNDO"], &policies.into_iter().map(row).collect::<Vec<_>>())
}
