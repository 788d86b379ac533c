//! The graph of version 3: packages, vulnerabilities, and what is said of the one for the other.
//!
//! Format: <https://spdx.github.io/spdx-spec/v3.0.1/model/Security/Security/>. A relationship goes from a
//! vulnerability to the elements that it is about; an assessed element, if there is one, is the part of them that is
//! meant. Elements may come in any order: what they are called is added at the end.

use std::collections::{BTreeMap, BTreeSet};

use gate_core::finding::{Evidence, Finding, Software, Text};
use gate_core::fingerprint::purl_name;
use gate_core::scan_report::{Content, Target};
use gate_core::severity::Severity;
use gate_core::time::Moment;

use super::ADAPTER;
use super::element::{Element, Identifier};
use super::rating::{Rating, severity};
use crate::adapter::{Findings, Record, RecordError, Run};
use crate::normalize::{given, vulnerability_ids};
use crate::package::{Known, details, place, software_of_purl, unnamed};
use crate::vex::{Vex, reason};

/// Classes of statements, without the prefix of their profile.
const STATEMENTS: &[(&str, Vex)] = &[
    ("VexAffectedVulnAssessmentRelationship", Vex::Affected),
    ("VexFixedVulnAssessmentRelationship", Vex::Fixed),
    ("VexNotAffectedVulnAssessmentRelationship", Vex::NotAffected),
    (
        "VexUnderInvestigationVulnAssessmentRelationship",
        Vex::UnderInvestigation,
    ),
];

/// Classes of ratings, and their version of CVSS.
const RATINGS: &[(&str, &str)] = &[
    ("CvssV2VulnAssessmentRelationship", "2.0"),
    ("CvssV3VulnAssessmentRelationship", "3"),
    ("CvssV4VulnAssessmentRelationship", "4.0"),
];

struct Vulnerability {
    ids: Vec<Text>,
    description: Option<Text>,
}

/// What a finding is about, until the end.
struct Stated {
    vulnerability: Text,
    element: Option<Text>,
    /// The product, where the element is a part of it.
    product: Option<Text>,
}

/// Reads one graph.
#[derive(Default)]
pub(super) struct Graph {
    packages: BTreeMap<Text, Software>,
    vulnerabilities: BTreeMap<Text, Vulnerability>,
    ratings: BTreeMap<Text, Vec<Rating>>,
    stated: Vec<Stated>,
    tools: Vec<String>,
    target: Option<String>,
    created: Option<Moment>,
}

/// Most ratings of one vulnerability: every statement about it carries them all.
const MAX_RATINGS: usize = 64;

impl Graph {
    pub(super) fn element(
        &mut self,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let element: Element = record.parse()?;
        let class = element.class.as_deref().unwrap_or_default();
        let class = class.rsplit('_').next().unwrap_or(class).to_owned();
        let vex = STATEMENTS.iter().find(|(name, _)| *name == class);
        let rating = RATINGS.iter().find(|(name, _)| *name == class);
        if let Some((_, vex)) = vex {
            return self.state(*vex, element, record, findings);
        }
        if element.relationship.as_deref() == Some("hasAssociatedVulnerability") {
            return self.associate(element, record, findings);
        }
        if let Some((_, version)) = rating {
            let about = element.from.clone().unwrap_or_default();
            let rating = Rating::new(version, element);
            let all = self.ratings.entry(about).or_default();
            if all.len() >= MAX_RATINGS {
                let what = format!("a vulnerability has more than {MAX_RATINGS} ratings");
                return Err(RecordError::Shape(what));
            }
            all.push(rating);
        } else {
            self.name(&class, element);
        }
        findings.passed();
        Ok(())
    }

    /// One finding for each element that a statement is about.
    fn state(
        &mut self,
        vex: Vex,
        element: Element,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let from = given(element.from).ok_or_else(|| {
            RecordError::Shape("the statement is about no vulnerability".to_owned())
        })?;
        let products = element.to.unwrap_or_default();
        let mut finding = finding(&from, record.evidence())?;
        finding.remediation = given(element.action);
        vex.apply(&mut finding, reason(element.justification, element.impact));
        let mut push = |element: Option<Text>, product: Option<Text>| {
            let note = u32::try_from(self.stated.len()).unwrap_or(u32::MAX);
            self.stated.push(Stated {
                vulnerability: from.clone(),
                element,
                product,
            });
            findings.push(finding.clone(), note);
        };
        match (given(element.assessed), products.is_empty()) {
            (None, true) => push(None, None),
            (Some(part), true) => push(Some(part), None),
            (Some(part), false) => {
                for product in products {
                    push(Some(part.clone()), Some(product));
                }
            }
            (None, false) => {
                for product in products {
                    push(Some(product), None);
                }
            }
        }
        Ok(())
    }

    /// One finding for each vulnerability that a package is said to have.
    fn associate(
        &mut self,
        element: Element,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let vulnerabilities = element.to.unwrap_or_default();
        if vulnerabilities.is_empty() {
            let what = "a package is associated with no vulnerability";
            return Err(RecordError::Shape(what.to_owned()));
        }
        for vulnerability in vulnerabilities {
            let finding = finding(&vulnerability, record.evidence())?;
            let note = u32::try_from(self.stated.len()).unwrap_or(u32::MAX);
            self.stated.push(Stated {
                vulnerability,
                element: element.from.clone(),
                product: None,
            });
            findings.push(finding, note);
        }
        Ok(())
    }

    fn name(&mut self, class: &str, element: Element) {
        let identifiers = element.identifiers.unwrap_or_default();
        let is = |identifier: &&Identifier, kind: &str| identifier.kind.as_deref() == Some(kind);
        match (class, element.id) {
            ("CreationInfo", _) => {
                let at = element.created.as_deref().and_then(|at| at.parse().ok());
                self.created = self.created.max(at);
            }
            ("Tool", _) => self.tools.extend(element.name.map(String::from)),
            ("SpdxDocument", _) => self.target = element.name.map(String::from),
            ("Package", Some(id)) => {
                let named = identifiers.iter().find(|i| is(i, "packageUrl"));
                let purl = given(element.purl).or_else(|| named.map(|i| i.identifier.clone()));
                let name = given(element.name).unwrap_or_else(|| id.clone());
                let version = given(element.version);
                let software = purl.as_deref().and_then(software_of_purl);
                let software = software.unwrap_or(Software {
                    name,
                    version,
                    ..Software::default()
                });
                self.packages.insert(id, software);
            }
            ("Vulnerability", Some(id)) => {
                let others = identifiers
                    .iter()
                    .filter(|i| is(i, "cve") || is(i, "securityOther"));
                let others: Vec<&str> = others.map(|i| &*i.identifier).collect();
                let name = given(element.name);
                let own = name
                    .as_deref()
                    .or_else(|| others.first().copied())
                    .unwrap_or(&id);
                let ids = vulnerability_ids(own, others.iter().copied());
                let description = given(element.description);
                self.vulnerabilities
                    .insert(id, Vulnerability { ids, description });
            }
            _ => {}
        }
    }

    pub(super) fn finish(&self, run: &mut Run) {
        run.finished = self.created;
        run.tool_version = (!self.tools.is_empty()).then(|| self.tools.join(", "));
        run.target = self.target.clone().map(|name| Target {
            digests: Vec::new(),
            kind: None,
            name,
        });
        super::inventory(run, self.packages.len() as u64);
        if !self.stated.is_empty() {
            run.content = Content::Statements;
        }
        let stated: BTreeSet<&str> = self.stated.iter().map(|s| &*s.vulnerability).collect();
        let silent = self
            .vulnerabilities
            .keys()
            .filter(|id| !stated.contains(&***id))
            .count();
        if silent > 0 {
            run.left_out(
                "/@graph",
                format!("vulnerabilities of which no statement says what they affect: {silent}"),
            );
        }
    }

    pub(super) fn settle(&self, finding: &mut Finding, note: u32) {
        let Some(stated) = self.stated.get(note as usize) else {
            return;
        };
        if let Some(known) = self.vulnerabilities.get(&stated.vulnerability) {
            finding.rule.id = known.ids.first().cloned().unwrap_or_default();
            finding.title = format!("{} in {}", finding.rule.id, unnamed().name).into();
            finding.description = known.description.clone().unwrap_or_default();
            details(finding, |vulnerability| {
                vulnerability.ids.clone_from(&known.ids);
            });
        }
        let ratings = self
            .ratings
            .get(&stated.vulnerability)
            .map_or(&[][..], |all| all);
        finding.severity = severity(ratings);
        details(finding, |known| {
            known.cvss = ratings.iter().map(|rating| rating.cvss.clone()).collect();
        });
        let mut software = self.software(stated.element.as_deref());
        if let Some(product) = &stated.product {
            let product = self.software(Some(product));
            // Without the version, which every build of an image changes.
            let name = product.purl.as_deref().map_or(&*product.name, purl_name);
            software.path = Some(name.into());
        }
        place(finding, software);
    }

    /// What an element is called; itself when nothing says, or it is a package URL.
    fn software(&self, id: Option<&str>) -> Software {
        let Some(id) = id else { return unnamed() };
        self.packages
            .get(id)
            .cloned()
            .or_else(|| software_of_purl(id))
            .unwrap_or_else(|| Software {
                name: id.into(),
                ..Software::default()
            })
    }
}

fn finding(vulnerability: &str, at: Evidence) -> Result<Finding, RecordError> {
    Known {
        tool: ADAPTER.tool,
        id: vulnerability,
        aliases: Vec::new(),
        software: unnamed(),
        severity: Severity::unknown(),
        title: None,
    }
    .finding(at)
}
