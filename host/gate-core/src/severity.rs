//! How bad a finding is, in whose words, and on whose authority.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::finding::Text;

/// The level of a finding, from least to most severe. `Unknown` stands first but is never read as low: it
/// has a threshold of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The tool gave no level, or a word that its adapter does not know.
    Unknown,
    /// A remark.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Level {
    /// All levels, most severe first, `Unknown` last: the order in which people read them.
    pub const ALL: [Self; 6] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Info,
        Self::Unknown,
    ];

    /// The level's word, as used in files and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The level with exactly this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }

    /// The level of a CVSS version 3 or 4 base score in tenths (`98` is 9.8): the qualitative scale of the CVSS
    /// v3.1 specification, section 5, and of v4.0, section 6. Scores above 10.0 are unknown.
    #[must_use]
    pub const fn from_cvss_tenths(tenths: u32) -> Self {
        match tenths {
            0 => Self::Info,
            1..=39 => Self::Low,
            40..=69 => Self::Medium,
            70..=89 => Self::High,
            90..=100 => Self::Critical,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a level comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The tool's own word.
    Tool,
    /// A vendor or database that the tool quotes ([`Severity::source`]).
    Vendor,
    /// Worked out from a CVSS score, because the tool gave no level.
    Cvss,
    /// The adapter's documented default for this tool.
    Default,
}

/// A level and how it came about. A level is never recomputed silently: a policy sees all of this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Severity {
    /// The normalised level.
    pub level: Level,
    /// Who says so.
    pub origin: Origin,
    /// The tool's own word, as written; absent where it wrote none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Text>,
    /// A numeric score as decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Text>,
    /// Who the tool quotes, where the origin is [`Origin::Vendor`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
}

impl Severity {
    /// A level in the tool's own word.
    #[must_use]
    pub fn tool(level: Level, original: impl Into<Text>) -> Self {
        Self {
            level,
            origin: Origin::Tool,
            original: Some(original.into()),
            score: None,
            source: None,
        }
    }

    /// The adapter's default for a tool that rates nothing.
    #[must_use]
    pub const fn default_of_tool(level: Level) -> Self {
        Self {
            level,
            origin: Origin::Default,
            original: None,
            score: None,
            source: None,
        }
    }

    /// No level at all.
    #[must_use]
    pub const fn unknown() -> Self {
        Self::default_of_tool(Level::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cvss_bands_meet_without_a_gap() {
        for (tenths, level) in [
            (0, Level::Info),
            (1, Level::Low),
            (39, Level::Low),
            (40, Level::Medium),
            (69, Level::Medium),
            (70, Level::High),
            (89, Level::High),
            (90, Level::Critical),
            (100, Level::Critical),
            (101, Level::Unknown),
        ] {
            assert_eq!(Level::from_cvss_tenths(tenths), level, "{tenths}");
        }
    }

    #[test]
    fn a_word_is_a_level_only_when_it_is_written_so() {
        assert_eq!(Level::from_word("critical"), Some(Level::Critical));
        assert_eq!(Level::from_word("CRITICAL"), None);
        assert_eq!(Level::from_word("very bad"), None);
    }
}
