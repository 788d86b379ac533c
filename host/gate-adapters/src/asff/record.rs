//! A finding as Security Hub writes it.

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    CONTEXT, Class, Evidence, Finding as Normalised, Location, Status, Suppression,
    SuppressionKind, SuppressionState, Text,
};
use gate_core::severity::{Level, Severity};

use super::resource::Thing;
use super::vulnerability::Vulnerability;
use super::{ADAPTER, class};
use crate::adapter::RecordError;
use crate::aws::{said, severity};
use crate::normalize::{attribute, given, moment};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Finding {
    id: Text,
    generator_id: Text,
    title: Text,
    description: Option<Text>,
    product_arn: Option<Text>,
    product_name: Option<Text>,
    aws_account_id: Option<Text>,
    region: Option<Text>,
    types: Option<Vec<Text>>,
    first_observed_at: Option<Value>,
    severity: Option<Rated>,
    confidence: Option<i64>,
    finding_provider_fields: Option<ProviderFields>,
    remediation: Option<Remediation>,
    source_url: Option<Text>,
    resources: Option<Vec<Thing>>,
    compliance: Option<Compliance>,
    workflow: Option<Workflow>,
    record_state: Option<String>,
    verification_state: Option<Text>,
    sample: Option<bool>,
    vulnerabilities: Option<Vec<Vulnerability>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rated {
    label: Option<Text>,
    normalized: Option<i64>,
    original: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderFields {
    severity: Option<Rated>,
    confidence: Option<i64>,
    types: Option<Vec<Text>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Remediation {
    recommendation: Option<Recommendation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recommendation {
    text: Option<Text>,
    url: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance {
    status: Option<String>,
    related_requirements: Option<Vec<Text>>,
    security_control_id: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Workflow {
    status: Option<String>,
}

impl Finding {
    /// The findings that it stands for; none when it passed.
    pub(super) fn read(mut self, at: &Evidence) -> Result<Vec<Normalised>, RecordError> {
        if self.record_state.as_deref() == Some("ARCHIVED") {
            return Ok(Vec::new());
        }
        let status = match self.compliance.as_ref().and_then(|c| c.status.as_deref()) {
            Some("PASSED") => return Ok(Vec::new()),
            Some("WARNING" | "NOT_AVAILABLE") => Status::Open,
            _ => Status::Fail,
        };
        for (name, text) in [("GeneratorId", &self.generator_id), ("Title", &self.title)] {
            if text.trim().is_empty() {
                return Err(RecordError::Shape(format!("`{name}` is empty")));
            }
        }
        let vulnerabilities = self.vulnerabilities.take().unwrap_or_default();
        let mut found = Vec::with_capacity(vulnerabilities.len().max(1));
        let things = self.resources.as_deref().unwrap_or_default();
        for vulnerability in vulnerabilities {
            let rating = self.rating();
            found.extend(vulnerability.findings(&self.title, &rating, things.first(), at)?);
        }
        if found.is_empty() {
            found.push(self.alone(at));
        }
        for finding in &mut found {
            finding.status = status;
            self.complete(finding);
        }
        Ok(found)
    }

    fn types(&self) -> &[Text] {
        let provider = self.finding_provider_fields.as_ref();
        let types = provider.and_then(|fields| fields.types.as_deref());
        types.or(self.types.as_deref()).unwrap_or_default()
    }

    /// What the provider says comes first: the rest may have been changed by people.
    fn rating(&self) -> Severity {
        let provider = self.finding_provider_fields.as_ref();
        let of_provider = provider.and_then(|fields| fields.severity.as_ref());
        let both = || of_provider.into_iter().chain(self.severity.as_ref());
        if let Some(label) = both().find_map(|rated| given(rated.label.clone())) {
            return severity(Some(label));
        }
        let Some(number) = both().find_map(|rated| rated.normalized) else {
            return Severity::unknown();
        };
        let level = match number {
            0 => Level::Info,
            1..=39 => Level::Low,
            40..=69 => Level::Medium,
            70..=89 => Level::High,
            90..=100 => Level::Critical,
            _ => Level::Unknown,
        };
        Severity::tool(level, number.to_string())
    }

    /// The finding of what is not a known vulnerability.
    fn alone(&self, at: &Evidence) -> Normalised {
        let class = class::of(self.types(), self.compliance.is_some());
        let rule = class::rule(class, &self.generator_id, self.types());
        let title = self.title.clone();
        let mut finding =
            Normalised::new(ADAPTER.tool, class, rule, self.rating(), title, at.clone());
        let name = self
            .resources
            .as_deref()
            .and_then(<[Thing]>::first)
            .map(Thing::name);
        let mut location = Location::default();
        match class {
            // These know no resource; the place is all there is to tell two apart.
            Class::Secret | Class::Vulnerability => location.path = name.map(Into::into),
            _ => location.logical = name.map(Into::into),
        }
        finding.locations = vec![location];
        finding
    }

    fn product(&self) -> Option<Text> {
        let of_arn = |arn: &Text| arn.rsplit('/').next().map(Into::into);
        given(self.product_name.clone()).or_else(|| self.product_arn.as_ref().and_then(of_arn))
    }

    /// What all kinds have in common.
    fn complete(&self, finding: &mut Normalised) {
        finding.description = self.description.clone().unwrap_or_default();
        finding.first_seen = self.first_observed_at.as_ref().and_then(moment);
        let provider = self.finding_provider_fields.as_ref();
        let confidence = provider
            .and_then(|fields| fields.confidence)
            .or(self.confidence);
        let confidence = confidence.and_then(|percent| u8::try_from(percent).ok());
        finding.confidence = confidence.filter(|percent| *percent <= 100);
        let advice = self
            .remediation
            .as_ref()
            .and_then(|r| r.recommendation.as_ref());
        if finding.remediation.is_none() {
            finding.remediation = advice.and_then(|advice| said(advice.text.clone()));
        }
        let url = advice.and_then(|advice| said(advice.url.clone()));
        finding.references.extend(url);
        if finding.rule.url.is_none() {
            finding.rule.url = given(self.source_url.clone());
        }
        let requirements = self.compliance.as_ref();
        let requirements = requirements.and_then(|c| c.related_requirements.clone());
        finding.rule.tags.extend(
            self.types()
                .iter()
                .cloned()
                .chain(requirements.into_iter().flatten()),
        );
        finding.rule.tags.sort_unstable();
        finding.rule.tags.dedup();
        let things = self.resources.as_deref().unwrap_or_default();
        let account = self.aws_account_id.as_ref();
        let resource = things
            .first()
            .map(|thing| Box::new(thing.resource(account)));
        if matches!(finding.class, Class::Compliance | Class::RuntimeEvent) {
            // What is checked in each region, such as an account, has one identifier in all of them.
            let region = resource
                .as_ref()
                .and_then(|resource| resource.region.clone());
            attribute(finding, CONTEXT, region.or(self.region.clone()));
        }
        finding.resource = resource;
        let others: Vec<&str> = things.iter().skip(1).map(|thing| &*thing.id).collect();
        attribute(finding, "other-resources", Some(others.join(" ").into()));
        attribute(finding, "finding-id", Some(self.id.clone()));
        attribute(finding, "product", self.product());
        let control = self
            .compliance
            .as_ref()
            .and_then(|c| c.security_control_id.clone());
        attribute(finding, "security-control", control);
        attribute(
            finding,
            "verification-state",
            self.verification_state.clone(),
        );
        let original = self
            .severity
            .as_ref()
            .and_then(|rated| rated.original.clone());
        let of_provider = provider.and_then(|fields| fields.severity.as_ref());
        let of_provider = of_provider.and_then(|rated| rated.original.clone());
        attribute(finding, "original-severity", of_provider.or(original));
        if self.sample == Some(true) {
            attribute(finding, "sample", Some("true".into()));
        }
        let workflow = self.workflow.as_ref().and_then(|w| w.status.as_deref());
        finding.suppression = (workflow == Some("SUPPRESSED")).then_some(Suppression {
            justification: None,
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
        attribute(
            finding,
            "workflow",
            workflow.filter(|word| *word != "NEW").map(Into::into),
        );
    }
}
