//! Prowler's CSV report (`prowler PROVIDER --output-formats csv`); its `json-ocsf` is read as OCSF.
//!
//! Format: `prowler/lib/outputs/csv/csv.py` of Prowler 4 and 5: fields with `;` between them, one row for each check of
//! each resource, those that passed included. Prowler writes no file without a row, so that one with nothing but the
//! names of its columns is not clean. What resources hold (`RESOURCE_DETAILS`, tags) may be anything and is not read.

use serde::Deserialize;

use gate_core::finding::{
    CONTEXT, Class, Finding, Location, Resource, Status, Suppression, SuppressionKind,
    SuppressionState, Text,
};
use gate_core::scan_report::{Completeness, Target};
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::array;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{attribute, given, level};
use crate::redact::secret;
use crate::shape::Shape;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "prowler",
    id: "prowler-csv@1",
    reads: "CSV (`prowler PROVIDER --output-formats csv`) of version 4 and 5",
    severity: "SEVERITY: critical, high, medium, low, informational (info); no word and any other word are unknown",
    completeness: "empty without a row: Prowler writes one for each check, whether it passed or not",
    format: Format::Csv(b';'),
    lists: &["/*"],
    unread: &[],
    sensitive: &[
        secret("ACCOUNT_EMAIL"),
        secret("ACCOUNT_TAGS"),
        secret("NOTES"),
        secret("RESOURCE_DETAILS"),
        secret("RESOURCE_TAGS"),
    ],
    // With `--ignore-exit-code-3` it is 0.
    exits: Exits {
        ended: &[0],
        found: &[3],
    },
    recognizes: &recognizes,
    start: &|| Box::new(Prowler::default()),
};

fn recognizes(shape: &Shape) -> bool {
    let header = shape.text.lines().next().unwrap_or_default();
    let has = |name: &str| {
        header
            .split(';')
            .any(|column| column.trim_matches('"') == name)
    };
    ["CHECK_ID", "FINDING_UID", "MUTED", "STATUS_EXTENDED"]
        .into_iter()
        .all(has)
}

/// Reads one report; holds what every row says of the run.
#[derive(Default)]
struct Prowler {
    version: Option<String>,
    accounts: Vec<(Text, Text)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Row {
    account_uid: Option<Text>,
    additional_urls: Option<String>,
    categories: Option<String>,
    check_id: Text,
    check_title: Option<Text>,
    description: Option<Text>,
    finding_uid: Option<Text>,
    muted: Option<String>,
    provider: Option<Text>,
    prowler_version: Option<String>,
    region: Option<Text>,
    related_url: Option<Text>,
    remediation_recommendation_text: Option<Text>,
    remediation_recommendation_url: Option<Text>,
    resource_name: Option<Text>,
    resource_type: Option<Text>,
    resource_uid: Text,
    risk: Option<Text>,
    service_name: Option<Text>,
    severity: Option<Text>,
    status: String,
    status_extended: Option<Text>,
}

const LEVELS: &[(&str, Level)] = &[
    ("critical", Level::Critical),
    ("high", Level::High),
    ("medium", Level::Medium),
    ("low", Level::Low),
    ("informational", Level::Info),
];

impl Reader for Prowler {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let mut row: Row = record.parse()?;
        self.version = self.version.take().or(row.prowler_version.take());
        let account = (
            row.provider.clone().unwrap_or_default(),
            row.account_uid.clone().unwrap_or_default(),
        );
        if !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
        match row.finding(record)? {
            Some(finding) => findings.push(finding, 0),
            None => findings.passed(),
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let rows: Vec<u8> = array(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.tool_version = self.version.take().filter(|version| !version.is_empty());
        run.scanned = Some(rows.len() as u64);
        if let [(provider, account)] = self.accounts.as_slice() {
            run.target = Some(Target {
                digests: Vec::new(),
                kind: Some(provider.to_string()).filter(|kind| !kind.is_empty()),
                name: account.to_string(),
            });
        }
        if rows.is_empty() {
            run.nothing_scanned("Prowler ran no check");
        }
        Ok(run)
    }
}

impl Row {
    /// `None` when the check passed.
    fn finding(self, record: &Record<'_>) -> Result<Option<Finding>, RecordError> {
        let (status, muted) = match self.status.as_str() {
            "PASS" => return Ok(None),
            "FAIL" => (Status::Fail, false),
            "MUTED" => (Status::Fail, true),
            "MANUAL" => (Status::Open, false),
            "INFO" => (Status::Informational, false),
            _ => {
                let what = "`STATUS` is none of PASS, FAIL, MUTED, MANUAL and INFO";
                return Err(RecordError::Shape(what.to_owned()));
            }
        };
        if self.check_id.is_empty() {
            return Err(RecordError::Shape("`CHECK_ID` is empty".to_owned()));
        }
        let severity = match given(self.severity) {
            Some(word) => Severity::tool(level(&word, LEVELS), word),
            None => Severity::unknown(),
        };
        let region = given(self.region).unwrap_or_default();
        // In a cluster the identifier is another one after each start; the namespace and the name stay.
        let namespace = region.strip_prefix("namespace: ");
        let id: Text = match (namespace, given(self.resource_name.clone())) {
            (Some(namespace), Some(name)) => format!("{namespace}/{name}").into(),
            (_, name) => given(Some(self.resource_uid)).or(name).unwrap_or_default(),
        };
        let title = given(self.check_title).unwrap_or_else(|| self.check_id.clone());
        let at = record.evidence();
        let class = Class::Compliance;
        let mut finding = Finding::new(ADAPTER.tool, class, self.check_id, severity, title, at);
        finding.status = status;
        finding.description = self.description.unwrap_or_default();
        finding.remediation = given(self.remediation_recommendation_text);
        finding.rule.url = given(self.related_url);
        let categories = self.categories.unwrap_or_default();
        let categories = categories.split([',', '|']).map(str::trim);
        finding.rule.tags = categories
            .filter(|tag| !tag.is_empty())
            .map(Into::into)
            .collect();
        finding.rule.tags.sort_unstable();
        finding.rule.tags.dedup();
        finding
            .references
            .extend(given(self.remediation_recommendation_url));
        let urls = self.additional_urls.unwrap_or_default();
        let urls = urls
            .split([',', '|'])
            .map(str::trim)
            .filter(|url| !url.is_empty());
        finding.references.extend(urls.map(Text::from));
        finding.locations = vec![Location {
            logical: Some(id.clone()),
            ..Location::default()
        }];
        // What is checked in each region has one identifier in all of them.
        attribute(&mut finding, CONTEXT, Some(region.clone()));
        finding.resource = Some(Box::new(Resource {
            account: given(self.account_uid),
            id,
            image_digest: None,
            kind: self.resource_type.unwrap_or_default(),
            region: given(Some(region)),
        }));
        attribute(&mut finding, "finding-id", self.finding_uid);
        attribute(&mut finding, "provider", self.provider);
        attribute(&mut finding, "risk", self.risk);
        attribute(&mut finding, "service", self.service_name);
        attribute(&mut finding, "status-detail", self.status_extended);
        let muted = muted
            || self
                .muted
                .is_some_and(|word| word.eq_ignore_ascii_case("true"));
        finding.suppression = muted.then_some(Suppression {
            justification: None,
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
        Ok(Some(finding))
    }
}

#[cfg(test)]
mod tests {
    use gate_core::fingerprint::assemble;

    use super::*;
    use crate::read::testing::read_text;

    const HEADER: &str = "FINDING_UID;CHECK_ID;STATUS;STATUS_EXTENDED;MUTED;SEVERITY;RESOURCE_UID;RESOURCE_NAME;REGION";

    fn read(row: &str) -> crate::read::ReadReport {
        read_text(&ADAPTER, &format!("{HEADER}\n{row}\n")).0
    }

    #[test]
    fn a_status_is_one_of_prowler_s() {
        for (row, status, suppressed) in [
            ("u;c;PASS;s;False;high;r;n;eu", None, 0),
            ("u;c;PASS;s;True;high;r;n;eu", None, 0),
            ("u;c;FAIL;s;False;high;r;n;eu", Some(Status::Fail), 0),
            ("u;c;FAIL;s;True;high;r;n;eu", Some(Status::Fail), 1),
            ("u;c;MUTED;s;True;high;r;n;eu", Some(Status::Fail), 1),
            ("u;c;MANUAL;s;False;high;r;n;eu", Some(Status::Open), 0),
            (
                "u;c;INFO;s;False;high;r;n;eu",
                Some(Status::Informational),
                0,
            ),
        ] {
            let read = read(row);
            assert_eq!(read.findings.first().map(|f| f.status), status, "{row}");
            assert_eq!(read.report.counts.suppressed, suppressed, "{row}");
            assert_eq!(read.report.completeness, Completeness::Complete, "{row}");
        }
        for row in [
            "u;c;SKIPPED;s;False;high;r;n;eu",
            "u;;FAIL;s;False;high;r;n;eu",
        ] {
            assert_eq!(read(row).report.counts.quarantined, 1, "{row}");
        }
    }

    #[test]
    fn a_check_is_told_apart_by_its_resource_and_its_region() {
        let id = |row: &str| {
            let findings = read(row).findings;
            assemble("s", vec![findings]).findings[0].id
        };
        let first = id("u;c;FAIL;s;False;high;r;n;eu");
        assert_eq!(first, id("v;c;FAIL;t;True;low;r;m;eu"));
        assert_ne!(first, id("u;c;FAIL;s;False;high;r;n;us"));
        assert_ne!(first, id("u;c;FAIL;s;False;high;q;n;eu"));
        let pod = "u;c;FAIL;s;False;high;1111-2222;api;namespace: kube-system";
        assert_eq!(id(pod), id(&pod.replace("1111", "3333")));
    }
}
