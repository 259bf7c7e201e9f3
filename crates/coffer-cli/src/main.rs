//! The binary `coffer`. Everything is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    coffer_cli::start()
}
