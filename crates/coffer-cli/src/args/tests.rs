use std::ffi::OsString;

use clap::CommandFactory;
use coffer_engine::generate::Alphabet;
use coffer_engine::time::Timestamp;
use coffer_wire::Patch;

use super::{Cli, Command, Moment, moment, parse, refuse_value_in_arguments};
use crate::prompt::Source;

fn cli(line: &str) -> Result<Cli, clap::Error> {
    parse(std::iter::once("coffer").chain(line.split_whitespace()).map(OsString::from))
}

#[test]
fn the_definition_holds_together() {
    Cli::command().debug_assert();
}

/// Each verb says what it does and shows an example.
#[test]
fn every_verb_has_help() {
    for verb in Cli::command().get_subcommands() {
        assert!(verb.get_about().is_some(), "{}", verb.get_name());
        let group = verb.has_subcommands() || matches!(verb.get_name(), "status" | "doctor");
        assert!(group || verb.get_after_help().is_some(), "{}", verb.get_name());
    }
}

#[test]
fn globals_stand_anywhere() {
    for line in ["--tenant acme --json get A", "get A --tenant acme --json", "get --tenant acme A --json"] {
        let cli = cli(line).unwrap();
        assert_eq!(cli.globals.flags().tenant.as_deref(), Some("acme"));
        assert!(cli.globals.json);
    }
}

#[test]
fn a_value_has_one_source() {
    let set = |line: &str| match cli(line).unwrap().command {
        Command::Set(set) => set,
        _ => panic!("not set"),
    };
    assert_eq!(set("set A").from.source(), None);
    assert_eq!(set("set A --stdin").from.source(), Some(Source::Stdin));
    assert_eq!(
        set("set A --generate").from.source(),
        Some(Source::Generated(32, Alphabet::LettersAndDigits))
    );
    assert_eq!(
        set("set A --generate=64 --alphabet hex").from.source(),
        Some(Source::Generated(64, Alphabet::Hex))
    );
    assert_eq!(set("set A --file /x").from.source(), Some(Source::File("/x".into())));
    assert!(cli("set A --stdin --generate").is_err());
    assert!(cli("rotate A --prompt --stdin").is_err());
    let Command::Rotate(rotate) = cli("rotate A").unwrap().command else { panic!("not rotate") };
    assert_eq!(rotate.source(), Source::Generated(32, Alphabet::LettersAndDigits));
}

#[test]
fn a_value_in_the_arguments_is_refused_and_not_repeated() {
    for line in ["set A canary", "set A --field f canary", "set A --generate canary"] {
        let Command::Set(set) = cli(line).unwrap().command else { panic!("not set") };
        let error = refuse_value_in_arguments(&set.from).unwrap_err();
        assert_eq!(error.code, "value.in_arguments");
        assert!(!error.to_string().contains("canary"));
    }
    let lines = [
        "set A --value=canary",
        "set A --value canary",
        "set --password=canary A",
        "set A --field password=canary",
        "set A --stdin=canary",
        "set A --generate=canary",
        "rotate A --alphabet canary",
        "get A canary",
        "keys add canary",
        "keys add passphrase canary",
    ];
    for line in lines {
        let error = cli(line).unwrap_err().to_string();
        assert!(!error.contains("canary"), "{error}");
    }
    assert!(cli("get A --jsn").unwrap_err().to_string().contains("'--jsn'"), "a flag is a name");
    assert!(cli("set A --alphabet").unwrap_err().to_string().contains("a value is required"));
}

#[test]
fn run_takes_what_follows_the_dashes() {
    let Command::Run(run) = cli("run --mask -- env -i --json --mask").unwrap().command else {
        panic!("not run")
    };
    assert!(run.mask && !run.no_mask);
    assert_eq!(run.command, ["env", "-i", "--json", "--mask"]);
    assert!(cli("run").is_err() && cli("run env").is_err() && cli("run --mask --no-mask -- x").is_err());
}

#[test]
fn moments() {
    let now = Timestamp::from_millis(1_000_000_000_000);
    let at = |text| moment(text, now).map(Timestamp::millis);
    assert_eq!(at("30d"), Some(1_000_000_000_000 + 30 * 86_400_000));
    assert_eq!(at("12h"), Some(1_000_000_000_000 + 12 * 3_600_000));
    assert_eq!(at("2027-01-31"), Some(1_801_353_600_000));
    assert_eq!(at("2027-01-31T01:00:00+01:00"), Some(1_801_353_600_000));
    assert_eq!(Moment::Ago.parse("1d", now).unwrap().millis(), 1_000_000_000_000 - 86_400_000);
    for bad in [
        "",
        "d",
        "-1d",
        "+1d",
        "1y",
        "soon",
        "2027-13-01",
        "2027-01-31T00:00",
        "1969-01-01",
        "99999999999999999999d",
        "1dé",
    ] {
        assert_eq!(at(bad), None, "{bad}");
    }
}

#[test]
fn metadata_becomes_a_patch() {
    let now = Timestamp::from_millis(1_000_000_000_000);
    let patch = |line: &str| match cli(line).unwrap().command {
        Command::Set(set) => set.metadata.patch(now),
        _ => panic!("not set"),
    };
    let all = patch("set A --owner maya --tag a --tag b --remove-tag c --expires 1d").unwrap();
    assert_eq!(all.owner, Patch::Set("maya".into()));
    assert_eq!(all.add_tags.len(), 2);
    assert_eq!(all.expires, Patch::Set(coffer_wire::Moment::from_millis(1_000_086_400_000)));
    assert_eq!(patch("set A --expires never --owner=").unwrap().owner, Patch::Clear);
    assert_eq!(patch("set A --expires never").unwrap().expires, Patch::Clear);
    assert!(patch("set A").unwrap().is_empty());
    for bad in ["soon", "2001-01-01", "0d"] {
        assert_eq!(patch(&format!("set A --expires {bad}")).unwrap_err().code, "expires.invalid");
    }
}
