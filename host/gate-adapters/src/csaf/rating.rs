//! Ratings by CVSS, and which of them is the level.

use serde::Deserialize;

use gate_core::finding::{Cvss, Text};
use gate_core::severity::{Level, Severity};

use crate::normalize::{cvss_level, decimal, given, level};
use crate::package::of_cvss;

/// The words of CVSS.
const LEVELS: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("NONE", Level::Info),
];

#[derive(Deserialize)]
pub(super) struct Content {
    cvss_v2: Option<Score>,
    cvss_v3: Option<Score>,
    cvss_v4: Option<Score>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Score {
    version: Option<Text>,
    vector_string: Option<Text>,
    base_score: Option<f64>,
    base_severity: Option<Text>,
}

/// A CVSS rating and its word.
pub(super) struct Rating {
    pub(super) cvss: Cvss,
    number: Option<f64>,
    word: Option<Text>,
}

impl Content {
    pub(super) fn ratings(self, source: Option<&Text>) -> Vec<Rating> {
        let by_version = [
            ("2.0", self.cvss_v2),
            ("3", self.cvss_v3),
            ("4.0", self.cvss_v4),
        ];
        let given_ones = by_version
            .into_iter()
            .filter_map(|(version, score)| Some((version, score?)));
        given_ones
            .map(|(version, score)| Rating {
                cvss: Cvss {
                    score: score.base_score.and_then(decimal),
                    source: source.cloned(),
                    vector: given(score.vector_string),
                    version: given(score.version).unwrap_or_else(|| version.into()),
                },
                number: score.base_score,
                word: given(score.base_severity),
            })
            .collect()
    }
}

/// The word of the newest version of CVSS, the highest where there are several of it; its score where it has no word.
pub(super) fn severity(ratings: &[&Rating]) -> Severity {
    let rated = ratings.iter().filter_map(|rating| {
        let word = rating.word.as_deref();
        let of_score = rating
            .number
            .and_then(|score| cvss_level(&rating.cvss.version, score));
        let level = word.map(|word| level(word, LEVELS)).or(of_score)?;
        Some((&rating.cvss.version, level, rating))
    });
    let Some((_, level, rating)) = rated.max_by_key(|(version, level, _)| (*version, *level))
    else {
        return Severity::unknown();
    };
    of_cvss(level, rating.word.clone(), &rating.cvss)
}
