//! What a feed says of one vulnerability: one row.

use std::fmt;

use super::{FeedKind, RowError, decimal};
use crate::time::is_day;

/// What a feed says of one vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A row of EPSS.
    Epss {
        /// How likely it is exploited in the next 30 days, as decimal text between 0 and 1.
        epss: &'a str,
        /// The share of all vulnerabilities that are as likely or less, in the same form.
        percentile: &'a str,
    },
    /// A row of KEV. Days are written `2024-01-31`.
    Kev {
        /// When it was listed.
        added: &'a str,
        /// By when CISA wants it mended.
        due: &'a str,
        /// Whether campaigns of ransomware use it.
        ransomware: Ransomware,
    },
}

/// Whether campaigns of ransomware are known to use a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ransomware {
    /// They are.
    Known,
    /// Nobody has said so.
    Unknown,
}

impl Ransomware {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a text is the identifier of a vulnerability, such as `CVE-2024-0001`: four digits, then 4 to 19 (CVE record
/// format 5.1, `cveId`).
#[must_use]
pub fn is_cve(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.strip_prefix("CVE-").and_then(|id| id.split_once('-'));
    parts.is_some_and(|(year, number)| {
        year.len() == 4 && (4..=19).contains(&number.len()) && digits(year) && digits(number)
    })
}

impl<'a> Entry<'a> {
    /// Reads what stands behind the identifier.
    pub(super) fn read(kind: FeedKind, text: &'a str) -> Result<Self, RowError> {
        let entry = match kind {
            FeedKind::Epss => {
                let (epss, percentile) = text.split_once(' ').ok_or(RowError::NoEpss)?;
                Self::Epss { epss, percentile }
            }
            FeedKind::Kev => Self::read_kev(text).ok_or(RowError::NoKev)?,
        };
        entry.check()?;
        Ok(entry)
    }

    fn read_kev(text: &'a str) -> Option<Self> {
        let (added, text) = text.strip_prefix("added=")?.split_once(" due=")?;
        let (due, ransomware) = text.split_once(" ransomware=")?;
        let words = [Ransomware::Known, Ransomware::Unknown];
        let ransomware = words.into_iter().find(|word| word.as_str() == ransomware)?;
        Some(Self::Kev {
            added,
            due,
            ransomware,
        })
    }

    /// Which kind of feed says this.
    #[must_use]
    pub const fn kind(&self) -> FeedKind {
        match self {
            Self::Epss { .. } => FeedKind::Epss,
            Self::Kev { .. } => FeedKind::Kev,
        }
    }

    /// Whether all of it is in its one spelling.
    pub(super) fn check(&self) -> Result<(), RowError> {
        match self {
            Self::Epss { epss, percentile } => {
                let wrong = |name, text| {
                    (!decimal::is_probability(text)).then_some(RowError::NotAProbability(name))
                };
                let wrong = wrong("epss", epss).or_else(|| wrong("percentile", percentile));
                wrong.map_or(Ok(()), Err)
            }
            Self::Kev { added, due, .. } => {
                let wrong = |name, text| (!is_day(text)).then_some(RowError::NotADay(name));
                let wrong = wrong("added", added).or_else(|| wrong("due", due));
                wrong.map_or(Ok(()), Err)
            }
        }
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epss { epss, percentile } => write!(f, "{epss} {percentile}"),
            Self::Kev {
                added,
                due,
                ransomware,
            } => {
                let ransomware = ransomware.as_str();
                write!(f, "added={added} due={due} ransomware={ransomware}")
            }
        }
    }
}
