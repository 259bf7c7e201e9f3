//! The one door for plaintext: a value goes through it whole, a file chunk by chunk.

use crate::access::{Permit, Place};
use crate::action::Action;
use crate::audit::Receipt;
use crate::content::FileInfo;
use crate::fault::Corrupt;
use crate::secret::Secret;

pub(super) use content::{Content, ContentSealer, PartFault, SealedContent, part_bytes, parts_of};
#[cfg(feature = "testkit")]
pub(super) use sealed::stored;
pub(super) use sealed::{Kind, Row, SealedVersion};

mod content;
mod sealed;

/// Opens one version of a secret. With [`disclose_file`] the only function in Coffer that does.
///
/// It takes by value a proof that somebody may (made only by `access`) and a proof that the entry which says so is durable (made
/// only by `audit`), and checks that all three name the same tenant, path and version.
///
/// # Errors
/// [`Corrupt`] when they do not name the same, or the version does not open.
pub(crate) fn disclose(sealed: SealedVersion, permit: Permit, receipt: Receipt) -> Result<Secret, Corrupt> {
    let sealed = allowed(sealed, permit, receipt)?;
    let value = sealed.open_value()?;
    Ok(Secret::new(sealed.path, sealed.version, value))
}

/// Opens one version that holds a file: its content then goes out chunk by chunk, each verified where it belongs.
///
/// # Errors
/// As [`disclose`].
pub(crate) fn disclose_file(
    sealed: SealedVersion,
    file: FileInfo,
    permit: Permit,
    receipt: Receipt,
) -> Result<Content, Corrupt> {
    allowed(sealed, permit, receipt)?.open_content(file)
}

/// The version, given back when permit and receipt are for it.
fn allowed(sealed: SealedVersion, permit: Permit, receipt: Receipt) -> Result<SealedVersion, Corrupt> {
    let permitted = permit.tenant() == sealed.ring.owner()
        && matches!(permit.place(), Place::Secret(path) if *path == sealed.path)
        && matches!(permit.action(), Action::SecretGet | Action::SecretMerge | Action::FileOpen);
    let written = receipt.tenant() == sealed.ring.owner()
        && receipt.path() == sealed.path.as_str()
        && receipt.version() == Some(sealed.version);
    if permitted && written {
        Ok(sealed)
    } else {
        Err(Corrupt::new("a permit or receipt for something else"))
    }
}
