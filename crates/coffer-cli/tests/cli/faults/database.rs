//! A database of two servers: one that writes, and a standby that it waits for. When the first dies, the second takes its place, and the
//! first comes back as its standby: what Patroni and its like do.

use coffer_postgres::testkit::Server;

use super::net;
use super::until;

/// Ports, one for each place. The servers change places.
const PORTS: [u16; 2] = [5501, 5502];
/// All that is there to say who may follow is in the network of this test.
const SET: &[&str] = &["listen_addresses=*", "wal_keep_size=64MB"];
const NAME: &str = "vault_0";

pub(super) struct Database {
    /// By place.
    servers: [Option<Server>; 2],
    /// The place of the one that writes.
    writes: usize,
}

impl Database {
    pub(super) fn start() -> Self {
        let server = Server::start_on_port(PORTS[0], &[], SET);
        assert_eq!(server.database_named().1, NAME);
        let mut database = Self { servers: [Some(server), None], writes: 0 };
        database.gain_standby();
        database
    }

    /// How a node finds the one that writes.
    pub(super) fn url(node: usize) -> String {
        let hosts = PORTS.map(|port| format!("{}:{port}", net::address(node)));
        format!("postgres://coffer@{}/{NAME}?target_session_attrs=read-write", hosts.join(","))
    }

    /// How the test itself finds it, on a way that is never cut.
    pub(super) fn own_url() -> String {
        let hosts = PORTS.map(|port| format!("127.0.0.1:{port}"));
        format!("postgres://coffer@{}/{NAME}?target_session_attrs=read-write", hosts.join(","))
    }

    /// Kills the one that writes, and has its standby write in its place.
    pub(super) fn fail_over(&mut self) {
        // It is gone with all it had.
        if let Some(mut dead) = self.servers[self.writes].take() {
            dead.kill();
        }
        self.writes = 1 - self.writes;
        let server = self.writer();
        server.promote();
        // Nobody follows it yet: it writes alone, as Patroni has it unless it is told to be strict.
        server.wait_for_standbys("");
    }

    /// Makes a new standby in the place of the one that died, and has the other wait for it from then on.
    pub(super) fn gain_standby(&mut self) {
        let place = 1 - self.writes;
        self.servers[place] = Some(Server::standby_of(self.writer(), PORTS[place], SET));
        let server = self.writer();
        server.wait_for_standbys("*");
        until("a standby follows", || server.has_synchronous_standby());
    }

    fn writer(&self) -> &Server {
        self.servers[self.writes].as_ref().unwrap()
    }
}
