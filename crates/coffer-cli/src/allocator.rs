//! The allocator of the binary, and how soon it gives memory back to the system.
#![expect(
    unsafe_code,
    reason = "the allocator's options have no safe interface; one is set, once, before anything else runs"
)]

/// What secret bytes lie in is wiped before it is given back, whatever allocator it came from.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc's `mi_option_e`, which the binding does not name.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Gives memory back as soon as it is free, instead of a second later: that second is only looked at when somebody allocates, so a server
/// that had much to do and then nothing would keep what it needed for as long as it has nothing to do. Under load it costs nothing that
/// could be measured, and a third less stays behind. `MIMALLOC_PURGE_DELAY` in the environment still says otherwise.
pub(crate) fn give_back_at_once() {
    // SAFETY: sets a number in a static table of the allocator; it is called from `main`, before there is another thread.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, 0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_is_the_delay_and_is_set() {
        // SAFETY: reads a number from a static table of the allocator.
        let milliseconds = || unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) };
        assert_eq!(milliseconds(), 1000, "the allocator's own: is it another option by now?");
        give_back_at_once();
        assert_eq!(milliseconds(), 0);
    }
}
