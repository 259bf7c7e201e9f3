//! `coffer login`: a one-time code, a password, a client secret, an issuer's token, or a client certificate, changed for a token, which is kept.
//!
//! # Invariants
//! - There is room for a token before the code is used up; one that could not be kept is ended.
//! - The token is printed nowhere.

use std::io;

use coffer_encryption::SecretBytes;
use coffer_engine::Error;
use coffer_engine::client::ClientSecretHash;
use coffer_engine::code::CodeHash;
use coffer_engine::identity::MemberName;
use coffer_engine::jwt::Untrusted;
use coffer_engine::token::TokenId;
use coffer_wire::Plain;
use coffer_wire::client::{Client, ClientError};
use coffer_wire::sign_in::SignIn;
use serde_json::json;

use super::password::plain;
use super::{factor, show};
use crate::app::App;
use crate::args::Login;
use crate::error::{CliError, Exit};
use crate::kept::{Folder, Kept, Room, Whose};
use crate::prompt::{Asker as _, Source, known};
use crate::remote::{Remote, Tokens};
use crate::settings::Source as From;

pub(super) fn login(app: &mut App, args: &Login) -> Result<(), CliError> {
    let source = args.from.source()?.unwrap_or(Source::Prompt);
    let remote = remote(app, args)?;
    let folder = Folder::needed(&app.environment)?;
    let place = Place::new(&folder, whose(args, &remote))?;
    let shown = shown_for(app, args, &source)?;
    let client = remote.client(&Tokens::default())?;
    let (first, instance_too) = match sign_in(app, &remote, place, (&client, &shown)) {
        // The server does not tell whether the password was right.
        Err(error) if error.code == "password.invalid" => {
            let Some(shown) = with_a_code(app, &source, &shown)? else { return Err(error) };
            let place = Place::new(&folder, whose(args, &remote))?;
            sign_in(app, &remote, place, (&client, &shown))?
        }
        first => first?,
    };
    let mut signed = vec![first];
    if instance_too && !args.instance {
        let place = Place::new(&folder, Whose::instance(&remote));
        match place.and_then(|place| sign_in(app, &remote, place, (&client, &shown))) {
            Ok((second, _)) => signed.push(second),
            Err(error) => app.output.warn(&format!(
                "the code is good for the instance too, and was not taken there: {}; try `coffer login --instance` with it",
                error.cause
            )),
        }
    }
    announce(app, &remote, &signed)
}

/// The server, which is shown the certificate that is to sign in.
fn remote(app: &App, args: &Login) -> Result<Remote, CliError> {
    let remote = Remote::needed(app, "login")?;
    let Some((certificate, key)) = args.certificate.as_ref().zip(args.key.as_ref()) else {
        return Ok(remote);
    };
    if !remote.address.is_https() {
        return Err(CliError::new(
            Exit::Usage,
            "client.in_clear",
            "a certificate is shown over TLS, and this address is not https",
            "name the server as https://vault.example.com",
        ));
    }
    remote.showing(&app.cwd.join(certificate), &app.cwd.join(key))
}

fn whose(args: &Login, remote: &Remote) -> Whose {
    if args.instance { Whose::instance(remote) } else { Whose::tenant(remote) }
}

/// Where a token is going to be kept.
struct Place {
    whose: Whose,
    room: Room,
    /// What is kept there so far.
    before: Option<Kept>,
}

impl Place {
    /// Where there is something that can't be read, it is written anew.
    fn new(folder: &Folder, whose: Whose) -> Result<Self, CliError> {
        let room = folder.room()?;
        let before = match folder.find(&whose) {
            Err(error) if error.code == "sign_in.damaged" => None,
            found => found?,
        };
        Ok(Self { whose, room, before })
    }
}

/// What is shown to sign in.
fn shown_for(app: &mut App, args: &Login, source: &Source) -> Result<SignIn, CliError> {
    if args.certificate.is_some() {
        return Ok(SignIn::Certificate { certificate: true, authority: args.authority.clone() });
    }
    if args.jwt {
        return Ok(SignIn::Jwt { jwt: jwt(app, source)?, issuer: args.issuer.clone() });
    }
    if let Some(user) = &args.user {
        let user = MemberName::parse(user).map_err(Error::from)?.as_str().to_owned();
        let (password, totp) = password(app, source, args)?;
        return Ok(SignIn::Password { user, password, totp });
    }
    match &args.client_id {
        None => Ok(SignIn::Code { code: code(app, source)? }),
        Some(id) => {
            let client_id = client_id(id)?;
            Ok(SignIn::Client { client_id, client_secret: client_secret(app, source)? })
        }
    }
}

/// The password, and the code of the second factor, where it is said where that comes from.
fn password(app: &mut App, source: &Source, args: &Login) -> Result<(Plain, Option<Plain>), CliError> {
    let given = known(source, "the password", &mut app.person, &mut io::stdin().lock())?;
    if args.totp && *source == Source::Stdin {
        let line = given.expose().iter().position(|byte| *byte == b'\n').ok_or_else(|| {
            let fix = "write the password, and the code into the line below it";
            CliError::new(Exit::Usage, "factor.no_line", "stdin has no second line; nothing was sent", fix)
        })?;
        let (first, second) = given.expose().split_at(line);
        let first = first.strip_suffix(b"\r").unwrap_or(first);
        return Ok((plain(&SecretBytes::copy_from(first))?, Some(factor::code(second)?)));
    }
    let from = args.totp_file.clone().map(Source::File).or(args.totp.then_some(Source::Prompt));
    let password = plain(&given)?;
    let Some(from) = from else { return Ok((password, None)) };
    let code = known(&from, factor::CODE, &mut app.person, &mut io::stdin().lock())?;
    Ok((password, Some(factor::code(code.expose())?)))
}

/// The same, and the code of the second factor, where somebody is there to be asked, was not, and has one.
fn with_a_code(app: &mut App, source: &Source, shown: &SignIn) -> Result<Option<SignIn>, CliError> {
    let SignIn::Password { user, password, totp: None } = shown else { return Ok(None) };
    if *source != Source::Prompt || !app.person.is_there() {
        return Ok(None);
    }
    let question = format!("{}, if there is one: ", factor::CODE);
    let typed = app.person.hidden(&question).map_err(|error| CliError::io("the terminal", &error))?;
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let totp = Some(factor::code(typed.as_bytes())?);
    Ok(Some(SignIn::Password { user: user.clone(), password: password.clone(), totp }))
}

/// A client id. What is none is not repeated: a secret may have been written in its place.
fn client_id(text: &str) -> Result<String, CliError> {
    let id = TokenId::parse(text).map(|id| id.to_string());
    id.ok_or_else(|| {
        let cause = "a client id is 32 hexadecimal digits; what stands there was not sent";
        let fix = "`coffer client-secret create` tells it, and `coffer client-secret ls`";
        CliError::new(Exit::Usage, "client.id", cause, fix)
    })
}

/// The client secret; as for a code, what has not its shape is sent nowhere.
fn client_secret(app: &mut App, source: &Source) -> Result<Plain, CliError> {
    let given = known(source, "the client secret", &mut app.person, &mut io::stdin().lock())?;
    let text =
        std::str::from_utf8(given.expose()).ok().filter(|text| ClientSecretHash::of_text(text).is_some());
    let text = text.ok_or_else(|| {
        CliError::new(
            Exit::Usage,
            "client.mistyped",
            "this is no client secret, or was mistyped; it was not sent",
            "a client secret begins with CLNT-, and is taken whole, as `coffer client-secret create` printed it",
        )
    })?;
    Ok(Plain::new(text.to_owned()))
}

/// The code. What has not the shape of one is likely another secret: it is sent nowhere.
fn code(app: &mut App, source: &Source) -> Result<Plain, CliError> {
    let given = known(source, "the code", &mut app.person, &mut io::stdin().lock())?;
    let text = std::str::from_utf8(given.expose()).ok().filter(|text| CodeHash::of_text(text).is_some());
    let text = text.ok_or_else(|| {
        CliError::new(
            Exit::Usage,
            "code.mistyped",
            "this is no one-time code, or was mistyped; it was not sent",
            "a code begins with ONCE-, and is taken whole, as `coffer member code` or `coffer init` printed it",
        )
    })?;
    Ok(Plain::new(text.to_owned()))
}

/// A token of an issuer. What has not the shape of one is likely another secret: it is sent nowhere.
fn jwt(app: &mut App, source: &Source) -> Result<Plain, CliError> {
    let given = known(source, "the token", &mut app.person, &mut io::stdin().lock())?;
    let text = std::str::from_utf8(given.expose()).ok().map(str::trim_end);
    let text = text.filter(|text| Untrusted::parse(text).is_some()).ok_or_else(|| {
        CliError::new(
            Exit::Usage,
            "jwt.mistyped",
            "this is no signed token of an issuer (RFC 7519); it was not sent",
            "it has three parts with a dot between them, and is taken whole; a cluster puts it into a file, a CI job asks for it",
        )
    })?;
    Ok(Plain::new(text.to_owned()))
}

/// Changes what is shown for a token and keeps it; and whether the code is good for the instance too.
fn sign_in(
    app: &mut App,
    remote: &Remote,
    place: Place,
    (client, shown): (&Client, &SignIn),
) -> Result<(Signed, bool), CliError> {
    let Place { whose, room, before } = place;
    let answer = client.sign_in(shown, whose.is_instance()).map_err(|error| refused(error, &whose))?;
    let instance_too = answer.instance_too;
    let kept = Kept::new(&whose, answer);
    if let Err(error) = room.keep(&whose, &kept) {
        // Nobody will have it; and if it can't be ended, it ends by itself.
        let _ = end(remote, &whose, &kept.token);
        return Err(error);
    }
    let ended = before.map_or(Ok(()), |before| end(remote, &whose, &before.token));
    if ended.is_err_and(|error| error.code != "token.invalid") {
        app.output
            .warn("the token that was kept before could not be ended: it is good until its time is over");
    }
    Ok((Signed { whose, kept }, instance_too))
}

/// A sign-in that was made.
struct Signed {
    whose: Whose,
    kept: Kept,
}

fn refused(error: ClientError, whose: &Whose) -> CliError {
    let mut error = CliError::from(error);
    if error.code == "code.invalid" && !whose.is_instance() {
        error.fix =
            format!("{}; one that is good for the instance is taken with --instance", error.fix).into();
    }
    error
}

/// Ends a token at the server.
pub(super) fn end(remote: &Remote, whose: &Whose, token: &Plain) -> Result<(), CliError> {
    let client = remote.client(&Tokens { of_tenant: Some(token), of_instance: Some(token) })?;
    Ok(client.token_revoke_own(whose.is_instance())?)
}

fn announce(app: &mut App, remote: &Remote, signed: &[Signed]) -> Result<(), CliError> {
    if app.environment.take_token().is_some() || app.environment.get("COFFER_TOKEN_FILE").is_some() {
        app.output.warn("COFFER_TOKEN or COFFER_TOKEN_FILE is set, and goes before what is kept here");
    }
    if app.output.is_json() {
        let signed = signed.iter().map(|Signed { whose, kept }| shown(whose, kept));
        let server = remote.address.to_string();
        return app.output.json(&json!({ "server": server, "signed_in": signed.collect::<Vec<_>>() }));
    }
    for Signed { whose, kept } in signed {
        app.output.say(&format!(
            "signed in to {}, {}, as {}, until {}",
            remote.address,
            whose.shown(),
            kept.name,
            show::moment(kept.expires)
        ));
    }
    let addr = match app.settings()?.addr.source {
        From::Flag => format!(" --addr {}", remote.address),
        _ => String::new(),
    };
    let next = if signed.iter().all(|signed| signed.whose.is_instance()) { "tenant ls" } else { "ls / -r" };
    app.output.say(&format!("next: `coffer {next}{addr}`; `coffer logout{addr}` ends it"));
    Ok(())
}

/// A sign-in for programs.
pub(super) fn shown(whose: &Whose, kept: &Kept) -> serde_json::Value {
    json!({
        "tenant": whose.tenant_name(),
        "instance": whose.is_instance(),
        "member": kept.name,
        "expires": show::moment(kept.expires),
    })
}
