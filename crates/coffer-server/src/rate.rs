//! How often somebody asks: a bucket for each, that fills with time.
//!
//! # Invariants
//! - Memory is bounded: who comes when all buckets are taken shares one with all others of whom that is so.
//! - A bucket that is full again says nothing, and is let go when room is wanted: looked for once a second, so that who comes under many
//!   names does not make every request go through all of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::limits::{COUNTED_MAX, Rate};

/// How often full buckets are looked for, at most.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Buckets by key.
pub(crate) struct Buckets<K> {
    rate: Rate,
    most: usize,
    inner: Mutex<Inner<K>>,
}

struct Inner<K> {
    each: HashMap<K, Bucket>,
    others: Option<Bucket>,
    /// When full buckets were looked for.
    swept: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Hash + Eq + Copy> Buckets<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self::with_room(rate, COUNTED_MAX)
    }

    fn with_room(rate: Rate, most: usize) -> Self {
        Self { rate, most, inner: Mutex::new(Inner { each: HashMap::new(), others: None, swept: None }) }
    }

    /// Takes one. `false`: there is none left now.
    pub(crate) fn take(&self, key: K, now: Instant) -> bool {
        self.change(key, now, |bucket| {
            let has = bucket.left >= 1.0;
            if has {
                bucket.left -= 1.0;
            }
            has
        })
    }

    /// Whether there is one left; takes none.
    pub(crate) fn has(&self, key: K, now: Instant) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = match inner.each.get(&key) {
            Some(bucket) => Some(bucket),
            None if inner.each.len() >= self.most => inner.others.as_ref(),
            None => None,
        };
        bucket.is_none_or(|bucket| filled(*bucket, self.rate, now).left >= 1.0)
    }

    fn change<T>(&self, key: K, now: Instant, change: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = inner.swept.is_none_or(|at| now.saturating_duration_since(at) >= SWEEP_EVERY);
        if is_due && inner.each.len() >= self.most && !inner.each.contains_key(&key) {
            let rate = self.rate;
            inner.swept = Some(now);
            inner.each.retain(|_, bucket| filled(*bucket, rate, now).left < f64::from(rate.burst));
        }
        let fresh = Bucket { left: f64::from(self.rate.burst), at: now };
        let is_full = inner.each.len() >= self.most && !inner.each.contains_key(&key);
        let bucket =
            if is_full { inner.others.get_or_insert(fresh) } else { inner.each.entry(key).or_insert(fresh) };
        *bucket = filled(*bucket, self.rate, now);
        change(bucket)
    }
}

fn filled(bucket: Bucket, rate: Rate, now: Instant) -> Bucket {
    let gained = now.saturating_duration_since(bucket.at).as_secs_f64() * f64::from(rate.per_second);
    Bucket { left: (bucket.left + gained).min(f64::from(rate.burst)), at: now }
}

/// Whose requests are counted together: an address; of IPv6 its network of 64 bits, all of which one host may use.
pub(crate) fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 2, burst: 3 };

    #[test]
    fn a_bucket_empties_and_fills() {
        let buckets = Buckets::new(RATE);
        let start = Instant::now();
        assert!((0..3).all(|_| buckets.take(1, start)));
        assert!(!buckets.take(1, start) && !buckets.has(1, start));
        assert!(buckets.take(2, start), "another has its own");
        let later = start + Duration::from_millis(500);
        assert!(buckets.has(1, later) && buckets.take(1, later) && !buckets.take(1, later));
    }

    #[test]
    fn who_comes_too_late_shares() {
        let buckets = Buckets::with_room(Rate { per_second: 0, burst: 2 }, 2);
        let now = Instant::now();
        assert!(buckets.take(1, now) && buckets.take(2, now));
        assert!(buckets.take(3, now) && buckets.take(4, now));
        assert!(!buckets.take(5, now) && !buckets.has(6, now), "they share one");
        assert!(buckets.take(1, now), "who was there keeps their own");
    }

    #[test]
    fn full_buckets_make_room() {
        let buckets = Buckets::with_room(RATE, 2);
        let start = Instant::now();
        assert!(buckets.take(1, start) && buckets.take(2, start));
        let later = start + Duration::from_secs(10);
        assert!((0..3).all(|_| buckets.take(3, later)) && !buckets.take(3, later));
        assert!(buckets.take(4, later), "has its own");
    }

    #[test]
    fn t_a1_a_network_of_ipv6_is_one_source() {
        let at = |text: &str| network(text.parse().unwrap());
        assert_eq!(at("2001:db8:1:2:3:4:5:6"), at("2001:db8:1:2::1"));
        assert_ne!(at("2001:db8:1:3::1"), at("2001:db8:1:2::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("192.0.2.2"), at("192.0.2.1"));
    }
}
