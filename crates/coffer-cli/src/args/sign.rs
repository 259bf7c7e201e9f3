//! The verbs about a server itself: signing in and out, sealing and unsealing.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::error::{CliError, Exit};
use crate::prompt::Source;

/// `coffer login`
#[derive(Debug, Args)]
#[command(
    after_help = "With a one-time code, unless it is said with what. An owner makes the code with `coffer member code NAME`. It is good once. The token that it is changed\n\
    for is kept in a file that is yours alone, for this address and tenant, and is shown to no other. A code\n\
    that is good for the instance too, such as the first owner's, signs in to both.\n\n\
    A member who has set a password (`coffer password`) shows that with --user, and a code where there is a second factor\n\
    (`coffer factor`): whoever types the password is asked for it when it is refused alone.\n\
    A program has a client id and a secret, which an owner makes with `coffer client-secret create`.\n\nExamples:\n  coffer login --addr https://vault.example.com\n  coffer login --file code --tenant acme\n  coffer login --user maya\n  coffer login --client-id 0f3a.. --file secret\n  \
    coffer login --jwt --file /var/run/secrets/tokens/coffer    a pod, or a CI job, with the token that it was given\n  \
    coffer login --certificate machine.pem --key machine.key    the token is good only where they are shown: COFFER_CLIENT_CERTIFICATE, COFFER_CLIENT_KEY"
)]
pub struct Login {
    /// Where the code, or the secret, comes from.
    #[command(flatten)]
    pub from: SecretFrom,
    /// As this client, with a client secret
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// As this member, with a password
    #[arg(long, value_name = "NAME", conflicts_with = "client_id")]
    pub user: Option<String>,
    /// And with a code of the second factor: at a prompt, or as the second line with --stdin
    #[arg(long, requires = "user")]
    pub totp: bool,
    /// Read that code from a file
    #[arg(long, value_name = "FILE", requires = "user", conflicts_with = "totp")]
    pub totp_file: Option<PathBuf>,
    /// With a token of an issuer that is trusted (RFC 7519), and not with a code
    #[arg(long, conflicts_with_all = ["client_id", "user"])]
    pub jwt: bool,
    /// What that issuer is called, where no other is meant
    #[arg(long, value_name = "NAME", requires = "jwt")]
    pub issuer: Option<String>,
    /// With this client certificate, in PEM with what leads to its authority, and not with a code
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with_all = ["client_id", "user", "jwt", "source"])]
    pub certificate: Option<PathBuf>,
    /// And its key, in PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// What the certificate's authority is called, where no other is meant
    #[arg(long, value_name = "NAME", requires = "certificate")]
    pub authority: Option<String>,
    /// To the instance only, and not to the tenant
    #[arg(long)]
    pub instance: bool,
}

/// `coffer password`
#[derive(Debug, Args)]
#[command(
    after_help = "Who signs in with a code for the first time, or has forgotten it, says --without-old. Whoever is signed in with the old one\n\
    anywhere is signed out.\n\nExamples:\n  coffer password\n  coffer password --without-old --file new"
)]
pub struct Password {
    /// Where the new one comes from.
    #[command(flatten)]
    pub from: SecretFrom,
    /// Read the old one from a file
    #[arg(long, value_name = "FILE", conflicts_with = "without_old")]
    pub old_file: Option<PathBuf>,
    /// There is no old one, or it is forgotten: for who is signed in with a code
    #[arg(long)]
    pub without_old: bool,
    /// That of the instance's member, and not of the tenant's
    #[arg(long)]
    pub instance: bool,
}

/// `coffer logout`
#[derive(Debug, Args)]
#[command(
    after_help = "The token is ended at the server, and forgotten here; that of the instance too.\n\nExample:\n  coffer logout --addr https://vault.example.com"
)]
pub struct Logout {
    /// From the instance only, and not from the tenant
    #[arg(long)]
    pub instance: bool,
}

/// `coffer seal`
#[derive(Debug, Args)]
#[command(
    after_help = "The server forgets its keys, and answers nothing until somebody unseals it. With a token of the instance's.\n\nExample:\n  coffer seal --addr https://vault.example.com"
)]
pub struct Seal {
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `coffer unseal`
#[derive(Debug, Args)]
#[command(
    after_help = "Takes a passphrase, that of a recovery kit too, or a key file of the server's store. No token is needed.\n\
    MASTER_SECRET_KEY and MASTER_SECRET_KEY_FILE are used when they are set and nothing else is said.\n\nExamples:\n  coffer unseal --addr https://vault.example.com\n  \
    coffer unseal --key-file /media/usb/master.key"
)]
pub struct Unseal {
    /// With this key file
    #[arg(long, value_name = "FILE", group = "source")]
    pub key_file: Option<PathBuf>,
    /// Where the passphrase comes from.
    #[command(flatten)]
    pub from: SecretFrom,
}

/// Where a secret comes from that somebody has already; a hidden prompt when nothing is said.
#[derive(Debug, Clone, Args)]
pub struct SecretFrom {
    /// Read it from stdin
    #[arg(long, group = "source")]
    pub stdin: bool,
    /// Read it from a file
    #[arg(long, value_name = "FILE", group = "source")]
    pub file: Option<PathBuf>,
    /// What people write here is the secret.
    #[arg(hide = true, num_args = 0.., value_name = "SECRET")]
    pub refused: Vec<OsString>,
}

impl SecretFrom {
    /// The source that the flags name; `None` when they name none.
    ///
    /// # Errors
    /// `value.in_arguments` when the secret stands among the arguments; it is not repeated.
    pub fn source(&self) -> Result<Option<Source>, CliError> {
        if !self.refused.is_empty() {
            return Err(CliError::new(
                Exit::Usage,
                "value.in_arguments",
                "it is never taken from the command line: other users see it while it runs, and the shell keeps it",
                "leave it out to be asked, or use --stdin or --file; and take it as known to others",
            ));
        }
        let stdin = self.stdin.then_some(Source::Stdin);
        Ok(stdin.or_else(|| self.file.clone().map(Source::File)))
    }
}
