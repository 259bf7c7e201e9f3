use std::collections::BTreeSet;
use std::sync::atomic::AtomicU32;

use super::SecretIds;

#[test]
fn one_lies_behind_the_other() {
    let ids = SecretIds::new().unwrap();
    let made: Vec<[u8; 16]> = (0..1000).map(|_| ids.next().unwrap()).collect();
    assert!(made.is_sorted());
    assert_eq!(made.iter().map(|id| &id[..6]).collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn none_is_made_twice() {
    // Of two processes, of two that are copies of each other, and of one that has begun anew.
    let (one, other) = (SecretIds::new().unwrap(), SecretIds::new().unwrap());
    let copy = SecretIds { process: one.process, made: AtomicU32::new(0) };
    let anew = SecretIds { process: one.process, made: AtomicU32::new(u32::MAX) };
    let all = [&one, &other, &copy, &anew];
    let made: BTreeSet<[u8; 16]> =
        all.iter().flat_map(|ids| (0..1000).map(|_| ids.next().unwrap())).collect();
    assert_eq!(made.len(), 4000);
}
