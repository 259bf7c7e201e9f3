//! T-C1, the swap matrix: what was sealed for one place opens there and nowhere else.

use super::*;
use crate::envelope::{OpenError, generation_of, open, seal};
use crate::iterations::Iterations;
use crate::keys::{
    AuditKey, BackupKey, DataKey, DataWrapKey, LockKey, OwnerKey, RecordKey, SubjectKey, UnlockerKey,
    WrappingKey,
};
use crate::memory::Slot;

#[test]
fn t_c1_swap_matrix() {
    // One key for all: what is refused is refused because of the place alone.
    let cells = cells();
    assert!(cells.len() >= 73, "{}", cells.len());
    let sealed: Vec<Vec<u8>> = cells.iter().map(|cell| (cell.seal)()).collect();
    for (from, envelope) in cells.iter().zip(&sealed) {
        for to in &cells {
            let opened = (to.open)(envelope);
            if from.name == to.name {
                assert_eq!(opened, Ok(()), "{}", from.name);
            } else {
                assert_eq!(opened, Err(OpenError::Refused), "{} moved to {}", from.name, to.name);
            }
        }
    }
}

#[test]
fn t_c1_spliced_headers_do_not_help() {
    // The header of the place where it is put, the message of the place where it was.
    let cells = cells();
    let sealed: Vec<Vec<u8>> = cells.iter().map(|cell| (cell.seal)()).collect();
    for (from, message) in cells.iter().zip(&sealed) {
        for (to, header) in cells.iter().zip(&sealed) {
            if from.name != to.name {
                let spliced = [&header[..10], &message[10..]].concat();
                assert_eq!(
                    (to.open)(&spliced),
                    Err(OpenError::Refused),
                    "{} moved to {}",
                    from.name,
                    to.name
                );
            }
        }
    }
}

#[test]
fn the_header_tells_the_generation_of_the_place() {
    let sealed: Vec<u32> = cells().iter().map(|cell| generation_of(&(cell.seal)()).unwrap()).collect();
    assert!(sealed.contains(&0) && sealed.contains(&GENERATION) && sealed.contains(&u32::MAX));
}

#[test]
fn purposes_and_bytes_correspond() {
    for byte in 0..=255 {
        if let Some(purpose) = Purpose::from_byte(byte) {
            assert_eq!(purpose.to_byte(), byte);
        }
    }
    assert_eq!((0..=255).filter_map(Purpose::from_byte).count(), 13);
}

/// A place with what it takes to seal and open there.
struct Cell {
    name: String,
    seal: Box<dyn Fn() -> Vec<u8>>,
    open: Box<Open>,
}

type Open = dyn Fn(&[u8]) -> Result<(), OpenError>;

const A: [u8; 16] = [0xA; 16];
const B: [u8; 16] = [0xB; 16];
const C: [u8; 16] = [0xC; 16];
const OTHER: [u8; 16] = [0xF; 16];
const GENERATION: u32 = 3;

/// Each place, then the same with one field after the other changed, and with equal fields exchanged. A new field
/// stops this from compiling, because every struct is taken apart in full.
fn cells() -> Vec<Cell> {
    let mut cells = Cells(Vec::new());

    let at = RootWrap { instance: A, unlocker: B, generation: GENERATION };
    let RootWrap { instance: _, unlocker: _, generation: _ } = at;
    cells.add::<UnlockerKey, _>("root", at);
    cells.add::<UnlockerKey, _>("root, instance", RootWrap { instance: OTHER, ..at });
    cells.add::<UnlockerKey, _>("root, unlocker", RootWrap { unlocker: OTHER, ..at });
    cells.add::<UnlockerKey, _>("root, generation", RootWrap { generation: u32::MAX, ..at });
    cells.add::<UnlockerKey, _>("root, ids exchanged", RootWrap { instance: B, unlocker: A, ..at });

    let iterations = Iterations::DEFAULT;
    let kdf = Kdf::Pbkdf2Sha256 { salt: [5; 32], iterations };
    let at = WrappingPlace { instance: A, owner: B, generation: GENERATION, root_generation: 1, kdf };
    let WrappingPlace { instance: _, owner: _, generation: _, root_generation: _, kdf: _ } = at;
    cells.add::<WrappingKey, _>("owner", at);
    cells.add::<WrappingKey, _>("owner, instance", WrappingPlace { instance: OTHER, ..at });
    cells.add::<WrappingKey, _>("owner, owner", WrappingPlace { owner: OTHER, ..at });
    cells.add::<WrappingKey, _>("owner, generation", WrappingPlace { generation: 4, ..at });
    cells.add::<WrappingKey, _>("owner, root generation", WrappingPlace { root_generation: 2, ..at });
    cells.add::<WrappingKey, _>(
        "owner, generations exchanged",
        WrappingPlace { generation: 1, root_generation: GENERATION, ..at },
    );
    cells.add::<WrappingKey, _>("owner, kdf", WrappingPlace { kdf: Kdf::InstanceHkdf, ..at });
    let kdf = Kdf::Pbkdf2Sha256 { salt: [6; 32], iterations };
    cells.add::<WrappingKey, _>("owner, kdf salt", WrappingPlace { kdf, ..at });
    let kdf = Kdf::Pbkdf2Sha256 { salt: [5; 32], iterations: Iterations::new(100_001).unwrap() };
    cells.add::<WrappingKey, _>("owner, kdf iterations", WrappingPlace { kdf, ..at });

    let at = LockWrap { instance: A, owner: B, generation: GENERATION };
    let LockWrap { instance: _, owner: _, generation: _ } = at;
    cells.add::<LockKey, _>("lock", at);
    cells.add::<LockKey, _>("lock, instance", LockWrap { instance: OTHER, ..at });
    cells.add::<LockKey, _>("lock, owner", LockWrap { owner: OTHER, ..at });
    cells.add::<LockKey, _>("lock, generation", LockWrap { generation: 4, ..at });

    let at = IndexWrap { instance: A, owner: B, generation: GENERATION };
    let IndexWrap { instance: _, owner: _, generation: _ } = at;
    cells.add::<OwnerKey, _>("index", at);
    cells.add::<OwnerKey, _>("index, instance", IndexWrap { instance: OTHER, ..at });
    cells.add::<OwnerKey, _>("index, owner", IndexWrap { owner: OTHER, ..at });
    cells.add::<OwnerKey, _>("index, generation", IndexWrap { generation: 4, ..at });

    let at = DataWrap {
        instance: A,
        tenant: B,
        generation: GENERATION,
        secret: C,
        version: 1,
        path_hash: [7; 32],
        kind: 1,
        flags: 0,
    };
    let DataWrap {
        instance: _,
        tenant: _,
        generation: _,
        secret: _,
        version: _,
        path_hash: _,
        kind: _,
        flags: _,
    } = at;
    cells.add::<DataWrapKey, _>("data", at);
    cells.add::<DataWrapKey, _>("data, instance", DataWrap { instance: OTHER, ..at });
    cells.add::<DataWrapKey, _>("data, tenant", DataWrap { tenant: OTHER, ..at });
    cells.add::<DataWrapKey, _>("data, generation", DataWrap { generation: 4, ..at });
    cells.add::<DataWrapKey, _>("data, secret", DataWrap { secret: OTHER, ..at });
    cells.add::<DataWrapKey, _>("data, tenant and secret exchanged", DataWrap { tenant: C, secret: B, ..at });
    cells.add::<DataWrapKey, _>("data, version", DataWrap { version: 2, ..at });
    cells.add::<DataWrapKey, _>("data, version high", DataWrap { version: 1 << 56 | 1, ..at });
    cells.add::<DataWrapKey, _>("data, path", DataWrap { path_hash: [8; 32], ..at });
    cells.add::<DataWrapKey, _>("data, kind", DataWrap { kind: 2, ..at });
    cells.add::<DataWrapKey, _>("data, flags", DataWrap { flags: 1, ..at });
    cells.add::<DataWrapKey, _>("data, kind and flags exchanged", DataWrap { kind: 0, flags: 1, ..at });

    let at = Value { instance: A, tenant: B, secret: C, version: 1 };
    let Value { instance: _, tenant: _, secret: _, version: _ } = at;
    cells.add::<DataKey, _>("value", at);
    cells.add::<DataKey, _>("value, instance", Value { instance: OTHER, ..at });
    cells.add::<DataKey, _>("value, tenant", Value { tenant: OTHER, ..at });
    cells.add::<DataKey, _>("value, secret", Value { secret: OTHER, ..at });
    cells.add::<DataKey, _>("value, version", Value { version: 2, ..at });

    let at = RecordPlace {
        instance: A,
        owner: B,
        generation: GENERATION,
        table: 1,
        key: b"row/1",
        revision: [9; 16],
    };
    let RecordPlace { instance: _, owner: _, generation: _, table: _, key: _, revision: _ } = at;
    cells.add::<RecordKey, _>("record", at);
    cells.add::<RecordKey, _>("record, instance", RecordPlace { instance: OTHER, ..at });
    cells.add::<RecordKey, _>("record, owner", RecordPlace { owner: OTHER, ..at });
    cells.add::<RecordKey, _>("record, generation", RecordPlace { generation: 4, ..at });
    cells.add::<RecordKey, _>("record, table", RecordPlace { table: 2, ..at });
    cells.add::<RecordKey, _>("record, key", RecordPlace { key: b"row/2", ..at });
    cells.add::<RecordKey, _>("record, key shorter", RecordPlace { key: b"row/", ..at });
    cells.add::<RecordKey, _>("record, key empty", RecordPlace { key: b"", ..at });
    cells.add::<RecordKey, _>("record, revision", RecordPlace { revision: OTHER, ..at });

    let at = EntryRow { instance: A, tenant: B, generation: GENERATION, row: C };
    let EntryRow { instance: _, tenant: _, generation: _, row: _ } = at;
    cells.add::<AuditKey, _>("entry", at);
    cells.add::<AuditKey, _>("entry, instance", EntryRow { instance: OTHER, ..at });
    cells.add::<AuditKey, _>("entry, tenant", EntryRow { tenant: OTHER, ..at });
    cells.add::<AuditKey, _>("entry, generation", EntryRow { generation: 4, ..at });
    cells.add::<AuditKey, _>("entry, row", EntryRow { row: OTHER, ..at });

    let at = SigningWrap { instance: A, owner: B, generation: GENERATION, epoch: 1 };
    let SigningWrap { instance: _, owner: _, generation: _, epoch: _ } = at;
    cells.add::<AuditKey, _>("signing", at);
    cells.add::<AuditKey, _>("signing, instance", SigningWrap { instance: OTHER, ..at });
    cells.add::<AuditKey, _>("signing, owner", SigningWrap { owner: OTHER, ..at });
    cells.add::<AuditKey, _>("signing, generation", SigningWrap { generation: 4, ..at });
    cells.add::<AuditKey, _>("signing, epoch", SigningWrap { epoch: 2, ..at });
    let exchanged = SigningWrap { generation: 1, epoch: GENERATION, ..at };
    cells.add::<AuditKey, _>("signing, generation and epoch exchanged", exchanged);

    let at = SubjectWrap { instance: A, tenant: B, generation: GENERATION, subject: C };
    let SubjectWrap { instance: _, tenant: _, generation: _, subject: _ } = at;
    cells.add::<AuditKey, _>("subject", at);
    cells.add::<AuditKey, _>("subject, instance", SubjectWrap { instance: OTHER, ..at });
    cells.add::<AuditKey, _>("subject, tenant", SubjectWrap { tenant: OTHER, ..at });
    cells.add::<AuditKey, _>("subject, generation", SubjectWrap { generation: 4, ..at });
    cells.add::<AuditKey, _>("subject, subject", SubjectWrap { subject: OTHER, ..at });
    cells.add::<AuditKey, _>("subject, ids exchanged", SubjectWrap { tenant: C, subject: B, ..at });

    let at = Personal { instance: A, tenant: B, subject: C, session: [0xD; 16] };
    let Personal { instance: _, tenant: _, subject: _, session: _ } = at;
    cells.add::<SubjectKey, _>("personal", at);
    cells.add::<SubjectKey, _>("personal, instance", Personal { instance: OTHER, ..at });
    cells.add::<SubjectKey, _>("personal, tenant", Personal { tenant: OTHER, ..at });
    cells.add::<SubjectKey, _>("personal, subject", Personal { subject: OTHER, ..at });
    cells.add::<SubjectKey, _>("personal, session", Personal { session: OTHER, ..at });
    let exchanged = Personal { subject: [0xD; 16], session: C, ..at };
    cells.add::<SubjectKey, _>("personal, subject and session exchanged", exchanged);

    let at = Content { instance: A, tenant: B };
    let Content { instance: _, tenant: _ } = at;
    cells.add::<DataKey, _>("content", at);
    cells.add::<DataKey, _>("content, instance", Content { instance: OTHER, ..at });
    cells.add::<DataKey, _>("content, tenant", Content { tenant: OTHER, ..at });
    cells.add::<DataKey, _>("content, ids exchanged", Content { instance: B, tenant: A });

    let at = Backup { instance: A, backup: B, root_generation: GENERATION, head: [0xE; 32] };
    let Backup { instance: _, backup: _, root_generation: _, head: _ } = at;
    cells.add::<BackupKey, _>("backup", at);
    cells.add::<BackupKey, _>("backup, instance", Backup { instance: OTHER, ..at });
    cells.add::<BackupKey, _>("backup, backup", Backup { backup: OTHER, ..at });
    cells.add::<BackupKey, _>("backup, root generation", Backup { root_generation: 4, ..at });
    cells.add::<BackupKey, _>("backup, head", Backup { head: [0xF; 32], ..at });
    cells.add::<BackupKey, _>("backup, ids exchanged", Backup { instance: B, backup: A, ..at });

    cells.0
}

struct Cells(Vec<Cell>);

impl Cells {
    fn add<K: KeyMaterial, P: Place<Key = K> + Copy + 'static>(&mut self, name: &str, place: P) {
        self.0.push(Cell {
            name: name.to_owned(),
            seal: Box::new(move || seal(&same_key::<K>(), &place, b"plaintext").unwrap()),
            open: Box::new(move |sealed| open(&same_key::<K>(), &place, sealed).map(drop)),
        });
    }
}

fn same_key<K: KeyMaterial>() -> K {
    let mut slot = Slot::plain();
    slot.bytes_mut().fill(0x42);
    K::from_slot(slot)
}
