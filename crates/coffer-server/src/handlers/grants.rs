//! Grants, conditions and what is attached: between the wire and the engine.

use coffer_engine::access::{Attached, Conditions, Grant, Hours, PathPattern};
use coffer_engine::network::Network;
use coffer_engine::proof::Method;
use coffer_engine::slug::{GroupName, PolicyName, RoleName};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::MemberEdit;
use coffer_wire::access;

use super::shapes;
use crate::failure::Failure;

pub(super) fn grants(sent: &[access::Grant]) -> Result<Vec<Grant>, Failure> {
    sent.iter().map(grant).collect()
}

pub(super) fn policies(sent: &[access::Attached]) -> Result<Vec<Attached>, Failure> {
    sent.iter().map(attached).collect()
}

pub(super) fn groups(sent: &[String]) -> Result<Vec<GroupName>, Failure> {
    sent.iter().map(|name| Ok(GroupName::parse(name)?)).collect()
}

/// What is taken away first, and then what is given: so that one change can put one in the place of another.
pub(super) fn edits(
    (revoke, detach): (&[access::Revoke], &[String]),
    (grant_too, attach): (&[access::Grant], &[access::Attached]),
) -> Result<Vec<MemberEdit>, Failure> {
    let revoked = revoke
        .iter()
        .map(|one| Ok(MemberEdit::Revoke(RoleName::parse(&one.role)?, PathPattern::parse(&one.pattern)?)));
    let detached = detach.iter().map(|name| Ok(MemberEdit::Detach(PolicyName::parse(name)?)));
    let granted = grant_too.iter().map(|one| grant(one).map(MemberEdit::Grant));
    let attached = attach.iter().map(|one| attached(one).map(MemberEdit::Attach));
    revoked.chain(detached).chain(granted).chain(attached).collect()
}

pub(super) fn shown_grants(grants: &[Grant]) -> Vec<access::Grant> {
    let shown = |grant: &Grant| access::Grant {
        role: grant.role.to_string(),
        pattern: grant.pattern.to_string(),
        when: shown_when(&grant.when),
    };
    grants.iter().map(shown).collect()
}

pub(super) fn shown_policies(policies: &[Attached]) -> Vec<access::Attached> {
    let shown =
        |one: &Attached| access::Attached { policy: one.policy.to_string(), when: shown_when(&one.when) };
    policies.iter().map(shown).collect()
}

fn grant(sent: &access::Grant) -> Result<Grant, Failure> {
    Ok(Grant {
        role: RoleName::parse(&sent.role)?,
        pattern: PathPattern::parse(&sent.pattern)?,
        when: when(&sent.when)?,
    })
}

fn attached(sent: &access::Attached) -> Result<Attached, Failure> {
    Ok(Attached { policy: PolicyName::parse(&sent.policy)?, when: when(&sent.when)? })
}

fn when(sent: &access::Conditions) -> Result<Conditions, Failure> {
    let method = |name: &String| {
        Method::ALL.into_iter().find(|method| method.name() == name).ok_or_else(|| {
            let names = Method::ALL.map(Method::name).join(", ");
            Failure::invalid("grant.method", "there is no such way to sign in", format!("use one of {names}"))
        })
    };
    let network = |raw: &String| Ok(Network::parse(raw)?);
    Ok(Conditions {
        networks: sent.networks.iter().map(network).collect::<Result<_, Failure>>()?,
        methods: sent.methods.iter().map(method).collect::<Result<_, Failure>>()?,
        second_factor: sent.second_factor,
        until_ms: sent.until.map(coffer_wire::Moment::millis),
        hours: sent.hours.as_deref().map(Hours::parse).transpose()?,
    })
}

fn shown_when(when: &Conditions) -> access::Conditions {
    access::Conditions {
        networks: when.networks.iter().map(ToString::to_string).collect(),
        methods: when.methods.iter().map(|method| method.name().to_owned()).collect(),
        second_factor: when.second_factor,
        until: when.until_ms.map(|until| shapes::moment(Timestamp::from_millis(until))),
        hours: when.hours.map(|hours| hours.to_string()),
    }
}
