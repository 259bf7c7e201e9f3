//! `coffer tenant lock` and `unlock`: a tenant that its own members lock, with a code that they keep.
//!
//! # Invariants
//! - The code is made here, and is printed before anything is asked for: an answer that is lost loses nothing.

use std::io;

use coffer_engine::Error;
use coffer_engine::error::ErrorKind;
use coffer_engine::lock_code::LockCode;
use coffer_engine::tenant::TenantName;
use coffer_wire::Plain;
use coffer_wire::client::Client;
use coffer_wire::tenant::TenantLock;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::args;
use crate::error::{CliError, Exit};
use crate::prompt::{Source, known};
use crate::remote::{Remote, Tokens};
use crate::session::Session;
use crate::store::Missing;
use crate::verbs::show;

/// A code, as programs read it.
#[derive(Serialize)]
struct MadeLock<'c> {
    tenant: &'c str,
    code: &'c str,
}

pub(super) fn lock(app: &mut App, args: &args::TenantLock) -> Result<(), CliError> {
    let name = own(app, &args.name)?;
    if args.confirm != args.name {
        return Err(not_confirmed());
    }
    let session = Session::open(app, Missing::Refuse)?;
    let code = LockCode::generate().map_err(|_| Error::from(ErrorKind::NoEntropy))?;
    if app.output.is_json() {
        let made = MadeLock { tenant: name.as_str(), code: code.expose() };
        app.output.value(show::wiped_json(&made)?.expose())?;
    } else {
        app.output.say("its lock code, shown this once: who loses it has lost the tenant");
        app.output.value(code.expose().as_bytes())?;
    }
    let locked = session.client().tenant_lock(&wanted(&code)).map_err(|error| {
        let mut error = CliError::from(error);
        error.cause =
            format!("{}; keep the code until `coffer tenant ls` shows whether it is locked", error.cause)
                .into();
        error
    })?;
    if !locked.erased {
        app.output.warn(
            "what its keys were wrapped in until now lies in free space of the store's files for a while",
        );
    }
    app.output.say(&format!(
        "locked {name}: nothing in it is answered or can be opened, until `coffer tenant unlock {name}`",
        name = name.as_str()
    ));
    Ok(())
}

pub(super) fn unlock(app: &mut App, args: &args::TenantUnlock) -> Result<(), CliError> {
    let name = own(app, &args.name)?;
    let source = args.from.source()?.unwrap_or(Source::Prompt);
    let client = unlocker(app)?;
    let given = known(&source, "the lock code", &mut app.person, &mut io::stdin().lock())?;
    let code = std::str::from_utf8(given.expose()).ok().and_then(LockCode::read);
    let code = code.ok_or_else(mistyped)?;
    client.tenant_unlock(&wanted(&code))?;
    if app.output.is_json() {
        return app.output.json(&json!({ "tenant": name.as_str(), "locked": false }));
    }
    app.output.say(&format!("unlocked {}", name.as_str()));
    Ok(())
}

/// Whoever asks without a token: in a tenant that is locked none is known.
fn unlocker(app: &mut App) -> Result<Client, CliError> {
    match Remote::named(&app.settings()?)? {
        Some(remote) => remote.client(&Tokens::default()),
        None => Ok(Session::open(app, Missing::Refuse)?.shared_client()),
    }
}

/// The tenant that is meant, as the one that is asked.
fn own(app: &mut App, name: &str) -> Result<TenantName, CliError> {
    if let Some(named) = &app.globals.tenant {
        TenantName::parse(named).map_err(Error::from)?;
    }
    let name = TenantName::parse(name).map_err(Error::from)?;
    if app.globals.tenant.as_deref().is_some_and(|named| named != name.as_str()) {
        return Err(CliError::new(
            Exit::Usage,
            "tenant.two_names",
            "--tenant names another tenant than the one that is meant",
            "leave --tenant out: a tenant is locked by its own members",
        ));
    }
    app.globals.tenant = Some(name.as_str().to_owned());
    Ok(name)
}

fn wanted(code: &LockCode) -> TenantLock {
    TenantLock { code: Plain::new(code.expose().to_owned()) }
}

fn not_confirmed() -> CliError {
    CliError::new(
        Exit::Usage,
        "tenant.not_confirmed",
        "a tenant is locked once its name was said twice, and these are two names",
        "say with --confirm what is to be locked; without the code that you get, nobody opens it again, whoever runs the server neither",
    )
}

fn mistyped() -> CliError {
    CliError::new(
        Exit::Usage,
        "lock.code_mistyped",
        "this is no lock code, or was mistyped; it was not sent",
        "a code begins with LOCK-, and is taken whole, as `coffer tenant lock` printed it",
    )
}
