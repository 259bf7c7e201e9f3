//! What is kept of what members could do.

use super::{MemberLine, Power};
use crate::access::{Grant, PathPattern, Role};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{GRANTS_MAX_BYTES, MEMBER_UNDO_MAX, MEMBER_UNDO_MAX_BYTES};

fn line() -> MemberLine {
    MemberLine::new(&MemberName::parse("maya").unwrap(), IdentityId::from_bytes([7; 16]))
}

/// A power of so many patterns of a thousand bytes.
fn large(patterns: usize) -> Power {
    let segments = vec!["x".repeat(199); 5].join("/");
    let grant = Grant::always(Role::Reader, PathPattern::parse(&segments).unwrap());
    Power {
        grants: vec![grant; patterns],
        disabled: false,
        policies: Vec::new(),
        groups: Vec::new(),
        expires_ms: None,
    }
}

#[test]
fn so_many_steps_are_kept_and_the_oldest_go_first() {
    let mut line = line();
    for grants in 0..MEMBER_UNDO_MAX + 3 {
        line.remember(large(grants % 2));
    }
    assert_eq!(line.undo_steps(), MEMBER_UNDO_MAX);
    assert_eq!(line.undo(), Some(large((MEMBER_UNDO_MAX + 2) % 2)), "the newest");
}

#[test]
fn large_ones_push_out_the_oldest_and_the_newest_stays() {
    let most = GRANTS_MAX_BYTES / 1000;
    let mut line = line();
    for _ in 0..MEMBER_UNDO_MAX {
        line.remember(large(most));
    }
    assert_eq!(line.undo_steps(), MEMBER_UNDO_MAX_BYTES / (most * 999));
    assert!(line.undo_steps() >= 3, "the newest are there");
}
