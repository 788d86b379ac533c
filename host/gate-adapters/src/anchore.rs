//! Anchore's vulnerabilities of an image: of anchore-cli (`anchore-cli --json image vuln IMAGE all`), of AnchoreCTL
//! (`anchorectl image vulnerabilities IMAGE -o json`), and as Anchore Enterprise exports them.
//!
//! Format: anchore-cli prints the answer of the engine's interface (`imageDigest`, `vulnerabilities`); AnchoreCTL a bare
//! list of the same records with other spelling (`packageName` for `package_name`); the export has `metadata` and
//! `securityEvaluation`. The text `None` means that there is none. What was analysed is not said, so that an empty
//! list is complete.

mod record;

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::digest::Digest;
use gate_core::scan_report::{Completeness, Target};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{array, is_array, object};
use crate::error::ReadError;
use crate::format::Format;
use crate::shape::{Root, Shape};

use record::{Evaluated, Vulnerability};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "anchore",
    id: "anchore-json@1",
    reads: "JSON of anchore-cli (`image vuln`), of AnchoreCTL (`image vulnerabilities -o json`) and of Anchore Enterprise's \
            export",
    severity: "severity: Critical, High, Medium, Low; Negligible is low; Unknown, no word and any other word are unknown",
    completeness: "the report does not say what was analysed, so that one without vulnerabilities is complete; an answer \
                   with an error is a run that failed",
    format: Format::Json,
    lists: &["/vulnerabilities/*", "/securityEvaluation/*", "/*"],
    unread: &[],
    sensitive: &[],
    exits: Exits::ZERO,
    recognizes: &recognizes,
    start: &|| Box::new(Anchore::default()),
};

fn recognizes(shape: &Shape) -> bool {
    match shape.root {
        Root::Object => {
            shape.has_all(&["imageDigest", "vulnerabilities"])
                || shape.has_all(&["metadata", "securityEvaluation"])
        }
        Root::Array => shape.has("vuln") && (shape.has("packageName") || shape.has("package_name")),
        _ => false,
    }
}

/// Reads one report. A bare list names its image in each record, if at all.
#[derive(Default)]
struct Anchore {
    digest: Option<String>,
}

/// What decides which of the forms it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    httpcode: Option<i64>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    image_digest: Option<String>,
    registry: Option<String>,
    repository: Option<String>,
    tag: Option<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    image_digest: String,
    #[expect(
        dead_code,
        reason = "there so that another shape than a list is refused"
    )]
    vulnerabilities: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Export {
    #[expect(
        dead_code,
        reason = "there so that another shape than a list is refused"
    )]
    security_evaluation: Vec<u8>,
}

impl Reader for Anchore {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let at = record.evidence();
        let finding = if record.list == 1 {
            record.parse::<Evaluated>()?.finding(at)?
        } else {
            let mut vulnerability: Vulnerability = record.parse()?;
            self.digest = self.digest.take().or(vulnerability.image_digest.take());
            vulnerability.finding(at)?
        };
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        if is_array(envelope) {
            let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
            run.target = self.digest.take().map(|digest| image(None, digest));
            return Ok(run);
        }
        let head: Head<'_> = object(ADAPTER.tool, envelope)?;
        if let (Some(message), Some(code)) = (head.message, head.httpcode) {
            return Err(ReadError::ScannerFailed(format!("{message} ({code})")));
        }
        if let Some(metadata) = head.metadata {
            let _: Export = object(ADAPTER.tool, envelope)?;
            run.finished = metadata.timestamp.and_then(|at| at.parse().ok());
            let parts = [metadata.registry, metadata.repository];
            let name = parts.into_iter().flatten().collect::<Vec<_>>().join("/");
            let name = match metadata.tag {
                Some(tag) => format!("{name}:{tag}"),
                None => name,
            };
            run.target = Some(image(Some(name), metadata.image_digest.unwrap_or_default()));
        } else {
            let answer: Answer = object(ADAPTER.tool, envelope)?;
            run.target = Some(image(None, answer.image_digest));
        }
        Ok(run)
    }
}

/// An image by its name, or by its digest when it has none.
fn image(name: Option<String>, digest: String) -> Target {
    let known = digest.parse::<Digest>().ok();
    Target {
        digests: known.iter().map(Digest::to_string).collect(),
        kind: Some("container_image".to_owned()),
        name: name.filter(|name| !name.is_empty()).unwrap_or(digest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    #[test]
    fn only_a_report_of_anchore_s_is_one() {
        for (text, completeness) in [
            ("[]", Completeness::Complete),
            (
                r#"{"imageDigest":"sha256:1","vulnerabilities":[]}"#,
                Completeness::Complete,
            ),
            (
                r#"{"imageDigest":"sha256:1","vulnerabilities":null}"#,
                Completeness::Failed,
            ),
            (
                r#"{"imageDigest":"sha256:1","vulnerabilities":{}}"#,
                Completeness::Failed,
            ),
            (r#"{"imageDigest":"sha256:1"}"#, Completeness::Failed),
            (r#"{"vulnerabilities":[]}"#, Completeness::Failed),
            (r#"{"metadata":{}}"#, Completeness::Failed),
            (
                r#"{"metadata":{},"securityEvaluation":0}"#,
                Completeness::Failed,
            ),
            ("{}", Completeness::Failed),
            (r#"[{"id":"CVE-2026-1"}]"#, Completeness::Partial),
        ] {
            let read = read_text(&ADAPTER, text).0.report;
            assert_eq!(read.completeness, completeness, "{text}");
        }
    }
}
