//! Moments as people write them.

use coffer_engine::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::{CliError, Exit};

/// What is meant by a span such as `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// From now on: `--expires 7d`.
    Ahead,
    /// Until now: `--since 7d`.
    Ago,
}

/// A moment to come: `90d`, `12h`, `2w`, `30m`; `2027-01-31`, which is its first moment in UTC; or RFC 3339.
#[must_use]
pub fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    Moment::Ahead.parse(text, now)
}

impl Moment {
    /// The moment that `text` names, seen from `now`.
    #[must_use]
    pub fn parse(self, text: &str, now: Timestamp) -> Option<Timestamp> {
        if let Some(span) = span_ms(text) {
            let millis = match self {
                Self::Ahead => now.millis().checked_add(span)?,
                Self::Ago => now.millis().saturating_sub(span),
            };
            return Some(Timestamp::from_millis(millis));
        }
        let exact = match text.parse::<Date>() {
            Ok(date) if text.len() == 10 => TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?,
            _ => text.parse::<jiff::Timestamp>().ok()?,
        };
        u64::try_from(exact.as_millisecond()).ok().map(Timestamp::from_millis)
    }
}

/// A span such as `30m`, `8h`, `7d` or `2w`, in seconds; `flag` is what it was given for.
///
/// # Errors
/// `span.invalid`.
pub fn seconds(flag: &str, text: &str) -> Result<u64, CliError> {
    span_ms(text).map(|millis| millis / 1000).ok_or_else(|| {
        let cause = format!("{flag} is no span of time");
        CliError::new(Exit::Usage, "span.invalid", cause, "say 30m, 8h, 7d or 2w")
    })
}

fn span_ms(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let seconds: u64 = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    // Digits alone: a number may also begin with a sign.
    let count = text.strip_suffix(unit).filter(|count| count.bytes().all(|digit| digit.is_ascii_digit()))?;
    let count: u64 = count.parse().ok()?;
    count.checked_mul(seconds)?.checked_mul(1000)
}
