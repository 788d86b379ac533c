//! Findings of all kinds. Texts are as odd as a report can make them.

use gate_core::digest::Digest;
use gate_core::finding::{
    Class, Cvss, Endpoint, Evidence, Finding, FixState, Location, Resource, Rule, Software, Status,
    Suppression, SuppressionKind, SuppressionState, Text, Vulnerability,
};
use gate_core::severity::{Level, Origin, Severity};
use gate_core::time::Moment;
use proptest::collection::{btree_map, vec};
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

/// A text of a report.
pub(crate) fn text() -> BoxedStrategy<Text> {
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
    .prop_map(Text::from)
    .boxed()
}

pub(crate) fn texts(most: usize) -> impl Strategy<Value = Vec<Text>> {
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
        select(&super::TOOLS[..]),
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
        btree_map(text(), text(), 0..3),
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
            finding.attributes = attributes.into_iter().collect();
            finding.first_seen = first_seen.map(|at| Moment::from_unix(at).unwrap());
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

/// A finding of either sort.
pub(crate) fn finding() -> BoxedStrategy<Finding> {
    prop_oneof![2 => plain(), 3 => anything()].boxed()
}
