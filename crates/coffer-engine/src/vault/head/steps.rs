//! The states that a secret can be taken back to.
//!
//! Most changes leave what is said of a secret as it is: states that follow each other share it, in memory.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};
use minicbor::{CborLen, Decode, Encode};

use super::State;
use crate::limits::UNDO_MAX;

/// States, the one that goes back least last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, CborLen)]
#[cbor(transparent)]
pub(super) struct Steps(#[n(0)] Vec<Step>);

/// The state before a change.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
struct Step {
    #[n(0)]
    before: State,
}

impl Steps {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where the last change began.
    pub(super) fn last(&self) -> Option<&State> {
        self.0.last().map(|step| &step.before)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &State> {
        self.0.iter().map(|step| &step.before)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut State> {
        self.0.iter_mut().map(|step| &mut step.before)
    }

    /// A change begins with this state. The oldest goes where there are too many.
    pub(super) fn push(&mut self, before: State) {
        if self.0.len() >= UNDO_MAX {
            self.0.remove(0);
        }
        self.0.push(Step { before });
    }

    /// The last change is taken back.
    pub(super) fn pop(&mut self) -> Option<State> {
        self.0.pop().map(|step| step.before)
    }
}

impl<'b, C> Decode<'b, C> for Steps {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, Error> {
        let count = d.array()?.ok_or_else(|| Error::type_mismatch(Type::ArrayIndef))?;
        let mut steps: Vec<Step> =
            Vec::with_capacity(usize::try_from(count).unwrap_or(UNDO_MAX).min(UNDO_MAX));
        for _ in 0..count {
            let mut step = Step::decode(d, context)?;
            if let Some(last) = steps.last() {
                step.before.metadata.share(&last.before.metadata);
            }
            steps.push(step);
        }
        Ok(Self(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Metadata;
    use crate::storage::record::{decode, encode};

    fn saying(description: &str) -> State {
        let mut metadata = Metadata::nothing();
        metadata.description = Some(description.to_owned());
        State { metadata: metadata.into(), ..State::default() }
    }

    fn read_again(steps: &Steps) -> Steps {
        let stored = encode(steps).to_vec();
        assert_eq!(stored.len(), minicbor::len(steps));
        decode(&stored).unwrap()
    }

    #[test]
    fn states_that_say_the_same_share_it() {
        let mut steps = Steps::default();
        for said in ["one", "one", "two", "two", "one"] {
            steps.push(saying(said));
        }
        let read = read_again(&steps);
        assert_eq!(read, steps);
        let said: Vec<&Metadata> = read.iter().map(|state| &*state.metadata).collect();
        let shared: Vec<bool> = said.windows(2).map(|two| std::ptr::eq(two[0], two[1])).collect();
        assert_eq!(shared, [true, false, true, false]);
    }

    #[test]
    fn the_oldest_goes_where_there_are_too_many() {
        let mut steps = Steps::default();
        for at in 0..=UNDO_MAX {
            steps.push(saying(&at.to_string()));
        }
        let mut read = read_again(&steps);
        assert_eq!(read.len(), UNDO_MAX);
        assert_eq!(read.iter().next(), Some(&saying("1")));
        assert_eq!(read.pop(), Some(saying(&UNDO_MAX.to_string())));
    }

    #[test]
    fn what_says_that_it_is_longer_than_it_is_is_refused() {
        for bytes in [vec![0x82, 0x81], vec![0x9f, 0xff], [vec![0x9b], vec![0xff; 8]].concat()] {
            assert!(decode::<Steps>(&bytes).is_err());
        }
    }
}
