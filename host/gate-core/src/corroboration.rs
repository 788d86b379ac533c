//! Which findings say the same as another tool's: they share a key.
//!
//! Nothing is merged for it. Two tools rarely mean exactly the same, and a policy judges what each of them said; that
//! a second tool says so, too, is shown beside it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::finding::{Finding, Status};
use crate::fingerprint::Fingerprint;
use crate::severity::Level;

/// One risk that several tools report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Corroboration<'a> {
    /// The key that the findings share.
    pub key: &'a str,
    /// The tools that report it, two at least; sorted.
    pub tools: BTreeSet<&'a str>,
    /// Their findings, in canonical order.
    pub findings: Vec<Fingerprint>,
    /// How bad each tool says it is: the worst level of its findings.
    pub levels: BTreeMap<&'a str, Level>,
    /// Whether they differ in that. A tool that gave no level does not disagree.
    pub disagree: bool,
}

impl<'a> Corroboration<'a> {
    /// What several tools say of a key. Each of them is among the findings.
    fn new(key: &'a str, found: &[&'a Finding]) -> Self {
        let mut levels: BTreeMap<&str, Level> = BTreeMap::new();
        for finding in found {
            let level = finding.severity.level;
            let worst = levels.entry(&finding.tool).or_insert(level);
            *worst = level.max(*worst);
        }
        let said = levels.values().filter(|level| **level != Level::Unknown);
        let said: BTreeSet<&Level> = said.collect();
        Self {
            key,
            tools: levels.keys().copied().collect(),
            findings: found.iter().map(|finding| finding.id).collect(),
            disagree: said.len() > 1,
            levels,
        }
    }
}

/// The keys that findings of several tools share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corroborations<'a> {
    by_key: BTreeMap<&'a str, BTreeSet<&'a str>>,
    findings: &'a [Finding],
}

impl<'a> Corroborations<'a> {
    /// Compares findings by their keys, each once: a key that a hundred thousand findings share costs no more than
    /// as many keys.
    #[must_use]
    pub fn of(findings: &'a [Finding]) -> Self {
        let mut by_key: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let tool = findings.first().map(|finding| &finding.tool);
        // Most runs have one tool, and nothing to compare.
        if findings.iter().any(|finding| Some(&finding.tool) != tool) {
            for finding in findings.iter().filter(|finding| reports_a_risk(finding)) {
                for key in &finding.keys {
                    by_key.entry(key).or_default().insert(&finding.tool);
                }
            }
            by_key.retain(|_, tools| tools.len() > 1);
        }
        Self { by_key, findings }
    }

    /// The other tools that report the risk of a finding; sorted.
    #[must_use]
    pub fn others(&self, finding: &Finding) -> BTreeSet<&'a str> {
        if self.by_key.is_empty() || !reports_a_risk(finding) {
            return BTreeSet::new();
        }
        let shared = finding
            .keys
            .iter()
            .filter_map(|key| self.by_key.get(&**key));
        let tools = shared.flatten().copied();
        tools.filter(|tool| *tool != &*finding.tool).collect()
    }

    /// How many findings another tool reports, too.
    #[must_use]
    pub fn findings(&self) -> usize {
        if self.by_key.is_empty() {
            return 0;
        }
        // A key of the map has several tools, so any finding with one is another tool's, too.
        let shared = |finding: &&Finding| {
            reports_a_risk(finding)
                && finding
                    .keys
                    .iter()
                    .any(|key| self.by_key.contains_key(&**key))
        };
        self.findings.iter().filter(shared).count()
    }

    /// Each shared key with its tools and findings, in order of key.
    #[must_use]
    pub fn list(&self) -> Vec<Corroboration<'a>> {
        let mut of_key: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        if !self.by_key.is_empty() {
            for finding in self
                .findings
                .iter()
                .filter(|finding| reports_a_risk(finding))
            {
                for key in &finding.keys {
                    if self.by_key.contains_key(&**key) {
                        of_key.entry(key).or_default().push(finding);
                    }
                }
            }
        }
        let of_key = of_key.into_iter();
        of_key
            .map(|(key, found)| Corroboration::new(key, &found))
            .collect()
    }
}

/// Whether a finding says that there is something: a check that passed corroborates nothing.
fn reports_a_risk(finding: &Finding) -> bool {
    match finding.status {
        Status::Fail | Status::Open => true,
        Status::Pass | Status::NotApplicable | Status::Informational => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::finding::{Class, Evidence};
    use crate::fingerprint::assemble;
    use crate::severity::Severity;

    fn finding(tool: &str, rule: &str, keys: &[&str]) -> Finding {
        let evidence = Evidence {
            pointer: "/0".into(),
            report: Digest::of(tool.as_bytes()),
        };
        let mut finding = Finding::new(
            tool,
            Class::Vulnerability,
            rule,
            Severity::unknown(),
            rule,
            evidence,
        );
        finding.keys = keys.iter().map(|key| (*key).into()).collect();
        finding
    }

    fn others<'a>(of: &Corroborations<'a>, finding: &Finding) -> Vec<&'a str> {
        of.others(finding).into_iter().collect()
    }

    #[test]
    fn a_key_of_two_tools_is_one_risk_and_stays_two_findings() {
        let findings = vec![
            finding("grype", "GHSA-1", &["vuln:CVE-1|p", "vuln:GHSA-1|p"]),
            finding("snyk", "SNYK-1", &["vuln:GHSA-1|p"]),
            finding("trivy", "CVE-1", &["vuln:CVE-1|p"]),
            finding("trivy", "CVE-2", &["vuln:CVE-2|p"]),
            finding("trivy", "no key", &[]),
        ];
        let compared = Corroborations::of(&findings);
        // By any of its names; what snyk and trivy share with grype they do not share with each other.
        let seen: Vec<_> = findings
            .iter()
            .map(|finding| others(&compared, finding))
            .collect();
        assert_eq!(
            seen,
            [
                vec!["snyk", "trivy"],
                vec!["grype"],
                vec!["grype"],
                vec![],
                vec![]
            ]
        );
        assert_eq!(compared.findings(), 3);
        let list = compared.list();
        let keys: Vec<_> = list
            .iter()
            .map(|c| (c.key, c.tools.len(), c.findings.len()))
            .collect();
        assert_eq!(keys, [("vuln:CVE-1|p", 2, 2), ("vuln:GHSA-1|p", 2, 2)]);
    }

    #[test]
    fn tools_that_rate_a_risk_otherwise_disagree_and_one_that_does_not_rate_it_agrees() {
        use Level::{High, Low, Unknown};
        let rated = |tool: &str, level| {
            let mut finding = finding(tool, "R", &["k"]);
            finding.severity.level = level;
            finding
        };
        for (of_grype, of_trivy, disagree) in [
            (vec![High], vec![Low], true),
            (vec![High], vec![High], false),
            (vec![High], vec![Unknown], false),
            // What counts is the worst that each says.
            (vec![Low, High], vec![High], false),
        ] {
            let grype = of_grype.iter().map(|level| rated("grype", *level));
            let trivy = of_trivy.iter().map(|level| rated("trivy", *level));
            let findings: Vec<_> = grype.chain(trivy).collect();
            let list = Corroborations::of(&findings).list();
            assert_eq!((list.len(), list[0].disagree), (1, disagree), "{list:?}");
            assert_eq!(list[0].levels["grype"], High);
        }
    }

    #[test]
    fn one_tool_does_not_corroborate_itself() {
        let findings = vec![finding("trivy", "a", &["k"]), finding("trivy", "b", &["k"])];
        let compared = Corroborations::of(&findings);
        assert_eq!((compared.findings(), compared.list()), (0, vec![]));
        assert!(compared.others(&findings[0]).is_empty());
    }

    #[test]
    fn what_passed_corroborates_nothing() {
        let mut passed = finding("grype", "a", &["k"]);
        passed.status = Status::Pass;
        let findings = vec![passed, finding("trivy", "b", &["k"])];
        assert_eq!(Corroborations::of(&findings).findings(), 0);
    }

    #[test]
    fn a_key_that_everything_shares_is_not_compared_in_pairs() {
        // In pairs this would be ten thousand million comparisons, and as many names in the answer.
        let many = (0..100_000).map(|at| {
            let tool = if at % 2 == 0 { "grype" } else { "trivy" };
            finding(tool, &at.to_string(), &["k"])
        });
        let findings = assemble("shop", vec![many.collect()]).findings;
        let compared = Corroborations::of(&findings);
        assert_eq!(compared.findings(), 100_000);
        let listed = &compared.list()[0];
        assert_eq!(listed.findings.len(), 100_000);
        assert!(listed.findings.is_sorted());
        assert!(
            findings
                .iter()
                .all(|finding| compared.others(finding).len() == 1)
        );
    }
}
