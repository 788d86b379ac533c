//! Which of a vulnerability's ratings is its level.

use serde::Deserialize;

use gate_core::finding::{Cvss, Text};
use gate_core::severity::{Level, Origin, Severity};

use crate::normalize::{cvss_level, cvss_version, decimal, given, level};

/// The words of all versions, which older ones write with a capital.
const LEVELS: &[(&str, Level)] = &[
    ("critical", Level::Critical),
    ("high", Level::High),
    ("medium", Level::Medium),
    ("low", Level::Low),
    ("info", Level::Info),
    ("none", Level::Info),
    ("unknown", Level::Unknown),
];

#[derive(Deserialize)]
pub(super) struct Rating {
    source: Option<Source>,
    score: Option<Score>,
    severity: Option<Text>,
    method: Option<Text>,
    vector: Option<Text>,
}

#[derive(Default, Deserialize)]
pub(super) struct Source {
    #[serde(alias = "@name")]
    pub(super) name: Option<Text>,
    pub(super) url: Option<Text>,
}

/// A number; in XML a text, and in version 1.2 several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Score {
    Number(f64),
    Text(Text),
    Parts { base: Option<Text> },
}

impl Rating {
    fn source(&self) -> Option<&str> {
        self.source
            .as_ref()?
            .name
            .as_deref()
            .filter(|name| !name.is_empty())
    }

    fn word(&self) -> Option<&str> {
        self.severity
            .as_deref()
            .map(str::trim)
            .filter(|word| !word.is_empty())
    }

    fn level(&self) -> Level {
        self.word()
            .map_or(Level::Unknown, |word| level(word, LEVELS))
    }

    fn score(&self) -> Option<f64> {
        match self.score.as_ref()? {
            Score::Number(number) => Some(*number),
            Score::Text(text) | Score::Parts { base: Some(text) } => text.trim().parse().ok(),
            Score::Parts { base: None } => None,
        }
    }

    /// The version of CVSS, if it is one.
    fn version(&self) -> Option<&str> {
        if let Some(version) = self.vector.as_deref().and_then(cvss_version) {
            return Some(version);
        }
        match self.method.as_deref() {
            Some("CVSSv2") => Some("2.0"),
            Some("CVSSv3") => Some("3"),
            Some("CVSSv31") => Some("3.1"),
            Some("CVSSv4") => Some("4.0"),
            _ => None,
        }
    }

    /// The level that the score means, by the scale of its version of CVSS.
    fn level_of_score(&self) -> Option<Level> {
        cvss_level(self.version()?, self.score()?)
    }

    pub(super) fn cvss(&self) -> Option<Cvss> {
        let version = self.version()?;
        let vector = given(self.vector.clone());
        let score = self.score().and_then(decimal);
        (score.is_some() || vector.is_some()).then(|| Cvss {
            score,
            source: self.source().map(Into::into),
            vector,
            version: version.into(),
        })
    }
}

/// The level of a vulnerability from this source. The rating of that source counts, as for the tools that choose one
/// themselves; then one that names no source, which is the tool's own; then any. Of several the highest counts. A
/// score becomes a level only where no rating has a word.
pub(super) fn severity(ratings: &[Rating], source: Option<&str>) -> Severity {
    let worded = || ratings.iter().filter(|rating| rating.word().is_some());
    let own = worded().filter(|rating| source.is_some() && rating.source() == source);
    let chosen = own
        .max_by_key(|rating| rating.level())
        .or_else(|| {
            worded()
                .filter(|r| r.source().is_none())
                .max_by_key(|r| r.level())
        })
        .or_else(|| worded().max_by_key(|rating| rating.level()));
    if let Some(rating) = chosen {
        let quoted = rating.source();
        return Severity {
            level: rating.level(),
            origin: if quoted.is_some() {
                Origin::Vendor
            } else {
                Origin::Tool
            },
            original: rating.word().map(Into::into),
            score: rating.score().and_then(decimal),
            source: quoted.map(Into::into),
        };
    }
    let scored = ratings
        .iter()
        .filter_map(|rating| Some((rating.level_of_score()?, rating)));
    match scored.max_by_key(|(level, _)| *level) {
        Some((level, rating)) => Severity {
            level,
            origin: Origin::Cvss,
            original: None,
            score: rating.score().and_then(decimal),
            source: rating.source().map(Into::into),
        },
        None => Severity::unknown(),
    }
}

/// All ratings that have a word, in short: who says what.
pub(super) fn summary(ratings: &[Rating]) -> Option<Text> {
    let said = ratings.iter().filter_map(|rating| {
        let word = rating.word()?;
        Some(
            rating
                .source()
                .map_or_else(|| word.to_owned(), |source| format!("{source}: {word}")),
        )
    });
    let mut said: Vec<String> = said.collect();
    said.dedup();
    (said.len() > 1).then(|| said.join(", ").into())
}
