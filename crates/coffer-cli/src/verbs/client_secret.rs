//! `coffer client-secret`: made for members, listed, revoked.

use coffer_engine::Error;
use coffer_engine::identity::MemberName;
use coffer_engine::network::Network;
use coffer_engine::token::TokenId;
use coffer_wire::Moment;
use coffer_wire::client_secret::{self, NewClientSecret};
use serde::Serialize;
use serde_json::json;

use super::show;
use crate::app::App;
use crate::args::{self, ClientSecret, seconds};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

/// A new secret, for programs. Not through `json!`, which would leave a copy of it in memory.
#[derive(Serialize)]
struct Made<'s> {
    client_id: String,
    client_secret: &'s str,
    id: String,
    expires: String,
}

pub(super) fn client_secret(app: &mut App, args: ClientSecret) -> Result<(), CliError> {
    match args {
        ClientSecret::Create(args) => create(app, args),
        ClientSecret::Ls(of) => list(app, of.instance),
        ClientSecret::Revoke { id, of } => revoke(app, &id, of.instance),
    }
}

fn create(app: &mut App, args: args::ClientSecretCreate) -> Result<(), CliError> {
    let networks = args.network.iter().map(|raw| Network::parse(raw).map(|network| network.to_string()));
    let new = NewClientSecret {
        member: MemberName::parse(&args.member).map_err(Error::from)?.as_str().to_owned(),
        ttl_seconds: seconds("--ttl", &args.ttl)?,
        uses: args.uses,
        networks: networks.collect::<Result<_, _>>().map_err(Error::from)?,
        label: args.label,
    };
    let session = Session::open(app, Missing::Refuse)?;
    let made = session.client().client_secret_create(&new, args.of.instance)?;
    let (secret, about) = (made.client_secret.expose(), made.about);
    let (client_id, id, expires) = (about.client_id, about.id, show::moment(about.expires));
    if app.output.is_json() {
        let made = show::wiped_json(&Made { client_id, client_secret: secret, id, expires })?;
        return app.output.value(made.expose());
    }
    let of = if args.of.instance { " --instance" } else { "" };
    app.output.say(&format!("good until {expires}; its id is {id}"));
    app.output
        .say(&format!("signs {} in with `coffer login --addr URL{of} --client-id {client_id}`", new.member));
    app.output.value(secret.as_bytes())
}

fn list(app: &mut App, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let secrets = session.client().client_secret_list(instance)?;
    let members = session.client().member_list(instance)?;
    let name = |secret: &client_secret::ClientSecret| {
        let member = members.iter().find(|member| member.id == secret.client_id);
        member.map_or_else(|| secret.client_id.clone(), |member| member.name.clone())
    };
    if app.output.is_json() {
        let secrets = secrets.iter().map(|secret| {
            json!({
                "id": secret.id,
                "client_id": secret.client_id,
                "member": name(secret),
                "created": show::moment(secret.created),
                "expires": show::moment(secret.expires),
                "uses_left": secret.uses_left,
                "revoked": secret.revoked,
                "networks": secret.networks,
                "label": secret.label,
            })
        });
        return app.output.json(&json!({ "client_secrets": secrets.collect::<Vec<_>>() }));
    }
    let now = Moment::from_millis(edge::now().millis());
    let rows: Vec<[String; 5]> = secrets
        .iter()
        .map(|secret| {
            let (id, client) = (secret.id.clone(), secret.client_id.clone());
            [id, name(secret), client, state(secret, now), secret.label.clone()]
        })
        .collect();
    app.output.table(["ID", "MEMBER", "CLIENT ID", "STATE", "LABEL"], &rows)
}

fn state(secret: &client_secret::ClientSecret, now: Moment) -> String {
    if secret.revoked {
        return "revoked".to_owned();
    }
    if secret.expires < now || secret.uses_left == Some(0) {
        return "ended".to_owned();
    }
    let uses = secret.uses_left.map_or_else(String::new, |uses| format!(", {uses} times"));
    let networks = secret.networks.join(" ");
    let from = if networks.is_empty() { networks } else { format!(", from {networks}") };
    format!("good until {}{uses}{from}", show::moment(secret.expires))
}

fn revoke(app: &mut App, id: &str, instance: bool) -> Result<(), CliError> {
    let Some(id) = TokenId::parse(id) else {
        let cause = "a client secret's id is 32 hexadecimal digits";
        let fix = "`coffer client-secret ls` shows the ids";
        return Err(CliError::new(Exit::Usage, "client_secret.id", cause, fix));
    };
    let session = Session::open(app, Missing::Refuse)?;
    session.client().client_secret_revoke(&id.to_string(), instance)?;
    app.output.say(&format!(
        "the client secret {id} is good for nothing as of now, nor is any token that it was changed for"
    ));
    Ok(())
}
