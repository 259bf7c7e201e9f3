//! What the store keeps of passwords that were wrong, of one member and from one source.

use minicbor::{CborLen, Decode, Encode};

use crate::limits::{ATTEMPTS_RESET_SECONDS, LOCK_SECONDS};
use crate::time::Timestamp;

/// How often it went wrong. It lies at the member and a keyed hash of the source.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct AttemptsRecord {
    #[n(0)]
    failed: u32,
    /// When it last did.
    #[n(1)]
    last_ms: u64,
    /// Until when nothing is tried any more; `None`: it is.
    #[n(2)]
    locked_until_ms: Option<u64>,
    /// From where, as lists and the log say it.
    #[n(3)]
    source: String,
}

impl AttemptsRecord {
    /// One more that was wrong, after what there was before. So many lock.
    pub(crate) fn failed(before: Option<&Self>, now: Timestamp, source: String, most: u32) -> Self {
        let counted = before.filter(|before| !before.has_ended(now)).map_or(0, |before| before.failed);
        let failed = counted.saturating_add(1);
        let locked = failed >= most;
        let locked_until_ms = locked.then(|| now.plus_seconds(LOCK_SECONDS).millis());
        Self { failed, last_ms: now.millis(), locked_until_ms, source }
    }

    pub(crate) fn count(&self) -> u32 {
        self.failed
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The last moment at which it is locked, if it was.
    pub(crate) fn locked_until(&self) -> Option<Timestamp> {
        self.locked_until_ms.map(Timestamp::from_millis)
    }

    pub(crate) fn is_locked(&self, now: Timestamp) -> bool {
        self.locked_until().is_some_and(|until| now <= until)
    }

    /// Whether it counts no more.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        let reset = Timestamp::from_millis(self.last_ms).plus_seconds(ATTEMPTS_RESET_SECONDS);
        now > self.locked_until().unwrap_or(reset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000).plus_seconds(seconds)
    }

    fn after(before: Option<&AttemptsRecord>, seconds: u64) -> AttemptsRecord {
        AttemptsRecord::failed(before, at(seconds), "here".to_owned(), 3)
    }

    #[test]
    fn so_many_lock_for_a_while_and_then_it_begins_anew() {
        let first = after(None, 0);
        let second = after(Some(&first), ATTEMPTS_RESET_SECONDS);
        assert_eq!((first.count(), second.count(), second.is_locked(at(0))), (1, 2, false));
        let third = after(Some(&second), ATTEMPTS_RESET_SECONDS);
        let end = ATTEMPTS_RESET_SECONDS + LOCK_SECONDS;
        assert!(third.is_locked(at(end)) && !third.has_ended(at(end)));
        assert!(!third.is_locked(at(end + 1)) && third.has_ended(at(end + 1)));
        assert_eq!(after(Some(&third), end + 1).count(), 1);
        assert_eq!(after(Some(&second), 2 * ATTEMPTS_RESET_SECONDS + 1).count(), 1, "forgotten");
        let one = AttemptsRecord::failed(None, at(0), "here".to_owned(), 1);
        assert!(one.is_locked(at(0)), "where one is too many");
    }
}
