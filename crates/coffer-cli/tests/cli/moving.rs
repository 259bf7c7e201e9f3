//! A store moves from a folder into a database, between databases and back, and a backup comes back into a database: as people and nodes
//! meet it, and whoever is killed when.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::nodes::{Serving, agent, ask, cluster, until};
use crate::postgres::database;
use crate::world::World;

/// A store in a folder, with secrets, a file, another tenant, and what was taken away.
fn filled() -> World {
    let world = World::new();
    for n in 0..40 {
        world.set(&format!("N{n}"), &format!("value {n}"));
    }
    world.write("cert.pem", &"a line of a certificate\n".repeat(6000));
    world.says(&["set", "CERT", "--file", "cert.pem"]);
    world.says(&["tenant", "create", "acme"]);
    world.says(&["set", "A", "--generate", "--tenant", "acme"]);
    world.says(&["destroy", "N3", "--yes"]);
    world
}

/// What a store has to be, wherever it lies.
fn is_whole(says: &dyn Fn(&[&str]) -> String) {
    for n in (0..40).filter(|n| *n != 3) {
        assert_eq!(says(&["get", &format!("N{n}")]), format!("value {n}"));
    }
    assert_eq!(says(&["get", "CERT"]), "a line of a certificate\n".repeat(6000));
    assert_eq!(says(&["get", "A", "--tenant", "acme"]).len(), 32);
    for words in [["audit", "verify", "--with-store"].as_slice(), &["doctor"]] {
        says(words);
        says(&[words, &["--tenant", "acme"]].concat());
    }
    says(&["audit", "verify", "--with-store", "--instance"]);
}

/// Runs `coffer` in this world over a database; what it says.
fn over<'w>(world: &'w World, url: &'w str) -> impl Fn(&[&str]) -> String + 'w {
    move |arguments| {
        let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
        let output =
            command.args(arguments).env("COFFER_STORAGE", url).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The code of the error that it ends with.
fn code(world: &World, url: Option<&str>, arguments: &[&str]) -> String {
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    if let Some(url) = url {
        command.env("COFFER_STORAGE", url);
    }
    let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{arguments:?} should fail");
    told.split_once("error[").unwrap().1.split_once(']').unwrap().0.to_owned()
}

#[test]
fn a_store_moves_into_a_database_and_back_into_a_folder() {
    let world = filled();
    let url = database();
    let said = world.says(&["storage", "copy", "--to", &url, "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert!(said["moved"] == false && said["carried"].as_u64().unwrap() > 100, "{said}");
    assert_eq!(code(&world, Some(&url), &["get", "N1"]), "store.unfinished");
    assert_eq!(code(&world, Some(&url), &["init"]), "store.exists");
    world.set("N1", "value 1");
    world.says(&["get", "N1"]);

    let said: Value =
        serde_json::from_str(&world.says(&["storage", "copy", "--to", &url, "--final", "--json"])).unwrap();
    assert_eq!((said["moved"].as_bool(), said["tenants"].as_u64()), (Some(true), Some(2)), "{said}");
    for words in [["get", "N1"].as_slice(), &["set", "X", "--generate"], &["audit", "verify"]] {
        assert_eq!(code(&world, None, words), "store.moved");
    }
    assert_eq!(code(&world, None, &["storage", "copy", "--to", &url, "--final"]), "store.moved");
    assert_eq!(code(&world, None, &["storage", "reopen", "--to", &url]), "storage.in_service");
    is_whole(&over(&world, &url));

    // And back, into another folder, which the same key opens.
    let back = world.home().join("back");
    let store = back.join("store");
    let to = store.to_str().unwrap();
    let says = over(&world, &url);
    says(&["storage", "copy", "--to", to]);
    says(&["set", "LATE", "--generate"]);
    says(&["storage", "copy", "--to", to, "--final"]);
    assert_eq!(code(&world, Some(&url), &["get", "N1"]), "store.moved");
    let copied = Command::new("cp").arg("-a").arg(world.coffer_home().join("keys")).arg(&back).status();
    assert!(copied.unwrap().success());
    is_whole(&|arguments| world.says(&[arguments, &["--home", back.to_str().unwrap()]].concat()));
    assert_eq!(world.says(&["get", "LATE", "--home", back.to_str().unwrap()]).len(), 32);
    // From folder to folder too.
    let third = world.home().join("third/store");
    let from = ["storage", "copy", "--from", to, "--to", third.to_str().unwrap(), "--final"];
    let keys = format!("{}/keys", back.display());
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    assert!(command.args(from).env("COFFER_KEYS_DIR", keys).output().unwrap().status.success());
}

#[test]
fn a_source_that_was_closed_is_taken_back() {
    let world = filled();
    let url = database();
    assert!(world.says(&["storage", "reopen", "--yes", "--json"]).contains("\"reopened\":false"));
    // Somebody who is killed when it was closed.
    let store = world.coffer_home().join("store");
    assert_eq!(
        code(&world, None, &["storage", "copy", "--to", store.to_str().unwrap()]),
        "storage.same_place"
    );
    world.says(&["storage", "copy", "--to", &url]);
    let mut closed = false;
    for moment in 1..200 {
        let words = ["storage", "copy", "--to", &url, "--final"];
        killed_after(&world, None, &words, moment * 40);
        if world.coffer(&["get", "N1"]).status.success() {
            continue;
        }
        closed = code(&world, None, &["get", "N1"]) == "store.moved";
        break;
    }
    assert!(closed, "it was killed when the source was closed");
    if code_or_done(&world, &url, &["get", "N1"]) == Some("store.unfinished".to_owned()) {
        assert_eq!(code(&world, None, &["storage", "reopen", "--to", &database()]), "storage.other_place");
        assert_eq!(code(&world, None, &["storage", "reopen"]), "confirm.no_terminal");
        world.says(&["storage", "reopen", "--to", &url]);
        is_whole(&|arguments| world.says(arguments));
        world.says(&["storage", "copy", "--to", &url, "--final"]);
    }
    is_whole(&over(&world, &url));
}

/// The code of its error; `None`: it succeeds.
fn code_or_done(world: &World, url: &str, arguments: &[&str]) -> Option<String> {
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    let output = command.args(arguments).env("COFFER_STORAGE", url).stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    (!output.status.success())
        .then(|| told.split_once("error[").unwrap().1.split_once(']').unwrap().0.to_owned())
}

/// Kills it with `SIGKILL` after so many pauses, wherever it is then. How many it took to its end, if it came there before.
fn killed_after(world: &World, url: Option<&str>, arguments: &[&str], pauses: u32) -> Option<u32> {
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    if let Some(url) = url {
        command.env("COFFER_STORAGE", url);
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    for paused in 0..pauses {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{arguments:?}");
            return Some(paused);
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

/// The next of a stream of numbers below 1000.
fn chance(seed: &mut u64) -> u32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u32::try_from((*seed >> 33) % 1000).unwrap()
}

#[test]
fn kill_9_at_any_moment_of_a_move_leaves_one_store_or_none_that_answers() {
    let world = filled();
    let mut seed = 20_261_130;
    // How long it takes here, with all else that runs: what moments are drawn from.
    let trial = world.home().join("trial");
    let copied = Command::new("cp").arg("-a").arg(world.coffer_home()).arg(&trial).status().unwrap();
    assert!(copied.success());
    let words = ["storage", "copy", "--home", trial.to_str().unwrap(), "--to", &database(), "--final"];
    let whole = killed_after(&world, None, &words, u32::MAX).unwrap();
    // Into a database, killed six times on its way; then back into a folder.
    let url = database();
    let back = world.home().join("back");
    let store = back.join("store");
    let legs = [(None, url.clone()), (Some(url.as_str()), store.to_str().unwrap().to_owned())];
    std::fs::create_dir_all(&back).unwrap();
    let copied = Command::new("cp").arg("-a").arg(world.coffer_home().join("keys")).arg(&back).status();
    assert!(copied.unwrap().success());
    let at_the_end = |to: &str| match Path::new(to).is_absolute() {
        true => {
            let output = world.coffer(&["get", "N1", "--home", back.to_str().unwrap()]);
            (!output.status.success()).then(|| String::from_utf8(output.stderr).unwrap())
        }
        false => code_or_done(&world, to, &["get", "N1"]),
    };
    for (from, to) in legs {
        let words = ["storage", "copy", "--to", &to, "--final"];
        let mut is_done = false;
        for _ in 0..6 {
            is_done |= killed_after(&world, from, &words, whole * chance(&mut seed) / 1000).is_some();
            let there = at_the_end(&to);
            let here = match from {
                Some(url) => code_or_done(&world, url, &["get", "N1"]),
                None => {
                    let output = world.coffer(&["get", "N1"]);
                    (!output.status.success()).then(|| String::from_utf8(output.stderr).unwrap())
                }
            };
            assert!(here.is_some() || there.is_some(), "it is in service in two places");
            if let Some(no) = &here {
                assert!(no.contains("store.moved"), "{no}");
            }
            match &there {
                Some(no) => assert!(no.contains("store.unfinished") || no.contains("store.missing"), "{no}"),
                None => break,
            }
            assert!(!is_done);
        }
        if at_the_end(&to).is_some() {
            match from {
                Some(url) => drop(over(&world, url)(&words)),
                None => drop(world.says(&words)),
            }
        }
        assert_eq!(at_the_end(&to), None);
    }
    is_whole(&|arguments| world.says(&[arguments, &["--home", back.to_str().unwrap()]].concat()));
}

#[test]
fn a_store_that_is_served_moves_and_nothing_that_was_acknowledged_stays_behind() {
    const BEFORE: usize = 60;
    let (from, to) = (database(), database());
    let (nodes, serving, owner) = cluster(&from);
    let acknowledged = Mutex::new(BTreeSet::new());
    let so_many = || acknowledged.lock().unwrap().len();
    thread::scope(|scope| {
        for (writer, node) in serving.iter().enumerate() {
            let (acknowledged, owner, node) = (&acknowledged, &owner, &node.url);
            scope.spawn(move || {
                let agent = agent();
                for n in 0.. {
                    let name = format!("dev/w{writer}/N{n}");
                    let url = format!("{node}/api/v1/secrets/{name}");
                    match ask(&agent, owner, "PUT", &url, &json!({ "value": name })) {
                        Some((201, ..)) => drop(acknowledged.lock().unwrap().insert(name)),
                        Some((503, _, said)) => {
                            assert!(said.contains("audit.unavailable"), "{said}");
                            return;
                        }
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
        until("it is written to", || so_many() >= BEFORE);
        nodes[0].says(&format!("storage copy --to {to}"), "");
        nodes[0].says(&format!("storage copy --to {to} --final"), "");
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    for node in &serving {
        let name = acknowledged.first().unwrap();
        let url = format!("{}/api/v1/secrets/{name}", node.url);
        assert_eq!(
            ask(&agent(), &owner, "GET", &url, &json!({})).unwrap().0,
            503,
            "no node answers any more"
        );
        let ready = format!("{}/health/ready", node.url);
        assert_eq!(ask(&agent(), &owner, "GET", &ready, &json!({})).unwrap().0, 503);
    }
    drop(serving);
    // The same nodes, started anew over the copy; the token is good there too.
    let mut nodes = nodes;
    let node = nodes.remove(0).elsewhere(&to);
    let serving = Serving::start(&node, "127.0.0.1:0");
    for name in &acknowledged {
        let url = format!("{}/api/v1/secrets/{name}", serving.url);
        let (status, _, said) = ask(&agent(), &owner, "GET", &url, &json!({})).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((status, &said["value"]), (200, &json!(name)));
    }
    drop(serving);
    assert!(node.says("audit verify --with-store", "").1.contains("verifies"));
}

#[test]
fn a_backup_comes_back_into_a_database_and_is_begun_anew_when_it_was_broken_off() {
    let world = filled();
    world.says(&["member", "create", "maya"]);
    world.says(&["token", "create", "--member", "maya"]);
    world.says(&["backup", "create", "all.backup"]);
    world.set("SINCE", "not in it");
    let url = database();
    let words = ["backup", "restore", "all.backup", "--to", &url];
    let whole = killed_after(&world, None, &["backup", "verify", "all.backup"], u32::MAX).unwrap();
    let mut seed = 7;
    for _ in 0..4 {
        if killed_after(&world, None, &words, whole * chance(&mut seed) / 1000).is_some() {
            break;
        }
        match code_or_done(&world, &url, &["get", "N1"]) {
            Some(code) => assert!(["store.unfinished", "store.missing"].contains(&&*code), "{code}"),
            None => break,
        }
    }
    if code_or_done(&world, &url, &["get", "N1"]).is_some() {
        let said: Value =
            serde_json::from_str(&world.says(&[words.as_slice(), &["--json"]].concat())).unwrap();
        assert_eq!((said["tenants"].as_u64(), said["ended"].as_u64()), (Some(2), Some(1)), "{said}");
    }
    is_whole(&over(&world, &url));
    assert_eq!(code(&world, Some(&url), &["get", "SINCE"]), "secret.not_found");
    // Where a store is, nothing is restored; without --to it is what the settings name.
    assert_eq!(code(&world, None, &words), "store.not_empty");
    assert_eq!(code(&world, Some(&url), &["backup", "restore", "all.backup"]), "store.not_empty");
    let other = database();
    over(&world, &other)(&["backup", "restore", "all.backup", "--keep-tokens"]);
    is_whole(&over(&world, &other));
    assert_eq!(
        code(&world, None, &["backup", "restore", "all.backup", "--to", "mysql://x"]),
        "settings.invalid"
    );
}
