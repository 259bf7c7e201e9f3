use super::*;
use crate::access::Rights;
use crate::action::Right;

const HCL: &str = r#"
# Who deploys.
name = "deploy"
path "prod/db/*" {
  capabilities = ["read", "list"]   // both
}
path "prod/+/ROOT_KEY" { capabilities = ["deny"] }
/* what
   may be written */
path "dev/app/" {
  capabilities = ["create", "update"]
  allowed_parameters = { "env" = ["a", "b*"], "*" = [] }
  denied_parameters = { "password" = [] }
  required_parameters = ["env"]
}
"#;

const JSON: &str = r#"{"name":"deploy","path":{
  "prod/db/*":{"capabilities":["read","list"]},
  "prod/+/ROOT_KEY":{"capabilities":["deny"]},
  "dev\/app\/":{"capabilities":["create","update"],
    "allowed_parameters":{"env":["a","b*"],"*":[]},
    "denied_parameters":{"password":[]},
    "required_parameters":["env"]}}}"#;

#[test]
fn hcl_and_json_say_the_same() {
    let rules = parse(HCL).unwrap();
    assert_eq!(rules, parse(JSON).unwrap());
    let [db, root, app] = rules.as_slice() else { panic!("{rules:?}") };
    assert_eq!(db.rights, Rights::of([Right::Read, Right::List]));
    assert!(root.deny && root.rights.is_empty());
    assert_eq!(app.rights, Rights::of([Right::Write]));
}

/// What can't be read is refused, and the error says where.
#[test]
fn what_is_no_policy_is_refused() {
    let rule = |body: &str| format!("path \"a\" {{ {body} }}");
    for (text, part) in [
        ("path \"a\"", "line 1"),
        ("path \"a\" {", "line 1"),
        ("\n\npath \"a\" { capabilities = [\"read\" }", "line 3"),
        ("path \"a\" { capabilities = [] }", "empty"),
        ("path \"a\" { }", "no `capabilities`"),
        ("path \"a\" { capabilities = [\"fly\"] }", "none that there is"),
        ("path \"a\" { capabilities = [\"create\"] }", "one right to write"),
        ("path \"a\" { capabilities = [\"patch\", \"update\"] }", "one right to write"),
        ("path \"a\" { capabilities = [\"read\"] } path \"a\" { capabilities = [\"deny\"] }", "twice"),
        ("path \"a\" { capabilities = [\"read\"] capabilities = [\"deny\"] }", "twice"),
        ("path \"a\" { min_wrapping_ttl = \"1s\" }", "nothing else"),
        ("mount \"a\" { }", "something else"),
        ("path \"a\" \"b\" { capabilities = [\"read\"] }", "something else"),
        ("{\"path\":{\"a\":{\"capabilities\":[\"read\"]}}} x", "follows the end"),
        ("path \"a\" { capabilities = [\"re\\nad\"] }", "escape"),
        ("path \"${a}\" { capabilities = [\"read\"] }", "not filled in"),
        ("/* path", "comment"),
        ("path \"a", "does not end"),
        ("a = [[[[[[[[[[[[", "too deep"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
    for pattern in [
        "",
        "a//b",
        "/a",
        "a/../b",
        "a/b*c",
        "a+/b",
        "+*",
        "a/{{identity.name}}/*",
        "a\\b",
        "a%2fb",
        "e\u{301}",
    ] {
        let text = rule("capabilities = [\"read\"]").replacen("\"a\"", &format!("{pattern:?}"), 1);
        assert!(parse(&text).is_err(), "{pattern:?}");
    }
    assert!(parse("").unwrap().is_empty());
}

/// A template is refused where it is written, so nothing that it could be filled in with widens a rule.
#[test]
fn t_p6_a_template_is_refused_not_filled_in() {
    let text = "path \"teams/{{identity.entity.name}}/*\" { capabilities = [\"read\"] }";
    assert_eq!(parse(text).unwrap_err().code(), "policy.pattern");
}

#[test]
fn the_more_specific_pattern_is_the_one_that_the_documentation_says() {
    let specific_last = ["*", "+", "+/b", "a/*", "a/+", "a/+/c", "a/b*", "a/b/*", "a/b/+", "a/b", "a/b/c"];
    let patterns = specific_last.map(|raw| RulePattern::parse(raw).unwrap());
    assert!(patterns.is_sorted_by(|one, other| one.specificity(other).is_lt()), "{patterns:?}");
}

#[test]
fn parameters_are_allowed_denied_and_required() {
    let rules = parse(HCL).unwrap();
    let limits = rules[2].parameters.as_ref().unwrap();
    let may = |fields: &[(&str, &str)]| {
        let fields: Vec<(&str, &[u8])> =
            fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        limits.permit(&fields)
    };
    assert!(may(&[("env", "a")]) && may(&[("env", "bar"), ("x", "y")]));
    assert!(!may(&[]), "a value without fields lacks the required one");
    assert!(!may(&[("x", "y")]) && !may(&[("env", "c")]));
    assert!(!may(&[("env", "a"), ("password", "")]));
}

/// Whoever denies `password` means `Password`.
#[test]
fn t_p5_denied_parameters_are_denied_in_mixed_case() {
    let rules = parse(HCL).unwrap();
    let limits = rules[2].parameters.as_ref().unwrap();
    assert!(!limits.permit(&[("env", b"a"), ("PassWord", b"x")]));
}
