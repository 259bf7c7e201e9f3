//! The verbs and flags that there are, from the definition that the parser is made of, and the table compared with it.

use std::collections::BTreeSet;

use clap::{Arg, Command, CommandFactory as _};

use super::call::Called;

/// The verbs that can be typed, such as `audit tail`, in the order of the help.
pub(crate) fn verbs() -> Vec<String> {
    leaves(&coffer_cli::args::Cli::command(), "")
}

/// What is wrong with a table of `lines` for `verbs`: who adds a verb is told here what is still to do.
pub(crate) fn differences(verbs: &[String], lines: &[&str]) -> Vec<String> {
    let there: BTreeSet<&str> = verbs.iter().map(String::as_str).collect();
    let named: BTreeSet<&str> = lines.iter().copied().collect();
    let missing = there.difference(&named).map(|verb| {
        format!("`coffer {verb}` has no line: write its play in tests/cli/canary/verbs/, and a line in canary/table.rs")
    });
    let gone = named.difference(&there).map(|verb| format!("there is no `coffer {verb}`: take its line out"));
    let twice = (lines.len() > named.len()).then(|| "a verb has two lines".to_owned());
    missing.chain(gone).chain(twice).collect()
}

/// The flags of `verb`, and the values of those that take one of a few, that no call of the play has used.
/// The empty verb's are the flags that every verb takes.
pub(super) fn unused(verb: &str, calls: &[Called]) -> Vec<String> {
    let root = coffer_cli::args::Cli::command();
    let mut command = &root;
    for name in verb.split_whitespace() {
        command = command.find_subcommand(name).unwrap();
    }
    let words: BTreeSet<&str> =
        calls.iter().flat_map(|call| &call.words).flat_map(|word| parts(word)).collect();
    let wanted = command.get_arguments().filter(|arg| !arg.is_hide_set());
    wanted.flat_map(|arg| unused_parts(arg, &words)).collect()
}

fn leaves(command: &Command, above: &str) -> Vec<String> {
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    let named = below.map(|below| (below, format!("{above} {}", below.get_name()).trim().to_owned()));
    named
        .flat_map(|(below, name)| if below.has_subcommands() { leaves(below, &name) } else { vec![name] })
        .collect()
}

/// `--flag=value` is both.
fn parts(word: &str) -> Vec<&str> {
    let cut = word.strip_prefix("--").and_then(|_| word.split_once('='));
    cut.map_or_else(|| vec![word], |(flag, value)| vec![flag, value])
}

fn unused_parts(arg: &Arg, words: &BTreeSet<&str>) -> Vec<String> {
    let long = arg.get_long().map(|long| format!("--{long}"));
    let short = arg.get_short().map(|short| format!("-{short}"));
    let names: Vec<String> = long.into_iter().chain(short).collect();
    let is_used = names.is_empty() || names.iter().any(|name| words.contains(name.as_str()));
    // A switch's are `true` and `false`, which nobody types.
    let values = if arg.get_action().takes_values() { arg.get_possible_values() } else { Vec::new() };
    let values = values.iter().map(|value| value.get_name()).filter(|value| !words.contains(value));
    let place = names.first().map_or_else(|| arg.get_id().to_string(), Clone::clone);
    let values = values.map(|value| format!("{place} {value}"));
    // Every play is made with it and without.
    (!is_used && place != "--json").then(|| place.clone()).into_iter().chain(values).collect()
}

#[test]
fn a_verb_without_a_line_is_named() {
    let verbs = ["get", "audit tail", "audit proof"].map(str::to_owned);
    let found = differences(&verbs, &["get", "audit tail", "audit tail", "gone"]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("`coffer audit proof` has no line"), "{found:?}");
    assert!(found[1].starts_with("there is no `coffer gone`"), "{found:?}");
    assert!(differences(&verbs, &["audit proof", "get", "audit tail"]).is_empty());
}

#[test]
fn a_flag_that_is_not_used_is_named() {
    let calls = [Called::of(&["set", "A", "--generate=8", "--alphabet", "hex", "--field=x"])];
    let found = unused("set", &calls);
    assert!(found.contains(&"--stdin".to_owned()) && found.contains(&"--alphabet letters".to_owned()));
    for used in ["--generate", "--alphabet", "--alphabet hex", "--field", "--name"] {
        assert!(!found.contains(&used.to_owned()), "{found:?}");
    }
}
