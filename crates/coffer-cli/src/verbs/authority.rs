//! `coffer authority`: whose client certificates are trusted, and whom they mean.

use std::fs;
use std::path::Path;

use coffer_engine::limits::AUTHORITY_MAX_BYTES;
use coffer_wire::authority::AuthorityChange;
use serde_json::json;

use super::role::told_undone;
use super::show;
use crate::app::App;
use crate::args::{Authority, AuthoritySet, seconds};
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

pub(super) fn authority(app: &mut App, args: Authority) -> Result<(), CliError> {
    match args {
        Authority::Set(args) => set(app, args),
        Authority::Ls(of) => list(app, of.instance),
        Authority::Rm(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            session.client().authority_remove(&named.name, named.of.instance)?;
            app.output.say(&format!(
                "{0} is trusted no more; who has signed in keeps the token until it ends; `coffer authority undo {0}` takes that back",
                named.name
            ));
            Ok(())
        }
        Authority::Undo(named) => {
            let session = Session::open(app, Missing::Refuse)?;
            let undone = session.client().authority_undo(&named.name, named.of.instance)?;
            told_undone(app, &named.name, undone.exists)
        }
    }
}

fn set(app: &mut App, args: AuthoritySet) -> Result<(), CliError> {
    let names: Vec<String> =
        args.san.into_iter().chain(args.cn.iter().map(|name| format!("cn:{name}"))).collect();
    let lists: Vec<String> =
        args.crl.iter().map(|file| pem(app, file, "X509 CRL")).collect::<Result<_, _>>()?;
    let change = AuthorityChange {
        certificates: args.file.as_deref().map(|file| pem(app, file, "CERTIFICATE")).transpose()?,
        crls: (args.no_crl || !lists.is_empty()).then(|| lists.concat()),
        names: Some(names).filter(|names| !names.is_empty()),
        member: args.member,
        token_seconds: args.token_ttl.as_deref().map(|text| seconds("--token-ttl", text)).transpose()?,
        bound: (args.bound || args.unbound).then_some(args.bound),
    };
    if change == AuthorityChange::default() {
        return Err(CliError::new(
            Exit::Usage,
            "authority.no_change",
            "nothing is said of it",
            "name the file with its certificate, and --member: `coffer authority set --help` shows how",
        ));
    }
    let session = Session::open(app, Missing::Refuse)?;
    session.client().authority_set(&args.name, &change, args.of.instance)?;
    app.output.say(&format!("{} says that, as of now", args.name));
    Ok(())
}

fn list(app: &mut App, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let authorities = session.client().authority_list(instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "authorities": authorities }));
    }
    let mut rows: Vec<[String; 6]> = Vec::new();
    for one in authorities {
        let certificate = |certificate: &coffer_wire::authority::TrustedCertificate| {
            let sort = if certificate.authority { "authority" } else { "itself" };
            let head: String = certificate.sha256.chars().take(16).collect();
            format!("{sort} {head}.. {}", certificate.common_name)
        };
        let certificates: Vec<String> = one.certificates.iter().map(certificate).collect();
        let lists = match (one.crls, one.crls_expire) {
            (0, _) => "none".to_owned(),
            (many, None) => many.to_string(),
            (many, Some(until)) => format!("{many}, until {}", show::moment(until)),
        };
        rows.push([
            one.name,
            certificates.join(", ").trim_end().to_owned(),
            one.names.join(" "),
            one.member.unwrap_or_else(|| "(nobody)".to_owned()),
            lists,
            one.undo_steps.to_string(),
        ]);
    }
    app.output.table(["NAME", "SIGNED BY", "WHO IS CALLED", "IS", "REVOCATION LISTS", "UNDO"], &rows)
}

/// The file's text, where nothing but this is in it. A key that was named by mistake is sent nowhere, and not repeated.
fn pem(app: &App, file: &Path, wanted: &str) -> Result<String, CliError> {
    let shown = file.display().to_string();
    let path = app.cwd.join(file);
    let failed = |error| CliError::io(&shown, &error);
    let none = || {
        CliError::new(
            Exit::Usage,
            "authority.file",
            format!("{shown} is no `{wanted}` in PEM, or something else is in it"),
            "name the file that the authority publishes; no key belongs there",
        )
    };
    // In base64, with lines, and a remark or two.
    let most = u64::try_from(AUTHORITY_MAX_BYTES.saturating_mul(2)).unwrap_or(u64::MAX);
    if fs::metadata(&path).map_err(failed)?.len() > most {
        return Err(none());
    }
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => none(),
        _ => failed(error),
    })?;
    let (all, of_these) = ("-----BEGIN ", format!("-----BEGIN {wanted}-----"));
    if !text.contains(&of_these) || text.matches(all).count() != text.matches(&of_these).count() {
        return Err(none());
    }
    Ok(text)
}
