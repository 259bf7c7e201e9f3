use coffer_encryption::{Iterations, same};

use super::*;
use crate::vault::keys;

const INSTANCE: [u8; 16] = [7; 16];
const TENANT: TenantId = TenantId::from_bytes([9; 16]);

fn place(owner: TenantId, generation: u32) -> OwnerWrap {
    let kdf = Kdf::Pbkdf2Sha256 { salt: [1; 32], iterations: Iterations::cheap_for_tests() };
    WrappingPlace { instance: INSTANCE, owner: *owner.bytes(), generation, root_generation: 1, kdf }
}

#[test]
fn a_key_is_opened_for_the_row_that_it_came_from_and_for_no_other() {
    let kept = Kept::new(INSTANCE).unwrap();
    let (key, row) = (OwnerKey::generate().unwrap(), Revision([1; 16]));
    let line = kept.line(&place(TENANT, 1), row, &key).unwrap();
    kept.keep(TENANT, vec![line]);
    assert!(kept.has(TENANT, [row].into_iter()) && kept.open(&place(TENANT, 1), row).is_some());
    let (other, later) = (TenantId::from_bytes([8; 16]), Revision([2; 16]));
    assert!(!kept.has(TENANT, [row, later].into_iter()));
    assert!(kept.open(&place(TENANT, 1), later).is_none());
    assert!(kept.open(&place(TENANT, 2), row).is_none(), "another generation");
    assert!(kept.open(&place(other, 1), row).is_none());
    // Another process's is wrapped under another key.
    let theirs = Kept::new(INSTANCE).unwrap();
    theirs.keep(TENANT, vec![kept.line(&place(TENANT, 1), row, &key).unwrap()]);
    assert!(theirs.open(&place(TENANT, 1), row).is_none());
    kept.forget(TENANT);
    assert!(!kept.has(TENANT, [row].into_iter()));
}

#[test]
fn the_instances_own_key_is_not_kept_and_there_is_a_bound() {
    let kept = Kept::new(INSTANCE).unwrap();
    let key = OwnerKey::generate().unwrap();
    assert!(kept.line(&place(TenantId::INSTANCE, 1), Revision([1; 16]), &key).is_none());
    for number in 0..=TENANTS_KEPT_MAX {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        let line = Line { row: Revision([1; 16]), wrapped: Box::default() };
        kept.keep(TenantId::from_bytes(id), vec![line]);
    }
    assert_eq!(kept.lock().len(), 1);
}

/// The same keys come out, with another root key: nothing was derived. The control: where nothing is kept, they don't.
#[test]
fn opening_again_derives_nothing() {
    let (root, other) = (RootKey::generate().unwrap(), RootKey::generate().unwrap());
    let (made, rows) = keys::make(&root, 1, INSTANCE, TENANT, Iterations::cheap_for_tests(), None).unwrap();
    let rows = keys::KeyRows::of(&rows);
    let kept = Kept::new(INSTANCE).unwrap();
    assert!(keys::open(&other, &kept, INSTANCE, TENANT, &rows).is_err());
    keys::open(&root, &kept, INSTANCE, TENANT, &rows).unwrap();
    let again = keys::open(&other, &kept, INSTANCE, TENANT, &rows).unwrap();
    assert!(same(&made.index().hash(b"tenant", b"a"), &again.index().hash(b"tenant", b"a")));
    let record = crate::storage::record::seal_record(
        &made,
        crate::storage::keyspace::single(TENANT, crate::storage::keyspace::Table::Hold),
        &7_u64,
    )
    .unwrap();
    let stored = crate::storage::Record { revision: record.revision, value: record.value };
    assert_eq!(crate::storage::record::open_record::<u64>(&again, &record.key, &stored).unwrap(), 7);
}
