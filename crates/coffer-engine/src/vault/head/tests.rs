use std::collections::BTreeMap;

use coffer_encryption::{IndexKey, OwnerKey, SecretBytes};

use super::{Head, NewVersion, State, VersionRecord};
use crate::identity::IdentityId;
use crate::limits::{MARKS_MAX, MESSAGES_MAX_BYTES, REMARK_MAX_BYTES, VERSIONS_MAX};
use crate::message::Message;
use crate::secret::Value;
use crate::storage::cache::opened_bytes;
use crate::storage::keyring::{Generation, KeyRing};
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::vault::marks::Marks;
use crate::version::{VersionNumber, Which};
use crate::version_name::{Consumer, Label, VersionName};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn ring() -> KeyRing {
    let owner = TenantId::from_bytes([1; 16]);
    let generation = Generation::derive(&OwnerKey::generate().unwrap(), owner, 1).unwrap();
    KeyRing::new([9; 16], owner, IndexKey::generate().unwrap(), generation, [])
}

fn add(head: &mut Head, ring: &KeyRing, value: &Value) -> VersionNumber {
    add_saying(head, ring, value, None)
}

fn add_saying(head: &mut Head, ring: &KeyRing, value: &Value, message: Option<&str>) -> VersionNumber {
    let fields = matches!(value, Value::Fields(_));
    let message = message.map(|text| Message::parse(text).unwrap());
    let (marks, names) = (Marks::of(ring, value), Marks::of_names(ring, value));
    let size = value.size() as u64;
    let new = NewVersion { fields, marks, names, file: None, size, template: None, message };
    head.add_version(IdentityId::from_bytes([7; 16]), NOW, new)
}

fn of_fields(count: usize) -> Value {
    let field = |at: usize| (format!("F{at}"), SecretBytes::copy_from(at.to_string().as_bytes()));
    Value::Fields((0..count).map(field).collect::<BTreeMap<_, _>>())
}

fn marked(head: &Head) -> Vec<u64> {
    let marked = head.versions.iter().filter(|(_, version)| version.marks.is_some());
    marked.map(|(number, _)| number.get()).collect()
}

#[test]
fn what_is_destroyed_has_no_mark_to_try_guesses_on() {
    let (ring, mut head) = (ring(), Head::new("a/b", [1; 16], NOW));
    let first = add(&mut head, &ring, &Value::text("one"));
    add(&mut head, &ring, &Value::text("two"));
    assert_eq!(marked(&head), [1, 2]);
    assert_eq!(head.destroy(first, NOW), Ok(true));
    assert_eq!(marked(&head), [2]);
}

/// Undone to it, its consumer was told that there is no such version.
#[test]
fn no_undo_goes_back_to_a_name_of_a_version_that_was_outlived() {
    let (ring, mut head) = (ring(), Head::new("a/b", [1; 16], NOW));
    let (billing, stable) = (Consumer::parse("billing").unwrap(), Label::parse("stable").unwrap());
    let first = add(&mut head, &ring, &Value::text("0"));
    for version in 1..VERSIONS_MAX {
        add(&mut head, &ring, &Value::text(&version.to_string()));
    }
    for name in [VersionName::Consumer(billing.clone()), VersionName::Label(stable.clone())] {
        head.name(&name, Some(first)).unwrap();
        head.name(&name, None).unwrap();
    }
    add(&mut head, &ring, &Value::text("one too many"));
    assert_eq!(head.outlived().first().map(|(number, _)| *number), Some(first));
    for _ in 0..10 {
        assert_eq!(head.undo(), Ok(true));
        let at = |which| head.version(&which, IdentityId::from_bytes([7; 16]));
        assert_eq!(
            at(Which::Consumer(billing.clone())),
            head.current(),
            "nothing is pinned: the current one"
        );
        assert_eq!(head.names_of(first), (Vec::new(), Vec::new()));
        assert_eq!(at(Which::Label(stable.clone())), None);
    }
}

#[test]
fn a_head_of_many_fields_keeps_the_newest_marks() {
    let (ring, mut head) = (ring(), Head::new("a/b", [1; 16], NOW));
    for _ in 0..6 {
        add(&mut head, &ring, &of_fields(1024));
    }
    assert_eq!(marked(&head), [3, 4, 5, 6], "4 times 1024 are {MARKS_MAX}");
    add(&mut head, &ring, &Value::text("one"));
    assert_eq!(marked(&head), [4, 5, 6, 7]);
}

#[test]
fn a_head_of_long_messages_keeps_the_newest() {
    let (ring, mut head) = (ring(), Head::new("a/b", [1; 16], NOW));
    let (long, value) = ("x".repeat(REMARK_MAX_BYTES), Value::text("one"));
    for _ in 0..10 {
        add_saying(&mut head, &ring, &value, Some(&long));
    }
    let said = |head: &Head| head.versions.iter().filter(|(_, version)| version.message.is_some()).count();
    assert_eq!(said(&head), MESSAGES_MAX_BYTES / REMARK_MAX_BYTES);
    assert_eq!(said(&head), 8);
    add(&mut head, &ring, &value);
    assert_eq!(said(&head), 8, "none is no message");
    assert_eq!(head.versions.newest().unwrap().1.message, None);
}

/// It was weighed as a third of what it took up, and a server held more than twice what bounds it.
#[test]
fn the_cache_weighs_a_head_of_many_versions_as_what_it_takes_up() {
    let (ring, mut head) = (ring(), Head::new("a/b", [1; 16], NOW));
    let version = size_of::<(VersionNumber, VersionRecord)>() + 8;
    let taken = |head: &Head| head.versions.len() * version + head.undo_steps() * size_of::<State>();
    let weighed = |head: &Head| opened_bytes(minicbor::len(head));
    let few = (taken(&head), weighed(&head));
    for _ in 0..VERSIONS_MAX {
        add(&mut head, &ring, &Value::text("one of many"));
        let (taken, weighed) = (taken(&head) - few.0, weighed(&head) - few.1);
        assert!((taken * 2 / 3..=taken * 3 / 2).contains(&weighed), "{taken} bytes, weighed as {weighed}");
    }
}
