//! Random findings, reports and thresholds. Names come from small pools, so that findings meet: they repeat each
//! other, share an identity or a package.

mod finding;

use std::ops::Range;

use gate_core::digest::Digest;
use gate_core::finding::{Evidence, Finding};
use gate_core::fingerprint::assemble;
use gate_core::policy::Description;
use gate_core::scan_report::{Completeness, Problem, RecordCounts, ScanReport};
use gate_core::severity::Level;
use gate_core::threshold::{Layer, RawValue, ValueKind};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use finding::{finding, text, texts};

/// The tools that reports are of.
pub(crate) const TOOLS: [&str; 3] = ["trivy", "grype", "gitleaks"];

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

impl Read {
    /// Adds a finding, and counts it.
    pub(crate) fn push(&mut self, finding: Finding) {
        let counts = &mut self.report.counts;
        counts.records += 1;
        counts.findings += 1;
        counts.suppressed += u32::from(finding.is_suppressed());
        self.findings.push(finding);
    }

    /// The same report without a finding.
    pub(crate) fn emptied(&self) -> Self {
        let mut report = self.report.clone();
        report.counts = RecordCounts::default();
        Self {
            report,
            findings: Vec::new(),
        }
    }
}

/// Some complete reports, each of its own bytes, and a number of findings spread over them.
pub(crate) fn reports(most: usize, number: Range<usize>) -> impl Strategy<Value = Vec<Read>> {
    let tools = vec((select(&TOOLS[..]), text()), 1..=most);
    let findings = vec((any::<Index>(), finding()), number);
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
            read.push(finding);
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

/// Reports and findings in canonical order, made as the program makes them.
pub(crate) fn assembled(reads: &[Read]) -> (Vec<ScanReport>, Vec<Finding>) {
    let mut reads: Vec<&Read> = reads.iter().collect();
    reads.sort_by(|a, b| a.report.cmp(&b.report));
    let findings = reads.iter().map(|read| read.findings.clone()).collect();
    let assembled = assemble("shop", findings);
    let mut reports: Vec<ScanReport> = reads.iter().map(|read| read.report.clone()).collect();
    assembled.account(&mut reports);
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
            shared: false,
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
