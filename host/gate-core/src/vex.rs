//! What somebody says of vulnerabilities in products (VEX): a claim of fact, other than a waiver, which accepts a risk.
//!
//! Only what the profile's trusted authors say has an effect, and only where a statement names the vulnerability and the
//! product. Of statements that contradict each other the worse one holds.

mod product;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::finding::{Finding, Software, Status, Text, Vulnerability};
use crate::fingerprint::Fingerprint;
use crate::request::{Question, Subject};
use crate::time::Moment;

/// The attribute of a finding that names the product whose part a statement is about, with its version or digest. The
/// part's path has no version, which would give each build findings of its own.
pub const PRODUCT: &str = "product";

/// A document with statements.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VexDocument {
    /// Digest of the document as it was given.
    pub digest: Digest,
    /// Digest of what is kept of it.
    pub stored: Digest,
    /// The adapter that read it.
    pub adapter: String,
    /// As it was named.
    pub name: String,
    /// Who says it, in the document's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Moment>,
    /// Whether the profile believes it.
    pub trusted: bool,
    /// What it says.
    pub statements: Vec<Statement>,
}

/// What is said of one vulnerability in one product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// All names of the vulnerability.
    pub ids: Vec<Text>,
    /// The package meant. Its path is what it is part of, where a part of a product is meant.
    pub product: Software,
    /// What is said.
    pub status: VexStatus,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Text>,
}

/// What is said of a vulnerability in a product, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum VexStatus {
    /// It does no harm there.
    NotAffected,
    /// The version that is named does not have it any more.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
    /// It is there.
    Affected,
}

impl Statement {
    /// The statement that an adapter read: a finding of a document of statements.
    #[must_use]
    pub fn of(finding: Finding) -> Option<Self> {
        let whole = finding.attributes.get(PRODUCT).cloned();
        let Vulnerability { ids, software, .. } = *finding.vulnerability?;
        let status = match finding.status {
            Status::NotApplicable => VexStatus::NotAffected,
            Status::Pass => VexStatus::Fixed,
            Status::Open | Status::Informational => VexStatus::UnderInvestigation,
            Status::Fail => VexStatus::Affected,
        };
        let product = Software {
            path: whole.or(software.path),
            ..software
        };
        Some(Self {
            ids,
            product,
            status,
            justification: finding.suppression.and_then(|s| s.justification),
        })
    }

    /// Whether it is about a vulnerability in a package. What names no product is about none, and what is fixed is so
    /// in a version.
    fn is_about(&self, vulnerability: &Vulnerability, subject: Option<&Subject>) -> bool {
        let named = self.ids.iter().any(|id| vulnerability.ids.contains(id));
        let exact = self.status != VexStatus::Fixed || product::is_exact(&self.product);
        named && exact && product::means(&self.product, &vulnerability.software, subject)
    }
}

/// What became of a document in a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VexVerdict {
    /// The document's digest.
    pub digest: Digest,
    /// Whether it was believed.
    pub trusted: bool,
    /// Statements that are about no finding.
    pub unmatched: u32,
    /// Findings that do not count because of it; for one that is not believed, those that would not.
    pub not_affected: Vec<Fingerprint>,
    /// Findings that it would take out, and another statement says otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradicted: Vec<Fingerprint>,
}

/// Applies statements to findings: for each document what became of it, and the positions of findings that are not
/// affected.
#[must_use]
pub fn apply(question: &Question, findings: &[Finding]) -> (Vec<VexVerdict>, BTreeSet<u32>) {
    let mut verdicts = Vec::with_capacity(question.vex.len());
    let mut not_affected = BTreeSet::new();
    if question.vex.is_empty() {
        return (verdicts, not_affected);
    }
    let by_id = by_id(findings);
    let subject = question.subject.as_ref();
    let documents = question.vex.iter();
    let said: Vec<_> = documents.map(|d| Said::by(d, subject, &by_id)).collect();
    let trusted = || {
        question
            .vex
            .iter()
            .zip(&said)
            .filter(|(document, _)| document.trusted)
    };
    let otherwise: BTreeSet<u32> = trusted()
        .flat_map(|(_, said)| &said.otherwise)
        .copied()
        .collect();
    for (document, said) in question.vex.iter().zip(&said) {
        let (contradicted, holds): (Vec<u32>, Vec<u32>) = said
            .not_affected
            .iter()
            .partition(|at| otherwise.contains(at));
        let ids = |positions: &[u32]| {
            let found = positions.iter().filter_map(|at| findings.get(*at as usize));
            found.map(|finding| finding.id).collect()
        };
        verdicts.push(VexVerdict {
            digest: document.digest,
            trusted: document.trusted,
            unmatched: said.unmatched,
            not_affected: ids(&holds),
            contradicted: ids(&contradicted),
        });
        if document.trusted {
            not_affected.extend(holds);
        }
    }
    (verdicts, not_affected)
}

/// The vulnerabilities that count, with their positions, by each of their names.
type ById<'a> = BTreeMap<&'a str, Vec<(u32, &'a Vulnerability)>>;

fn by_id(findings: &[Finding]) -> ById<'_> {
    let mut by_id = ById::new();
    let active = (0..)
        .zip(findings)
        .filter(|(_, finding)| finding.is_active());
    for (position, finding) in active {
        let Some(vulnerability) = finding.vulnerability.as_deref() else {
            continue;
        };
        for id in &vulnerability.ids {
            by_id.entry(id).or_default().push((position, vulnerability));
        }
    }
    by_id
}

/// What a document says of findings, by position.
#[derive(Default)]
struct Said {
    not_affected: BTreeSet<u32>,
    /// Affected, or nobody knows.
    otherwise: BTreeSet<u32>,
    unmatched: u32,
}

impl Said {
    fn by(document: &VexDocument, subject: Option<&Subject>, by_id: &ById<'_>) -> Self {
        let mut said = Self::default();
        for statement in &document.statements {
            let named = statement
                .ids
                .iter()
                .filter_map(|id| by_id.get(&**id))
                .flatten();
            let about: Vec<u32> = named
                .filter(|(_, vulnerability)| statement.is_about(vulnerability, subject))
                .map(|(position, _)| *position)
                .collect();
            if about.is_empty() {
                said.unmatched = said.unmatched.saturating_add(1);
            }
            match statement.status {
                VexStatus::NotAffected | VexStatus::Fixed => said.not_affected.extend(about),
                VexStatus::UnderInvestigation | VexStatus::Affected => said.otherwise.extend(about),
            }
        }
        said
    }
}

#[cfg(test)]
mod tests;
