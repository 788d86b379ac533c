//! What stands inside of a finding. Nothing is copied; a column is looked at when it is asked for.

use super::{Finding, optional, range, text, value};
use crate::bindings::exports::gate::policy::guest as wit;
use crate::{FixState, Level, Origin, SuppressionKind, SuppressionState};

/// How bad a finding is, and how that came about.
#[derive(Debug, Clone, Copy)]
pub struct Severity<'a>(pub(super) &'a Finding);

impl<'a> Severity<'a> {
    fn columns(self) -> &'a wit::Severities {
        &self.0.batch().severity
    }

    /// The level. Reads `severity.level`.
    #[must_use]
    pub fn level(self) -> Level {
        self.0.level()
    }

    /// Where the level comes from. Reads `severity.origin`.
    #[must_use]
    pub fn origin(self) -> Origin {
        self.0.value(&self.columns().origin, "severity.origin")
    }

    /// The tool's own word, as written. Reads `severity.original`.
    #[must_use]
    pub fn original(self) -> Option<&'a str> {
        let column = &self.columns().original;
        self.0.optional(column, "severity.original")
    }

    /// Who the tool quotes. Reads `severity.source`.
    #[must_use]
    pub fn source(self) -> Option<&'a str> {
        self.0.optional(&self.columns().source, "severity.source")
    }

    /// A numeric score as decimal text, such as `9.8`. Reads `severity.score`.
    #[must_use]
    pub fn score(self) -> Option<&'a str> {
        self.0.optional(&self.columns().score, "severity.score")
    }
}

/// The rule or check that a finding violates.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a>(pub(super) &'a Finding);

impl<'a> Rule<'a> {
    fn columns(self) -> &'a wit::Rules {
        &self.0.batch().rule
    }

    /// The tool's identifier of it. Reads `rule.id`.
    #[must_use]
    pub fn id(self) -> &'a str {
        self.0.text(&self.columns().id, "rule.id")
    }

    /// A readable name. Reads `rule.name`.
    #[must_use]
    pub fn name(self) -> Option<&'a str> {
        self.0.optional(&self.columns().name, "rule.name")
    }

    /// Its documentation. Reads `rule.url`.
    #[must_use]
    pub fn url(self) -> Option<&'a str> {
        self.0.optional(&self.columns().url, "rule.url")
    }

    /// Tags that the tool attached. Reads `rule.tags`.
    pub fn tags(self) -> impl Iterator<Item = &'a str> {
        self.0.texts(&self.columns().tags, "rule.tags")
    }
}

/// What is particular to a known vulnerability.
#[derive(Debug, Clone, Copy)]
pub struct Vulnerability<'a>(pub(super) &'a Finding);

impl<'a> Vulnerability<'a> {
    fn columns(self) -> &'a wit::Vulnerabilities {
        &self.0.batch().vulnerability
    }

    /// All its names, the canonical one first. Reads `vulnerability.ids`.
    pub fn ids(self) -> impl Iterator<Item = &'a str> {
        self.0.texts(&self.columns().ids, "vulnerability.ids")
    }

    /// CWE numbers. Reads `vulnerability.cwes`.
    pub fn cwes(self) -> impl Iterator<Item = u32> {
        const NAME: &str = "vulnerability.cwes";
        let column = &self.columns().cwes;
        range(&column.ends, self.0.row, NAME).map(|item| value(&column.items, item, NAME))
    }

    /// The package. Reads `vulnerability.software`.
    #[must_use]
    pub fn software(self) -> Software<'a> {
        const NAME: &str = "vulnerability.software";
        let columns = &self.columns().software;
        Software {
            ecosystem: self.0.optional(&columns.ecosystem, NAME),
            name: self.0.text(&columns.name, NAME),
            version: self.0.optional(&columns.version, NAME),
            purl: self.0.optional(&columns.purl, NAME),
            path: self.0.optional(&columns.path, NAME),
        }
    }

    /// Versions that contain a fix. Reads `vulnerability.fixed-in`.
    pub fn fixed_in(self) -> impl Iterator<Item = &'a str> {
        let column = &self.columns().fixed_in;
        self.0.texts(column, "vulnerability.fixed-in")
    }

    /// Whether a fix exists. Reads `vulnerability.fix-state`.
    #[must_use]
    pub fn fix_state(self) -> FixState {
        let column = &self.columns().fix_state;
        self.0.value(column, "vulnerability.fix-state")
    }

    /// Exploit probability (EPSS) as decimal text between 0 and 1. Reads `vulnerability.epss`.
    #[must_use]
    pub fn epss(self) -> Option<&'a str> {
        self.0.optional(&self.columns().epss, "vulnerability.epss")
    }

    /// Listed as known exploited. Reads `vulnerability.known-exploited`.
    #[must_use]
    pub fn known_exploited(self) -> Option<bool> {
        let column = &self.columns().known_exploited;
        self.0.value(column, "vulnerability.known-exploited")
    }

    /// CVSS ratings. Reads `vulnerability.cvss`.
    pub fn cvss(self) -> impl Iterator<Item = Cvss<'a>> {
        const NAME: &str = "vulnerability.cvss";
        let columns = &self.columns().cvss;
        range(&columns.ends, self.0.row, NAME).map(|at| Cvss {
            version: text(&columns.version, at, NAME),
            vector: optional(text(&columns.vector, at, NAME)),
            score: optional(text(&columns.score, at, NAME)),
            source: optional(text(&columns.source, at, NAME)),
        })
    }
}

/// A software package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Software<'a> {
    /// The package-URL type: `deb`, `npm`, `pypi`, `cargo` …
    pub ecosystem: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: Option<&'a str>,
    /// Its package URL.
    pub purl: Option<&'a str>,
    /// Where it was found, inside the target.
    pub path: Option<&'a str>,
}

/// One CVSS rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cvss<'a> {
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: &'a str,
    /// Its vector.
    pub vector: Option<&'a str>,
    /// Base score as decimal text.
    pub score: Option<&'a str>,
    /// Who rated.
    pub source: Option<&'a str>,
}

/// A place in a file, or a named resource in it. Lines and columns count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location<'a> {
    /// Path relative to the scan's root, with `/` between its parts.
    pub path: Option<&'a str>,
    /// First line.
    pub start_line: Option<u32>,
    /// Last line.
    pub end_line: Option<u32>,
    /// First column.
    pub start_column: Option<u32>,
    /// Last column.
    pub end_column: Option<u32>,
    /// A resource address or another logical name.
    pub logical: Option<&'a str>,
}

impl<'a> Location<'a> {
    pub(super) fn at(columns: &'a wit::LocationLists, at: usize) -> Self {
        const NAME: &str = "locations";
        let number = |column: &[u32]| Some(value(column, at, NAME)).filter(|n| *n > 0);
        Self {
            path: optional(text(&columns.path, at, NAME)),
            start_line: number(&columns.start_line),
            end_line: number(&columns.end_line),
            start_column: number(&columns.start_column),
            end_column: number(&columns.end_column),
            logical: optional(text(&columns.logical, at, NAME)),
        }
    }
}

/// A web address that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// The method of the request.
    pub method: Option<&'a str>,
    /// The address, without query, fragment or user information.
    pub url: &'a str,
    /// The parameter meant.
    pub parameter: Option<&'a str>,
}

impl<'a> Endpoint<'a> {
    pub(super) fn of(columns: &'a wit::Endpoints, row: usize) -> Option<Self> {
        const NAME: &str = "endpoint";
        value(&columns.present, row, NAME).then(|| Self {
            method: optional(text(&columns.method, row, NAME)),
            url: text(&columns.url, row, NAME),
            parameter: optional(text(&columns.parameter, row, NAME)),
        })
    }
}

/// A deployed thing that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Such as `aws_s3_bucket` or `AWS::S3::Bucket`.
    pub kind: &'a str,
    /// Its name.
    pub id: &'a str,
    /// Where it runs.
    pub region: Option<&'a str>,
    /// Whose it is.
    pub account: Option<&'a str>,
    /// Digest of the image that it runs.
    pub image_digest: Option<&'a str>,
}

impl<'a> Resource<'a> {
    pub(super) fn of(columns: &'a wit::Resources, row: usize) -> Option<Self> {
        const NAME: &str = "resource";
        value(&columns.present, row, NAME).then(|| Self {
            kind: text(&columns.kind, row, NAME),
            id: text(&columns.id, row, NAME),
            region: optional(text(&columns.region, row, NAME)),
            account: optional(text(&columns.account, row, NAME)),
            image_digest: optional(text(&columns.image_digest, row, NAME)),
        })
    }
}

/// A tool's own decision not to count a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suppression<'a> {
    /// Where it comes from.
    pub kind: SuppressionKind,
    /// Whether it holds.
    pub state: SuppressionState,
    /// Why.
    pub justification: Option<&'a str>,
}

impl<'a> Suppression<'a> {
    pub(super) fn of(columns: &'a wit::Suppressions, row: usize) -> Option<Self> {
        const NAME: &str = "suppression";
        value(&columns.present, row, NAME).then(|| Self {
            kind: value(&columns.kind, row, NAME),
            state: value(&columns.state, row, NAME),
            justification: optional(text(&columns.justification, row, NAME)),
        })
    }
}
