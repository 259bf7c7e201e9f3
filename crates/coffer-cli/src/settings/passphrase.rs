//! The passphrase: `MASTER_SECRET_KEY`, or the file that `MASTER_SECRET_KEY_FILE` names.

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
    match (given, environment.get("MASTER_SECRET_KEY_FILE")) {
        (Some(_), Some(_)) => Err(CliError::new(
            Exit::Usage,
            "passphrase.twice",
            "MASTER_SECRET_KEY and MASTER_SECRET_KEY_FILE are both set",
            "unset one of them; the file is the safer one, as a process's environment can be read while it runs",
        )),
        (None, None) => Ok(None),
        (Some(given), None) => checked(given, "MASTER_SECRET_KEY").map(Some),
        (None, Some(path)) => from_file(Path::new(path)).map(Some),
    }
}

/// The text of the file, without the newline that editors put at its end.
fn from_file(path: &Path) -> Result<SecretBytes, CliError> {
    let failed = |error| CliError::io(&format!("MASTER_SECRET_KEY_FILE {}", path.display()), &error);
    // The open file is asked, not its name: what is checked is what is read.
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.mode();
    if mode & 0o077 != 0 {
        return Err(CliError::new(
            Exit::Refused,
            "passphrase.file_open",
            format!("{} is open to others: mode {:04o}, wanted 0600 or 0400", path.display(), mode & 0o7777),
            format!("chmod 600 {}", path.display()),
        ));
    }
    // Room for all that is read: a vector that grows leaves copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(PASSPHRASE_MAX_BYTES.saturating_add(64)));
    let most = u64::try_from(PASSPHRASE_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(3);
    file.take(most).read_to_end(&mut text).map_err(failed)?;
    let line = text.strip_suffix(b"\n").unwrap_or(&text);
    checked(SecretBytes::copy_from(line.strip_suffix(b"\r").unwrap_or(line)), "MASTER_SECRET_KEY_FILE")
}

fn checked(passphrase: SecretBytes, variable: &str) -> Result<SecretBytes, CliError> {
    if passphrase.is_empty() {
        return Err(CliError::new(
            Exit::Usage,
            "passphrase.empty",
            format!("{variable} is set, and gives an empty passphrase"),
            format!("unset {variable} to use the key file, or give it the passphrase"),
        ));
    }
    if passphrase.len() > PASSPHRASE_MAX_BYTES {
        return Err(CliError::new(
            Exit::Usage,
            "passphrase.too_long",
            format!("{variable} gives more than {PASSPHRASE_MAX_BYTES} bytes"),
            "give it a passphrase; is it the right file?",
        ));
    }
    Ok(passphrase)
}
