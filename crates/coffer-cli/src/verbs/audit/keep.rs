//! What keeps the log in order: pruning, holds, forgetting, upkeep.

use coffer_engine::time::Timestamp;
use serde_json::json;

use super::read::not_a_moment;
use crate::app::App;
use crate::args::{AuditForget, AuditHold, AuditPrune, Moment};
use crate::edge;
use crate::error::CliError;
use crate::prompt::confirm;
use crate::session::{Missing, Session};
use crate::upkeep;
use crate::verbs::show;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub(super) fn prune(app: &mut App, args: &AuditPrune) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let now = edge::now();
    let before = match &args.before {
        Some(text) => Moment::Ago.parse(text, now).ok_or_else(not_a_moment)?,
        None => {
            let kept = u64::from(session.settings.audit_retention_days.value).saturating_mul(DAY_MS);
            Timestamp::from_millis(now.millis().saturating_sub(kept))
        }
    };
    let question =
        format!("Remove entries from before {}? Their hashes stay, they do not.", show::moment(before));
    confirm(&question, args.yes, &mut app.person)?;
    let instance = args.of.instance;
    let pruned = session.ask(async |vault, op| vault.audit_prune(op, before, instance).await)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "pruned": pruned.entries, "first": pruned.first }));
    }
    app.output.say(&format!(
        "pruned {} entries; the log begins at {}. Entries go 256 together, so younger ones may keep older ones",
        pruned.entries, pruned.first
    ));
    Ok(())
}

pub(super) fn hold(app: &mut App, args: &AuditHold) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let held = !args.release;
    session.ask(async |vault, op| vault.audit_hold(op, held, &args.reason, args.of.instance).await)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "held": held }));
    }
    app.output.say(if held {
        "the log is held: nothing in it is pruned or forgotten"
    } else {
        "the hold is over"
    });
    Ok(())
}

pub(super) fn forget(app: &mut App, args: &AuditForget) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let question = format!("Forget {} in this log? Nothing brings it back.", args.subject);
    confirm(&question, args.yes, &mut app.person)?;
    let instance = args.of.instance;
    let gone =
        session.ask(async |vault, op| vault.audit_forget(op, &args.subject, &args.reason, instance).await)?;
    if !gone.erased {
        app.output
            .warn("the key is gone; its sealed bytes could not be overwritten in the store's files just now");
    }
    if app.output.is_json() {
        return app.output.json(&json!({ "forgotten": args.subject, "erased": gone.erased }));
    }
    app.output.say(&format!("{} is forgotten in this log; every proof still verifies", args.subject));
    Ok(())
}

pub(super) fn upkeep(app: &mut App) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let done = upkeep::now(app, &session)?;
    if app.output.is_json() {
        return app.output.json(&json!({
            "integrated": done.vault.integrated,
            "heads": done.vault.heads,
            "pruned": done.vault.pruned,
            "lines": done.lines,
            "bundles": done.bundles,
        }));
    }
    app.output.say(&format!(
        "logs brought up to date: {}; heads committed to: {}; entries pruned: {}",
        done.vault.integrated, done.vault.heads, done.vault.pruned
    ));
    app.output.say(&format!("lines to the audit file: {}; bundles written: {}", done.lines, done.bundles));
    Ok(())
}
