//! The clock and the environment. Nothing else in xtask reads either.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge: steps are timed, and programs are looked for in PATH"
)]

use std::time::Instant;

/// Now, for telling how long something took.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Whether a shell would find `program`.
pub(crate) fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::is_on_path;

    #[test]
    fn finds_programs_and_only_programs() {
        assert!(is_on_path("sh"));
        assert!(!is_on_path("no-such-program-as-this"));
        assert!(!is_on_path("."), "a folder is no program");
    }
}
