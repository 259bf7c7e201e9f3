//! `coffer seal`, `unseal`, by whoever has signed in to the instance; and what is shown where the instance is asked.

use std::fs;

use serde_json::{Value, json};

use crate::remote::Server;
use crate::sign::json_of;
use crate::world::World;

/// The first owner's code is good for both; and what is the instance's is shown where the instance is asked.
#[test]
fn the_first_owner_signs_in_to_both_seals_and_unseals() {
    let world = World::new();
    let made: Value = serde_json::from_str(&world.says(&["init", "--owner", "maya", "--json"])).unwrap();
    let server = Server::of(world);
    let maya = server.stranger();
    let signed = maya.signs_in("", made["code"].as_str().unwrap());
    assert_eq!(signed["signed_in"][0]["instance"], json!(false));
    assert_eq!((&signed["signed_in"][1]["instance"], maya.kept().len()), (&json!(true), 2), "{signed}");
    assert_eq!(maya.run("set A --stdin", "hunter2").status.code(), Some(0));
    for words in [
        "tenant ls",
        "member ls --instance",
        "member ls",
        "token ls --instance",
        "keys status",
        "audit query --instance",
        "doctor",
        "get A",
    ] {
        maya.says(words);
    }
    assert!(maya.talk("status").contains("signed in to the instance, as maya"));

    maya.refuses("seal", "", "confirm.no_terminal");
    maya.refuses("unseal --stdin", "canary", "server.not_sealed");
    assert_eq!(json_of(&maya, "seal --yes --json"), json!({ "sealed": true, "keys_forgotten": true }));
    assert_eq!(maya.fails("get A", "server.sealed").0, 5);
    assert!(!maya.refuses("unseal --stdin", "canary", "unseal.refused").contains("canary"));
    maya.refuses("unseal", "", "value.no_terminal");
    maya.refuses("unseal canary", "", "value.in_arguments");
    maya.world.write("words", made["kit"]["recovery"].as_str().unwrap());
    maya.talk("unseal --file words");
    assert_eq!(maya.says("get A"), "hunter2");

    assert!(maya.talk("seal -y").contains("its keys are forgotten"));
    let key = server.world.coffer_home().join("keys/master.key").display().to_string();
    let stranger = server.stranger();
    fs::write(stranger.world.project().join("no.key"), "canary").unwrap();
    let refused = stranger.run("unseal --key-file no.key", "");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("is open to others") && said.contains("error[key_file.damaged]"), "{said}");
    assert!(stranger.talk(&format!("unseal --key-file {key}")).contains("unsealed"));
    maya.says("seal --yes");
    let words = made["kit"]["recovery"].as_str().unwrap();
    stranger.with("MASTER_SECRET_KEY", words).says("unseal --json");
    assert_eq!(maya.says("get A"), "hunter2");

    assert_eq!(json_of(&maya, "logout --instance --json")["signed_out"][0]["instance"], json!(true));
    assert!(maya.refuses("tenant ls", "", "token.missing").contains("--instance"));
    assert_eq!(maya.says("get A"), "hunter2");
    let code = server.world.says(&["member", "code", "maya", "--instance"]);
    maya.refuses("login --stdin", &code, "code.invalid");
    maya.signs_in("--instance", &code);
    assert_eq!(json_of(&maya, "logout --json")["signed_out"].as_array().unwrap().len(), 2);
    server.world.says(&["audit", "verify", "--with-store"]);
}

#[test]
fn they_are_about_a_server() {
    let world = World::new();
    for verb in ["login", "logout", "seal", "unseal"] {
        let (code, said) = world.fails(&[verb]);
        assert!(code == 2 && said.starts_with("error[addr.missing]: ") && said.contains("--addr"), "{said}");
    }
}
