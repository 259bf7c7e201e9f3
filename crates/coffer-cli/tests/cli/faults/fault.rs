//! What goes wrong.

use std::thread;
use std::time::Duration;

use super::cluster::{Cluster, NODES};
use super::database::Database;
use super::history::History;
use super::net::Cut;
use super::random::Random;
use super::writers::WRITERS;

/// Ten minutes.
const CLOCK: i64 = 600;
/// Until when all have to write again.
const TOO_LONG: Duration = Duration::from_secs(90);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A node dies of `kill -9`, and comes back.
    Kill,
    /// A node is stopped for longer than its lease and others' patience for its locks, and goes on.
    Stop,
    /// What a node sends to the database gets lost.
    Cut,
    /// The database dies of `kill -9`, and its standby takes its place.
    FailOver,
    /// A node's clock jumps by ten minutes, or back to the truth. It stays so while other things go wrong.
    Clock,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::Kill, Self::Stop, Self::Cut, Self::FailOver, Self::Clock];

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Kill => "kill -9 of a node",
            Self::Stop => "a node is stopped for 11 to 13 s",
            Self::Cut => "a cut between a node and the database, of 1 to 12 s",
            Self::FailOver => "kill -9 of the database, and failover",
            Self::Clock => "a node's clock jumps by 10 minutes or more",
        }
    }
}

/// A fault that was lived through: how long it took until every writer had written something after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lived {
    pub(super) kind: Kind,
    pub(super) writes_went_on: Duration,
}

/// What is broken on purpose.
pub(super) struct Breaker<'a> {
    pub(super) cluster: &'a mut Cluster,
    pub(super) database: &'a mut Database,
    pub(super) history: &'a History,
    pub(super) random: Random,
}

impl Breaker<'_> {
    /// So many faults, of each kind as many as of the others, in an order that the seed says.
    pub(super) fn run(&mut self, count: usize) -> Vec<Lived> {
        let mut kinds: Vec<Kind> = Kind::ALL.iter().copied().cycle().take(count).collect();
        for place in (1..kinds.len()).rev() {
            kinds.swap(place, self.random.below(place + 1));
        }
        let mut lived = Vec::new();
        for (number, kind) in kinds.into_iter().enumerate() {
            let writes_went_on = self.live_through(kind);
            println!("fault {}: {}: writes went on after {writes_went_on:.1?}", number + 1, kind.about());
            lived.push(Lived { kind, writes_went_on });
            thread::sleep(self.random.millis(100, 800));
        }
        lived
    }

    /// Sets all clocks right, and waits until all write.
    pub(super) fn heal(&mut self) {
        self.cluster.members.iter_mut().for_each(|member| member.set_clock(0));
        self.writes_go_on(self.history.now());
    }

    fn live_through(&mut self, kind: Kind) -> Duration {
        let node = self.random.below(NODES);
        let began = self.history.now();
        match kind {
            Kind::Kill => {
                self.cluster.members[node].kill();
                let took = self.writes_go_on(began);
                thread::sleep(self.random.millis(0, 1500));
                self.cluster.members[node].run();
                took
            }
            Kind::Stop => {
                let pause = self.random.millis(11_000, 13_000);
                self.cluster.members[node].signal("STOP");
                let took = self.writes_go_on(began);
                thread::sleep((began + pause).saturating_sub(self.history.now()));
                self.cluster.members[node].signal("CONT");
                self.writes_go_on(self.history.now());
                took
            }
            Kind::Cut => {
                let pause = self.random.millis(1_000, 12_000);
                let cut = Cut::between(node);
                let took = self.writes_go_on(began);
                thread::sleep((began + pause).saturating_sub(self.history.now()));
                drop(cut);
                self.writes_go_on(self.history.now());
                took
            }
            Kind::FailOver => {
                self.database.fail_over();
                let took = self.writes_go_on(began);
                self.database.gain_standby();
                took
            }
            Kind::Clock => {
                let member = &mut self.cluster.members[node];
                let others = [-CLOCK, 0, CLOCK].into_iter();
                let others: Vec<i64> = others.filter(|off_by| *off_by != member.off_by).collect();
                member.set_clock(self.random.pick(&others));
                self.writes_go_on(began)
            }
        }
    }

    /// Waits until every writer has written something that it asked for after this moment; how long that took.
    fn writes_go_on(&self, moment: Duration) -> Duration {
        while self.history.writers_since(moment) < WRITERS {
            if self.history.now() > moment + TOO_LONG {
                self.history.strange(format!("writes do not go on after {TOO_LONG:?}"));
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.history.now() - moment
    }
}
