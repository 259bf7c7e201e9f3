//! Debian's packages, by the thing that is needed of each.
//!
//! A C compiler and its headers are not in the table: without them xtask itself would not have been linked.

use std::process::Command;

use crate::steps::{Outcome, output_of, run};
use crate::{edge, talk};

/// Where Debian puts PostgreSQL's own programs, one folder a version: not in PATH.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// How to see that a package is needed.
pub(super) enum Probe {
    /// A program in PATH.
    Program(&'static str),
    /// A program of PostgreSQL's server.
    PostgreSql(&'static str),
    /// Modules that `python3` can import. Debian has some of Python's own library in packages of its own.
    Modules(&'static str),
}

/// What is needed, the package that has it, and who needs it.
type Needed = &'static [(Probe, &'static str)];

/// For the checks.
pub(super) const CHECKS: Needed = &[
    (Probe::Program("unshare"), "util-linux"), // tests of a full disk: a mount of their own
    (Probe::Program("mount"), "mount"),        // the same
    (Probe::Program("python3"), "python3"),    // tests against pyca/cryptography, and by schemathesis
    (Probe::Modules("ensurepip, venv"), "python3-venv"), // the same
    (Probe::Program("promtool"), "prometheus"), // the test that Prometheus reads our metrics
    (Probe::PostgreSql("initdb"), "postgresql"), // a server of each test's own
    (Probe::Program("psql"), "postgresql-client"), // asks it
    (Probe::Program("ip"), "iproute2"),        // a network of a test's own, that can be cut
];

/// For the long run of faults.
pub(super) const FAULTS: Needed = &[
    (Probe::Program("unshare"), "util-linux"),
    (Probe::Program("ip"), "iproute2"),
    (Probe::PostgreSql("initdb"), "postgresql"),
    (Probe::Program("psql"), "postgresql-client"),
];

/// For the comparison with OpenBao.
pub(super) const BENCH: Needed = &[
    (Probe::Program("wrk"), "wrk"),                      // asks both
    (Probe::Program("valgrind"), "valgrind"),            // counts instructions
    (Probe::Program("strace"), "strace"),                // counts system calls
    (Probe::Program("openssl"), "openssl"),              // makes their certificate
    (Probe::Program("python3"), "python3"),              // brings OpenBao, and asks single requests
    (Probe::Modules("ensurepip, venv"), "python3-venv"), // the same
    (Probe::PostgreSql("initdb"), "postgresql"),         // both over one database
    (Probe::Program("pg_isready"), "postgresql-client"), // waits for it
];

/// Who may install.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Privilege {
    Root,
    Sudo,
    None,
}

/// Installs the packages that are missing.
pub(super) fn prepare(needed: Needed) -> Outcome {
    let packages = missing(needed, is_there);
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    talk::say(&format!("xtask: tools: missing Debian packages: {names}"));
    if !edge::is_on_path("apt-get") {
        return Err(format!("there is no apt-get here; install what Debian calls: {names}").into());
    }
    for line in install_lines(privilege(), &packages).ok_or_else(|| {
        format!("packages are missing, and you are neither root nor have sudo. Let somebody run: apt-get install {names}")
    })? {
        if let [program, args @ ..] = line.as_slice() {
            run(Command::new(program).args(args))?;
        }
    }
    // A `python3` that is not Debian's, first in PATH, is not helped by Debian's package.
    match missing(needed, is_there).as_slice() {
        [] => Ok(()),
        still => Err(format!(
            "installed, and what they are for is still not found: {}. Look at PATH",
            still.join(" ")
        )
        .into()),
    }
}

fn missing(needed: Needed, is_there: impl Fn(&Probe) -> bool) -> Vec<&'static str> {
    needed.iter().filter(|(probe, _)| !is_there(probe)).map(|(_, package)| *package).collect()
}

fn is_there(probe: &Probe) -> bool {
    match probe {
        Probe::Program(name) => edge::is_on_path(name),
        Probe::PostgreSql(name) => {
            let mut versions = std::fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
            edge::is_on_path(name) || versions.any(|version| version.path().join("bin").join(name).exists())
        }
        Probe::Modules(names) => {
            output_of(Command::new("python3").arg("-c").arg(format!("import {names}"))).is_some()
        }
    }
}

fn privilege() -> Privilege {
    if output_of(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0") {
        Privilege::Root
    } else if edge::is_on_path("sudo") {
        Privilege::Sudo
    } else {
        Privilege::None
    }
}

/// The commands that install `packages`, or nothing for who may not.
fn install_lines(privilege: Privilege, packages: &[&str]) -> Option<[Vec<String>; 2]> {
    // sudo drops the environment, so `env` comes after it; apt must not ask, nobody may be there to answer.
    let prefix: &[&str] = match privilege {
        Privilege::Root => &[],
        Privilege::Sudo => &["sudo"],
        Privilege::None => return None,
    };
    let apt = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]].concat();
    let line = |rest: &[&str]| apt.iter().chain(rest).map(|&word| word.to_owned()).collect();
    Some([line(&["update"]), line(&[&["install", "--yes", "--no-install-recommends"], packages].concat())])
}

#[cfg(test)]
mod tests {
    use super::{BENCH, CHECKS, FAULTS, Privilege, Probe, install_lines, missing};

    #[test]
    fn nothing_is_asked_for_when_everything_is_there() {
        for needed in [CHECKS, BENCH, FAULTS] {
            assert!(missing(needed, |_| true).is_empty());
            assert_eq!(missing(needed, |_| false).len(), needed.len());
        }
    }

    #[test]
    fn only_the_package_of_what_is_missing_is_asked_for() {
        assert_eq!(missing(CHECKS, |probe| !matches!(probe, Probe::Modules(_))), ["python3-venv"]);
        assert_eq!(missing(CHECKS, |probe| !matches!(probe, Probe::Program("mount"))), ["mount"]);
    }

    #[test]
    fn lists_are_updated_before_anything_is_installed() {
        let [update, install] = install_lines(Privilege::Root, &["mount", "python3"]).unwrap();
        assert_eq!(update.join(" "), "env DEBIAN_FRONTEND=noninteractive apt-get --quiet update");
        assert_eq!(
            install.join(" "),
            "env DEBIAN_FRONTEND=noninteractive apt-get --quiet install --yes --no-install-recommends mount python3"
        );
    }

    #[test]
    fn who_is_not_root_needs_sudo() {
        let [update, install] = install_lines(Privilege::Sudo, &["mount"]).unwrap();
        assert!([update, install].iter().all(|line| line.first().is_some_and(|word| word == "sudo")));
        assert!(install_lines(Privilege::None, &["mount"]).is_none());
    }
}
