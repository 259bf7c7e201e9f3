//! `coffer tenant create`: a tenant, and its first owner's code.

use coffer_engine::Error;
use coffer_engine::identity::MemberName;
use coffer_engine::tenant::TenantName;
use coffer_wire::code::{MadeCode, NewCode};
use coffer_wire::tenant::NewTenant;
use serde::Serialize;

use super::super::show;
use super::manager;
use crate::app::App;
use crate::args::{TenantCreate, seconds};
use crate::error::CliError;
use crate::store::Missing;

/// For programs. Not through `json!`, which would leave a copy of the code in memory.
#[derive(Serialize)]
struct Made<'m> {
    tenant: &'m str,
    id: &'m str,
    #[serde(flatten)]
    owner: Option<MadeOwner<'m>>,
}

#[derive(Serialize)]
struct MadeOwner<'m> {
    owner: &'m str,
    code: &'m str,
    expires: String,
}

pub(super) fn create(app: &mut App, args: &TenantCreate) -> Result<(), CliError> {
    let name = TenantName::parse(&args.name).map_err(Error::from)?;
    let owner = args.owner.as_deref().map(|owner| new_owner(owner, &args.ttl)).transpose()?;
    let wanted = NewTenant { name: name.as_str().to_owned(), owner };
    let made = manager(app, Missing::Create)?.tenant_create(&wanted)?;
    let owner = wanted.owner.as_ref().zip(made.code.as_ref());
    if app.output.is_json() {
        let owner = owner.map(|(owner, MadeCode { code, expires })| MadeOwner {
            owner: &owner.member,
            code: code.expose(),
            expires: show::moment(*expires),
        });
        let made = Made { tenant: &made.tenant, id: &made.id, owner };
        return app.output.value(show::wiped_json(&made)?.expose());
    }
    let name = name.as_str();
    app.output.say(&format!("made the tenant {name}; use it with --tenant or in coffer.toml"));
    let Some((owner, MadeCode { code, expires })) = owner else { return Ok(()) };
    app.output.say(&format!(
        "its first owner is {}; this code signs them in, once, until {}, with `coffer login --addr URL --tenant {name}`",
        owner.member,
        show::moment(*expires)
    ));
    app.output.value(code.expose().as_bytes())
}

fn new_owner(owner: &str, ttl: &str) -> Result<NewCode, CliError> {
    let member = MemberName::parse(owner).map_err(Error::from)?.as_str().to_owned();
    Ok(NewCode { member, ttl_seconds: Some(seconds("--ttl", ttl)?) })
}
