//! Values that are filled in with others, from the command line to the command that is run.

use std::io::Write as _;
use std::process::Stdio;

use crate::world::World;

/// Sets what is piped in; what is said about it.
fn set(world: &World, words: &[&str], value: &str) -> String {
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    command.arg("set").args(words).arg("--stdin").stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{words:?}: {said}");
    said
}

/// A password, and an address that it stands in.
fn with_url() -> World {
    let world = World::new();
    world.set("/dev/db/PASSWORD", "hunter2");
    set(&world, &["/dev/app/URL", "--references"], "pg://shop:${../db/PASSWORD}@db");
    world
}

/// The rows of a table, without its head.
fn rows(told: &str) -> Vec<Vec<&str>> {
    told.lines().skip(1).map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn what_is_filled_in_is_what_readers_get() {
    let world = with_url();
    assert_eq!(world.says(&["get", "/dev/app/URL"]), "pg://shop:hunter2@db");
    assert_eq!(world.says(&["get", "/dev/app/URL", "--raw"]), "pg://shop:${../db/PASSWORD}@db");
    let app = ["--env", "dev", "--app", "app"];
    assert!(world.says(&[&["export"], &app[..]].concat()).contains("pg://shop:hunter2@db"));
    let run = [&["run", "--no-mask"], &app[..], &["--", "printenv", "URL"]].concat();
    assert_eq!(world.says(&run), "pg://shop:hunter2@db\n");
    world.set("/dev/db/PASSWORD", "hunter3");
    assert_eq!(world.says(&run), "pg://shop:hunter3@db\n");
}

#[test]
fn what_only_looks_like_a_reference_is_kept_and_asked_about() {
    let world = with_url();
    for (value, is_asked) in [("${HOME}/x", false), ("pg://${../db/PASSWORD}", true), ("$${", false)] {
        let said = set(&world, &["/dev/app/PLAIN"], value);
        assert_eq!(said.contains("--references has it filled in"), is_asked, "{said}");
        assert!(!said.contains("pg://"), "{said}");
        assert_eq!(world.says(&["get", "/dev/app/PLAIN"]), value);
    }
    let said = set(&world, &["/dev/app/URL", "--references"], "${/dev/db/PASSWORD}");
    assert!(!said.contains("filled in"), "{said}");
}

#[test]
fn what_would_change_is_told_and_nothing_is_written() {
    let world = with_url();
    set(&world, &["/prod/DEEP", "--references"], "${/dev/app/URL}");
    let told = world.says(&["set", "/dev/db/PASSWORD", "--preview"]);
    assert_eq!(rows(&told), [vec!["dev/app/URL", "directly"], vec!["prod/DEEP", "through", "others"]]);
    assert_eq!(world.says(&["get", "/dev/db/PASSWORD"]), "hunter2");
    assert_eq!(world.says(&["set", "/dev/db/NEW", "--preview"]), "");
    assert_eq!(world.fails(&["get", "/dev/db/NEW"]).0, 3);
    let told = world.says(&["references", "/dev/app/URL"]);
    let to = vec!["refers", "to", "dev/db/PASSWORD", "directly"];
    assert_eq!(rows(&told), [to, vec!["referred", "by", "prod/DEEP", "directly"]]);
}

#[test]
fn what_goes_says_what_it_takes_along() {
    let world = with_url();
    let said = |words: &[&str]| {
        let output = world.coffer(words);
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let broken = "what is filled in with dev/db/PASSWORD can't be read any more: dev/app/URL";
    assert!(said(&["rm", "/dev/db/PASSWORD"]).contains(broken));
    let (code, told) = world.fails(&["get", "/dev/app/URL"]);
    assert!(code == 6 && told.contains("error[reference.broken]"), "{told}");
    world.says(&["undo", "/dev/db/PASSWORD"]);
    assert!(said(&["destroy", "/dev/db/PASSWORD", "--yes"]).contains(broken));
    assert!(!said(&["rm", "/dev/app/URL"]).contains("can't be read"));
}

#[test]
fn what_is_promoted_leads_to_the_secrets_of_its_new_place() {
    let world = with_url();
    world.set("/prod/db/PASSWORD", "of prod");
    world.says(&["promote", "dev", "prod", "app/URL", "--yes"]);
    assert_eq!(world.says(&["get", "/prod/app/URL"]), "pg://shop:of prod@db");
    // Compared is what was written: nothing is left to promote but the password.
    let told = world.says(&["promote", "dev", "prod", "--dry-run", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["same"], told["steps"].as_array().unwrap().len()), (&serde_json::json!(1), 1));
    assert_eq!(world.coffer(&["diff", "/dev/app/URL", "/prod/app/URL"]).status.code(), Some(0));
    set(&world, &["/prod/app/URL"], "pg://shop:${../db/PASSWORD}@db");
    assert_eq!(world.coffer(&["diff", "/dev/app/URL", "/prod/app/URL"]).status.code(), Some(1));
}

#[test]
fn a_file_that_is_imported_takes_the_place_of_a_template() {
    let world = World::new();
    world.set("/dev/project/OTHER", "x");
    set(&world, &["/dev/project/URL", "--references"], "${OTHER}");
    world.write(".env", "URL='${OTHER}'\n");
    let said = world.coffer(&["import", "--keep"]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("0 new, 1 changed"), "{said:?}");
    assert_eq!(world.says(&["get", "/dev/project/URL"]), "${OTHER}");
}
