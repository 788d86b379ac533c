//! Each class of finding and each outcome as it is sent, and any finding within every limit.

use std::fs;
use std::path::Path;

use gate_core::digest::Digest;
use gate_core::finding::{
    Class, Cvss, Endpoint, Finding, FixState, Location, Resource as Deployed, Software, Status,
    Text, Vulnerability as Known,
};
use gate_core::request::Subject;
use gate_core::severity::{Level, Origin, Severity as Rated};
use gate_core::verdict::{Disposition, Outcome, Reason};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::limits::violations;
use super::*;
use crate::hub::fixture::{assembled, finding, identity, record};

const AT: &str = "2026-11-21T10:00:00Z";
const CLASSES: [Class; 9] = [
    Class::Vulnerability,
    Class::Secret,
    Class::CodeWeakness,
    Class::Misconfiguration,
    Class::License,
    Class::WebAlert,
    Class::RuntimeEvent,
    Class::Compliance,
    Class::Lint,
];

/// Compares with the file of this name; `BLESS=1` writes it.
fn holds(name: &str, asff: &Asff) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/hub/asff/snapshots/{name}.json"));
    let seen = serde_json::to_string_pretty(asff).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &seen).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        seen,
        "{name}; BLESS=1 writes it"
    );
    assert_eq!(violations(asff), [""; 0], "{name}");
}

#[test]
fn each_class_of_finding_is_sent_as_it_was() {
    let (identity, name) = (identity(), Digest::of(b"record"));
    for class in CLASSES {
        let rule = if class == Class::Vulnerability {
            "CVE-2026-0001"
        } else {
            "rule-1"
        };
        let tool = if class == Class::Vulnerability {
            "trivy"
        } else {
            "scanner"
        };
        let findings = assembled(vec![finding(tool, class, rule)]);
        let mut record = record(AT, &["trivy", "scanner"], Outcome::Fail);
        record
            .verdict
            .dispositions
            .insert(Disposition::Counted, vec![findings[0].id]);
        let mapper = Mapper::new(&identity, name, &record);
        holds(class.as_str(), &mapper.finding(&findings[0]));
    }
}

#[test]
fn each_outcome_is_sent_as_it_was() {
    let (identity, name) = (identity(), Digest::of(b"record"));
    for outcome in [Outcome::Pass, Outcome::Warn, Outcome::Fail, Outcome::Error] {
        let mut record = record(AT, &["trivy"], outcome);
        if outcome != Outcome::Pass {
            record.verdict.reasons = vec![Reason {
                outcome,
                effect: None,
                code: "budget-exceeded".to_owned(),
                policy: None,
                report: None,
                message: "2 critical findings, 0 allowed".to_owned(),
                help: None,
                findings: Vec::new(),
            }];
            record.verdict.counts.findings = 2;
            record.verdict.counts.by_level.insert(Level::Critical, 2);
        }
        let mapper = Mapper::new(&identity, name, &record);
        holds(&format!("verdict-{outcome}"), &mapper.verdict());
    }
}

#[test]
fn an_image_in_ecr_is_named_by_its_arn() {
    let digest = Digest::of(b"image");
    for (name, kind, id) in [
        (
            "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/shop:1.2",
            "AwsEcrContainerImage",
            format!("arn:aws:ecr:eu-central-1:111122223333:repository/team/shop/{digest}"),
        ),
        (
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/shop",
            "AwsEcrContainerImage",
            format!("arn:aws-cn:ecr:cn-north-1:111122223333:repository/shop/{digest}"),
        ),
        (
            "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com/shop",
            "AwsEcrContainerImage",
            format!("arn:aws-us-gov:ecr:us-gov-west-1:111122223333:repository/shop/{digest}"),
        ),
        (
            "1.dkr.ecr.eu-central-1.amazonaws.com/shop",
            "Container",
            format!("1.dkr.ecr.eu-central-1.amazonaws.com/shop@{digest}"),
        ),
        (
            "111122223333.dkr.ecr.x.amazonaws.com.evil.example/shop",
            "Container",
            format!("111122223333.dkr.ecr.x.amazonaws.com.evil.example/shop@{digest}"),
        ),
    ] {
        let subject = Subject {
            name: name.to_owned(),
            digest: Some(digest),
        };
        let seen = resources::judged("shop", Some(&subject), true);
        assert_eq!((&*seen.kind, seen.id), (kind, id));
    }
}

#[test]
fn what_stays_the_same_has_the_same_content_whenever_it_is_said() {
    let (identity, findings) = (
        identity(),
        assembled(vec![finding(
            "trivy",
            Class::Vulnerability,
            "CVE-2026-0001",
        )]),
    );
    let content = |at: &str, name: &[u8], change: &dyn Fn(&mut Finding)| {
        let (mut finding, record) = (findings[0].clone(), record(at, &["trivy"], Outcome::Fail));
        change(&mut finding);
        Mapper::new(&identity, Digest::of(name), &record)
            .finding(&finding)
            .content()
    };
    let first = content(AT, b"1", &|_| {});
    let known = |finding: &mut Finding, epss: &str| {
        finding.vulnerability.as_mut().unwrap().epss = Some(epss.into());
    };
    assert_eq!(first, content("2026-11-22T10:00:00Z", b"2", &|_| {}));
    assert_eq!(first, content(AT, b"1", &|finding| known(finding, "0.92")));
    assert_ne!(first, content(AT, b"1", &|finding| known(finding, "0.2")));
    assert_ne!(
        first,
        content(AT, b"1", &|finding| finding.severity.level = Level::Low)
    );
}

#[test]
fn of_a_secret_only_rule_and_place_are_sent() {
    let mut finding = finding("gitleaks", Class::Secret, "aws-key");
    finding.description = "CANARY".into();
    finding.attributes.insert("match".into(), "CANARY".into());
    finding.attributes.insert("context".into(), "CANARY".into());
    let (identity, record) = (identity(), record(AT, &["gitleaks"], Outcome::Fail));
    let sent = Mapper::new(&identity, Digest::of(b"1"), &record).finding(&finding);
    assert!(!serde_json::to_string(&sent).unwrap().contains("CANARY"));
}

/// A text as a report can have it.
fn text() -> BoxedStrategy<Text> {
    prop_oneof![
        3 => select(vec!["zlib", "CVE-2026-0001", "a/b.rs", "https://x.example/", "arn:aws:s3:::x", "9.8"]).prop_map(str::to_owned),
        1 => select(vec!["", " \t\u{3000}", "\u{feff}", "\u{85}", "\0\u{1b}[31m\u{202e}\"\\"]).prop_map(str::to_owned),
        1 => any::<String>(),
        // Of two UTF-16 units each, of three bytes, written out, escaped in JSON.
        2 => (select(vec!['\u{1f600}', '字', '\u{1}', '"', '\\']), 1..40_000_usize).prop_map(|(c, n)| c.to_string().repeat(n)),
        1 => (1..3000_usize).prop_map(|n| format!("https://x.example/{}", "a".repeat(n))),
    ]
    .prop_map(Text::from)
    .boxed()
}

fn some() -> impl Strategy<Value = Option<Text>> {
    option::of(text())
}

fn location() -> impl Strategy<Value = Location> {
    (some(), some(), option::of(any::<u32>())).prop_map(|(path, logical, line)| Location {
        path,
        logical,
        start_line: line,
        end_line: line,
        ..Location::default()
    })
}

fn known() -> impl Strategy<Value = Known> {
    let software = (text(), some(), some(), some());
    let rating = (some(), some(), some(), text());
    let rest = (
        vec(text(), 0..30),
        vec(text(), 0..30),
        some(),
        option::of(any::<bool>()),
    );
    (software, vec(rating, 0..13), rest).prop_map(|(software, ratings, rest)| {
        let (name, version, path, ecosystem) = software;
        let (ids, fixed_in, epss, known_exploited) = rest;
        let rated = |(score, source, vector, version)| Cvss {
            score,
            source,
            vector,
            version,
        };
        Known {
            cvss: ratings.into_iter().map(rated).collect(),
            cwes: Vec::new(),
            epss,
            fix_state: FixState::Fixed,
            fixed_in,
            ids,
            known_exploited,
            software: Software {
                ecosystem,
                name,
                path,
                purl: None,
                version,
            },
        }
    })
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let words = (text(), text(), text(), text(), some(), some());
    let things = (
        vec(location(), 0..40),
        option::of((some(), some(), text())),
        option::of((some(), text(), text(), some())),
        option::of(known()),
        vec(text(), 0..30),
    );
    let kind = (
        select(&CLASSES[..]),
        select(&Level::ALL[..]),
        option::of(any::<u8>()),
        any::<bool>(),
    );
    (words, things, kind).prop_map(|(words, things, kind)| {
        let (tool, rule, title, description, remediation, url) = words;
        let (locations, endpoint, deployed, known, references) = things;
        let (class, level, confidence, open) = kind;
        let severity = Rated {
            level,
            origin: Origin::Tool,
            original: Some(title.clone()),
            score: None,
            source: remediation.clone(),
        };
        let evidence = finding("trivy", class, "x").evidence;
        let mut finding = Finding::new(tool, class, rule, severity, title, evidence);
        finding.description = description;
        finding.remediation = remediation;
        finding.rule.url = url;
        finding.locations = locations;
        finding.references = references;
        finding.confidence = confidence;
        finding.status = if open { Status::Open } else { Status::Fail };
        finding.endpoint = endpoint.map(|(method, parameter, url)| {
            Box::new(Endpoint {
                method,
                parameter,
                url,
            })
        });
        finding.resource = deployed.map(|(account, id, kind, region)| {
            Box::new(Deployed {
                account,
                id,
                image_digest: None,
                kind,
                region,
            })
        });
        finding.vulnerability = known.map(Box::new);
        finding
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_finding_is_within_every_limit(finding in any_finding(), names in (text(), text(), some())) {
        let (scope, subject, environment) = names;
        let mut record = record(AT, &["trivy"], Outcome::Fail);
        record.question.scope = scope.to_string();
        record.question.environment = environment.map(|text| text.to_string());
        record.question.subject = Some(Subject { name: subject.to_string(), digest: Some(Digest::of(b"x")) });
        record.verdict.reasons = vec![Reason {
            outcome: Outcome::Fail,
            effect: None,
            code: "x".to_owned(),
            policy: None,
            report: None,
            message: finding.description.to_string(),
            help: None,
            findings: Vec::new(),
        }];
        let identity = identity();
        let mapper = Mapper::new(&identity, Digest::of(b"record"), &record);
        let none: Vec<String> = Vec::new();
        prop_assert_eq!(violations(&mapper.finding(&finding)), none.clone());
        prop_assert_eq!(violations(&mapper.verdict()), none);
    }
}

#[test]
fn each_limit_is_documented() {
    const PAGE: &str = include_str!("../../../../../docs/publishing.md");
    for limit in limits::ALL {
        let row = format!("| `{}` | {} |", limit.field, limit.most);
        assert!(PAGE.contains(&row), "{row}");
    }
}
