use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Ring, Sealed, kinds};

/// What is only ever a part of a record.
const PARTS: [&str; 48] = [
    "Algorithm",
    "Allowed",
    "Attached",
    "Before",
    "BindingRecord",
    "ClaimPatterns",
    "Classification",
    "Conditions",
    "FileInfo",
    "Grant",
    "GroupBody",
    "GroupRef",
    "HeadUnlocker",
    "Hours",
    "IdentityKind",
    "IssuerState",
    "Lease",
    "LockedKey",
    "ManifestLog",
    "Marks",
    "MediaType",
    "MemberUndone",
    "Metadata",
    "Method",
    "NamePattern",
    "Network",
    "OnExpiry",
    "Override",
    "Parameters",
    "PathPattern",
    "PolicyBody",
    "Power",
    "Proof",
    "Quota",
    "Rights",
    "RoleBody",
    "Rule",
    "RulePattern",
    "Signed",
    "State",
    "Step",
    "Summary",
    "TenantSettings",
    "TenantUndone",
    "UnlockerKind",
    "VersionNumber",
    "VersionRecord",
    "Violation",
];

#[test]
fn every_kind_that_is_stored_is_fuzzed() {
    let mut decoded = BTreeSet::new();
    look(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut decoded);
    let kinds: BTreeSet<String> = kinds().iter().map(|kind| kind.name.to_owned()).collect();
    let listed: BTreeSet<String> = kinds.iter().cloned().chain(PARTS.map(str::to_owned)).collect();
    // A value is read by hand, and derives nothing.
    assert_eq!(decoded, &listed - &BTreeSet::from(["Value".to_owned()]));
    assert_eq!(kinds.len().saturating_add(PARTS.len()), listed.len());
    for kind in &kinds {
        let seed =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/record").join(kind.to_lowercase());
        assert!(seed.exists(), "{} is no seed", seed.display());
    }
}

/// The types in a folder of sources that CBOR is decoded to.
fn look(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("#[derive(") && line.contains(" Decode,") {
                let named =
                    lines.find_map(|line| line.split_once("struct ").or_else(|| line.split_once("enum ")));
                let (_, name) = named.unwrap();
                found.insert(name.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned());
            }
        }
    }
}

/// The seeds are what they are called, so that the fuzzer begins inside and not in front of the door.
#[test]
fn the_seeds_of_records_are_read() {
    for kind in kinds() {
        let seed =
            format!("{}/../../fuzz/corpus/record/{}", env!("CARGO_MANIFEST_DIR"), kind.name.to_lowercase());
        let seed = fs::read(seed).unwrap();
        let bytes = seed.strip_prefix(format!("{}\n", kind.name).as_bytes()).unwrap();
        assert!((kind.reread)(bytes).is_some(), "{}", kind.name);
    }
}

#[test]
fn what_is_sealed_opens_in_its_place_alone() {
    let ring = Ring::draw().unwrap();
    let leaves = vec![b"a".to_vec(), Vec::new()];
    let pack = ring.seal_pack(&leaves).unwrap();
    assert_eq!(ring.open_pack(&pack), Some(leaves.clone()));
    assert_eq!(ring.open_row(&pack), None);
    let row = ring.seal_row(&leaves).unwrap();
    assert_eq!(ring.open_row(&row), Some(leaves));
    assert!(ring.opens(&pack) && ring.opens(&row), "the control");
    assert!(!ring.opens(&Sealed { revision: [3; 16], ..pack }));
}
