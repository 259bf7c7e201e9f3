//! `/api/v1/tenants`: made and listed, with a token of the instance's.

use axum::http::StatusCode;
use coffer_engine::tenant::TenantName;
use coffer_wire::tenant::{NewTenant, Tenant, Tenants};

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::{PageQuery, page};
use crate::failure::Failure;

/// All of them, by name.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<PageQuery>()?);
    let names = call.vault()?.tenant_list(&op).await?;
    let names = names.iter().map(|name| name.as_str().to_owned()).collect();
    let (tenants, next) = page(names, String::clone, &query)?;
    Answer::json(&Tenants { tenants, next })
}

/// Makes one.
pub(crate) async fn create(mut call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    let new: NewTenant = call.body().await?;
    let name = TenantName::parse(&new.name)?;
    let id = call.vault()?.tenant_create(&op, &name).await?;
    let made = Tenant { tenant: name.as_str().to_owned(), id: shapes::hex(id.bytes()) };
    Ok(Answer::json(&made)?.status(StatusCode::CREATED))
}
