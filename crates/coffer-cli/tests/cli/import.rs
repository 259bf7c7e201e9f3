//! `coffer import` where things go wrong.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::world::World;

#[test]
fn a_wrong_line_refuses_the_whole_file_and_shows_nothing_of_it() {
    let world = World::new();
    world.write(".env", "A=1\nB=\"canary\nC=canary\n");
    let (code, error) = world.fails(&["import", ".env"]);
    assert_eq!(code, 2);
    assert!(error.contains("line 2: the \" that opens the value is never closed"), "{error}");
    assert!(!error.contains("canary"));
    assert!(!world.coffer_home().exists(), "no store is made for nothing");
}

#[test]
fn importing_again_makes_no_versions_and_no_copies() {
    let world = World::new();
    world.write(".env", "A=1\nB=2\n");
    world.says(&["import"]);
    let again: serde_json::Value = serde_json::from_str(&world.says(&["import", "--json"])).unwrap();
    assert_eq!((again["same"].as_u64(), again["changed"].as_u64()), (Some(2), Some(0)));
    assert_eq!(again["written"], serde_json::json!([]));
    world.write(".env", "A=1\nB=3\n");
    let changed: serde_json::Value = serde_json::from_str(&world.says(&["import", "--json"])).unwrap();
    assert_eq!((changed["same"].as_u64(), changed["changed"].as_u64()), (Some(1), Some(1)));
    assert!(world.project().join(".env.bak.2").exists());
    assert_eq!(world.says(&["open", ".env.bak"]), "A=1\nB=2\n");
    assert_eq!(world.says(&["get", "B", "--stage", "previous"]), "2");
}

#[test]
fn without_a_terminal_and_a_word_the_file_stays() {
    let world = World::new();
    world.write(".env", "A=1\n");
    world.says(&["import"]);
    assert_eq!(world.read(".env"), "A=1\n");
    world.says(&["import", "--delete"]);
    assert!(!world.project().join(".env").exists());
}

/// Without the variable the setting would say something else: nothing is taken out, and everything is imported.
#[test]
fn what_a_setting_of_coffers_own_is_made_of_stays_in_the_file() {
    let world = World::new();
    let text = "STAGE=dev\nA=1\nCOFFER_ENV=${STAGE}\n";
    world.write(".env", text);
    let (code, said) = world.fails(&["import", "--delete"]);
    assert!(code == 6 && said.contains("dotenv.entangled"), "{said}");
    assert_eq!(world.read(".env"), text);
    assert_eq!(world.says(&["get", "A"]), "1");
    world.write(".env", "STAGE=dev\nA=1\nCOFFER_ENV=dev\n");
    world.says(&["import", "--delete"]);
    assert_eq!(world.read(".env"), "COFFER_ENV=dev\n");
}

#[test]
fn an_example_written_by_hand_is_kept() {
    let world = World::new();
    world.write(".env", "A=1\n");
    world.write(".env.example", "# by hand\n");
    world.says(&["import"]);
    assert_eq!(world.read(".env.example"), "# by hand\n");
}

#[test]
fn a_link_leads_to_the_file_that_is_deleted() {
    let world = World::new();
    fs::create_dir(world.project().join("config")).unwrap();
    world.write("config/env", "A=canary\nCOFFER_ENV=dev\n");
    symlink("config/env", world.project().join(".env")).unwrap();
    world.says(&["import", "--delete"]);
    assert_eq!(world.read("config/env"), "COFFER_ENV=dev\n");
}

#[test]
fn a_folder_that_can_not_be_written_loses_nothing() {
    let world = World::new();
    world.write(".env", "A=1\n");
    let locked = world.project();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    let output = world.coffer(&["import", "--delete"]);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    // Root may write anywhere; anybody else is told, and keeps the file.
    if !output.status.success() {
        assert_eq!(world.read(".env"), "A=1\n");
    }
    assert_eq!(world.says(&["get", "A"]), "1");
}

#[test]
fn all_that_is_stored_and_nothing_in_clear() {
    let world = World::new();
    let text: String = (0..200).map(|i| format!("NAME_OF_SECRET_{i}='value-of-the-secret-{i}'\n")).collect();
    world.write(".env", &text);
    world.says(&["import", "--delete"]);
    let exported = world.says(&["export"]);
    assert_eq!(exported.lines().count(), 200);
    for file in walk(&world.coffer_home()).into_iter().chain([world.project().join(".env.bak")]) {
        let bytes = fs::read(&file).unwrap();
        for clear in [&b"value-of-the-secret"[..], b"NAME_OF_SECRET"] {
            assert!(!bytes.windows(clear.len()).any(|window| window == clear), "{}", file.display());
        }
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}
