//! The findings of Amazon GuardDuty (`aws guardduty get-findings`), and its events.
//!
//! Format: `GetFindingsResponse` and `Finding` of the interface of 2017-11-28. The command line writes keys with a
//! capital first letter, Amazon EventBridge (`GuardDuty Finding`, one finding in each event) with a small one. The
//! severity is a number: 1 to 10, with the bands of the user guide. A finding that a filter or a person archived is
//! suppressed. A finding that goes on comes in a new event with a higher count: what changes with it is not carried,
//! so that the events merge.
//!
//! Command lines, parameters of calls, tags and what else may hold anything never get as far as this file. The
//! finding's own identifier is another one after it was archived: it is carried, and no identity.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    CONTEXT, Class, Evidence, Finding, Resource, Suppression, SuppressionKind, SuppressionState,
    Text,
};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Origin, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::aws::{camel_case, event_evidence, is_events, is_list_of_records, next_page};
use crate::envelope::documents;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{attribute, decimal, given, moment};
use crate::redact::{Sensitive, secret, secret_under};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "guardduty",
    id: "guardduty-json@1",
    reads: "JSON (`aws guardduty get-findings`, or events `GuardDuty Finding`, one or several), interface of 2017-11-28",
    severity: "Severity: from 9 critical, from 7 high, from 4 medium, from 1 low; any other number is unknown",
    completeness: "complete: a list of findings says neither what was watched nor whether there are others",
    format: Format::JsonLines,
    lists: &["/Findings/*", "/detail", "/*/detail"],
    unread: &[],
    sensitive: SENSITIVE,
    exits: Exits::ZERO,
    // A list of nothing could be that of other services, and an event looks like that of any.
    recognizes: &|shape| {
        shape.root == Root::Object
            && shape.has("Findings")
            && shape.inner_has_all(&["AccountId", "Arn", "Service"])
    },
    start: &|| Box::new(GuardDuty::default()),
};

const SENSITIVE: &[Sensitive] = &[
    secret("AdditionalInfo"),
    secret("additionalInfo"),
    secret("Parameters"),
    secret("parameters"),
    secret("RequestUri"),
    secret("requestUri"),
    secret("Tags"),
    secret("tags"),
    secret("UserAgent"),
    secret("userAgent"),
    secret("AccessKeyId"),
    secret("accessKeyId"),
    // Command lines, values of the environment, paths of scripts.
    secret_under("RuntimeDetails", "Context"),
    secret_under("runtimeDetails", "context"),
];

/// The type of the events that hold a finding.
const EVENT: &str = "GuardDuty Finding";

/// Where the name of the affected thing stands, by its type; the more particular ones first.
const THINGS: &[(&str, &str)] = &[
    ("S3Bucket", "/s3BucketDetails/0/arn"),
    ("S3Bucket", "/s3BucketDetails/0/name"),
    ("S3Object", "/s3BucketDetails/0/arn"),
    ("Lambda", "/lambdaDetails/functionArn"),
    ("RDSDBInstance", "/rdsDbInstanceDetails/dbInstanceArn"),
    (
        "RDSDBInstance",
        "/rdsDbInstanceDetails/dbInstanceIdentifier",
    ),
    ("RDSLimitlessDB", "/rdsLimitlessDbDetails/dbShardGroupArn"),
    ("ECSCluster", "/ecsClusterDetails/arn"),
    ("EKSCluster", "/eksClusterDetails/arn"),
    ("EKSCluster", "/eksClusterDetails/name"),
    ("KubernetesCluster", "/eksClusterDetails/arn"),
    ("Instance", "/instanceDetails/instanceId"),
    ("Container", "/containerDetails/image"),
    ("EBSSnapshot", "/ebsSnapshotDetails/snapshotArn"),
    ("EC2Image", "/ec2ImageDetails/imageArn"),
    ("BedrockGuardrail", "/bedrockGuardrailDetails/guardrailArn"),
    ("AccessKey", "/accessKeyDetails/userName"),
    ("AccessKey", "/accessKeyDetails/principalId"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detected {
    account_id: Option<Text>,
    arn: Option<Text>,
    confidence: Option<f64>,
    created_at: Option<Value>,
    description: Option<Text>,
    id: Text,
    region: Option<Text>,
    resource: Option<Value>,
    service: Option<Service>,
    severity: Option<f64>,
    title: Option<Text>,
    #[serde(rename = "type")]
    kind: Text,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    archived: Option<bool>,
    count: Option<i64>,
    detection: Option<Value>,
    event_first_seen: Option<Value>,
    feature_name: Option<Text>,
    runtime_details: Option<Value>,
}

#[derive(Default)]
struct GuardDuty {
    /// How often each finding was counted so far, by its identifier.
    counted: BTreeMap<Text, u32>,
}

impl Reader for GuardDuty {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let detected: Detected = serde_json::from_value(camel_case(record.parse()?)?)?;
        let at = match record.list {
            0 => record.evidence(),
            _ => event_evidence(record),
        };
        let id = detected.id.clone();
        let mut finding = finding(detected, at);
        // Each event of a finding counts all that came before.
        let counted = self.counted.entry(id).or_default();
        let count = finding.count;
        finding.count = count.saturating_sub(*counted).max(1);
        *counted = count.max(*counted);
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        for document in documents(ADAPTER.tool, envelope) {
            let document = document?;
            let known = match &document {
                Value::Object(page) if page.contains_key("Findings") => {
                    next_page(page, &mut run);
                    page.get("Findings").is_some_and(is_list_of_records)
                }
                other => is_events(other, EVENT),
            };
            if !known {
                let what = "there is neither a list `Findings` nor an event `GuardDuty Finding`";
                return Err(ReadError::wrong_tool(ADAPTER.tool, what));
            }
        }
        Ok(run)
    }
}

fn finding(detected: Detected, at: Evidence) -> Finding {
    let service = detected.service.unwrap_or_default();
    let title = given(detected.title).unwrap_or_else(|| detected.kind.clone());
    let sample = title.starts_with("[SAMPLE]");
    let mut finding = Finding::new(
        ADAPTER.tool,
        Class::RuntimeEvent,
        detected.kind,
        severity(detected.severity),
        title,
        at,
    );
    finding.description = detected.description.unwrap_or_default();
    // Out of range, it says nothing.
    finding.confidence = detected
        .confidence
        .filter(|c| (0.0..=100.0).contains(c))
        .map(|c| c.round() as u8);
    finding.count = service
        .count
        .and_then(|n| u32::try_from(n).ok())
        .map_or(1, |n| n.max(1));
    let first_seen = service.event_first_seen.as_ref().and_then(moment);
    finding.first_seen = first_seen.or_else(|| detected.created_at.as_ref().and_then(moment));
    if service.archived == Some(true) {
        finding.suppression = Some(Suppression {
            justification: Some("archived in GuardDuty".into()),
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
    }
    let details = detected.resource.unwrap_or_default();
    let (kind, id) = thing(&details, service.detection.as_ref());
    let account = given(detected.account_id);
    finding.resource = id.or_else(|| account.clone()).map(|id| {
        Box::new(Resource {
            account,
            id,
            image_digest: None,
            kind,
            region: given(detected.region),
        })
    });
    let runtime = service.runtime_details.unwrap_or_default();
    let process = text(&runtime, "/process/name");
    let user = text(&details, "/accessKeyDetails/userName");
    let workload = "/kubernetesDetails/kubernetesWorkloadDetails";
    let workload = text(&details, &format!("{workload}/name"));
    attribute(&mut finding, CONTEXT, process.or_else(|| user.clone()));
    attribute(&mut finding, "user", user);
    attribute(&mut finding, "workload", workload);
    attribute(&mut finding, "feature", service.feature_name);
    attribute(&mut finding, "finding-id", Some(detected.id));
    attribute(&mut finding, "finding-arn", detected.arn);
    attribute(&mut finding, "sample", sample.then(|| "true".into()));
    finding
}

/// The bands of the user guide.
fn severity(number: Option<f64>) -> Severity {
    let Some(number) = number else {
        return Severity::unknown();
    };
    let level = match number {
        n if !(1.0..=10.0).contains(&n) => Level::Unknown,
        n if n >= 9.0 => Level::Critical,
        n if n >= 7.0 => Level::High,
        n if n >= 4.0 => Level::Medium,
        _ => Level::Low,
    };
    Severity {
        level,
        origin: Origin::Tool,
        original: decimal(number),
        score: decimal(number),
        source: None,
    }
}

/// The affected thing: its type, and its name where there is one.
fn thing(details: &Value, detection: Option<&Value>) -> (Text, Option<Text>) {
    let kind = text(details, "/resourceType");
    let of_kind = |only: &str| {
        let mut fits = THINGS.iter().filter(|(kind, _)| *kind == only);
        fits.find_map(|(_, at)| text(details, at))
    };
    let any = || {
        let named = |(kind, at): &(&str, &str)| Some((Text::from(*kind), text(details, at)?));
        THINGS.iter().find_map(named)
    };
    if let Some(kind) = &kind
        && let Some(id) = of_kind(kind)
    {
        return (kind.clone(), Some(id));
    }
    // What an attack in several steps was about.
    let sequence = detection.and_then(|d| text(d, "/sequence/resources/0/uid"));
    if let Some(uid) = sequence {
        return (kind.unwrap_or_else(|| "AttackSequence".into()), Some(uid));
    }
    match (kind, any()) {
        (Some(kind), Some((_, id))) => (kind, Some(id)),
        (None, Some((kind, id))) => (kind, Some(id)),
        (kind, None) => (kind.unwrap_or_else(|| "account".into()), None),
    }
}

fn text(value: &Value, pointer: &str) -> Option<Text> {
    let text = value.pointer(pointer)?.as_str()?;
    (!text.is_empty()).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use gate_core::fingerprint::assemble;

    use super::*;
    use crate::read::testing::read_text;

    fn page(finding: &str) -> String {
        format!(r#"{{"Findings":[{finding}]}}"#)
    }

    #[test]
    fn the_bands_meet_without_a_gap() {
        for (number, level) in [
            ("0.9", Level::Unknown),
            ("1", Level::Low),
            ("3.9", Level::Low),
            ("4.0", Level::Medium),
            ("6.9", Level::Medium),
            ("7", Level::High),
            ("8.9", Level::High),
            ("9.0", Level::Critical),
            ("10", Level::Critical),
            ("10.1", Level::Unknown),
            ("-1", Level::Unknown),
            ("null", Level::Unknown),
        ] {
            let text = page(&format!(r#"{{"Id":"1","Type":"T","Severity":{number}}}"#));
            let (read, _) = read_text(&ADAPTER, &text);
            assert_eq!(read.findings[0].severity.level, level, "{number}");
        }
    }

    #[test]
    fn both_ways_to_write_it_say_the_same() {
        let finding = r#"{"Id":"1","Type":"T","Severity":8,"Title":"[SAMPLE] t","AccountId":"0",
            "Resource":{"ResourceType":"Instance","InstanceDetails":{"InstanceId":"i-0"},
            "AccessKeyDetails":{"UserName":"nobody"}},
            "Service":{"Archived":true,"Count":3,"EventFirstSeen":"2026-11-20T09:00:00.000Z",
            "RuntimeDetails":{"Process":{"Name":"sh"},"Context":{"CommandLineExample":"fake"}}}}"#;
        let camel = camel_case(serde_json::from_str(finding).unwrap()).unwrap();
        let event = format!(r#"{{"detail-type":"{EVENT}","detail":{camel}}}"#);
        let of = |text: &str| {
            let (mut read, twin) = read_text(&ADAPTER, text);
            assert!(!twin.contains("fake"), "{twin}");
            let mut finding = read.findings.remove(0);
            finding.evidence.report = gate_core::digest::Digest::of(b"");
            finding.evidence.pointer = "".into();
            finding
        };
        let finding = of(&page(finding));
        assert_eq!(finding, of(&event));
        assert_eq!((finding.count, finding.is_suppressed()), (3, true));
        assert_eq!(finding.attribute(CONTEXT), "sh");
        assert_eq!(finding.resource.as_ref().map(|r| &*r.id), Some("i-0"));
    }

    #[test]
    fn a_finding_that_goes_on_is_one() {
        let event = |count: u32| {
            format!(
                r#"{{"detail-type":"{EVENT}","detail":{{"id":"1","type":"T","severity":4,
                "updatedAt":"2026-11-20T09:00:{count}Z","service":{{"count":{count},
                "eventLastSeen":"2026-11-20T09:00:{count}Z"}}}}}}"#
            )
        };
        let text = [event(10), event(17), event(17), event(30)].join("\n");
        let findings = read_text(&ADAPTER, &text).0.findings;
        let findings = assemble("s", vec![findings]).findings;
        let counts: Vec<u32> = findings.iter().map(|finding| finding.count).collect();
        assert_eq!(counts, [31]);
    }

    #[test]
    fn only_findings_are_a_report() {
        let event = |kind: &str| {
            format!(r#"{{"detail-type":"{kind}","detail":{{"id":"1","type":"T","severity":1}}}}"#)
        };
        let (own, other) = (event(EVENT), event("AWS API Call via CloudTrail"));
        for (text, completeness) in [
            (page(""), Completeness::Complete),
            (own.clone(), Completeness::Complete),
            (format!("[{own},{own}]"), Completeness::Complete),
            (format!("{own}\n{}", page("")), Completeness::Complete),
            (page(r#"{"Id":"1"}"#), Completeness::Partial),
            (
                r#"{"Findings":[],"NextToken":"x"}"#.to_owned(),
                Completeness::Partial,
            ),
            (format!("{own}\n{other}"), Completeness::Failed),
            (
                r#"{"id":"1","type":"T","severity":1}"#.to_owned(),
                Completeness::Failed,
            ),
            (r#"{"Findings":{}}"#.to_owned(), Completeness::Failed),
            ("{}".to_owned(), Completeness::Failed),
            ("[]".to_owned(), Completeness::Failed),
        ] {
            let (read, _) = read_text(&ADAPTER, &text);
            assert_eq!(read.report.completeness, completeness, "{text}");
        }
    }
}
