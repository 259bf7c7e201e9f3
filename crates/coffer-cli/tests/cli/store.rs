//! A store that is not as it should be: each case says what it is and what to do, and nothing is lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::world::World;

fn world() -> World {
    let world = World::new();
    world.set("A", "canary-value");
    world
}

/// Fails, says what to do, and shows nothing of the value.
fn clear_error(world: &World, code: &str) {
    let (_, error) = world.fails(&["get", "A"]);
    assert!(error.contains(&format!("error[{code}]: ")), "{error}");
    assert!(error.contains("\n  fix: "), "{error}");
    assert!(!error.contains("canary"), "{error}");
}

#[test]
fn wrong_key() {
    let (world, other) = (world(), world());
    let key = |world: &World| world.coffer_home().join("keys/master.key");
    let right = fs::read(key(&world)).unwrap();
    fs::copy(key(&other), key(&world)).unwrap();
    clear_error(&world, "unlock.none_fits");
    fs::write(key(&world), "coffer-key-1 nonsense\n").unwrap();
    clear_error(&world, "key_file.damaged");
    fs::write(key(&world), right).unwrap();
    assert_eq!(world.says(&["get", "A"]), "canary-value");
}

#[test]
fn lost_key() {
    let world = world();
    fs::remove_file(world.coffer_home().join("keys/master.key")).unwrap();
    clear_error(&world, "unlock.none_fits");
    // Even a write makes no other key: it would open nothing.
    let (_, error) = world.fails(&["set", "B", "--generate"]);
    assert!(error.contains("unlock.none_fits"), "{error}");
    assert!(!world.coffer_home().join("keys/master.key").exists());
}

#[test]
fn wrong_permissions() {
    let world = world();
    let store = world.coffer_home().join("store");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o755)).unwrap();
    clear_error(&world, "store.permissions");
    let output = world.coffer(&["doctor"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("wrong permissions: ") && said.contains("fix: chmod 700 "), "{said}");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(world.says(&["get", "A"]), "canary-value");
}

#[test]
fn foreign_file() {
    let world = world();
    for file in fs::read_dir(world.coffer_home().join("store")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with("-wal") || name.ends_with("-shm") {
            fs::remove_file(&path).unwrap();
        } else if fs::metadata(&path).unwrap().len() > 0 {
            fs::write(
                &path,
                "this is somebody's text file, and it is longer than a header of any kind\n".repeat(100),
            )
            .unwrap();
        }
    }
    clear_error(&world, "store.foreign");
}

#[test]
fn two_first_users_make_one_store() {
    let world = World::new();
    let mut children: Vec<_> = (0..6)
        .map(|i| {
            let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
            command.args(["set", &format!("N{i}"), "--generate"]).spawn().unwrap()
        })
        .collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let listed: serde_json::Value = serde_json::from_str(&world.says(&["ls", "--json"])).unwrap();
    assert_eq!(listed["secrets"].as_array().unwrap().len(), 6);
}
