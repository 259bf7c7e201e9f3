//! The one door for plaintext.

use crate::access::{Permit, Place};
use crate::action::Action;
use crate::audit::Receipt;
use crate::fault::Corrupt;
use crate::secret::Secret;

#[cfg(feature = "testkit")]
pub(super) use sealed::stored;
pub(super) use sealed::{Kind, Row, SealedVersion};

mod sealed;

/// Opens one version of a secret. The only function in Coffer that does.
///
/// It takes by value a proof that somebody may (made only by `access`) and a proof that the entry which says so is durable (made
/// only by `audit`), and checks that all three name the same tenant, path and version.
///
/// # Errors
/// [`Corrupt`] when they do not name the same, or the version does not open.
pub(crate) fn disclose(sealed: SealedVersion, permit: Permit, receipt: Receipt) -> Result<Secret, Corrupt> {
    let permitted = permit.tenant() == sealed.ring.owner()
        && matches!(permit.place(), Place::Secret(path) if *path == sealed.path)
        && matches!(permit.action(), Action::SecretGet | Action::SecretMerge | Action::FileOpen);
    let written = receipt.tenant() == sealed.ring.owner()
        && receipt.path() == sealed.path.as_str()
        && receipt.version() == Some(sealed.version);
    if !permitted || !written {
        return Err(Corrupt::new("a permit or receipt for something else"));
    }
    let value = sealed.open_value()?;
    Ok(Secret::new(sealed.path, sealed.version, value))
}
