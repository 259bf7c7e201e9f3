//! The laws that types keep: each case here is an attempt to break one, and must not compile.
//!
//! `laws/outside` stands outside the crate. `laws/inside` stands within: each case is the engine itself, all its modules, and an
//! intruder among them who tries what no module but one may do.
#![cfg(test)]
#![cfg(feature = "testkit")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use coffer_encryption::SecretBytes;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::version::Which;

#[test]
fn nobody_forges_a_permit_a_receipt_or_a_secret() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/laws/outside/*.rs");
    cases.compile_fail("tests/laws/inside/*.rs");
}

/// The cases inside are only worth something while they hold the whole engine.
#[test]
fn the_cases_inside_hold_every_module_of_the_engine() {
    let code = |name: &str| {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
        let line =
            |line: &str| (!line.starts_with("//") && !line.starts_with("#[path")).then(|| line.to_owned());
        text.lines().filter_map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(code("src/lib.rs"), code("tests/laws/engine.rs"), "a new module goes into both");
}

/// Nothing outside `vault` can name the door at all (a case inside shows it). What it asks of `vault` itself is said here.
#[test]
fn the_door_asks_for_a_permit_and_a_receipt_and_keeps_both() {
    let door =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vault/disclose/mod.rs")).unwrap();
    let signature =
        "fn disclose(sealed: SealedVersion, permit: Permit, receipt: Receipt) -> Result<Secret, Corrupt> {";
    assert!(door.contains(signature));
    let of_file = "fn disclose_file(
    sealed: SealedVersion,
    file: FileInfo,
    permit: Permit,
    receipt: Receipt,
) -> Result<Content, Corrupt> {";
    assert!(door.contains(of_file));
    let check = "fn allowed(sealed: SealedVersion, permit: Permit, receipt: Receipt) -> Result<SealedVersion, Corrupt> {";
    assert!(door.contains(check));
    assert_eq!(door.matches("fn ").count(), 3, "one door, for values and for files, and its lock");
    assert_eq!(door.matches("allowed(sealed, permit, receipt)?").count(), 2, "neither goes past the lock");
}

#[test]
fn debug_shows_nothing_of_a_value() {
    const MARKED: &str = "marked-value-0123456789";
    let fields = BTreeMap::from([("user".to_owned(), SecretBytes::copy_from(MARKED.as_bytes()))]);
    let shown = [
        format!("{:?} {:#?}", Value::text(MARKED), Value::text(MARKED)),
        format!("{:?}", Value::Fields(fields)),
        block_on(async {
            let vault = TestVault::in_memory().await.unwrap();
            vault.set("dev/URL", MARKED).await.unwrap();
            let path = SecretPath::parse("dev/URL").unwrap();
            let secret = vault.vault.get(&TestVault::op().unwrap(), &path, Which::CURRENT).await.unwrap();
            assert!(matches!(secret.value(), Value::Bytes(bytes) if bytes.same_as(MARKED.as_bytes())));
            format!("{secret:?} {:?} {:#?} {:?}", secret.value(), secret, vault.vault)
        }),
    ];
    for text in shown {
        assert!(
            !text.contains("marked") && !text.contains("109, 97, 114") && !text.contains("user"),
            "{text}"
        );
    }
}
