//! Makes findings, and what adapters often need for them.

use super::{Class, Finding, Level, Location, Origin, Rule, Severity, Status};

impl Finding {
    /// A finding with what every finding has; the rest is empty, and may be set field by field.
    #[must_use]
    pub fn new(
        class: Class,
        rule: impl Into<String>,
        severity: Severity,
        title: impl Into<String>,
    ) -> Self {
        Self {
            class,
            status: Status::Fail,
            severity,
            rule: Rule {
                id: rule.into(),
                name: None,
                url: None,
                tags: Vec::new(),
            },
            title: title.into(),
            description: String::new(),
            remediation: None,
            references: Vec::new(),
            confidence: None,
            vulnerability: None,
            locations: Vec::new(),
            endpoint: None,
            resource: None,
            suppression: None,
            keys: Vec::new(),
            first_seen: None,
            attributes: Vec::new(),
        }
    }

    /// Tells it from others of the same rule in the same place by a marker that stands in the report for a secret or
    /// for source text. A marker without a token tells nothing and is left out.
    pub fn in_context(&mut self, marker: &str) {
        if let Some(token) = token(marker) {
            self.attributes
                .push(("context".to_owned(), token.to_owned()));
        }
    }
}

impl Severity {
    /// A level in the tool's own word.
    #[must_use]
    pub fn tool(level: Level, original: impl Into<String>) -> Self {
        Self {
            original: Some(original.into()),
            origin: Origin::Tool,
            ..Self::default_of_tool(level)
        }
    }

    /// The adapter's default for a tool that rates nothing.
    #[must_use]
    pub const fn default_of_tool(level: Level) -> Self {
        Self {
            level,
            origin: Origin::Default,
            original: None,
            source: None,
            score: None,
        }
    }

    /// No level at all.
    #[must_use]
    pub const fn unknown() -> Self {
        Self::default_of_tool(Level::Unknown)
    }
}

impl Location {
    /// A file. The gate makes its path relative.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self {
            path: Some(path.into()),
            start_line: None,
            end_line: None,
            start_column: None,
            end_column: None,
            logical: None,
        }
    }

    /// The same on a line, which counts from 1; a tool's 0 is no line.
    #[must_use]
    pub fn line(self, line: u32) -> Self {
        Self {
            start_line: Some(line).filter(|line| *line > 0),
            ..self
        }
    }
}

/// The level of a tool's word, in any case; a word that is not in the table is unknown, never guessed.
#[must_use]
pub fn level(word: &str, words: &[(&str, Level)]) -> Level {
    let known = words
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    known.map_or(Level::Unknown, |(_, level)| *level)
}

/// The token of a marker, such as `shape:c4` of `[redacted shape:c4]`; `None` for any other text.
#[must_use]
pub fn token(marker: &str) -> Option<&str> {
    let token = marker.strip_prefix("[redacted ")?.strip_suffix(']')?;
    let (scheme, digits) = token.split_once(':')?;
    let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    (hex && !digits.is_empty() && (scheme == "hmac" || scheme == "shape")).then_some(token)
}
