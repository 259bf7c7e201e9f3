//! Random lives of a few secrets, against a model that is nothing but maps; through two vaults over one storage, so that what
//! one of them has cached is stale most of the time.

use std::collections::BTreeMap;
use std::sync::Arc;

use coffer_engine::Op;
use coffer_engine::error::ErrorKind;
use coffer_engine::metadata::{Metadata, MetadataPatch};
use coffer_engine::quota::Tally;
use coffer_engine::secret::Value;
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{Expect, ListPart, Search, UpkeepSettings, VersionInfo, Write};
use coffer_engine::version::{Stage, VersionNumber, Which};
use coffer_engine::version_name::{Consumer, Label, VersionName};
use proptest::prelude::*;

use crate::support::{coded, folder, memory, number, op_in, path, text, write};

const TENANTS: [&str; 2] = ["default", "acme/eu"];
const PATHS: [&str; 5] = ["dev/A", "dev/B", "dev/app/A", "prod/app/x/C", "prod/app/x/D"];

/// One step, at one path of one tenant.
#[derive(Debug, Clone)]
enum Step {
    Set,
    /// Compare-and-set: that this version is current, or (0) that nothing is there.
    SetIf(u64),
    Describe(u8),
    Rotate,
    Remove,
    Undo,
    DestroyVersion(u64),
    Destroy,
    /// A label, or (`true`) a consumer, for this version; or (0) for none.
    Name(bool, u64),
    /// A value of one's own, or (`false`) none any more.
    Override(bool),
    /// Nothing of a secret's: entries go from where they are pending into the log.
    Upkeep,
}

/// What is there, as the words of the vault's verbs say it.
#[derive(Default)]
struct Model {
    secrets: BTreeMap<(usize, usize), Secret>,
    /// Values are numbered, so that none comes twice.
    values: u64,
}

#[derive(Default)]
struct Secret {
    /// `None`: destroyed.
    versions: BTreeMap<u64, Option<String>>,
    now: State,
    undo: Vec<State>,
    own: Option<(u64, String)>,
    /// The last number of a value of one's own.
    last_own: u64,
}

#[derive(Clone, Default)]
struct State {
    current: Option<u64>,
    previous: Option<u64>,
    live: bool,
    owner: Option<String>,
    /// The version that is called `stable`, and the one that `billing` uses.
    names: [Option<u64>; 2],
}

type Answer = Result<Option<u64>, &'static str>;

impl Secret {
    fn current(&self) -> Option<u64> {
        self.now.current.filter(|_| self.now.live)
    }

    fn add(&mut self, value: String) -> Answer {
        self.undo.push(self.now.clone());
        let version = self.next_number();
        self.versions.insert(version, Some(value));
        self.now.previous = self.current();
        self.now.current = Some(version);
        self.now.live = true;
        Ok(Some(version))
    }

    fn next_number(&self) -> u64 {
        self.versions.keys().last().copied().max(Some(self.last_own)).map_or(1, |last| last + 1)
    }

    fn value(&self, version: Option<u64>) -> Result<String, &'static str> {
        if !self.now.live {
            return Err("secret.not_found");
        }
        version.and_then(|version| self.versions.get(&version)?.clone()).ok_or("version.not_found")
    }
}

impl Model {
    fn step(&mut self, at: (usize, usize), step: &Step, value: String) -> Answer {
        let current = self.secrets.get(&at).and_then(Secret::current);
        let there = self.secrets.contains_key(&at);
        match step {
            Step::Upkeep => Ok(None),
            Step::Set => self.secrets.entry(at).or_default().add(value),
            Step::SetIf(0) if current.is_some() => Err("secret.changed"),
            Step::SetIf(version) if *version != 0 && current != Some(*version) => Err("secret.changed"),
            Step::SetIf(_) => self.secrets.entry(at).or_default().add(value),
            Step::Rotate | Step::Describe(_) | Step::Remove | Step::Name(..) | Step::Override(_)
                if current.is_none() =>
            {
                Err("secret.not_found")
            }
            Step::Undo | Step::DestroyVersion(_) | Step::Destroy if !there => Err("secret.not_found"),
            Step::Destroy => {
                let gone = self.secrets.remove(&at).unwrap_or_default();
                Ok(Some((gone.versions.values().flatten().count() + gone.own.iter().count()) as u64))
            }
            step => Self::change(self.secrets.entry(at).or_default(), step, value),
        }
    }

    /// The steps that need something to be there, where something is.
    fn change(secret: &mut Secret, step: &Step, value: String) -> Answer {
        match step {
            Step::Rotate => secret.add(value),
            Step::Describe(owner) => {
                secret.undo.push(secret.now.clone());
                secret.now.owner = Some(format!("owner-{owner}"));
                Ok(secret.now.current)
            }
            Step::Remove => {
                secret.undo.push(secret.now.clone());
                secret.now.live = false;
                Ok(None)
            }
            Step::Undo => {
                let Some(before) = secret.undo.last() else { return Err("undo.nothing") };
                if before.current.is_some_and(|version| secret.versions[&version].is_none()) {
                    return Err("version.destroyed");
                }
                secret.now = secret.undo.pop().unwrap();
                Ok(secret.current())
            }
            Step::Name(which, 0) => {
                let place = usize::from(*which);
                let before = secret.now.clone();
                secret.now.names[place].take().ok_or("version.not_found")?;
                secret.undo.push(before);
                Ok(None)
            }
            Step::Name(which, version) => {
                secret.value(Some(*version))?;
                secret.undo.push(secret.now.clone());
                secret.now.names[usize::from(*which)] = Some(*version);
                Ok(Some(*version))
            }
            Step::Override(true) => {
                let number = secret.next_number();
                (secret.last_own, secret.own) = (number, Some((number, value)));
                Ok(Some(number))
            }
            Step::Override(false) => match secret.own.take() {
                Some(_) => Ok(secret.now.current),
                None => Err("version.not_found"),
            },
            Step::DestroyVersion(version) if secret.now.current == Some(*version) => Err("version.in_use"),
            Step::DestroyVersion(version) if secret.now.names[1] == Some(*version) => Err("version.pinned"),
            Step::DestroyVersion(version) => match secret.versions.get_mut(version) {
                Some(there) if there.is_some() => {
                    *there = None;
                    secret.now.previous = secret.now.previous.filter(|previous| previous != version);
                    for state in secret.undo.iter_mut().chain([&mut secret.now]) {
                        state.names = state.names.map(|at| at.filter(|at| at != version));
                    }
                    Ok(Some(1))
                }
                _ => Err("version.not_found"),
            },
            Step::Set | Step::SetIf(_) | Step::Destroy | Step::Upkeep => {
                unreachable!("these need nothing to be there")
            }
        }
    }
}

/// The same step, done by a vault.
async fn act(vault: &TestVault, at: (usize, usize), step: &Step, value: &str) -> Answer {
    let (vault, op, raw) = (&vault.vault, op_in(TENANTS[at.0]), PATHS[at.1]);
    let set = |expect| vault.set(&op, Write { references: false, expect, ..write(raw, value) });
    let version = |version: VersionNumber| Some(version.get());
    coded(match step {
        Step::Upkeep => vault.upkeep(&op, UpkeepSettings { retention_days: 365 }).await.map(|_| None),
        Step::Set => set(Expect::Anything).await.map(|written| version(written.version)),
        Step::SetIf(expected) => {
            let expect = VersionNumber::new(*expected).map_or(Expect::Nothing, Expect::Version);
            set(expect).await.map(|written| version(written.version))
        }
        Step::Describe(owner) => {
            let metadata =
                MetadataPatch { owner: Some(Some(format!("owner-{owner}"))), ..MetadataPatch::default() };
            let write = Write { value: None, metadata, ..write(raw, value) };
            vault.set(&op, write).await.map(|written| version(written.version))
        }
        Step::Rotate => {
            let rotated = vault.rotate(&op, &path(raw), Some(Value::text(value))).await;
            rotated.map(|written| version(written.version))
        }
        Step::Remove => vault.remove(&op, &path(raw)).await.map(|_| None),
        Step::Undo => vault.undo(&op, &path(raw)).await.map(|current| current.map(VersionNumber::get)),
        Step::DestroyVersion(version) => vault
            .destroy(&op, &path(raw), Some(number(*version)))
            .await
            .map(|gone| Some(gone.versions as u64)),
        Step::Name(is_consumer, to) => {
            let name = match is_consumer {
                false => VersionName::Label(Label::parse("stable").unwrap()),
                true => VersionName::Consumer(Consumer::parse("billing").unwrap()),
            };
            let which = VersionNumber::new(*to).map(Which::Number);
            let named = vault.name_version(&op, &path(raw), &name, which.as_ref()).await;
            named.map(|version| version.map(VersionNumber::get))
        }
        Step::Override(is_set) => {
            let value = is_set.then(|| Value::text(value));
            let own = vault.override_own(&op, &path(raw), value.as_ref()).await;
            own.map(|version| version.map(VersionNumber::get))
        }
        Step::Destroy => vault.destroy(&op, &path(raw), None).await.map(|gone| Some(gone.versions as u64)),
    })
}

/// All that can be seen agrees.
async fn agree(vault: &TestVault, model: &Model) {
    for (tenant, name) in TENANTS.iter().enumerate() {
        let op = op_in(name);
        for (place, raw) in PATHS.iter().enumerate() {
            let secret = model.secrets.get(&(tenant, place));
            let expected =
                |version: Option<u64>| secret.map_or(Err("secret.not_found"), |it| it.value(version));
            let stages = [
                (Which::CURRENT, secret.and_then(|it| it.now.current)),
                (Which::Stage(Stage::Previous), secret.and_then(|it| it.now.previous)),
                (Which::Number(VersionNumber::FIRST), Some(1)),
                (Which::Label(Label::parse("stable").unwrap()), secret.and_then(|it| it.now.names[0])),
                (
                    Which::Consumer(Consumer::parse("billing").unwrap()),
                    secret.and_then(|it| it.now.names[1].or(it.now.current)),
                ),
            ];
            for (which, version) in stages {
                let got = coded(vault.vault.get(&op, &path(raw), which.clone()).await);
                assert_eq!(got.map(|secret| text(&secret)), expected(version), "{which} of {raw} in {name}");
            }
            let own = secret.filter(|it| it.now.live).and_then(|it| it.own.clone());
            let current = || expected(secret.and_then(|it| it.now.current)).map(|value| (value, false));
            let read = coded(vault.vault.get(&op, &path(raw), Which::Own).await);
            let read = read.map(|secret| (text(&secret), secret.is_own()));
            assert_eq!(read, own.map_or_else(current, |(_, value)| Ok((value, true))), "{raw} in {name}");
            match (vault.vault.history(&op, &path(raw)).await, secret) {
                (Ok(history), Some(secret)) => {
                    let destroyed = history.versions.iter().map(|version| version.destroyed.is_some());
                    let versions = history.versions.iter().map(|version| version.number.get());
                    let seen: Vec<_> = versions.zip(destroyed).collect();
                    let expected = secret.versions.iter().map(|(version, value)| (*version, value.is_none()));
                    assert_eq!(seen, expected.collect::<Vec<_>>());
                    assert_eq!(history.undo_steps, secret.undo.len());
                    assert_eq!(history.trashed.is_none(), secret.now.live);
                    assert_eq!(history.metadata.owner, secret.now.owner);
                    assert_eq!(history.overridden.is_some(), secret.own.is_some());
                    let named = |version: &VersionInfo| (version.labels.len(), version.consumers.len());
                    for version in &history.versions {
                        let at = secret.now.names.map(|at| usize::from(at == Some(version.number.get())));
                        assert_eq!(named(version), at.into());
                    }
                }
                (Err(error), None) => assert!(matches!(error.kind(), ErrorKind::NotFound(_))),
                (seen, secret) => panic!("{seen:?}, and in the model {}", secret.is_some()),
            }
        }
        let listing = vault.vault.list(&op, &folder(""), true).await.unwrap();
        let seen: Vec<_> = listing
            .secrets
            .iter()
            .map(|listed| (listed.path.to_string(), listed.version.get(), listed.metadata.owner.clone()))
            .collect();
        let of_tenant = || model.secrets.iter().filter(|((it, _), _)| *it == tenant);
        let live = of_tenant().filter_map(|((_, place), secret)| {
            Some((PATHS[*place].to_owned(), secret.current()?, secret.now.owner.clone()))
        });
        let live: Vec<_> = live.collect();
        assert_eq!(seen, live, "the list of {name}");
        assert_eq!(found(vault, &op, false).await, live, "what is found in {name}");
        let trashed = of_tenant().filter(|(_, secret)| !secret.now.live);
        let trashed = trashed.filter_map(|((_, place), secret)| {
            Some((PATHS[*place].to_owned(), secret.now.current?, secret.now.owner.clone()))
        });
        assert_eq!(found(vault, &op, true).await, trashed.collect::<Vec<_>>(), "in the trash of {name}");
        let kept = || {
            let own = of_tenant().filter_map(|(_, secret)| secret.own.as_ref().map(|(_, value)| value));
            of_tenant().flat_map(|(_, secret)| secret.versions.values().flatten()).chain(own)
        };
        let holds = Tally {
            secrets: of_tenant().count() as u64,
            versions: kept().count() as u64,
            bytes: kept().map(|value| value.len() as u64).sum(),
        };
        let shown = vault.vault.tenant_show(&TestVault::op().unwrap(), &op.tenant).await.unwrap();
        assert_eq!(shown.holds, holds, "what {name} holds, those in the trash too");
        let mut folders: Vec<&str> = of_tenant()
            .flat_map(|((_, place), _)| PATHS[*place].match_indices('/').map(|(at, _)| &PATHS[*place][..at]))
            .collect();
        folders.sort_unstable();
        folders.dedup();
        let seen: Vec<_> = listing.folders.iter().map(|folder| folder.as_str()).collect();
        assert_eq!(seen, folders, "a folder is there as long as something, live or in the trash, is in it");
    }
}

/// What a search finds, from the index, page by page.
async fn found(vault: &TestVault, op: &Op, trashed: bool) -> Vec<(String, u64, Option<String>)> {
    let search = Search { trashed, ..Search::default() };
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let part = ListPart { after: after.as_deref(), limit: 2 };
        let page = vault.vault.find(op, &search, part).await.unwrap();
        assert!(page.secrets.len() <= 2 && page.secrets.iter().all(|one| one.trashed.is_some() == trashed));
        after = page.secrets.last().map(|last| last.path.to_string());
        let listed = page.secrets.into_iter();
        all.extend(listed.map(|one| (one.path.to_string(), one.version.get(), one.metadata.owner)));
        if !page.more {
            return all;
        }
    }
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Set),
        1 => (0_u64..4).prop_map(Step::SetIf),
        1 => any::<u8>().prop_map(Step::Describe),
        2 => (any::<bool>(), 0_u64..6).prop_map(|(consumer, to)| Step::Name(consumer, to)),
        1 => any::<bool>().prop_map(Step::Override),
        2 => Just(Step::Rotate),
        2 => Just(Step::Remove),
        4 => Just(Step::Undo),
        2 => (1_u64..6).prop_map(Step::DestroyVersion),
        1 => Just(Step::Destroy),
        1 => Just(Step::Upkeep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn two_vaults_over_one_storage_agree_with_the_model(
        // Few places, so that something happens at each.
        life in prop::collection::vec((0_usize..2, 0_usize..2, 0_usize..5, steps()), 1..50),
    ) {
        block_on(async {
            let storage = memory();
            let over = || TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>);
            let vaults = [over().await.unwrap(), over().await.unwrap()];
            let acme = coffer_engine::tenant::TenantName::parse(TENANTS[1]).unwrap();
            vaults[0].vault.tenant_create(&TestVault::op().unwrap(), &acme).await.unwrap();
            let mut model = Model::default();
            for (actor, tenant, place, step) in life {
                model.values += 1;
                let value = format!("value-{}", model.values);
                let expected = model.step((tenant, place), &step, value.clone());
                let done = act(&vaults[actor], (tenant, place), &step, &value).await;
                assert_eq!(done, expected, "{step:?} at {} of {}", PATHS[place], TENANTS[tenant]);
                // The one that did nothing sees it, and so does the one that did it.
                agree(&vaults[1 - actor], &model).await;
                agree(&vaults[actor], &model).await;
            }
            // So does one that has followed nothing, and opens every head.
            agree(&over().await.unwrap(), &model).await;
        });
    }

    /// Whatever was done, as long as nothing was destroyed: when all is undone, all is as it was.
    #[test]
    fn when_everything_is_undone_nothing_is_there(
        life in prop::collection::vec((0_usize..5, steps()), 1..60),
    ) {
        block_on(async {
            let vault = TestVault::over(memory() as Arc<dyn Storage>).await.unwrap();
            let op = TestVault::op().unwrap();
            for (number, (place, step)) in life.into_iter().enumerate() {
                if !matches!(step, Step::Destroy | Step::DestroyVersion(_)) {
                    let _ = act(&vault, (0, place), &step, &format!("value-{number}")).await;
                }
            }
            for raw in PATHS {
                // Each takes back one change, and says when there is none left.
                while act(&vault, (0, place_of(raw)), &Step::Undo, "").await.is_ok() {}
                let end = act(&vault, (0, place_of(raw)), &Step::Undo, "").await;
                prop_assert!(matches!(end, Err("undo.nothing" | "secret.not_found")));
                let got = coded(vault.vault.get(&op, &path(raw), Which::CURRENT).await.map(drop));
                prop_assert_eq!(got, Err("secret.not_found"));
                if let Ok(history) = vault.vault.history(&op, &path(raw)).await {
                    prop_assert_eq!(history.metadata, Metadata::default());
                }
            }
            prop_assert!(vault.vault.list(&op, &folder(""), true).await.unwrap().secrets.is_empty());
            prop_assert!(found(&vault, &op, false).await.is_empty());
            Ok(())
        })?;
    }
}

fn place_of(raw: &str) -> usize {
    PATHS.iter().position(|path| *path == raw).unwrap()
}
