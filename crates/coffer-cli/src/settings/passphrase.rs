//! The passphrase: `MASTER_SECRET_KEY`, or the file that `MASTER_SECRET_KEY_FILE` names. And what a token has in common with it: a secret in
//! a variable, or in a file that a variable names.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use coffer_encryption::SecretBytes;
use zeroize::Zeroizing;

use super::environment::Environment;
use crate::error::{CliError, Exit};

/// Longest passphrase, in bytes.
pub const PASSPHRASE_MAX_BYTES: usize = 4096;

/// The passphrase, when one is set; taken out of `environment`, so it is there the first time only.
///
/// # Errors
/// `passphrase.twice` when both variables are set; `passphrase.empty`; `passphrase.too_long`; `passphrase.file_open`
/// when others may read the file; `file.failed` when it can't be read.
pub fn passphrase(environment: &mut Environment) -> Result<Option<SecretBytes>, CliError> {
    let given = environment.take_master_key();
    PASSPHRASE.of(given, environment)
}

const PASSPHRASE: Given = Given {
    what: "passphrase",
    variable: "MASTER_SECRET_KEY",
    file_variable: "MASTER_SECRET_KEY_FILE",
    instead: "use the key file",
    twice: "passphrase.twice",
    empty: "passphrase.empty",
    too_long: "passphrase.too_long",
    file_open: "passphrase.file_open",
};

/// A secret in a variable, or in a file that another variable names; and the codes of what can be wrong with it.
pub(super) struct Given {
    pub(super) what: &'static str,
    pub(super) variable: &'static str,
    pub(super) file_variable: &'static str,
    /// What is done without it.
    pub(super) instead: &'static str,
    pub(super) twice: &'static str,
    pub(super) empty: &'static str,
    pub(super) too_long: &'static str,
    pub(super) file_open: &'static str,
}

impl Given {
    /// The secret: `given` is what the variable held.
    pub(super) fn of(
        &self,
        given: Option<SecretBytes>,
        environment: &Environment,
    ) -> Result<Option<SecretBytes>, CliError> {
        let Self { variable, file_variable, .. } = self;
        match (given, environment.get(file_variable)) {
            (Some(_), Some(_)) => Err(CliError::new(
                Exit::Usage,
                self.twice,
                format!("{variable} and {file_variable} are both set"),
                "unset one of them; the file is the safer one, as a process's environment can be read while it runs",
            )),
            (None, None) => Ok(None),
            (Some(given), None) => self.checked(given, variable).map(Some),
            (None, Some(path)) => self.read(Path::new(path)).map(Some),
        }
    }

    /// The text of the file, without the newline that editors put at its end.
    fn read(&self, path: &Path) -> Result<SecretBytes, CliError> {
        let failed = |error| CliError::io(&format!("{} {}", self.file_variable, path.display()), &error);
        // The open file is asked, not its name: what is checked is what is read.
        let file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.mode();
        if mode & 0o077 != 0 {
            return Err(CliError::new(
                Exit::Refused,
                self.file_open,
                format!(
                    "{} is open to others: mode {:04o}, wanted 0600 or 0400",
                    path.display(),
                    mode & 0o7777
                ),
                format!("chmod 600 {}", path.display()),
            ));
        }
        // Room for all that is read: a vector that grows leaves copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(PASSPHRASE_MAX_BYTES.saturating_add(64)));
        let most = u64::try_from(PASSPHRASE_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(3);
        file.take(most).read_to_end(&mut text).map_err(failed)?;
        let line = text.strip_suffix(b"\n").unwrap_or(&text);
        self.checked(SecretBytes::copy_from(line.strip_suffix(b"\r").unwrap_or(line)), self.file_variable)
    }

    fn checked(&self, secret: SecretBytes, variable: &str) -> Result<SecretBytes, CliError> {
        let Self { what, instead, .. } = self;
        if secret.is_empty() {
            return Err(CliError::new(
                Exit::Usage,
                self.empty,
                format!("{variable} is set, and gives an empty {what}"),
                format!("unset {variable} to {instead}, or give it the {what}"),
            ));
        }
        if secret.len() > PASSPHRASE_MAX_BYTES {
            return Err(CliError::new(
                Exit::Usage,
                self.too_long,
                format!("{variable} gives more than {PASSPHRASE_MAX_BYTES} bytes"),
                format!("give it a {what}; is it the right file?"),
            ));
        }
        Ok(secret)
    }
}
