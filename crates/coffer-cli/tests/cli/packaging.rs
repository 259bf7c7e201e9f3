//! What is packaged is what there is: the container's file copies what lies in the sources, and its server is not root.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The instructions of the Dockerfile, each with what follows it, lines joined.
fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("packaging/docker/Dockerfile")).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let split = |line: &str| {
        let (word, rest) = line.split_once(' ').unwrap();
        (word.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    joined.lines().map(split).collect()
}

#[test]
fn the_container_is_made_of_what_is_there() {
    const KNOWN: [&str; 11] = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "ENTRYPOINT",
        "CMD",
    ];
    let all = instructions();
    for (word, _) in &all {
        assert!(KNOWN.contains(&word.as_str()), "{word}");
    }
    let copies: Vec<Vec<&str>> =
        all.iter().filter(|(word, _)| word == "COPY").map(|(_, rest)| rest.split(' ').collect()).collect();
    let sources: Vec<&str> = copies
        .iter()
        .filter(|copy| !copy[0].starts_with("--from"))
        .flat_map(|copy| &copy[..copy.len() - 1])
        .copied()
        .collect();
    for source in &sources {
        assert!(root().join(source).exists(), "{source} is copied, and is not there");
    }
    // Every member of the workspace, and every file outside of them that a source takes in.
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest.split_once("members = [").unwrap().1.split_once("\n]").unwrap().0;
    let members = members.lines().filter_map(|line| line.split('"').nth(1));
    for member in members.chain(["openapi.json", "Cargo.lock"]) {
        let is_copied = sources.iter().any(|source| Path::new(member).starts_with(source));
        assert!(is_copied, "{member} is wanted by the build, and not copied");
    }
    // Its list of what comes along is the same.
    let ignored = fs::read_to_string(root().join("packaging/docker/Dockerfile.dockerignore")).unwrap();
    let mut kept: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let mut wanted = sources.clone();
    kept.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(kept, wanted);
    // The toolchain is the one that the workspace asks for at least.
    let version = manifest.split_once("rust-version = \"").unwrap().1.split('"').next().unwrap();
    assert_eq!(all[0].1, format!("rust:{version}-bookworm AS build"));
}

#[test]
fn its_server_is_not_root_and_no_secret_is_in_it() {
    let all = instructions();
    let last = |word: &str| all.iter().rev().find(|(known, _)| known == word).unwrap().1.as_str();
    assert!(last("USER").parse::<u32>().unwrap() > 0, "by number, and not 0");
    let after = all.iter().rposition(|(word, _)| word == "USER").unwrap();
    assert!(
        all[after..].iter().all(|(word, _)| word != "RUN" && word != "COPY"),
        "nothing is done behind it"
    );
    assert_eq!(last("ENTRYPOINT"), r#"["/usr/bin/coffer"]"#);
    for (word, rest) in &all {
        for secret in ["PASSWORD", "MASTER_SECRET_KEY", "COFFER_TOKEN", "BEGIN PRIVATE KEY"] {
            assert!(!rest.to_uppercase().contains(secret), "{word} {rest}");
        }
        assert!(word != "ARG", "an argument of a build stays in its history");
    }
    // The unit of systemd serves the same file of settings.
    let unit = fs::read_to_string(root().join("packaging/systemd/coffer.service")).unwrap();
    assert!(unit.contains("ExecStart=/usr/bin/coffer server --config /etc/coffer/coffer.toml"));
    assert_eq!(last("CMD"), r#"["server", "--config", "/etc/coffer/coffer.toml"]"#);
}
