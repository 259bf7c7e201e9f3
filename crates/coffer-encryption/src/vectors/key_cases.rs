//! `vectors/keys`: what is derived from what.

use super::places::{backup, key, wrapping_place};
use super::{Case, Outcome, to_hex};
use crate::iterations::{Iterations, PassphraseIterations};
use crate::keys::material::KeyMaterial;
use crate::keys::{
    AuditKey, DataWrapKey, IndexKey, LockKey, OwnerKey, PurposeKey, RecordKey, RootKey, SigningKey,
    UnlockerKey,
};
use crate::secret::SecretBytes;

pub(super) fn outcome(case: &Case) -> Outcome {
    match derive(case) {
        None => Outcome::Refused,
        Some(made) if case.get("expect") == "ok" && made == case.get("made") => Outcome::Ok,
        Some(_) => Outcome::Wrong,
    }
}

pub(super) fn all() -> Vec<Case> {
    let id = |byte: u8| to_hex(&[byte; 16]);
    let key = to_hex(&[0x33; 32]);

    let passphrase = |name: &str, about: &str, text: &str, iterations: u32| {
        Case::new(name, about)
            .with("derive", "unlocker")
            .with("passphrase", to_hex(text.as_bytes()))
            .with("salt", to_hex(&[0x44; 32]))
            .with("iterations", iterations)
    };
    let instance = |name: &str, about: &str| {
        Case::new(name, about)
            .with("derive", "wrapping")
            .with("key", &key)
            .with("instance", id(0xA0))
            .with("owner", id(0))
            .with("generation", 7)
            .with("root-generation", 3)
            .with("kdf", 1)
    };
    let tenant = |name: &str, about: &str, iterations: u32| {
        let case = instance(name, about).with("owner", id(0xB0)).with("kdf", 2);
        case.with("iterations", iterations).with("kdf-salt", to_hex(&[0xC0; 32]))
    };
    let mut cases = vec![
        passphrase("unlocker", "PBKDF2 over a passphrase", "correct horse battery staple", 600_000),
        passphrase("unlocker-14-bytes", "the shortest passphrase", "fourteen-bytes", 600_001),
        passphrase("unlocker-13-bytes", "a passphrase that is too short", "thirteen-byte", 600_000),
        passphrase("unlocker-below-floor", "too few iterations", "correct horse battery staple", 599_999),
        tenant("wrapping-tenant", "PBKDF2 over the root key", 100_000),
        tenant("wrapping-tenant-100001", "another count", 100_001),
        tenant("wrapping-tenant-below-floor", "too few iterations", 99_999),
        tenant("wrapping-tenant-above-ceiling", "too many iterations", 10_000_001),
        tenant("wrapping-tenant-hkdf", "a tenant with the cheap derivation", 100_000).with("kdf", 1),
        instance("wrapping-instance", "HKDF over the root key"),
        instance("wrapping-instance-pbkdf2", "the instance with a derivation that is not its own")
            .with("kdf", 2)
            .with("iterations", 100_000)
            .with("kdf-salt", to_hex(&[0xC0; 32])),
    ];
    let backup = Case::new("backup", "HKDF over the root key").with("derive", "backup").with("key", &key);
    let backup = backup.with("instance", id(0xA0)).with("backup", id(0xB0)).with("generation", 7);
    let other = backup.clone().with("backup", id(0xB1)).renamed("backup-other".to_owned(), "another backup");
    cases.extend([backup, other]);
    for purpose in ["data-wrap", "record", "audit"] {
        let case =
            Case::new(&format!("purpose-{purpose}"), "HKDF over the owner key").with("derive", "purpose");
        let case = case.with("key", &key).with("purpose", purpose);
        cases.push(case.with("owner", id(0xB0)).with("generation", 7));
    }
    for (name, code) in [("lock", "LOCK-00000-11111-22222-33333-44444-55555"), ("lock-empty", "")] {
        let case = Case::new(name, "HKDF over a lock code").with("derive", "lock");
        let case = case.with("code", to_hex(code.as_bytes()));
        cases.push(case.with("instance", id(0xA0)).with("owner", id(0xB0)));
    }
    for (name, label, data) in [("index", "name", "STRIPE_KEY"), ("index-empty", "", "")] {
        let case = Case::new(name, "HMAC under the index key").with("derive", "index").with("key", &key);
        cases.push(case.with("label", to_hex(label.as_bytes())).with("data", to_hex(data.as_bytes())));
    }
    for (name, about, message) in
        [("signature", "Ed25519", &b"coffer.example/log\n"[..]), ("signature-empty", "of no bytes", b"")]
    {
        let case = Case::new(name, about).with("derive", "signature").with("key", &key);
        cases.push(case.with("message", to_hex(message)));
    }
    cases.into_iter().map(finished).collect()
}

fn finished(case: Case) -> Case {
    match derive(&case) {
        Some(made) => case.with("expect", "ok").with("made", made),
        None => case.with("expect", "refused"),
    }
}

fn derive(case: &Case) -> Option<String> {
    match case.get("derive") {
        "unlocker" => {
            let iterations = PassphraseIterations::new(case.number("iterations")).ok()?;
            let passphrase = SecretBytes::from_vec(case.bytes("passphrase"));
            let made = UnlockerKey::from_passphrase(&passphrase, &case.array("salt"), iterations).ok()?;
            Some(told(&made))
        }
        "wrapping" => {
            if case.has("iterations") {
                Iterations::new(case.number("iterations")).ok()?;
            }
            Some(told(&key::<RootKey>(case).derive_wrapping(&wrapping_place(case)).ok()?))
        }
        "backup" => Some(told(&key::<RootKey>(case).derive_backup(&backup(case)).ok()?)),
        "purpose" => match case.get("purpose") {
            "data-wrap" => purpose::<DataWrapKey>(case),
            "record" => purpose::<RecordKey>(case),
            "audit" => purpose::<AuditKey>(case),
            other => panic!("{}: purpose: {other}", case.name),
        },
        "lock" => {
            let (instance, owner) = (case.array("instance"), case.array("owner"));
            Some(told(&LockKey::derive(&case.bytes("code"), &instance, &owner).ok()?))
        }
        "index" => Some(to_hex(&key::<IndexKey>(case).hash(&case.bytes("label"), &case.bytes("data")))),
        "signature" => {
            let signer = key::<SigningKey>(case);
            let (public, signature) = (signer.public().ok()?, signer.sign(&case.bytes("message")).ok()?);
            Some(to_hex(&[&public.bytes()[..], &signature].concat()))
        }
        other => panic!("{}: derive: {other}", case.name),
    }
}

fn purpose<K: PurposeKey>(case: &Case) -> Option<String> {
    let made: K = key::<OwnerKey>(case).derive(&case.array("owner"), case.number("generation")).ok()?;
    Some(told(&made))
}

fn told(key: &impl KeyMaterial) -> String {
    to_hex(key.slot().bytes())
}
