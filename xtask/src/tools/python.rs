//! The Python of the tests: a virtual environment in the root, made from `xtask/requirements.txt`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Outcome, output_of, run};
use crate::talk;

/// Where it is, from the root.
const ENVIRONMENT: &str = ".venv";
/// What is in it, from the root.
const REQUIREMENTS: &str = "xtask/requirements.txt";
/// In the environment: the requirements it was made from. Written last, so one that was left half-made is made again.
const STAMP: &str = "requirements.stamp";

/// Makes the environment unless it is there and up to date. The answer is its Python.
pub(super) fn prepare(root: &Path) -> Outcome<PathBuf> {
    let requirements = root.join(REQUIREMENTS);
    let environment = root.join(ENVIRONMENT);
    let python = environment.join("bin/python");
    let wanted = fs::read(&requirements).map_err(|error| format!("{REQUIREMENTS} can't be read: {error}"))?;
    if is_current(&environment, &wanted) && works(&python) {
        return Ok(python);
    }
    talk::say(&format!("xtask: tools: making {ENVIRONMENT} from {REQUIREMENTS}"));
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
        .map_err(|error| format!("{ENVIRONMENT}/{STAMP} can't be written: {error}"))?;
    Ok(python)
}

fn is_current(environment: &Path, wanted: &[u8]) -> bool {
    fs::read(environment.join(STAMP)).is_ok_and(|made_from| made_from == wanted)
}

/// An environment is links to the Python it was made with, which may be gone since.
fn works(python: &Path) -> bool {
    output_of(Command::new(python).args(["-c", "import cryptography"])).is_some()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{REQUIREMENTS, STAMP, is_current, works};

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
        assert!(!works(Path::new("/nowhere/bin/python")));
    }

    #[test]
    fn every_requirement_is_pinned() {
        let text = fs::read_to_string(crate::edge::root().unwrap().join(REQUIREMENTS)).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.contains("=="), "{line}");
        }
    }
}
