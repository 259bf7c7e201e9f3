//! The rules in a tree.

use std::collections::HashSet;

use super::tree::{Entry, Value, wrong};
use super::{Allowed, Parameters, Rule, RulePattern};
use crate::access::Rights;
use crate::action::Right;
use crate::fault::Invalid;
use crate::limits::POLICY_PARAMETERS_MAX;

/// Every rule, in the order in which they stand.
pub(super) fn rules(entries: Vec<Entry<'_>>) -> Result<Vec<Rule>, Invalid> {
    let (mut rules, mut seen) = (Vec::new(), HashSet::new());
    for entry in entries {
        let line = entry.line;
        let mut keys = entry.keys.iter().map(String::as_str);
        match (keys.next(), keys.next(), keys.next(), entry.value) {
            (Some("path"), Some(pattern), None, Value::Object(body)) => {
                rules.push(rule(pattern, body, line)?);
            }
            // As JSON has it: all of them in one object.
            (Some("path"), None, None, Value::Object(paths)) => {
                for path in paths {
                    let (line, Value::Object(body)) = (path.line, path.value) else {
                        return Err(wrong(path.line, "a path has no rule"));
                    };
                    let [pattern] = path.keys.as_slice() else {
                        return Err(wrong(line, "a path has labels"));
                    };
                    rules.push(rule(pattern, body, line)?);
                }
            }
            // HashiCorp's own policies have one; it means nothing there either.
            (Some("name"), None, None, Value::Text(_)) => {}
            _ => return Err(wrong(line, "there is something else than `path \"...\" { ... }`")),
        }
    }
    for rule in &rules {
        if !seen.insert(rule.pattern.as_str()) {
            let cause = format!("the pattern `{}` is there twice", rule.pattern);
            return Err(Invalid::new("policy.twice", cause, "write one rule with all that it should give"));
        }
    }
    drop(seen);
    Ok(rules)
}

fn rule(pattern: &str, body: Vec<Entry<'_>>, line: usize) -> Result<Rule, Invalid> {
    let pattern = RulePattern::parse(pattern)?;
    let (mut capabilities, mut parameters) = (None, Parameters::default());
    let mut seen = HashSet::new();
    for entry in body {
        let line = entry.line;
        let [key] = entry.keys.as_slice() else { return Err(wrong(line, "an attribute has labels")) };
        if !seen.insert(key.clone()) {
            return Err(wrong(line, "an attribute is there twice"));
        }
        match (key.as_str(), entry.value) {
            ("capabilities", Value::List(names)) => capabilities = Some(texts(names, line)?),
            ("allowed_parameters", Value::Object(fields)) => parameters.allowed = allowed(fields)?,
            ("denied_parameters", Value::Object(fields)) => parameters.denied = allowed(fields)?,
            ("required_parameters", Value::List(names)) => parameters.required = texts(names, line)?,
            _ => {
                return Err(wrong(
                    line,
                    "a rule has `capabilities`, `allowed_parameters`, `denied_parameters` and `required_parameters`, and nothing else",
                ));
            }
        }
    }
    let names = capabilities.ok_or_else(|| wrong(line, "a rule has no `capabilities`"))?;
    let (rights, deny) = rights(&names, line)?;
    let said = parameters.allowed.len().saturating_add(parameters.denied.len());
    if said.saturating_add(parameters.required.len()) > POLICY_PARAMETERS_MAX {
        return Err(wrong(line, "a rule speaks of too many parameters"));
    }
    let parameters = (parameters != Parameters::default()).then_some(parameters);
    Ok(Rule { pattern, rights, deny, parameters })
}

/// What capabilities mean here. Vault has two words for writing, `create` and `update`, and we have one right: a policy that gives
/// only one of them would give more than it says, so it is refused.
fn rights(names: &[String], line: usize) -> Result<(Rights, bool), Invalid> {
    let has = |name: &str| names.iter().any(|one| one == name);
    let (mut rights, mut deny) = (Rights::NONE, false);
    for name in names {
        match name.as_str() {
            "deny" => deny = true,
            "create" | "update" | "patch" => {
                if !(has("create") && has("update")) {
                    return Err(wrong(
                        line,
                        "there is one right to write: name `create` and `update`, or `write`",
                    ));
                }
                rights = rights.with(Right::Write);
            }
            name => match Right::named(name) {
                Some(right) => rights = rights.with(right),
                None => return Err(wrong(line, "a capability is none that there is here")),
            },
        }
    }
    if names.is_empty() {
        return Err(wrong(line, "`capabilities` is empty"));
    }
    Ok((rights, deny))
}

fn allowed(fields: Vec<Entry<'_>>) -> Result<Vec<Allowed>, Invalid> {
    let mut said: Vec<Allowed> = Vec::new();
    for field in fields {
        let ([name], Value::List(values)) = (field.keys.as_slice(), field.value) else {
            return Err(wrong(field.line, "a parameter has a list of values, which may be empty"));
        };
        if said.iter().any(|one| one.name == *name) {
            return Err(wrong(field.line, "a parameter is there twice"));
        }
        said.push(Allowed { name: name.clone(), values: texts(values, field.line)? });
    }
    Ok(said)
}

fn texts(values: Vec<Value<'_>>, line: usize) -> Result<Vec<String>, Invalid> {
    if values.len() > POLICY_PARAMETERS_MAX {
        return Err(wrong(line, "a list is too long"));
    }
    values
        .into_iter()
        .map(|value| match value {
            Value::Text(text) => Ok(text),
            // Vault compares what is written as a number or a truth value with how it is written.
            Value::Word(word) => Ok(word.to_owned()),
            Value::List(_) | Value::Object(_) => Err(wrong(line, "a list has something else than texts")),
        })
        .collect()
}
