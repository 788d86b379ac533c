//! The scan of an image in Amazon ECR (`aws ecr describe-image-scan-findings`), basic or enhanced.
//!
//! Format: `DescribeImageScanFindingsResponse` of the interface of 2015-09-21. Enhanced scanning is Amazon Inspector's,
//! whose findings stand in `enhancedFindings`; a scan of that kind that goes on is `ACTIVE`, not `COMPLETE`.
//!
//! The status alone proves nothing: for some seconds after a push it is there, and the lists are empty, before the
//! findings are. What proves that the image was scanned are `findingSeverityCounts` and `imageScanCompletedAt`, which
//! also stand on a page without findings.

mod basic;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::digest::Digest;
use gate_core::scan_report::{Completeness, Target};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::aws::inspector::{Inspected, Outcome, Scope};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::moment;
use crate::redact::secret;
use crate::shape::{Root, Shape};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "ecr",
    id: "ecr-json@1",
    reads: "JSON (`aws ecr describe-image-scan-findings`), basic and enhanced scanning, interface of 2015-09-21",
    severity: "severity: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL (info); UNDEFINED, UNTRIAGED, no word and any other \
               word are unknown",
    completeness: "complete when the status is COMPLETE or ACTIVE, with `findingSeverityCounts` that the findings reach, \
                   `imageScanCompletedAt` and no `nextToken`; partial otherwise; empty when ECR does not scan the \
                   image; failed with any other status",
    format: Format::Json,
    lists: &[
        "/imageScanFindings/findings/*",
        "/imageScanFindings/enhancedFindings/*",
    ],
    unread: &[],
    sensitive: &[
        // What people write on their things may be anything.
        secret("tags"),
        secret("author"),
    ],
    exits: Exits::ZERO,
    recognizes: &recognizes,
    start: &|| Box::new(Ecr),
};

/// `imageScanStatus` and `imageId` may come last, beyond what is looked at.
fn recognizes(shape: &Shape) -> bool {
    shape.root == Root::Object && (shape.has("imageScanFindings") || shape.has("imageScanStatus"))
}

struct Ecr;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    image_id: ImageId,
    image_scan_findings: Option<Scan>,
    image_scan_status: Status,
    /// The command line, told to stop early, writes it with a capital.
    #[serde(alias = "NextToken")]
    next_token: Option<String>,
    repository_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImageId {
    image_digest: Option<String>,
    image_tag: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scan {
    enhanced_findings: Option<Vec<u8>>,
    finding_severity_counts: Option<BTreeMap<String, u64>>,
    findings: Option<Vec<u8>>,
    image_scan_completed_at: Option<Value>,
    vulnerability_source_updated_at: Option<Value>,
}

#[derive(Deserialize)]
struct Status {
    description: Option<String>,
    status: String,
}

/// What the words for a scan mean; any other is a scan that failed.
const STATUSES: &[(&str, Completeness)] = &[
    ("ACTIVE", Completeness::Complete),
    ("COMPLETE", Completeness::Complete),
    ("IMAGE_ARCHIVED", Completeness::Empty),
    ("IMAGE_SIZE_EXCEEDED", Completeness::Empty),
    ("SCAN_ELIGIBILITY_EXPIRED", Completeness::Empty),
    ("UNSUPPORTED_IMAGE", Completeness::Empty),
];

impl Reader for Ecr {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let at = record.evidence();
        if record.list == 0 {
            findings.push(record.parse::<basic::Finding>()?.read(at)?, 0);
            return Ok(());
        }
        match record
            .parse::<Inspected>()?
            .read(ADAPTER.tool, &at, Scope::One)?
        {
            Outcome::Closed => findings.passed(),
            Outcome::Findings(all) => all.into_iter().for_each(|one| findings.push(one, 0)),
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let report: Envelope = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.target = Some(target(report.image_id, report.repository_name));
        let Status {
            description,
            status,
        } = report.image_scan_status;
        let why = match description {
            Some(description) => format!("the status of the scan is {status}: {description}"),
            None => format!("the status of the scan is {status}"),
        };
        let known = STATUSES.iter().find(|(word, _)| *word == status);
        match known.map(|(_, completeness)| *completeness) {
            Some(Completeness::Complete) => {
                scanned(report.image_scan_findings.unwrap_or_default(), &mut run);
            }
            Some(_) => run.nothing_scanned(why),
            None => run.failed(why),
        }
        if report.next_token.is_some_and(|token| !token.is_empty()) {
            run.left_out("/nextToken", "there are more findings on another page");
        }
        Ok(run)
    }
}

fn target(image: ImageId, repository: Option<String>) -> Target {
    let digest = image.image_digest.and_then(|d| d.parse::<Digest>().ok());
    let repository = repository.unwrap_or_default();
    Target {
        digests: digest.iter().map(Digest::to_string).collect(),
        kind: Some("container_image".to_owned()),
        name: match image.image_tag {
            Some(tag) => format!("{repository}:{tag}"),
            None => repository,
        },
    }
}

/// Holds the findings against what the scan says about itself.
fn scanned(scan: Scan, run: &mut Run) {
    let of = |moment_of: Option<Value>| moment_of.as_ref().and_then(moment);
    run.finished = of(scan.image_scan_completed_at);
    run.database_version = of(scan.vulnerability_source_updated_at).map(|at| at.to_string());
    if run.finished.is_none() {
        run.left_out(
            "/imageScanFindings/imageScanCompletedAt",
            "the report does not say when the scan ended",
        );
    }
    let listed = |list: Option<Vec<u8>>| list.map_or(0, |list| list.len() as u64);
    let listed = listed(scan.findings).saturating_add(listed(scan.enhanced_findings));
    let place = "/imageScanFindings/findingSeverityCounts";
    match scan.finding_severity_counts {
        None => run.left_out(place, "the report does not say how many findings there are"),
        Some(counts) => {
            let counted = counts.values().fold(0_u64, |sum, n| sum.saturating_add(*n));
            if counted > listed {
                let missing = format!("there are {counted} findings, of which {listed} are listed");
                run.left_out(place, missing);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    #[test]
    fn only_what_says_so_was_scanned() {
        let scan = r#""imageScanCompletedAt":1772356830.0,"findingSeverityCounts":{}"#;
        let report = |status: &str, scan: &str| {
            format!(
                r#"{{"imageId":{{}},"imageScanStatus":{{"status":"{status}"}},"imageScanFindings":{{{scan}}}}}"#
            )
        };
        for (status, completeness) in [
            ("COMPLETE", Completeness::Complete),
            ("ACTIVE", Completeness::Complete),
            ("SCAN_ELIGIBILITY_EXPIRED", Completeness::Empty),
            ("PENDING", Completeness::Failed),
            ("FINDINGS_UNAVAILABLE", Completeness::Failed),
            ("A_NEW_WORD", Completeness::Failed),
        ] {
            let read = read_text(&ADAPTER, &report(status, scan)).0.report;
            assert_eq!(read.completeness, completeness, "{status}");
        }
        for (scan, completeness) in [
            ("", Completeness::Partial),
            (r#""findingSeverityCounts":{}"#, Completeness::Partial),
            (r#""findings":{}"#, Completeness::Failed),
            (r#""enhancedFindings":"none""#, Completeness::Failed),
            (
                r#""findingSeverityCounts":{"HIGH":-1}"#,
                Completeness::Failed,
            ),
        ] {
            let read = read_text(&ADAPTER, &report("COMPLETE", scan)).0.report;
            assert_eq!(read.completeness, completeness, "{scan}");
        }
        for foreign in ["{}", "[]", r#"{"imageScanFindings":{"findings":[]}}"#] {
            let read = read_text(&ADAPTER, foreign).0.report;
            assert_eq!(read.completeness, Completeness::Failed, "{foreign}");
        }
    }
}
