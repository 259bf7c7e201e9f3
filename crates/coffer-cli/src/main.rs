//! The binary `coffer`. Everything is in the library beside it.

use std::process::ExitCode;

/// What secret bytes lie in is wiped before it is given back, whatever allocator it came from.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    coffer_cli::start()
}
