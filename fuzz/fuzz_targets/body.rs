//! Bodies: what passes the first look is as deep and as much as is allowed, whoever counts; what is parsed is written and parsed
//! again. Input: a line that says as what, and the body.
#![no_main]

use coffer_fuzz::named;
use coffer_server::fuzzing::check_body;
use coffer_server::limits::{BODY_DEPTH_MAX, BODY_VALUES_MAX};
use coffer_wire::{
    access, audit, authority, client_secret, code, compare, factor, file, find, issuer, member, password,
    problem, reference, seal, secret, sign_in, tenant, token, unlocker,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Every type that a route takes (`tests/api/openapi.rs` of the server compares), and some that a client of ours reads.
const TYPES: &[(&str, fn(&[u8]))] = &[
    ("AuthorityChange", same::<authority::AuthorityChange>),
    ("BatchRead", same::<secret::BatchRead>),
    ("BatchWrite", same::<secret::BatchWrite>),
    ("Compare", same::<compare::Compare>),
    ("Destroy", same::<secret::Destroy>),
    ("EraseTenant", same::<tenant::EraseTenant>),
    ("Forget", same::<audit::Forget>),
    ("Given", same::<secret::Given>),
    ("GroupChange", same::<access::GroupChange>),
    ("Hold", same::<audit::Hold>),
    ("IssuerChange", same::<issuer::IssuerChange>),
    ("Label", same::<secret::Label>),
    ("MemberChange", same::<member::MemberChange>),
    ("NewClientSecret", same::<client_secret::NewClientSecret>),
    ("NewCode", same::<code::NewCode>),
    ("NewIssuer", same::<issuer::NewIssuer>),
    ("NewFactor", same::<factor::NewFactor>),
    ("NewMember", same::<member::NewMember>),
    ("NewPolicy", same::<access::NewPolicy>),
    ("NewRole", same::<access::NewRole>),
    ("NewPassword", same::<password::NewPassword>),
    ("NewTenant", same::<tenant::NewTenant>),
    ("NewToken", same::<token::NewToken>),
    ("NewUnlocker", same::<unlocker::NewUnlocker>),
    ("OpenFile", same::<file::OpenFile>),
    ("Pin", same::<secret::Pin>),
    ("Prune", same::<audit::Prune>),
    ("Publication", same::<audit::Publication>),
    ("RenameTenant", same::<tenant::RenameTenant>),
    ("SealFile", same::<file::SealFile>),
    ("Search", same::<find::Search>),
    ("SecretWrite", same::<secret::SecretWrite>),
    ("SettingsChange", same::<tenant::SettingsChange>),
    ("ShownFactor", same::<factor::ShownFactor>),
    ("SignIn", same::<sign_in::SignIn>),
    ("TenantChange", same::<tenant::TenantChange>),
    ("TenantLock", same::<tenant::TenantLock>),
    ("Unseal", same::<seal::Unseal>),
    ("Verify", same::<audit::Verify>),
    // Answers.
    ("ErasureCertificate", same::<tenant::ErasureCertificate>),
    ("History", same::<secret::History>),
    ("Problem", same::<problem::Problem>),
    ("References", same::<reference::References>),
    ("Secret", same::<secret::Secret>),
    ("Tokens", same::<token::Tokens>),
];

fuzz_target!(|input: &[u8]| {
    let Some((name, body)) = named(input) else { return };
    if check_body(body).is_err() {
        return;
    }
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        assert!(depth(&value) <= BODY_DEPTH_MAX && count(&value) <= BODY_VALUES_MAX.saturating_mul(2));
    }
    TYPES.iter().filter(|(known, _)| *known == name).for_each(|(_, same)| same(body));
});

/// What is parsed is the same once it was written and parsed again, and it passes the first look then too.
fn same<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq>(body: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(body) else { return };
    let written = serde_json::to_vec(&value).unwrap();
    let again: T = serde_json::from_slice(&written).unwrap();
    assert!(again == value);
    // By way of a tree, in which nothing stands twice and the order is another.
    let tree: Value = serde_json::from_slice(&written).unwrap();
    assert!(serde_json::from_value::<T>(tree).unwrap() == value);
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(depth).max().unwrap_or(0).saturating_add(1),
        Value::Object(members) => members.values().map(depth).max().unwrap_or(0).saturating_add(1),
        _ => 0,
    }
}

fn count(value: &Value) -> usize {
    let below = match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0_usize,
    };
    below.saturating_add(1)
}
