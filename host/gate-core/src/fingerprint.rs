//! `gf1`: the identity of a finding.
//!
//! Two scans of the same thing give the same problem the same fingerprint, although its line, its severity,
//! its wording or the tool's version changed. `docs/adr/0005-finding-identity.md` says what goes in and why.
//!
//! ```text
//! base = SHA-256( "gf1" ‖ scope ‖ class ‖ tool ‖ rule ‖ parts of the class… )   each preceded by its length
//! id   = "gf1:" hex( SHA-256( "gf1" ‖ base ‖ ordinal ) )
//! ```
//!
//! Records that say exactly the same merge into one finding with a count. What is left with an equal base,
//! such as one rule violated twice in a file, is told apart by an ordinal in order of place.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

use crate::digest::{from_hex, with_hex};
use crate::finding::{CONTEXT, Class, Finding};
use crate::scan_report::ScanReport;

/// The identity of a finding, written `gf1:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// What a finding has before [`assemble`].
    pub(crate) const UNASSIGNED: Self = Self([0; 32]);
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_hex("gf1:", &self.0, |text| f.write_str(text))
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
        with_hex("gf1:", &self.0, |text| serializer.serialize_str(text))
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

/// An identity before ordinals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Base([u8; 32]);

impl Base {
    /// What makes a finding itself. The parts by class are the table of `docs/adr/0005-finding-identity.md`.
    fn of(scope: &str, finding: &Finding, fields: &mut Fields) -> Self {
        let class = finding.class.as_str();
        fields.0.clear();
        fields
            .add("gf1")
            .add(scope)
            .add(class)
            .add(&finding.tool)
            .add(&finding.rule.id);
        let primary = finding.locations.first();
        let path = primary
            .and_then(|at| at.path.as_deref())
            .unwrap_or_default();
        match finding.class {
            Class::Vulnerability | Class::License => {
                let software = finding.vulnerability.as_ref().map(|v| &v.software);
                let purl = software.and_then(|s| s.purl.as_deref()).map(purl_name);
                let plain = software.map(|s| (s.ecosystem.as_deref(), &*s.name));
                match (purl, plain) {
                    (Some(name), _) => fields.add(name),
                    (None, Some((ecosystem, name))) => {
                        fields.add(ecosystem.unwrap_or_default()).add(name)
                    }
                    (None, None) => fields.add(path).add(&finding.title),
                };
                let version = software.and_then(|s| s.version.as_deref());
                let inside = software.and_then(|s| s.path.as_deref());
                fields
                    .add(version.unwrap_or_default())
                    .add(inside.unwrap_or_default());
            }
            // Without a keyed digest of the secret, a secret is its rule and its file; ordinals do the rest.
            Class::Secret => {
                fields.add(path).add(finding.attribute(CONTEXT));
            }
            Class::CodeWeakness | Class::Misconfiguration | Class::Lint => {
                let logical = primary
                    .and_then(|at| at.logical.as_deref())
                    .unwrap_or_default();
                fields.add(path).add(logical);
                match finding.attribute(CONTEXT) {
                    "" => fields.add("message").add(&without_numbers(&finding.title)),
                    context => fields.add("context").add(context),
                };
            }
            Class::WebAlert => {
                let at = finding.endpoint.as_deref();
                fields
                    .add(at.and_then(|e| e.method.as_deref()).unwrap_or_default())
                    .add(at.map_or("", |e| &e.url))
                    .add(at.and_then(|e| e.parameter.as_deref()).unwrap_or_default());
            }
            Class::RuntimeEvent | Class::Compliance => {
                let resource = finding.resource.as_deref();
                fields
                    .add(resource.map_or("", |r| &r.kind))
                    .add(resource.map_or("", |r| &r.id))
                    .add(finding.attribute(CONTEXT));
            }
        }
        Self(Sha256::digest(&fields.0).into())
    }

    fn with_ordinal(self, ordinal: u32) -> Fingerprint {
        let hash = Sha256::new().chain_update(b"gf1").chain_update(self.0);
        Fingerprint(hash.chain_update(ordinal.to_be_bytes()).finalize().into())
    }
}

/// Fields of an identity, each preceded by its length so that none runs into the next.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn add(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(&(text.len() as u64).to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }
}

/// Type, namespace and name of a package URL: what stands before version, qualifiers and subpath.
#[must_use]
pub fn purl_name(purl: &str) -> &str {
    const STOPS: [char; 3] = ['@', '?', '#'];
    let mut end = purl.find(STOPS).unwrap_or(purl.len());
    // A scoped npm package may be written with a plain `@` in its namespace.
    if purl.get(..end).is_some_and(|head| head.ends_with('/')) {
        let rest = purl.get(end + 1..).unwrap_or_default();
        end = rest.find(STOPS).map_or(purl.len(), |at| end + 1 + at);
    }
    purl.get(..end).unwrap_or(purl)
}

/// Whether a package URL means a package: name for name, and version for version where it has one. Qualifiers and
/// subpaths are no part of it.
pub(crate) fn same_package(meant: &str, found: &str) -> bool {
    let version = |purl: &str| -> Option<String> {
        let rest = purl.get(purl_name(purl).len()..)?.strip_prefix('@')?;
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        rest.get(..end).map(str::to_owned)
    };
    purl_name(meant) == purl_name(found)
        && version(meant).is_none_or(|meant| version(found) == Some(meant))
}

/// A message with white space folded and numbers blanked: line numbers in messages are no identity.
fn without_numbers(message: &str) -> String {
    let mut folded = String::with_capacity(message.len());
    for word in message.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        let mut in_number = false;
        for c in word.chars() {
            let digit = c.is_ascii_digit();
            if !digit {
                folded.push(c);
            } else if !in_number {
                folded.push('0');
            }
            in_number = digit;
        }
    }
    folded
}

/// The findings of several reports, and how many records of each report were merged into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// In canonical order, each identity once.
    pub findings: Vec<Finding>,
    /// For each report by position: records that said exactly what another one says.
    pub merged: Vec<u32>,
    /// Of those, the ones that their tool suppressed.
    pub merged_suppressed: Vec<u32>,
}

impl Assembled {
    /// Moves what was merged in the reports' counts, from findings to merged.
    pub fn account(&self, reports: &mut [ScanReport]) {
        let merged = self.merged.iter().zip(&self.merged_suppressed);
        for (report, (merged, suppressed)) in reports.iter_mut().zip(merged) {
            let counts = &mut report.counts;
            counts.findings = counts.findings.saturating_sub(*merged);
            counts.merged = counts.merged.saturating_add(*merged);
            counts.suppressed = counts.suppressed.saturating_sub(*suppressed);
        }
    }
}

/// Merges exact repeats, tells apart what is left, gives identities and sorts. `reports` are the findings of each
/// report, their identities not yet assigned; the order of a report's findings does not matter. `scope` names the
/// application or repository, never a branch, a build, a commit or a tag.
#[must_use]
pub fn assemble(scope: &str, reports: Vec<Vec<Finding>>) -> Assembled {
    let mut merged = vec![0; reports.len()];
    let mut merged_suppressed = vec![0; reports.len()];
    // Where each report's findings end among all.
    let ends = reports.iter().scan(0, |end, report| {
        *end += report.len();
        Some(*end)
    });
    let ends: Vec<usize> = ends.collect();
    let report_of = |at: usize| ends.partition_point(|end| *end <= at);
    // Findings are large: those of the first report, mostly the only one, stay where they are.
    let mut reports = reports.into_iter();
    let mut findings = reports.next().unwrap_or_default();
    findings.extend(reports.flatten());
    // What is sorted are their places.
    let mut fields = Fields::default();
    let bases = findings.iter().map(|f| Base::of(scope, f, &mut fields));
    let mut order: Vec<(Base, usize)> = bases.zip(0..).collect();
    // By identity, then place, then everything else: equal records become neighbours, and ordinals follow
    // the place.
    order.sort_unstable_by(|(a_base, a), (b_base, b)| {
        a_base
            .cmp(b_base)
            .then_with(|| match (findings.get(*a), findings.get(*b)) {
                (Some(a), Some(b)) => place(a)
                    .cmp(&place(b))
                    .then_with(|| substance(a).cmp(&substance(b)))
                    .then_with(|| a.evidence.cmp(&b.evidence)),
                _ => std::cmp::Ordering::Equal,
            })
            .then_with(|| a.cmp(b))
    });
    // The first of equal records stands for all; `last` is its identity, ordinal and place in the list.
    let mut last: Option<(Base, u32, usize)> = None;
    for (base, at) in order {
        let ordinal = match last {
            Some((twin, ordinal, first)) if twin == base => {
                if let Ok([first, finding]) = findings.get_disjoint_mut([first, at])
                    && place(first) == place(finding)
                    && substance(first) == substance(finding)
                {
                    first.count = first.count.saturating_add(finding.count);
                    finding.count = 0;
                    let report = report_of(at);
                    if let Some(count) = merged.get_mut(report) {
                        *count += 1;
                    }
                    if let Some(count) = merged_suppressed.get_mut(report)
                        && finding.is_suppressed()
                    {
                        *count += 1;
                    }
                    continue;
                }
                ordinal + 1
            }
            _ => 0,
        };
        last = Some((base, ordinal, at));
        if let Some(finding) = findings.get_mut(at) {
            finding.id = base.with_ordinal(ordinal);
        }
    }
    // What was merged counts nothing any more.
    findings.retain(|finding| finding.count > 0);
    // Sorts the identities, then moves each finding once.
    findings.sort_by_cached_key(|finding| finding.id);
    Assembled {
        findings,
        merged,
        merged_suppressed,
    }
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
    use crate::code::Code;
    use crate::digest::Digest;
    use crate::finding::{Evidence, Location, Suppression, SuppressionKind, SuppressionState};
    use crate::scan_report::{Problem, RecordCounts};
    use crate::severity::{Level, Severity};

    fn draft(rule: &str, line: u32, title: &str, pointer: &str) -> Finding {
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
        finding
    }

    fn ids(drafts: Vec<Finding>) -> Vec<Fingerprint> {
        assemble("scope", vec![drafts])
            .findings
            .iter()
            .map(|f| f.id)
            .collect()
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let id = |rule: &str, path: &str| {
            let mut draft = draft(rule, 1, "t", "/0");
            draft.locations[0].path = Some(path.into());
            ids(vec![draft])
        };
        assert_ne!(id("ab", "c"), id("a", "bc"));
        assert_ne!(id("ab", ""), id("a", "b"));
    }

    #[test]
    fn a_package_url_loses_its_version_only() {
        for (purl, name) in [
            ("pkg:deb/debian/zlib@1.2?arch=amd64", "pkg:deb/debian/zlib"),
            ("pkg:npm/%40scope/name@1.2", "pkg:npm/%40scope/name"),
            ("pkg:npm/@scope/name@1.2#sub", "pkg:npm/@scope/name"),
            ("pkg:npm/@scope/name", "pkg:npm/@scope/name"),
            ("pkg:cargo/serde", "pkg:cargo/serde"),
            ("", ""),
        ] {
            assert_eq!(purl_name(purl), name);
        }
    }

    #[test]
    fn numbers_in_messages_are_no_identity() {
        assert_eq!(without_numbers("line 12:  use\tmd5"), "line 0: use md0");
    }

    #[test]
    fn an_exact_repeat_is_counted_and_not_lost() {
        let drafts = vec![draft("R", 1, "t", "/0"), draft("R", 1, "t", "/1")];
        let assembled = assemble("scope", vec![drafts]);
        let findings = &assembled.findings;
        assert_eq!((findings.len(), findings[0].count), (1, 2));
        assert_eq!(assembled.merged, [1]);
        assert_eq!(&*findings[0].evidence.pointer, "/0");
    }

    #[test]
    fn counts_still_add_up_when_repeats_are_merged() {
        let suppressed = |at: &str| {
            let mut draft = draft("R", 1, "t", at);
            draft.suppression = Some(Suppression {
                justification: None,
                kind: SuppressionKind::InSource,
                state: SuppressionState::Accepted,
            });
            draft
        };
        let drafts = vec![
            suppressed("/0"),
            suppressed("/1"),
            draft("R", 1, "t", "/2"),
            draft("R", 1, "t", "/3"),
        ];
        let assembled = assemble("scope", vec![drafts]);
        let mut report = ScanReport::unreadable("r", Problem::new(Code::ReportEmpty, "unused"));
        report.counts = RecordCounts {
            findings: 4,
            records: 4,
            suppressed: 2,
            ..RecordCounts::default()
        };
        assembled.account(std::slice::from_mut(&mut report));
        assert!(report.counts.add_up());
        let text = "4 records = 2 findings + 2 merged, 1 of the findings suppressed";
        assert_eq!(report.counts.to_string(), text);
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
        rated.severity = Severity::tool(Level::Low, "LOW");
        assert_eq!(ids(vec![draft("R", 1, "t", "/0")]), ids(vec![rated]));
    }

    #[test]
    fn the_same_place_with_another_rating_is_no_repeat() {
        let mut rated = draft("R", 1, "t", "/1");
        rated.severity = Severity::tool(Level::Low, "LOW");
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
            shuffled.sort_by_key(|d| Digest::of(format!("{seed}{}", d.evidence.pointer).as_bytes()));
            let total = drafts.len();
            let one = assemble("scope", vec![drafts]);
            prop_assert_eq!(&one, &assemble("scope", vec![shuffled]));
            let counted: u32 = one.findings.iter().map(|f| f.count).sum();
            prop_assert_eq!(counted as usize, total);
            prop_assert_eq!(one.findings.len() + one.merged[0] as usize, total);
            prop_assert!(one.findings.windows(2).all(|pair| pair[0].id < pair[1].id));
        }
    }
}
