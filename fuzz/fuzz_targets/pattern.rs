//! Patterns of grants: a pattern has one spelling, and covers what it says. Input: a pattern, and a path.
#![no_main]

use coffer_engine::access::PathPattern;
use coffer_engine::path::SecretPath;
use coffer_fuzz::parts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let Some([raw, path]) = parts(input) else { return };
    let Ok(pattern) = PathPattern::parse(raw) else { return };
    assert_eq!(pattern.to_string(), raw);

    let covers = match raw.strip_suffix("**") {
        Some("") => true,
        Some(folder) => path.starts_with(folder),
        None => path == raw,
    };
    assert_eq!(pattern.covers(path), covers, "{raw} and {path}");

    let Ok(path) = SecretPath::parse(path) else { return };
    let mut folder = Some(path.folder());
    while let Some(above) = folder {
        let below = above.as_str();
        let all = raw == "**"
            || raw.strip_suffix("/**").is_some_and(|top| format!("{below}/").starts_with(&format!("{top}/")));
        assert_eq!(pattern.covers_all_below(below), all, "{raw} and all below {below:?}");
        assert!(!all || covers, "all below a folder is more than a path in it");
        folder = above.parent();
    }
});
