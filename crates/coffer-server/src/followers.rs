//! Who reads on in a log, and from where: whoever asks for what came since has an entry that says that he reads it, and not one for each
//! time that he looks.
//!
//! # Invariants
//! - Nobody reads what lies before the place from which his entry lets him read on: asking for that leaves an entry.
//! - Whether he still may is decided anew each time, by the vault. Nothing here decides a right.
//! - Memory is bounded. Who is let go, or pauses for longer than [`FOLLOW_PAUSE`], or asks another process, has one more entry.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use coffer_engine::tenant::TenantName;
use coffer_engine::token::TokenHash;
use tokio::time::Instant;

use crate::limits::{FOLLOW_PAUSE, FOLLOWERS_MAX};

/// One reader of one log: whose token it is, or the owner in this process; of which tenant; and whether he reads the instance's log.
pub(crate) type Follower = (Option<TokenHash>, TenantName, bool);

/// All of them.
pub(crate) struct Followers<K>(Mutex<HashMap<K, Place>>);

#[derive(Debug, Clone, Copy)]
struct Place {
    /// The first index that he may read without another entry.
    start: u64,
    /// When he last looked.
    at: Instant,
}

impl<K: Hash + Eq> Followers<K> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// Whether an entry says that he reads what lies at this index and after it.
    pub(crate) fn reads_on(&self, follower: &K, from: u64, now: Instant) -> bool {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match places.get_mut(follower) {
            Some(place) if place.is_fresh(now) && place.start <= from => {
                place.at = now;
                true
            }
            _ => false,
        }
    }

    /// He has an entry that says that he reads from here on.
    pub(crate) fn begins(&self, follower: K, start: u64, now: Instant) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= FOLLOWERS_MAX && !places.contains_key(&follower) {
            places.retain(|_, place| place.is_fresh(now));
            if places.len() >= FOLLOWERS_MAX {
                places.clear();
            }
        }
        let before = places.get(&follower).filter(|place| place.is_fresh(now)).map(|place| place.start);
        let start = before.map_or(start, |before| before.min(start));
        places.insert(follower, Place { start, at: now });
    }
}

impl Place {
    fn is_fresh(self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) <= FOLLOW_PAUSE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_began_reads_on_and_not_back() {
        let (followers, now) = (Followers::new(), Instant::now());
        assert!(!followers.reads_on(&1, 7, now));
        followers.begins(1, 7, now);
        assert!(followers.reads_on(&1, 7, now) && followers.reads_on(&1, 9, now));
        assert!(!followers.reads_on(&1, 6, now), "what came before has no entry");
        assert!(!followers.reads_on(&2, 9, now), "another reader");
        followers.begins(1, 12, now);
        assert!(followers.reads_on(&1, 7, now), "two of his programs don't disturb each other");
    }

    #[test]
    fn who_pauses_begins_anew() {
        let (followers, start) = (Followers::new(), Instant::now());
        followers.begins(1, 7, start);
        let later = start + FOLLOW_PAUSE;
        assert!(followers.reads_on(&1, 7, later) && followers.reads_on(&1, 7, later + FOLLOW_PAUSE));
        let too_late = later + FOLLOW_PAUSE * 3;
        assert!(!followers.reads_on(&1, 7, too_late));
        followers.begins(1, 9, too_late);
        assert!(!followers.reads_on(&1, 7, too_late), "the entry of then is not that of now");
    }

    #[test]
    fn there_is_room_for_so_many() {
        let (followers, now) = (Followers::new(), Instant::now());
        for number in 0..=FOLLOWERS_MAX {
            followers.begins(number, 0, now);
            assert!(followers.reads_on(&number, 0, now));
        }
        assert!(followers.0.lock().unwrap().len() <= FOLLOWERS_MAX);
    }
}
