//! The verb that makes a store for a server.

use std::path::PathBuf;

use clap::Args;

/// `coffer init`
#[derive(Debug, Args)]
#[command(
    after_help = "Makes a store that two things open, each by itself: the key file, and a recovery passphrase that is printed once, as a\n\
    kit to be kept on paper. There is no root token: the first owner, a member of the instance and of the tenant `default`,\n\
    signs in with a code that is good once, for an hour: `coffer login --addr URL`.\n\nExamples:\n  coffer init > kit.txt\n  coffer init --owner maya --kit /media/usb/kit.txt"
)]
pub struct Init {
    /// The first owner's name; that of your account unless said otherwise
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Write the kit to this file, which nobody else may read, and not to stdout
    #[arg(long, value_name = "FILE")]
    pub kit: Option<PathBuf>,
}
