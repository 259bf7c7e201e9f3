#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]

use std::env;
use std::net::IpAddr;

use coffer_encryption::hash;

use super::*;
use crate::access::policy::RulePattern;
use crate::access::{Attached, Grant, Identity, IdentityKind, PathPattern, Rights, Role};
use crate::network::Network;
use crate::path::{FolderPath, SecretPath};
use crate::slug::PolicyName;
use crate::time::Timestamp;

/// One way to have something, and whether its conditions hold.
#[derive(Debug, Clone)]
enum Way {
    Role(Role, String, bool),
    Rules(Vec<Rule>, bool),
}

/// The reference: 50 lines that look at every rule and compare it with the path, segment by segment.
mod reference {
    use super::*;
    use std::cmp::Ordering;

    pub(super) fn may(ways: &[Way], right: Right, path: &str, is_folder: bool) -> bool {
        let roles = ways.iter().any(|way| match way {
            Way::Role(role, pattern, true) => role.rights().has(right) && covers(pattern, path, is_folder),
            _ => false,
        });
        let spelled: Vec<String> = if is_folder && !path.is_empty() {
            vec![path.into(), format!("{path}/")]
        } else {
            vec![path.into()]
        };
        let rules = || {
            let held = ways.iter().filter_map(|way| match way {
                Way::Rules(rules, true) => Some(rules),
                _ => None,
            });
            held.flatten()
        };
        let speaks = |rule: &&Rule, fold: bool| {
            spelled.iter().any(|path| {
                let (pattern, path) = (rule.pattern.as_str().to_owned(), path.clone());
                if fold {
                    matches(&pattern.to_lowercase(), &path.to_lowercase())
                } else {
                    matches(&pattern, &path)
                }
            })
        };
        let top = rules()
            .filter(|rule| speaks(rule, false))
            .map(|rule| rule.pattern.as_str())
            .max_by(|a, b| compare(a, b));
        let denied = rules().filter(|rule| rule.deny && speaks(rule, true)).map(|rule| rule.pattern.as_str());
        let denied = denied.max_by(|a, b| compare(a, b));
        if denied.is_some_and(|denied| top.is_none_or(|top| compare(denied, top).is_ge())) {
            return false;
        }
        roles || rules().any(|rule| Some(rule.pattern.as_str()) == top && rule.rights.has(right))
    }

    fn covers(pattern: &str, path: &str, is_folder: bool) -> bool {
        match pattern.strip_suffix("**") {
            Some("") => true,
            Some(folder) => path.starts_with(folder) || (is_folder && format!("{path}/") == folder),
            None => !is_folder && pattern == path,
        }
    }

    fn matches(pattern: &str, path: &str) -> bool {
        let Some((segment, rest)) = pattern.split_once('/') else {
            return match pattern.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None if pattern == "+" => !path.is_empty() && !path.contains('/'),
                None => pattern == path,
            };
        };
        path.split_once('/').is_some_and(|(first, behind)| {
            (segment == first || (segment == "+" && !first.is_empty())) && matches(rest, behind)
        })
    }

    /// Vault's five rules, one after the other.
    fn compare(one: &str, other: &str) -> Ordering {
        let first = |text: &str| text.find(['+', '*']).unwrap_or(usize::MAX);
        let pluses = |text: &str| text.split('/').filter(|segment| *segment == "+").count();
        first(one)
            .cmp(&first(other))
            .then(other.ends_with('*').cmp(&one.ends_with('*')))
            .then(pluses(other).cmp(&pluses(one)))
            .then(one.len().cmp(&other.len()))
            .then(one.cmp(other))
    }
}

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 += 1;
        let hash = hash::sha256(&self.0.to_be_bytes());
        usize::try_from(u64::from_be_bytes(hash[..8].try_into().unwrap()) % sides as u64).unwrap()
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }

    fn path(&mut self) -> String {
        let segments: Vec<&str> =
            (0..self.roll(3) + 2).map(|_| self.pick(&["a", "b", "ab", "B", "abc"])).collect();
        segments.join("/")
    }

    fn rule(&mut self) -> Rule {
        let mut segments: Vec<&str> =
            (0..self.roll(3)).map(|_| self.pick(&["a", "b", "ab", "B", "+"])).collect();
        segments.push(self.pick(&["a", "b", "abc", "*", "a*", "ab*", "+", "A*"]));
        let deny = self.roll(4) == 0;
        let rights = Rights::of((0..=self.roll(2)).map(|_| Right::ALL[self.roll(4)]));
        let mut text = segments.join("/");
        if self.roll(6) == 0 && !text.ends_with('*') {
            text.push('/');
        }
        Rule { pattern: RulePattern::parse(&text).unwrap(), rights, deny, parameters: None }
    }

    fn ways(&mut self) -> Vec<Way> {
        (0..self.roll(5))
            .map(|_| {
                let holds = self.roll(4) != 0;
                if self.roll(3) == 0 {
                    let end = self.pick(&["", "/**"]);
                    let pattern = if self.roll(8) == 0 { "**".to_owned() } else { self.path() + end };
                    return Way::Role(Role::ALL[self.roll(Role::ALL.len())], pattern, holds);
                }
                let mut rules: Vec<Rule> = Vec::new();
                for _ in 0..=self.roll(5) {
                    let rule = self.rule();
                    if rules.iter().all(|one| one.pattern != rule.pattern) {
                        rules.push(rule);
                    }
                }
                Way::Rules(rules, holds)
            })
            .collect()
    }
}

/// What the ways come to when they are compiled; which of them holds is said by the network that the request comes from.
fn compiled(ways: &[Way]) -> Powers {
    let when = |holds: bool| {
        let network = if holds { "10.0.0.0/8" } else { "192.0.2.0/24" };
        Conditions { networks: vec![Network::parse(network).unwrap()], ..Conditions::default() }
    };
    let (mut identity, mut sources) =
        (Identity::new("m", IdentityKind::Human, Vec::new()), Sources::default());
    for (at, way) in ways.iter().enumerate() {
        match way {
            Way::Role(role, pattern, holds) => {
                let pattern = PathPattern::parse(pattern).unwrap();
                // One that always holds is compiled another way: both are tried.
                let when = if *holds && at % 2 == 0 { Conditions::default() } else { when(*holds) };
                identity.grants.push(Grant { when, ..Grant::always(*role, pattern) });
            }
            Way::Rules(rules, holds) => {
                let policy = PolicyName::parse(&format!("p{at}")).unwrap();
                sources.policies.insert(policy.clone(), rules.iter().cloned().map(Arc::new).collect());
                identity.policies.push(Attached { policy, when: when(*holds) });
            }
        }
    }
    compile(&identity, &sources).unwrap()
}

fn here() -> Circumstances {
    let source: IpAddr = "10.1.2.3".parse().unwrap();
    Circumstances { now: Timestamp::from_millis(1), source: Some(source), proof: None }
}

/// T-P9, and bar 3 of the work on rights: 20,000 here, a million by `cargo xtask access`.
#[test]
fn t_p9_the_compiled_index_agrees_with_the_reference() {
    #[expect(clippy::disallowed_methods, reason = "how much is tried is said by who runs the test")]
    let number = |name: &str, otherwise| env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let (cases, seed) = (number("COFFER_ACCESS_CASES", 20_000_u64), number("COFFER_ACCESS_SEED", 1_u64));
    let mut dice = Dice(seed << 32);
    let mut allowed = 0;
    for case in 0..cases {
        let ways = dice.ways();
        let powers = compiled(&ways);
        let standing = powers.standing(&here());
        for _ in 0..8 {
            let (path, right, is_folder) = (dice.path(), Right::ALL[dice.roll(4)], dice.roll(3) == 0);
            let place = if is_folder {
                Place::Folder(FolderPath::parse(if dice.roll(8) == 0 { "" } else { &path }).unwrap())
            } else {
                Place::Secret(SecretPath::parse(&path).unwrap())
            };
            let expected = reference::may(&ways, right, place.path(), is_folder);
            let found = powers.verdict(&standing, right, &place) == Verdict::Yes;
            assert_eq!(found, expected, "case {case} of seed {seed}: {right:?} at {place:?} with {ways:#?}");
            allowed += u64::from(expected);
        }
    }
    assert!(
        2 * allowed > cases && allowed < 4 * cases,
        "{allowed} of {} were allowed: that tries little",
        8 * cases
    );
}

/// What somebody may give on is never more than what they may do, path by path.
#[test]
fn t_p10_nobody_gives_more_than_they_hold() {
    let mut dice = Dice(9 << 32);
    let (mut given, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let (ways, gift) = (dice.ways(), dice.ways());
        let (powers, gifted) = (compiled(&ways), compiled(&gift));
        let (standing, theirs) = (powers.standing(&here()), gifted.standing(&here()));
        if !powers.lacks_of(&standing, &gifted).is_empty() {
            refused += 1;
            continue;
        }
        given += 1;
        for _ in 0..8 {
            let (path, right) = (dice.path(), Right::ALL[dice.roll(4)]);
            if gifted.verdict_at(&theirs, right, &path) == Verdict::Yes {
                let own = powers.verdict_at(&standing, right, &path);
                assert_eq!(own, Verdict::Yes, "{right:?} at {path} given with {gift:#?} by {ways:#?}");
            }
        }
    }
    assert!(given > 100 && refused > 100, "{given} given, {refused} refused");
}

fn policy(text: &str) -> Powers {
    compiled(&[
        Way::Role(Role::Owner, "**".into(), true),
        Way::Rules(super::super::policy::parse(text).unwrap(), true),
    ])
}

fn verdict<'p>(powers: &'p Powers, right: Right, path: &str) -> Verdict<'p> {
    powers.verdict_at(&powers.standing(&here()), right, path)
}

#[test]
fn t_p2_a_more_specific_deny_wins_for_every_right_with_and_without_a_slash() {
    let powers = policy(
        "path \"a/*\" { capabilities = [\"read\", \"list\"] }\npath \"a/b/*\" { capabilities = [\"deny\"] }",
    );
    let standing = powers.standing(&here());
    for right in Right::ALL {
        assert_eq!(verdict(&powers, right, "a/b/X"), Verdict::Denied, "{right:?}");
        let folder =
            |raw: &str| powers.verdict(&standing, right, &Place::Folder(FolderPath::parse(raw).unwrap()));
        assert_eq!(folder("a/b"), Verdict::Denied, "{right:?}");
        assert_eq!(folder("a/b/c"), Verdict::Denied, "{right:?}");
        assert_eq!(folder("a"), Verdict::Yes, "{right:?}");
        assert_eq!(verdict(&powers, right, "a/c"), Verdict::Yes, "{right:?}");
    }
    // The folder itself, as Vault has it in either spelling.
    for spelled in ["a/b", "a/b/", "+/b/", "a/+"] {
        let powers = policy(&format!("path \"{spelled}\" {{ capabilities = [\"deny\"] }}"));
        let standing = powers.standing(&here());
        let listed =
            powers.verdict(&standing, Right::List, &Place::Folder(FolderPath::parse("a/b").unwrap()));
        assert_eq!(listed, Verdict::Denied, "{spelled}");
    }
}

#[test]
fn t_p3_a_deny_matches_names_that_differ_by_case() {
    let powers = policy(
        "path \"prod/db/URL\" { capabilities = [\"deny\"] }\npath \"Straße/*\" { capabilities = [\"deny\"] }",
    );
    for path in ["prod/db/URL", "prod/db/url", "PROD/DB/Url", "STRASSE/x".replace("SS", "ß").as_str()] {
        assert_eq!(verdict(&powers, Right::Read, path), Verdict::Denied, "{path}");
    }
    assert_eq!(verdict(&powers, Right::Read, "prod/db/URLS"), Verdict::Yes);
}

/// Two that differ by case are found together; each has its own weight, and one that does not hold lends the other none.
#[test]
fn t_p3_a_deny_that_does_not_hold_makes_no_other_weigh_more() {
    let rule = |pattern: &str, deny| {
        let rights = if deny { Rights::NONE } else { Rights::of([Right::Read]) };
        Rule { pattern: RulePattern::parse(pattern).unwrap(), rights, deny, parameters: None }
    };
    for (holds, verdict) in [(false, Verdict::Yes), (true, Verdict::Denied)] {
        let powers = compiled(&[
            Way::Rules(vec![rule("b/a*", false), rule("B/a*", true)], true),
            Way::Rules(vec![rule("b/a*", true)], holds),
        ]);
        assert_eq!(powers.verdict_at(&powers.standing(&here()), Right::Read, "b/ab"), verdict);
    }
}

#[test]
fn a_more_specific_rule_speaks_in_place_of_a_deny() {
    let powers = policy(
        "path \"prod/*\" { capabilities = [\"deny\"] }\npath \"prod/db/URL\" { capabilities = [\"read\"] }",
    );
    assert_eq!(verdict(&powers, Right::Read, "prod/db/URL"), Verdict::Yes);
    assert_eq!(verdict(&powers, Right::Read, "prod/db/URL2"), Verdict::Denied);
    assert_eq!(verdict(&powers, Right::Read, "prod/db/url"), Verdict::Denied, "another name");
}

/// T-D7: neither many rules nor a nasty pattern make a decision slow. Steps are counted, not time.
#[test]
fn t_d7_a_decision_costs_the_same_with_one_rule_or_a_thousand() {
    let text: String =
        (0..1000).map(|at| format!("path \"p{at}/+/+/*\" {{ capabilities = [\"read\"] }}\n")).collect();
    let many = policy(&text);
    assert_eq!(
        many.rules.steps("p7/a/b/c"),
        policy("path \"p7/+/+/*\" { capabilities = [\"read\"] }").rules.steps("p7/a/b/c")
    );
    let nasty: String = (1..16)
        .map(|depth| format!("path \"{}a*\" {{ capabilities = [\"read\"] }}\n", "+/".repeat(depth)))
        .collect();
    assert!(policy(&nasty).rules.steps(&"a/".repeat(31)) < 200);
}
