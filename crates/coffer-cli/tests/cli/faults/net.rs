//! A network of its own for a test: a network namespace with nothing but loopback in it, in which the test runs once more as a child. It
//! wants root, or a system that lets everybody have namespaces.
//!
//! Each node asks the database at an address of its own, 127.0.0.11 and on. A cut is a route that swallows what goes there: packets get
//! lost, also those of connections that are open, and nobody is told.

use std::env;
use std::process::Command;

/// Tells a child that it is one.
const CHILD: &str = "COFFER_TEST_OWN_NET";

/// Runs a test of this module tree once more, in a network of its own, with what it prints.
pub(super) fn in_own_net(child: &str) {
    let script = "ip link set lo up && exec \"$@\"";
    let name = format!("faults::{child}");
    // As root without a user namespace first: containers often forbid the latter. With one, the test stays who it is: PostgreSQL refuses root.
    for namespaces in [["-n"].as_slice(), &["-n", "-U", "--map-current-user", "--keep-caps"]] {
        let works = Command::new("unshare").args(namespaces).args(["ip", "link", "set", "lo", "up"]).output();
        if !works.is_ok_and(|output| output.status.success()) {
            continue;
        }
        let mut command = Command::new("unshare");
        command.args(namespaces).args(["sh", "-c", script, "sh"]).arg(env::current_exe().unwrap());
        let status = command.args([&name, "--exact", "--nocapture"]).env(CHILD, "true").status().unwrap();
        assert!(status.success(), "{name} failed in a network of its own");
        return;
    }
    panic!("this test needs `unshare` and `ip`: run it as root, or where user namespaces are allowed");
}

/// Whether this is the child.
#[expect(
    clippy::disallowed_methods,
    reason = "a child of the test, not of the program: there is no settings file"
)]
pub(super) fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Where a node finds the database.
pub(super) fn address(node: usize) -> String {
    format!("127.0.0.{}", 11 + node)
}

/// What a node sends to the database gets lost, until this is dropped.
pub(super) struct Cut(usize);

impl Cut {
    pub(super) fn between(node: usize) -> Self {
        route("add", node);
        Self(node)
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        route("del", self.0);
    }
}

fn route(verb: &str, node: usize) {
    let status = Command::new("ip")
        .args(["route", verb, "blackhole", &address(node), "table", "local"])
        .status()
        .unwrap();
    assert!(status.success(), "ip route {verb}");
}
