//! The evaluation request: a value. What is not in it cannot influence the verdict; what is in it is in the
//! record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::age::Age;
use crate::baseline::BaselineUse;
use crate::composition::Group;
use crate::digest::Digest;
use crate::exemption::Exemptions;
use crate::feed::{FeedRules, FeedUse};
use crate::finding::Finding;
use crate::gate::GateName;
use crate::scan_report::{Completeness, Content, Problem, ScanReport};
use crate::threshold::{Given, Snapshot};
use crate::time::Moment;
use crate::vex::VexDocument;
use crate::waiver::{Waiver, WaiverRules};

/// Everything that a verdict depends on.
#[derive(Clone, Debug)]
pub struct EvaluationRequest {
    /// What is asked, and by which limits.
    pub question: Question,
    /// Reports, in canonical order.
    pub reports: Vec<ScanReport>,
    /// Findings of all reports, in canonical order. Shared with the threads that run policies.
    pub findings: Arc<Vec<Finding>>,
    /// Which of them do not reach which policies; follows from the question.
    exemptions: Arc<Exemptions>,
}

impl EvaluationRequest {
    /// A request about what reports say.
    #[must_use]
    pub fn new(question: Question, reports: Vec<ScanReport>, findings: Vec<Finding>) -> Self {
        let exemptions = Exemptions::of(&question, &findings);
        Self {
            question,
            reports,
            findings: Arc::new(findings),
            exemptions: Arc::new(exemptions),
        }
    }

    /// Another question about the same reports.
    pub(crate) fn asking(&self, question: Question) -> Self {
        let exemptions = Exemptions::of(&question, &self.findings);
        Self {
            question,
            reports: self.reports.clone(),
            findings: Arc::clone(&self.findings),
            exemptions: Arc::new(exemptions),
        }
    }

    /// Findings that do not reach every policy, and why.
    #[must_use]
    pub fn exemptions(&self) -> &Exemptions {
        &self.exemptions
    }
}

/// The part of a request that is not scanner data; stands in the record as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Who asks.
    pub gate: GateName,
    /// What is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The moment of judgement; the only time there is.
    pub evaluated_at: Moment,
    /// Application or repository that the findings belong to; part of every fingerprint.
    pub scope: String,
    /// Whether the outcome is enforced.
    pub enforcement: Enforcement,
    /// Reports that the gate demands.
    pub required: Vec<Requirement>,
    /// What it asks of each report.
    pub report_rules: ReportRules,
    /// Policies, in order of name.
    pub policies: Vec<PolicyUse>,
    /// Limits of every policy.
    pub limits: Limits,
    /// What was to be read and could not be, reports aside: each is an error.
    pub problems: Vec<Problem>,
    /// What sources of thresholds said, in order of name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threshold_sources: Vec<Snapshot>,
    /// Flags that change what the profile says, as they were given.
    pub overrides: Vec<String>,
    /// Where the subject is to go, such as `production`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The variant of the profile that was chosen by the subject or the scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Policies of which not each has to pass, in order of name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Accepted risks, in order of id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// What a waiver may be.
    #[serde(default, skip_serializing_if = "WaiverRules::is_standard")]
    pub waiver_rules: WaiverRules,
    /// What was said of vulnerabilities in products, in order of digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vex: Vec<VexDocument>,
    /// What the findings were compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineUse>,
    /// What told findings more than their tools did, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<FeedUse>,
    /// What the gate asks of its feeds.
    #[serde(default, skip_serializing_if = "FeedRules::is_standard")]
    pub feed_rules: FeedRules,
}

impl Question {
    /// A question of a gate that asks nothing yet.
    #[must_use]
    pub fn of(gate: GateName, evaluated_at: Moment) -> Self {
        Self {
            gate,
            subject: None,
            evaluated_at,
            scope: "default".to_owned(),
            enforcement: Enforcement::Enforce,
            required: Vec::new(),
            report_rules: ReportRules::standard(),
            policies: Vec::new(),
            limits: Limits::STANDARD,
            problems: Vec::new(),
            threshold_sources: Vec::new(),
            overrides: Vec::new(),
            environment: None,
            variant: None,
            groups: Vec::new(),
            waivers: Vec::new(),
            waiver_rules: WaiverRules::default(),
            vex: Vec::new(),
            baseline: None,
            feeds: Vec::new(),
            feed_rules: FeedRules::default(),
        }
    }
}

/// What is judged: an image, an artifact or a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its name, such as `registry.example/shop/api`.
    pub name: String,
    /// Its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Whether a fail closes the gate. Applied outside the policies; never changes the outcome in the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Enforcement {
    /// A fail closes the gate.
    #[default]
    Enforce,
    /// A fail is only reported. An error closes the gate all the same.
    Monitor,
}

impl Enforcement {
    /// Whether it is the standard one, which the record leaves out of a policy's terms.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the form that serde asks for"
    )]
    fn is_enforce(&self) -> bool {
        *self == Self::Enforce
    }
}

/// A report that a gate demands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The tool; any tool when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// How many different reports at least. One that is not complete is an error of its own.
    pub at_least: u32,
}

/// What a gate asks of its reports, beside their number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportRules {
    /// Kinds of report that prove what the gate asks. Others may stand beside them.
    pub accepts: BTreeSet<Content>,
    /// How many records in quarantine, of all reports together, the gate decides without.
    pub allow_quarantined: u32,
    /// How long before the moment of judgement a report may have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Age>,
    /// Whether each report has to name the subject's digest. One that names another is an error in any case.
    pub require_subject_match: bool,
}

impl ReportRules {
    /// What is asked where the profile says nothing else: a scan, every record understood, of any age.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            accepts: BTreeSet::from([Content::Scan]),
            allow_quarantined: 0,
            max_age: None,
            require_subject_match: false,
        }
    }

    /// Whether a report can prove what the gate asks. Of one that failed nobody knows what it would have been; it is
    /// an error of its own.
    #[must_use]
    pub fn accept(&self, report: &ScanReport) -> bool {
        let asked = |kind: &Content| report.content.proves(*kind);
        report.completeness == Completeness::Failed || self.accepts.iter().any(asked)
    }
}

/// A policy, and what it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyUse {
    /// Name, as the profile calls it.
    pub name: String,
    /// Digest of the component.
    pub digest: Digest,
    /// A value for each threshold that the policy describes.
    pub thresholds: BTreeMap<String, Given>,
    /// A value for each setting that the policy describes.
    pub settings: BTreeMap<String, Given>,
    /// How its answer is applied.
    #[serde(default, skip_serializing_if = "Terms::is_standard")]
    pub terms: Terms,
}

/// How a policy's answer is applied. The policy never knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Whether a fail of it makes the gate fail.
    #[serde(default, skip_serializing_if = "Enforcement::is_enforce")]
    pub enforcement: Enforcement,
    /// From when on it is enforced; before, it is monitored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_on: Option<Moment>,
    /// Whether it judges what is waived, or was there before, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unwaivable: bool,
}

impl Terms {
    fn is_standard(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a fail makes the gate fail, at a moment.
    #[must_use]
    pub fn enforced_at(&self, at: Moment) -> bool {
        self.enforcement == Enforcement::Enforce && self.effective_on.is_none_or(|from| from <= at)
    }
}

/// Limits of one policy in one evaluation, and of an adapter component on one report. All are deterministic but
/// `wall_clock_seconds`, the outer net.
///
/// The defaults allow a policy about a hundred times what the standard ones use; `docs/limits.md` has the
/// figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Fuel: about one unit per WebAssembly instruction.
    pub fuel: u64,
    /// Fuel added for each finding, and for an adapter for each record.
    pub fuel_per_finding: u64,
    /// Linear memory, in bytes, of all memories together.
    pub memory_bytes: u64,
    /// Elements of each table, and handles.
    pub table_elements: u32,
    /// Core instances, and with them memories and tables.
    pub instances: u32,
    /// What may cross from the policy to the host in one call, in bytes; and what an adapter's findings may take
    /// for one report.
    pub answer_bytes: u64,
    /// What an adapter's findings may take besides, for each record, in bytes.
    pub answer_bytes_per_record: u64,
    /// Reasons in an answer.
    pub reasons: u32,
    /// Length of one text in an answer, in bytes.
    pub text_bytes: u32,
    /// Length of one text in a finding of an adapter, in bytes.
    pub finding_text_bytes: u32,
    /// Stack of the WebAssembly code, in bytes.
    pub stack_bytes: u32,
    /// How long the gate waits for a component to be compiled, and for the next policy to answer; running into
    /// it is an `error` and the one outcome that depends on the machine.
    pub wall_clock_seconds: u32,
}

impl Limits {
    /// The limits of every evaluation until a profile can set them.
    pub const STANDARD: Self = Self {
        fuel: 1_000_000_000,
        fuel_per_finding: 1_000_000,
        memory_bytes: 64 << 20,
        table_elements: 20_000,
        instances: 50,
        answer_bytes: 16 << 20,
        answer_bytes_per_record: 8 << 10,
        reasons: 200,
        text_bytes: 4096,
        finding_text_bytes: 64 << 10,
        stack_bytes: 512 << 10,
        wall_clock_seconds: 120,
    };

    /// The fuel for a number of findings.
    #[must_use]
    pub const fn fuel_for(&self, findings: usize) -> u64 {
        self.fuel
            .saturating_add(self.fuel_per_finding.saturating_mul(findings as u64))
    }
}
