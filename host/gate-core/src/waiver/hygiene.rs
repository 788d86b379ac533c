//! What is to be mended in waivers that are each as a waiver has to be: what has ended, and what does nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::age::Age;
use crate::exemption::Exemption;
use crate::fingerprint::Fingerprint;
use crate::request::EvaluationRequest;
use crate::severity::Level;
use crate::time::Moment;
use crate::waiver::{Refusal, Scope, Waiver, WaiverRules};

/// What is said of a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// It has ended.
    Expired,
    /// It lives longer than any finding that it can be about may be waived.
    NeverApplies,
    /// Another one is about exactly the same.
    SameScope,
    /// No finding is what it is about.
    Unused,
    /// All that it is about, others waive already.
    Shadowed,
    /// It does not apply to findings that it is about.
    Refused,
    /// It is about findings that a trusted statement (VEX) calls not affected.
    NotAffected,
    /// It ends soon.
    ExpiresSoon,
    /// It lives longer than findings of some levels may be waived.
    AppliesInPart,
    /// It is of another gate, environment or image than the records.
    Elsewhere,
}

impl Matter {
    /// The word for it, as used in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NeverApplies => "never-applies",
            Self::SameScope => "same-scope",
            Self::Unused => "unused",
            Self::Shadowed => "shadowed",
            Self::Refused => "refused",
            Self::NotAffected => "not-affected",
            Self::ExpiresSoon => "expires-soon",
            Self::AppliesInPart => "applies-in-part",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// Whether somebody has to mend it. The others are only good to know.
    #[must_use]
    pub const fn is_to_mend(self) -> bool {
        !matches!(
            self,
            Self::ExpiresSoon | Self::AppliesInPart | Self::Elsewhere
        )
    }

    /// Whether the waiver can go without a change to any verdict from now on.
    #[must_use]
    pub const fn is_to_remove(self) -> bool {
        matches!(self, Self::Expired | Self::Unused)
    }
}

/// Something about a waiver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Remark {
    /// The waiver.
    pub waiver: String,
    /// What it is.
    pub matter: Matter,
    /// The same as a sentence about the waiver.
    pub message: String,
    /// Findings meant; sorted.
    pub findings: Vec<Fingerprint>,
}

impl Remark {
    fn new(waiver: &Waiver, matter: Matter, message: impl Into<String>) -> Self {
        Self {
            waiver: waiver.id.clone(),
            matter,
            message: message.into(),
            findings: Vec::new(),
        }
    }

    fn naming(mut self, findings: BTreeSet<Fingerprint>) -> Self {
        self.findings = findings.into_iter().collect();
        self
    }
}

/// Looks at waivers by themselves.
#[must_use]
pub fn look(waivers: &[Waiver], rules: &WaiverRules, now: Moment, soon: Age) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut scopes: BTreeMap<&Scope, &str> = BTreeMap::new();
    for waiver in waivers {
        let expires = waiver.expires;
        if expires <= now {
            let message = format!("it has expired at {expires}");
            remarks.push(Remark::new(waiver, Matter::Expired, message));
        } else if soon.covers(now, expires) {
            let message = format!("it expires at {expires}");
            remarks.push(Remark::new(waiver, Matter::ExpiresSoon, message));
        }
        remarks.extend(too_long(waiver, rules));
        if let Some(first) = scopes.get(&waiver.scope) {
            let message = format!("`{first}` is about the same");
            remarks.push(Remark::new(waiver, Matter::SameScope, message));
        } else {
            scopes.insert(&waiver.scope, &waiver.id);
        }
    }
    remarks
}

/// Levels of which it waives nothing, because it lives too long.
fn too_long(waiver: &Waiver, rules: &WaiverRules) -> Option<Remark> {
    let most = waiver.scope.max_level;
    let meant = |level: &Level| most.is_none_or(|most| *level != Level::Unknown && *level <= most);
    let meant: Vec<Level> = Level::ALL.into_iter().filter(meant).collect();
    let refused = |level: &&Level| {
        let longest = rules.longest(**level);
        longest.is_some_and(|age| !age.covers(waiver.created, waiver.expires))
    };
    let refused: Vec<&Level> = meant.iter().filter(refused).collect();
    if refused.is_empty() {
        return None;
    }
    let names: Vec<&str> = refused.iter().map(|level| level.as_str()).collect();
    let message = format!(
        "it lives longer than findings of these levels may be waived: {}",
        names.join(", ")
    );
    let matter = if refused.len() == meant.len() {
        Matter::NeverApplies
    } else {
        Matter::AppliesInPart
    };
    Some(Remark::new(waiver, matter, message))
}

/// Looks at waivers as they apply to requests, each of which asks with exactly these waivers.
#[must_use]
pub fn look_at(waivers: &[Waiver], requests: &[EvaluationRequest]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (position, waiver) in waivers.iter().enumerate() {
        let reached = requests
            .iter()
            .filter(|request| waiver.scope.reaches(&request.question));
        let mut found = Found::default();
        let mut reaches = false;
        for request in reached {
            reaches = true;
            found.add(request, position);
        }
        if !reaches {
            let message = "no record is of its gate, environment and image";
            remarks.push(Remark::new(waiver, Matter::Elsewhere, message));
            continue;
        }
        remarks.extend(found.remarks(waiver));
    }
    remarks
}

/// What became of one waiver in all requests.
#[derive(Default)]
struct Found {
    waived: BTreeSet<Fingerprint>,
    shadowed: BTreeSet<Fingerprint>,
    refused: BTreeMap<Refusal, BTreeSet<Fingerprint>>,
    not_affected: BTreeSet<Fingerprint>,
}

impl Found {
    fn add(&mut self, request: &EvaluationRequest, position: usize) {
        let Some(verdict) = request.exemptions().waivers.get(position) else {
            return;
        };
        self.waived.extend(&verdict.waived);
        self.shadowed.extend(&verdict.shadowed);
        for (why, findings) in &verdict.refused {
            self.refused.entry(*why).or_default().extend(findings);
        }
        let meant = verdict.waived.iter().chain(&verdict.shadowed);
        let not_affected = meant.filter(|id| {
            let at = request
                .findings
                .binary_search_by_key(*id, |finding| finding.id);
            let at = at.ok().and_then(|at| u32::try_from(at).ok());
            at.is_some_and(|at| request.exemptions().at(at) == Some(Exemption::NotAffected))
        });
        self.not_affected.extend(not_affected);
    }

    fn remarks(self, waiver: &Waiver) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if self.waived.is_empty() && self.shadowed.is_empty() && self.refused.is_empty() {
            let message = "no finding is what it is about";
            remarks.push(Remark::new(waiver, Matter::Unused, message));
        }
        if self.waived.is_empty() && self.refused.is_empty() && !self.shadowed.is_empty() {
            let message = "others waive all that it is about";
            remarks.push(Remark::new(waiver, Matter::Shadowed, message).naming(self.shadowed));
        }
        for (why, findings) in self.refused {
            // That it has ended is said already.
            if why != Refusal::Expired {
                let message = format!(
                    "it does not apply to {} finding(s): {}",
                    findings.len(),
                    why.as_str()
                );
                remarks.push(Remark::new(waiver, Matter::Refused, message).naming(findings));
            }
        }
        if !self.not_affected.is_empty() {
            let message = "a trusted statement (VEX) says already that these are not affected";
            let remark = Remark::new(waiver, Matter::NotAffected, message);
            remarks.push(remark.naming(self.not_affected));
        }
        remarks
    }
}

#[cfg(test)]
mod tests;
