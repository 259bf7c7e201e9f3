//! Folders side by side: against plain maps, and what is told to whom.

use std::collections::{BTreeMap, BTreeSet};

use coffer_encryption::SecretBytes;
use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::metadata::{MetadataPatch, OnExpiry};
use coffer_engine::path::FolderPath;
use coffer_engine::secret::Value;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Compared, Expect, NewValue, Write};
use proptest::prelude::*;

use crate::support::{coded, folder, memory, newest, path, write};

const FOLDERS: [&str; 3] = ["dev", "staging/eu", "prod/app"];
const NAMES: [&str; 3] = ["A", "B", "below/deep/C"];

/// What a secret holds: one value, or fields.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    One(&'static str),
    Fields(BTreeMap<&'static str, &'static str>),
}

impl Held {
    fn value(&self) -> Value {
        match self {
            Self::One(text) => Value::text(text),
            Self::Fields(fields) => {
                let field = |(name, text): (&&str, &&str)| {
                    ((*name).to_owned(), SecretBytes::copy_from(text.as_bytes()))
                };
                Value::Fields(fields.iter().map(field).collect())
            }
        }
    }
}

fn text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "1", "true", "a long value", "another long value"])
}

fn held() -> impl Strategy<Value = Held> {
    let fields =
        prop::collection::btree_map(prop::sample::select(vec!["user", "password", "u"]), text(), 1..3);
    prop_oneof![2 => text().prop_map(Held::One), 1 => fields.prop_map(Held::Fields)]
}

/// Writes, or (`None`) removals, of one name in one folder.
fn steps() -> impl Strategy<Value = Vec<(usize, usize, Option<Held>)>> {
    prop::collection::vec((0..FOLDERS.len(), 0..NAMES.len(), prop::option::weighted(0.8, held())), 0..24)
}

fn set(path_of: &str, value: Value) -> Write {
    Write {
        path: path(path_of),
        value: Some(NewValue::Replace(value)),
        references: false,
        expect: Expect::Anything,
        metadata: MetadataPatch::default(),
    }
}

fn folders(raw: &[&str]) -> Vec<FolderPath> {
    raw.iter().map(|raw| folder(raw)).collect()
}

/// `name: group or - of each folder`, and `?` where it is not told.
fn told(rows: &[Compared]) -> Vec<String> {
    let cell = |found: &Option<coffer_engine::vault::ComparedSecret>| match found {
        None => "-".to_owned(),
        Some(found) => found.group.map_or_else(|| "?".to_owned(), |group| group.to_string()),
    };
    rows.iter()
        .map(|row| format!("{}: {}", row.name, row.found.iter().map(cell).collect::<Vec<_>>().join(" ")))
        .collect()
}

/// The same from a map, which compares the values themselves.
fn expected(model: &BTreeMap<(usize, usize), Held>) -> Vec<String> {
    let names: BTreeSet<(&str, usize)> = model.keys().map(|(_, name)| (NAMES[*name], *name)).collect();
    names
        .into_iter()
        .map(|(shown, name)| {
            let mut known: Vec<&Held> = Vec::new();
            let cells = (0..FOLDERS.len()).map(|folder| match model.get(&(folder, name)) {
                None => "-".to_owned(),
                Some(held) => {
                    let group = known.iter().position(|one| *one == held).unwrap_or_else(|| {
                        known.push(held);
                        known.len() - 1
                    });
                    group.to_string()
                }
            });
            format!("{shown}: {}", cells.collect::<Vec<_>>().join(" "))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn folders_are_compared_as_their_values_are(steps in steps()) {
        block_on(async {
            let vault = TestVault::in_memory().await.unwrap();
            let op = TestVault::op().unwrap();
            let mut model: BTreeMap<(usize, usize), Held> = BTreeMap::new();
            for (folder, name, held) in steps {
                let place = format!("{}/{}", FOLDERS[folder], NAMES[name]);
                match held {
                    Some(held) => {
                        vault.vault.set(&op, set(&place, held.value())).await.unwrap();
                        model.insert((folder, name), held);
                    }
                    None => {
                        let there = model.remove(&(folder, name)).is_some();
                        prop_assert_eq!(vault.vault.remove(&op, &path(&place)).await.is_ok(), there);
                    }
                }
            }
            let rows = vault.vault.compare(&op, &folders(&FOLDERS)).await.unwrap();
            prop_assert_eq!(told(&rows), expected(&model));
            Ok(())
        })?;
    }
}

async fn world(grants: &[(Role, &str)]) -> (TestVault, Op) {
    let vault = TestVault::over(memory()).await.unwrap();
    let op = TestVault::op().unwrap();
    for (place, value) in [
        ("dev/A", "the same value"),
        ("prod/A", "the same value"),
        ("dev/B", "the same value"),
        ("prod/B", "another value"),
        ("prod/ONLY", "the same value"),
    ] {
        vault.vault.set(&op, write(place, value)).await.unwrap();
    }
    let member = vault.member(7, grants).await.unwrap();
    (vault, member)
}

/// That two values are equal says what one of them is to whoever knows the other.
#[tokio::test]
async fn equality_is_told_only_where_both_may_be_read() {
    let dev_and_prod = folders(&["dev", "prod"]);
    for (grants, rows) in [
        (&[(Role::Reader, "**")][..], ["A: 0 0", "B: 0 1", "ONLY: - 0"]),
        // Who may list and not read sees names.
        (&[(Role::Auditor, "**")], ["A: ? ?", "B: ? ?", "ONLY: - ?"]),
        (&[(Role::Auditor, "**"), (Role::Reader, "dev/**")], ["A: 0 ?", "B: 0 ?", "ONLY: - ?"]),
        (
            &[(Role::Auditor, "**"), (Role::Reader, "dev/**"), (Role::Reader, "prod/A")],
            ["A: 0 0", "B: 0 ?", "ONLY: - ?"],
        ),
    ] {
        let (vault, op) = world(grants).await;
        assert_eq!(told(&vault.vault.compare(&op, &dev_and_prod).await.unwrap()), rows, "{grants:?}");
    }
    // What he may not read is told alike whether it is equal or not.
    let (vault, op) = world(&[(Role::Auditor, "**"), (Role::Reader, "dev/**")]).await;
    let before = vault.vault.compare(&op, &dev_and_prod).await.unwrap();
    vault.vault.set(&TestVault::op().unwrap(), write("prod/B", "the same value")).await.unwrap();
    assert_eq!(told(&vault.vault.compare(&op, &dev_and_prod).await.unwrap()), told(&before));
}

#[tokio::test]
async fn who_may_not_list_one_of_them_is_told_of_none() {
    let dev_and_prod = folders(&["dev", "prod"]);
    for grants in
        [&[][..], &[(Role::Reader, "dev/**")], &[(Role::Reader, "dev/**"), (Role::Reader, "prod/A")]]
    {
        let (vault, op) = world(grants).await;
        let refused = coded(vault.vault.compare(&op, &dev_and_prod).await).unwrap_err();
        assert!(refused == "access.denied", "{refused}");
        let entry = newest(&vault, 2).await.remove(0);
        assert_eq!((entry.action.as_str(), entry.outcome.as_str()), ("secret_compare", "refused"));
    }
}

#[tokio::test]
async fn each_folder_has_its_entry() {
    let (vault, op) = world(&[(Role::Reader, "**")]).await;
    vault.vault.compare(&op, &folders(&["dev", "prod", "nothing"])).await.unwrap();
    let entries: Vec<String> = newest(&vault, 4)
        .await
        .iter()
        .take(3)
        .map(|entry| format!("{} {} {}", entry.action, entry.path, entry.outcome))
        .collect();
    assert_eq!(
        entries,
        ["secret_compare dev done", "secret_compare prod done", "secret_compare nothing done"]
    );
}

/// `get` would not give it, so nothing says what it is.
#[tokio::test]
async fn what_has_expired_and_is_denied_is_not_told() {
    let (vault, op) = world(&[(Role::Reader, "**")]).await;
    let end = Timestamp::from_millis(op.now.millis() + 1000);
    let metadata = MetadataPatch {
        expires: Some(Some(end)),
        on_expiry: Some(OnExpiry::Deny),
        ..MetadataPatch::default()
    };
    let about = Write { value: None, metadata, ..write("prod/A", "") };
    vault.vault.set(&TestVault::op().unwrap(), about).await.unwrap();
    let dev_and_prod = folders(&["dev", "prod"]);
    assert_eq!(told(&vault.vault.compare(&op, &dev_and_prod).await.unwrap())[0], "A: 0 0", "the control");
    let late = Op { now: Timestamp::from_millis(end.millis() + 1), ..op };
    assert_eq!(told(&vault.vault.compare(&late, &dev_and_prod).await.unwrap())[0], "A: 0 ?");
}

#[tokio::test]
async fn two_to_eight_folders_are_compared_each_once() {
    let (vault, op) = world(&[(Role::Reader, "**")]).await;
    let many: Vec<FolderPath> = (0..9).map(|number| folder(&format!("f{number}"))).collect();
    let before = newest(&vault, 1000).await.len();
    for wrong in [&many[..0], &many[..1], &many[..], &folders(&["dev", "prod", "dev"])[..]] {
        assert_eq!(coded(vault.vault.compare(&op, wrong).await).unwrap_err(), "compare.folders");
    }
    assert_eq!(newest(&vault, 1000).await.len(), before + 1, "but for this look itself nothing was decided");
    assert_eq!(vault.vault.compare(&op, &many[..8]).await.unwrap(), []);
}
