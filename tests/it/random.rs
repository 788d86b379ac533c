//! Random findings, reports and thresholds. Names come from small pools, so that findings meet: they repeat each
//! other, share an identity or a package. Texts are as odd as a report can make them.

use std::ops::Range;

use gate_core::digest::Digest;
use gate_core::finding::{
    Class, Cvss, Endpoint, Evidence, Finding, FixState, Location, Resource, Rule, Software, Status,
    Suppression, SuppressionKind, SuppressionState, Text, Vulnerability,
};
use gate_core::fingerprint::{Draft, assemble};
use gate_core::policy::Description;
use gate_core::scan_report::{Completeness, Problem, RecordCounts, ScanReport};
use gate_core::severity::{Level, Origin, Severity};
use gate_core::threshold::{Layer, RawValue, ValueKind};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

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

const STATUSES: [Status; 5] = [
    Status::Fail,
    Status::Open,
    Status::Pass,
    Status::NotApplicable,
    Status::Informational,
];

const FIX_STATES: [FixState; 6] = [
    FixState::Unknown,
    FixState::Fixed,
    FixState::None,
    FixState::WontFix,
    FixState::Deferred,
    FixState::EndOfLife,
];

const SUPPRESSION_KINDS: [SuppressionKind; 4] = [
    SuppressionKind::InSource,
    SuppressionKind::External,
    SuppressionKind::Vex,
    SuppressionKind::Baseline,
];

const SUPPRESSION_STATES: [SuppressionState; 3] = [
    SuppressionState::Accepted,
    SuppressionState::UnderReview,
    SuppressionState::Rejected,
];

const ORIGINS: [Origin; 4] = [Origin::Tool, Origin::Vendor, Origin::Cvss, Origin::Default];

pub(crate) const TOOLS: [&str; 3] = ["trivy", "grype", "gitleaks"];

/// A text of a report.
fn text() -> BoxedStrategy<Text> {
    prop_oneof![
        4 => select(vec!["zlib", "openssl", "1.2.3", "a/b.rs", "x"]).prop_map(str::to_owned),
        1 => Just(String::new()),
        2 => any::<String>(),
        // Right-to-left override, line separator, an emoji of several characters, a combining accent.
        1 => Just("\u{202e}gpj\u{2028}👩‍💻 e\u{301}\u{feff}".to_owned()),
        1 => Just("\0 \x1b[31m \"quoted\" \\ \r\n\t\x7f".to_owned()),
        // Longer than any text that a policy may answer with, of two bytes per character and at an odd place.
        1 => (3000..6000_usize).prop_map(|n| format!("x{}", "é".repeat(n))),
    ]
    .prop_map(String::into_boxed_str)
    .boxed()
}

fn texts(most: usize) -> impl Strategy<Value = Vec<Text>> {
    vec(text(), 0..=most)
}

fn severity() -> impl Strategy<Value = Severity> {
    let words = (option::of(text()), option::of(text()), option::of(text()));
    (select(&Level::ALL[..]), select(&ORIGINS[..]), words).prop_map(
        |(level, origin, (original, score, source))| Severity {
            level,
            origin,
            original,
            score,
            source,
        },
    )
}

fn suppression() -> impl Strategy<Value = Suppression> {
    let parts = (
        select(&SUPPRESSION_KINDS[..]),
        select(&SUPPRESSION_STATES[..]),
        option::of(text()),
    );
    parts.prop_map(|(kind, state, justification)| Suppression {
        justification,
        kind,
        state,
    })
}

fn software() -> impl Strategy<Value = Software> {
    let texts = (
        option::of(text()),
        text(),
        option::of(text()),
        option::of(text()),
        option::of(text()),
    );
    texts.prop_map(|(ecosystem, name, path, purl, version)| Software {
        ecosystem,
        name,
        path,
        purl,
        version,
    })
}

fn cvss() -> impl Strategy<Value = Cvss> {
    let texts = (
        option::of(text()),
        option::of(text()),
        option::of(text()),
        text(),
    );
    texts.prop_map(|(score, source, vector, version)| Cvss {
        score,
        source,
        vector,
        version,
    })
}

fn vulnerability() -> impl Strategy<Value = Vulnerability> {
    (
        (
            vec(cvss(), 0..3),
            vec(any::<u32>(), 0..3),
            option::of(text()),
            option::of(any::<bool>()),
        ),
        (select(&FIX_STATES[..]), texts(3), texts(2), software()),
    )
        .prop_map(
            |((cvss, cwes, epss, known_exploited), (fix_state, fixed_in, ids, software))| {
                Vulnerability {
                    cvss,
                    cwes,
                    epss,
                    fix_state,
                    fixed_in,
                    ids,
                    known_exploited,
                    software,
                }
            },
        )
}

fn location() -> impl Strategy<Value = Location> {
    let place = || option::of(0..4_u32);
    let numbers = (place(), place(), place(), option::of(any::<u32>()));
    (numbers, option::of(text()), option::of(text())).prop_map(
        |((start_line, end_line, start_column, end_column), logical, path)| Location {
            end_column,
            end_line,
            logical,
            path,
            start_column,
            start_line,
        },
    )
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    let texts = (option::of(text()), option::of(text()), text());
    texts.prop_map(|(method, parameter, url)| Endpoint {
        method,
        parameter,
        url,
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    let texts = (
        option::of(text()),
        text(),
        option::of(text()),
        text(),
        option::of(text()),
    );
    texts.prop_map(|(account, id, image_digest, kind, region)| Resource {
        account,
        id,
        image_digest,
        kind,
        region,
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let texts = (text(), option::of(text()), texts(2), option::of(text()));
    texts.prop_map(|(id, name, tags, url)| Rule {
        id,
        name,
        tags,
        url,
    })
}

fn place_holder() -> Evidence {
    Evidence {
        pointer: "".into(),
        report: Digest::of(b""),
    }
}

/// A finding of any kind with any fields, without identity and evidence.
fn anything() -> impl Strategy<Value = Finding> {
    let what = (
        select(&CLASSES[..]),
        select(&STATUSES[..]),
        severity(),
        option::of(suppression()),
    );
    let words = (
        rule(),
        text(),
        text(),
        select(&TOOLS[..]),
        option::of(text()),
    );
    let about = (
        option::of(vulnerability()),
        vec(location(), 0..3),
        option::of(endpoint()),
        option::of(resource()),
    );
    let rest = (
        option::of(0..=100_u8),
        proptest::collection::btree_map(text(), text(), 0..3),
        option::of(-9_000_000_000..9_000_000_000_i64),
        (texts(2), texts(2)),
    );
    (what, words, about, rest).prop_map(
        |(
            (class, status, severity, suppression),
            (rule, title, description, tool, remediation),
            (vulnerability, locations, endpoint, resource),
            (confidence, attributes, first_seen, (keys, references)),
        )| {
            let id = rule.id.clone();
            let mut finding = Finding::new(tool, class, id, severity, title, place_holder());
            finding.rule = rule;
            finding.status = status;
            finding.suppression = suppression;
            finding.description = description;
            finding.remediation = remediation;
            finding.vulnerability = vulnerability.map(Box::new);
            finding.locations = locations;
            finding.endpoint = endpoint.map(Box::new);
            finding.resource = resource.map(Box::new);
            finding.confidence = confidence;
            finding.attributes = attributes;
            finding.first_seen =
                first_seen.map(|at| gate_core::time::Moment::from_unix(at).unwrap());
            finding.keys = keys;
            finding.references = references;
            finding
        },
    )
}

/// A finding with few fields, so that several of a report are likely to be the same record or to share an
/// identity, and that some do not close a gate.
fn plain() -> impl Strategy<Value = Finding> {
    let levels = [
        Level::High,
        Level::Medium,
        Level::Low,
        Level::Info,
        Level::Low,
        Level::Medium,
    ];
    let what = (
        select(&CLASSES[..]),
        select(levels.to_vec()),
        option::weighted(0.2, suppression()),
    );
    (
        what,
        select(vec!["R1", "R2"]),
        0..3_u32,
        option::weighted(0.3, vulnerability()),
    )
        .prop_map(|((class, level, suppression), rule, line, vulnerability)| {
            let severity = Severity::tool(level, "word");
            let mut finding = Finding::new("trivy", class, rule, severity, "title", place_holder());
            finding.suppression = suppression;
            finding.vulnerability = vulnerability.map(Box::new);
            let at = Location {
                start_line: Some(line),
                ..Location::default()
            };
            finding.locations = vec![at];
            finding
        })
}

fn finding() -> BoxedStrategy<Finding> {
    prop_oneof![2 => plain(), 3 => anything()].boxed()
}

/// Findings with identities, in canonical order.
pub(crate) fn findings(number: Range<usize>) -> impl Strategy<Value = Vec<Finding>> {
    reports(1, number).prop_map(|reports| assembled(&reports).1)
}

/// A scanner's report and the findings in it.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) report: ScanReport,
    pub(crate) findings: Vec<Finding>,
}

/// Some complete reports, each of its own bytes, and a number of findings spread over them.
pub(crate) fn reports(most: usize, number: Range<usize>) -> impl Strategy<Value = Vec<Read>> {
    let tools = vec((select(&TOOLS[..]), text()), 1..=most);
    let findings = vec((any::<proptest::sample::Index>(), finding()), number);
    (tools, findings).prop_map(|(tools, findings)| {
        let mut reports: Vec<Read> = tools
            .iter()
            .enumerate()
            .map(|(at, (tool, name))| Read {
                report: report(at, tool, name),
                findings: Vec::new(),
            })
            .collect();
        for (whose, mut finding) in findings {
            let read = &mut reports[whose.index(tools.len())];
            finding.evidence = Evidence {
                pointer: format!("/{}", read.findings.len()).into(),
                report: read.report.digest.unwrap(),
            };
            read.findings.push(finding);
            read.report.counts.records += 1;
            read.report.counts.findings += 1;
        }
        reports
    })
}

fn report(at: usize, tool: &str, name: &str) -> ScanReport {
    let digest = Digest::of(format!("report {at}").as_bytes());
    ScanReport {
        tool: tool.to_owned(),
        digest: Some(digest),
        name: name.to_owned(),
        completeness: Completeness::Complete,
        problems: Vec::new(),
        counts: RecordCounts::default(),
        ..ScanReport::unreadable("", problem("unused"))
    }
}

/// Something that a tool complained about.
pub(crate) fn problem(message: &str) -> Problem {
    Problem {
        code: "problem".to_owned(),
        message: message.to_owned(),
        place: None,
        help: None,
    }
}

/// Reports and findings in canonical order, made as the program makes them. Fails when a record is lost.
pub(crate) fn assembled(reads: &[Read]) -> (Vec<ScanReport>, Vec<Finding>) {
    let mut reads: Vec<&Read> = reads.iter().collect();
    reads.sort_by(|a, b| a.report.cmp(&b.report));
    let drafts: Vec<Draft> = (0..)
        .zip(&reads)
        .flat_map(|(report, read)| {
            read.findings.iter().map(move |finding| Draft {
                report,
                finding: finding.clone(),
            })
        })
        .collect();
    let assembled = assemble("shop", drafts, reads.len());
    let mut reports: Vec<ScanReport> = reads.iter().map(|read| read.report.clone()).collect();
    for (report, merged) in reports.iter_mut().zip(&assembled.merged) {
        report.counts.findings -= merged;
        report.counts.merged = *merged;
    }
    (reports, assembled.findings)
}

/// Values for some of a policy's thresholds; the others keep their defaults.
pub(crate) fn thresholds(of: &Description) -> BoxedStrategy<Layer> {
    let values: Vec<_> = of
        .thresholds
        .iter()
        .map(|parameter| {
            (
                Just(parameter.name.clone()),
                option::of(value(parameter.kind)),
            )
        })
        .collect();
    values
        .prop_map(|values| Layer {
            source: "random".to_owned(),
            values: values
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
        })
        .boxed()
}

fn value(kind: ValueKind) -> BoxedStrategy<RawValue> {
    match kind {
        ValueKind::Flag => any::<bool>().prop_map(RawValue::Flag).boxed(),
        ValueKind::Count => prop_oneof![
            4 => (0..12_i64).prop_map(RawValue::Number),
            1 => Just(RawValue::Number(u32::MAX.into())),
            2 => Just(RawValue::Text("unlimited".to_owned())),
        ]
        .boxed(),
        ValueKind::Level => select(&Level::ALL[..])
            .prop_map(|level| RawValue::Text(level.as_str().to_owned()))
            .boxed(),
        ValueKind::Text => text().prop_map(|text| RawValue::Text(text.into())).boxed(),
        ValueKind::Texts => texts(3)
            .prop_map(|texts| RawValue::Texts(texts.into_iter().map(String::from).collect()))
            .boxed(),
    }
}
