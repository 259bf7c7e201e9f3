//! Salts do not repeat: not in ten million, not after a restart.

use std::collections::HashSet;
use std::thread;

use crate::chunked::{SALT_LEN, fresh_salt};
use crate::environment::{is_child, run_child};
use crate::keys::DataKey;
use crate::place::Value;
use crate::seal;

#[test]
fn t_c5_ten_million_salts_do_not_repeat() {
    const DRAWS: usize = 10_000_000;
    const THREADS: usize = 4;
    // 63 of 192 bits each. Chance alone would fail this once in 180,000 runs.
    let draw = || {
        let mut by_first_byte = vec![Vec::new(); 256];
        for _ in 0..DRAWS / THREADS {
            let print = u64::from_be_bytes(*fresh_salt().unwrap().first_chunk().unwrap()) | 1;
            by_first_byte[usize::from(print.to_be_bytes()[0])].push(print);
        }
        by_first_byte
    };
    let drawn: Vec<Vec<Vec<u64>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(draw)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // Salts that begin alike are compared together: a table for 40,000 fits in a cache, one for all does not.
    let mut compared = 0;
    for first_byte in 0..256 {
        let mut seen = vec![0_u64; 1 << 16];
        for &print in drawn.iter().flat_map(|thread| &thread[first_byte]) {
            let mut at = usize::try_from(print >> 40 & 0xFFFF).unwrap();
            while seen[at] != 0 {
                assert_ne!(seen[at], print, "a salt came twice");
                at = (at + 1) % seen.len();
            }
            seen[at] = print;
            compared += 1;
        }
    }
    assert_eq!(compared, DRAWS);
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
        let printed = run_child("random::tests::print_salts");
        salts.extend(printed.lines().filter_map(|line| line.strip_prefix("salt ").map(str::to_owned)));
    }
    assert_eq!(salts.len(), 8 * 100);
}

/// The child of the test above.
#[test]
fn print_salts() {
    if !is_child() {
        return;
    }
    println!();
    for _ in 0..100 {
        println!("salt {:02x?}", fresh_salt().unwrap());
    }
}
