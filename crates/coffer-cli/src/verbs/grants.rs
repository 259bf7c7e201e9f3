//! Grants, policies and conditions: as they are said, and shown.

use coffer_engine::Error;
use coffer_engine::access::{PathPattern, Role};
use coffer_engine::slug::RoleName;
use coffer_wire::Moment;
use coffer_wire::access::{Attached, Conditions, Grant};
use serde_json::{Value as Json, json};

use super::audit::not_a_moment;
use super::show;
use crate::args::{self, When};
use crate::edge;
use crate::error::{CliError, Exit};

/// `ROLE:PATTERN`, each.
pub(super) fn grants(said: &[String]) -> Result<Vec<Grant>, CliError> {
    said.iter().map(|said| grant(said)).collect()
}

/// A role and a pattern, checked as the store would.
pub(super) fn granted(role: &str, pattern: &str, when: Conditions) -> Result<Grant, CliError> {
    let role = RoleName::parse(role).map_err(Error::from)?;
    let pattern = PathPattern::parse(pattern).map_err(Error::from)?;
    Ok(Grant { role: role.to_string(), pattern: pattern.to_string(), when })
}

/// The conditions that were said.
pub(super) fn conditions(when: &When) -> Result<Conditions, CliError> {
    let until = when.until.as_deref().map(moment).transpose()?;
    Ok(Conditions {
        networks: when.networks.clone(),
        methods: when.methods.clone(),
        second_factor: when.second_factor,
        until,
        hours: when.hours.clone(),
    })
}

/// A moment to come.
pub(super) fn moment(text: &str) -> Result<Moment, CliError> {
    let at = args::moment(text, edge::now()).ok_or_else(not_a_moment)?;
    Ok(Moment::from_millis(at.millis()))
}

/// For people: `reader:dev/** (until 2027-01-01T00:00:00Z)`, `policy ci`.
pub(super) fn shown(grants: &[Grant], policies: &[Attached]) -> Vec<String> {
    let granted = grants.iter().map(|grant| with(format!("{}:{}", grant.role, grant.pattern), &grant.when));
    let attached = policies.iter().map(|one| with(format!("policy {}", one.policy), &one.when));
    granted.chain(attached).collect()
}

/// For programs, what is there of grants: as it is said at `--grant`, with conditions behind it.
pub(super) fn grants_json(grants: &[Grant]) -> Json {
    json!(shown(grants, &[]))
}

fn with(what: String, when: &Conditions) -> String {
    let mut words = Vec::new();
    if !when.networks.is_empty() {
        words.push(format!("from {}", when.networks.join(", ")));
    }
    if !when.methods.is_empty() {
        words.push(format!("signed in by {}", when.methods.join(" or ")));
    }
    if when.second_factor {
        words.push("with a second factor".to_owned());
    }
    words.extend(when.hours.as_ref().map(|hours| format!("at {hours} UTC")));
    words.extend(when.until.map(|until| format!("until {}", show::moment(until))));
    if words.is_empty() { what } else { format!("{what} ({})", words.join("; ")) }
}

fn grant(said: &str) -> Result<Grant, CliError> {
    let Some((role, pattern)) = said.split_once(':') else {
        return Err(CliError::new(
            Exit::Usage,
            "grant.role",
            "a grant is a role, a colon, and a pattern of paths, such as `reader:prod/shop/**`",
            format!("the roles are {}, and those of `coffer role ls`", Role::ALL.map(Role::name).join(", ")),
        ));
    };
    granted(role, pattern, Conditions::default())
}
