//! The verdict: the outcome, and everything that explains it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::digest::Digest;
use crate::fingerprint::Fingerprint;
use crate::gate::GateName;
use crate::policy::Counters;
use crate::request::{Enforcement, Subject};
use crate::scan_report::ScanReport;
use crate::severity::Level;
use crate::time::Moment;
use crate::vex::VexVerdict;
use crate::waiver::WaiverVerdict;

/// What came out, from best to worst. Of several, the worst holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything that was asked for was looked at and is within its thresholds.
    Pass,
    /// As `pass`, with something to look at.
    Warn,
    /// Something is over its threshold.
    Fail,
    /// Could not decide. Blocks.
    Error,
}

impl Outcome {
    /// The word for it, as used in files and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What became of a finding. Of several, the last holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// No policy counted it.
    Tolerated,
    /// The tool itself asked not to count it, and no policy did.
    Suppressed,
    /// It was there before, and the gate judges what is new.
    Baseline,
    /// Somebody accepted the risk.
    Waived,
    /// It does no harm there, says a statement (VEX) that the profile trusts.
    NotAffected,
    /// It weighs against the outcome.
    Counted,
}

/// One gate's answer about one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Who asked.
    pub gate: GateName,
    /// What was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// When.
    pub evaluated_at: Moment,
    /// The worst of the gate's own checks and of all policies.
    pub outcome: Outcome,
    /// Whether a fail closes the gate.
    pub enforcement: Enforcement,
    /// Why, worst first.
    pub reasons: Vec<Reason>,
    /// How many findings, by level and by what became of them.
    pub counts: Counts,
    /// What each policy answered, in order of name.
    pub policies: Vec<PolicyVerdict>,
    /// Findings by what became of them; those that are tolerated are not listed.
    pub dispositions: BTreeMap<Disposition, Vec<Fingerprint>>,
    /// What became of each waiver, in order of id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverVerdict>,
    /// What became of each document of statements, in order of digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vex: Vec<VexVerdict>,
}

impl Verdict {
    /// What became of a finding.
    #[must_use]
    pub fn disposition_of(&self, finding: &Fingerprint) -> Disposition {
        // Lists follow the order of findings, which is the order of fingerprints.
        let listed =
            |(_, list): &(&Disposition, &Vec<Fingerprint>)| list.binary_search(finding).is_ok();
        let found = self.dispositions.iter().find(listed);
        found.map_or(Disposition::Tolerated, |(disposition, _)| *disposition)
    }
}

/// How many findings there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// All.
    pub findings: u32,
    /// By what became of them.
    pub by_disposition: BTreeMap<Disposition, u32>,
    /// By level.
    pub by_level: BTreeMap<Level, u32>,
    /// Those that another tool reports, too. Each of them counts for itself all the same.
    pub corroborated: u32,
}

/// Why a verdict is as it is. Untrusted text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// How bad this reason alone is.
    pub outcome: Outcome,
    /// How bad it is for the gate, where that is less: its policy is monitored, or its group does not need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Outcome>,
    /// Kebab-case name of the situation.
    pub code: String,
    /// The policy that says so; absent for the gate's own checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The report meant, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// One sentence.
    pub message: String,
    /// What the reader can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Findings meant; sorted.
    pub findings: Vec<Fingerprint>,
}

impl Reason {
    /// The gate's own error, with the code's advice.
    pub(crate) fn error(code: Code, message: String) -> Self {
        Self::own(Outcome::Error, code, message)
    }

    /// The gate's own fail, with the code's advice.
    pub(crate) fn fail(code: Code, message: String) -> Self {
        Self::own(Outcome::Fail, code, message)
    }

    /// The gate's own warning, with the code's advice.
    pub(crate) fn warn(code: Code, message: String) -> Self {
        Self::own(Outcome::Warn, code, message)
    }

    fn own(outcome: Outcome, code: Code, message: String) -> Self {
        Self {
            outcome,
            effect: None,
            code: code.as_str().to_owned(),
            policy: None,
            report: None,
            message,
            help: Some(code.advice().to_owned()),
            findings: Vec::new(),
        }
    }

    /// How bad it is for the gate.
    #[must_use]
    pub fn effect(&self) -> Outcome {
        self.effect.unwrap_or(self.outcome)
    }

    /// Names the findings meant.
    pub(crate) fn naming(mut self, findings: Vec<Fingerprint>) -> Self {
        self.findings = findings;
        self
    }

    /// Names the report meant.
    pub(crate) fn about(mut self, report: &ScanReport) -> Self {
        self.report = Some(report.name.clone());
        self
    }

    /// Says what to do, in place of the code's own advice.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What one policy answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyVerdict {
    /// Name.
    pub name: String,
    /// Digest of the component.
    pub digest: Digest,
    /// Its answer, or `error`.
    pub outcome: Outcome,
    /// What its answer is for the gate, where that is less: it is monitored, not effective yet, or its group does not
    /// need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Outcome>,
    /// Its proof of work; absent when it did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counters: Option<Counters>,
}

impl PolicyVerdict {
    /// What its answer is for the gate.
    #[must_use]
    pub fn effect(&self) -> Outcome {
        self.effect.unwrap_or(self.outcome)
    }
}
