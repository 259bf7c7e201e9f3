//! The log, as an operator and an auditor meet it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::world::World;

impl World {
    fn out(&self, name: &str) -> String {
        self.project().join(name).display().to_string()
    }

    fn key(&self) -> String {
        self.says(&["audit", "key"]).trim().to_owned()
    }
}

/// With another copy of the binary, in an empty home, without a store or a key.
#[test]
fn a_stranger_verifies_an_export() {
    let world = World::new();
    world.set("A", "hunter2");
    world.says(&["get", "A"]);
    world.says(&["audit", "checkpoint"]);
    let checkpoint = world.out("kept");
    fs::write(&checkpoint, world.says(&["audit", "checkpoint"])).unwrap();
    let (bundle, key) = (world.out("bundle"), world.key());
    world.says(&["audit", "export", &bundle]);

    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("coffer");
    fs::copy(env!("CARGO_BIN_EXE_coffer"), &copy).unwrap();
    let verify = |arguments: &[&str]| {
        let mut command = Command::new(&copy);
        command.env_clear().current_dir(elsewhere.path()).args(["audit", "verify", &bundle]).args(arguments);
        command.output().unwrap()
    };
    let good = verify(&["--key", &key, "--known", &checkpoint]);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(!String::from_utf8_lossy(&good.stderr).contains("warning"), "the key was given");
    assert!(String::from_utf8_lossy(&verify(&[]).stderr).contains("found in the bundle itself"));

    let entries = world.project().join("bundle/entries.jsonl");
    let text = fs::read_to_string(&entries).unwrap();
    fs::write(&entries, text.replace("secret_get", "secret_set")).unwrap();
    let bad = verify(&["--key", &key]);
    let told = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert_eq!(bad.status.code(), Some(1));
    assert!(told.contains("log.invalid") && told.contains("entry 2"), "{told}");
}

#[test]
fn an_entry_is_proved_and_another_one_is_not() {
    let world = World::new();
    world.set("A", "hunter2");
    world.says(&["get", "A"]);
    let (proof, key) = (world.out("1.tlog-proof"), world.key());
    world.says(&["audit", "proof", "1", "--out", &proof]);
    world.says(&["audit", "proof", "2", "--out", &world.out("2.tlog-proof")]);
    let keys = world.out("keys");
    world.says(&["audit", "key", "--all", &keys]);
    world.says(&["audit", "verify-proof", &proof, "--key", &key]);
    world.says(&["audit", "verify-proof", &proof, "--key", &key, "--keys", &keys]);
    let other = world.out("2.tlog-proof.entry");
    let (code, told) = world.fails(&["audit", "verify-proof", &proof, "--key", &key, "--entry", &other]);
    assert!(code == 1 && told.contains("proof.invalid"), "{told}");
    let (code, told) = world.fails(&["audit", "proof", "9999"]);
    assert!(code == 3 && told.contains("entry.not_found"), "{told}");
}

/// The file has each entry of each log once, in order, whoever wrote it and however many at once.
#[test]
fn the_audit_file_has_every_entry_once() {
    let world = World::new();
    world.set("A", "hunter2");
    let file = world.out("audit.jsonl");
    let coffer = |arguments: &[&str]| {
        let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
        command.env("AUDIT_LOG_PATH", &file).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    let children: Vec<_> = (0..8).map(|_| coffer(&["get", "A"]).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert!(coffer(&["audit", "upkeep"]).status().unwrap().success());
    let mut next = std::collections::BTreeMap::<String, u64>::new();
    for line in fs::read_to_string(&file).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let next = next.entry(line["log_origin"].as_str().unwrap().to_owned()).or_default();
        assert_eq!(line["log_index"].as_u64(), Some(*next));
        *next += 1;
    }
    assert_eq!(next.len(), 2, "the instance and the tenant");
    let mine = next.iter().find(|(origin, _)| !origin.ends_with("/system")).unwrap().1;
    assert_eq!(*mine, 10, "the key, the set, eight reads");
}

/// A file that can't be written is a warning; the verb is done all the same.
#[test]
fn an_audit_file_that_fails_stops_nothing() {
    let world = World::new();
    world.set("A", "hunter2");
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    let output = command.env("AUDIT_LOG_PATH", "/nowhere/audit.jsonl").args(["get", "A"]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"hunter2");
    assert!(String::from_utf8_lossy(&output.stderr).contains("the audit file is behind"));
}

#[test]
fn who_acted_is_shown_until_they_are_forgotten() {
    let world = World::new();
    world.set("A", "hunter2");
    let shown = |entry: &str| -> serde_json::Value {
        serde_json::from_str(&world.says(&["audit", "show", entry, "--json"])).unwrap()
    };
    let name = shown("1")["person"]["name"].as_str().unwrap().to_owned();
    assert!(!world.says(&["audit", "tail", "--json"]).contains(&format!("\"{name}\"")), "sealed");
    world.says(&["audit", "forget", &name, "--reason", "asked", "--yes"]);
    assert_eq!(shown("1")["person"], "forgotten");
    world.says(&["audit", "verify", "--with-store"]);
}

#[test]
fn tail_follows_what_others_do() {
    let world = World::new();
    world.set("A", "hunter2");
    let mut follower = world
        .command(env!("CARGO_BIN_EXE_coffer"))
        .args(["audit", "tail", "-f", "-n", "1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    // The head of the table, and its own entry: now it follows.
    assert!(lines.next().unwrap().unwrap().starts_with("INDEX"));
    assert!(lines.next().unwrap().unwrap().contains("audit_query"));
    world.says(&["get", "A"]);
    let line = lines.next().unwrap().unwrap();
    assert!(line.contains("secret_get") && line.contains("dev/A"), "{line}");
    follower.kill().unwrap();
    follower.wait().unwrap();
}

#[test]
fn a_checkpoint_goes_to_a_file_and_a_daily_bundle_is_written() {
    let world = World::new();
    world.set("A", "hunter2");
    let out = world.out("out.checkpoint");
    world.says(&["audit", "publish", "--file", &out]);
    assert!(fs::read_to_string(&out).unwrap().starts_with("coffer."));
    world.says(&["audit", "verify", "--known", &out]);
    let daily = world.out("daily");
    world.says(&["tenant", "create", "default/eu"]);
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    assert!(command.env("COFFER_AUDIT_EXPORT_DIR", &daily).arg("ls").status().unwrap().success());
    let (system, mine) = (format!("{daily}/instance"), format!("{daily}/tenants/default"));
    world.says(&["audit", "verify", &mine, "--system", &system]);
    world.says(&["audit", "verify", &format!("{daily}/tenants/default%2Feu")]);
    let (code, _) = world.fails(&["audit", "verify", "--key", "garbage"]);
    assert_eq!(code, 2, "a key is for a bundle");
    let (code, told) = world.fails(&["audit", "publish", "--webhook", "http://example.com/hook"]);
    assert!(code == 2 && told.contains("publish.address"), "{told}");
}

/// Its bundle, its lines and its entries wait for who unlocks it; those of all others do not.
#[test]
fn a_tenant_that_is_locked_keeps_nothing_from_being_written_outside() {
    let world = World::new();
    world.set("A", "hunter2");
    world.says(&["tenant", "create", "acme"]);
    world.says(&["set", "A", "--generate", "--tenant", "acme"]);
    let code = world.says(&["tenant", "lock", "acme", "--confirm", "acme"]);
    let (daily, lines) = (world.out("daily"), world.out("lines"));
    let upkeep = || {
        let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
        command.env("COFFER_AUDIT_EXPORT_DIR", &daily).env("AUDIT_LOG_PATH", &lines);
        let output = command.args(["audit", "upkeep"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    upkeep();
    world.says(&[
        "audit",
        "verify",
        &format!("{daily}/tenants/default"),
        "--system",
        &format!("{daily}/instance"),
    ]);
    assert!(!Path::new(&format!("{daily}/tenants/acme/entries.jsonl")).exists());
    world.write("code", code.trim());
    world.says(&["tenant", "unlock", "acme", "--file", "code"]);
    upkeep();
    assert!(fs::read_to_string(&lines).unwrap().contains("\"action\":\"tenant_unlock\""));
}
