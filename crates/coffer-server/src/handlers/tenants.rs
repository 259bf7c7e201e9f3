//! `/api/v1/tenants`: made, listed, shown, limited, renamed, suspended and resumed: with a token of the instance's, or
//! those below a tenant with a token of that, which the request names.

use axum::http::StatusCode;
use coffer_engine::code::Code;
use coffer_engine::identity::MemberName;
use coffer_engine::limits::CODE_LIFE_SECONDS;
use coffer_engine::tenant::TenantName;
use coffer_engine::vault::{FirstOwner, TenantInfo, TenantPage};
use coffer_engine::{Error, quota, vault};
use coffer_wire::tenant::{
    Holds, NewTenant, Quota, RenameTenant, Settings, SettingsChange, Tenant, TenantChange, TenantDetails,
    TenantUndone, Tenants,
};
use serde::Deserialize;

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::{self, PageQuery};
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantsQuery {
    limit: Option<usize>,
    cursor: Option<String>,
    below: Option<String>,
}

/// All of them, or those below one, by name.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.managing()?, call.query::<TenantsQuery>()?);
    let TenantsQuery { limit, cursor, below } = query;
    let page = call.page(&PageQuery { limit, cursor })?;
    let below = below.as_deref().map(TenantName::parse).transpose()?;
    let TenantPage { tenants, more } = call.vault()?.tenant_page(&op, below.as_ref(), page.part()).await?;
    let name = |tenant: &TenantInfo| tenant.name.as_str().to_owned();
    let next = tenants.last().filter(|_| more).map(|last| cursor::encode(last.name.as_str()));
    let suspended = tenants.iter().filter(|tenant| tenant.suspended.is_some()).map(name).collect();
    let locked = tenants.iter().filter(|tenant| tenant.locked.is_some()).map(name).collect();
    let mark = |tenant: &TenantInfo| Some((name(tenant), tenant.residency.clone()?));
    let residency = tenants.iter().filter_map(mark).collect();
    Answer::json(&Tenants { tenants: tenants.iter().map(name).collect(), suspended, locked, residency, next })
}

/// Makes one.
pub(crate) async fn create(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.managing()?;
    let new: NewTenant = call.body(&mut op).await?;
    let name = TenantName::parse(&new.name)?;
    let (id, code) = match new.owner {
        None => (call.vault()?.tenant_create(&op, &name).await?, None),
        Some(owner) => {
            let owner = FirstOwner {
                member: MemberName::parse(&owner.member)?,
                ttl_seconds: owner.ttl_seconds.unwrap_or(CODE_LIFE_SECONDS),
            };
            let code = Code::generate().map_err(Error::from)?;
            let (id, expires) = call.vault()?.tenant_create_with(&op, &name, &owner, &code).await?;
            (id, Some(shapes::made_code(&code, expires)))
        }
    };
    let made = Tenant { tenant: name.as_str().to_owned(), id: shapes::hex(id.bytes()), code };
    Ok(Answer::json(&made)?.status(StatusCode::CREATED))
}

/// One of them: how much it holds, and how much it may.
pub(crate) async fn show(call: Call) -> Result<Answer, Failure> {
    let (op, name) = (call.managing()?, TenantName::parse(&call.tail()?)?);
    let found = call.vault()?.tenant_show(&op, &name).await?;
    let quota::Tally { secrets, versions, bytes } = found.holds;
    Answer::json(&TenantDetails {
        tenant: name.as_str().to_owned(),
        created: shapes::moment(found.created),
        suspended: found.suspended.map(shapes::moment),
        holds: Holds { secrets, versions, bytes, members: found.members },
        quota: shown(found.quota),
        settings: shown_settings(found.settings),
        undo_steps: found.undo_steps,
    })
}

/// Says how much one may hold.
pub(crate) async fn limit(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, name) = (call.managing()?, TenantName::parse(&call.tail()?)?);
    let TenantChange { quota: change } = call.body(&mut op).await?;
    let change = quota::QuotaChange {
        secrets: change.secrets.into_nested(),
        versions: change.versions.into_nested(),
        bytes: change.bytes.into_nested(),
        requests: change.requests.into_nested(),
        members: change.members.into_nested(),
    };
    Answer::json(&shown(call.vault()?.tenant_quota(&op, &name, change).await?))
}

/// Says where one stays, how its reads are written down, how long its tokens last.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, name) = (call.managing()?, TenantName::parse(&call.tail()?)?);
    let change: SettingsChange = call.body(&mut op).await?;
    let change = vault::SettingsChange {
        residency: change.residency.into_nested(),
        synced_reads: change.synced_reads,
        token_max_seconds: change.token_max_seconds.into_nested(),
    };
    Answer::json(&shown_settings(call.vault()?.tenant_set(&op, &name, &change).await?))
}

/// Takes back the last change of either.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, name) = (call.managing()?, TenantName::parse(&call.tail()?)?);
    let undone = call.vault()?.tenant_undo(&op, &name).await?;
    let (quota, settings) = (shown(undone.quota), shown_settings(undone.settings));
    Answer::json(&TenantUndone { quota, settings, undo_steps: undone.undo_steps })
}

/// Calls one by another name.
pub(crate) async fn rename(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, name) = (call.managing()?, TenantName::parse(&call.tail()?)?);
    let RenameTenant { to } = call.body(&mut op).await?;
    call.vault()?.tenant_rename(&op, &name, &TenantName::parse(&to)?).await?;
    Ok(Answer::empty())
}

/// Suspends one: nothing in it is answered from then on.
pub(crate) async fn suspend(call: Call) -> Result<Answer, Failure> {
    let (op, name) = (call.managing()?, TenantName::parse(&call.tail()?)?);
    call.vault()?.tenant_suspend(&op, &name).await?;
    Ok(Answer::empty())
}

/// Ends that.
pub(crate) async fn resume(call: Call) -> Result<Answer, Failure> {
    let (op, name) = (call.managing()?, TenantName::parse(&call.tail()?)?);
    call.vault()?.tenant_resume(&op, &name).await?;
    Ok(Answer::empty())
}

fn shown(quota: quota::Quota) -> Quota {
    let quota::Quota { secrets, versions, bytes, requests, members } = quota;
    Quota { secrets, versions, bytes, requests, members }
}

fn shown_settings(settings: vault::TenantSettings) -> Settings {
    let vault::TenantSettings { residency, synced_reads, token_max_seconds } = settings;
    Settings { residency, synced_reads, token_max_seconds }
}
