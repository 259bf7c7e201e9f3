//! A moment, as RFC 3339 writes it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since the Unix epoch; on the wire RFC 3339 in UTC, such as `2026-01-01T00:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
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

    /// From RFC 3339, with any offset. `None`: it is none, or before 1970.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at: jiff::Timestamp = text.parse().ok()?;
        u64::try_from(at.as_millisecond()).ok().map(Self)
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What no calendar reaches is the last moment that one does. By seconds and a rest, since jiff takes no milliseconds in its last second.
        let seconds = i64::try_from(self.0 / 1000).unwrap_or(i64::MAX);
        let rest = i32::try_from(self.0 % 1000).unwrap_or(0).saturating_mul(1_000_000);
        let at = jiff::Timestamp::new(seconds, rest).unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{}", at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wanted = || serde::de::Error::custom("not a moment as RFC 3339 writes it, from 1970 on");
        Self::parse(&text).ok_or_else(wanted)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // What a calendar does not say itself: from 1970 on.
        let pattern = "^(?:19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}";
        schemars::json_schema!({ "type": "string", "format": "date-time", "pattern": pattern })
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn the_last_second_of_all_is_written_as_it_is_read() {
        for text in ["1970-01-01T00:00:00.000Z", "2026-01-01T00:00:00.123Z", "9999-12-30T22:00:00.123Z"] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Moment::from_millis(u64::MAX).to_string(), "9999-12-30T22:00:00.999Z");
    }
}
