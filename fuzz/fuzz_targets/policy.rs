//! Policies: what is read is written again in either grammar, and read as the same; hours have one spelling. Input: a text.
#![no_main]

use coffer_engine::access::Hours;
use coffer_engine::access::policy::{Allowed, Rule, RulePattern, parse};
use coffer_engine::limits::{POLICY_MAX_BYTES, POLICY_RULES_MAX};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    if let Ok(hours) = Hours::parse(text) {
        assert_eq!(hours.to_string(), text);
    }
    let Ok(rules) = parse(text) else { return };
    assert!(text.len() <= POLICY_MAX_BYTES && rules.len() <= POLICY_RULES_MAX);
    for rule in &rules {
        assert_eq!(RulePattern::parse(rule.pattern.as_str()).as_ref(), Ok(&rule.pattern));
        let (folder, _) = rule.pattern.folder();
        assert!(rule.pattern.as_str().starts_with(folder) && !folder.contains(['*', '+']));
    }
    let hcl: String = rules.iter().map(hcl).collect();
    if hcl.len() <= POLICY_MAX_BYTES {
        assert_eq!(parse(&hcl).as_ref(), Ok(&rules), "{hcl}");
    }
    let paths: serde_json::Map<String, Value> =
        rules.iter().map(|rule| (rule.pattern.to_string(), Value::Object(body(rule)))).collect();
    let json = json!({ "path": paths }).to_string();
    // Of other escapes than these there are none in a policy, and JSON writes what is not seen with them.
    if json.len() <= POLICY_MAX_BYTES
        && !json.contains("\\u")
        && !json.contains("\\b")
        && !json.contains("\\f")
        && !json.contains("\\t")
        && !json.contains("\\r")
        && !json.contains("\\n")
    {
        let mut sorted = rules.clone();
        sorted.sort_by(|one, other| one.pattern.as_str().cmp(other.pattern.as_str()));
        let mut read = parse(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        read.sort_by(|one, other| one.pattern.as_str().cmp(other.pattern.as_str()));
        assert_eq!(by_name(read), by_name(sorted), "{json}");
    }
});

fn hcl(rule: &Rule) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let list = |texts: &[String]| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ");
    let object = |fields: &[Allowed]| {
        let fields = fields.iter().map(|one| format!("{} = [{}]", quoted(&one.name), list(&one.values)));
        fields.collect::<Vec<_>>().join("\n")
    };
    let mut text =
        format!("path {} {{\ncapabilities = [{}]\n", quoted(rule.pattern.as_str()), list(&names(rule)));
    if let Some(limits) = &rule.parameters {
        text += &format!("allowed_parameters = {{ {} }}\n", object(&limits.allowed));
        text += &format!("denied_parameters = {{ {} }}\n", object(&limits.denied));
        text += &format!("required_parameters = [{}]\n", list(&limits.required));
    }
    text + "}\n"
}

fn body(rule: &Rule) -> serde_json::Map<String, Value> {
    let object = |fields: &[Allowed]| {
        fields.iter().map(|one| (one.name.clone(), json!(one.values))).collect::<serde_json::Map<_, _>>()
    };
    let mut body = serde_json::Map::from_iter([("capabilities".to_owned(), json!(names(rule)))]);
    if let Some(limits) = &rule.parameters {
        body.insert("allowed_parameters".to_owned(), object(&limits.allowed).into());
        body.insert("denied_parameters".to_owned(), object(&limits.denied).into());
        body.insert("required_parameters".to_owned(), json!(limits.required));
    }
    body
}

/// JSON's objects have no order here.
fn by_name(mut rules: Vec<Rule>) -> Vec<Rule> {
    for limits in rules.iter_mut().filter_map(|rule| rule.parameters.as_mut()) {
        limits.allowed.sort_by(|one, other| one.name.cmp(&other.name));
        limits.denied.sort_by(|one, other| one.name.cmp(&other.name));
    }
    rules
}

fn names(rule: &Rule) -> Vec<String> {
    let deny = rule.deny.then(|| "deny".to_owned());
    deny.into_iter().chain(rule.rights.each().map(|right| right.name().to_owned())).collect()
}
