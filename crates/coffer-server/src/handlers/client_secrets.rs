//! `/api/v1/client-secrets`: made for members, listed, ended. They are changed for tokens in `sign_in.rs`.

use axum::http::StatusCode;
use coffer_engine::identity::MemberName;
use coffer_engine::network::Network;
use coffer_engine::token::TokenId;
use coffer_engine::vault::{self, ClientSecretInfo};
use coffer_wire::Plain;
use coffer_wire::client_secret::{ClientSecret, ClientSecrets, MadeClientSecret, NewClientSecret};

use super::members::ListQuery;
use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// All of them, the newest first.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ListQuery>()?);
    let instance = query.instance;
    let page = query.page(&call)?;
    let mut secrets = call.vault()?.client_secret_list(&op, instance).await?;
    // As for tokens: what is later in time is earlier in the order of pages.
    let order =
        |secret: &ClientSecretInfo| format!("{:016x}{}", u64::MAX ^ secret.created.millis(), secret.id);
    secrets.sort_by_key(order);
    let (secrets, next) = page.of(secrets, order);
    Answer::json(&ClientSecrets { secrets: secrets.iter().map(shown).collect(), next })
}

/// Makes one.
pub(crate) async fn create(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let new: NewClientSecret = call.body(&mut op).await?;
    let new = vault::NewClientSecret {
        member: MemberName::parse(&new.member)?,
        ttl_seconds: new.ttl_seconds,
        uses: new.uses,
        networks: new.networks.iter().map(|raw| Network::parse(raw)).collect::<Result<_, _>>()?,
        label: new.label,
    };
    let (secret, about) = call.vault()?.client_secret_create(&op, &new, instance).await?;
    let made =
        MadeClientSecret { client_secret: Plain::new(secret.expose().to_owned()), about: shown(&about) };
    Ok(Answer::sized(&made, 1024)?.status(StatusCode::CREATED))
}

/// Ends one, and all tokens that it was changed for.
pub(crate) async fn revoke(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let id = TokenId::parse(&call.tail()?).ok_or_else(|| {
        Failure::invalid(
            "client_secret.id",
            "a client secret's id is 32 hexadecimal digits",
            "a list of client secrets shows their ids",
        )
    })?;
    call.vault()?.client_secret_revoke(&op, id, instance).await?;
    Ok(Answer::empty())
}

fn shown(secret: &ClientSecretInfo) -> ClientSecret {
    ClientSecret {
        id: secret.id.to_string(),
        client_id: shapes::hex(secret.client.bytes()),
        created: shapes::moment(secret.created),
        expires: shapes::moment(secret.expires),
        uses_left: secret.uses_left,
        revoked: secret.revoked,
        networks: secret.networks.iter().map(ToString::to_string).collect(),
        label: secret.label.clone(),
    }
}
