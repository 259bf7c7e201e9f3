//! `coffer member`, `coffer token`: made, changed, listed and ended as people do it, and what is refused.

use serde_json::{Value, json};

use crate::world::World;

fn world() -> World {
    let world = World::new();
    world.set("A", "hunter2");
    world
}

fn json_of(world: &World, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&world.says(&arguments)).unwrap()
}

/// The member of this name, as `member ls` shows it.
fn member(world: &World, name: &str) -> Value {
    let listed = json_of(world, &["member", "ls"]);
    listed["members"].as_array().unwrap().iter().find(|member| member["name"] == name).unwrap().clone()
}

/// Makes a token and gives what was said of it; `words` follow `token create --json`.
fn made(world: &World, words: &[&str]) -> Value {
    json_of(world, &[&["token", "create"], words].concat())
}

/// The token of this id, as `token ls` shows it.
fn listed(world: &World, id: &Value) -> Value {
    let listed = json_of(world, &["token", "ls"]);
    listed["tokens"].as_array().unwrap().iter().find(|token| token["id"] == *id).unwrap().clone()
}

fn seconds(moment: &Value) -> i64 {
    moment.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second()
}

/// Fails with this exit code and error, says what to do about it, and repeats nothing that was typed in the wrong place.
fn refused(world: &World, arguments: &[&str], code: i32, error: &str, fix: &str) {
    let (found, said) = world.fails(arguments);
    assert!(said.starts_with(&format!("error[{error}]: ")) && said.contains(fix), "{arguments:?}: {said}");
    assert_eq!(found, code, "{arguments:?}: {said}");
    assert!(!said.contains("misplaced"), "{said}");
}

#[test]
fn a_member_is_made_changed_and_listed() {
    let world = world();
    let made = json_of(
        &world,
        &[
            "member",
            "create",
            "shop",
            "--kind",
            "service",
            "--grant",
            "reader:prod/**",
            "--grant",
            "rotator:**",
        ],
    );
    let shown = |grants: &[&str], disabled, steps| {
        json!({
            "id": made["id"], "name": "shop", "kind": "service", "grants": grants, "disabled": disabled,
            "undo_steps": steps, "violations": false, "policies": [], "groups": [], "owner": null, "purpose": null,
            "expires": null,
        })
    };
    assert_eq!(member(&world, "shop"), shown(&["reader:prod/**", "rotator:**"], false, 0));
    // What was granted before is not there any more.
    world.says(&["member", "change", "shop", "--grant", "writer:prod/db/URL", "--disable"]);
    assert_eq!(member(&world, "shop"), shown(&["writer:prod/db/URL"], true, 1));
    let table = world.says(&["member", "ls"]);
    let line = table.lines().find(|line| line.starts_with("shop ")).unwrap();
    assert!(line.contains(" disabled ") && line.ends_with(made["id"].as_str().unwrap()), "{line}");
    world.says(&["member", "change", "shop", "--enable"]);
    assert_eq!(member(&world, "shop"), shown(&["writer:prod/db/URL"], false, 2));
    world.says(&["member", "change", "shop", "--no-grants"]);
    assert_eq!(member(&world, "shop"), shown(&[], false, 3));
    for (grants, disabled, steps) in [
        (&["writer:prod/db/URL"][..], false, 2),
        (&["writer:prod/db/URL"], true, 1),
        (&["reader:prod/**", "rotator:**"], false, 0),
    ] {
        let undone = json_of(&world, &["member", "undo", "shop"]);
        let nothing_else = json!({
            "grants": grants, "disabled": disabled, "undo_steps": steps, "policies": [], "groups": [], "expires": null,
        });
        assert_eq!(undone, nothing_else);
        assert_eq!(member(&world, "shop"), shown(grants, disabled, steps));
    }
    refused(&world, &["member", "undo", "shop"], 3, "undo.nothing", "coffer member ls");
    assert_eq!(member(&world, "local")["grants"], json!(["owner:**"]));
}

#[test]
fn a_member_is_a_human_with_nothing_unless_said_otherwise() {
    let world = world();
    world.says(&["member", "create", "maya"]);
    let maya = member(&world, "maya");
    assert_eq!((&maya["kind"], &maya["grants"]), (&json!("human"), &json!([])));
    world.says(&["member", "create", "bot", "--kind", "agent"]);
    assert_eq!(member(&world, "bot")["kind"], "agent");
}

/// The tenant's and the instance's are apart: one of the same name is another one.
#[test]
fn the_instance_has_members_and_tokens_of_its_own() {
    let world = world();
    world.says(&["member", "create", "operator", "--instance", "--grant", "admin:**"]);
    assert!(!world.says(&["member", "ls"]).contains("operator"));
    assert!(world.says(&["member", "ls", "--instance"]).contains("operator"));
    refused(
        &world,
        &["token", "create", "--member", "operator"],
        3,
        "member.not_found",
        "`coffer member ls`",
    );
    let token = made(&world, &["--member", "operator", "--instance"]);
    let id = token["id"].as_str().unwrap();
    assert!(!world.says(&["token", "ls"]).contains(id));
    assert!(world.says(&["token", "ls", "--instance"]).contains(id));
    refused(&world, &["token", "revoke", id], 3, "token.not_found", "`coffer token ls`");
    world.says(&["token", "revoke", id, "--instance"]);
    assert!(world.says(&["token", "ls", "--instance"]).contains("revoked"));
}

#[test]
fn a_token_goes_to_stdout_and_nowhere_else() {
    let world = world();
    world.says(&["member", "create", "shop", "--kind", "service"]);
    let output = world.coffer(&["token", "create", "--member", "shop", "--label", "the shop"]);
    let (token, talk) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(coffer_engine::token::TokenHash::of_text(&token).is_some(), "all of stdout is one token");
    assert!(talk.contains("good until ") && !talk.contains("coffer_"), "{talk}");
    let json = world.coffer(&["token", "create", "--member", "shop", "--json"]);
    assert!(json.stderr.is_empty(), "{}", String::from_utf8_lossy(&json.stderr));
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    for verb in [&["token", "ls"][..], &["member", "ls"], &["audit", "tail"], &["doctor"]] {
        for arguments in [verb.to_vec(), [verb, &["--json"]].concat()] {
            let said = world.says(&arguments);
            assert!(!said.contains("coffer_") && !said.contains(&token["coffer_".len()..]), "{said}");
            assert!(!said.contains(&json["token"].as_str().unwrap()["coffer_".len()..]), "{said}");
        }
    }
}

#[test]
fn a_token_is_as_it_was_asked_for() {
    let world = world();
    world.says(&["member", "create", "shop"]);
    let words = ["--member", "shop", "--ttl", "30m", "--max-ttl", "7d", "--uses", "3", "--label", "the shop"];
    let one = made(&world, &words);
    let shown = listed(&world, &one["id"]);
    assert_eq!(shown["expires"], one["expires"]);
    assert_eq!(seconds(&shown["expires"]) - seconds(&shown["created"]), 30 * 60);
    let rest = ["member", "uses_left", "revoked", "has_parent", "label"].map(|field| shown[field].clone());
    assert_eq!(rest, [json!("shop"), json!(3), json!(false), json!(false), json!("the shop")]);
    assert_eq!(shown["networks"], json!([]));
    let bound = ["--member", "shop", "--network", "10.0.0.0/8", "--network", "192.0.2.7"];
    let bound = listed(&world, &made(&world, &bound)["id"]);
    assert_eq!(bound["networks"], json!(["10.0.0.0/8", "192.0.2.7/32"]));
    let table = world.says(&["token", "ls"]);
    assert!(table.contains("Z, from 10.0.0.0/8 192.0.2.7/32"), "{table}");
    let plain = listed(&world, &made(&world, &["--member", "shop"])["id"]);
    assert_eq!(seconds(&plain["expires"]) - seconds(&plain["created"]), 8 * 3600);
    assert_eq!((&plain["uses_left"], &plain["label"]), (&Value::Null, &json!("")));
    // The shorter of the two holds.
    let short = listed(&world, &made(&world, &["--member", "shop", "--max-ttl", "1h"])["id"]);
    assert_eq!(seconds(&short["expires"]) - seconds(&short["created"]), 3600);
    let table = world.says(&["token", "ls"]);
    let line = table.lines().find(|line| line.starts_with(one["id"].as_str().unwrap())).unwrap();
    assert!(
        line.contains(" shop ") && line.contains("Z, 3 requests left ") && line.ends_with(" the shop"),
        "{line}"
    );
}

#[test]
fn a_revoked_token_stays_in_the_list_and_revoked() {
    let world = world();
    world.says(&["member", "create", "shop"]);
    let token = made(&world, &["--member", "shop"]);
    let id = token["id"].as_str().unwrap();
    for _ in 0..2 {
        // In capitals it is the same one.
        world.says(&["token", "revoke", &id.to_uppercase()]);
        assert_eq!(listed(&world, &token["id"])["revoked"], true);
    }
    let other = made(&world, &["--member", "shop"]);
    assert_eq!(listed(&world, &other["id"])["revoked"], false, "another one is as it was");
}

#[test]
fn a_disabled_member_gets_no_token_until_enabled() {
    let world = world();
    world.says(&["member", "create", "shop"]);
    world.says(&["member", "change", "shop", "--disable"]);
    let create = ["token", "create", "--member", "shop"];
    refused(&world, &create, 6, "member.disabled", "`coffer member change NAME --enable`");
    world.says(&["member", "change", "shop", "--enable"]);
    world.says(&create);
}

#[test]
fn what_is_not_there_or_there_already_is_refused() {
    let world = world();
    world.says(&["member", "create", "shop"]);
    refused(&world, &["member", "create", "shop"], 6, "name.exists", "choose another name");
    let nobody = ["member", "change", "nobody", "--disable"];
    refused(&world, &nobody, 3, "member.not_found", "`coffer member ls`");
    refused(&world, &["token", "revoke", &"0".repeat(32)], 3, "token.not_found", "`coffer token ls`");
    // The local owner is nobody's to change: the way back in would be gone.
    refused(&world, &["member", "change", "local", "--disable"], 2, "member.name_invalid", "another name");
}

#[test]
fn wrong_inputs_change_nothing_and_say_what_is_right() {
    let world = world();
    world.says(&["member", "create", "shop", "--grant", "reader:prod/**"]);
    let before = (world.says(&["member", "ls"]), world.says(&["token", "ls"]));
    let create = |words: &[&'static str]| [&["member", "create", "x"], words].concat();
    for bad in ["misplaced", "**", "reader", ""] {
        refused(&world, &create(&["--grant", bad]), 2, "grant.role", "owner, admin, writer, reader");
    }
    for bad in ["Reader:**", ":", "misplaced or not:**"] {
        refused(&world, &create(&["--grant", bad]), 2, "access.name_invalid", "db-readers");
    }
    refused(&world, &create(&["--grant", "king:**"]), 3, "access.not_found", "`coffer role ls`");
    refused(&world, &create(&["--grant", "reader:"]), 2, "pattern.empty", "`**`");
    refused(&world, &create(&["--grant", "reader:prod/*"]), 2, "name.character", "leave out");
    refused(&world, &create(&["--grant", "reader:/prod/**"]), 2, "path.empty_segment", "one `/`");
    refused(&world, &create(&["--kind", "misplaced"]), 2, "usage.invalid", "");
    for name in ["local", " shop"] {
        refused(&world, &["member", "create", name], 2, "member.name_invalid", "another name");
    }
    refused(&world, &["member", "create", ""], 2, "name.empty", "");
    refused(&world, &["member", "change", "shop"], 2, "member.no_change", "--no-grants");
    for both in [["--enable", "--disable"], ["--no-grants", "--grant=reader:**"]] {
        refused(&world, &[&["member", "change", "shop"][..], &both].concat(), 2, "usage.invalid", "");
    }
    let create = |words: &[&'static str]| [&["token", "create", "--member", "shop"], words].concat();
    for bad in ["misplaced", "8", "1y", "-8h", "1.5h", "", "99999999999999999999d"] {
        refused(
            &world,
            &create(
                &[if bad == "-8h" { "--ttl=-8h" } else { "--ttl" }, bad][..if bad == "-8h" { 1 } else { 2 }],
            ),
            2,
            "span.invalid",
            "30m, 8h, 7d or 2w",
        );
        refused(
            &world,
            &[&create(&[])[..], &[&format!("--max-ttl={bad}")]].concat(),
            2,
            "span.invalid",
            "--max-ttl",
        );
    }
    for bad in [&["--ttl", "0m"][..], &["--ttl", "367d"], &["--max-ttl", "0h"], &["--max-ttl", "53w"]] {
        refused(&world, &create(bad), 2, "token.lifetime", "");
    }
    refused(&world, &create(&["--uses", "0"]), 2, "token.uses", "");
    for bad in ["misplaced", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/8,11.0.0.0/8", ""] {
        refused(&world, &create(&["--network", bad]), 2, "network.invalid", "192.0.2.7");
    }
    refused(&world, &create(&["--uses", "4294967296"]), 2, "usage.invalid", "");
    refused(&world, &["token", "create"], 2, "usage.invalid", "");
    // A token in the place of its id is told to nobody.
    for id in ["coffer_misplaced", "0f3a", ""] {
        refused(&world, &["token", "revoke", id], 2, "token.id", "`coffer token ls`");
    }
    assert_eq!((world.says(&["member", "ls"]), world.says(&["token", "ls"])), before);
}
