//! A moment, as a value.

use std::fmt;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
///
/// The engine has no clock. Moments arrive in [`crate::Op`] and from a storage's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// A second of the calendar, in UTC: year, month and day; hour, minute and second. `None`: there is none, or it is before 1970.
    pub(crate) fn of_utc(
        (year, month, day): (i16, i8, i8),
        (hour, minute, second): (i8, i8, i8),
    ) -> Option<Self> {
        let at = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
        let at = jiff::tz::TimeZone::UTC.to_timestamp(at).ok()?;
        u64::try_from(at.as_millisecond()).ok().map(Self)
    }

    /// This moment and `millis` more; stops at the largest moment instead of wrapping.
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This moment and `seconds` more; stops at the largest moment instead of wrapping.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}

/// As RFC 3339 writes it, in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = i64::try_from(self.0).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
        match at {
            Some(at) => write!(f, "{at}"),
            // Later than any calendar goes.
            None => f.write_str("the end of time"),
        }
    }
}
