//! What an adapter may say, as tables: each row spoils one thing of something that is taken.

use gate_core::request::Limits;

use super::finding::Taken;
use super::{AdapterFailure, Description, Format, Run, wit};
use crate::sandbox::Fault;

fn description() -> wit::Description {
    wit::Description {
        tool: "acme".into(),
        version: "1.0.0".into(),
        format: wit::Format::Json,
        lists: vec!["/issues/*".into()],
        sensitive: vec![wit::Sensitive {
            key: "code".into(),
            under: None,
            kind: wit::Sensitivity::Source,
        }],
        recognized_by: vec!["issues".into()],
        exits: wit::Exits {
            ended: vec![0],
            found: vec![1],
        },
        reads: "JSON".into(),
        severity: "none".into(),
        completeness: "always".into(),
    }
}

#[test]
fn a_description_that_can_t_be_true_is_refused() {
    type Spoil = fn(&mut wit::Description);
    let cases: &[(Spoil, &str)] = &[
        (
            |d| d.tool = "Acme".into(),
            "has a tool that is not lower-case",
        ),
        (|d| d.version = "1 0".into(), "has a version that is not"),
        (
            |d| d.version = "1+sha256:00".into(),
            "has a version that is not",
        ),
        (|d| d.version.clear(), "has a version that is not"),
        (|d| d.lists.clear(), "names no list of records"),
        (
            |d| d.lists = vec!["/a/*".into(); 33],
            "names no list of records",
        ),
        (
            |d| d.lists = vec!["issues/*".into()],
            "names `issues/*`, which is no list",
        ),
        (
            |d| d.lists = vec!["/issues".into()],
            "names `/issues`, which is no list",
        ),
        (
            |d| d.lists = vec!["/issues//*".into()],
            "names `/issues//*`, which is no list",
        ),
        (
            |d| d.lists = vec![String::new()],
            "names ``, which is no list",
        ),
        (
            |d| d.recognized_by = vec![String::new()],
            "has an empty key",
        ),
        (|d| d.sensitive[0].key.clear(), "has an empty key"),
        (
            |d| d.recognized_by = vec!["k".into(); 201],
            "has a list of more than 200",
        ),
        (|d| d.exits.ended.clear(), "has no exit code"),
        (|d| d.reads = " ".into(), "does not say what it reads"),
        (|d| d.format = wit::Format::Csv('é'), "has a delimiter"),
        (|d| d.format = wit::Format::Csv('"'), "has a delimiter"),
    ];
    for (spoil, says) in cases {
        let mut spoilt = description();
        spoil(&mut spoilt);
        match Description::new(spoilt, &Limits::STANDARD) {
            Err(AdapterFailure::Description(what)) => assert!(what.starts_with(says), "{what}"),
            other => panic!("{says}: {other:?}"),
        }
    }
    let mut giant = description();
    giant.sensitive[0].kind = wit::Sensitivity::After("x".repeat(4097));
    let refused = Description::new(giant, &Limits::STANDARD);
    assert_eq!(refused, Err(Fault::AnswerTooLarge.into()));
}

#[test]
fn a_description_that_can_be_true_is_taken() {
    type Change = fn(&mut wit::Description);
    let cases: &[(Change, Format)] = &[
        (|_| (), Format::Json),
        (
            |d| d.lists = vec!["/{}".into(), "/a/{}/b/*".into()],
            Format::Json,
        ),
        (
            |d| (d.format, d.lists) = (wit::Format::JsonLines, vec![String::new()]),
            Format::JsonLines,
        ),
        (|d| d.format = wit::Format::Csv('\t'), Format::Csv(b'\t')),
        (
            |d| d.format = wit::Format::Lines(wit::Line::Secret),
            Format::SecretLines,
        ),
    ];
    for (change, format) in cases {
        let mut changed = description();
        change(&mut changed);
        let taken = Description::new(changed, &Limits::STANDARD).unwrap();
        assert_eq!(taken.format, *format);
    }
}

fn finding() -> wit::Finding {
    wit::Finding {
        class: wit::Class::Vulnerability,
        status: wit::Status::Fail,
        severity: wit::Severity {
            level: wit::Level::High,
            origin: wit::Origin::Tool,
            original: Some("bad".into()),
            source: None,
            score: Some("9.8".into()),
        },
        rule: wit::Rule {
            id: "A1".into(),
            name: Some(String::new()),
            url: None,
            tags: vec!["b".into(), "a".into(), "a".into()],
        },
        title: "a title".into(),
        description: String::new(),
        remediation: None,
        references: Vec::new(),
        confidence: Some(100),
        vulnerability: Some(wit::Vulnerability {
            ids: vec!["CVE-2026-1".into()],
            cwes: vec![79, 22],
            software: wit::Software {
                ecosystem: None,
                name: "zlib".into(),
                version: None,
                purl: None,
                path: None,
            },
            fixed_in: Vec::new(),
            fix_state: wit::FixState::None,
            epss: Some("0.5".into()),
            known_exploited: None,
            cvss: vec![wit::Cvss {
                version: "3.1".into(),
                vector: None,
                score: Some("10".into()),
                source: None,
            }],
        }),
        locations: vec![wit::Location {
            path: Some("a.rb".into()),
            start_line: Some(1),
            end_line: None,
            start_column: None,
            end_column: None,
            logical: None,
        }],
        endpoint: Some(wit::Endpoint {
            method: None,
            url: "https://shop.example/cart".into(),
            parameter: None,
        }),
        resource: Some(wit::Resource {
            kind: "aws_s3_bucket".into(),
            id: "logs".into(),
            region: None,
            account: None,
            image_digest: None,
        }),
        suppression: None,
        keys: vec!["b".into(), "a".into()],
        first_seen: Some("2026-01-31T23:59:59Z".into()),
        attributes: vec![("context".into(), "shape:00".into())],
    }
}

fn taken(from: wit::Finding) -> Result<gate_core::finding::Finding, String> {
    Taken::new(100).finding(from, "acme", "/issues/0")
}

#[test]
fn a_finding_has_one_form_and_is_the_gate_s_to_place() {
    let finding = taken(finding()).unwrap();
    assert_eq!(
        (&*finding.tool, &*finding.evidence.pointer),
        ("acme", "/issues/0")
    );
    assert_eq!(finding.rule.tags, ["a".into(), "b".into()]);
    assert_eq!(finding.keys, ["a".into(), "b".into()]);
    assert_eq!(finding.vulnerability.unwrap().cwes, [22, 79]);
    // An empty text is none.
    assert_eq!(finding.rule.name, None);
    assert_eq!(finding.count, 1);
}

#[test]
fn a_finding_that_can_t_be_true_is_refused() {
    type Spoil = fn(&mut wit::Finding);
    fn vulnerability(finding: &mut wit::Finding) -> &mut wit::Vulnerability {
        finding.vulnerability.as_mut().unwrap()
    }
    let cases: &[(Spoil, &str)] = &[
        (|f| f.rule.id = " ".into(), "whose rule's id is empty"),
        (|f| f.title.clear(), "whose title is empty"),
        (
            |f| f.title = "x".repeat(101),
            "whose title is longer than 100 bytes",
        ),
        (
            |f| f.description = "x".repeat(101),
            "whose description is longer",
        ),
        (
            |f| f.references = vec!["x".repeat(101)],
            "whose references is longer",
        ),
        (
            |f| f.confidence = Some(101),
            "whose confidence is above 100",
        ),
        (
            |f| f.severity.score = Some("high".into()),
            "whose severity's score is no decimal",
        ),
        (
            |f| f.severity.score = Some("-1".into()),
            "whose severity's score is no decimal",
        ),
        (
            |f| f.severity.score = Some("1e3".into()),
            "whose severity's score is no decimal",
        ),
        (
            |f| f.severity.score = Some(".5".into()),
            "whose severity's score is no decimal",
        ),
        (
            |f| f.severity.score = Some("NaN".into()),
            "whose severity's score is no decimal",
        ),
        (
            |f| vulnerability(f).epss = Some("1.5".into()),
            "whose epss is no decimal number from 0 to 1",
        ),
        (
            |f| vulnerability(f).cvss[0].score = Some("10.1".into()),
            "whose CVSS score is no",
        ),
        (
            |f| vulnerability(f).cvss[0].version = "5.0".into(),
            "whose CVSS rating is of no known",
        ),
        (
            |f| vulnerability(f).ids.clear(),
            "whose vulnerability has no name",
        ),
        (
            |f| vulnerability(f).cwes.push(0),
            "whose vulnerability has the CWE 0",
        ),
        (
            |f| vulnerability(f).software.name.clear(),
            "whose package's name is empty",
        ),
        (
            |f| f.locations[0].start_line = Some(0),
            "with a line or column 0",
        ),
        (
            |f| f.endpoint.as_mut().unwrap().url.push_str("?token=1"),
            "whose endpoint has a query",
        ),
        (
            |f| f.endpoint.as_mut().unwrap().url = "https://me:secret@shop.example".into(),
            "whose endpoint has a query",
        ),
        (
            |f| f.endpoint.as_mut().unwrap().url.clear(),
            "whose endpoint's url is empty",
        ),
        (
            |f| f.resource.as_mut().unwrap().id.clear(),
            "whose resource's id is empty",
        ),
        (
            |f| f.resource.as_mut().unwrap().image_digest = Some("latest".into()),
            "whose image digest is not",
        ),
        (
            |f| f.first_seen = Some("soon".into()),
            "whose first-seen is no moment",
        ),
        (
            |f| f.attributes.push(("A name".into(), "x".into())),
            "with an attribute whose name",
        ),
        (
            |f| f.attributes.push(("context".into(), "x".into())),
            "with two attributes of one name",
        ),
    ];
    for (spoil, says) in cases {
        let mut spoilt = finding();
        spoil(&mut spoilt);
        let wrong = taken(spoilt).unwrap_err();
        assert!(wrong.starts_with(says), "{wrong} for {says}");
    }
}

/// What a finding takes is at least what it holds.
#[test]
fn what_a_finding_takes_is_counted() {
    let bytes = |change: fn(&mut wit::Finding)| {
        let (mut from, mut taken) = (finding(), Taken::new(100));
        change(&mut from);
        taken.finding(from, "acme", "").unwrap();
        taken.bytes()
    };
    let plain = bytes(|_| ());
    assert_eq!(bytes(|f| f.title.push_str("0123456789")), plain + 10);
    // Empty texts take space too.
    let empty = size_of::<gate_core::finding::Text>() as u64;
    assert_eq!(
        bytes(|f| f.references = vec![String::new(); 9]),
        plain + 9 * empty
    );
}

fn run() -> wit::Run {
    wit::Run {
        tool_version: Some("1".into()),
        database_version: None,
        finished: Some("2026-01-31T23:59:59Z".into()),
        target: Some(wit::Target {
            name: "shop".into(),
            kind: None,
            digests: vec![format!("sha256:{}", "0".repeat(64))],
        }),
        problems: vec![wit::Problem {
            kind: wit::ProblemKind::LeftOut,
            message: "no".into(),
            place: None,
        }],
        scanned: Some((1 << 53) - 1),
        content: wit::Content::Measurement,
        measures: vec![("lines".into(), 1)],
    }
}

#[test]
fn a_run_that_can_t_be_true_is_refused() {
    type Spoil = fn(&mut wit::Run);
    let cases: &[(Spoil, &str)] = &[
        (|r| r.finished = Some("soon".into()), "has a `finished`"),
        (|r| r.scanned = Some(1 << 53), "has a number above"),
        (|r| r.measures[0].1 = 1 << 53, "has a number above"),
        (
            |r| r.measures[0].0 = "Lines".into(),
            "has a measure whose name",
        ),
        (
            |r| r.measures.push(("lines".into(), 2)),
            "has a measure whose name",
        ),
        (
            |r| r.problems[0].message.clear(),
            "has a problem without a message",
        ),
        (
            |r| r.target.as_mut().unwrap().name.clear(),
            "has a target without a name",
        ),
        (
            |r| r.target.as_mut().unwrap().digests = vec!["latest".into()],
            "has a target with a digest",
        ),
    ];
    assert!(Run::new(run(), &Limits::STANDARD).is_ok());
    for (spoil, says) in cases {
        let mut spoilt = run();
        spoil(&mut spoilt);
        match Run::new(spoilt, &Limits::STANDARD) {
            Err(AdapterFailure::BadRun(what)) => assert!(what.starts_with(says), "{what}"),
            other => panic!("{says}: {other:?}"),
        }
    }
    let large: &[Spoil] = &[
        |r| r.problems = vec![r.problems[0].clone(); 201],
        |r| r.tool_version = Some("x".repeat(4097)),
        |r| r.problems[0].place = Some("x".repeat(4097)),
    ];
    for spoil in large {
        let mut spoilt = run();
        spoil(&mut spoilt);
        let refused = Run::new(spoilt, &Limits::STANDARD);
        assert_eq!(refused, Err(Fault::AnswerTooLarge.into()));
    }
}
