//! What is stored: each kind of record, once it is open, is read and written again; what nobody sealed does not open.
//!
//! Input: a line that says which kind, and its bytes.
#![no_main]

use std::sync::LazyLock;

use coffer_engine::audit::EntryFilter;
use coffer_engine::testkit::stored::{
    Ring, Sealed, Stored, entry, is_looked_at, join_leaves, key_file_id, kinds, split_leaves,
};
use coffer_engine::time::Timestamp;
use coffer_fuzz::{edited, named};
use libfuzzer_sys::fuzz_target;

static KINDS: LazyLock<Vec<Stored>> = LazyLock::new(kinds);
static RING: LazyLock<Ring> = LazyLock::new(|| Ring::draw().unwrap());

fuzz_target!(|input: &[u8]| {
    let Some((name, bytes)) = named(input) else { return };
    match name {
        "leaves" => leaves(bytes),
        "leaf" => leaf(bytes),
        "sealed" => sealed(bytes),
        "key file" => key_file(bytes),
        _ => KINDS.iter().filter(|kind| kind.name == name).for_each(|kind| record(kind, bytes)),
    }
});

/// What is read and written is read as the same; it fills the room that was made for it.
fn record(kind: &Stored, bytes: &[u8]) {
    let Some(written) = (kind.reread)(bytes) else { return };
    assert_eq!(written.bytes.len(), written.room, "{}: a buffer that grows leaves copies behind", kind.name);
    let again = (kind.reread)(&written.bytes).unwrap();
    assert_eq!(again.bytes, written.bytes, "{}", kind.name);
    let longer = [&written.bytes[..], &[0]].concat();
    assert!((kind.reread)(&longer).is_none(), "{}: something follows", kind.name);
}

/// A bundle of leaves has one spelling.
fn leaves(bundle: &[u8]) {
    let Some(leaves) = split_leaves(bundle) else { return };
    assert_eq!(join_leaves(&leaves).as_deref(), Some(bundle));
    let pack = RING.seal_pack(&leaves).unwrap();
    assert_eq!(RING.open_pack(&pack).as_ref(), Some(&leaves));
    let row = RING.seal_row(&leaves).unwrap();
    assert_eq!(RING.open_row(&row).as_ref(), Some(&leaves));
}

/// A query opens every pack that has an entry that it wants.
fn leaf(bytes: &[u8]) {
    let Some(entry) = entry(bytes) else { return };
    assert_eq!(entry.leaf, bytes);
    let at = Timestamp::from_millis(entry.ts);
    let folders = entry.path.match_indices('/').map(|(end, _)| &entry.path[..end]);
    for path in folders.chain([entry.path.as_str()]) {
        let filter = EntryFilter {
            since: Some(at),
            until: Some(at),
            action: Some(entry.action.clone()),
            path: Some(path.to_owned()),
            outcome: Some(entry.outcome.clone()),
            actor: Some(entry.actor.id.clone()),
            decision: None,
            source: None,
        };
        assert!(filter.wants(&entry) && is_looked_at(bytes, &filter));
    }
}

/// Nothing opens that was not sealed, or was changed since.
fn sealed(bytes: &[u8]) {
    assert!(!RING.opens(&Sealed { revision: [3; 16], bytes: bytes.to_vec() }));
    let leaf = vec![bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec()];
    let good = RING.seal_pack(&leaf).unwrap();
    let changed = Sealed { revision: good.revision, bytes: edited(&good.bytes, bytes) };
    assert_eq!(RING.open_pack(&changed).is_some(), changed == good);
    let moved = Sealed { revision: [3; 16], bytes: good.bytes };
    assert!(!RING.opens(&moved));
}

/// A key file has a line that fits its check, and an id that stands in it.
fn key_file(text: &[u8]) {
    let Some(id) = key_file_id(text) else { return };
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = std::str::from_utf8(text).unwrap();
    assert!(text.lines().any(|line| line.starts_with(&format!("coffer-key-1 {id} "))));
}
