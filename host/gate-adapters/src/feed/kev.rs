//! KEV: `known_exploited_vulnerabilities.json`, as CISA publishes it (schema of 2024-12-12, with `cwes`).
//!
//! Of each vulnerability the days and the use by ransomware are read; the rest are texts for people. The splitter refuses
//! what must not be guessed about, such as a key that stands twice.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use gate_core::digest::Digest;
use gate_core::feed::{Draft, Entry, FeedKind, Ransomware, is_model};
use gate_core::time::Moment;

use super::{ImportError, Imported};
use crate::error::{ReadError, complaint};
use crate::redact::Redactor;
use crate::splitter::{At, Sink, Splitter};

/// All but the vulnerabilities.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Catalogue {
    #[serde(rename = "title")]
    _title: Option<IgnoredAny>,
    catalog_version: String,
    date_released: String,
    count: u64,
    /// A `0` for each.
    vulnerabilities: Vec<IgnoredAny>,
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability {
    #[serde(rename = "cveID")]
    cve: String,
    #[serde(rename = "vendorProject")]
    _vendor: Option<IgnoredAny>,
    #[serde(rename = "product")]
    _product: Option<IgnoredAny>,
    #[serde(rename = "vulnerabilityName")]
    _name: Option<IgnoredAny>,
    date_added: String,
    #[serde(rename = "shortDescription")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "requiredAction")]
    _action: Option<IgnoredAny>,
    due_date: String,
    /// The schema has it optional, and `Unknown` where it is left out.
    known_ransomware_campaign_use: Option<String>,
    #[serde(rename = "notes")]
    _notes: Option<IgnoredAny>,
    #[serde(rename = "cwes")]
    _cwes: Option<IgnoredAny>,
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

pub(super) fn import(bytes: &[u8], source: Digest) -> Result<Imported, ImportError> {
    let mut splitter = Splitter::new(&["/vulnerabilities/*"], Redactor::off());
    let mut records = Records::default();
    splitter.feed(bytes, &mut records)?;
    let envelope = splitter.finish()?;
    let Catalogue {
        catalog_version: model,
        date_released,
        count: said,
        vulnerabilities,
        unknown,
        ..
    } = serde_json::from_slice(&envelope).map_err(|error| match error.is_data() {
        true => ImportError::WrongFeed {
            kind: FeedKind::Kev,
            what: complaint(&error),
        },
        false => ImportError::malformed(complaint(&error), error.line() as u64),
    })?;
    for name in unknown.into_keys() {
        records.unknown.entry(name).or_insert(None);
    }
    if !is_model(&model) {
        return Err(not_a("catalogVersion", "a version such as `2025.11.20`"));
    }
    let date: Moment = date_released.parse().map_err(|_| {
        not_a(
            "dateReleased",
            "a moment such as `2025-11-20T18:00:00.000Z`",
        )
    })?;
    let found = vulnerabilities.len() as u64;
    if said != found {
        return Err(ImportError::Count { said, found });
    }
    let mut draft = Draft::new(FeedKind::Kev, date, model, source);
    for (line, json) in &records.all {
        let vulnerability: Vulnerability = serde_json::from_slice(json).map_err(|error| {
            let within = error.line().saturating_sub(1) as u64;
            ImportError::malformed(complaint(&error), line.saturating_add(within))
        })?;
        let row = |what| ImportError::Row { line: *line, what };
        let entry = vulnerability.entry(*line)?;
        draft.insert(&vulnerability.cve, entry).map_err(row)?;
        for name in vulnerability.unknown.into_keys() {
            records.unknown.entry(name).or_insert(Some(*line));
        }
    }
    let feed = draft.write()?;
    let unknown = records.unknown.into_iter().map(|(name, line)| match line {
        Some(line) => format!("`{name}` of a vulnerability, line {line}"),
        None => format!("`{name}` of the catalogue"),
    });
    Ok(Imported {
        feed,
        unknown: unknown.collect(),
    })
}

fn not_a(name: &str, expected: &str) -> ImportError {
    ImportError::WrongFeed {
        kind: FeedKind::Kev,
        what: format!("expected as `{name}` {expected}"),
    }
}

impl Vulnerability {
    fn entry(&self, line: u64) -> Result<Entry<'_>, ImportError> {
        let ransomware = match self.known_ransomware_campaign_use.as_deref() {
            Some("Known") => Ransomware::Known,
            Some("Unknown") | None => Ransomware::Unknown,
            Some(_) => {
                let what = "expected as `knownRansomwareCampaignUse` `Known` or `Unknown`";
                return Err(ImportError::malformed(what, line));
            }
        };
        Ok(Entry::Kev {
            added: &self.date_added,
            due: &self.due_date,
            ransomware,
        })
    }
}

/// The vulnerabilities, each with its line.
#[derive(Default)]
struct Records {
    all: Vec<(u64, Vec<u8>)>,
    /// Names of fields that are not known, and where each stands first; no line for those of the catalogue.
    unknown: BTreeMap<String, Option<u64>>,
}

impl Sink for Records {
    fn record(&mut self, at: &At<'_>, json: &[u8]) -> Result<(), ReadError> {
        self.all.push((at.line, json.to_vec()));
        Ok(())
    }

    fn twin(&mut self, _: &[u8]) -> Result<(), ReadError> {
        Ok(())
    }
}
