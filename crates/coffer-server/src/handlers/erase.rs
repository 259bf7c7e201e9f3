//! `/api/v1/tenant/erase`, `/api/v1/tenant/certificate`: tenants that are gone. The
//! certificate with a token of the instance's.

use coffer_engine::tenant::{TenantId, TenantName};
use coffer_wire::tenant::{EraseTenant, Erased, ErasureCertificate};
use serde::Deserialize;

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateQuery {
    id: Option<String>,
}

/// Destroys the keys of one, and removes what is left of it.
pub(crate) async fn erase(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, name) = (call.managing()?, TenantName::parse(&call.tail()?)?);
    let EraseTenant { backups_kept_days } = call.body(&mut op).await?;
    let erased = call.vault()?.tenant_erase(&op, &name, backups_kept_days).await?;
    Answer::json(&Erased {
        tenant: erased.name.as_str().to_owned(),
        id: shapes::hex(erased.tenant.bytes()),
        erased: shapes::moment(erased.erased),
        removed: erased.removed.map(shapes::moment),
        backups_until: shapes::moment(erased.backups_until),
        keys: erased.keys,
        rows: erased.rows,
    })
}

/// Certifies that one was erased.
pub(crate) async fn certificate(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<CertificateQuery>()?);
    let name = TenantName::parse(&call.tail()?)?;
    let id = match query.id {
        Some(id) => Some(TenantId::from_bytes(shapes::id(&id).ok_or_else(not_an_id)?)),
        None => None,
    };
    let certificate = call.vault()?.tenant_certificate(&op, &name, id).await?;
    Answer::json(&ErasureCertificate {
        certificate: certificate.note.to_string(),
        keys: certificate.keys.iter().map(ToString::to_string).collect(),
    })
}

fn not_an_id() -> Failure {
    Failure::invalid(
        "tenant.id",
        "a tenant's id is 32 hexadecimal digits",
        "what erased it has said it; without one, the last tenant of this name is meant",
    )
}
