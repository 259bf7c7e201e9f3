//! The clock and the environment. Nothing else in xtask reads either.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge: steps are timed, and programs are looked for in PATH"
)]

use std::path::PathBuf;
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

/// The root of the workspace: the folder above the one that `cargo run` says xtask is in.
///
/// Not what `env!` says: checkouts that share a target folder share this binary, and it would test the other one.
pub(crate) fn root() -> Option<PathBuf> {
    let xtask = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
    xtask.parent().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::{is_on_path, root};

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().unwrap().join(".ci/run").exists());
    }

    #[test]
    fn finds_programs_and_only_programs() {
        assert!(is_on_path("sh"));
        assert!(!is_on_path("no-such-program-as-this"));
        assert!(!is_on_path("."), "a folder is no program");
    }
}
