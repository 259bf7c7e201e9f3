//! T-C5, the part that needs a real `fork`: parent and child go on from the same memory, and their salts must part.
//!
//! CVE-2023-4680 and RUSTSEC-2026-0069 to 0071 are nonces that were used twice.
#![expect(unsafe_code, reason = "there is no safe fork; the child only seals, writes to a pipe, and leaves")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;

use coffer_encryption::{DataKey, Value, seal};

/// Salts that each side draws.
const DRAWS: usize = 1000;
/// Header, then salt.
const SALT: std::ops::Range<usize> = 10..34;

#[test]
fn t_c5_salts_part_after_a_fork() {
    let key = DataKey::generate().unwrap();
    let place = Value { instance: [1; 16], tenant: [2; 16], secret: [3; 16], version: 1 };
    let draw = || seal(&key, &place, b"x").unwrap()[SALT].to_vec();
    let before = draw();
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for two descriptors; each becomes the property of one `File` below.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
    // SAFETY: both descriptors were just made and belong to nobody else.
    let (mut reader, mut writer) = unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) };
    // SAFETY: the child touches nothing that another thread may hold but the allocator, which glibc mends after a fork.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let drawn: Vec<u8> = (0..DRAWS).flat_map(|_| draw()).collect();
        let written = writer.write_all(&drawn).is_ok();
        // SAFETY: leaves at once, without the harness's own end.
        unsafe { libc::_exit(i32::from(!written)) }
    }
    drop(writer);
    let mut seen: BTreeSet<Vec<u8>> = (0..DRAWS).map(|_| draw()).chain([before]).collect();
    let mut childs = Vec::new();
    reader.read_to_end(&mut childs).unwrap();
    assert_eq!(childs.len(), DRAWS * SALT.len());
    seen.extend(childs.chunks(SALT.len()).map(<[u8]>::to_vec));
    assert_eq!(seen.len(), 2 * DRAWS + 1, "a salt was drawn twice");
    // SAFETY: waits for the child made above.
    assert_eq!(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }, child);
}
