//! `coffer tenant erase` and `certificate`: one that is gone, and what says so.

use std::fs;

use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use coffer_wire::tenant::{EraseTenant, Erased};

use super::{manager, of_instance_only};
use crate::app::App;
use crate::args::{TenantCertificate, TenantErase};
use crate::error::{CliError, Exit};
use crate::progress::waiting;
use crate::session::Session;
use crate::store::Missing;
use crate::verbs::show::moment;

pub(super) fn erase(app: &mut App, args: &TenantErase) -> Result<(), CliError> {
    let name = TenantName::parse(&args.name).map_err(Error::from)?;
    if args.confirm != args.name {
        return Err(not_confirmed());
    }
    if args.out.is_some() {
        of_instance_only(app, "certificate")?;
    }
    let client = manager(app, Missing::Refuse)?;
    let wanted = EraseTenant { backups_kept_days: args.backups_kept };
    let erased = waiting(app, "erasing the tenant", || client.tenant_erase(name.as_str(), wanted))?;
    if let Some(path) = &args.out {
        let failed = |error| CliError::io(&path.display().to_string(), &error);
        let certificate = client.tenant_certificate(name.as_str(), Some(&erased.id))?;
        let document = serde_json::to_vec_pretty(&certificate).map_err(|error| failed(error.into()))?;
        fs::write(path, document).map_err(failed)?;
    }
    if app.output.is_json() {
        return app.output.json(&erased);
    }
    let Erased { tenant, id, keys, rows, backups_until, erased: at, .. } = &erased;
    app.output.say(&format!("erased {tenant} ({id}): {keys} keys destroyed, {rows} records removed"));
    if backups_until > at {
        app.output.say(&format!(
            "the certificate says `pending` until {}, and `complete` from then on: `coffer tenant certificate {tenant} --id {id}`",
            moment(*backups_until)
        ));
    }
    match &args.out {
        Some(path) => app.output.say(&format!("the certificate is in {}", path.display())),
        None => {
            app.output.say(&format!("`coffer tenant certificate {tenant} --id {id}` shows the certificate"))
        }
    }
    Ok(())
}

/// The certificate to stdout: one document, with `--json` and without.
pub(super) fn certificate(app: &mut App, args: &TenantCertificate) -> Result<(), CliError> {
    of_instance_only(app, "certificate")?;
    let name = TenantName::parse(&args.name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Refuse)?;
    app.output.json(&session.client().tenant_certificate(name.as_str(), args.id.as_deref())?)
}

fn not_confirmed() -> CliError {
    CliError::new(
        Exit::Usage,
        "tenant.not_confirmed",
        "a tenant is erased once its name was said twice, and these are two names",
        "say with --confirm what is to be erased for good",
    )
}
