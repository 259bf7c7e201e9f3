//! `coffer tenant`: made and listed.

use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use serde_json::json;

use crate::app::App;
use crate::args::Tenant;
use crate::error::CliError;
use crate::session::{Missing, Session, hex};

pub(super) fn tenant(app: &mut App, args: Tenant) -> Result<(), CliError> {
    match args {
        Tenant::Create { name } => create(app, &name),
        Tenant::Ls => list(app),
    }
}

fn create(app: &mut App, name: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Create)?;
    let id = session.ask(async |vault, op| vault.tenant_create(op, &name).await)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "tenant": name.as_str(), "id": hex(id.bytes()) }));
    }
    app.output.say(&format!("made the tenant {}; use it with --tenant or in coffer.toml", name.as_str()));
    Ok(())
}

fn list(app: &mut App) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let names = session.ask(async |vault, op| vault.tenant_list(op).await)?;
    if app.output.is_json() {
        let names: Vec<&str> = names.iter().map(TenantName::as_str).collect();
        return app.output.json(&json!({ "tenants": names }));
    }
    names.iter().try_for_each(|name| app.output.line(name.as_str()))
}
