//! Slots are locked, kept out of dumps and children, wiped, used again; and what happens without locking.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use super::*;
use crate::environment::{is_child, run_child};
use crate::hardening::harden_process;

#[test]
fn slots_start_and_end_as_zeros() {
    let mut slot = Slot::locked();
    assert_eq!(slot.bytes(), &[0; 32]);
    slot.bytes_mut().fill(0xC4);
    let address = slot.bytes().as_ptr().addr();
    assert_eq!(memory_at(address, 32), [0xC4; 32]);
    drop(slot);
    // Another test may have been given the slot meanwhile, but never this content.
    assert_ne!(memory_at(address, 32), [0xC4; 32]);
}

#[test]
fn slots_do_not_overlap() {
    let mut slots: Vec<Slot> = (0..300).map(|_| Slot::locked()).collect();
    for (number, slot) in (0_u32..).zip(&mut slots) {
        slot.bytes_mut()[..4].copy_from_slice(&number.to_be_bytes());
    }
    for (number, slot) in (0_u32..).zip(&slots) {
        assert_eq!(slot.bytes()[..4], number.to_be_bytes());
        assert_eq!(slot.bytes()[4..], [0; 28]);
    }
}

#[test]
fn the_kernel_says_the_page_is_locked() {
    let slot = Slot::locked();
    if locking() == Locking::Refused {
        assert!(matches!(slot.0, Home::Plain(_)));
        return;
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let locked: usize = status
        .lines()
        .find_map(|line| line.strip_prefix("VmLck:")?.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap();
    assert!(locked >= 4, "{locked} kB");

    let flags = vm_flags(slot.bytes().as_ptr().addr());
    for flag in ["lo", "dd", "wf"] {
        assert!(flags.iter().any(|found| found == flag), "{flag} is not in {flags:?}");
    }
    // Control: ordinary memory has none of them.
    let flags = vm_flags(Slot::plain().bytes().as_ptr().addr());
    assert!(!flags.iter().any(|found| ["lo", "dd", "wf"].contains(&found.as_str())), "{flags:?}");
}

#[test]
fn beyond_the_limit_memory_is_plain_and_said_to_be() {
    run_child("memory::tests::child_beyond_the_limit");
}

/// The child of the test above: it uses up the pool.
#[test]
fn child_beyond_the_limit() {
    if !is_child() {
        return;
    }
    let most = PAGES_MAX.checked_mul(SLOTS_A_PAGE).unwrap();
    let slots: Vec<Slot> = (0..most).map(|_| Slot::locked()).collect();
    if locking() == Locking::Locked {
        assert!(slots.iter().all(|slot| matches!(slot.0, Home::Locked(_))));
    }
    let mut beyond = Slot::locked();
    assert!(matches!(beyond.0, Home::Plain(_)));
    assert_eq!(locking(), Locking::Refused);
    beyond.bytes_mut().fill(1);
    drop(slots);
    // What came back is used again, and the answer stays: a key was in plain memory once.
    let again: Vec<Slot> = (0..10).map(|_| Slot::locked()).collect();
    assert!(again.iter().all(|slot| slot.bytes() == &[0; 32]));
    assert_eq!(locking(), Locking::Refused);
}

#[test]
fn a_hardened_process_leaves_no_core() {
    run_child("memory::tests::child_hardened");
}

/// The child of the test above: it changes the process.
#[test]
fn child_hardened() {
    if !is_child() {
        return;
    }
    let limits =
        |file: String| file.lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
    let hardening = harden_process().unwrap();
    assert_eq!(hardening.locking, locking());
    assert_eq!(rustix::process::dumpable_behavior().unwrap(), rustix::process::DumpableBehavior::NotDumpable);
    let core = limits(fs::read_to_string("/proc/self/limits").unwrap());
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    // Children may still gain privileges.
    let status = fs::read_to_string("/proc/self/status").unwrap();
    assert!(status.lines().any(|line| line.split_whitespace().eq(["NoNewPrivs:", "0"])));
}

/// The bytes at an address of this process, whoever owns them now.
fn memory_at(address: usize, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    read_memory(address, &mut bytes);
    bytes
}

/// The same into a buffer from before a `drop`: one allocated after it may be the very memory in question, zeroed.
pub(crate) fn read_memory(address: usize, into: &mut [u8]) {
    let memory = File::open("/proc/self/mem").unwrap();
    memory.read_exact_at(into, u64::try_from(address).unwrap()).unwrap();
}

/// The `VmFlags` of the mapping that holds `address` (proc(5), `/proc/pid/smaps`).
fn vm_flags(address: usize) -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut holds = false;
    for line in maps.lines() {
        let range = line.split_whitespace().next().and_then(|word| word.split_once('-'));
        let bound = |text| usize::from_str_radix(text, 16).ok();
        if let Some((Some(start), Some(end))) = range.map(|(start, end)| (bound(start), bound(end))) {
            holds = (start..end).contains(&address);
        } else if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| holds) {
            return flags.split_whitespace().map(str::to_owned).collect();
        }
    }
    panic!("no mapping holds {address:#x}");
}
