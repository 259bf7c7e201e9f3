//! What members read in place of the current version.

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::Head;
use crate::fault::Invalid;
use crate::identity::IdentityId;
use crate::limits::OVERRIDES_MAX;
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// A member's own value. It has a number as versions have, and is none of them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct Override {
    #[n(0)]
    pub(in crate::vault) number: VersionNumber,
    #[n(1)]
    pub(in crate::vault) created_ms: u64,
    /// Bytes of the value.
    #[n(2)]
    pub(super) size: u64,
}

impl Head {
    /// What this member reads in place of the current version.
    pub(in crate::vault) fn override_of(&self, who: IdentityId) -> Option<&Override> {
        self.overrides.get(&ByteArray::from(*who.bytes()))
    }

    /// Gives a member a value of his own, in place of the one that he had, whose number is returned.
    ///
    /// # Errors
    /// [`Invalid`] when too many have one.
    pub(in crate::vault) fn set_override(
        &mut self,
        who: IdentityId,
        now: Timestamp,
        size: u64,
    ) -> Result<(VersionNumber, Option<VersionNumber>), Invalid> {
        let number = self.next_number();
        let own = Override { number, created_ms: now.millis(), size };
        let before = self.overrides.insert((*who.bytes()).into(), own);
        if self.overrides.len() > OVERRIDES_MAX {
            return Err(Invalid::new(
                "override.too_many",
                "more than 64 members have a value of their own",
                "set it for all, or let those who need none take theirs away with `coffer override NAME --remove`",
            ));
        }
        self.last_override = Some(number);
        Ok((number, before.map(|own| own.number)))
    }

    /// Takes a member's own value away; its number.
    pub(in crate::vault) fn remove_override(&mut self, who: IdentityId) -> Option<VersionNumber> {
        self.overrides.remove(&ByteArray::from(*who.bytes())).map(|own| own.number)
    }
}
