//! When memory that is free goes back to the system.
//!
//! The binary's allocator (mimalloc, chosen in `main.rs`) keeps what is freed for a second, so that a server under load is not given the
//! same pages again and again, zeroed each time: that was a quarter of what a read cost in the kernel. But it looks at that second only when
//! somebody allocates a good deal, and a server that had much to do and then nothing would keep what it needed. So the server asks it to,
//! every few seconds.
//!
//! It gives back what the thread that asks has freed, and no other's, nor what others have freed that this thread had allocated. So each
//! thread asks, in its next pause; after a load, a server kept more of that than it needed itself.
#![expect(
    unsafe_code,
    reason = "the allocator has no safe interface; one call of it, without arguments that could be wrong"
)]

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often it was time to.
static TIMES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// How often it had been time to when this thread did last.
    static DONE: Cell<u64> = const { Cell::new(0) };
}

/// It is time to: each thread gives back what it can in its next pause.
pub(crate) fn give_back() {
    TIMES.fetch_add(1, Ordering::Relaxed);
    in_a_pause();
}

/// What a thread does that has nothing to do just now: where it is time to, it gives back what has become free of what it had.
pub(crate) fn in_a_pause() {
    let times = TIMES.load(Ordering::Relaxed);
    if DONE.replace(times) != times {
        collect();
    }
}

/// Where another allocator is in use, which is in tests, it does nothing to that one.
fn collect() {
    // SAFETY: may be called from any thread at any time; it touches what this thread has freed, and pages that nobody has.
    unsafe { libmimalloc_sys::mi_collect(true) };
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    const BLOCKS: usize = 1024;
    const BLOCK_BYTES: usize = 32 * 1024;
    const HALF: usize = BLOCKS * BLOCK_BYTES / 2;

    fn resident_bytes() -> usize {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap().saturating_mul(4096)
    }

    /// Takes a good deal of memory, writes to it, and frees it.
    fn use_some() {
        let blocks: Vec<_> = (0..BLOCKS)
            .map(|_| {
                // SAFETY: any size may be asked for; it is freed below, once.
                let block = unsafe { libmimalloc_sys::mi_malloc(BLOCK_BYTES) }.cast::<u8>();
                assert!(!block.is_null());
                // SAFETY: so many bytes were allocated there.
                unsafe { block.write_bytes(1, BLOCK_BYTES) };
                block
            })
            .collect();
        for block in blocks {
            // SAFETY: from `mi_malloc`, and not used any more.
            unsafe { libmimalloc_sys::mi_free(block.cast()) };
        }
    }

    #[test]
    fn what_is_free_is_given_back_when_it_is_asked_to() {
        use_some();
        let kept = resident_bytes();
        in_a_pause();
        // The control: had it gone back by itself, or in any pause, as much would be left.
        assert!(resident_bytes() + HALF > kept, "it is not time to");
        give_back();
        let left = resident_bytes();
        assert!(left + HALF < kept, "{kept} bytes before, {left} after");
    }

    #[test]
    fn each_thread_gives_back_what_it_had() {
        let (go_on, told) = channel();
        let (says, said) = channel();
        let thread = thread::spawn(move || {
            use_some();
            says.send(()).unwrap();
            told.recv().unwrap();
            in_a_pause();
            says.send(()).unwrap();
            // It lives on: one that ends has given everything back.
            told.recv().unwrap();
        });
        said.recv().unwrap();
        let before = resident_bytes();
        give_back();
        let kept = resident_bytes();
        go_on.send(()).unwrap();
        said.recv().unwrap();
        let left = resident_bytes();
        go_on.send(()).unwrap();
        thread.join().unwrap();
        println!("{before} bytes, {kept} when another thread has given back, {left} when it has itself");
        assert!(left + HALF < kept, "{kept} bytes before, {left} after");
    }
}
