//! Tools that are subcommands of cargo: two that rustup has, two that are built from their source.

use std::path::Path;
use std::process::Command;

use crate::steps::{Outcome, output_of, run};
use crate::talk;
use crate::version::Version;

/// A subcommand that `cargo install` can make.
struct Tool {
    /// What follows `cargo`.
    subcommand: &'static str,
    /// Its crate.
    package: &'static str,
    /// What is installed; anything newer is as good.
    version: Version,
    /// More for `cargo install`.
    options: &'static [&'static str],
}

const TOOLS: &[Tool] = &[
    // Without the feature that lets it update itself: that would bring an HTTP client and a TLS stack to build.
    Tool {
        subcommand: "nextest",
        package: "cargo-nextest",
        version: Version(0, 9, 143),
        options: &["--no-default-features", "--features", "default-no-update"],
    },
    Tool { subcommand: "deny", package: "cargo-deny", version: Version(0, 20, 2), options: &[] },
];

/// Parts of Rust that a minimal installation lacks, by subcommand and by rustup's name.
const COMPONENTS: &[(&str, &str)] = &[("fmt", "rustfmt"), ("clippy", "clippy")];

/// Installs the tools that are missing or too old.
pub(super) fn prepare(root: &Path) -> Outcome {
    for (subcommand, component) in COMPONENTS {
        if version_output(root, subcommand).is_none() {
            return Err(format!("`cargo {subcommand}` is missing: rustup component add {component}").into());
        }
    }
    for tool in TOOLS {
        let found = found(root, tool);
        if is_good(found, tool) {
            continue;
        }
        let instead = found.map_or_else(|| "missing".to_owned(), |version| format!("{version}, too old"));
        talk::say(&format!("xtask: tools: {} is {instead}: building {}", tool.package, tool.version));
        run(Command::new("cargo").args(install_args(tool)).current_dir(root))?;
        if !is_good(self::found(root, tool), tool) {
            return Err(format!(
                "{} is built, and cargo runs another one: look for it in PATH",
                tool.package
            )
            .into());
        }
    }
    Ok(())
}

fn found(root: &Path, tool: &Tool) -> Option<Version> {
    version_output(root, tool.subcommand).as_deref().and_then(Version::find)
}

fn is_good(found: Option<Version>, tool: &Tool) -> bool {
    found.is_some_and(|version| version >= tool.version)
}

fn version_output(root: &Path, subcommand: &str) -> Option<String> {
    output_of(Command::new("cargo").args([subcommand, "--version"]).current_dir(root))
}

/// `--force`, because an older one may be there; it is only run when the right one is not.
fn install_args(tool: &Tool) -> Vec<String> {
    let version = tool.version.to_string();
    let args = ["install", "--locked", "--force", tool.package, "--version", &version];
    args.iter().chain(tool.options).map(|&arg| arg.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{TOOLS, Tool, install_args, is_good};
    use crate::version::Version;

    const TOOL: Tool = Tool {
        subcommand: "thing",
        package: "cargo-thing",
        version: Version(0, 9, 143),
        options: &["--slow"],
    };

    #[test]
    fn the_same_or_newer_is_good() {
        assert!(is_good(Some(Version(0, 9, 143)), &TOOL));
        assert!(is_good(Some(Version(0, 10, 0)), &TOOL));
        assert!(!is_good(Some(Version(0, 9, 97)), &TOOL));
        assert!(!is_good(None, &TOOL));
    }

    #[test]
    fn the_version_is_pinned_and_its_lock_file_kept() {
        assert_eq!(
            install_args(&TOOL).join(" "),
            "install --locked --force cargo-thing --version 0.9.143 --slow"
        );
        for tool in TOOLS {
            assert_eq!(tool.package, format!("cargo-{}", tool.subcommand));
        }
    }
}
