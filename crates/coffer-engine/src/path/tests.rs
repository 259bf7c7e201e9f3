use proptest::prelude::*;

use super::*;

#[test]
fn t_p1_paths_are_refused_never_mended() {
    let refused = [
        "",
        "/",
        "a",
        "/a/b",
        "a/b/",
        "a//b",
        "a/./b",
        "a/../b",
        "a/..",
        "./a",
        "a/%2e%2e/b",
        "a%2fb/c",
        "a/b%00",
        "a\\b/c",
        "a/b.",
        "a/ b",
        "a/b ",
        "a/b\n",
        "a/b\u{0}",
        "a/b\u{7f}",
        "a/e\u{301}",
        "a/b\u{200b}",
        "a/\u{202e}b",
        "a/*",
        "a/+/b",
        "a/b?x",
        "a/b#x",
        "a/\u{feff}b",
    ];
    for raw in refused {
        assert!(SecretPath::parse(raw).is_err(), "{raw:?} was accepted");
    }
    assert!(SecretPath::parse(&format!("a/{}", "x".repeat(256))).is_err());
    assert!(SecretPath::parse("a/".repeat(40).trim_end_matches('/')).is_err());
    assert!(SecretPath::parse(&format!("a/{}", "x/".repeat(600))).is_err());
}

#[test]
fn names_keep_their_case_and_their_letters() {
    for raw in [
        "dev/http_proxy",
        "dev/HTTP_PROXY",
        "prod/db/URL",
        "prod/größe/é",
        "dev/.hidden",
        "a/b c",
        "a/b-c@d:e",
    ] {
        assert_eq!(SecretPath::parse(raw).map(|p| p.as_str().to_owned()).ok().as_deref(), Some(raw));
    }
}

#[test]
fn a_path_knows_its_folder_and_name() {
    let path = SecretPath::parse("prod/db/URL").unwrap();
    assert_eq!((path.folder().as_str(), path.name()), ("prod/db", "URL"));
    let folder = path.folder();
    assert_eq!(folder.parent().map(|p| p.as_str().to_owned()).as_deref(), Some("prod"));
    assert_eq!(folder.parent().and_then(|p| p.parent()), Some(FolderPath::root()));
    assert_eq!(FolderPath::root().parent(), None);
    assert_eq!(folder.secret("URL").unwrap(), path);
    assert!(FolderPath::root().secret("URL").is_err());
    assert!(folder.secret("a/../b").is_err());
}

proptest! {
    #[test]
    fn t_p1_what_is_accepted_is_used_as_it_was_written(raw in ".{0,40}") {
        if let Ok(path) = SecretPath::parse(&raw) {
            prop_assert_eq!(path.as_str(), raw.as_str());
            prop_assert_eq!(path.folder().secret(path.name()).unwrap(), path);
        }
    }

    #[test]
    fn t_p1_traversal_is_never_accepted(head in "[a-z]{1,4}", tail in "[a-z]{1,4}", evil in r"(\.|\.\.|%2e|%2f|\\|//|\u{0})") {
        let raw = format!("{head}/{evil}/{tail}");
        prop_assert!(SecretPath::parse(&raw).is_err());
    }
}
