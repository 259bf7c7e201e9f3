use std::collections::BTreeMap;

use coffer_encryption::{IndexKey, OwnerKey, SecretBytes};

use super::{Mark, Marks};
use crate::secret::Value;
use crate::storage::keyring::{Generation, KeyRing};
use crate::storage::record::{decode, encode};
use crate::tenant::TenantId;

fn ring(owner: u8) -> KeyRing {
    let owner = TenantId::from_bytes([owner; 16]);
    let generation = Generation::derive(&OwnerKey::generate().unwrap(), owner, 1).unwrap();
    KeyRing::new([9; 16], owner, IndexKey::generate().unwrap(), generation, [])
}

fn marks(ring: &KeyRing, value: &Value) -> Vec<Mark> {
    let marks = Marks::of(ring, value);
    let marks: Vec<Mark> = marks.iter().collect();
    marks
}

fn fields(fields: &[(&str, &str)]) -> Value {
    let field = |(name, value): &(&str, &str)| ((*name).to_owned(), SecretBytes::copy_from(value.as_bytes()));
    Value::Fields(fields.iter().map(field).collect::<BTreeMap<_, _>>())
}

#[test]
fn equal_values_of_a_tenant_have_one_mark_wherever_they_are() {
    let ring = ring(1);
    let one = marks(&ring, &Value::text("postgres://db"));
    assert_eq!(one, marks(&ring, &Value::text("postgres://db")));
    assert_ne!(one, marks(&ring, &Value::text("postgres://dB")));
    let many = marks(&ring, &fields(&[("z", "postgres://db"), ("a", "another"), ("m", "postgres://db")]));
    // In the order of names: a, m, z.
    assert_eq!(many.len(), 3);
    assert_eq!(many[1..], [one[0], one[0]]);
    assert_ne!(many[0], one[0]);
}

#[test]
fn two_tenants_have_nothing_in_common() {
    let value = Value::text("postgres://db");
    assert_ne!(marks(&ring(1), &value), marks(&ring(2), &value));
}

#[test]
fn short_values_say_so() {
    let ring = ring(1);
    let short = |text: &str| marks(&ring, &Value::text(text))[0].is_short();
    // Many, since a bit that is not set on purpose is right half of the time.
    for number in 0..64 {
        assert!(short(&format!("{number:07}")), "7 bytes");
        assert!(!short(&format!("{number:08}")), "8 bytes");
    }
    assert!(short(""));
}

#[test]
fn marks_are_stored_as_one_string_and_print_none() {
    let ring = ring(1);
    let made = Marks::of(&ring, &fields(&[("a", "1"), ("b", "2")]));
    let bytes = encode(&made);
    assert_eq!(bytes.len(), 1 + 2 * 8);
    assert_eq!(decode::<Marks>(&bytes).unwrap(), made);
    assert_eq!(format!("{made:?}"), "Marks(2)");
    assert_eq!(format!("{:?}", made.iter().next()), "Some(Mark(..))");
}

#[test]
fn fields_that_change_names_are_told_apart() {
    let ring = ring(1);
    let of = |value: &Value| Marks::of_names(&ring, value).map(|names| *names);
    let one = of(&fields(&[("a", "1"), ("b", "2")]));
    assert_eq!(one, of(&fields(&[("b", "1"), ("a", "2")])), "values don't count");
    for other in
        [fields(&[("a", "1"), ("c", "2")]), fields(&[("ab", "1")]), fields(&[("a", "1")]), Value::text("a")]
    {
        assert_ne!(one, of(&other));
    }
    assert_eq!(of(&Value::text("a")), None);
}
