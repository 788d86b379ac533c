//! Version 2: vulnerable packages, and why they are.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{Finding, FixState, Location, Software, Text};

use super::{ADAPTER, OneOrMore, Rating, name, severity};
use crate::adapter::{Findings, Record, RecordError, Run};
use crate::normalize::{cwe, given, path};
use crate::package::{Known, details};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    severity: Option<Text>,
    is_direct: Option<bool>,
    via: Vec<Via>,
    nodes: Option<Vec<String>>,
    fix_available: Option<Fix>,
}

/// The name of another entry, or an advisory.
#[derive(Deserialize)]
#[serde(untagged)]
enum Via {
    Entry(String),
    Advisory(Box<Advisory>),
}

#[derive(Clone, Deserialize)]
struct Advisory {
    source: Option<Value>,
    name: Option<Text>,
    title: Option<Text>,
    url: Option<Text>,
    severity: Option<Text>,
    cwe: Option<OneOrMore>,
    cvss: Option<Rating>,
    range: Option<Text>,
}

/// Whether there is a fix, or the change to the project that brings it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Fix {
    Known(bool),
    #[serde(rename_all = "camelCase")]
    Change {
        name: Text,
        version: Text,
        is_sem_ver_major: Option<bool>,
    },
}

impl Entry {
    pub(super) fn findings(
        self,
        package: &str,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        if self.via.is_empty() {
            return Err(RecordError::Shape("`via` gives no reason".to_owned()));
        }
        let mut transitive = true;
        let mut read = Ok(());
        for (at, via) in self.via.iter().enumerate() {
            if let Via::Advisory(advisory) = via {
                transitive = false;
                match self.finding(advisory, at, package, record) {
                    Ok(finding) => findings.push(finding, 0),
                    // The others are read all the same.
                    Err(error) => read = Err(error),
                }
            }
        }
        if transitive {
            findings.passed();
        }
        read
    }

    fn finding(
        &self,
        advisory: &Advisory,
        at: usize,
        package: &str,
        record: &Record<'_>,
    ) -> Result<Finding, RecordError> {
        let Advisory {
            source,
            name: own,
            title,
            url,
            severity: word,
            cwe: cwes,
            cvss,
            range,
        } = advisory.clone();
        let mut evidence = record.evidence();
        evidence.pointer = format!("{}/via/{at}", evidence.pointer).into();
        let cvss = cvss.and_then(Rating::cvss);
        let url = given(url);
        let mut finding = Known {
            tool: ADAPTER.tool,
            id: &name(url.as_deref(), source.as_ref()),
            aliases: Vec::new(),
            software: Software {
                ecosystem: Some("npm".into()),
                name: given(own).unwrap_or_else(|| package.into()),
                ..Software::default()
            },
            // The package's word is the worst of all its advisories'.
            severity: severity(given(word).or_else(|| self.severity.clone()), cvss.as_ref()),
            title,
        }
        .finding(evidence)?;
        let nodes = self.nodes.iter().flatten().filter(|node| !node.is_empty());
        let places: Vec<Location> = nodes
            .map(|node| Location {
                path: Some(path(node)),
                ..Location::default()
            })
            .collect();
        if !places.is_empty() {
            finding.locations = places;
        }
        finding.references.extend(url.clone());
        finding.rule.url = url;
        if self.is_direct == Some(true) {
            finding.attributes.insert("direct".into(), "true".into());
        }
        if let Some(range) = given(range) {
            finding.attributes.insert("range".into(), range);
        }
        let fixed = match &self.fix_available {
            Some(Fix::Known(false)) => FixState::None,
            Some(_) => FixState::Fixed,
            None => FixState::Unknown,
        };
        // The version is that of the package which the project itself names, not of the vulnerable one.
        if let Some(Fix::Change {
            name,
            version,
            is_sem_ver_major,
        }) = &self.fix_available
        {
            let major = if *is_sem_ver_major == Some(true) {
                ", a breaking change"
            } else {
                ""
            };
            finding.remediation = Some(format!("install {name}@{version}{major}").into());
        }
        details(&mut finding, |known| {
            known.cvss.extend(cvss);
            known.cwes = cwes
                .iter()
                .flat_map(OneOrMore::list)
                .filter_map(|id| cwe(id))
                .collect();
            known.fix_state = fixed;
        });
        Ok(finding)
    }
}

/// Which entry is there because of which.
#[derive(Default)]
pub(super) struct Trails {
    entries: BTreeSet<String>,
    /// Entries with an advisory, or of which nothing is known because they could not be understood.
    ends: BTreeSet<String>,
    /// By what they name: the entries that name it.
    named_by: BTreeMap<String, Vec<String>>,
}

impl Trails {
    pub(super) fn add(&mut self, package: &str, entry: Option<&Entry>) {
        self.entries.insert(package.to_owned());
        let own =
            entry.is_none_or(|entry| entry.via.iter().any(|via| matches!(via, Via::Advisory(_))));
        if own {
            self.ends.insert(package.to_owned());
        }
        for via in entry.iter().flat_map(|entry| &entry.via) {
            if let Via::Entry(other) = via {
                self.named_by
                    .entry(other.clone())
                    .or_default()
                    .push(package.to_owned());
            }
        }
    }

    /// Says which trails lead to an entry that is not there, or to no advisory.
    pub(super) fn check(&self, run: &mut Run) {
        for (other, packages) in &self.named_by {
            if !self.entries.contains(other) {
                run.left_out(
                    "/vulnerabilities",
                    format!(
                        "{} is vulnerable because of {other}, which is not there",
                        packages.join(" and ")
                    ),
                );
            }
        }
        let mut reached = self.ends.clone();
        let mut next: Vec<&String> = self.ends.iter().collect();
        while let Some(end) = next.pop() {
            for package in self.named_by.get(end).into_iter().flatten() {
                if reached.insert(package.clone()) {
                    next.push(package);
                }
            }
        }
        for package in self.entries.difference(&reached) {
            run.left_out(
                "/vulnerabilities",
                format!("{package} is vulnerable, and no advisory says why"),
            );
        }
    }
}
