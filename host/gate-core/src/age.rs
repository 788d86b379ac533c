//! How old a report may be.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::time::Moment;

/// A whole number of minutes, hours or days, such as `24h` or `7d`. A day has 24 hours. It is shown in the
/// largest unit that fits, so that one age has one spelling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Age {
    seconds: u32,
}

/// A text that is not an age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number with a unit, such as `90m`, `24h` or `7d`, of at most 10 years")]
pub struct NotAnAge;

/// Units by the seconds they have, the largest first.
const UNITS: [(char, u32); 3] = [('d', 86_400), ('h', 3_600), ('m', 60)];

/// Ten years of 365 days. Who wants more wants no limit.
const MOST: u32 = 315_360_000;

impl Age {
    /// An age of some days, at most ten years.
    #[must_use]
    pub fn of_days(days: u32) -> Option<Self> {
        let seconds = days.checked_mul(86_400)?;
        (1..=MOST).contains(&seconds).then_some(Self { seconds })
    }

    /// The last moment at which what ended at a moment is at most this old.
    #[must_use]
    pub fn until(self, ended: Moment) -> Option<Moment> {
        Moment::from_unix(ended.unix().checked_add(i64::from(self.seconds))?).ok()
    }

    /// Whether what ended at a moment is at most this old at a later one.
    #[must_use]
    pub fn covers(self, ended: Moment, later: Moment) -> bool {
        later.unix().saturating_sub(ended.unix()) <= i64::from(self.seconds)
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, size): &&(char, u32)| self.seconds.is_multiple_of(*size);
        // There always is one: an age is made of a number and a unit.
        let (unit, size) = UNITS.iter().find(whole).unwrap_or(&('s', 1));
        write!(f, "{}{unit}", self.seconds / size)
    }
}

impl fmt::Debug for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Age {
    type Err = NotAnAge;

    fn from_str(text: &str) -> Result<Self, NotAnAge> {
        let (number, size) = UNITS
            .iter()
            .find_map(|(unit, size)| Some((text.strip_suffix(*unit)?, *size)))
            .ok_or(NotAnAge)?;
        // The library takes a sign, too.
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = number.parse().ok().filter(|_| digits).ok_or(NotAnAge)?;
        let seconds = number.checked_mul(size).ok_or(NotAnAge)?;
        (1..=MOST)
            .contains(&seconds)
            .then_some(Self { seconds })
            .ok_or(NotAnAge)
    }
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Age {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Age".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[1-9][0-9]*[dhm]$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_age() {
        for (written, shown) in [
            ("90m", "90m"),
            ("60m", "1h"),
            ("24h", "1d"),
            ("36h", "36h"),
            ("7d", "7d"),
            ("10d", "10d"),
            ("007d", "7d"),
            ("3650d", "3650d"),
        ] {
            let age: Age = written.parse().unwrap();
            assert_eq!(age.to_string(), shown);
            assert_eq!(shown.parse(), Ok(age));
        }
    }

    #[test]
    fn what_is_no_age_is_refused() {
        for text in [
            "", "h", "24", "24 h", "24H", "0d", "-1d", "+1d", "1.5d", "1d12h", "1y", "P1D",
            "3651d", "1w",
        ] {
            assert_eq!(text.parse::<Age>(), Err(NotAnAge), "{text}");
        }
    }

    #[test]
    fn an_age_covers_what_is_as_old_and_no_older() {
        let moment = |text: &str| text.parse::<Moment>().unwrap();
        let later = moment("2026-01-08T00:00:00Z");
        for (ended, covered) in [
            ("2026-01-08T00:00:01Z", true),
            ("2026-01-01T00:00:00Z", true),
            ("2025-12-31T23:59:59Z", false),
            ("0001-01-01T00:00:00Z", false),
        ] {
            let age: Age = "7d".parse().unwrap();
            assert_eq!(age.covers(moment(ended), later), covered, "{ended}");
        }
        let age: Age = "7d".parse().unwrap();
        assert_eq!(age.until(moment("2026-01-01T00:00:00Z")), Some(later));
        assert_eq!(age.until(moment("9999-12-30T00:00:00Z")), None);
    }
}
