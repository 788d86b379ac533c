//! Moments to the millisecond: the service takes a finding again only if its date is later than the one it has.

use std::fmt;

use gate_core::time::Moment;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A moment in UTC to the millisecond, written `2026-01-31T23:59:59.000Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    second: Moment,
    millis: u16,
}

impl From<Moment> for Stamp {
    fn from(second: Moment) -> Self {
        Self { second, millis: 0 }
    }
}

impl Stamp {
    /// The second that it lies in.
    #[must_use]
    pub const fn second(self) -> Moment {
        self.second
    }

    /// The next one. There is none after the last of the calendar.
    #[must_use]
    pub fn next(self) -> Self {
        let Self { second, millis } = self;
        if millis < 999 {
            let millis = millis + 1;
            return Self { second, millis };
        }
        Moment::from_unix(second.unix() + 1).map_or(self, Self::from)
    }

    /// Reads RFC 3339; parts of a millisecond are cut off.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let second: Moment = text.parse().ok()?;
        let fraction = text.get(19..)?.strip_prefix('.').unwrap_or_default();
        let digits = fraction.chars().take_while(char::is_ascii_digit);
        let digits: String = digits.chain("000".chars()).take(3).collect();
        let millis = digits.parse().ok()?;
        Some(Self { second, millis })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.second.to_string();
        let second = second.strip_suffix('Z').unwrap_or(&second);
        write!(f, "{second}.{:03}Z", self.millis)
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom("expected a moment such as `2026-01-31T23:59:59.000Z`");
        Self::parse(&text).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_written_and_the_next_is_later() {
        for (text, written, next) in [
            (
                "2026-01-31T23:59:59Z",
                "2026-01-31T23:59:59.000Z",
                "2026-01-31T23:59:59.001Z",
            ),
            (
                "2026-01-31T23:59:59.9994Z",
                "2026-01-31T23:59:59.999Z",
                "2026-02-01T00:00:00.000Z",
            ),
            (
                "2026-01-31T23:59:59.5+01:00",
                "2026-01-31T22:59:59.500Z",
                "2026-01-31T22:59:59.501Z",
            ),
        ] {
            let stamp = Stamp::parse(text).unwrap();
            assert_eq!(
                (stamp.to_string(), stamp.next().to_string()),
                (written.to_owned(), next.to_owned())
            );
            assert_eq!(Stamp::parse(written), Some(stamp));
        }
        assert_eq!(Stamp::parse("2026-01-31"), None);
    }
}
