//! When memory that is free goes back to the system.
//!
//! The binary's allocator (mimalloc, chosen in `main.rs`) keeps what is freed for a second, so that a server under load is not given the
//! same pages again and again, zeroed each time: that was a quarter of what a read cost in the kernel. But it looks at that second only when
//! somebody allocates a good deal, and a server that had much to do and then nothing would keep what it needed. So the server asks it to,
//! every few seconds.
#![expect(
    unsafe_code,
    reason = "the allocator has no safe interface; one call of it, without arguments that could be wrong"
)]

/// Gives back what has become free. Where another allocator is in use, which is in tests, it does nothing to that one.
pub(crate) fn give_back() {
    // SAFETY: may be called from any thread at any time; it touches what this thread has freed, and pages that nobody has.
    unsafe { libmimalloc_sys::mi_collect(true) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: usize = 1024;
    const BLOCK_BYTES: usize = 32 * 1024;

    fn resident_bytes() -> usize {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap().saturating_mul(4096)
    }

    #[test]
    fn what_is_free_is_given_back_when_it_is_asked_to() {
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
        let kept = resident_bytes();
        give_back();
        let left = resident_bytes();
        // The control is `kept`: had it gone back by itself, as much would be left.
        assert!(left + BLOCKS * BLOCK_BYTES / 2 < kept, "{kept} bytes before, {left} after");
    }
}
