use std::collections::BTreeMap;
use std::sync::Arc;

use coffer_encryption::{IndexKey, OwnerKey};
use coffer_log::proof::{inclusion_proof, inclusion_tiles, verify_inclusion};
use coffer_log::tile::{TILE_WIDTH, tiles_of};
use coffer_log::tree::leaf_hash;
use coffer_log::{Frontier, Hash, TileId, Tiles};
use proptest::prelude::*;

use super::append::Appender;
use super::head::{LEASE_BELIEVED_MS, LEASE_MS, LogHead};
use super::index::{Summary, Term};
use super::{index, pack, tiles};
use crate::storage::keyring::{Generation, KeyRing};
use crate::storage::{Key, Put, Record};
use crate::tenant::TenantId;
use crate::time::Timestamp;

const TENANT: TenantId = TenantId::from_bytes([7; 16]);
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn ring() -> Arc<KeyRing> {
    let generation = Generation::derive(&OwnerKey::generate().unwrap(), TENANT, 1).unwrap();
    Arc::new(KeyRing::new([9; 16], TENANT, IndexKey::generate().unwrap(), generation, []))
}

/// What a storage would have.
#[derive(Default)]
struct Stored {
    records: BTreeMap<Key, Record>,
    head: Option<LogHead>,
}

impl Stored {
    fn open(&self, ring: &Arc<KeyRing>) -> Appender {
        let head = self.head.clone().unwrap_or_else(|| LogHead::new(NOW));
        let records = Appender::needs(ring, &head).iter().map(|key| self.records.get(key).cloned()).collect();
        Appender::load(Arc::clone(ring), head, records).unwrap()
    }

    fn keep(&mut self, log: &mut Appender) {
        for Put { key, revision, value } in log.written().unwrap() {
            self.records.insert(key, Record { revision, value });
        }
        self.head = Some(log.head.clone());
    }

    /// The tile as a reader gets it: of the leaves from their pack.
    fn tile(&self, ring: &KeyRing, id: TileId, width: u16) -> Vec<Hash> {
        let mut hashes: Vec<Hash> = if id.level == 0 {
            let leaves = pack::open(ring, id.index, &self.records[&pack::key(ring, id.index)]).unwrap();
            leaves.iter().map(|leaf| leaf_hash(leaf)).collect()
        } else {
            tiles::open(ring, id, &self.records[&tiles::key(ring, id)]).unwrap()
        };
        hashes.truncate(usize::from(width));
        hashes
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "a helper of tests")]
fn leaf(number: u64) -> Vec<u8> {
    format!(
        r#"{{"action":"secret_get","actor":{{"id":"a{}","via":"identity"}},"id":"{number}","outcome":"done","path":"dev/p{}/x","request":"r","tenant":"t","ts":{}}}"#,
        number % 3,
        number % 700,
        1000 + number
    )
    .into_bytes()
}

/// 66,000 leaves fill 257 packs: the first tile of level 1 is full, and level 2 begins.
#[test]
fn a_log_grows_the_same_in_any_slices() {
    let ring = ring();
    let (mut stored, mut reference, mut slice) = (Stored::default(), Frontier::new(), 1);
    let mut number = 0;
    while number < 66_000 {
        let mut log = stored.open(&ring);
        for _ in 0..slice {
            log.push(leaf(number)).unwrap();
            reference.push(leaf_hash(&leaf(number))).unwrap();
            number += 1;
        }
        assert_eq!(log.root(), reference.root());
        stored.keep(&mut log);
        slice = slice * 7 % 1021 + 1;
    }
    let size = stored.head.as_ref().unwrap().size();
    assert_eq!(size, number);
    for (id, width) in tiles_of(size) {
        assert_eq!(stored.tile(&ring, id, width).len(), usize::from(width), "{id:?}");
    }
    for index in [0, 255, 256, 65_535, 65_536, size - 1] {
        let mut wanted = Tiles::new();
        for (id, width) in inclusion_tiles(index, size) {
            wanted.insert(id, stored.tile(&ring, id, width));
        }
        let proof = inclusion_proof(index, size, &wanted).unwrap();
        verify_inclusion(&leaf_hash(&leaf(index)), index, size, &proof, &reference.root()).unwrap();
    }
    let packs = size / TILE_WIDTH;
    for group in 0..packs.div_ceil(index::GROUP_PACKS) {
        let summaries = index::open(&ring, group, &stored.records[&index::key(&ring, group)]).unwrap().packs;
        let expected = (packs - group * index::GROUP_PACKS).min(index::GROUP_PACKS);
        assert_eq!(u64::try_from(summaries.len()).unwrap(), expected);
    }
}

/// Each part that is read back is checked against the head: one from before is not built on.
#[test]
fn an_older_part_under_a_newer_head_is_not_taken() {
    let ring = ring();
    let mut stored = Stored::default();
    let grow = |stored: &mut Stored, count| {
        let mut log = stored.open(&ring);
        let from = log.head.size();
        (from..from + count).for_each(|number| log.push(leaf(number)).unwrap());
        stored.keep(&mut log);
    };
    grow(&mut stored, 300);
    let before = stored.records.clone();
    grow(&mut stored, 300);
    let head = stored.head.clone().unwrap();
    let load = |records: &BTreeMap<Key, Record>| {
        let parts = Appender::needs(&ring, &head).iter().map(|key| records.get(key).cloned()).collect();
        Appender::load(Arc::clone(&ring), head.clone(), parts).is_ok()
    };
    assert!(load(&stored.records), "the control");
    let needed = Appender::needs(&ring, &head);
    assert_eq!(needed.len(), 3, "the last pack, its group, the tile above");
    for key in needed {
        let mut mixed = stored.records.clone();
        mixed.remove(&key);
        assert!(!load(&mixed), "{key:?} is gone");
        if let Some(old) = before.get(&key) {
            mixed.insert(key, old.clone());
            assert!(!load(&mixed), "{key:?} is an older one");
        }
    }
}

#[test]
fn a_summary_knows_what_its_leaves_say() {
    let leaves: Vec<_> = (0..256).map(leaf).collect();
    let summary = Summary::of(&leaves);
    for term in [
        Term::Actor("a1"),
        Term::Action("secret_get"),
        Term::Outcome("done"),
        Term::Path("dev"),
        Term::Path("dev/p17"),
        Term::Path("dev/p17/x"),
    ] {
        assert!(summary.may_hold(&[term]), "{term:?}");
    }
    for term in
        [Term::Actor("dev"), Term::Path("dev/p600"), Term::Path("de"), Term::Record("dev"), Term::Path("")]
    {
        assert!(!summary.may_hold(&[term]), "{term:?}");
    }
    assert!(!summary.may_hold(&[Term::Path("dev"), Term::Outcome("refused")]), "all, not any");
    assert!(
        summary.may_fall(None, None)
            && summary.may_fall(Some(1255), None)
            && summary.may_fall(None, Some(1000))
    );
    assert!(!summary.may_fall(Some(1256), None) && !summary.may_fall(None, Some(999)));
}

#[test]
fn a_lease_goes_to_one_and_its_fence_grows_with_each_holder() {
    let at = |ms| Timestamp::from_millis(NOW.millis() + ms);
    let mut lease = LogHead::new(NOW).lease;
    assert!(!lease.is_with_another([1; 16], NOW));
    lease.take([1; 16], NOW);
    let first = lease.fence;
    assert!(lease.is_with_another([2; 16], NOW) && !lease.is_with_another([1; 16], NOW));
    lease.take([1; 16], at(10));
    assert_eq!(lease.fence, first, "renewed");
    assert!(
        lease.is_with_another([2; 16], at(LEASE_MS + 9))
            && !lease.is_with_another([2; 16], at(LEASE_MS + 10))
    );
    lease.take([2; 16], at(LEASE_MS + 10));
    assert_eq!(lease.fence, first + 1);
    lease.release();
    assert!(!lease.is_with_another([1; 16], at(LEASE_MS + 10)));
    lease.take([1; 16], at(LEASE_MS + 10));
    assert_eq!(lease.fence, first + 2);
}

/// A node whose clock is ten minutes ahead dies with the lease: the others don't leave the log to it for ten minutes.
#[test]
fn a_lease_of_a_clock_that_is_ahead_is_not_waited_for() {
    let ahead = |ms| Timestamp::from_millis(NOW.millis() + ms);
    let mut lease = LogHead::new(NOW).lease;
    lease.take([1; 16], ahead(600_000));
    assert!(!lease.is_with_another([2; 16], NOW));
    lease.take([2; 16], NOW);
    assert_eq!(lease.fence, 2, "and who had it sees that it has not");
    // Clocks that differ as clocks do.
    lease.take([1; 16], ahead(LEASE_BELIEVED_MS - LEASE_MS));
    assert!(lease.is_with_another([2; 16], NOW));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_pack_gives_back_its_leaves(sizes in prop::collection::vec(0_usize..3000, 0..40), random in any::<u64>()) {
        let ring = ring();
        let byte = |at: usize| (u64::try_from(at).unwrap().wrapping_mul(random | 1) >> 40).to_be_bytes()[7];
        let leaves: Vec<Vec<u8>> = sizes.iter().map(|size| (0..*size).map(byte).collect()).collect();
        let put = pack::seal(&ring, 3, &leaves).unwrap();
        let record = Record { revision: put.revision, value: put.value };
        prop_assert_eq!(pack::open(&ring, 3, &record).unwrap(), leaves);
        prop_assert!(pack::open(&ring, 4, &record).is_err(), "as another pack");
    }
}

/// What inflates to more than it says is not read to its end.
#[test]
fn a_pack_that_lies_about_its_length_does_not_open() {
    use std::io::Write as _;
    let ring = ring();
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(&vec![0; 10_000_000]).unwrap();
    let deflated = deflate.finish().unwrap();
    for length in [9_999_999_u64, 10_000_001, 0] {
        let mut encoded =
            minicbor::to_vec((length, minicbor::bytes::ByteVec::from(deflated.clone()))).unwrap();
        let raw: minicbor::bytes::ByteVec = std::mem::take(&mut encoded).into();
        let put =
            crate::storage::record::seal_record(&ring, pack::key(&ring, 0), &Raw(raw.to_vec())).unwrap();
        let record = Record { revision: put.revision, value: put.value };
        assert!(pack::open(&ring, 0, &record).is_err(), "{length}");
    }
}

/// CBOR that is there already.
struct Raw(Vec<u8>);

impl<C> minicbor::Encode<C> for Raw {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.writer_mut().write_all(&self.0).map_err(minicbor::encode::Error::write)
    }
}

impl<C> minicbor::CborLen<C> for Raw {
    fn cbor_len(&self, _: &mut C) -> usize {
        self.0.len()
    }
}
