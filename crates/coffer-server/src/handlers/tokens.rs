//! `/api/v1/tokens`: made, listed, renewed, revoked.

use axum::http::StatusCode;
use coffer_engine::identity::MemberName;
use coffer_engine::network::Network;
use coffer_engine::token::TokenId;
use coffer_engine::vault::{self, TokenInfo};
use coffer_wire::Plain;
use coffer_wire::token::{MadeToken, NewToken, Renewed, Token, Tokens};

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
    let mut tokens = call.vault()?.token_list(&op, instance).await?;
    // The newest first, as the engine lists them: what is later in time is earlier in the order of pages.
    let order = |token: &TokenInfo| format!("{:016x}{}", u64::MAX ^ token.created.millis(), token.id);
    tokens.sort_by_key(order);
    let (tokens, next) = page.of(tokens, order);
    Answer::json(&Tokens { tokens: tokens.iter().map(shown).collect(), next })
}

/// Makes one, for a member or for oneself.
pub(crate) async fn create(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let new: NewToken = call.body(&mut op).await?;
    let new = vault::NewToken {
        member: new.member.as_deref().map(MemberName::parse).transpose()?,
        ttl_seconds: new.ttl_seconds,
        max_seconds: new.max_seconds.unwrap_or(new.ttl_seconds),
        uses: new.uses,
        networks: new.networks.iter().map(|raw| Network::parse(raw)).collect::<Result<_, _>>()?,
        label: new.label,
    };
    let (token, about) = call.vault()?.token_create(&op, &new, instance).await?;
    let made = MadeToken { token: Plain::new(token.expose().to_owned()), about: shown(&about) };
    Ok(Answer::sized(&made, 1024)?.status(StatusCode::CREATED))
}

/// Ends one, and all that were made with it.
pub(crate) async fn revoke(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let id = TokenId::parse(&call.tail()?).ok_or_else(|| {
        Failure::invalid(
            "token.id",
            "a token's id is 32 hexadecimal digits",
            "a list of tokens shows their ids",
        )
    })?;
    call.vault()?.token_revoke(&op, id, instance).await?;
    Ok(Answer::empty())
}

/// Ends the one that is shown.
pub(crate) async fn revoke_own(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    call.vault()?.token_revoke_own(&op, instance).await?;
    Ok(Answer::empty())
}

/// Makes the one that is shown last longer.
pub(crate) async fn renew(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let expires = call.vault()?.token_renew(&op, instance).await?;
    Answer::json(&Renewed { expires: shapes::moment(expires) })
}

pub(super) fn shown(token: &TokenInfo) -> Token {
    Token {
        id: token.id.to_string(),
        member: shapes::hex(token.identity.bytes()),
        created: shapes::moment(token.created),
        expires: shapes::moment(token.expires),
        uses_left: token.uses_left,
        revoked: token.revoked,
        has_parent: token.has_parent,
        networks: token.networks.iter().map(ToString::to_string).collect(),
        bound: token.bound,
        label: token.label.clone(),
    }
}
