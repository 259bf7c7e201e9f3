//! `coffer member`: who may use the store from elsewhere, and what they may do.

use coffer_engine::Error;
use coffer_engine::access::{Grant, PathPattern, Role};
use coffer_engine::identity::MemberName;
use coffer_engine::vault::{self, MemberChange};
use serde_json::json;

use crate::app::App;
use crate::args::{self, Member};
use crate::error::{CliError, Exit};
use crate::session::{Missing, Session, hex};

pub(super) fn member(app: &mut App, args: Member) -> Result<(), CliError> {
    match args {
        Member::Create(args) => create(app, &args),
        Member::Change(args) => change(app, &args),
        Member::Ls(of) => list(app, of.instance),
    }
}

fn create(app: &mut App, args: &args::MemberCreate) -> Result<(), CliError> {
    let name = MemberName::parse(&args.name).map_err(Error::from)?;
    let grants = grants(&args.grant)?;
    let session = Session::open(app, Missing::Refuse)?;
    let wanted = (args.kind.into(), grants.as_slice());
    let id = session.ask(async |vault, op| vault.member_create(op, &name, wanted, args.of.instance).await)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "member": name.as_str(), "id": hex(id.bytes()) }));
    }
    app.output.say(&format!(
        "made {name}; `coffer token create --member {name}` makes a token for it",
        name = name.as_str()
    ));
    Ok(())
}

fn change(app: &mut App, args: &args::MemberChange) -> Result<(), CliError> {
    let name = MemberName::parse(&args.name).map_err(Error::from)?;
    let said_grants = args.no_grants || !args.grant.is_empty();
    let change = MemberChange {
        grants: if said_grants { Some(grants(&args.grant)?) } else { None },
        disabled: if args.disable || args.enable { Some(args.disable) } else { None },
    };
    if change == MemberChange::default() {
        return Err(CliError::new(
            Exit::Usage,
            "member.no_change",
            "nothing is to be changed",
            "say what: --grant, --no-grants, --disable or --enable",
        ));
    }
    let session = Session::open(app, Missing::Refuse)?;
    session.ask(async |vault, op| vault.member_change(op, &name, &change, args.of.instance).await)?;
    app.output.say(&format!("changed {}, as of now", name.as_str()));
    Ok(())
}

fn list(app: &mut App, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let members = session.ask(async |vault, op| vault.member_list(op, instance).await)?;
    if app.output.is_json() {
        let members = members.iter().map(|member| {
            json!({
                "id": hex(member.id.bytes()),
                "name": member.identity.name,
                "kind": member.identity.kind.as_str(),
                "grants": shown_grants(member),
                "disabled": member.identity.disabled,
            })
        });
        return app.output.json(&json!({ "members": members.collect::<Vec<_>>() }));
    }
    let rows: Vec<[String; 4]> = members
        .iter()
        .map(|member| {
            let power = if member.identity.disabled {
                "disabled".to_owned()
            } else {
                shown_grants(member).join(", ")
            };
            let kind = member.identity.kind.as_str().to_owned();
            [member.identity.name.clone(), kind, power, hex(member.id.bytes())]
        })
        .collect();
    app.output.table(["NAME", "KIND", "MAY", "ID"], &rows)
}

fn shown_grants(member: &vault::Member) -> Vec<String> {
    member.identity.grants.iter().map(|grant| format!("{}:{}", grant.role.name(), grant.pattern)).collect()
}

fn grants(said: &[String]) -> Result<Vec<Grant>, CliError> {
    said.iter().map(|said| grant(said)).collect()
}

fn grant(said: &str) -> Result<Grant, CliError> {
    let role = |name| Role::ALL.into_iter().find(|role| role.name() == name);
    let Some((Some(role), pattern)) = said.split_once(':').map(|(name, pattern)| (role(name), pattern))
    else {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        return Err(CliError::new(
            Exit::Usage,
            "grant.role",
            "a grant is a role, a colon, and a pattern of paths, such as `reader:prod/shop/**`",
            format!("the roles are {}", names.join(", ")),
        ));
    };
    Ok(Grant { role, pattern: PathPattern::parse(pattern).map_err(Error::from)? })
}
