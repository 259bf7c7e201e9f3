//! `/api/v1/issuers`: issuers of tokens that are trusted, and whom their tokens mean.

use std::collections::BTreeMap;

use coffer_engine::identity::MemberName;
use coffer_engine::jwt::{Algorithm, ClaimPatterns};
use coffer_engine::limits::{ISSUER_LEEWAY_SECONDS, JWT_TOKEN_SECONDS};
use coffer_engine::vault::{self, IssuerInfo, IssuerName, KeysFrom};
use coffer_wire::access::RulesUndone;
use coffer_wire::issuer::{Binding, Issuer, IssuerChange, Issuers, NewBinding, NewIssuer};

use super::members::ListQuery;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// All of them, by name.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ListQuery>()?);
    let instance = query.instance;
    let page = query.page(&call)?;
    let issuers = call.vault()?.issuer_list(&op, instance).await?;
    let (issuers, next) = page.of(issuers, |issuer| issuer.made.name.as_str().to_owned());
    Answer::json(&Issuers { issuers: issuers.into_iter().map(shown).collect(), next })
}

/// Trusts one.
pub(crate) async fn create(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let new: NewIssuer = call.body(&mut op).await?;
    let new = vault::NewIssuer {
        name: IssuerName::parse(&new.name)?,
        issuer: new.issuer,
        audiences: new.audiences,
        algorithms: match new.algorithms {
            Some(named) => algorithms(&named)?,
            None => vec![Algorithm::Rs256, Algorithm::Es256],
        },
        keys: keys(false, new.jwks_uri, new.jwks)?.unwrap_or(KeysFrom::Discovery),
        leeway_seconds: new.leeway_seconds.unwrap_or(ISSUER_LEEWAY_SECONDS),
        once: new.once,
        token_seconds: new.token_seconds.unwrap_or(JWT_TOKEN_SECONDS),
    };
    call.vault()?.issuer_create(&op, &new, instance).await?;
    Ok(Answer::empty())
}

/// Changes what its tokens have to be like, and whom they mean.
pub(crate) async fn change(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let name = IssuerName::parse(&call.tail()?)?;
    let change: IssuerChange = call.body(&mut op).await?;
    let bind = |one: NewBinding| Ok((ClaimPatterns::new(one.claims)?, MemberName::parse(&one.member)?));
    let unbind = |claims: BTreeMap<String, String>| Ok(ClaimPatterns::new(claims)?);
    let change = vault::IssuerChange {
        audiences: change.audiences,
        algorithms: change.algorithms.as_deref().map(algorithms).transpose()?,
        keys: keys(change.discovery, change.jwks_uri, change.jwks)?,
        leeway_seconds: change.leeway_seconds,
        once: change.once,
        token_seconds: change.token_seconds,
        unbind: change.unbind.into_iter().map(unbind).collect::<Result<_, Failure>>()?,
        bind: change.bind.into_iter().map(bind).collect::<Result<_, Failure>>()?,
    };
    call.vault()?.issuer_change(&op, &name, &change, instance).await?;
    Ok(Answer::empty())
}

/// Trusts it no more.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let name = IssuerName::parse(&call.tail()?)?;
    call.vault()?.issuer_remove(&op, &name, instance).await?;
    Ok(Answer::empty())
}

/// Takes the last change of it back.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let exists = call.vault()?.issuer_undo(&op, &IssuerName::parse(&call.tail()?)?, instance).await?;
    Answer::json(&RulesUndone { exists })
}

fn keys(discovery: bool, address: Option<String>, set: Option<String>) -> Result<Option<KeysFrom>, Failure> {
    match (discovery, address, set) {
        (false, None, None) => Ok(None),
        (true, None, None) => Ok(Some(KeysFrom::Discovery)),
        (false, Some(address), None) => Ok(Some(KeysFrom::Address(address))),
        (false, None, Some(set)) => Ok(Some(KeysFrom::Set(set.into_bytes()))),
        _ => Err(Failure::invalid(
            "issuer.contradiction",
            "it is said in more than one way where the keys are from",
            "say one of `discovery`, `jwks_uri` and `jwks`",
        )),
    }
}

fn algorithms(named: &[String]) -> Result<Vec<Algorithm>, Failure> {
    let one = |name: &String| {
        Algorithm::named(name).ok_or_else(|| {
            let known: Vec<&str> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
            Failure::invalid(
                "issuer.algorithm",
                "there is no such algorithm, or none in which the key that checks is public",
                format!("use one of {}", known.join(", ")),
            )
        })
    };
    named.iter().map(one).collect()
}

fn shown(issuer: IssuerInfo) -> Issuer {
    let IssuerInfo { made, bindings, undo_steps } = issuer;
    let (jwks_uri, jwks) = match made.keys {
        KeysFrom::Discovery => (None, None),
        KeysFrom::Address(at) => (Some(at), None),
        // A document that was read as JSON, and so text.
        KeysFrom::Set(set) => (None, Some(String::from_utf8_lossy(&set).into_owned())),
    };
    let binding = |one: vault::Binding| Binding {
        claims: one.claims.all().clone(),
        member: one.member.map(|member| member.as_str().to_owned()),
    };
    Issuer {
        name: made.name.as_str().to_owned(),
        issuer: made.issuer,
        audiences: made.audiences,
        algorithms: made.algorithms.iter().map(|algorithm| algorithm.name().to_owned()).collect(),
        jwks_uri,
        jwks,
        leeway_seconds: made.leeway_seconds,
        once: made.once,
        token_seconds: made.token_seconds,
        bindings: bindings.into_iter().map(binding).collect(),
        undo_steps: u64::try_from(undo_steps).unwrap_or(u64::MAX),
    }
}
