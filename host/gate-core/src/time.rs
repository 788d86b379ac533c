//! Moments. There is no clock here: every moment is an argument.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// How far apart the clocks of two machines may be, in seconds.
pub const SKEW_SECONDS: i64 = 300;

/// A moment in UTC to the second, written `2026-01-31T23:59:59Z` (RFC 3339 with one spelling per moment).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// A text that is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a moment such as `2026-01-31T23:59:59Z` (RFC 3339 with an offset)")]
pub struct NotAMoment;

impl Moment {
    /// A moment by its distance from 1970-01-01T00:00:00Z, in seconds.
    ///
    /// # Errors
    /// When the year would not have four digits.
    pub fn from_unix(seconds: i64) -> Result<Self, NotAMoment> {
        // 0000-01-01T00:00:00Z and 9999-12-30T22:00:00Z, the range of the calendar library.
        (-62_167_219_200..=253_402_207_200)
            .contains(&seconds)
            .then_some(Self(seconds))
            .ok_or(NotAMoment)
    }

    /// The distance from 1970-01-01T00:00:00Z, in seconds.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_second(self.0) {
            Ok(timestamp) => write!(f, "{timestamp:.0}"),
            // Cannot be reached: both ways to make a moment check the range.
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Moment {
    type Err = NotAMoment;

    /// Any RFC 3339 spelling with an offset; parts of a second are cut off.
    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        // The library also takes a space for the `T` and other ISO 8601 forms; a moment has one shape here.
        let bytes = text.as_bytes();
        let shaped = bytes.len() >= 20 && bytes.get(10) == Some(&b'T');
        if !shaped {
            return Err(NotAMoment);
        }
        let timestamp: Timestamp = text.parse().map_err(|_| NotAMoment)?;
        Self::from_unix(timestamp.as_second())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Whether a text is a day of the calendar, written `2026-01-31`.
#[must_use]
pub fn is_day(text: &str) -> bool {
    // The library also takes other forms of ISO 8601.
    let shaped = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(shaped) && text.parse::<Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_moment() {
        for (written, moment) in [
            ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"),
            (
                "2026-11-21T12:00:00.987654321+02:00",
                "2026-11-21T10:00:00Z",
            ),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(
                written.parse::<Moment>().map(|m| m.to_string()).as_deref(),
                Ok(moment)
            );
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "soon",
            "2026-11-21",
            "31-12-2020",
            "2O20-01-01T00:00:00Z",
            "2026-11-21T10:00:00",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(NotAMoment), "{text}");
        }
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for (text, is) in [
            ("2026-01-31", true),
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("2026-13-01", false),
            ("2026-1-31", false),
            ("20260131", false),
            ("2026-01-31T", false),
            ("+002026-01", false),
            ("", false),
        ] {
            assert_eq!(is_day(text), is, "{text}");
        }
    }
}
