//! `gf1`: the identity of a finding.
//!
//! Two scans of the same thing give the same problem the same fingerprint, although its line, its severity,
//! its wording or the tool's version changed. `docs/adr/0005-finding-identity.md` says what goes in and why.
//!
//! ```text
//! base = SHA-256( "gf1" ‖ scope ‖ class ‖ tool family ‖ rule ‖ parts… )     each preceded by its length
//! id   = "gf1:" hex( SHA-256( "gf1" ‖ base ‖ ordinal ) )
//! ```
//!
//! Records that say exactly the same merge into one finding with a count. What is left with an equal base,
//! such as one rule violated twice in a file, is told apart by an ordinal in order of place.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

use crate::digest::{from_hex, to_hex};
use crate::finding::{Class, Finding};

/// The identity of a finding, written `gf1:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// What a finding has before [`assemble`].
    pub(crate) const UNASSIGNED: Self = Self([0; 32]);
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gf1:{}", to_hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `gf1:` and 64 lower-case hexadecimal digits")]
pub struct NotAFingerprint;

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let hex = text.strip_prefix("gf1:").ok_or(NotAFingerprint)?;
        from_hex(hex).map(Self).ok_or(NotAFingerprint)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Fingerprint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^gf1:[0-9a-f]{64}$" })
    }
}

/// What makes a finding itself, fed field by field.
#[derive(Clone, Debug)]
pub struct Identity(Sha256);

impl Identity {
    /// Begins an identity. `scope` names the application or repository and the kind of target, never a
    /// branch, a build, a commit or a tag; `tool` is the tool's family, whatever format it reported in.
    #[must_use]
    pub fn new(scope: &str, class: Class, tool: &str, rule: &str) -> Self {
        Self(Sha256::new())
            .part("gf1")
            .part(scope)
            .part(class.as_str())
            .part(tool)
            .part(rule)
    }

    /// Adds one field. Order counts; an absent field is added as the empty text.
    #[must_use]
    pub fn part(mut self, text: &str) -> Self {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// The identity before ordinals.
    #[must_use]
    pub fn base(self) -> Base {
        Base(self.0.finalize().into())
    }
}

/// An identity before ordinals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Base([u8; 32]);

impl Base {
    fn with_ordinal(self, ordinal: u32) -> Fingerprint {
        let hash = Sha256::new().chain_update(b"gf1").chain_update(self.0);
        Fingerprint(hash.chain_update(ordinal.to_be_bytes()).finalize().into())
    }
}

/// A finding on its way from an adapter to its identity.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Identity before ordinals.
    pub base: Base,
    /// Which of the reports it comes from, by position.
    pub report: u32,
    /// The finding, its `id` not yet assigned.
    pub finding: Finding,
}

/// The findings of several reports, and how many records of each report were merged into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// In canonical order, each identity once.
    pub findings: Vec<Finding>,
    /// For each report by position: records that said exactly what another one says.
    pub merged: Vec<u32>,
}

/// Merges exact repeats, tells apart what is left, gives identities and sorts. The order of the drafts does
/// not matter.
#[must_use]
pub fn assemble(mut drafts: Vec<Draft>, reports: usize) -> Assembled {
    let mut merged = vec![0; reports];
    // By identity, then place, then everything else: equal records become neighbours, and ordinals follow
    // the place.
    drafts.sort_by(|a, b| {
        (a.base, place(&a.finding))
            .cmp(&(b.base, place(&b.finding)))
            .then_with(|| substance(&a.finding).cmp(&substance(&b.finding)))
            .then_with(|| a.finding.evidence.cmp(&b.finding.evidence))
            .then_with(|| a.report.cmp(&b.report))
    });
    let mut findings: Vec<Finding> = Vec::with_capacity(drafts.len());
    let mut last: Option<(Base, u32)> = None;
    for draft in drafts {
        let ordinal = match (last, findings.last_mut()) {
            (Some((base, ordinal)), Some(previous)) if base == draft.base => {
                if place(previous) == place(&draft.finding)
                    && substance(previous) == substance(&draft.finding)
                {
                    previous.count = previous.count.saturating_add(draft.finding.count);
                    if let Some(count) = merged.get_mut(draft.report as usize) {
                        *count += 1;
                    }
                    continue;
                }
                ordinal + 1
            }
            _ => 0,
        };
        last = Some((draft.base, ordinal));
        let mut finding = draft.finding;
        finding.id = draft.base.with_ordinal(ordinal);
        findings.push(finding);
    }
    findings.sort_unstable_by_key(|finding| finding.id);
    Assembled { findings, merged }
}

/// Where a finding is, for the order of its twins.
fn place(finding: &Finding) -> impl Ord + '_ {
    finding
        .locations
        .first()
        .map(|at| (at.start_line, at.start_column, at.end_line, at.end_column))
}

/// Everything that two records must agree in to be the same record: all but `count`, `evidence` and `id`.
fn substance(finding: &Finding) -> impl Ord + '_ {
    let Finding {
        attributes,
        class,
        confidence,
        count: _,
        description,
        endpoint,
        evidence: _,
        first_seen,
        id: _,
        keys,
        locations,
        references,
        remediation,
        resource,
        rule,
        severity,
        status,
        suppression,
        title,
        tool,
        vulnerability,
    } = finding;
    (
        (
            title,
            severity,
            status,
            suppression,
            locations,
            description,
            rule,
        ),
        (
            vulnerability,
            attributes,
            confidence,
            class,
            endpoint,
            first_seen,
        ),
        (keys, references, remediation, resource, tool),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::Digest;
    use crate::finding::{Evidence, Location};
    use crate::severity::{Level, Severity};

    fn draft(rule: &str, line: u32, title: &str, pointer: &str) -> Draft {
        let mut finding = Finding::new(
            "tool",
            Class::CodeWeakness,
            rule,
            Severity::tool(Level::High, "HIGH"),
            title,
            Evidence {
                pointer: pointer.into(),
                report: Digest::of(b"r"),
            },
        );
        finding.locations = vec![Location {
            start_line: Some(line),
            ..Location::default()
        }];
        let base = Identity::new("scope", finding.class, "tool", rule)
            .part("a.py")
            .base();
        Draft {
            base,
            report: 0,
            finding,
        }
    }

    fn ids(drafts: Vec<Draft>) -> Vec<Fingerprint> {
        assemble(drafts, 1).findings.iter().map(|f| f.id).collect()
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let id = |a: &str, b: &str| Identity::new("s", Class::Lint, "t", a).part(b).base();
        assert_ne!(id("ab", "c"), id("a", "bc"));
        assert_ne!(id("ab", ""), id("a", "b"));
    }

    #[test]
    fn an_exact_repeat_is_counted_and_not_lost() {
        let drafts = vec![draft("R", 1, "t", "/0"), draft("R", 1, "t", "/1")];
        let Assembled { findings, merged } = assemble(drafts, 1);
        assert_eq!((findings.len(), findings[0].count, merged), (1, 2, vec![1]));
        assert_eq!(&*findings[0].evidence.pointer, "/0");
    }

    #[test]
    fn twins_keep_their_identities_when_lines_shift() {
        let at = |shift: u32| {
            vec![
                draft("R", 1 + shift, "t", "/0"),
                draft("R", 9 + shift, "t", "/1"),
            ]
        };
        assert_eq!(ids(at(0)), ids(at(7)));
        assert_eq!(ids(at(0)).len(), 2);
    }

    #[test]
    fn a_new_rating_keeps_the_identity() {
        let mut rated = draft("R", 1, "t", "/0");
        rated.finding.severity = Severity::tool(Level::Low, "LOW");
        assert_eq!(ids(vec![draft("R", 1, "t", "/0")]), ids(vec![rated]));
    }

    #[test]
    fn the_same_place_with_another_rating_is_no_repeat() {
        let mut rated = draft("R", 1, "t", "/1");
        rated.finding.severity = Severity::tool(Level::Low, "LOW");
        assert_eq!(ids(vec![draft("R", 1, "t", "/0"), rated]).len(), 2);
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_nothing_is_lost(
            specs in prop::collection::vec((0..3u8, 0..4u32, 0..3u8), 0..40),
            seed in any::<u64>(),
        ) {
            let drafts: Vec<_> = specs
                .iter()
                .enumerate()
                .map(|(i, (rule, line, title))| {
                    draft(&format!("R{rule}"), *line, &format!("t{title}"), &format!("/{i}"))
                })
                .collect();
            let mut shuffled = drafts.clone();
            shuffled.sort_by_key(|d| Digest::of(format!("{seed}{}", d.finding.evidence.pointer).as_bytes()));
            let total = drafts.len();
            let one = assemble(drafts, 1);
            prop_assert_eq!(&one, &assemble(shuffled, 1));
            let counted: u32 = one.findings.iter().map(|f| f.count).sum();
            prop_assert_eq!(counted as usize, total);
            prop_assert_eq!(one.findings.len() + one.merged[0] as usize, total);
            prop_assert!(one.findings.windows(2).all(|pair| pair[0].id < pair[1].id));
        }
    }
}
