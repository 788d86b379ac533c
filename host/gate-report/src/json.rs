//! The published JSON of a verdict and of a normalised report. Their schemas are in `docs/schema/`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde::Serialize;

use gate_core::baseline::Standing;
use gate_core::composition::Group;
use gate_core::corroboration::{Corroboration, Corroborations};
use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::fingerprint::Fingerprint;
use gate_core::ports::Diagnostics;
use gate_core::request::{Enforcement, EvaluationRequest, PolicyUse, ReportRules, Subject, Terms};
use gate_core::scan_report::ScanReport;
use gate_core::severity::Level;
use gate_core::subject;
use gate_core::time::Moment;
use gate_core::verdict::{Counts, Disposition, Outcome, PolicyVerdict, Reason};
use gate_core::vex::VexVerdict;
use gate_core::waiver::WaiverVerdict;

use crate::answer::Answer;

/// What `gate evaluate --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerdictDocument<'a> {
    /// Version of this format.
    pub format: &'static str,
    /// pass, warn, fail or error.
    pub outcome: Outcome,
    /// The exit code that goes with it.
    pub exit_code: u8,
    /// The gate that asked.
    pub gate: &'a str,
    /// What was judged.
    pub subject: Option<&'a Subject>,
    /// Where the subject is to go.
    pub environment: Option<&'a str>,
    /// The variant of the profile that was chosen by the subject or the scope.
    pub variant: Option<&'a str>,
    /// The moment of judgement.
    pub evaluated_at: Moment,
    /// Whether a fail closes the gate.
    pub enforcement: Enforcement,
    /// Name of the evaluation record, for `gate replay`.
    pub record: Digest,
    /// Why, worst first.
    pub reasons: &'a [Reason],
    /// How many findings.
    pub counts: &'a Counts,
    /// What each policy answered.
    pub policies: Vec<PolicyDocument<'a>>,
    /// What the reports said of themselves.
    pub scan_reports: &'a [ScanReport],
    /// What the gate asked of each of them.
    pub report_rules: &'a ReportRules,
    /// What is worth knowing and alters nothing, such as a report that does not name the subject.
    pub notes: Vec<String>,
    /// Risks that several tools report, by the key that their findings share. Each finding counts for itself.
    pub corroborations: Vec<Corroboration<'a>>,
    /// All findings, each with what became of it.
    pub findings: Vec<DisposedFinding<'a>>,
    /// What became of each waiver, in order of id.
    pub waivers: &'a [WaiverVerdict],
    /// Flags that change what the profile says, as they were given.
    pub overrides: &'a [String],
    /// Policies of which not each has to pass.
    pub groups: &'a [Group],
    /// Documents of statements (VEX), and what became of each.
    pub vex: Vec<VexShown<'a>>,
    /// What the findings were compared with.
    pub baseline: Option<BaselineShown<'a>>,
}

/// A document of statements, and what became of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VexShown<'a> {
    /// As it was named.
    pub name: &'a str,
    /// Who says it, in the document's own words, which prove nothing.
    pub author: Option<&'a str>,
    /// When it was said.
    pub issued: Option<Moment>,
    /// The adapter that read it.
    pub adapter: &'a str,
    /// How many statements it has.
    pub statements: usize,
    /// What became of it.
    pub verdict: &'a VexVerdict,
}

/// What the findings were compared with, and what came of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BaselineShown<'a> {
    /// Digest of the baseline's canonical bytes.
    pub digest: Digest,
    /// The record that it was made from.
    pub record: Digest,
    /// That record's moment of judgement.
    pub taken: Moment,
    /// Whether findings that were there do not count.
    pub only_new: bool,
    /// How many findings of each level may be there.
    pub budgets: &'a BTreeMap<Level, u32>,
    /// How many findings are new, existing and regressed.
    pub counts: BTreeMap<Standing, u32>,
    /// Findings that were there and are not any more.
    pub fixed: &'a [Fingerprint],
}

impl<'a> BaselineShown<'a> {
    fn new(request: &'a EvaluationRequest) -> Option<Self> {
        let used = request.question.baseline.as_ref()?;
        Some(Self {
            digest: used.digest,
            record: used.record,
            taken: used.taken,
            only_new: used.only_new,
            budgets: &used.budgets,
            counts: standings(request),
            fixed: &used.fixed,
        })
    }
}

/// How many findings stand how to the baseline.
pub(crate) fn standings(request: &EvaluationRequest) -> BTreeMap<Standing, u32> {
    let mut counts: BTreeMap<Standing, u32> = Standing::ALL.into_iter().map(|s| (s, 0)).collect();
    for standing in request.findings.iter().filter_map(Standing::of) {
        let count = counts.entry(standing).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

/// What one policy answered, and what it took.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PolicyDocument<'a> {
    /// The answer.
    pub verdict: &'a PolicyVerdict,
    /// The thresholds it was given, and by whom.
    pub thresholds: &'a BTreeMap<String, gate_core::threshold::Given>,
    /// The settings it was given, and by whom.
    pub settings: &'a BTreeMap<String, gate_core::threshold::Given>,
    /// How the answer is applied.
    pub terms: Terms,
    /// Fuel that it used; not part of the record.
    pub fuel_used: u64,
    /// Largest memory that it used, in bytes; not part of the record.
    pub memory_peak: u64,
    /// The engine's own words about a failure; not part of the record.
    pub engine_message: Option<&'a str>,
}

impl<'a> PolicyDocument<'a> {
    /// The documents of all policies that were asked.
    pub(crate) fn all(answer: Answer<'a>) -> Vec<Self> {
        let policies = answer.verdict.policies.iter();
        let policies = policies.zip(&answer.request.question.policies);
        let policies = policies.zip(answer.diagnostics);
        let document = |((verdict, using), measured): ((_, &'a PolicyUse), &'a Diagnostics)| Self {
            verdict,
            thresholds: &using.thresholds,
            settings: &using.settings,
            terms: using.terms,
            fuel_used: measured.fuel_used,
            memory_peak: measured.memory_peak,
            engine_message: measured.engine_message.as_deref(),
        };
        policies.map(document).collect()
    }
}

/// A finding, and what became of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisposedFinding<'a> {
    /// What became of it.
    pub disposition: Disposition,
    /// Other tools that report the same risk; sorted.
    pub also_reported_by: BTreeSet<&'a str>,
    /// The finding.
    pub finding: &'a Finding,
}

impl<'a> VerdictDocument<'a> {
    /// The document of a verdict.
    #[must_use]
    pub fn new(answer: Answer<'a>) -> Self {
        let Answer {
            verdict,
            request,
            record,
            exit_code,
            ..
        } = answer;
        let question = &request.question;
        let vex = question.vex.iter().zip(&verdict.vex);
        let vex = vex.map(|(document, verdict)| VexShown {
            name: &document.name,
            author: document.author.as_deref(),
            issued: document.issued,
            adapter: &document.adapter,
            statements: document.statements.len(),
            verdict,
        });
        let compared = Corroborations::of(&request.findings);
        let disposed = |finding: &'a Finding| DisposedFinding {
            disposition: verdict.disposition_of(&finding.id),
            also_reported_by: compared.others(finding),
            finding,
        };
        Self {
            format: "gate-verdict/1",
            outcome: verdict.outcome,
            exit_code,
            gate: verdict.gate.as_str(),
            subject: verdict.subject.as_ref(),
            environment: request.question.environment.as_deref(),
            variant: request.question.variant.as_deref(),
            evaluated_at: verdict.evaluated_at,
            enforcement: verdict.enforcement,
            record,
            reasons: &verdict.reasons,
            counts: &verdict.counts,
            policies: PolicyDocument::all(answer),
            scan_reports: &request.reports,
            report_rules: &request.question.report_rules,
            notes: subject::notes(request).collect(),
            corroborations: compared.list(),
            findings: request.findings.iter().map(disposed).collect(),
            overrides: &question.overrides,
            groups: &question.groups,
            waivers: &verdict.waivers,
            vex: vex.collect(),
            baseline: BaselineShown::new(request),
        }
    }
}

/// What `gate normalize --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NormalizedDocument<'a> {
    /// Version of this format.
    pub format: &'static str,
    /// What the report said of itself.
    pub scan_report: &'a ScanReport,
    /// Risks that several tools report, where the report holds the runs of several.
    pub corroborations: Vec<Corroboration<'a>>,
    /// Its findings.
    pub findings: &'a [Finding],
}

impl<'a> NormalizedDocument<'a> {
    /// The document of a report.
    #[must_use]
    pub fn new(scan_report: &'a ScanReport, findings: &'a [Finding]) -> Self {
        Self {
            format: "gate-normalized/1",
            scan_report,
            corroborations: Corroborations::of(findings).list(),
            findings,
        }
    }
}

/// Writes a document as indented JSON with a line break at its end.
///
/// # Errors
/// When the sink fails.
pub fn write<T: Serialize>(document: &T, sink: &mut dyn io::Write) -> io::Result<()> {
    let mut sink = io::BufWriter::new(sink);
    serde_json::to_writer_pretty(&mut sink, document)?;
    io::Write::write_all(&mut sink, b"\n")?;
    io::Write::flush(&mut sink)
}
