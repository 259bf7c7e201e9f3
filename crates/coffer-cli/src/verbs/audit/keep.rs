//! What keeps the log in order: pruning, holds, forgetting, upkeep.

use coffer_engine::time::Timestamp;
use coffer_wire::Moment as Instant;
use coffer_wire::audit::{Forget, Hold, Prune};
use serde_json::json;

use super::read::not_a_moment;
use crate::app::App;
use crate::args::{AuditForget, AuditHold, AuditPrune, Moment};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::prompt::confirm;
use crate::session::Session;
use crate::store::{Missing, Store};
use crate::upkeep;
use crate::verbs::show;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub(super) fn prune(app: &mut App, args: &AuditPrune) -> Result<(), CliError> {
    let settings = app.settings()?;
    let now = edge::now();
    let before = match &args.before {
        Some(text) => Moment::Ago.parse(text, now).ok_or_else(not_a_moment)?,
        // How long a server keeps its log is its own setting, and not known here.
        None if settings.server().is_some() => return Err(before_when()),
        None => {
            let kept = u64::from(settings.audit_retention_days.value).saturating_mul(DAY_MS);
            Timestamp::from_millis(now.millis().saturating_sub(kept))
        }
    };
    let session = Session::open(app, Missing::Refuse)?;
    let question =
        format!("Remove entries from before {}? Their hashes stay, they do not.", show::timestamp(before));
    confirm(&question, args.yes, &mut app.person)?;
    let before = Instant::from_millis(before.millis());
    let pruned = session.client().audit_prune(&Prune { before }, args.of.instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "pruned": pruned.pruned, "first": pruned.first }));
    }
    app.output.say(&format!(
        "pruned {} entries; the log begins at {}. Entries go 256 together, so younger ones may keep older ones",
        pruned.pruned, pruned.first
    ));
    Ok(())
}

pub(super) fn hold(app: &mut App, args: &AuditHold) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let hold = Hold { held: !args.release, reason: args.reason.clone() };
    session.client().audit_hold(&hold, args.of.instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "held": hold.held }));
    }
    app.output.say(if hold.held {
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
    let whom = Forget { subject: args.subject.clone(), reason: args.reason.clone() };
    let gone = session.client().audit_forget(&whom, args.of.instance)?;
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

/// A server does this by itself.
pub(super) fn upkeep(app: &mut App) -> Result<(), CliError> {
    let store = Store::here(app, "audit upkeep", Missing::Refuse)?;
    let done = upkeep::now(app, &store)?;
    if app.output.is_json() {
        return app.output.json(&json!({
            "integrated": done.vault.integrated,
            "heads": done.vault.heads,
            "pruned": done.vault.pruned,
            "tokens": done.vault.tokens,
            "rotated": done.vault.rotated,
            "lines": done.lines,
            "bundles": done.bundles,
        }));
    }
    app.output.say(&format!(
        "logs brought up to date: {}; heads committed to: {}; entries pruned: {}; ended tokens removed: {}; expired secrets rotated: {}",
        done.vault.integrated, done.vault.heads, done.vault.pruned, done.vault.tokens, done.vault.rotated
    ));
    app.output.say(&format!("lines to the audit file: {}; bundles written: {}", done.lines, done.bundles));
    Ok(())
}

fn before_when() -> CliError {
    CliError::new(
        Exit::Usage,
        "prune.before",
        "a server's retention is not known here",
        "say what is to go: `--before 365d`",
    )
}
