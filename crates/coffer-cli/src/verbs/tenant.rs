//! `coffer tenant`: made, listed, suspended, resumed.

use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use coffer_wire::tenant::NewTenant;
use serde_json::json;

use crate::app::App;
use crate::args::Tenant;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn tenant(app: &mut App, args: Tenant) -> Result<(), CliError> {
    match args {
        Tenant::Create { name } => create(app, &name),
        Tenant::Ls => list(app),
        Tenant::Suspend { name } => suspend(app, &name),
        Tenant::Resume { name } => resume(app, &name),
    }
}

fn create(app: &mut App, name: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Create)?;
    let made = session.client().tenant_create(&NewTenant { name: name.as_str().to_owned() })?;
    if app.output.is_json() {
        return app.output.json(&json!({ "tenant": made.tenant, "id": made.id }));
    }
    app.output.say(&format!("made the tenant {}; use it with --tenant or in coffer.toml", name.as_str()));
    Ok(())
}

fn suspend(app: &mut App, name: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Refuse)?;
    session.client().tenant_suspend(name.as_str())?;
    app.output.say(&format!(
        "suspended {name}: nothing in it is answered, as of now; `coffer tenant resume {name}` ends that",
        name = name.as_str()
    ));
    Ok(())
}

fn resume(app: &mut App, name: &str) -> Result<(), CliError> {
    let name = TenantName::parse(name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Refuse)?;
    session.client().tenant_resume(name.as_str())?;
    app.output.say(&format!("resumed {}", name.as_str()));
    Ok(())
}

fn list(app: &mut App) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let tenants = session.client().tenant_list()?;
    if app.output.is_json() {
        let suspended = tenants.iter().filter(|(_, suspended)| *suspended).map(|(name, _)| name);
        let suspended: Vec<&String> = suspended.collect();
        let names: Vec<&String> = tenants.iter().map(|(name, _)| name).collect();
        return app.output.json(&json!({ "tenants": names, "suspended": suspended }));
    }
    tenants.iter().try_for_each(|(name, suspended)| match suspended {
        false => app.output.line(name),
        true => app.output.line(&format!("{name} (suspended)")),
    })
}
