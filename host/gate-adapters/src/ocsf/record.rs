//! A finding of any class of the category.

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    CONTEXT, Class, Evidence, Finding as Normalised, Location, Status, Suppression,
    SuppressionKind, SuppressionState, Text,
};
use gate_core::severity::{Level, Severity};

use super::ADAPTER;
use super::resource::Thing;
use super::vulnerability::Vulnerability;
use crate::adapter::RecordError;
use crate::normalize::{attribute, given, level, moment};

#[derive(Deserialize)]
pub(super) struct Finding {
    class_uid: i64,
    activity_id: Option<i64>,
    severity_id: Option<i64>,
    severity: Option<Text>,
    status_id: Option<i64>,
    status: Option<Text>,
    status_code: Option<Text>,
    status_detail: Option<Text>,
    confidence_id: Option<i64>,
    confidence_score: Option<i64>,
    /// `finding` in class 2001.
    #[serde(alias = "finding")]
    finding_info: Information,
    metadata: Metadata,
    remediation: Option<Remediation>,
    compliance: Option<Compliance>,
    resources: Option<Vec<Thing>>,
    /// Before 1.1.
    resource: Option<Thing>,
    cloud: Option<Cloud>,
    vulnerabilities: Option<Vec<Vulnerability>>,
}

#[derive(Deserialize)]
struct Information {
    title: Text,
    uid: Option<Text>,
    desc: Option<Text>,
    src_url: Option<Text>,
    types: Option<Vec<Text>>,
    analytic: Option<Analytic>,
    first_seen_time: Option<Value>,
    first_seen_time_dt: Option<Value>,
}

#[derive(Deserialize)]
struct Analytic {
    name: Option<Text>,
    uid: Option<Text>,
}

#[derive(Deserialize)]
struct Metadata {
    event_code: Option<Text>,
    product: Option<Product>,
}

#[derive(Deserialize)]
struct Product {
    name: Option<Text>,
    vendor_name: Option<Text>,
}

#[derive(Deserialize)]
struct Remediation {
    desc: Option<Text>,
    references: Option<Vec<Text>>,
}

#[derive(Deserialize)]
struct Compliance {
    control: Option<Text>,
    requirements: Option<Vec<Text>>,
    status: Option<Text>,
    status_id: Option<i64>,
}

#[derive(Deserialize)]
struct Cloud {
    account: Option<Account>,
    region: Option<Text>,
}

#[derive(Deserialize)]
struct Account {
    uid: Option<Text>,
}

const LEVELS: &[(&str, Level)] = &[
    ("Fatal", Level::Critical),
    ("Critical", Level::Critical),
    ("High", Level::High),
    ("Medium", Level::Medium),
    ("Low", Level::Low),
    ("Informational", Level::Info),
];

impl Finding {
    /// The findings that it stands for; none when it passed or was closed.
    pub(super) fn read(mut self, at: &Evidence) -> Result<Vec<Normalised>, RecordError> {
        const CLOSE: i64 = 3;
        if !(2001..=2007).contains(&self.class_uid) {
            let what = "`class_uid` is no class of findings that is known";
            return Err(RecordError::Shape(what.to_owned()));
        }
        if self.finding_info.title.trim().is_empty() {
            return Err(RecordError::Shape("`title` is empty".to_owned()));
        }
        if self.activity_id == Some(CLOSE) {
            return Ok(Vec::new());
        }
        let status = match self.conclusion() {
            Status::Pass => return Ok(Vec::new()),
            status => status,
        };
        if self.resources.as_ref().is_none_or(Vec::is_empty) {
            self.resources = self.resource.take().map(|thing| vec![thing]);
        }
        let things = self.resources.take().unwrap_or_default();
        let vulnerabilities = self.vulnerabilities.take().unwrap_or_default();
        let mut found = Vec::with_capacity(vulnerabilities.len().max(1));
        for vulnerability in vulnerabilities {
            let (title, rating) = (&self.finding_info.title, self.rating());
            found.extend(vulnerability.findings(title, &rating, things.first(), at)?);
        }
        if found.is_empty() {
            found.push(self.alone(things.first(), at));
        }
        for finding in &mut found {
            finding.status = status;
            self.complete(finding, &things);
        }
        Ok(found)
    }

    /// What the check came to. Prowler has a word of its own for it; any other leaves the finding standing.
    fn conclusion(&self) -> Status {
        match self.status_code.as_deref() {
            Some("PASS") => return Status::Pass,
            Some("FAIL") => return Status::Fail,
            Some("MANUAL") => return Status::Open,
            _ => {}
        }
        let Some(compliance) = &self.compliance else {
            return Status::Fail;
        };
        let word = compliance.status.as_deref().unwrap_or_default();
        match compliance.status_id {
            Some(1) => Status::Pass,
            Some(2) => Status::Open,
            None if word.eq_ignore_ascii_case("pass") => Status::Pass,
            None if word.eq_ignore_ascii_case("warning") => Status::Open,
            _ => Status::Fail,
        }
    }

    fn rating(&self) -> Severity {
        let word = given(self.severity.clone());
        let Some(id) = self.severity_id else {
            return match word {
                Some(word) => Severity::tool(level(&word, LEVELS), word),
                None => Severity::unknown(),
            };
        };
        let level = match id {
            1 => Level::Info,
            2 => Level::Low,
            3 => Level::Medium,
            4 => Level::High,
            5 | 6 => Level::Critical,
            _ => Level::Unknown,
        };
        Severity::tool(level, word.unwrap_or_else(|| id.to_string().into()))
    }

    fn class(&self) -> Class {
        let is_check = matches!(self.status_code.as_deref(), Some("FAIL" | "MANUAL"));
        match self.class_uid {
            _ if is_check || self.compliance.is_some() => Class::Compliance,
            2002 => Class::Vulnerability,
            2003 => Class::Compliance,
            2004 | 2005 => Class::RuntimeEvent,
            2006 => Class::Secret,
            _ => Class::Misconfiguration,
        }
    }

    /// What found it: the product's own code, the analytic, the control, or at last the title.
    fn rule(&self) -> Text {
        let analytic = self.finding_info.analytic.as_ref();
        let control = self.compliance.as_ref().and_then(|c| c.control.clone());
        given(self.metadata.event_code.clone())
            .or_else(|| analytic.and_then(|analytic| given(analytic.uid.clone())))
            .or_else(|| analytic.and_then(|analytic| given(analytic.name.clone())))
            .or_else(|| given(control))
            .unwrap_or_else(|| self.finding_info.title.clone())
    }

    /// The finding of what is not a known vulnerability.
    fn alone(&self, thing: Option<&Thing>, at: &Evidence) -> Normalised {
        let (class, title) = (self.class(), self.finding_info.title.clone());
        let mut finding = Normalised::new(
            ADAPTER.tool,
            class,
            self.rule(),
            self.rating(),
            title,
            at.clone(),
        );
        let place = thing.map(Thing::place);
        let mut location = Location::default();
        match class {
            // These know no resource; the place is all there is to tell two apart.
            Class::Secret | Class::Vulnerability => location.path = place,
            _ => location.logical = place,
        }
        finding.locations = vec![location];
        finding
    }

    /// What all kinds have in common.
    fn complete(&self, finding: &mut Normalised, things: &[Thing]) {
        const SUPPRESSED: i64 = 3;
        let information = &self.finding_info;
        finding.description = information.desc.clone().unwrap_or_default();
        let first_seen = information.first_seen_time_dt.as_ref();
        let first_seen = first_seen.or(information.first_seen_time.as_ref());
        finding.first_seen = first_seen.and_then(moment);
        let score = self
            .confidence_score
            .and_then(|score| u8::try_from(score).ok());
        let of_id = match self.confidence_id {
            Some(1) => Some(30),
            Some(2) => Some(60),
            Some(3) => Some(90),
            _ => None,
        };
        finding.confidence = score.filter(|score| *score <= 100).or(of_id);
        if let Some(advice) = &self.remediation {
            if finding.remediation.is_none() {
                finding.remediation = given(advice.desc.clone());
            }
            let references = advice.references.iter().flatten().cloned();
            finding.references.extend(references);
        }
        if finding.rule.url.is_none() {
            finding.rule.url = given(information.src_url.clone());
        }
        let requirements = self
            .compliance
            .as_ref()
            .and_then(|c| c.requirements.as_ref());
        let tags = information.types.iter().chain(requirements).flatten();
        finding.rule.tags.extend(tags.cloned());
        finding.rule.tags.sort_unstable();
        finding.rule.tags.dedup();
        let cloud = self.cloud.as_ref();
        let account = cloud.and_then(|cloud| cloud.account.as_ref()?.uid.as_ref());
        let region = cloud.and_then(|cloud| cloud.region.as_ref());
        let resource = things.first().map(|thing| thing.resource(account, region));
        if matches!(finding.class, Class::Compliance | Class::RuntimeEvent) {
            // What is checked in each region has one identifier in all of them.
            let region = resource
                .as_ref()
                .and_then(|resource| resource.region.clone());
            attribute(finding, CONTEXT, region);
        }
        finding.resource = resource.map(Box::new);
        let others: Vec<Text> = things.iter().skip(1).map(Thing::id).collect();
        attribute(finding, "other-resources", Some(others.join(" ").into()));
        attribute(finding, "finding-id", information.uid.clone());
        let product = self.metadata.product.as_ref();
        let product = product.and_then(|p| given(p.name.clone()).or(p.vendor_name.clone()));
        attribute(finding, "product", product);
        attribute(
            finding,
            "status",
            self.status.clone().filter(|word| &**word != "New"),
        );
        attribute(finding, "status-detail", self.status_detail.clone());
        let suppressed = match self.status_id {
            Some(id) => id == SUPPRESSED,
            None => self.status.as_deref() == Some("Suppressed"),
        };
        finding.suppression = suppressed.then_some(Suppression {
            justification: None,
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
    }
}
