//! A baseline: what was there before, so that a gate can tell what is new.
//!
//! It is made from a record and kept as a file of its own. A finding in it is *existing*; one that was fixed since and
//! is back is *regressed*; any other is *new*. The comparison is written into the findings before they are kept, so that
//! every policy sees it as it sees everything else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::canonical::{self, NotCanonical};
use crate::check::budget;
use crate::digest::Digest;
use crate::finding::{Finding, Text};
use crate::fingerprint::Fingerprint;
use crate::gate::GateName;
use crate::request::EvaluationRequest;
use crate::severity::Level;
use crate::time::Moment;

mod file;

/// The attribute of a finding that says how it stands to the baseline.
pub const STANDING: &str = "baseline";

/// The version of the file's format.
pub const FORMAT: &str = "gate-baseline/1";

/// How a finding stands to the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was not there.
    New,
    /// It was there.
    Existing,
    /// It was there, was fixed, and is back.
    Regressed,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::New, Self::Existing, Self::Regressed];

    /// The word for it, as the attribute has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Existing => "existing",
            Self::Regressed => "regressed",
        }
    }

    /// How a finding stands to the baseline that it was compared with, if it was.
    #[must_use]
    pub fn of(finding: &Finding) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.as_str() == finding.attribute(STANDING))
    }
}

/// What was there before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Baseline {
    /// [`FORMAT`].
    pub format: String,
    /// The gate that it is of.
    pub gate: GateName,
    /// The application or repository that its findings belong to.
    pub scope: String,
    /// The record that it was last made from.
    pub record: Digest,
    /// That record's moment of judgement.
    pub taken: Moment,
    /// How many findings of each level may be there: no more than were there when it was taken.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "file::each_once"
    )]
    pub budgets: BTreeMap<Level, u32>,
    /// Every finding that was ever there.
    #[serde(deserialize_with = "file::each_once")]
    pub findings: BTreeMap<Fingerprint, Known>,
}

/// What a gate does with its baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaselineRules {
    /// Findings that were there do not count.
    pub only_new: bool,
    /// There may be no more findings of a level than the baseline allows.
    pub ratchet: bool,
}

/// What is known of a finding that was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Known {
    /// When it was first seen.
    pub first_seen: Moment,
    /// Since when it is not there any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Moment>,
    /// Its level when it was last there.
    pub level: Level,
    /// Its title when it was last there, for people.
    pub title: Text,
}

/// What a request says of the baseline that its findings were compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineUse {
    /// Digest of the baseline's canonical bytes.
    pub digest: Digest,
    /// The record that the baseline was made from.
    pub record: Digest,
    /// That record's moment of judgement.
    pub taken: Moment,
    /// Whether findings that were there do not count.
    pub only_new: bool,
    /// How many findings of each level may be there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub budgets: BTreeMap<Level, u32>,
    /// Findings that were there and are not any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<Fingerprint>,
}

/// Why some bytes are no baseline for a gate.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// They are no baseline.
    #[error("it is not a baseline: {0}")]
    NotABaseline(#[from] serde_json::Error),
    /// Another version.
    #[error("its format is `{0}`, and this program reads `{FORMAT}`")]
    Format(String),
    /// It is of another application or gate.
    #[error("it is of {what} `{theirs}`, and this is `{ours}`")]
    Another {
        /// `gate` or `scope`.
        what: &'static str,
        /// What it says.
        theirs: String,
        /// What is asked.
        ours: String,
    },
    /// It was taken after the moment of judgement.
    #[error("it was taken at {taken}, which is after {now}")]
    FromTheFuture {
        /// When it was taken.
        taken: Moment,
        /// The moment of judgement.
        now: Moment,
    },
}

impl Baseline {
    /// The baseline of what a record judged: of its findings those of status fail or open that no tool suppresses. What
    /// an earlier one knows is kept, and what is not there any more is fixed. No budget is above the earlier one's.
    #[must_use]
    pub fn take(request: &EvaluationRequest, record: Digest, earlier: Option<&Self>) -> Self {
        let question = &request.question;
        let taken = question.evaluated_at;
        let mut known = earlier
            .map(|earlier| earlier.findings.clone())
            .unwrap_or_default();
        for was in known.values_mut() {
            was.fixed = was.fixed.or(Some(taken));
        }
        for finding in request.findings.iter().filter(|f| f.is_active()) {
            let seen = known.get(&finding.id).map(|known| known.first_seen);
            let first_seen = [seen, finding.first_seen].into_iter().flatten().min();
            known.insert(
                finding.id,
                Known {
                    first_seen: first_seen.unwrap_or(taken),
                    fixed: None,
                    level: finding.severity.level,
                    title: finding.title.clone(),
                },
            );
        }
        let mut baseline = Self {
            format: FORMAT.to_owned(),
            gate: question.gate.clone(),
            scope: question.scope.clone(),
            record,
            taken,
            budgets: needed(request),
            findings: known,
        };
        if let Some(earlier) = earlier {
            baseline.tighten(&earlier.budgets);
        }
        baseline
    }

    /// How many of its findings of each level are not fixed.
    #[must_use]
    pub fn present(&self) -> BTreeMap<Level, u32> {
        let present = self.findings.values().filter(|known| known.fixed.is_none());
        counted(present.map(|known| known.level))
    }

    /// Takes over budgets where they are less: a budget only falls. Says whether one was.
    pub fn tighten(&mut self, budgets: &BTreeMap<Level, u32>) -> bool {
        let mut fell = false;
        for (level, budget) in budgets {
            let own = self.budgets.entry(*level).or_insert(u32::MAX);
            if *budget < *own {
                *own = *budget;
                fell = true;
            }
        }
        fell
    }

    /// Reads a baseline, however it is indented.
    ///
    /// # Errors
    /// When the bytes are none, or one of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BaselineError> {
        /// What every version has.
        #[derive(Deserialize)]
        struct Versioned {
            format: String,
        }
        let Versioned { format } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            return Err(BaselineError::Format(format));
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Its canonical bytes.
    ///
    /// # Errors
    /// When a part has no canonical form, which no part has.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NotCanonical> {
        canonical::to_vec(self)
    }

    /// Refuses a baseline that is of something else.
    ///
    /// # Errors
    /// With what it is of.
    pub fn check(&self, gate: &GateName, scope: &str, now: Moment) -> Result<(), BaselineError> {
        let another = |what, theirs: &str, ours: &str| BaselineError::Another {
            what,
            theirs: theirs.to_owned(),
            ours: ours.to_owned(),
        };
        if self.gate != *gate {
            return Err(another("gate", self.gate.as_str(), gate.as_str()));
        }
        if self.scope != scope {
            return Err(another("scope", &self.scope, scope));
        }
        if self.taken > now {
            let taken = self.taken;
            return Err(BaselineError::FromTheFuture { taken, now });
        }
        Ok(())
    }

    /// Writes into each finding how it stands to the baseline, and since when it is known. Findings that the tool
    /// left out or that are no problem do not stand to it in any way.
    pub fn annotate(&self, findings: &mut [Finding], now: Moment) {
        leave_unsaid(findings);
        for finding in findings.iter_mut().filter(|finding| finding.is_active()) {
            let known = self.findings.get(&finding.id);
            let standing = match known {
                None => Standing::New,
                Some(Known { fixed: None, .. }) => Standing::Existing,
                Some(_) => Standing::Regressed,
            };
            finding
                .attributes
                .insert(STANDING.into(), standing.as_str().into());
            let seen = known.map_or(now, |known| known.first_seen);
            finding.first_seen = Some(finding.first_seen.map_or(seen, |first| first.min(seen)));
        }
    }

    /// What a request says of it.
    #[must_use]
    pub fn used(&self, digest: Digest, rules: BaselineRules, findings: &[Finding]) -> BaselineUse {
        // Findings stand in order of their identity.
        let there = |id: &Fingerprint| {
            let found = findings.binary_search_by_key(id, |finding| finding.id);
            found.is_ok_and(|at| findings.get(at).is_some_and(Finding::is_active))
        };
        let gone = self
            .findings
            .iter()
            .filter(|(id, known)| known.fixed.is_none() && !there(id));
        BaselineUse {
            digest,
            record: self.record,
            taken: self.taken,
            only_new: rules.only_new,
            budgets: if rules.ratchet {
                self.budgets.clone()
            } else {
                BTreeMap::new()
            },
            fixed: gone.map(|(id, _)| *id).collect(),
        }
    }
}

/// Takes out of findings what a tool may have written where only the comparison with a baseline may stand.
pub fn leave_unsaid(findings: &mut [Finding]) {
    for finding in findings {
        finding.attributes.remove(STANDING);
    }
}

/// The budgets that what is there needs: for each level how many findings count against one.
#[must_use]
pub fn needed(request: &EvaluationRequest) -> BTreeMap<Level, u32> {
    counted(budget::weighing(request).map(|finding| finding.severity.level))
}

/// How many there are of each level; of one that is not there, none.
fn counted(levels: impl Iterator<Item = Level>) -> BTreeMap<Level, u32> {
    let mut counts: BTreeMap<Level, u32> = Level::ALL.into_iter().map(|l| (l, 0)).collect();
    for level in levels {
        let count = counts.entry(level).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

#[cfg(test)]
mod tests;
