//! Records and findings for the tests of this part.

use gate_core::digest::Digest;
use gate_core::finding::{
    Class, Cvss, Endpoint, Evidence, Finding, FixState, Location, Resource, Software, Vulnerability,
};
use gate_core::fingerprint::assemble;
use gate_core::gate::GateName;
use gate_core::record::{FindingsRef, FormatVersion, Producer, Record};
use gate_core::request::{Enforcement, Question, Subject};
use gate_core::scan_report::{Completeness, Problem, ScanReport, Target};
use gate_core::severity::{Level, Origin, Severity};
use gate_core::verdict::{Counts, Outcome, Verdict};

use crate::Identity;

pub(super) fn identity() -> Identity {
    Identity {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        arn: "arn:aws:sts::111122223333:assumed-role/pipeline/build".to_owned(),
    }
}

/// The report of a tool.
pub(super) fn report(tool: &str) -> ScanReport {
    let problem = Problem {
        code: "unused".to_owned(),
        message: String::new(),
        place: None,
        help: None,
    };
    ScanReport {
        tool: tool.to_owned(),
        digest: Some(Digest::of(tool.as_bytes())),
        completeness: Completeness::Complete,
        problems: Vec::new(),
        target: (tool == "trivy").then(|| Target {
            digests: Vec::new(),
            kind: Some("container_image".to_owned()),
            name: "shop".to_owned(),
        }),
        ..ScanReport::unreadable(format!("{tool}.json"), problem)
    }
}

/// A record of the gate `image` at a moment, with the reports of some tools.
pub(super) fn record(at: &str, tools: &[&str], outcome: Outcome) -> Record {
    let gate = GateName::new("image").unwrap();
    let mut question = Question::of(gate.clone(), at.parse().unwrap());
    question.scope = "shop".to_owned();
    question.subject = Some(Subject {
        name: "registry.example/shop/api".to_owned(),
        digest: Some(Digest::of(b"image")),
    });
    let verdict = Verdict {
        gate,
        subject: question.subject.clone(),
        evaluated_at: question.evaluated_at,
        outcome,
        enforcement: Enforcement::Enforce,
        reasons: Vec::new(),
        counts: Counts::default(),
        policies: Vec::new(),
        dispositions: std::collections::BTreeMap::new(),
        waivers: Vec::new(),
        vex: Vec::new(),
    };
    Record {
        format: FormatVersion::CURRENT,
        producer: Producer {
            gate: "0.0.0".to_owned(),
            engine: "none".to_owned(),
        },
        question,
        reports: tools.iter().map(|tool| report(tool)).collect(),
        findings: FindingsRef {
            count: 0,
            digest: Digest::of(b""),
        },
        verdict,
    }
}

/// A finding of a tool.
pub(super) fn finding(tool: &str, class: Class, rule: &str) -> Finding {
    let severity = Severity {
        level: Level::High,
        origin: Origin::Tool,
        original: Some("HIGH".into()),
        score: None,
        source: None,
    };
    let evidence = Evidence {
        pointer: "/0".into(),
        report: Digest::of(tool.as_bytes()),
    };
    let mut finding = Finding::new(
        tool,
        class,
        rule,
        severity,
        format!("what {rule} says"),
        evidence,
    );
    finding.description = "A longer explanation,\nof two lines.".into();
    finding.rule.url = Some("https://rules.example/1".into());
    match class {
        Class::Vulnerability | Class::License => {
            finding.severity.source = Some("nvd".into());
            finding.references = vec!["https://nvd.example/1".into(), "not an address".into()];
            finding.vulnerability = Some(Box::new(Vulnerability {
                cvss: vec![Cvss {
                    score: Some("8.8".into()),
                    source: Some("nvd".into()),
                    vector: Some("CVSS:3.1/AV:N".into()),
                    version: "3.1".into(),
                }],
                cwes: vec![787],
                epss: Some("0.91".into()),
                fix_state: FixState::Fixed,
                fixed_in: vec!["1.3.1".into(), "1.4.0".into()],
                ids: vec![rule.into(), "GHSA-1".into()],
                known_exploited: Some(true),
                software: Software {
                    ecosystem: Some("deb".into()),
                    name: "zlib".into(),
                    path: Some("usr/lib".into()),
                    purl: None,
                    version: Some("1.2".into()),
                },
            }));
        }
        Class::WebAlert => {
            finding.endpoint = Some(Box::new(Endpoint {
                method: Some("GET".into()),
                parameter: Some("q".into()),
                url: "https://shop.example/search".into(),
            }));
        }
        Class::RuntimeEvent | Class::Compliance => {
            finding.resource = Some(Box::new(Resource {
                account: Some("111122223333".into()),
                id: "arn:aws:s3:::shop-logs".into(),
                image_digest: None,
                kind: "AwsS3Bucket".into(),
                region: Some("eu-central-1".into()),
            }));
        }
        _ => {
            finding.confidence = Some(80);
            finding.remediation = Some("take it out".into());
            finding.locations = vec![Location {
                path: Some("src/pay.py".into()),
                start_line: Some(14),
                ..Location::default()
            }];
        }
    }
    finding
}

/// Findings with their identities, in canonical order.
pub(super) fn assembled(findings: Vec<Finding>) -> Vec<Finding> {
    assemble("shop", vec![findings]).findings
}
