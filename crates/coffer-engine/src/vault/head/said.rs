//! What is said of a secret, in as little room as it needs: a pointer where nothing is, and one place for states to go back to that
//! follow each other and say the same.

use std::ops::Deref;
use std::sync::Arc;

use minicbor::decode::{Decoder, Error};
use minicbor::encode::{Encoder, Write};
use minicbor::{CborLen, Decode, Encode};

use crate::metadata::Metadata;

static NOTHING: Metadata = Metadata::nothing();

/// Metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::vault) struct Said(Option<Arc<Metadata>>);

impl Said {
    /// What it takes up in memory, about, besides its own place.
    pub(in crate::vault) fn bytes(&self) -> usize {
        self.0.as_deref().map_or(0, Metadata::bytes)
    }

    /// Takes the place of another that says the same.
    pub(super) fn share(&mut self, other: &Self) {
        if self == other {
            self.0.clone_from(&other.0);
        }
    }
}

impl From<Metadata> for Said {
    fn from(metadata: Metadata) -> Self {
        Self((metadata != NOTHING).then(|| Arc::new(metadata)))
    }
}

impl Deref for Said {
    type Target = Metadata;

    fn deref(&self) -> &Metadata {
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

/// As what it says.
impl<C> Encode<C> for Said {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        (**self).encode(e, context)
    }
}

impl<C> CborLen<C> for Said {
    fn cbor_len(&self, context: &mut C) -> usize {
        (**self).cbor_len(context)
    }
}

impl<'b, C> Decode<'b, C> for Said {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, Error> {
        Metadata::decode(d, context).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::record::{decode, encode};

    #[test]
    fn it_is_stored_as_metadata_is() {
        let mut said = Metadata::nothing();
        said.purpose = Some("billing".into());
        for metadata in [said, Metadata::nothing()] {
            let kept = Said::from(metadata.clone());
            let stored = encode(&kept).to_vec();
            assert_eq!(stored, encode(&metadata).to_vec());
            assert_eq!(stored.len(), minicbor::len(&kept));
            assert_eq!(*decode::<Said>(&stored).unwrap(), metadata);
        }
    }

    #[test]
    fn where_nothing_is_said_nothing_is_taken_up() {
        assert_eq!((Said::from(Metadata::nothing()).bytes(), size_of::<Said>()), (0, size_of::<usize>()));
    }
}
