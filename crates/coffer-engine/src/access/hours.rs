//! Hours of the week: `mon-fri 08:00-18:00`, in UTC.

use std::fmt;

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::time::Timestamp;

/// The same hours on some days of the week, in UTC: no rule of a country moves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Hours {
    /// The first day, 0 for Monday.
    #[n(0)]
    first_day: u8,
    /// The last one; before the first: the week goes round.
    #[n(1)]
    last_day: u8,
    /// The first minute of the day.
    #[n(2)]
    from: u16,
    /// The first minute after; 1440 is the day's end. Never before `from`: what goes on past midnight is two grants.
    #[n(3)]
    to: u16,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTE_MS: u64 = 60_000;
const DAY_MINUTES: u64 = 1440;

impl Hours {
    /// Parses `DAY-DAY HH:MM-HH:MM`, or `DAY HH:MM-HH:MM`.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        Self::read(raw).ok_or_else(|| {
            Invalid::new(
                "grant.hours",
                "hours are days and a time of the day in UTC, which ends on the day it begins",
                "write them like `mon-fri 08:00-18:00`",
            )
        })
    }

    fn read(raw: &str) -> Option<Self> {
        let (days, times) = raw.split_once(' ')?;
        let (first, last) = match days.split_once('-') {
            // One day has one spelling: this could also be meant to go round the week.
            Some((first, last)) if first == last => return None,
            Some(days) => days,
            None => (days, days),
        };
        let (from, to) = times.split_once('-')?;
        let day =
            |name: &str| DAYS.iter().position(|day| *day == name).and_then(|day| u8::try_from(day).ok());
        let (from, to) = (minute(from)?, minute(to)?);
        (from < to).then_some(Self { first_day: day(first)?, last_day: day(last)?, from, to })
    }

    /// Whether this moment is among them.
    #[must_use]
    pub fn has(&self, now: Timestamp) -> bool {
        let minutes = now.millis() / MINUTE_MS;
        let (day, minute) = (minutes / DAY_MINUTES, minutes % DAY_MINUTES);
        // The first of January 1970 was a Thursday.
        let weekday = day.saturating_add(3) % 7;
        let (first, last) = (u64::from(self.first_day), u64::from(self.last_day));
        let on_day = if first <= last {
            (first..=last).contains(&weekday)
        } else {
            weekday >= first || weekday <= last
        };
        on_day && (u64::from(self.from)..u64::from(self.to)).contains(&minute)
    }

    /// The last moment at which nothing has changed since this one: it is before the next begin or end of a day's hours, on whatever day.
    #[must_use]
    pub fn turns_after(&self, now: Timestamp) -> Timestamp {
        let minutes = now.millis() / MINUTE_MS;
        let (midnight, minute) = (minutes.saturating_sub(minutes % DAY_MINUTES), minutes % DAY_MINUTES);
        let next = [u64::from(self.from), u64::from(self.to), DAY_MINUTES]
            .into_iter()
            .find(|turn| *turn > minute)
            .unwrap_or(DAY_MINUTES);
        Timestamp::from_millis(midnight.saturating_add(next).saturating_mul(MINUTE_MS).saturating_sub(1))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |day: u8| DAYS.get(usize::from(day)).copied().unwrap_or("?");
        f.write_str(day(self.first_day))?;
        if self.first_day != self.last_day {
            write!(f, "-{}", day(self.last_day))?;
        }
        let time = |minute: u16| (minute / 60, minute % 60);
        let ((from, from_minute), (to, to_minute)) = (time(self.from), time(self.to));
        write!(f, " {from:02}:{from_minute:02}-{to:02}:{to_minute:02}")
    }
}

/// `08:30`, up to `24:00`.
fn minute(raw: &str) -> Option<u16> {
    let (hours, minutes) = raw.split_once(':')?;
    let number = |raw: &str| (raw.len() == 2).then(|| raw.parse::<u16>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && minute <= 1440 && !raw.contains('+')).then_some(minute)
}

#[cfg(test)]
mod tests;
