//! Assessments by CVSS.

use gate_core::finding::{Cvss, Text};
use gate_core::severity::{Level, Severity};

use super::element::{Element, Number};
use crate::normalize::{cvss_level, cvss_version, decimal, given, level};
use crate::package::of_cvss;

const LEVELS: &[(&str, Level)] = &[
    ("critical", Level::Critical),
    ("high", Level::High),
    ("medium", Level::Medium),
    ("low", Level::Low),
    ("none", Level::Info),
];

pub(super) struct Rating {
    pub(super) cvss: Cvss,
    level: Option<Level>,
    word: Option<Text>,
}

impl Rating {
    /// An assessment by this version of CVSS, which its vector may say more exactly.
    pub(super) fn new(version: &str, element: Element) -> Self {
        let number = match &element.score {
            Some(Number::Number(number)) => Some(*number),
            Some(Number::Text(text)) => text.trim().parse().ok(),
            None => None,
        };
        let word = given(element.severity);
        let of_word = word.as_deref().map(|word| level(word, LEVELS));
        let vector = given(element.vector);
        let version = vector
            .as_deref()
            .and_then(cvss_version)
            .unwrap_or(version)
            .to_owned();
        Self {
            level: of_word.or_else(|| cvss_level(&version, number?)),
            cvss: Cvss {
                score: number.and_then(decimal),
                source: None,
                vector,
                version: version.into(),
            },
            word,
        }
    }
}

/// The highest of a vulnerability's assessments.
pub(super) fn severity(ratings: &[Rating]) -> Severity {
    let rated = ratings
        .iter()
        .filter_map(|rating| Some((rating.level?, rating)));
    let Some((level, rating)) = rated.max_by_key(|(level, _)| *level) else {
        return Severity::unknown();
    };
    of_cvss(level, rating.word.clone(), &rating.cvss)
}
