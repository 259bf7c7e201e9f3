//! Where keys lie: 32-byte slots in pages that are locked into memory. The only `unsafe` of a release, but for
//! a call of the binary's allocator.
//!
//! A page is mapped on its own, kept out of swap (`mlock(2)`), out of core dumps (`MADV_DONTDUMP`) and out of forked
//! children (`MADV_WIPEONFORK`: a child reads zeros; children that `exec` see nothing in any case). Slots are wiped
//! when they come back, and used again.
//!
//! # Invariants
//!
//! * A slot has one owner; nobody else holds its address. Pages are never unmapped once slots were handed out.
//! * No `mlockall(2)`: containers refuse it, and it would lock caches too. When locking is refused, or more than
//!   `PAGES_MAX` pages are needed, a slot is plain memory, wiped all the same, and [`locking`] says so.
//! * Advice the kernel does not know is not an error: an unlocked slot would be worse than a dumpable one.
#![expect(unsafe_code, reason = "mapping and locking pages has no safe interface; nothing else does this")]

use std::ptr;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mlock, mmap_anonymous, munmap};
use zeroize::Zeroize;

/// What happened to the keys so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// Every long-lived key was put in locked memory.
    Locked,
    /// The system refused to lock memory, or no more than the limit is locked: some keys may reach swap.
    /// Raise `RLIMIT_MEMLOCK`, or run without swap or with encrypted swap.
    Refused,
}

/// Whether every key of this process was put in locked memory so far.
#[must_use]
pub fn locking() -> Locking {
    if pool().refused { Locking::Refused } else { Locking::Locked }
}

/// 32 bytes with one owner, zero at first, wiped at the end. Public in name only: see the traits of the keys.
pub struct Slot(Home);

impl Slot {
    /// A slot in locked memory if the system allows it.
    pub(crate) fn locked() -> Self {
        match pool().take() {
            Some(address) => Self(Home::Locked(address)),
            None => Self::plain(),
        }
    }

    /// A slot in plain memory, for keys that live as long as one call.
    pub(crate) fn plain() -> Self {
        Self(Home::Plain(Box::new([0; SLOT_LEN])))
    }

    pub(crate) fn bytes(&self) -> &[u8; SLOT_LEN] {
        match &self.0 {
            // SAFETY: the address points into a page that is never unmapped, is initialised (the kernel gives zeros),
            // and belongs to this slot alone; `&self` keeps it from being written meanwhile.
            Home::Locked(address) => unsafe { address.0.as_ref() },
            Home::Plain(bytes) => bytes,
        }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; SLOT_LEN] {
        match &mut self.0 {
            // SAFETY: as in `bytes`; `&mut self` makes this the only reference.
            Home::Locked(address) => unsafe { address.0.as_mut() },
            Home::Plain(bytes) => bytes,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.bytes_mut().zeroize();
        if let Home::Locked(address) = &self.0 {
            pool().free.push(Address(address.0));
        }
    }
}

/// 128 slots a page.
const SLOT_LEN: usize = 32;
const PAGE_LEN: usize = 4096;
const SLOTS_A_PAGE: usize = PAGE_LEN / SLOT_LEN;

/// 256 KiB, 8192 keys: well below the 8 MiB that Linux lets a process lock, more than the key cache holds.
const PAGES_MAX: usize = 64;

enum Home {
    Locked(Address),
    Plain(Box<[u8; SLOT_LEN]>),
}

/// The address of one slot of a locked page.
struct Address(NonNull<[u8; SLOT_LEN]>);

// SAFETY: an address is plain memory owned by one `Slot` or by the pool, not tied to a thread.
unsafe impl Send for Address {}
// SAFETY: through `&Slot` the memory is only read.
unsafe impl Sync for Address {}

struct Pool {
    free: Vec<Address>,
    pages: usize,
    /// Set once and kept: asking again for each key would cost three system calls to be told the same.
    refused: bool,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { free: Vec::new(), pages: 0, refused: false });

fn pool() -> MutexGuard<'static, Pool> {
    // The pool is whole between any two statements, so a panic elsewhere does not spoil it.
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    fn take(&mut self) -> Option<Address> {
        if self.free.is_empty() {
            self.grow();
        }
        self.free.pop()
    }

    fn grow(&mut self) {
        let page = if self.refused || self.pages >= PAGES_MAX { None } else { locked_page() };
        let Some(first) = page else {
            self.refused = true;
            return;
        };
        self.pages = self.pages.saturating_add(1);
        self.free.extend((0..SLOTS_A_PAGE).map(|index| {
            // SAFETY: `index` counts whole slots inside the page just mapped.
            Address(unsafe { first.add(index) })
        }));
    }
}

/// A fresh zeroed page that stays in memory, or nothing when the system refuses.
fn locked_page() -> Option<NonNull<[u8; SLOT_LEN]>> {
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: without an address wish the kernel picks memory nobody uses.
    let page = unsafe { mmap_anonymous(ptr::null_mut(), PAGE_LEN, access, MapFlags::PRIVATE) }.ok()?;
    // SAFETY: the page was mapped just now with this length, and nothing refers to it yet.
    unsafe {
        if mlock(page, PAGE_LEN).is_err() {
            let _gone_either_way = munmap(page, PAGE_LEN);
            return None;
        }
        let _best_effort = madvise(page, PAGE_LEN, Advice::LinuxDontDump);
        let _best_effort = madvise(page, PAGE_LEN, Advice::LinuxWipeOnFork);
    }
    NonNull::new(page.cast())
}

#[cfg(test)]
pub(crate) mod tests;
