//! Salts do not repeat: not in ten million, not after a restart.

use std::collections::HashSet;
use std::process::Command;

use crate::chunked::{SALT_LEN, fresh_salt};
use crate::keys::DataKey;
use crate::place::Value;
use crate::seal;

#[test]
fn t_c5_ten_million_salts_do_not_repeat() {
    const DRAWS: usize = 10_000_000;
    // 63 of 192 bits each, in a table of 128 MiB. Chance alone would fail this once in 180,000 runs.
    let mut seen = vec![0_u64; 1 << 24];
    for _ in 0..DRAWS {
        let salt = fresh_salt().unwrap();
        let print = u64::from_be_bytes(*salt.first_chunk().unwrap()) | 1;
        let mut at = usize::try_from(print >> 40).unwrap();
        while seen[at] != 0 {
            assert_ne!(seen[at], print, "a salt came twice");
            at = (at + 1) % seen.len();
        }
        seen[at] = print;
    }
}

#[test]
fn t_c5_seal_draws_its_salt() {
    let key = DataKey::generate().unwrap();
    let place = Value { instance: [1; 16], tenant: [2; 16], secret: [3; 16], version: 4 };
    let salts: HashSet<Vec<u8>> =
        (0..10_000).map(|_| seal(&key, &place, b"same").unwrap()[10..10 + SALT_LEN].to_vec()).collect();
    assert_eq!(salts.len(), 10_000);
}

/// Processes that start alike draw different salts.
#[test]
fn t_c5_salts_do_not_repeat_after_a_restart() {
    let mut salts = HashSet::new();
    for _ in 0..8 {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "random::tests::print_salts", "--ignored", "--nocapture"])
            .output()
            .unwrap();
        assert!(child.status.success());
        let printed = String::from_utf8(child.stdout).unwrap();
        salts.extend(printed.lines().filter_map(|line| line.strip_prefix("salt ").map(str::to_owned)));
    }
    assert_eq!(salts.len(), 8 * 100);
}

#[test]
#[ignore = "the child of the test above"]
fn print_salts() {
    println!();
    for _ in 0..100 {
        println!("salt {:02x?}", fresh_salt().unwrap());
    }
}
