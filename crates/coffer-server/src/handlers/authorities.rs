//! `/api/v1/authorities`: authorities of client certificates that are trusted, and whom what they sign means.

use coffer_engine::identity::MemberName;
use coffer_engine::slug::AuthorityName;
use coffer_engine::vault::{self, AuthorityInfo};
use coffer_engine::x509::{About, NamePattern};
use coffer_wire::access::RulesUndone;
use coffer_wire::authority::{Authorities, Authority, AuthorityChange, TrustedCertificate};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::members::ListQuery;
use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// All of them, by name.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ListQuery>()?);
    let instance = query.instance;
    let page = query.page(&call)?;
    let all = call.vault()?.authority_list(&op, instance).await?;
    let (all, next) = page.of(all, |one| one.name.clone());
    Answer::json(&Authorities { authorities: all.into_iter().map(shown).collect(), next })
}

/// Trusts one, or changes what it says.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let name = AuthorityName::parse(&call.tail()?)?;
    let AuthorityChange { certificates, crls, names, member, token_seconds, bound } =
        call.body(&mut op).await?;
    let names = names.map(|names| names.iter().map(|name| NamePattern::parse(name)).collect());
    let change = vault::AuthorityChange {
        certificates: certificates.map(|text| der::<CertificateDer<'_>>(&text)).transpose()?,
        lists: crls.map(|text| der::<CertificateRevocationListDer<'_>>(&text)).transpose()?,
        names: names.transpose()?,
        member: member.as_deref().map(MemberName::parse).transpose()?,
        token_seconds,
        bound,
    };
    call.vault()?.authority_set(&op, &name, &change, instance).await?;
    Ok(Answer::empty())
}

/// Trusts it no more.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    call.vault()?.authority_remove(&op, &AuthorityName::parse(&call.tail()?)?, instance).await?;
    Ok(Answer::empty())
}

/// Takes the last change of one back.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let exists = call.vault()?.authority_undo(&op, &AuthorityName::parse(&call.tail()?)?, instance).await?;
    Answer::json(&RulesUndone { exists })
}

/// What is in a PEM text, of this kind and of no other.
fn der<T: PemObject + AsRef<[u8]>>(text: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let parts: Vec<T> =
        T::pem_slice_iter(text.as_bytes()).collect::<Result<_, _>>().map_err(|_| not_pem())?;
    // What is passed over may be a key, or a list where certificates belong.
    if parts.len() != text.matches("-----BEGIN ").count() || (parts.is_empty() && !text.trim().is_empty()) {
        return Err(not_pem());
    }
    Ok(parts.iter().map(|part| part.as_ref().to_vec()).collect())
}

fn not_pem() -> Failure {
    Failure::invalid(
        "authority.pem",
        "that is not PEM, or there is something else in it than what belongs there",
        "certificates begin with `-----BEGIN CERTIFICATE-----`, lists of revoked ones with `-----BEGIN X509 CRL-----`; no key belongs there",
    )
}

fn shown(one: AuthorityInfo) -> Authority {
    let certificate = |about: About| TrustedCertificate {
        sha256: about.thumbprint.to_string(),
        common_name: about.common_name,
        expires: shapes::moment(about.until),
        authority: about.is_authority,
    };
    Authority {
        name: one.name,
        certificates: one.certificates.into_iter().map(certificate).collect(),
        crls: u64::try_from(one.lists).unwrap_or(u64::MAX),
        crls_expire: one.lists_until.map(shapes::moment),
        names: one.names.iter().map(ToString::to_string).collect(),
        member: one.member.map(|member| member.as_str().to_owned()),
        token_seconds: one.token_seconds,
        bound: one.bound,
        undo_steps: u64::try_from(one.undo_steps).unwrap_or(u64::MAX),
    }
}
