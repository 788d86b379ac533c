//! A dependency with its vulnerabilities, as JSON and as XML write it.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use gate_core::finding::{
    Cvss, Evidence, Finding, Location, Software, Suppression, SuppressionKind, SuppressionState,
    Text,
};
use gate_core::severity::{Level, Origin, Severity};

use super::TOOL;
use crate::adapter::{Findings, Record, RecordError};
use crate::normalize::{cvss_level, cwe, decimal, given, level, path};
use crate::package::{Known, by_cvss, details, newest, software_of_purl};

/// The words of Dependency-Check's sources.
const LEVELS: &[(&str, Level)] = &[
    ("critical", Level::Critical),
    ("high", Level::High),
    ("medium", Level::Medium),
    ("moderate", Level::Medium),
    ("low", Level::Low),
    ("info", Level::Info),
    ("informational", Level::Info),
    ("none", Level::Info),
];

/// Words for how sure the name of a package is.
const CONFIDENCES: &[(&str, u8)] = &[("HIGHEST", 100), ("HIGH", 90), ("MEDIUM", 60), ("LOW", 30)];

/// Most files that are named beside the first; a package can be in hundreds.
const MAX_RELATED: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency {
    file_name: Text,
    file_path: Option<String>,
    /// Of JSON.
    packages: Option<Vec<Identifier>>,
    /// Of XML: packages, and names that are not.
    identifiers: Option<Bag<Identifier>>,
    related_dependencies: Option<Vec<Related>>,
    vulnerabilities: Option<Vulnerabilities>,
    /// Of JSON; in XML they stand among the others.
    suppressed_vulnerabilities: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Bag<T> {
    #[serde(rename = "#items")]
    items: Vec<T>,
}

#[derive(Deserialize)]
struct Identifier {
    id: Option<Text>,
    #[serde(alias = "@confidence")]
    confidence: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Related {
    file_path: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vulnerabilities {
    Json(Vec<Entry>),
    Xml(Bag<Entry>),
}

/// A vulnerability that can't be understood must not take the others of its dependency with it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Understood(Box<Vulnerability>),
    Odd(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability {
    /// Of XML: whether it is suppressed.
    #[serde(rename = "#name")]
    element: Option<String>,
    #[serde(alias = "@source")]
    source: Option<Text>,
    name: Text,
    severity: Option<Word>,
    /// `"true"` where the severity is not from a score.
    unscored: Option<Value>,
    #[serde(alias = "cvssV2")]
    cvssv2: Option<Score>,
    #[serde(alias = "cvssV3")]
    cvssv3: Option<Score>,
    #[serde(alias = "cvssV4")]
    cvssv4: Option<Score>,
    /// Of XML before schema 2.
    cvss_score: Option<Number>,
    cwes: Option<Vec<Text>>,
    /// Of XML before schema 2.
    cwe: Option<Text>,
    description: Option<Text>,
    notes: Option<Text>,
    references: Option<Vec<Reference>>,
    known_exploited_vulnerability: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Plain(Text),
    Attributed {
        #[serde(rename = "#text")]
        text: Option<Text>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(f64),
    Text(String),
}

impl Number {
    fn value(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Score {
    /// Version 2 has no `baseScore`.
    #[serde(alias = "score")]
    base_score: Option<Number>,
    /// An older template writes it with the end of a tag.
    #[serde(alias = "severity", alias = "baseSeverity>")]
    base_severity: Option<Text>,
    vector_string: Option<Text>,
    version: Option<Text>,
    source: Option<Text>,
}

#[derive(Deserialize)]
struct Reference {
    url: Option<Text>,
}

impl Dependency {
    /// Pushes the findings, good ones first.
    pub(super) fn findings(
        mut self,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let (list, entries) = match self.vulnerabilities.take() {
            Some(Vulnerabilities::Json(list)) => ("vulnerabilities", list),
            Some(Vulnerabilities::Xml(bag)) => ("vulnerabilities/#items", bag.items),
            None => ("vulnerabilities", Vec::new()),
        };
        let suppressed = self.suppressed_vulnerabilities.take().unwrap_or_default();
        if entries.is_empty() && suppressed.is_empty() {
            findings.passed();
            return Ok(());
        }
        let lists = [
            (list, entries, false),
            ("suppressedVulnerabilities", suppressed, true),
        ];
        let mut read = Ok(());
        for (list, entries, suppressed) in lists {
            for (at, entry) in entries.into_iter().enumerate() {
                let mut evidence = record.evidence();
                evidence.pointer = format!("{}/{list}/{at}", evidence.pointer).into();
                let finding = match entry {
                    Entry::Understood(vulnerability) => {
                        vulnerability.finding(&self, suppressed, evidence)
                    }
                    Entry::Odd(_) => {
                        let what = format!("{list}/{at} of the dependency is no vulnerability");
                        Err(RecordError::Shape(what))
                    }
                };
                match finding {
                    Ok(finding) => findings.push(finding, 0),
                    // The others are read all the same.
                    Err(error) => read = Err(error),
                }
            }
        }
        read
    }

    /// The package URL of which Dependency-Check is surest; of equals the first.
    fn package(&self) -> Option<(&Text, u8)> {
        let inside = self.identifiers.iter().flat_map(|bag| &bag.items);
        let all = self.packages.iter().flatten().chain(inside);
        let purls = all.filter_map(|one| {
            let purl = one.id.as_ref().filter(|id| id.starts_with("pkg:"))?;
            let said = one.confidence.as_deref().unwrap_or_default();
            let known = CONFIDENCES
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(said));
            Some((purl, known.map_or(0, |(_, percent)| *percent)))
        });
        purls.reduce(|a, b| if b.1 > a.1 { b } else { a })
    }

    /// The file is a place and not part of the package: it is written with the folder of the checkout, and an
    /// identity must be the same in the next one.
    fn software(&self, purl: Option<&Text>) -> Software {
        let of_purl = purl.and_then(|purl| software_of_purl(purl));
        of_purl.unwrap_or_else(|| Software {
            name: self.file_name.clone(),
            purl: purl.cloned(),
            ..Software::default()
        })
    }

    fn locations(&self) -> Vec<Location> {
        let related = self.related_dependencies.iter().flatten().take(MAX_RELATED);
        let files = std::iter::once(&self.file_path).chain(related.map(|one| &one.file_path));
        let files = files.flatten().filter(|file| !file.is_empty());
        files
            .map(|file| Location {
                path: Some(path(file)),
                ..Location::default()
            })
            .collect()
    }
}

impl Vulnerability {
    fn finding(
        self,
        dependency: &Dependency,
        suppressed: bool,
        at: Evidence,
    ) -> Result<Finding, RecordError> {
        let (purl, confidence) = dependency.package().unzip();
        let cvss = self.ratings();
        let mut finding = Known {
            tool: TOOL,
            id: &self.name,
            aliases: Vec::new(),
            software: dependency.software(purl),
            severity: self.severity(&cvss),
            title: None,
        }
        .finding(at)?;
        finding.confidence = confidence.filter(|percent| *percent > 0);
        finding.description = self.description.unwrap_or_default();
        finding.locations = dependency.locations();
        let urls = self.references.into_iter().flatten();
        finding.references = urls.filter_map(|reference| given(reference.url)).collect();
        if let Some(source) = given(self.source) {
            finding.attributes.insert("source".into(), source);
        }
        if suppressed || self.element.as_deref() == Some("suppressedVulnerability") {
            finding.suppression = Some(Suppression {
                justification: given(self.notes),
                kind: SuppressionKind::External,
                state: SuppressionState::Accepted,
            });
        }
        // With its name behind it, such as `CWE-79 Improper …`.
        let number = |text: &Text| text.split_whitespace().next().and_then(cwe);
        details(&mut finding, |known| {
            known.cvss = cvss;
            known.cwes = self
                .cwes
                .iter()
                .flatten()
                .chain(&self.cwe)
                .filter_map(number)
                .collect();
            known.known_exploited = self.known_exploited_vulnerability.map(|_| true);
        });
        Ok(finding)
    }

    fn ratings(&self) -> Vec<Cvss> {
        let newer = [
            ("4.0", &self.cvssv4),
            ("3", &self.cvssv3),
            ("2.0", &self.cvssv2),
        ];
        let newer = newer.into_iter().filter_map(|(version, score)| {
            let written = score.as_ref()?;
            let number = written.base_score.as_ref().and_then(Number::value);
            Some(Cvss {
                score: number.and_then(decimal),
                source: given(written.source.clone()),
                vector: given(written.vector_string.clone()),
                version: given(written.version.clone()).unwrap_or_else(|| version.into()),
            })
        });
        let older = self
            .cvss_score
            .as_ref()
            .and_then(Number::value)
            .map(|number| Cvss {
                score: decimal(number),
                source: None,
                vector: None,
                version: "2.0".into(),
            });
        newer.chain(older).collect()
    }

    fn severity(&self, cvss: &[Cvss]) -> Severity {
        let own = match &self.severity {
            Some(Word::Plain(word)) => Some(word),
            Some(Word::Attributed { text }) => text.as_ref(),
            None => None,
        };
        let rated = [&self.cvssv4, &self.cvssv3, &self.cvssv2]
            .into_iter()
            .flatten();
        let mut words = own
            .into_iter()
            .chain(rated.filter_map(|score| score.base_severity.as_ref()));
        let Some(word) = words.find(|word| !word.trim().is_empty()) else {
            return by_cvss(cvss);
        };
        let source = given(self.source.clone());
        Severity {
            level: self.level(word),
            origin: if source.is_some() {
                Origin::Vendor
            } else {
                Origin::Tool
            },
            original: Some(word.clone()),
            score: newest(cvss).and_then(|rating| rating.score.clone()),
            source,
        }
    }

    /// A score of 0 that is none means that nobody rated it.
    fn level(&self, word: &str) -> Level {
        let Ok(number) = word.trim().parse::<f64>() else {
            return level(word.trim(), LEVELS);
        };
        let attributed = matches!(self.severity, Some(Word::Attributed { .. }));
        let unscored = attributed || self.unscored.as_ref().is_some_and(is_true);
        match cvss_level("3", number) {
            None => Level::Unknown,
            Some(Level::Info) if unscored => Level::Unknown,
            Some(level) => level,
        }
    }
}

fn is_true(written: &Value) -> bool {
    *written == Value::Bool(true) || written.as_str() == Some("true")
}
