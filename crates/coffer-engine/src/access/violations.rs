//! What the store keeps of what a member was refused lately.

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use crate::limits::VIOLATION_WINDOW_SECONDS;
use crate::time::Timestamp;

/// Which violations of a member count. It lies at the member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct ViolationsRecord {
    /// Each once, the oldest first: a threshold of them at most.
    #[n(0)]
    counted: Vec<Violation>,
}

/// One, by a keyed hash of what it was.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct Violation {
    #[n(0)]
    what: ByteArray<16>,
    #[n(1)]
    at_ms: u64,
}

/// What one more makes of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It counts already, or there are as many as anybody asks about: nothing is written.
    Known,
    /// One more, and so many by now.
    More(ViolationsRecord),
    /// One more, and that was the last that was needed.
    Reached(ViolationsRecord),
}

impl ViolationsRecord {
    /// One more, after what there was before. What was long ago counts no more.
    pub(crate) fn counted(before: Option<&Self>, what: [u8; 16], now: Timestamp, threshold: u32) -> Counted {
        let threshold = usize::try_from(threshold).unwrap_or(usize::MAX);
        let counts = |one: &&Violation| {
            now <= Timestamp::from_millis(one.at_ms).plus_seconds(VIOLATION_WINDOW_SECONDS)
        };
        let mut counted: Vec<Violation> =
            before.into_iter().flat_map(|before| &before.counted).filter(counts).cloned().collect();
        if counted.iter().any(|one| *one.what == what) || counted.len() >= threshold {
            return Counted::Known;
        }
        counted.push(Violation { what: what.into(), at_ms: now.millis() });
        let is_last = counted.len() >= threshold;
        let record = Self { counted };
        if is_last { Counted::Reached(record) } else { Counted::More(record) }
    }

    /// How many count.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.counted.len()).unwrap_or(u32::MAX)
    }

    /// Whether none of them counts any more.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        let last = self.counted.iter().map(|one| one.at_ms).max().unwrap_or(0);
        now > Timestamp::from_millis(last).plus_seconds(VIOLATION_WINDOW_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000).plus_seconds(seconds)
    }

    #[test]
    fn each_counts_once_for_a_day_and_no_more_are_kept_than_are_asked_about() {
        let count = |before: Option<&ViolationsRecord>, what: u8, seconds| {
            ViolationsRecord::counted(before, [what; 16], at(seconds), 3)
        };
        let Counted::More(one) = count(None, 1, 0) else { panic!("the first") };
        assert_eq!(count(Some(&one), 1, 5), Counted::Known, "the same");
        let Counted::More(two) = count(Some(&one), 2, VIOLATION_WINDOW_SECONDS) else { panic!("the second") };
        let Counted::Reached(three) = count(Some(&two), 3, VIOLATION_WINDOW_SECONDS) else {
            panic!("the last")
        };
        assert_eq!((one.count(), two.count(), three.count()), (1, 2, 3));
        assert_eq!(
            count(Some(&three), 4, VIOLATION_WINDOW_SECONDS),
            Counted::Known,
            "nothing is written any more"
        );
        // The first of them is too long ago.
        let Counted::More(later) = count(Some(&two), 3, VIOLATION_WINDOW_SECONDS + 1) else {
            panic!("later")
        };
        assert_eq!(later.count(), 2);
        assert!(matches!(count(Some(&three), 4, VIOLATION_WINDOW_SECONDS + 1), Counted::Reached(_)));
        assert!(!three.has_ended(at(2 * VIOLATION_WINDOW_SECONDS)));
        assert!(three.has_ended(at(2 * VIOLATION_WINDOW_SECONDS + 1)));
        let one = ViolationsRecord::counted(None, [1; 16], at(0), 1);
        assert!(matches!(one, Counted::Reached(_)), "where one is too many");
    }
}
