//! `coffer tenant`: made, listed, shown, limited, renamed, suspended, resumed, locked, erased.
//!
//! By the instance's member; with `--tenant` by that tenant's, who manages those below it. A tenant that a file or the environment names is the
//! one of a project, and nobody is meant to manage as its member for that.

mod created;
mod erased;
mod locked;

use std::collections::BTreeMap;

use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use coffer_wire::Patch;
use coffer_wire::client::{Client, ListedTenant};
use coffer_wire::tenant::{Holds, Quota, QuotaChange, RenameTenant, Settings, SettingsChange, TenantChange};
use serde_json::json;

use super::show::moment;
use crate::app::App;
use crate::args::{Amount, ReadsAre, Tenant, TenantQuota, TenantSet, seconds};
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

pub(super) fn tenant(app: &mut App, args: Tenant) -> Result<(), CliError> {
    match args {
        Tenant::Create(args) => created::create(app, &args),
        Tenant::Ls { below } => list(app, below.as_deref()),
        Tenant::Show { name } => show(app, &name),
        Tenant::Quota(args) => quota(app, &args),
        Tenant::Set(args) => set(app, &args),
        Tenant::Undo { name } => undo(app, &name),
        Tenant::Suspend { name } => suspend(app, &name),
        Tenant::Resume { name } => resume(app, &name),
        Tenant::Rename { name, to, confirm } => rename(app, (&name, confirm.as_deref()), &to),
        Tenant::Lock(args) => locked::lock(app, &args),
        Tenant::Unlock(args) => locked::unlock(app, &args),
        Tenant::Erase(args) => erased::erase(app, &args),
        Tenant::Certificate(args) => erased::certificate(app, &args),
    }
}

/// Who manages tenants.
fn manager(app: &mut App, missing: Missing) -> Result<Client, CliError> {
    let client = Session::open(app, missing)?.shared_client();
    Ok(if app.globals.tenant.is_some() { client.as_parent() } else { client })
}

/// Refuses what a tenant's member does not do to those below it.
fn of_instance_only(app: &App, verb: &str) -> Result<(), CliError> {
    let Some(named) = &app.globals.tenant else { return Ok(()) };
    TenantName::parse(named).map_err(Error::from)?;
    Err(CliError::new(
        Exit::Usage,
        "tenant.of_instance",
        format!(
            "`coffer tenant {verb}` is for members of the instance, and --tenant names a tenant whose member asks"
        ),
        "leave --tenant out; who manages the instance may",
    ))
}

fn show(app: &mut App, name: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    let found = manager(app, Missing::Refuse)?.tenant_show(name.as_str())?;
    if app.output.is_json() {
        return app.output.json(&found);
    }
    app.output.say(&format!("made {}", moment(found.created)));
    if let Some(since) = found.suspended {
        app.output.say(&format!("suspended since {}", moment(since)));
    }
    if found.settings != Settings::default() {
        say_settings(app, &name, &found.settings);
    }
    app.output
        .say(&format!("changes of its limits and settings that can be taken back: {}", found.undo_steps));
    let Holds { secrets, versions, bytes, members } = found.holds;
    let row = |what: &str, held: u64, limit: Option<u64>| [what.to_owned(), held.to_string(), shown(limit)];
    let rows = [
        row("secrets", secrets, found.quota.secrets),
        row("versions", versions, found.quota.versions),
        row("bytes", bytes, found.quota.bytes),
        row("members", members, found.quota.members),
        // What is asked is not held, and each server counts it for itself.
        ["requests/s".to_owned(), "-".to_owned(), shown(found.quota.requests)],
    ];
    app.output.table(["OF", "HELD", "LIMIT"], &rows)
}

fn quota(app: &mut App, args: &TenantQuota) -> Result<(), CliError> {
    let name = TenantName::parse(&args.name).map_err(Error::from)?;
    let change = |amount: Option<Amount>| match amount {
        None => Patch::Keep,
        Some(Amount::Unlimited) => Patch::Clear,
        Some(Amount::Limited(limit)) => Patch::Set(limit),
    };
    let quota = QuotaChange {
        secrets: change(args.secrets),
        versions: change(args.versions),
        bytes: change(args.bytes),
        requests: change(args.requests),
        members: change(args.members),
    };
    let quota = manager(app, Missing::Refuse)?.tenant_quota(name.as_str(), &TenantChange { quota })?;
    if app.output.is_json() {
        return app.output.json(&quota);
    }
    say_limits(app, &name, quota);
    Ok(())
}

fn set(app: &mut App, args: &TenantSet) -> Result<(), CliError> {
    let name = TenantName::parse(&args.name).map_err(Error::from)?;
    let change = SettingsChange {
        residency: match args.residency.as_deref() {
            None => Patch::Keep,
            Some("") => Patch::Clear,
            Some(mark) => Patch::Set(mark.to_owned()),
        },
        synced_reads: args.read_durability.map(|reads| reads == ReadsAre::Synced),
        token_max_seconds: match args.token_max.as_deref() {
            None => Patch::Keep,
            Some("") => Patch::Clear,
            Some(time) => Patch::Set(seconds("--token-max", time)?),
        },
    };
    let settings = manager(app, Missing::Refuse)?.tenant_set(name.as_str(), &change)?;
    if app.output.is_json() {
        return app.output.json(&settings);
    }
    say_settings(app, &name, &settings);
    Ok(())
}

fn say_settings(app: &mut App, name: &TenantName, settings: &Settings) {
    let Settings { residency, synced_reads, token_max_seconds } = settings;
    app.output.say(&format!(
        "what is set of {}: residency {}, reads {}, tokens at most {}",
        name.as_str(),
        residency.as_deref().unwrap_or("none"),
        if *synced_reads { "synced" } else { "as the server has it" },
        token_max_seconds.map_or_else(|| "as long as any".to_owned(), |seconds| format!("{seconds} seconds"))
    ));
}

fn undo(app: &mut App, name: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    let undone = manager(app, Missing::Refuse)?.tenant_undo(name.as_str())?;
    if app.output.is_json() {
        return app.output.json(&undone);
    }
    say_limits(app, &name, undone.quota);
    say_settings(app, &name, &undone.settings);
    app.output.say(&format!("changes that can be taken back: {}", undone.undo_steps));
    Ok(())
}

fn say_limits(app: &mut App, name: &TenantName, quota: Quota) {
    let Quota { secrets, versions, bytes, requests, members } = quota;
    app.output.say(&format!(
        "the limits of {}: secrets {}, versions {}, bytes {}, requests in a second {}, members {}",
        name.as_str(),
        shown(secrets),
        shown(versions),
        shown(bytes),
        shown(requests),
        shown(members)
    ));
}

/// How much there may be.
fn shown(limit: Option<u64>) -> String {
    limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string())
}

fn suspend(app: &mut App, name: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    manager(app, Missing::Refuse)?.tenant_suspend(name.as_str())?;
    app.output.say(&format!(
        "suspended {name}: nothing in it is answered, as of now; `coffer tenant resume {name}` ends that",
        name = name.as_str()
    ));
    Ok(())
}

fn resume(app: &mut App, name: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    manager(app, Missing::Refuse)?.tenant_resume(name.as_str())?;
    app.output.say(&format!("resumed {}", name.as_str()));
    Ok(())
}

fn rename(app: &mut App, (name, confirm): (&str, Option<&str>), to: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    let to = TenantName::parse(to).map_err(Error::from)?;
    // Whoever names no tenant means it, and would find none.
    let needs_word = name == TenantName::default_tenant();
    if confirm.map_or(needs_word, |confirm| confirm != name.as_str()) {
        return Err(CliError::new(
            Exit::Usage,
            "tenant.not_confirmed",
            "`default` gets another name once its own was said twice, and so does a tenant whose name is said with --confirm",
            "say with --confirm what is to be renamed",
        ));
    }
    manager(app, Missing::Refuse)?
        .tenant_rename(name.as_str(), &RenameTenant { to: to.as_str().to_owned() })?;
    app.output.say(&format!(
        "{} is called {} now: whoever asks for it by the old name is told that it is not there",
        name.as_str(),
        to.as_str()
    ));
    Ok(())
}

fn list(app: &mut App, below: Option<&str>) -> Result<(), CliError> {
    let below = below.map(TenantName::parse).transpose().map_err(Error::from)?;
    let tenants = manager(app, Missing::Refuse)?.tenant_list(below.as_ref().map(TenantName::as_str))?;
    if app.output.is_json() {
        let those = |wanted: fn(&ListedTenant) -> bool| -> Vec<&String> {
            tenants.iter().filter(|tenant| wanted(tenant)).map(|tenant| &tenant.name).collect()
        };
        let (suspended, locked) = (those(|tenant| tenant.suspended), those(|tenant| tenant.locked));
        let marks: BTreeMap<&String, &String> =
            tenants.iter().filter_map(|tenant| Some((&tenant.name, tenant.residency.as_ref()?))).collect();
        return app.output.json(&json!({
            "tenants": those(|_| true), "suspended": suspended, "locked": locked, "residency": marks,
        }));
    }
    tenants.iter().try_for_each(|ListedTenant { name, suspended, locked, residency }| {
        let words = [suspended.then(|| "suspended".to_owned()), locked.then(|| "locked".to_owned())];
        let stays = residency.as_ref().map(|mark| format!("stays in {mark}"));
        let words: Vec<String> = words.into_iter().chain([stays]).flatten().collect();
        match words.is_empty() {
            true => app.output.line(name),
            false => app.output.line(&format!("{name} ({})", words.join(", "))),
        }
    })
}
