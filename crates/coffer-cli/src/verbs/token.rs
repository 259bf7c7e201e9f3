//! `coffer token`: made for members, listed, revoked.

use coffer_engine::Error;
use coffer_engine::identity::MemberName;
use coffer_engine::token::TokenId;
use coffer_engine::vault::{NewToken, TokenInfo};
use serde::Serialize;
use serde_json::json;

use super::show;
use crate::app::App;
use crate::args::{self, Token, span_seconds};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::{Missing, Session, hex};

/// A new token, for programs. Not through `json!`, which would leave a copy of it in memory.
#[derive(Serialize)]
struct Made<'t> {
    token: &'t str,
    id: String,
    expires: String,
}

pub(super) fn token(app: &mut App, args: Token) -> Result<(), CliError> {
    match args {
        Token::Create(args) => create(app, args),
        Token::Ls(of) => list(app, of.instance),
        Token::Revoke { id, of } => revoke(app, &id, of.instance),
    }
}

fn create(app: &mut App, args: args::TokenCreate) -> Result<(), CliError> {
    let ttl_seconds = seconds("--ttl", &args.ttl)?;
    let new = NewToken {
        member: Some(MemberName::parse(&args.member).map_err(Error::from)?),
        ttl_seconds,
        max_seconds: args.max_ttl.as_deref().map_or(Ok(ttl_seconds), |text| seconds("--max-ttl", text))?,
        uses: args.uses,
        label: args.label,
    };
    let session = Session::open(app, Missing::Refuse)?;
    let (token, about) =
        session.ask(async |vault, op| vault.token_create(op, &new, args.of.instance).await)?;
    if app.output.is_json() {
        let (id, expires) = (about.id.to_string(), show::moment(about.expires));
        let made = show::wiped_json(&Made { token: token.expose(), id, expires })?;
        return app.output.value(made.expose());
    }
    app.output.say(&format!("good until {}; its id is {}", show::moment(about.expires), about.id));
    app.output.value(token.expose().as_bytes())
}

fn list(app: &mut App, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let (tokens, members) = session.ask(async |vault, op| {
        let tokens = vault.token_list(op, instance).await?;
        Ok((tokens, vault.member_list(op, instance).await?))
    })?;
    let name = |token: &TokenInfo| {
        let member = members.iter().find(|member| member.id == token.identity);
        member.map_or_else(|| hex(token.identity.bytes()), |member| member.identity.name.clone())
    };
    if app.output.is_json() {
        let tokens = tokens.iter().map(|token| {
            json!({
                "id": token.id.to_string(),
                "member": name(token),
                "created": show::moment(token.created),
                "expires": show::moment(token.expires),
                "uses_left": token.uses_left,
                "revoked": token.revoked,
                "has_parent": token.has_parent,
                "label": token.label,
            })
        });
        return app.output.json(&json!({ "tokens": tokens.collect::<Vec<_>>() }));
    }
    let now = edge::now();
    let rows: Vec<[String; 4]> = tokens
        .iter()
        .map(|token| {
            let state = if token.revoked {
                "revoked".to_owned()
            } else if token.expires < now || token.uses_left == Some(0) {
                "ended".to_owned()
            } else {
                let uses = token.uses_left.map_or_else(String::new, |uses| format!(", {uses} requests left"));
                format!("good until {}{uses}", show::moment(token.expires))
            };
            [token.id.to_string(), name(token), state, token.label.clone()]
        })
        .collect();
    app.output.table(["ID", "MEMBER", "STATE", "LABEL"], &rows)
}

fn revoke(app: &mut App, id: &str, instance: bool) -> Result<(), CliError> {
    let Some(id) = TokenId::parse(id) else {
        let fix = "`coffer token ls` shows the ids";
        return Err(CliError::new(Exit::Usage, "token.id", "a token's id is 32 hexadecimal digits", fix));
    };
    let session = Session::open(app, Missing::Refuse)?;
    session.ask(async |vault, op| vault.token_revoke(op, id, instance).await)?;
    app.output.say(&format!("the token {id} is good for nothing as of now"));
    Ok(())
}

fn seconds(flag: &str, text: &str) -> Result<u64, CliError> {
    span_seconds(text).ok_or_else(|| {
        CliError::new(
            Exit::Usage,
            "token.time",
            format!("{flag} is no span of time"),
            "say 30m, 8h, 7d or 2w",
        )
    })
}
