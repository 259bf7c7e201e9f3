//! Random requests, some of them repeated with the same key, or with the key of another, against a model that is nothing but maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::limits::ONCE_KEPT_SECONDS;
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::version::{VersionNumber, Which};
use proptest::prelude::*;

use crate::once::keyed;
use crate::support::{coded, memory, path, text, write};

const PATHS: [&str; 2] = ["dev/A", "dev/B"];
const MEMBERS: [u8; 2] = [7, 8];

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ask {
    Set(u8),
    Remove,
    Undo,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Who, where, what, with which key.
    Ask(usize, usize, Ask, Option<u8>),
    /// Whether this member may write, from here on.
    Grant(usize, bool),
    /// Hours pass.
    Wait(u64),
}

type Answer = Result<Option<u64>, &'static str>;

#[derive(Clone, Default)]
struct Secret {
    versions: u64,
    values: BTreeMap<u64, String>,
    /// The version that is current, or that it is in the trash with.
    now: (Option<u64>, bool),
    undo: Vec<(Option<u64>, bool)>,
}

/// When, what was asked for where, what was answered.
type Done = (u64, (usize, Ask), Option<u64>);

#[derive(Default)]
struct Model {
    now: u64,
    secrets: BTreeMap<usize, Secret>,
    refused: [bool; 2],
    /// By member and key.
    done: BTreeMap<(usize, u8), Done>,
}

impl Model {
    fn ask(&mut self, who: usize, place: usize, ask: Ask, key: Option<u8>) -> Answer {
        if self.refused[who] {
            return Err("access.denied");
        }
        let kept = key.and_then(|key| self.done.get(&(who, key)));
        match kept.filter(|(made, ..)| self.now - made < ONCE_KEPT_SECONDS * 1000) {
            Some((_, asked, _)) if *asked != (place, ask) => return Err("idempotency.mismatch"),
            Some((_, _, answer)) => return Ok(*answer),
            None => {}
        }
        let answer = self.change(place, ask)?;
        if let Some(key) = key {
            self.done.insert((who, key), (self.now, (place, ask), answer));
        }
        Ok(answer)
    }

    fn change(&mut self, place: usize, ask: Ask) -> Answer {
        let Some(secret) = self.secrets.get_mut(&place) else {
            let Ask::Set(value) = ask else { return Err("secret.not_found") };
            let secret =
                Secret { versions: 1, now: (Some(1), true), undo: vec![(None, false)], ..Secret::default() };
            self.secrets.entry(place).or_insert(secret).values.insert(1, value.to_string());
            return Ok(Some(1));
        };
        match ask {
            Ask::Set(value) => {
                secret.undo.push(secret.now);
                secret.versions += 1;
                secret.values.insert(secret.versions, value.to_string());
                secret.now = (Some(secret.versions), true);
                Ok(Some(secret.versions))
            }
            Ask::Remove if !secret.now.1 => Err("secret.not_found"),
            Ask::Remove => {
                secret.undo.push(secret.now);
                secret.now.1 = false;
                Ok(None)
            }
            Ask::Undo => {
                secret.now = secret.undo.pop().ok_or("undo.nothing")?;
                Ok(secret.now.0.filter(|_| secret.now.1))
            }
        }
    }
}

async fn act(vault: &TestVault, op: &Op, place: usize, ask: Ask) -> Answer {
    let raw = PATHS[place];
    coded(match ask {
        Ask::Set(value) => {
            let written = vault.vault.set(op, write(raw, &value.to_string())).await;
            written.map(|written| Some(written.version.get()))
        }
        Ask::Remove => vault.vault.remove(op, &path(raw)).await.map(|_| None),
        Ask::Undo => vault.vault.undo(op, &path(raw)).await.map(|version| version.map(VersionNumber::get)),
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let ask = prop_oneof![3 => (0_u8..3).prop_map(Ask::Set), 1 => Just(Ask::Remove), 2 => Just(Ask::Undo)];
    prop_oneof![
        // Few keys and few requests, so that they come again.
        16 => (0_usize..2, 0_usize..2, ask, prop::option::weighted(0.8, 0_u8..3))
            .prop_map(|(who, place, ask, key)| Step::Ask(who, place, ask, key)),
        1 => (0_usize..2, any::<bool>()).prop_map(|(who, may)| Step::Grant(who, may)),
        2 => (1_u64..30).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn requests_with_keys_agree_with_the_model(life in prop::collection::vec((0_usize..2, steps()), 1..60)) {
        block_on(async {
            let storage = memory();
            let over = || TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>);
            let vaults = [over().await.unwrap(), over().await.unwrap()];
            let mut members = Vec::new();
            for id in MEMBERS {
                members.push(vaults[0].member(id, &[(Role::Writer, "dev/**")]).await.unwrap());
            }
            let begun = members[0].now.millis();
            let mut model = Model { now: begun, ..Model::default() };
            for (vault, step) in life {
                let vault = &vaults[vault];
                match step {
                    Step::Wait(hours) => model.now += hours * 3_600_000,
                    Step::Grant(who, may) => {
                        let grants = [(Role::Writer, "dev/**")];
                        vault.member(MEMBERS[who], if may { &grants } else { &[] }).await.unwrap();
                        model.refused[who] = !may;
                    }
                    Step::Ask(who, place, ask, key) => {
                        let op = Op { now: Timestamp::from_millis(model.now), ..members[who].clone() };
                        let op = match key {
                            Some(key) => keyed(&op, &key.to_string(), &format!("{place} {ask:?}")),
                            None => op,
                        };
                        let expected = model.ask(who, place, ask, key);
                        prop_assert_eq!(act(vault, &op, place, ask).await, expected, "{:?}", step);
                    }
                }
                let op = TestVault::op().unwrap();
                for (place, raw) in PATHS.iter().enumerate() {
                    let secret = model.secrets.get(&place).filter(|secret| secret.now.1);
                    let expected = secret.map(|secret| secret.values[&secret.now.0.unwrap()].clone());
                    let found = coded(vault.vault.get(&op, &path(raw), Which::CURRENT).await);
                    prop_assert_eq!(found.ok().map(|secret| text(&secret)), expected, "{}", raw);
                }
            }
            Ok(())
        })?;
    }
}
