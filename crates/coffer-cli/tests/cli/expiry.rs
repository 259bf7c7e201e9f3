//! A secret that expires: no verb gives its value from then on, when that was chosen; else they say so.

use std::process::Stdio;

use crate::world::World;

/// Asks until it says so: that moment has to come.
fn comes_to_fail(world: &World, words: &[&str]) -> (i32, String) {
    loop {
        let output = world.coffer(words);
        if !output.status.success() {
            return (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap());
        }
        assert_eq!(output.stdout, b"hunter2");
    }
}

#[test]
fn what_has_expired_is_given_by_no_verb() {
    let world = World::new();
    world.set("A", "hunter2");
    world.set("B", "other");
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
    world.says(&[
        "set",
        "A",
        "--expires",
        &soon.to_string(),
        "--on-expiry",
        "deny",
        "--classification",
        "restricted",
    ]);
    let (code, said) = comes_to_fail(&world, &["get", "A"]);
    assert!(code == 4 && said.contains("error[secret.expired]") && said.contains("--expires 90d"), "{said}");
    for words in [
        &["get", "A", "--version", "1"][..],
        &["get", "A", "--json"],
        &["export"],
        &["export", "--format", "json"],
        &["run", "--", "true"],
    ] {
        let output =
            world.command(env!("CARGO_BIN_EXE_coffer")).args(words).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("secret.expired"), "{words:?}: {said}");
        assert!(output.stdout.is_empty(), "{words:?}");
    }
    assert_eq!(world.says(&["get", "B"]), "other");
    let about: serde_json::Value = serde_json::from_str(&world.says(&["history", "A", "--json"])).unwrap();
    let about = &about["metadata"];
    assert_eq!((&about["on_expiry"], &about["classification"]), (&"deny".into(), &"restricted".into()));
    assert!(world.says(&["audit", "query", "--outcome", "expired"]).lines().count() > 5);
    world.says(&["set", "A", "--on-expiry", "warn"]);
    let output = world.coffer(&["get", "A"]);
    assert_eq!(output.stdout, b"hunter2");
    assert!(String::from_utf8(output.stderr).unwrap().contains("has expired"));
    world.says(&["set", "A", "--on-expiry", "deny", "--expires", "90d"]);
    assert_eq!(world.says(&["get", "A"]), "hunter2");
    let refused = world.fails(&["set", "A", "--rotate-every", "36500d"]).1;
    assert!(refused.contains("metadata.rotate_every"), "{refused}");
}
