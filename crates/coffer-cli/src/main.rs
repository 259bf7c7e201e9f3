//! The binary `coffer`. Everything is in the library beside it.

mod allocator;

use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::give_back_at_once();
    coffer_cli::start()
}
