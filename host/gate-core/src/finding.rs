//! One normalised problem that a scanner reported.
//!
//! Fields stand in alphabetical order: what `serde` writes for a finding is then already canonical JSON
//! (RFC 8785), which `canonical_as_written` below proves, and a hundred thousand findings are written without
//! building a tree.

mod attributes;
mod packer;
mod text;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::fingerprint::Fingerprint;
use crate::severity::Severity;
use crate::time::Moment;

pub use attributes::Attributes;
pub use packer::Packer;
pub use text::Text;

/// The attribute that holds a digest of the finding's surroundings (code without its literals, or a keyed
/// digest of a secret), where an adapter could make one. Part of the identity.
pub const CONTEXT: &str = "context";

/// One normalised problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What the tool said beyond the fields below, by name.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What kind of problem.
    pub class: Class,
    /// 0 (a guess) to 100 (certain).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// How many equal records of the reports this one stands for, itself included.
    pub count: u32,
    /// The tool's explanation, in full length.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
    /// The web address meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Box<Endpoint>>,
    /// Where it stands in which report.
    pub evidence: Evidence,
    /// When the tool first saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Moment>,
    /// Stable identity.
    pub id: Fingerprint,
    /// Keys under which other tools report the same risk; sorted. Never identity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Text>,
    /// Places, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// Addresses of further information, in the tool's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Text>,
    /// What the tool advises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Text>,
    /// The deployed thing meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Box<Resource>>,
    /// The rule or check.
    pub rule: Rule,
    /// How bad.
    pub severity: Severity,
    /// What the tool concluded.
    pub status: Status,
    /// The tool's own decision not to count it. Kept and shown; a policy decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
    /// One line.
    pub title: Text,
    /// The tool's name, in lower case, such as `trivy`.
    pub tool: Text,
    /// What is particular to a known vulnerability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability: Option<Box<Vulnerability>>,
}

impl Finding {
    /// A finding with what every finding has; the rest is empty. The identity is given by
    /// [`crate::fingerprint::assemble`].
    #[must_use]
    pub fn new(
        tool: impl Into<Text>,
        class: Class,
        rule: impl Into<Text>,
        severity: Severity,
        title: impl Into<Text>,
        evidence: Evidence,
    ) -> Self {
        Self {
            attributes: Attributes::new(),
            class,
            confidence: None,
            count: 1,
            description: Text::default(),
            endpoint: None,
            evidence,
            first_seen: None,
            id: Fingerprint::UNASSIGNED,
            keys: Vec::new(),
            locations: Vec::new(),
            references: Vec::new(),
            remediation: None,
            resource: None,
            rule: Rule {
                id: rule.into(),
                name: None,
                tags: Vec::new(),
                url: None,
            },
            severity,
            status: Status::Fail,
            suppression: None,
            title: title.into(),
            tool: tool.into(),
            vulnerability: None,
        }
    }

    /// An attribute's value, empty when there is none.
    #[must_use]
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", |value| value)
    }

    /// Whether the tool says that the problem is there, or may be, and does not ask to leave it out.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.status, Status::Fail | Status::Open) && !self.is_suppressed()
    }

    /// Whether the tool itself asks not to count it: an accepted suppression (SARIF 2.1.0 section 3.27.23: no
    /// state means accepted).
    #[must_use]
    pub fn is_suppressed(&self) -> bool {
        self.suppression
            .as_ref()
            .is_some_and(|s| s.state == SuppressionState::Accepted)
    }
}

/// What kind of problem a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A known vulnerability of a software package.
    Vulnerability,
    /// A credential where it should not be.
    Secret,
    /// A weakness in source code.
    CodeWeakness,
    /// A misconfigured resource, template or manifest.
    Misconfiguration,
    /// A licence that needs attention.
    License,
    /// An alert of a dynamic scan of a web application.
    WebAlert,
    /// Something that happened at run time.
    RuntimeEvent,
    /// A compliance check.
    Compliance,
    /// Style or correctness without a security meaning.
    Lint,
}

impl Class {
    /// The class's word, as used in files and fingerprints.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::Secret => "secret",
            Self::CodeWeakness => "code-weakness",
            Self::Misconfiguration => "misconfiguration",
            Self::License => "license",
            Self::WebAlert => "web-alert",
            Self::RuntimeEvent => "runtime-event",
            Self::Compliance => "compliance",
            Self::Lint => "lint",
        }
    }
}

/// What the tool concluded about its check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The problem is there.
    Fail,
    /// The tool could not tell and asks for a review.
    Open,
    /// The check passed; reported for completeness.
    Pass,
    /// The check does not apply.
    NotApplicable,
    /// A remark, not a problem.
    Informational,
}

/// Where a finding stands in which report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// JSON pointer (RFC 6901) or line number of the record.
    pub pointer: Text,
    /// Digest of the report as the scanner wrote it.
    pub report: Digest,
}

/// The rule or check that a finding violates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The tool's identifier of the rule; for a vulnerability its canonical name.
    pub id: Text,
    /// A readable name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Tags that the tool attached; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Text>,
    /// Documentation of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Text>,
}

/// A place in a file, or a named thing in it. Lines and columns count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Last column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
    /// Last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// A resource address or another logical name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logical: Option<Text>,
    /// Path relative to the scan's root, with `/` between its parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Text>,
    /// First column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_column: Option<u32>,
    /// First line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_line: Option<u32>,
}

/// What is particular to a known vulnerability.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Vulnerability {
    /// CVSS ratings; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cvss: Vec<Cvss>,
    /// CWE numbers; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwes: Vec<u32>,
    /// Exploit probability (EPSS) as decimal text between 0 and 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epss: Option<Text>,
    /// Whether a fix exists.
    pub fix_state: FixState,
    /// Versions that contain a fix, in the tool's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_in: Vec<Text>,
    /// All its names, the canonical one first: a CVE if there is exactly one, else the tool's own.
    pub ids: Vec<Text>,
    /// Listed as known exploited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_exploited: Option<bool>,
    /// The vulnerable package.
    pub software: Software,
}

/// Whether a fix for a vulnerability exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FixState {
    /// The tool did not say.
    Unknown,
    /// A fixed version exists.
    Fixed,
    /// There is no fix yet.
    None,
    /// The vendor will not fix it.
    WontFix,
    /// The vendor put it off.
    Deferred,
    /// The package or its distribution is no longer maintained.
    EndOfLife,
}

/// One CVSS rating.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cvss {
    /// Base score as decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Text>,
    /// Who rated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// Vector string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<Text>,
    /// `2.0`, `3.0`, `3.1`, `3` (the tool does not say which) or `4.0`.
    pub version: Text,
}

/// The name of a package that nobody named. Two of them need not be the same.
pub const UNNAMED: &str = "unnamed";

/// A software package.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Software {
    /// The package-URL type: `deb`, `npm`, `pypi`, `cargo` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecosystem: Option<Text>,
    /// The package's name.
    pub name: Text,
    /// Where it was found, inside the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Text>,
    /// Package URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<Text>,
    /// Installed version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Text>,
}

/// A web address that a finding is about, without query, fragment or user information.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Text>,
    /// Name of the parameter meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<Text>,
    /// The address.
    pub url: Text,
}

/// A deployed thing that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Account that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Text>,
    /// Its identifier.
    pub id: Text,
    /// Digest of the image that runs in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_digest: Option<Text>,
    /// Its type, such as `aws_s3_bucket`.
    pub kind: Text,
    /// Region that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text>,
}

/// A tool's own decision not to count a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// The reason that was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Text>,
    /// By what means.
    pub kind: SuppressionKind,
    /// Whether it holds.
    pub state: SuppressionState,
}

/// By what means a tool suppressed a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SuppressionKind {
    /// A comment in the judged source.
    InSource,
    /// A list that the tool was given.
    External,
    /// A VEX statement that the tool applied.
    Vex,
    /// The tool's own comparison with an earlier run.
    Baseline,
}

/// Whether a suppression holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SuppressionState {
    /// It holds.
    Accepted,
    /// Asked for, not granted: the finding counts.
    UnderReview,
    /// Refused: the finding counts.
    Rejected,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::severity::{Level, Origin};

    /// A finding with every field set.
    pub(crate) fn full() -> Finding {
        let mut finding = Finding::new(
            "trivy",
            Class::Vulnerability,
            "CVE-2026-0001",
            Severity {
                level: Level::Critical,
                origin: Origin::Vendor,
                original: Some("CRITICAL".into()),
                score: Some("9.8".into()),
                source: Some("nvd".into()),
            },
            "zlib: \u{e9}\u{1f600}\u{2028} \"quoted\" \u{1}",
            Evidence {
                pointer: "/Results/0".into(),
                report: Digest::of(b"report"),
            },
        );
        finding.attributes.insert("\u{ffff}".into(), "a".into());
        finding.attributes.insert("key".into(), "b".into());
        finding.confidence = Some(80);
        finding.description = "long\ntext".into();
        finding.endpoint = Some(Box::new(Endpoint {
            method: Some("GET".into()),
            parameter: Some("q".into()),
            url: "https://shop.example/".into(),
        }));
        finding.first_seen = "2026-01-01T00:00:00Z".parse().ok();
        finding.keys = vec!["vuln:CVE-2026-0001".into()];
        finding.locations = vec![Location {
            end_column: Some(4),
            end_line: Some(3),
            logical: Some("x.y".into()),
            path: Some("a/b".into()),
            start_column: Some(2),
            start_line: Some(1),
        }];
        finding.references = vec!["https://cve.example".into()];
        finding.remediation = Some("upgrade".into());
        finding.resource = Some(Box::new(Resource {
            account: Some("1".into()),
            id: "i".into(),
            image_digest: Some("sha256:0".into()),
            kind: "k".into(),
            region: Some("r".into()),
        }));
        finding.rule = Rule {
            id: "CVE-2026-0001".into(),
            name: Some("n".into()),
            tags: vec!["t".into()],
            url: Some("u".into()),
        };
        finding.suppression = Some(Suppression {
            justification: Some("j".into()),
            kind: SuppressionKind::InSource,
            state: SuppressionState::UnderReview,
        });
        finding.vulnerability = Some(Box::new(Vulnerability {
            cvss: vec![Cvss {
                score: Some("9.8".into()),
                source: Some("nvd".into()),
                vector: Some("CVSS:3.1/AV:N".into()),
                version: "3.1".into(),
            }],
            cwes: vec![787],
            epss: Some("0.5".into()),
            fix_state: FixState::Fixed,
            fixed_in: vec!["1.2".into()],
            ids: vec!["CVE-2026-0001".into(), "GHSA-1".into()],
            known_exploited: Some(true),
            software: Software {
                ecosystem: Some("deb".into()),
                name: "zlib".into(),
                path: Some("p".into()),
                purl: Some("pkg:deb/zlib".into()),
                version: Some("1".into()),
            },
        }));
        finding
    }

    #[test]
    fn canonical_as_written() {
        let finding = full();
        let mut written = Vec::new();
        crate::record::write_findings(std::slice::from_ref(&finding), &mut written).unwrap();
        let mut canonical = crate::canonical::to_vec(&finding).unwrap();
        canonical.push(b'\n');
        assert_eq!(String::from_utf8(written), String::from_utf8(canonical));
    }

    #[test]
    fn read_as_written() {
        let finding = full();
        let text = serde_json::to_string(&finding).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let text = serde_json::to_string(&full())
            .unwrap()
            .replacen('{', "{\"surprise\":1,", 1);
        let error = serde_json::from_str::<Finding>(&text)
            .unwrap_err()
            .to_string();
        assert!(error.contains("surprise"), "{error}");
    }
}
