//! Envelopes: bytes that nobody sealed open nowhere; what was sealed opens in its place, unchanged, and nowhere else.
//!
//! Input: how many bytes are a plaintext (two), that plaintext, and edits of what it is sealed to. The whole input is tried as an
//! envelope too.
#![no_main]

use std::sync::LazyLock;

use coffer_encryption::{
    AuditKey, Backup, BackupKey, Content, DataKey, DataWrap, DataWrapKey, EntryRow, IndexWrap, Kdf, KeyPlace,
    LockKey, LockWrap, OpenError, OpenStream, OwnerKey, Personal, Place, RecordKey, RecordPlace, RootKey,
    RootWrap, SEALED_CHUNK_BYTES, STREAM_PREFIX_BYTES, SigningWrap, SubjectKey, SubjectWrap, UnlockerKey,
    Value, WrappingKey, WrappingPlace, generation_of, open, seal, sealed_len, unwrap, wrap,
};
use coffer_fuzz::edited;
use libfuzzer_sys::fuzz_target;

const INSTANCE: [u8; 16] = [0xa0; 16];
const OWNER: [u8; 16] = [0xb0; 16];
const OTHER: [u8; 16] = [0xc0; 16];

const ROOT_WRAP: RootWrap = RootWrap { instance: INSTANCE, unlocker: OTHER, generation: 7 };
/// The instance's own, whose key takes no time to derive.
const OWNER_WRAP: WrappingPlace = WrappingPlace {
    instance: INSTANCE,
    owner: [0; 16],
    generation: 7,
    root_generation: 7,
    kdf: Kdf::InstanceHkdf,
};
const INDEX_WRAP: IndexWrap = IndexWrap { instance: INSTANCE, owner: OWNER, generation: 7 };
const LOCK_WRAP: LockWrap = LockWrap { instance: INSTANCE, owner: OWNER, generation: 7 };
const DATA_WRAP: DataWrap = DataWrap {
    instance: INSTANCE,
    tenant: OWNER,
    generation: 7,
    secret: OTHER,
    version: 9,
    path_hash: [0xd0; 32],
    kind: 1,
    flags: 0,
};
const VALUE: Value = Value { instance: INSTANCE, tenant: OWNER, secret: OTHER, version: 9 };
const RECORD: RecordPlace<'static> =
    RecordPlace { instance: INSTANCE, owner: OWNER, generation: 7, table: 4, key: b"row/1", revision: OTHER };
const ENTRY_ROW: EntryRow = EntryRow { instance: INSTANCE, tenant: OWNER, generation: 7, row: OTHER };
const SIGNING_WRAP: SigningWrap = SigningWrap { instance: INSTANCE, owner: OWNER, generation: 7, epoch: 1 };
const SUBJECT_WRAP: SubjectWrap =
    SubjectWrap { instance: INSTANCE, tenant: OWNER, generation: 7, subject: OTHER };
const PERSONAL: Personal = Personal { instance: INSTANCE, tenant: OWNER, subject: OTHER, session: OTHER };
const CONTENT: Content = Content { instance: INSTANCE, tenant: OWNER };
const BACKUP: Backup = Backup { instance: INSTANCE, backup: OTHER, root_generation: 7, head: [0xd0; 32] };

/// One key of each kind.
struct Keys {
    unlocker: UnlockerKey,
    wrapping: WrappingKey,
    lock: LockKey,
    owner: OwnerKey,
    data_wrap: DataWrapKey,
    record: RecordKey,
    audit: AuditKey,
    subject: SubjectKey,
    backup: BackupKey,
    data: DataKey,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let (root, owner) = (RootKey::generate().unwrap(), OwnerKey::generate().unwrap());
    Keys {
        unlocker: UnlockerKey::generate().unwrap(),
        wrapping: root.derive_wrapping(&OWNER_WRAP).unwrap(),
        lock: LockKey::derive(b"a code", &INSTANCE, &OWNER).unwrap(),
        data_wrap: owner.derive(&OWNER, 7).unwrap(),
        record: owner.derive(&OWNER, 7).unwrap(),
        audit: owner.derive(&OWNER, 7).unwrap(),
        owner,
        subject: SubjectKey::generate().unwrap(),
        backup: root.derive_backup(&BACKUP).unwrap(),
        data: DataKey::generate().unwrap(),
    }
});

fuzz_target!(|input: &[u8]| {
    assert_eq!(opens_at(input), None, "nobody has sealed this");
    if let Ok(generation) = generation_of(input) {
        assert!(input.starts_with(b"CF\x01\x01") && input[5] == 0);
        assert_eq!(input[6..10], generation.to_be_bytes());
    }
    let Some((length, rest)) = input.split_first_chunk() else { return };
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (plaintext, edits) = rest.split_at(length);
    // Two of those that hold anything, and one that holds a key, are enough: they share all their code.
    altered(&KEYS.record, &RECORD, plaintext, edits, "record");
    altered(&KEYS.data, &VALUE, plaintext, edits, "value");
    in_chunks(plaintext, edits);
    let sealed = wrap(&KEYS.data_wrap, &DATA_WRAP, &KEYS.data).unwrap();
    let changed = edited(&sealed, edits);
    assert_eq!(unwrap(&KEYS.data_wrap, &DATA_WRAP, &changed).is_ok(), changed == sealed);
    assert_eq!(opens_at(&sealed), Some("data wrap"));
});

/// What is sealed opens as it was, and with any change not at all.
fn altered<P: Place>(key: &P::Key, place: &P, plaintext: &[u8], edits: &[u8], name: &str) {
    let sealed = seal(key, place, plaintext).unwrap();
    assert_eq!(Some(sealed.len()), sealed_len(plaintext.len()));
    assert_eq!(opens_at(&sealed), Some(name));
    assert!(open(key, place, &sealed).unwrap().same_as(plaintext));
    let changed = edited(&sealed, edits);
    match open(key, place, &changed) {
        Ok(opened) => assert!(changed == sealed && opened.same_as(plaintext)),
        Err(OpenError::UnknownFormat) => assert_ne!(changed.get(..4), sealed.get(..4)),
        Err(OpenError::Refused) => assert_ne!(changed, sealed),
    }
}

/// What is opened chunk by chunk comes to its end when it opens in one go, and at no other time.
fn in_chunks(plaintext: &[u8], edits: &[u8]) {
    let sealed = seal(&KEYS.data, &CONTENT, plaintext).unwrap();
    let changed = edited(&sealed, edits);
    let whole = open(&KEYS.data, &CONTENT, &changed).ok().map(|opened| opened.expose().to_vec());
    assert_eq!(opened_in_chunks(&changed), whole);
}

fn opened_in_chunks(sealed: &[u8]) -> Option<Vec<u8>> {
    let (prefix, chunks) = sealed.split_at_checked(STREAM_PREFIX_BYTES)?;
    let mut opening = OpenStream::begin(&KEYS.data, &CONTENT, prefix).ok()?;
    let mut all = Vec::new();
    for chunk in chunks.chunks(SEALED_CHUNK_BYTES) {
        all.extend_from_slice(opening.chunk(chunk).ok()?.expose());
    }
    opening.has_ended().then_some(all)
}

/// The only place at which these bytes open.
fn opens_at(sealed: &[u8]) -> Option<&'static str> {
    let keys = &*KEYS;
    let opens = [
        (is_key(&keys.unlocker, &ROOT_WRAP, sealed), "root wrap"),
        (is_key(&keys.wrapping, &OWNER_WRAP, sealed), "owner wrap"),
        (is_key(&keys.lock, &LOCK_WRAP, sealed), "lock wrap"),
        (is_key(&keys.owner, &INDEX_WRAP, sealed), "index wrap"),
        (is_key(&keys.data_wrap, &DATA_WRAP, sealed), "data wrap"),
        (is_key(&keys.audit, &SIGNING_WRAP, sealed), "signing wrap"),
        (is_key(&keys.audit, &SUBJECT_WRAP, sealed), "subject wrap"),
        (open(&keys.data, &VALUE, sealed).is_ok(), "value"),
        (open(&keys.record, &RECORD, sealed).is_ok(), "record"),
        (open(&keys.audit, &ENTRY_ROW, sealed).is_ok(), "entry row"),
        (open(&keys.subject, &PERSONAL, sealed).is_ok(), "personal"),
        (open(&keys.data, &CONTENT, sealed).is_ok(), "content"),
        (open(&keys.backup, &BACKUP, sealed).is_ok(), "backup"),
    ];
    let mut places = opens.into_iter().filter(|(is, _)| *is).map(|(_, name)| name);
    let first = places.next();
    assert_eq!(places.next(), None, "it opens in two places");
    first
}

/// Whether it opens as a key, which is 32 bytes that open too.
fn is_key<P: KeyPlace>(key: &P::Key, place: &P, sealed: &[u8]) -> bool {
    let opened = open(key, place, sealed);
    let fits = unwrap(key, place, sealed).is_ok();
    assert_eq!(fits, opened.is_ok_and(|opened| opened.len() == 32));
    fits
}
