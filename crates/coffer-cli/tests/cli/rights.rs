//! `coffer role`, `coffer policy`, `coffer group`, `coffer access`, as people use them: one after the other, and each taken back.

use serde_json::{Value, json};

use crate::world::World;

fn json_of(world: &World, arguments: &[&str]) -> Value {
    serde_json::from_str(&world.says(&[arguments, &["--json"]].concat())).unwrap()
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Says yes or no, and ends with 4 for no.
fn may(world: &World, question: &str) -> bool {
    let output = world.coffer(&words(&format!("access check {question}")));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(if said.trim() == "yes" { 0 } else { 4 }), "{question}: {said}");
    said.trim() == "yes"
}

#[test]
fn rights_are_given_explained_and_taken_back() {
    let world = World::new();
    world.write("ci.hcl", "path \"prod/*\" {\n  capabilities = [\"read\", \"list\"]\n}\npath \"prod/db/ROOT\" {\n  capabilities = [\"deny\"]\n}\n");
    world.says(&["set", "/prod/db/ROOT", "--generate"]);
    world.says(&["set", "/prod/db/URL", "--generate"]);
    for line in [
        "member create maya --owner leo --purpose builds",
        "group create ops",
        "group add ops maya",
        "role set deployer --right list --right rotate",
        "role grant deployer ops --group --path dev/**",
        "policy set ci ci.hcl",
        "policy attach ci maya",
    ] {
        world.says(&words(line));
    }
    assert!(may(&world, "maya rotate dev/A") && !may(&world, "maya read dev/A"));
    assert!(may(&world, "maya read prod/db/URL") && !may(&world, "maya read prod/db/ROOT"));
    assert!(may(&world, "me write prod/"));

    let why = world.says(&words("access explain maya read prod/db/ROOT"));
    assert!(why.contains("policy ci: deny on prod/db/ROOT"), "{why}");
    let why = json_of(&world, &words("access explain maya rotate dev/A"));
    assert_eq!(why["reasons"][0], json!({ "what": "deployer on dev/** (by group ops)", "effect": "gives" }));
    let sees = json_of(&world, &words("access preview maya prod --recursive"));
    assert_eq!(sees["secrets"], json!(["prod/db/URL"]));

    assert_eq!(
        world.says(&words("policy get ci")),
        std::fs::read_to_string(world.project().join("ci.hcl")).unwrap()
    );
    let table = world.says(&words("role ls"));
    assert!(table.contains("deployer") && table.contains("built in") && table.contains("viewer"), "{table}");
    assert_eq!(json_of(&world, &words("group ls"))["groups"][0]["grants"][0]["role"], "deployer");

    // Each change is taken back.
    world.says(&words("policy detach ci maya"));
    assert!(!may(&world, "maya read prod/db/URL"));
    world.says(&words("member undo maya"));
    assert!(may(&world, "maya read prod/db/URL"));
    world.says(&words("role revoke deployer ops --group --path dev/**"));
    assert!(!may(&world, "maya rotate dev/A"));
    world.says(&words("group undo ops"));
    assert!(may(&world, "maya rotate dev/A"));
    world.says(&words("group rm ops"));
    assert!(!may(&world, "maya rotate dev/A"));
    assert_eq!(json_of(&world, &words("group undo ops"))["exists"], true);
    assert!(may(&world, "maya rotate dev/A"));
    let (code, said) = world.fails(&words("policy rm ci"));
    assert!(code == 6 && said.contains("access.in_use"), "{code} {said}");
    world.says(&words("member rm maya"));
    world.says(&words("policy rm ci"));
    assert!(world.says(&words("policy ls")).lines().count() <= 1);
}

#[test]
fn what_holds_for_a_while_says_so() {
    let world = World::new();
    world.set("dev/A", "one");
    world.says(&words("member create maya"));
    let grant = "role grant reader maya --path prod/** --until 2099-01-01 --from 10.0.0.0/8 --second-factor";
    world.says(&words(grant));
    let listed = json_of(&world, &words("member ls"));
    let maya =
        listed["members"].as_array().unwrap().iter().find(|one| one["name"] == "maya").unwrap().clone();
    let said = "reader:prod/** (from 10.0.0.0/8; with a second factor; until 2099-01-01T00:00:00Z)";
    assert_eq!(maya["grants"], json!([said]));
    let why = json_of(&world, &words("access explain maya read prod/A"));
    assert_eq!(
        (&why["allowed"], &why["reasons"][0]["effect"]),
        (&json!(false), &json!("conditions_not_met"))
    );
    let what = why["reasons"][0]["what"].as_str().unwrap();
    assert_eq!(what, "reader on prod/** (from 10.0.0.0/8; with a second factor; until 2099-01-01T00:00:00Z)");
    // In place of the same under other conditions.
    world.says(&words("role grant reader maya --path prod/**"));
    assert!(may(&world, "maya read prod/A"));
}
