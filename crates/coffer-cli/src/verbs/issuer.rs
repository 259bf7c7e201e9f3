//! `coffer issuer`: whose tokens are trusted, and whom they mean.

use std::collections::BTreeMap;
use std::fs;

use coffer_engine::limits::JWK_SET_MAX_BYTES;
use coffer_wire::issuer::{Issuer, IssuerChange, NewBinding, NewIssuer};
use serde_json::json;

use super::role::told_undone;
use crate::app::App;
use crate::args::{self, IssuerLike, seconds};
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

pub(super) fn issuer(app: &mut App, args: args::Issuer) -> Result<(), CliError> {
    match args {
        args::Issuer::Add(args) => add(app, args),
        args::Issuer::Bind(args) => bind(app, args),
        args::Issuer::Unbind { name, claim, of } => unbind(app, &name, &claim, of.instance),
        args::Issuer::Change(args) => change(app, args),
        args::Issuer::Ls(of) => list(app, of.instance),
        args::Issuer::Undo { name, of } => undo(app, &name, of.instance),
        args::Issuer::Rm { name, of } => remove(app, &name, of.instance),
    }
}

fn add(app: &mut App, args: args::IssuerAdd) -> Result<(), CliError> {
    let (jwks, token_seconds) = (key_set(app, &args.like)?, life(&args.like)?);
    let session = Session::open(app, Missing::Refuse)?;
    let IssuerLike { audience, algorithm, jwks_uri, leeway, .. } = args.like;
    let wanted = NewIssuer {
        name: args.name,
        issuer: args.issuer,
        audiences: audience,
        algorithms: Some(algorithm).filter(|named| !named.is_empty()),
        jwks_uri,
        jwks,
        leeway_seconds: leeway,
        once: args.once,
        token_seconds,
    };
    session.client().issuer_create(&wanted, args.of.instance)?;
    let name = wanted.name;
    app.output.say(&format!(
        "{name} is trusted, and its tokens mean nobody yet; `coffer issuer bind {name} --claim NAME=TEXT --member MEMBER` says whom"
    ));
    Ok(())
}

fn change(app: &mut App, args: args::IssuerChange) -> Result<(), CliError> {
    let (jwks, token_seconds) = (key_set(app, &args.like)?, life(&args.like)?);
    let IssuerLike { audience, algorithm, jwks_uri, leeway, .. } = args.like;
    let some = |texts: Vec<String>| Some(texts).filter(|texts| !texts.is_empty());
    let change = IssuerChange {
        audiences: some(audience),
        algorithms: some(algorithm),
        discovery: args.discovery,
        jwks_uri,
        jwks,
        leeway_seconds: leeway,
        once: (args.once || args.often).then_some(args.once),
        token_seconds,
        ..IssuerChange::default()
    };
    if change == IssuerChange::default() {
        return Err(CliError::new(
            Exit::Usage,
            "issuer.no_change",
            "nothing is to be changed",
            "say what: `coffer issuer change --help` lists it",
        ));
    }
    let session = Session::open(app, Missing::Refuse)?;
    session.client().issuer_change(&args.name, &change, args.of.instance)?;
    app.output.say(&format!("changed {}, as of now", args.name));
    Ok(())
}

fn bind(app: &mut App, args: args::IssuerBind) -> Result<(), CliError> {
    let claims = claims(&args.claim)?;
    let session = Session::open(app, Missing::Refuse)?;
    let bind = vec![NewBinding { claims, member: args.member }];
    let change = IssuerChange { bind, ..IssuerChange::default() };
    session.client().issuer_change(&args.name, &change, args.of.instance)?;
    let bound = change.bind.first();
    let (said, member) = bound.map_or_else(Default::default, |one| (shown(&one.claims), one.member.clone()));
    app.output.say(&format!("a token of {} that claims {said} means {member}, as of now", args.name));
    Ok(())
}

fn unbind(app: &mut App, name: &str, said: &[String], instance: bool) -> Result<(), CliError> {
    let claims = claims(said)?;
    let session = Session::open(app, Missing::Refuse)?;
    // What is not bound means nobody already; but whoever says so may have written it in another way.
    let listed = session.client().issuer_list(instance)?;
    let is_bound = |issuer: &Issuer| issuer.bindings.iter().any(|binding| binding.claims == claims);
    if listed.iter().any(|issuer| issuer.name == name && !is_bound(issuer)) {
        return Err(CliError::new(
            Exit::NotFound,
            "binding.not_found",
            format!("no member is bound to {} by tokens of {name}", shown(&claims)),
            "name all claims that were bound together: `coffer issuer ls` shows them",
        ));
    }
    let change = IssuerChange { unbind: vec![claims], ..IssuerChange::default() };
    session.client().issuer_change(name, &change, instance)?;
    let said = change.unbind.first().map(shown).unwrap_or_default();
    app.output.say(&format!("a token of {name} that claims {said} means nobody, as of now"));
    Ok(())
}

fn remove(app: &mut App, name: &str, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    session.client().issuer_remove(name, instance)?;
    app.output.say(&format!(
        "{name} is trusted no more; who has signed in keeps the token until it ends; `coffer issuer undo {name}` takes that back"
    ));
    Ok(())
}

fn undo(app: &mut App, name: &str, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let undone = session.client().issuer_undo(name, instance)?;
    told_undone(app, name, undone.exists)
}

fn list(app: &mut App, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let issuers = session.client().issuer_list(instance)?;
    if app.output.is_json() {
        let issuers = serde_json::to_value(&issuers).map_err(|_| unwritten())?;
        return app.output.json(&json!({ "issuers": issuers }));
    }
    let mut rows: Vec<[String; 5]> = Vec::new();
    for issuer in &issuers {
        let keys = match (&issuer.jwks_uri, &issuer.jwks) {
            (_, Some(_)) => "given".to_owned(),
            (Some(at), None) => at.clone(),
            (None, None) => "discovery".to_owned(),
        };
        let about = [issuer.name.clone(), issuer.issuer.clone(), keys];
        for binding in &issuer.bindings {
            let member = binding.member.clone().unwrap_or_else(|| "(nobody)".to_owned());
            let [name, url, keys] = about.clone();
            rows.push([name, url, keys, shown(&binding.claims), member]);
        }
        if issuer.bindings.is_empty() {
            let [name, url, keys] = about;
            rows.push([name, url, keys, String::new(), "(nobody yet)".to_owned()]);
        }
    }
    app.output.table(["NAME", "ISSUER", "KEYS", "WHO CLAIMS", "IS"], &rows)
}

fn unwritten() -> CliError {
    CliError::new(Exit::Failure, "output.json", "the list can't be written", "ask without --json")
}

fn shown(claims: &BTreeMap<String, String>) -> String {
    claims.iter().map(|(name, said)| format!("{name}={said}")).collect::<Vec<_>>().join(" ")
}

fn claims(said: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    let wrong = || {
        CliError::new(
            Exit::Usage,
            "binding.claim",
            "a claim is a name, an equals sign, and what it says; each name once",
            "write it so: --claim sub=system:serviceaccount:prod:shop",
        )
    };
    let mut claims = BTreeMap::new();
    for one in said {
        let (name, text) = one.split_once('=').ok_or_else(wrong)?;
        if claims.insert(name.to_owned(), text.to_owned()).is_some() {
            return Err(wrong());
        }
    }
    Ok(claims)
}

fn life(like: &IssuerLike) -> Result<Option<u64>, CliError> {
    like.token_ttl.as_deref().map(|text| seconds("--token-ttl", text)).transpose()
}

/// The file's text. Public keys, unless somebody has named the wrong file: then it is refused, and not repeated.
fn key_set(app: &App, like: &IssuerLike) -> Result<Option<String>, CliError> {
    let Some(file) = &like.jwks_file else { return Ok(None) };
    let shown = file.display().to_string();
    let path = app.cwd.join(file);
    let failed = |error| CliError::io(&shown, &error);
    let most = u64::try_from(JWK_SET_MAX_BYTES).unwrap_or(u64::MAX);
    let none = || {
        CliError::new(
            Exit::Usage,
            "issuer.key_file",
            format!("{shown} is no set of public keys"),
            "name the document that the issuer has at its `jwks_uri`: of a cluster, `kubectl get --raw /openid/v1/jwks`",
        )
    };
    if fs::metadata(&path).map_err(failed)?.len() > most {
        return Err(none());
    }
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => none(),
        _ => failed(error),
    })?;
    coffer_engine::jwt::KeySet::parse(text.as_bytes()).map_err(|_| none())?;
    Ok(Some(text))
}
