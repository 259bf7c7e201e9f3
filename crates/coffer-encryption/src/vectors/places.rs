//! From the fields of a file to a place and its key.

use super::Case;
use crate::iterations::Iterations;
use crate::keys::material::KeyMaterial;
use crate::memory::Slot;
use crate::place::{
    Backup, Content, DataWrap, EntryRow, IndexWrap, Kdf, LockWrap, Personal, Place, RecordPlace, RootWrap,
    SigningWrap, SubjectWrap, Value, WrappingPlace,
};

/// What is done with a place, whichever it is.
pub(super) trait Visit {
    type Out;

    fn at<P: Place>(self, key: &P::Key, place: &P) -> Self::Out;
}

/// Calls `visit` with the place and key that `case` describes.
pub(super) fn visit<V: Visit>(case: &Case, visit: V) -> V::Out {
    let instance = case.array("instance");
    match case.get("place") {
        "root-wrap" => {
            let place = RootWrap {
                instance,
                unlocker: case.array("unlocker"),
                generation: case.number("generation"),
            };
            visit.at(&key(case), &place)
        }
        "owner-wrap" => visit.at(&key(case), &wrapping_place(case)),
        "index-wrap" => {
            let place =
                IndexWrap { instance, owner: case.array("owner"), generation: case.number("generation") };
            visit.at(&key(case), &place)
        }
        "lock-wrap" => {
            let place =
                LockWrap { instance, owner: case.array("owner"), generation: case.number("generation") };
            visit.at(&key(case), &place)
        }
        "data-wrap" => {
            let place = DataWrap {
                instance,
                tenant: case.array("tenant"),
                generation: case.number("generation"),
                secret: case.array("secret"),
                version: case.number("version"),
                path_hash: case.array("path-hash"),
                kind: case.number("kind"),
                flags: case.number("flags"),
            };
            visit.at(&key(case), &place)
        }
        "value" => {
            let (tenant, secret) = (case.array("tenant"), case.array("secret"));
            visit.at(&key(case), &Value { instance, tenant, secret, version: case.number("version") })
        }
        "record" => {
            let place = RecordPlace {
                instance,
                owner: case.array("owner"),
                generation: case.number("generation"),
                table: case.number("table"),
                key: &case.bytes("row-key"),
                revision: case.array("revision"),
            };
            visit.at(&key(case), &place)
        }
        "entry-row" => {
            let (tenant, row) = (case.array("tenant"), case.array("row"));
            visit.at(&key(case), &EntryRow { instance, tenant, generation: case.number("generation"), row })
        }
        "signing-wrap" => {
            let (owner, generation) = (case.array("owner"), case.number("generation"));
            visit.at(&key(case), &SigningWrap { instance, owner, generation, epoch: case.number("epoch") })
        }
        "subject-wrap" => {
            let (tenant, generation) = (case.array("tenant"), case.number("generation"));
            visit
                .at(&key(case), &SubjectWrap { instance, tenant, generation, subject: case.array("subject") })
        }
        "personal" => {
            let (tenant, subject) = (case.array("tenant"), case.array("subject"));
            visit.at(&key(case), &Personal { instance, tenant, subject, session: case.array("session") })
        }
        "backup" => visit.at(&key(case), &backup(case)),
        "content" => visit.at(&key(case), &Content { instance, tenant: case.array("tenant") }),
        other => panic!("{}: place: {other}", case.name),
    }
}

/// Backups have vectors for their place and for the derivation of its key.
pub(super) fn backup(case: &Case) -> Backup {
    Backup {
        instance: case.array("instance"),
        backup: case.array("backup"),
        root_generation: case.number("generation"),
        head: if case.has("head") { case.array("head") } else { [0; 32] },
    }
}

/// Owner wraps have vectors for their place and for the derivation of its key.
pub(super) fn wrapping_place(case: &Case) -> WrappingPlace {
    let kdf = match case.number::<u8>("kdf") {
        1 => Kdf::InstanceHkdf,
        2 => Kdf::Pbkdf2Sha256 {
            salt: case.array("kdf-salt"),
            iterations: Iterations::new(case.number("iterations")).unwrap(),
        },
        other => panic!("{}: kdf: {other}", case.name),
    };
    WrappingPlace {
        instance: case.array("instance"),
        owner: case.array("owner"),
        generation: case.number("generation"),
        root_generation: case.number("root-generation"),
        kdf,
    }
}

/// The key of a case, of the type its place asks for.
pub(super) fn key<K: KeyMaterial>(case: &Case) -> K {
    let mut slot = Slot::plain();
    *slot.bytes_mut() = case.array("key");
    K::from_slot(slot)
}
