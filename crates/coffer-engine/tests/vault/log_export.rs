//! The log as others get it: bundles, and a reader of lines.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use coffer_engine::tenant::TenantName;
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{ExportError, Exported, LineSink, SinkError};
use coffer_engine::version::Which;
use coffer_engine::{Op, block_on};
use coffer_log::bundle::{BundleError, BundleWriter, VerifyOptions, verify};

use crate::log::{DAY, START, Store, op};
use crate::log_upkeep::KEPT_A_YEAR;
use crate::support::{path, write};

fn export(store: &Store, dir: &Path, after_ms: u64) -> Result<Exported, ExportError> {
    export_of(store, dir, after_ms, false)
}

fn export_of(store: &Store, dir: &Path, after_ms: u64, instance: bool) -> Result<Exported, ExportError> {
    let open = |origin: &coffer_log::Origin| BundleWriter::open(dir, origin);
    block_on(store.test.vault.audit_export(&op(after_ms), open, instance))
}

fn lived_in() -> Store {
    let store = Store::new();
    block_on(store.test.set("dev/A", "a")).unwrap();
    store.read("dev/A", 300, 0);
    store
}

#[test]
fn an_export_verifies_and_goes_on() {
    let (store, folder) = (lived_in(), tempfile::tempdir().unwrap());
    let dir = folder.path().join("bundle");
    let first = export(&store, &dir, 0).unwrap();
    assert_eq!((first.added, first.size), (303, 303), "key, set, reads, the export's own");
    let report = verify(&dir, &VerifyOptions::default()).unwrap();
    assert_eq!((report.size, report.entries, report.first), (303, 303, 0));
    let key = block_on(store.test.vault.audit_keys(&op(0), false)).unwrap().genesis().clone();
    for week in 1..3 {
        store.read("dev/A", 200, week * 8 * DAY);
        let next = export(&store, &dir, week * 8 * DAY).unwrap();
        assert!(next.added > 200 && next.size > 303);
        let options = VerifyOptions { key: Some(key.clone()), ..VerifyOptions::default() };
        let report = verify(&dir, &options).unwrap();
        assert_eq!((report.size, report.epochs), (next.size, week + 1));
    }
}

#[test]
fn a_bundle_is_a_witness_of_its_log() {
    let (store, folder) = (lived_in(), tempfile::tempdir().unwrap());
    block_on(store.test.vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    let old = block_on(crate::support::records(store.storage.as_ref()));
    export(&store, folder.path(), 0).unwrap();
    // An older store is put back, and lives on.
    let newer = block_on(crate::support::records(store.storage.as_ref()));
    let newer =
        newer.into_iter().map(|(key, _)| key).filter(|key| !old.iter().any(|o| o.0 == *key)).collect();
    store.overwrite(&old, newer);
    for _ in 0..2 {
        let other = store.again();
        let open = |origin: &coffer_log::Origin| BundleWriter::open(folder.path(), origin);
        let refused = block_on(other.vault.audit_export(&op(DAY), open, false)).unwrap_err();
        assert!(
            matches!(
                refused,
                ExportError::Bundle(
                    BundleError::Shrunk { .. } | BundleError::Forked { .. } | BundleError::Made(_)
                )
            ),
            "{refused:?}"
        );
        verify(folder.path(), &VerifyOptions::default()).expect_err("unfinished, or as it was");
        let _ = block_on(other.vault.get(&op(DAY), &path("dev/A"), Which::CURRENT)).unwrap();
    }
}

#[test]
fn a_pruned_log_is_exported_from_its_first_entry_on() {
    let (store, folder) = (lived_in(), tempfile::tempdir().unwrap());
    let (early, late) = (folder.path().join("early"), folder.path().join("late"));
    block_on(store.test.vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    store.read("dev/A", 300, 0);
    block_on(store.test.vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    let before = Timestamp::from_millis(START + DAY);
    block_on(store.test.vault.audit_prune(&op(2 * DAY), Timestamp::from_millis(START + 1), false)).unwrap();
    let exported = export(&store, &late, 2 * DAY).unwrap();
    let report = verify(&late, &VerifyOptions::default()).unwrap();
    assert_eq!((report.first, report.entries), (512, exported.size - 512));
    let _ = (early, before);
}

#[test]
fn the_instance_vouches_for_a_tenants_bundle() {
    let (store, folder) = (lived_in(), tempfile::tempdir().unwrap());
    let (system, mine) = (folder.path().join("system"), folder.path().join("mine"));
    block_on(store.test.vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    export_of(&store, &system, 0, true).unwrap();
    export(&store, &mine, 0).unwrap();
    let options = VerifyOptions { system: Some(system), ..VerifyOptions::default() };
    let report = verify(&mine, &options).unwrap();
    assert_eq!(report.system.unwrap().commitments, 1);
}

/// A reader whose lines are durable only once it was asked to sync, and which can be told to fail.
#[derive(Clone, Default)]
struct Reader {
    lines: Arc<Mutex<Vec<String>>>,
    /// How many of them a crash leaves.
    synced: Arc<Mutex<usize>>,
    fails: bool,
}

impl Reader {
    fn indexes(&self) -> BTreeMap<String, Vec<u64>> {
        let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for line in self.lines.lock().unwrap().iter() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let origin = line["log_origin"].as_str().unwrap().to_owned();
            found.entry(origin).or_default().push(line["log_index"].as_u64().unwrap());
        }
        found
    }
}

impl LineSink for Reader {
    fn position(&self) -> Vec<u8> {
        self.lines.lock().unwrap().len().to_be_bytes().to_vec()
    }

    fn next_index(&self, origin: &str) -> Option<u64> {
        self.indexes().get(origin).and_then(|indexes| indexes.last()).map(|last| last + 1)
    }

    fn append(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        let text = std::str::from_utf8(lines).unwrap();
        self.lines.lock().unwrap().extend(text.lines().map(str::to_owned));
        if self.fails { Err("the disk is full".into()) } else { Ok(()) }
    }

    fn sync(&mut self) -> Result<Vec<u8>, SinkError> {
        let lines = self.lines.lock().unwrap().len();
        *self.synced.lock().unwrap() = lines;
        Ok(lines.to_be_bytes().to_vec())
    }
}

#[test]
fn a_reader_gets_every_line_of_every_log_once_and_in_order() {
    let store = lived_in();
    let acme = TenantName::parse("acme").unwrap();
    block_on(store.test.vault.tenant_create(&op(0), &acme)).unwrap();
    let in_acme = Op { tenant: acme, ..op(0) };
    let stream = |reader: &Reader| {
        block_on(store.test.vault.audit_stream(&op(0), "file", |_| Ok::<_, SinkError>(reader.clone())))
    };
    let reader = Reader::default();
    for round in 0..5 {
        block_on(store.test.vault.set(&in_acme, write("dev/A", "x"))).unwrap();
        store.read("dev/A", round, 0);
        let failing = Reader { fails: round == 2, ..reader.clone() };
        assert_eq!(stream(&failing).is_err(), round == 2, "a reader that fails is told the rest later");
    }
    assert_eq!(stream(&reader).unwrap(), 0, "nothing new, and reading leaves no entry");
    let indexes = reader.indexes();
    assert_eq!(indexes.len(), 3, "the instance, default, acme");
    for (origin, indexes) in indexes {
        assert_eq!(indexes, (0..u64::try_from(indexes.len()).unwrap()).collect::<Vec<_>>(), "{origin}");
    }
    // A file that was taken away: it goes on in a new one.
    let fresh = Reader::default();
    store.read("dev/A", 3, 0);
    assert_eq!(stream(&fresh).unwrap(), 3);
    assert_eq!(fresh.indexes().len(), 1);
}
