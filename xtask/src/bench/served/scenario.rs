//! What is asked of both.

/// One way to ask.
#[derive(Debug, PartialEq)]
pub(crate) struct Scenario {
    /// On the command line, in `client.lua`, in the table of raw numbers.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// Connections that ask at once.
    pub(crate) connections: &'static [u32],
    /// Whether there must be something to read at random, or to list.
    pub(crate) needs_many: bool,
}

/// What there is to read at random, and to list.
pub(crate) const SECRETS: u32 = 10_000;
/// What the goals are about.
pub(crate) const READ_HOT: &str = "read-hot";
/// The same.
pub(crate) const WRITE_UNIQUE: &str = "write-unique";
/// And this, of programs.
pub(crate) const SIGN_IN: &str = "sign-in";
/// Connections that the goals are about.
pub(crate) const JUDGED_CONNECTIONS: u32 = 16;

const CONNECTIONS: &[u32] = &[1, 16, 64];

/// All of them. Reads first: they should not meet what writes have left.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: READ_HOT, title: "read one hot secret", connections: CONNECTIONS, needs_many: false },
    Scenario {
        name: "read-random",
        title: "read 10,000 at random",
        connections: CONNECTIONS,
        needs_many: true,
    },
    Scenario { name: "list", title: "list 10,000", connections: &[1, 16], needs_many: true },
    Scenario { name: "mixed", title: "90 % reads, 10 % writes", connections: CONNECTIONS, needs_many: true },
    Scenario {
        name: WRITE_UNIQUE,
        title: "write, unique paths",
        connections: CONNECTIONS,
        needs_many: false,
    },
    Scenario { name: "write-same", title: "write, one path", connections: CONNECTIONS, needs_many: false },
    Scenario {
        name: SIGN_IN,
        title: "sign in with an id and a secret",
        connections: &[1, 16],
        needs_many: false,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{JUDGED_CONNECTIONS, SCENARIOS};

    #[test]
    fn names_are_unique_and_the_client_knows_them() {
        let names: BTreeSet<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), SCENARIOS.len());
        let client = include_str!("client.lua");
        for scenario in SCENARIOS {
            assert!(client.contains(&format!("scenarios[\"{}\"]", scenario.name)), "{}", scenario.name);
            assert!(scenario.connections.contains(&JUDGED_CONNECTIONS), "{}", scenario.name);
        }
    }
}
