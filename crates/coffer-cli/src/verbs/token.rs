//! `coffer token`: made for members, listed, revoked.

use coffer_engine::Error;
use coffer_engine::identity::MemberName;
use coffer_engine::network::Network;
use coffer_engine::token::TokenId;
use coffer_wire::Moment;
use coffer_wire::token::{self, NewToken};
use serde::Serialize;
use serde_json::json;

use super::show;
use crate::app::App;
use crate::args::{self, Token, seconds};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

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
        member: Some(MemberName::parse(&args.member).map_err(Error::from)?.as_str().to_owned()),
        ttl_seconds,
        max_seconds: args.max_ttl.as_deref().map(|text| seconds("--max-ttl", text)).transpose()?,
        uses: args.uses,
        networks: args
            .network
            .iter()
            .map(|raw| Network::parse(raw).map(|network| network.to_string()))
            .collect::<Result<_, _>>()
            .map_err(Error::from)?,
        label: args.label,
    };
    let session = Session::open(app, Missing::Refuse)?;
    let token::MadeToken { token, about } = session.client().token_create(&new, args.of.instance)?;
    if app.output.is_json() {
        let (id, expires) = (about.id, show::moment(about.expires));
        let made = show::wiped_json(&Made { token: token.expose(), id, expires })?;
        return app.output.value(made.expose());
    }
    app.output.say(&format!("good until {}; its id is {}", show::moment(about.expires), about.id));
    app.output.value(token.expose().as_bytes())
}

fn list(app: &mut App, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let tokens = session.client().token_list(instance)?;
    let members = session.client().member_list(instance)?;
    let name = |token: &token::Token| {
        let member = members.iter().find(|member| member.id == token.member);
        member.map_or_else(|| token.member.clone(), |member| member.name.clone())
    };
    if app.output.is_json() {
        let tokens = tokens.iter().map(|token| {
            json!({
                "id": token.id,
                "member": name(token),
                "created": show::moment(token.created),
                "expires": show::moment(token.expires),
                "uses_left": token.uses_left,
                "revoked": token.revoked,
                "has_parent": token.has_parent,
                "networks": token.networks,
                "label": token.label,
            })
        });
        return app.output.json(&json!({ "tokens": tokens.collect::<Vec<_>>() }));
    }
    let now = Moment::from_millis(edge::now().millis());
    let rows: Vec<[String; 4]> = tokens
        .iter()
        .map(|token| {
            let state = if token.revoked {
                "revoked".to_owned()
            } else if token.expires < now || token.uses_left == Some(0) {
                "ended".to_owned()
            } else {
                let uses = token.uses_left.map_or_else(String::new, |uses| format!(", {uses} requests left"));
                let networks = token.networks.join(" ");
                let from = if networks.is_empty() { networks } else { format!(", from {networks}") };
                format!("good until {}{uses}{from}", show::moment(token.expires))
            };
            [token.id.clone(), name(token), state, token.label.clone()]
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
    session.client().token_revoke(&id.to_string(), instance)?;
    app.output.say(&format!("the token {id} is good for nothing as of now"));
    Ok(())
}
