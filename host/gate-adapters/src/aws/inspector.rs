//! A finding of Amazon Inspector, as its own interface, its events and Amazon ECR's enhanced scanning give it.
//!
//! Format: `Finding` of the interface of 2020-06-08, `EnhancedImageScanFinding` of Amazon ECR's. ECR leaves the type
//! open and names the score `score`; the rest is the same.

mod inspectable;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    Class, Cvss, Evidence, Finding, FixState, Location, Software, Suppression, SuppressionKind,
    SuppressionState, Text,
};
use gate_core::severity::Severity;

use inspectable::Inspectable;

use super::{NOTHING, ecosystem, full_version, place, said, severity};
use crate::adapter::RecordError;
use crate::normalize::{attribute, cwe, decimal, given, moment, path, position};
use crate::package::{Known, aliases, details};

/// What becomes of a finding.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was remediated, or what it was about is gone.
    Closed,
    /// One finding for each vulnerable package; one in all for what is not about packages.
    Findings(Vec<Finding>),
}

/// What a report is about, as far as identity goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One thing: a place is a path inside it.
    One,
    /// Any number of things: a place begins with the thing's name.
    Many,
}

/// A finding as the service writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inspected {
    #[serde(rename = "type")]
    kind: String,
    title: Option<Text>,
    description: Option<Text>,
    severity: Option<Text>,
    status: Option<String>,
    aws_account_id: Option<Text>,
    finding_arn: Option<Text>,
    first_observed_at: Option<Value>,
    #[serde(alias = "score")]
    inspector_score: Option<f64>,
    fix_available: Option<String>,
    exploit_available: Option<Text>,
    epss: Option<Epss>,
    remediation: Option<Remediation>,
    resources: Option<Vec<Inspectable>>,
    package_vulnerability_details: Option<PackageDetails>,
    code_vulnerability_details: Option<CodeDetails>,
    network_reachability_details: Option<NetworkDetails>,
}

#[derive(Deserialize)]
struct Epss {
    score: Option<f64>,
}

#[derive(Default, Deserialize)]
struct Remediation {
    recommendation: Option<Recommendation>,
}

#[derive(Default, Deserialize)]
struct Recommendation {
    text: Option<Text>,
    /// A capital in Inspector's interface, none in ECR's.
    #[serde(rename = "Url", alias = "url")]
    url: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageDetails {
    vulnerability_id: Text,
    vulnerable_packages: Option<Vec<Package>>,
    cvss: Option<Vec<Rating>>,
    related_vulnerabilities: Option<Vec<Text>>,
    reference_urls: Option<Vec<Text>>,
    source: Option<Text>,
    source_url: Option<Text>,
    vendor_severity: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    name: Text,
    version: Option<Text>,
    epoch: Option<i64>,
    release: Option<String>,
    package_manager: Option<String>,
    file_path: Option<String>,
    fixed_in_version: Option<Text>,
    remediation: Option<Text>,
    source_layer_hash: Option<Text>,
    source_lambda_layer_arn: Option<Text>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rating {
    base_score: Option<f64>,
    scoring_vector: Option<Text>,
    source: Option<Text>,
    version: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodeDetails {
    cwes: Option<Vec<String>>,
    detector_id: String,
    detector_name: Option<Text>,
    detector_tags: Option<Vec<Text>>,
    file_path: CodePath,
    reference_urls: Option<Vec<Text>>,
    rule_id: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodePath {
    file_path: String,
    start_line: Option<i64>,
    end_line: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NetworkDetails {
    open_port_range: Ports,
    protocol: Text,
    network_path: Option<NetworkPath>,
}

#[derive(Deserialize)]
struct Ports {
    begin: i64,
    end: i64,
}

#[derive(Deserialize)]
struct NetworkPath {
    steps: Option<Vec<Step>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    component_id: String,
}

impl Package {
    fn full_version(&self) -> Option<Text> {
        let epoch = self.epoch.map(|epoch| epoch.to_string());
        full_version(
            epoch.as_deref(),
            self.version.as_deref(),
            self.release.as_deref(),
        )
    }
}

impl Inspected {
    /// The findings that it stands for.
    ///
    /// # Errors
    /// When its type is not known, or when what belongs to its type is missing.
    pub(crate) fn read(
        mut self,
        tool: &str,
        at: &Evidence,
        scope: Scope,
    ) -> Result<Outcome, RecordError> {
        let suppressed = match self.status.as_deref().unwrap_or_default() {
            "CLOSED" => return Ok(Outcome::Closed),
            "SUPPRESSED" => true,
            // Any other word takes nothing out.
            _ => false,
        };
        let missing = |what: &str| RecordError::Shape(format!("`{what}` is missing"));
        let mut found = match self.kind.as_str() {
            "PACKAGE_VULNERABILITY" => {
                let known = self.package_vulnerability_details.take();
                let known = known.ok_or_else(|| missing("packageVulnerabilityDetails"))?;
                self.packages(known, tool, at, scope)?
            }
            "CODE_VULNERABILITY" => {
                let code = self.code_vulnerability_details.take();
                let code = code.ok_or_else(|| missing("codeVulnerabilityDetails"))?;
                vec![self.code(code, tool, at)]
            }
            "NETWORK_REACHABILITY" => {
                let network = self.network_reachability_details.take();
                let network = network.ok_or_else(|| missing("networkReachabilityDetails"))?;
                vec![self.network(network, tool, at)]
            }
            _ => {
                let what = "`type` is no kind of finding that is known";
                return Err(RecordError::Shape(what.to_owned()));
            }
        };
        for finding in &mut found {
            self.complete(finding, suppressed);
        }
        Ok(Outcome::Findings(found))
    }

    fn rating(&self) -> Severity {
        Severity {
            score: self.inspector_score.and_then(decimal),
            ..severity(self.severity.clone())
        }
    }

    fn thing(&self) -> Option<&Inspectable> {
        self.resources.as_ref()?.first()
    }

    fn title_or(&self, otherwise: &str) -> Text {
        given(self.title.clone()).unwrap_or_else(|| otherwise.into())
    }

    fn packages(
        &self,
        known: PackageDetails,
        tool: &str,
        at: &Evidence,
        scope: Scope,
    ) -> Result<Vec<Finding>, RecordError> {
        let packages = known.vulnerable_packages.unwrap_or_default();
        if packages.is_empty() {
            let what = "`vulnerablePackages` names no package";
            return Err(RecordError::Shape(what.to_owned()));
        }
        let platform = self.thing().and_then(Inspectable::platform);
        let name = self.thing().filter(|_| scope == Scope::Many);
        let name = name.map(Inspectable::name);
        let related = known.related_vulnerabilities.unwrap_or_default();
        let (names, related) = aliases(&known.vulnerability_id, related.iter().map(AsRef::as_ref));
        let cvss: Vec<Cvss> = known.cvss.into_iter().flatten().map(Cvss::from).collect();
        let mut findings = Vec::with_capacity(packages.len());
        for package in packages {
            let manager = package.package_manager.as_deref().unwrap_or_default();
            let file = package.file_path.as_deref().filter(|path| !path.is_empty());
            let software = Software {
                ecosystem: ecosystem(manager, platform.unwrap_or_default()).map(Into::into),
                path: place(name.map(AsRef::as_ref), file),
                purl: None,
                version: package.full_version(),
                name: package.name,
            };
            let known_here = Known {
                tool,
                id: &known.vulnerability_id,
                aliases: names.clone(),
                software,
                severity: self.rating(),
                title: self.title.clone(),
            };
            let mut finding = known_here.finding(at.clone())?;
            let fix = given(package.fixed_in_version);
            let unfixed = match fix.as_deref() {
                Some(version) => NOTHING.contains(&version),
                None => self.fix_available.as_deref() == Some("NO"),
            };
            details(&mut finding, |vulnerability| {
                vulnerability.cvss.clone_from(&cvss);
                vulnerability.epss = self.epss.as_ref().and_then(|e| e.score).and_then(decimal);
                if unfixed {
                    vulnerability.fix_state = FixState::None;
                }
                vulnerability.fixed_in.extend(said(fix));
            });
            finding.rule.url = given(known.source_url.clone());
            finding.references = known.reference_urls.clone().unwrap_or_default();
            finding.remediation = said(package.remediation);
            let layer = given(package.source_layer_hash).or(package.source_lambda_layer_arn);
            attribute(&mut finding, "layer", layer);
            attribute(&mut finding, "source", known.source.clone());
            attribute(
                &mut finding,
                "vendor-severity",
                known.vendor_severity.clone(),
            );
            attribute(&mut finding, "related", Some(related.join(", ").into()));
            findings.push(finding);
        }
        Ok(findings)
    }

    fn code(&self, code: CodeDetails, tool: &str, at: &Evidence) -> Finding {
        // `python/log-injection@v1.0`: a new version of a detector looks for the same.
        let rule = code.detector_id.split('@').next().unwrap_or_default();
        let title = self.title_or(rule);
        let class = Class::CodeWeakness;
        let mut finding = Finding::new(tool, class, rule, self.rating(), title, at.clone());
        finding.locations = vec![Location {
            end_line: position(code.file_path.end_line),
            logical: self.thing().map(|thing| thing.name().clone()),
            path: Some(path(&code.file_path.file_path)),
            start_line: position(code.file_path.start_line),
            ..Location::default()
        }];
        finding.rule.name = given(code.detector_name);
        let cwes = code.cwes.iter().flatten().filter_map(|id| cwe(id));
        let mut tags = code.detector_tags.unwrap_or_default();
        tags.extend(cwes.map(|id| Text::from(format!("CWE-{id}"))));
        tags.sort_unstable();
        tags.dedup();
        finding.rule.tags = tags;
        finding.references = code.reference_urls.unwrap_or_default();
        attribute(&mut finding, "rule-id", code.rule_id);
        finding
    }

    fn network(&self, network: NetworkDetails, tool: &str, at: &Evidence) -> Finding {
        let Ports { begin, end } = network.open_port_range;
        let ports = if begin == end {
            begin.to_string()
        } else {
            format!("{begin}-{end}")
        };
        let protocol = network.protocol.to_ascii_lowercase();
        let title = self.title_or(&format!("{ports}/{protocol} is reachable"));
        let class = Class::Misconfiguration;
        let rule = "NETWORK_REACHABILITY";
        let mut finding = Finding::new(tool, class, rule, self.rating(), title, at.clone());
        let name = self.thing().map_or("", |thing| thing.name());
        // Numbers in a title are no identity; which port is open is.
        finding.locations = vec![Location {
            logical: Some(format!("{name}:{ports}/{protocol}").into()),
            ..Location::default()
        }];
        let steps = network.network_path.and_then(|path| path.steps);
        let steps: Vec<String> = steps
            .into_iter()
            .flatten()
            .map(|step| step.component_id)
            .collect();
        attribute(&mut finding, "network-path", Some(steps.join(" > ").into()));
        finding
    }

    /// What all kinds have in common.
    fn complete(&self, finding: &mut Finding, suppressed: bool) {
        let recommendation = self.remediation.as_ref();
        let recommendation = recommendation.and_then(|r| r.recommendation.as_ref());
        if let Some(text) = recommendation.and_then(|r| said(r.text.clone())) {
            finding.remediation = Some(text);
        }
        let url = recommendation.and_then(|r| said(r.url.clone()));
        finding.references.extend(url);
        finding.description = self.description.clone().unwrap_or_default();
        finding.first_seen = self.first_observed_at.as_ref().and_then(moment);
        let account = self.aws_account_id.as_ref();
        finding.resource = self.thing().map(|thing| Box::new(thing.resource(account)));
        let others = self.resources.iter().flatten().skip(1);
        let others: Vec<&str> = others.map(|thing| &*thing.id).collect();
        attribute(finding, "other-resources", Some(others.join(" ").into()));
        attribute(finding, "finding-arn", self.finding_arn.clone());
        attribute(finding, "exploit-available", self.exploit_available.clone());
        finding.suppression = suppressed.then_some(Suppression {
            justification: None,
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
    }
}

impl From<Rating> for Cvss {
    fn from(rating: Rating) -> Self {
        Self {
            score: rating.base_score.and_then(decimal),
            source: given(rating.source),
            vector: given(rating.scoring_vector),
            version: rating.version,
        }
    }
}
