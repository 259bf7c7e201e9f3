//! `coffer promote`: what one environment has, another gets.
//!
//! # Invariants
//!
//! * What is written is what was shown: the versions on both sides are those of the preview, or nothing is written.
//! * Nothing is removed, and values that are known to be equal are left alone.
//! * No value is printed.
//! * What is written with references is promoted as it was written: from a folder they lead to that of the other environment.

use coffer_engine::Error;
use coffer_engine::message::Message;
use coffer_wire::secret::{BatchItem, BatchRead, BatchWrite, BatchWritten, Secret};
use serde_json::{Value as Json, json};

use super::{compare, show};
use crate::app::App;
use crate::args::Promote;
use crate::error::{CliError, Exit};
use crate::prompt::confirm;
use crate::session::Session;
use crate::store::Missing;
use plan::{Plan, Step};

mod plan;

pub(super) fn promote(app: &mut App, args: &Promote) -> Result<(), CliError> {
    let (from, to) = (compare::folder(&args.from)?, compare::folder(&args.to)?);
    let default = || Message::parse(&format!("promoted from {}", shown(&from))).map_err(Error::from);
    let message = match args.why.message()? {
        Some(message) => message,
        None => default()?,
    };
    let session = Session::open(app, Missing::Refuse)?.because(Some(message));
    let compared = session.client().secret_compare(&[from.clone(), to.clone()])?;
    let plan = Plan::of(&compared.names, &args.names)?;
    if !plan.files.is_empty() {
        let fix = "`coffer get NAME --out PATH` and `coffer set NAME --file PATH --type TYPE` carry them";
        app.output.warn(&format!("left out, for they hold files: {}; {fix}", plan.files.join(", ")));
    }
    if plan.steps.is_empty() {
        if app.output.is_json() {
            return app.output.json(&document(&from, &to, &plan, &[]));
        }
        let all = if plan.files.is_empty() { "all of it" } else { "all the rest" };
        app.output.say(&format!("{} has {all} already", shown(&to)));
        return Ok(());
    }
    if !app.output.is_json() {
        app.output.table(["NAME", "WHAT", "FROM", "TO"], &plan.rows())?;
        let same = plan.same;
        app.output.say(&format!("{} to make, {} to change, {same} as there", plan.made(), plan.changed()));
    }
    if args.dry_run {
        return if app.output.is_json() {
            app.output.json(&document(&from, &to, &plan, &[]))
        } else {
            Ok(())
        };
    }
    let question = format!("Write {} to {}?", show::counted(plan.steps.len(), "secret"), shown(&to));
    confirm(&question, args.yes, &mut app.person)?;
    let written = carry(&session, &from, &to, &plan)?;
    if app.output.is_json() {
        return app.output.json(&document(&from, &to, &plan, &written.secrets));
    }
    app.output.say(&format!(
        "promoted {} from {} to {}",
        show::counted(plan.steps.len(), "secret"),
        shown(&from),
        shown(&to)
    ));
    Ok(())
}

/// Reads in one decision, writes in one commit. Each side has to be as it was shown.
fn carry(session: &Session, from: &str, to: &str, plan: &Plan) -> Result<BatchWritten, CliError> {
    let about = if plan.made() == 0 { Vec::new() } else { session.client().secret_list(from, true)?.secrets };
    let paths = plan.steps.iter().map(|step| below(from, &step.name)).collect();
    let wanted = BatchRead { paths: Some(paths), shared: true, raw: true, ..BatchRead::default() };
    let read = session.client().secret_get_together(&wanted)?.secrets;
    if !plan.is_as_shown(&read) {
        return Err(changed());
    }
    let item = |(step, secret): (&Step, Secret)| {
        let known = about.iter().find(|listed| listed.path == secret.path);
        let metadata = known.filter(|_| step.to.is_none()).map(|listed| plan::metadata(&listed.metadata));
        BatchItem {
            path: below(to, &step.name),
            value: secret.value,
            references: secret.references,
            replace: true,
            if_version: Some(step.to.unwrap_or(0)),
            overwrite: false,
            metadata: metadata.unwrap_or_default(),
        }
    };
    let secrets = plan.steps.iter().zip(read).map(item).collect();
    Ok(session.client().secret_set_together(&BatchWrite { secrets })?)
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn shown(folder: &str) -> &str {
    if folder.is_empty() { "/" } else { folder }
}

fn changed() -> CliError {
    CliError::new(
        Exit::Conflict,
        "promote.changed",
        "what is to be promoted is not as it was shown any more; nothing was written",
        "look at it again, and promote it then",
    )
}

fn document(from: &str, to: &str, plan: &Plan, written: &[coffer_wire::secret::Written]) -> Json {
    let steps = plan.steps.iter().map(|step| {
        json!({ "name": step.name, "what": step.what(), "from_version": step.from, "to_version": step.to })
    });
    json!({
        "from": from,
        "to": to,
        "steps": steps.collect::<Vec<_>>(),
        "same": plan.same,
        "files": plan.files,
        "written": written.iter().map(show::written).collect::<Vec<_>>(),
    })
}
