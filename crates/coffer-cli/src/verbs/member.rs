//! `coffer member`: who may use the store from elsewhere, and what they may do.

use coffer_engine::Error;
use coffer_engine::access::IdentityKind;
use coffer_engine::identity::MemberName;
use coffer_wire::Patch;
use coffer_wire::access::{Attached, Conditions, Grant};
use coffer_wire::code::NewCode;
use coffer_wire::member::{MemberChange, NewMember};
use serde::Serialize;
use serde_json::json;

use super::grants::{grants, grants_json, moment, shown};
use super::show;
use crate::app::App;
use crate::args::{self, Member, seconds};
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

pub(super) fn member(app: &mut App, args: Member) -> Result<(), CliError> {
    match args {
        Member::Create(args) => create(app, &args),
        Member::Change(args) => change(app, &args),
        Member::Undo { name, of } => undo(app, &name, of.instance),
        Member::Rm { name, of } => remove(app, &name, of.instance),
        Member::Enable { name, of } => enable(app, &name, of.instance),
        Member::Unlock { name, of } => unlock(app, &name, of.instance),
        Member::Code(args) => code(app, &args),
        Member::Ls(of) => list(app, of.instance),
    }
}

fn create(app: &mut App, args: &args::MemberCreate) -> Result<(), CliError> {
    let name = MemberName::parse(&args.name).map_err(Error::from)?;
    let grants = grants(&args.grant)?;
    let session = Session::open(app, Missing::Refuse)?;
    let kind = IdentityKind::from(args.kind).as_str().to_owned();
    let policies = args.policy.iter();
    let wanted = NewMember {
        name: name.as_str().to_owned(),
        kind,
        grants,
        policies: policies
            .map(|policy| Attached { policy: policy.clone(), when: Conditions::default() })
            .collect(),
        groups: args.group.clone(),
        owner: args.owner.clone(),
        purpose: args.purpose.clone(),
        expires: args.expires.as_deref().map(moment).transpose()?,
    };
    let made = session.client().member_create(&wanted, args.of.instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "member": made.name, "id": made.id }));
    }
    app.output.say(&format!(
        "made {name}; `coffer member code {name}` makes a code to sign in with, `coffer token create --member {name}` a token",
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
        owner: patch(args.owner.as_ref()),
        purpose: patch(args.purpose.as_ref()),
        expires: match args.expires.as_deref() {
            None => Patch::Keep,
            Some("") => Patch::Clear,
            Some(text) => Patch::Set(moment(text)?),
        },
        ..MemberChange::default()
    };
    if change == MemberChange::default() {
        return Err(CliError::new(
            Exit::Usage,
            "member.no_change",
            "nothing is to be changed",
            "say what: --grant, --no-grants, --disable, --enable, --owner, --purpose or --expires",
        ));
    }
    let session = Session::open(app, Missing::Refuse)?;
    session.client().member_change(name.as_str(), &change, args.of.instance)?;
    app.output.say(&format!("changed {}, as of now", name.as_str()));
    Ok(())
}

fn enable(app: &mut App, name: &str, instance: bool) -> Result<(), CliError> {
    let name = MemberName::parse(name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Refuse)?;
    let change = MemberChange { disabled: Some(false), ..MemberChange::default() };
    session.client().member_change(name.as_str(), &change, instance)?;
    app.output.say(&format!("{} may do what was granted, as of now", name.as_str()));
    Ok(())
}

fn undo(app: &mut App, name: &str, instance: bool) -> Result<(), CliError> {
    let name = MemberName::parse(name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Refuse)?;
    let undone = session.client().member_undo(name.as_str(), instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({
            "grants": grants_json(&undone.grants),
            "policies": undone.policies,
            "groups": undone.groups,
            "disabled": undone.disabled,
            "expires": undone.expires.map(show::moment),
            "undo_steps": undone.undo_steps,
        }));
    }
    let may = power(&undone.grants, &undone.policies, &undone.groups, undone.disabled);
    app.output.say(&format!("{} may, as of now: {may}", name.as_str()));
    app.output.say(&format!("changes that can be taken back: {}", undone.undo_steps));
    Ok(())
}

fn remove(app: &mut App, name: &str, instance: bool) -> Result<(), CliError> {
    let name = MemberName::parse(name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Refuse)?;
    session.client().member_remove(name.as_str(), instance)?;
    app.output.say(&format!("removed {}, for good", name.as_str()));
    Ok(())
}

/// For programs. Not through `json!`, which would leave a copy of the code in memory.
#[derive(Serialize)]
struct MadeCode<'a> {
    code: &'a str,
    expires: String,
}

fn code(app: &mut App, args: &args::MemberCode) -> Result<(), CliError> {
    let member = MemberName::parse(&args.name).map_err(Error::from)?.as_str().to_owned();
    let new = NewCode { member, ttl_seconds: Some(seconds("--ttl", &args.ttl)?) };
    let session = Session::open(app, Missing::Refuse)?;
    let made = session.client().member_code(&new, args.of.instance)?;
    let (code, expires) = (made.code.expose(), show::moment(made.expires));
    if app.output.is_json() {
        return app.output.value(show::wiped_json(&MadeCode { code, expires })?.expose());
    }
    let of = if args.of.instance { " --instance" } else { "" };
    app.output
        .say(&format!("signs {} in, once, until {expires}, with `coffer login --addr URL{of}`", new.member));
    app.output.value(code.as_bytes())
}

fn unlock(app: &mut App, name: &str, instance: bool) -> Result<(), CliError> {
    let name = MemberName::parse(name).map_err(Error::from)?;
    let session = Session::open(app, Missing::Refuse)?;
    let unlocked = session.client().member_unlock(name.as_str(), instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "sources": unlocked.sources }));
    }
    let name = name.as_str();
    app.output.say(&match unlocked.sources {
        0 => format!("no wrong password of {name} was counted"),
        many => format!("{name} may try again, from {many} addresses at which it had gone wrong"),
    });
    Ok(())
}

fn list(app: &mut App, instance: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let members = session.client().member_list(instance)?;
    if app.output.is_json() {
        let members = members.iter().map(|member| {
            json!({
                "id": member.id,
                "name": member.name,
                "kind": member.kind,
                "grants": grants_json(&member.grants),
                "policies": member.policies,
                "groups": member.groups,
                "owner": member.owner,
                "purpose": member.purpose,
                "expires": member.expires.map(show::moment),
                "disabled": member.disabled,
                "violations": member.violations,
                "undo_steps": member.undo_steps,
            })
        });
        return app.output.json(&json!({ "members": members.collect::<Vec<_>>() }));
    }
    let rows: Vec<[String; 5]> = members
        .iter()
        .map(|member| {
            let mut power = power(&member.grants, &member.policies, &member.groups, member.disabled);
            if member.violations {
                power.push_str(" for violations");
            }
            let steps = member.undo_steps.to_string();
            [member.name.clone(), member.kind.clone(), power, steps, member.id.clone()]
        })
        .collect();
    app.output.table(["NAME", "KIND", "MAY", "UNDO", "ID"], &rows)
}

/// What a member may do, for people.
fn power(grants: &[Grant], policies: &[Attached], groups: &[String], disabled: bool) -> String {
    if disabled {
        return "disabled".to_owned();
    }
    let groups = groups.iter().map(|group| format!("group {group}"));
    shown(grants, policies).into_iter().chain(groups).collect::<Vec<_>>().join(", ")
}

/// What is said of a text that can be taken away.
fn patch(said: Option<&String>) -> Patch<String> {
    match said {
        None => Patch::Keep,
        Some(text) if text.is_empty() => Patch::Clear,
        Some(text) => Patch::Set(text.clone()),
    }
}
