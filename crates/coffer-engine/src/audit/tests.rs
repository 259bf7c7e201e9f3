use std::sync::Arc;

use coffer_encryption::{IndexKey, OwnerKey, sealed_len};
use proptest::prelude::*;
use serde_json::Value;

use super::entry::{Basis, Change, Draft, Entry, Outcome};
use super::row::open_row;
use super::*;
use crate::action::Action;
use crate::block_on::block_on;
use crate::fault::Corrupt;
use crate::identity::IdentityId;
use crate::limits::PATH_MAX_BYTES;
use crate::message::Message;
use crate::op::{Actor, Manager, Op, RequestId};
use crate::storage::committer::{Committer, Decided, Entries, SealRow, Submission};
use crate::storage::keyring::{Generation, KeyRing};
use crate::storage::memory::MemoryStorage;
use crate::storage::{Batch, Durability, Key, PendingRow, Put, Revision, Storage};
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;
use crate::token::TokenId;
use crate::version::VersionNumber;

const TENANT: TenantId = TenantId::from_bytes([7; 16]);
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_123);

/// The entries of a row.
fn read_row(ring: &KeyRing, row: &PendingRow) -> Result<Vec<LoggedEntry>, Corrupt> {
    open_row(ring, row)?.into_iter().map(LoggedEntry::parse).collect()
}

/// The keys of a tenant in the generations `1..=newest`, each from its own root.
fn ring_up_to(newest: u32, owner: TenantId) -> KeyRing {
    let generation = |number| Generation::derive(&OwnerKey::generate().unwrap(), owner, number).unwrap();
    let older: Vec<_> = (1..newest).map(generation).collect();
    KeyRing::new([9; 16], owner, IndexKey::generate().unwrap(), generation(newest), older)
}

fn op(actor: Actor) -> Op {
    Op {
        actor,
        tenant: TenantName::default_tenant(),
        now: NOW,
        request: RequestId::generate().unwrap(),
        session: None,
        source: None,
        certificate: None,
        trail: None,
        once: None,
        message: None,
        manager: Manager::Instance,
    }
}

const BASIS: Basis = Basis { epoch: Some(Revision([3; 16])), identity: Some(Revision([4; 16])) };

fn put(number: u8) -> Put {
    Put {
        key: Key::new(TENANT, 0x20, &[number; 32]).unwrap(),
        revision: Revision([number; 16]),
        value: [number; 100].into(),
    }
}

fn entry(draft: Draft) -> Entry {
    Entry::write(&Asker::of(&op(Actor::Local), Who::LOCAL), TENANT, BASIS, draft).unwrap()
}

fn leaf(draft: Draft) -> Vec<u8> {
    entry(draft).take_leaf()
}

fn draft(path: &str) -> Draft {
    let changes = vec![Change::put(&put(1)), Change::deleted(&put(2).key)];
    Draft::new(Action::SecretSet, path, Outcome::Done).version(VersionNumber::FIRST).changes(changes)
}

/// RFC 8785, written anew for what a leaf may hold: objects, lists, texts, and whole numbers.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<_>>());
            out.push('{');
            for (index, (name, field)) in sorted.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                canonical(&Value::String(name.clone()), out);
                out.push(':');
                canonical(field, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                canonical(item, out);
            }
            out.push(']');
        }
        Value::String(text) => {
            out.push('"');
            for c in text.chars() {
                match c {
                    '"' => out.push_str("\\\""),
                    '\\' => out.push_str("\\\\"),
                    '\u{8}' => out.push_str("\\b"),
                    '\t' => out.push_str("\\t"),
                    '\n' => out.push_str("\\n"),
                    '\u{c}' => out.push_str("\\f"),
                    '\r' => out.push_str("\\r"),
                    c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                    c => out.push(c),
                }
            }
            out.push('"');
        }
        Value::Number(number) => {
            assert!(number.as_u64().is_some_and(|number| number < 1 << 53), "a number that JSON keeps");
            out.push_str(&number.to_string());
        }
        Value::Bool(_) | Value::Null => panic!("a leaf has no such thing"),
    }
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop::sample::select(vec![
        Outcome::Done,
        Outcome::Absent,
        Outcome::Refused,
        Outcome::Mismatch,
        Outcome::Corrupt,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_leaf_is_canonical_json(
        path in any::<String>(),
        action in prop::sample::select(Action::ALL.to_vec()),
        outcome in outcomes(),
        version in prop::option::of(1_u64..1 << 40),
        changes in 0_u8..4,
        based in any::<bool>(),
        member in any::<bool>(),
    ) {
        let mut draft = Draft::new(action, &path, outcome);
        draft.version = version.and_then(VersionNumber::new);
        draft.changes = (0..changes).map(|number| Change::put(&put(number))).collect();
        let id = IdentityId::from_bytes([5; 16]);
        let token = Who::token(id, TokenId::from_bytes([6; 16]), Revision([7; 16]));
        let who = if member { token } else { Who::LOCAL };
        let basis = if based { BASIS } else { Basis { epoch: None, identity: None } };
        let leaf = Entry::write(&Asker::of(&op(Actor::Local), who), TENANT, basis, draft).unwrap().take_leaf();
        prop_assert!(leaf.iter().all(|byte| *byte >= 0x20), "no control character is left as it is");
        let mut again = String::new();
        canonical(&serde_json::from_slice(&leaf).unwrap(), &mut again);
        prop_assert_eq!(String::from_utf8(leaf).unwrap(), again);
    }

    #[test]
    fn a_row_gives_back_its_leaves(sizes in prop::collection::vec(0_usize..600, 1..20)) {
        let ring = ring_up_to(1, TENANT);
        let leaves: Vec<Vec<u8>> = (0_u8..).zip(sizes).map(|(fill, size)| vec![fill; size]).collect();
        let borrowed: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
        let sealed = ring.seal_row([1; 16], &borrowed).unwrap();
        let row = PendingRow { id: [1; 16], tenant: TENANT, sealed: sealed.into() };
        prop_assert_eq!(open_row(&ring, &row).unwrap(), leaves);
    }
}

/// What a leaf holds is a list, so that nothing new gets into it unseen.
#[test]
fn a_leaf_holds_these_fields_and_no_other() {
    let leaf: Value = serde_json::from_slice(&leaf(draft("prod/db/URL"))).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&leaf), "action actor basis blind changes id outcome path request tenant ts v version");
    assert_eq!(names(&leaf["actor"]), "id via");
    assert_eq!(names(&leaf["basis"]), "epoch identity");
    assert_eq!(names(&leaf["changes"][0]), "hash key revision");
    assert_eq!(names(&leaf["changes"][1]), "key");
    assert_eq!(leaf["v"], 1);
    assert_eq!(leaf["basis"]["epoch"], "03".repeat(16), "what it was decided on");
    assert_eq!(leaf["basis"]["identity"], "04".repeat(16));
    let least: Value = serde_json::from_slice(&Entry::take_leaf(&mut entry(Draft::new(
        Action::TenantList,
        "",
        Outcome::Done,
    ))))
    .unwrap();
    assert_eq!(names(&least), "action actor basis blind id outcome request tenant ts v");
}

/// Two entries that say the same differ all the same: a hash of one can't be guessed from its content.
#[test]
fn every_leaf_has_a_blind_and_a_number_of_its_own() {
    let fields = |_| {
        let leaf: Value = serde_json::from_slice(&leaf(draft("dev/A"))).unwrap();
        (leaf["blind"].as_str().unwrap().to_owned(), leaf["id"].as_str().unwrap().to_owned())
    };
    let drawn: std::collections::BTreeSet<_> = (0..1000).map(fields).collect();
    let blinds: std::collections::BTreeSet<_> = drawn.iter().map(|(blind, _)| blind).collect();
    let ids: std::collections::BTreeSet<_> = drawn.iter().map(|(_, id)| id).collect();
    assert_eq!((blinds.len(), ids.len()), (1000, 1000));
    assert!(blinds.iter().all(|blind| blind.len() == 32));
}

/// A path is quoted at worst: each of its characters takes two.
#[test]
fn an_entry_of_the_longest_path_fits_its_row() {
    let path = "\"".repeat(PATH_MAX_BYTES);
    let leaf = leaf(draft(&path));
    assert!(leaf.len() > 2 * PATH_MAX_BYTES);
    let ring = ring_up_to(1, TENANT);
    let row = ring.seal_row([1; 16], &[&leaf, &leaf]).unwrap();
    assert_eq!(Some(row.len()), sealed_len(2 * (leaf.len() + 2)), "two leaves, each behind its length");
}

#[test]
fn a_leaf_too_long_for_its_row_is_refused_and_never_cut() {
    let ring = ring_up_to(1, TENANT);
    assert!(ring.seal_row([1; 16], &[&[0; 65_535]]).is_ok());
    assert!(ring.seal_row([1; 16], &[b"short", &[0; 65_536]]).is_err());
}

fn sealed(ring: &KeyRing, id: [u8; 16]) -> PendingRow {
    let leaves = [leaf(draft("dev/A")), leaf(draft("dev/B"))];
    let sealed = ring.seal_row(id, &[&leaves[0], &leaves[1]]).unwrap();
    PendingRow { id, tenant: ring.owner(), sealed: sealed.into() }
}

#[test]
fn every_field_is_read_back() {
    let ring = ring_up_to(1, TENANT);
    let member = IdentityId::from_bytes([5; 16]);
    let message = Some(Message::parse("it \"leaked\", says case 12").unwrap());
    let op = Op { message, ..op(Actor::Identity(member)) };
    let mut entry =
        Entry::write(&Asker::of(&op, Who::member(member)), TENANT, BASIS, draft("prod/db/URL")).unwrap();
    let (id, leaf) = (entry.id, entry.take_leaf());
    let row = ring.seal_row([1; 16], &[&leaf]).unwrap();
    let read = read_row(&ring, &PendingRow { id: [1; 16], tenant: TENANT, sealed: row.into() }).unwrap();
    let hex = base16ct::lower::encode_string;
    let expected = LoggedEntry {
        id: id.to_string(),
        ts: NOW.millis(),
        action: "secret_set".to_owned(),
        actor: EntryActor {
            id: hex(member.bytes()),
            via: "identity".to_owned(),
            token: None,
            tenant: None,
            person: None,
        },
        path: "prod/db/URL".to_owned(),
        version: Some(1),
        outcome: "done".to_owned(),
        request: hex(op.request.bytes()),
        message: Some("it \"leaked\", says case 12".to_owned()),
        tenant: hex(TENANT.bytes()),
        changes: vec![
            EntryChange {
                key: hex(put(1).key.as_bytes()),
                hash: Some(hex(&coffer_encryption::hash::sha256(&put(1).value))),
                revision: Some(hex(&put(1).revision.0)),
            },
            EntryChange { key: hex(put(2).key.as_bytes()), hash: None, revision: None },
        ],
        detail: None,
        source: None,
        index: 0,
        leaf,
    };
    assert_eq!(read, [expected]);
}

#[test]
fn a_row_opens_in_its_place_and_nowhere_else() {
    let ring = ring_up_to(1, TENANT);
    let row = sealed(&ring, [1; 16]);
    assert_eq!(read_row(&ring, &row).unwrap().len(), 2);
    assert!(read_row(&ring, &PendingRow { id: [2; 16], ..row.clone() }).is_err(), "as another row");
    let other = ring_up_to(1, TenantId::from_bytes([8; 16]));
    assert!(read_row(&other, &row).is_err(), "in another tenant's log");
    // The same keys, as if they were another tenant's: the tenant is bound as well.
    let key = OwnerKey::generate().unwrap();
    let as_tenant = |owner: TenantId| {
        let generation = Generation::derive(&key, TENANT, 1).unwrap();
        KeyRing::new([9; 16], owner, IndexKey::generate().unwrap(), generation, [])
    };
    let row = sealed(&as_tenant(TENANT), [1; 16]);
    assert!(read_row(&as_tenant(TENANT), &row).is_ok());
    assert!(read_row(&as_tenant(TenantId::from_bytes([8; 16])), &row).is_err());
}

#[test]
fn a_changed_row_does_not_open() {
    let ring = ring_up_to(1, TENANT);
    let row = sealed(&ring, [1; 16]);
    let with = |sealed: Vec<u8>| read_row(&ring, &PendingRow { sealed: sealed.into(), ..row.clone() });
    assert!(with(row.sealed.to_vec()).is_ok());
    for place in 0..row.sealed.len() {
        let mut flipped = row.sealed.to_vec();
        flipped[place] ^= 1 << (place % 8);
        assert!(with(flipped).is_err(), "byte {place} flipped");
        assert!(with(row.sealed[..place].to_vec()).is_err(), "cut at {place}");
    }
    assert!(with([&*row.sealed, &[0]].concat()).is_err(), "one byte more");
    assert!(with([&*row.sealed, &*row.sealed].concat()).is_err(), "twice");
}

/// Whoever has the keys writes what he likes; the reader does not guess all the same.
#[test]
fn a_row_whose_lengths_do_not_add_up_does_not_open() {
    let ring = ring_up_to(1, TENANT);
    let place = coffer_encryption::EntryRow {
        instance: [9; 16],
        tenant: *TENANT.bytes(),
        generation: 1,
        row: [1; 16],
    };
    for bundle in [&[0][..], &[0, 2, b'x'], &[0, 1, b'x', 0], &[0xff, 0xff]] {
        let sealed = coffer_encryption::seal(&ring.newest().unwrap().audit, &place, bundle).unwrap();
        let row = PendingRow { id: [1; 16], tenant: TENANT, sealed: sealed.into() };
        assert!(open_row(&ring, &row).is_err(), "{bundle:?}");
    }
    let sealed = coffer_encryption::seal(&ring.newest().unwrap().audit, &place, b"\0\x02no").unwrap();
    let row = PendingRow { id: [1; 16], tenant: TENANT, sealed: sealed.into() };
    assert!(open_row(&ring, &row).is_ok());
    assert!(read_row(&ring, &row).is_err(), "a leaf that is no entry");
}

#[test]
fn rows_of_older_generations_open_and_unknown_ones_do_not() {
    let key = OwnerKey::generate().unwrap();
    let ring = |numbers: &[u32]| {
        let mut generations: Vec<_> =
            numbers.iter().map(|number| Generation::derive(&key, TENANT, *number).unwrap()).collect();
        let newest = generations.pop().unwrap();
        KeyRing::new([9; 16], TENANT, IndexKey::generate().unwrap(), newest, generations)
    };
    let row = sealed(&ring(&[1]), [1; 16]);
    assert!(read_row(&ring(&[1, 2]), &row).is_ok());
    assert!(read_row(&ring(&[2]), &row).is_err());
}

/// A receipt says where its entry lies; there it is.
#[test]
fn receipts_name_the_place_of_their_entries() {
    let ring = Arc::new(ring_up_to(1, TENANT));
    let storage = MemoryStorage::new(Arc::new(|| NOW));
    let committer = Committer::new(Arc::clone(&storage) as Arc<dyn Storage>, Arc::default());
    let mut entries = vec![entry(draft("dev/A")), entry(draft("dev/B"))];
    let submission = Submission {
        batch: Batch::default(),
        entries: Entries::Leaves {
            leaves: entries.iter_mut().map(Entry::take_leaf).collect(),
            seal: Arc::clone(&ring) as Arc<dyn SealRow>,
        },
        durability: Durability::Written,
    };
    let Ok(Decided::Committed(committed)) = block_on(committer.submit(submission)) else {
        panic!("no proof")
    };
    let receipts = Receipt::issue(entries, &committed);
    let rows = block_on(storage.pending(None, None, 10)).unwrap();
    assert_eq!(rows.len(), 1);
    let logged = read_row(&ring, &rows[0].1).unwrap();
    for (receipt, path) in receipts.iter().zip(["dev/A", "dev/B"]) {
        let (row, place) = receipt.row();
        assert_eq!(row, rows[0].1.id);
        assert_eq!(logged[place].id, receipt.entry().to_string());
        assert_eq!(
            (receipt.path(), receipt.tenant(), receipt.version()),
            (path, TENANT, Some(VersionNumber::FIRST))
        );
    }
    assert_eq!(receipts.len(), 2);
}

#[test]
fn a_filter_lets_through_what_it_names() {
    let ring = ring_up_to(1, TENANT);
    let entry = read_row(&ring, &sealed(&ring, [1; 16])).unwrap().remove(0);
    let all = EntryFilter::default();
    let some = |text: &str| Some(text.to_owned());
    let moment = |millis: u64| Some(Timestamp::from_millis(millis));
    let now = NOW.millis();
    let wanted = [
        all.clone(),
        EntryFilter { since: moment(now), until: moment(now), ..all.clone() },
        EntryFilter { action: some("secret_set"), outcome: some("done"), ..all.clone() },
        EntryFilter { path: some("dev/A"), ..all.clone() },
        EntryFilter { path: some("dev"), actor: some(&"0".repeat(32)), ..all.clone() },
    ];
    assert!(wanted.iter().all(|filter| filter.wants(&entry)), "{wanted:?}");
    let unwanted = [
        EntryFilter { since: moment(now + 1), ..all.clone() },
        EntryFilter { until: moment(now - 1), ..all.clone() },
        EntryFilter { action: some("secret_get"), ..all.clone() },
        EntryFilter { outcome: some("refused"), ..all.clone() },
        EntryFilter { actor: some("local"), ..all.clone() },
        EntryFilter { path: some("de"), ..all.clone() },
        EntryFilter { path: some("dev/AB"), ..all.clone() },
        EntryFilter { path: some("dev/A/B"), ..all },
    ];
    assert!(unwanted.iter().all(|filter| !filter.wants(&entry)), "{unwanted:?}");
}
