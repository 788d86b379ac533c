//! From a finding to what Security Hub takes.

use std::collections::{BTreeMap, BTreeSet};

use gate_core::digest::Digest;
use gate_core::finding::{Class, Cvss as Rating, Finding, FixState, Status, Text};
use gate_core::record::Record;
use gate_core::severity::Level;

use super::limits::{self, Limit, shorten};
use super::text::is_address;
use super::{
    Asff, CONTENT, Compliance, Cvss, PRODUCT, Package, ProviderFields, RECORD, Recommendation,
    RecordState, Remediation, Resource, Severity, TOOL, Vendor, Vulnerability, label, resources,
};
use crate::Identity;
use crate::hub::scope::Scope;
use crate::hub::stamp::Stamp;

/// Makes documents of the findings and the verdict of one record.
#[derive(Debug)]
pub struct Mapper<'a> {
    pub(super) record: &'a Record,
    name: Digest,
    region: &'a str,
    account: &'a str,
    product_arn: String,
    prefix: String,
    /// Reports of images.
    images: BTreeSet<Digest>,
}

/// Whether a finding is a problem, or may be one. Checks that passed or do not apply are not published.
#[must_use]
pub const fn is_problem(finding: &Finding) -> bool {
    match finding.status {
        Status::Fail | Status::Open | Status::Informational => true,
        Status::Pass | Status::NotApplicable => false,
    }
}

/// What stands in every document, whatever it is about.
pub(super) struct Said {
    pub(super) id: String,
    pub(super) generator: String,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) severity: Severity,
    pub(super) types: Vec<String>,
    pub(super) resources: Vec<Resource>,
    pub(super) fields: BTreeMap<&'static str, String>,
}

impl<'a> Mapper<'a> {
    /// For a record of this name, published by somebody.
    #[must_use]
    pub fn new(identity: &'a Identity, name: Digest, record: &'a Record) -> Self {
        let Identity {
            partition,
            account,
            region,
            ..
        } = identity;
        let is_image = |target: &gate_core::scan_report::Target| {
            target
                .kind
                .as_deref()
                .is_some_and(|kind| kind.contains("image"))
        };
        let images = record.reports.iter();
        let images = images.filter(|report| report.target.as_ref().is_some_and(is_image));
        Self {
            record,
            name,
            region,
            account,
            product_arn: format!(
                "arn:{partition}:securityhub:{region}:{account}:product/{account}/default"
            ),
            prefix: Scope::of(identity, &record.question).prefix(),
            images: images.filter_map(|report| report.digest).collect(),
        }
    }

    /// The id of a finding, or of the verdict, by its last part.
    pub(crate) fn id(&self, last: &str) -> String {
        format!("{}{last}", self.prefix)
    }

    /// A finding.
    #[must_use]
    pub fn finding(&self, finding: &Finding) -> Asff {
        let question = &self.record.question;
        let gate = &question.gate;
        let title = shorten(&finding.title, limits::TITLE)
            .or_else(|| shorten(&finding.rule.id, limits::TITLE))
            .unwrap_or_else(|| finding.class.as_str().to_owned());
        // What a tool says of a secret is about the secret.
        let description = match finding.class {
            Class::Secret => None,
            _ => shorten(&finding.description, limits::DESCRIPTION),
        };
        let image = self.is_image(&finding.evidence.report);
        let subject = question.subject.as_ref();
        let mut asff = self.document(Said {
            id: self.id(&finding.id.to_string()),
            generator: format!("{PRODUCT}/{gate}/{}/{}", finding.tool, finding.rule.id),
            title,
            description,
            severity: Severity {
                label: match finding.status {
                    Status::Informational => label(Level::Info),
                    _ => label(finding.severity.level),
                },
                original: finding
                    .severity
                    .original
                    .as_deref()
                    .and_then(|word| shorten(word, limits::ORIGINAL)),
            },
            types: vec![kind(finding)],
            resources: resources::of(finding, &question.scope, subject, image),
            fields: self.fields(finding),
        });
        asff.remediation = remediation(finding);
        asff.source_url = finding
            .rule
            .url
            .as_ref()
            .and_then(|url| address(url, limits::SOURCE_URL));
        asff.vulnerabilities = vulnerability(finding).into_iter().collect();
        asff.finding_provider_fields.confidence = finding.confidence.filter(|sure| *sure <= 100);
        if matches!(finding.class, Class::Misconfiguration | Class::Compliance) {
            let status = match finding.status {
                Status::Fail => "FAILED",
                _ => "WARNING",
            };
            asff.compliance = Some(Compliance { status });
        }
        let first = finding.first_seen.map(Stamp::from);
        asff.first_observed_at = first.map_or(asff.created_at, |first| first.min(asff.created_at));
        sealed(asff)
    }

    /// Whether a report is of an image.
    pub(super) fn is_image(&self, report: &Digest) -> bool {
        self.images.contains(report)
    }

    fn fields(&self, finding: &Finding) -> BTreeMap<&'static str, String> {
        let disposition = self.record.verdict.disposition_of(&finding.id);
        let disposition = serde_json::to_value(disposition).unwrap_or_default();
        let level = finding.severity.level.as_str();
        let fields = [
            ("gate/fingerprint", finding.id.to_string()),
            (TOOL, finding.tool.to_string()),
            ("gate/rule", finding.rule.id.to_string()),
            ("gate/class", finding.class.as_str().to_owned()),
            ("gate/level", level.to_owned()),
            (
                "gate/disposition",
                disposition.as_str().unwrap_or_default().to_owned(),
            ),
            ("gate/count", finding.count.to_string()),
            ("gate/locations", finding.locations.len().to_string()),
        ];
        fields.into_iter().collect()
    }

    /// A document that was never sent before.
    pub(super) fn document(&self, said: Said) -> Asff {
        let question = &self.record.question;
        let now = Stamp::from(question.evaluated_at);
        let mut fields = said.fields;
        fields.insert("gate/gate", question.gate.to_string());
        fields.insert("gate/scope", question.scope.clone());
        fields.extend(
            question
                .environment
                .clone()
                .map(|name| ("gate/environment", name)),
        );
        if let Some(subject) = &question.subject {
            fields.insert("gate/subject", subject.name.clone());
            fields.extend(
                subject
                    .digest
                    .map(|digest| ("gate/subject-digest", digest.to_string())),
            );
        }
        fields.insert(RECORD, self.name.to_string());
        let shown =
            |(name, text): (&'static str, String)| Some((name, shorten(&text, limits::FIELD)?));
        Asff {
            schema_version: "2018-10-08",
            id: said.id,
            product_arn: self.product_arn.clone(),
            product_name: PRODUCT,
            company_name: PRODUCT,
            region: self.region.to_owned(),
            generator_id: shorten(&said.generator, limits::GENERATOR)
                .unwrap_or_else(|| PRODUCT.to_owned()),
            aws_account_id: self.account.to_owned(),
            first_observed_at: now,
            last_observed_at: now,
            created_at: now,
            updated_at: now,
            description: said.description.unwrap_or_else(|| said.title.clone()),
            title: said.title,
            remediation: None,
            source_url: None,
            product_fields: fields.into_iter().filter_map(shown).collect(),
            resources: said.resources,
            vulnerabilities: Vec::new(),
            compliance: None,
            record_state: RecordState::Active,
            finding_provider_fields: ProviderFields {
                confidence: None,
                severity: said.severity,
                types: said.types,
            },
        }
    }
}

/// Says in the document what its content is, so that who lost the manifest can tell what has changed.
pub(super) fn sealed(mut asff: Asff) -> Asff {
    let content = asff.content().to_string();
    asff.product_fields.insert(CONTENT, content);
    asff
}

/// The type of a finding: a namespace of the format, a category, and where there is one a classifier.
fn kind(finding: &Finding) -> String {
    let is_cve = finding.rule.id.starts_with("CVE-");
    let kind = match finding.class {
        Class::Vulnerability if is_cve => "Software and Configuration Checks/Vulnerabilities/CVE",
        Class::Vulnerability => "Software and Configuration Checks/Vulnerabilities",
        Class::Secret => "Sensitive Data Identifications/Passwords",
        Class::CodeWeakness => "Software and Configuration Checks/Vulnerabilities/Code Weakness",
        Class::Misconfiguration => "Software and Configuration Checks/Misconfiguration",
        Class::License => "Software and Configuration Checks/Licenses",
        Class::WebAlert => "Software and Configuration Checks/Vulnerabilities/Web Application",
        Class::RuntimeEvent => "Unusual Behaviors/Application",
        Class::Compliance => "Software and Configuration Checks/Industry and Regulatory Standards",
        Class::Lint => "Software and Configuration Checks/Code Quality",
    };
    kind.to_owned()
}

fn address(text: &str, limit: Limit) -> Option<String> {
    // A part of an address is another address.
    (is_address(text) && text.len() <= limit.most).then(|| text.to_owned())
}

fn remediation(finding: &Finding) -> Option<Remediation> {
    let advice = finding
        .remediation
        .as_deref()
        .and_then(|text| shorten(text, limits::ADVICE));
    let fixed = || {
        let vulnerability = finding.vulnerability.as_deref()?;
        let versions = joined(&vulnerability.fixed_in)?;
        shorten(
            &format!("update {} to {versions}", vulnerability.software.name),
            limits::ADVICE,
        )
    };
    let text = advice.or_else(fixed);
    let url = finding.rule.url.as_ref().or(finding.references.first());
    let url = url.and_then(|url| address(url, limits::ADVICE_URL));
    let said = text.is_some() || url.is_some();
    said.then_some(Remediation {
        recommendation: Recommendation { text, url },
    })
}

fn joined(texts: &[Text]) -> Option<String> {
    let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

fn vulnerability(finding: &Finding) -> Option<Vulnerability> {
    let known = finding.vulnerability.as_deref()?;
    let optional = |text: Option<&Text>, limit| text.and_then(|text| shorten(text, limit));
    let software = &known.software;
    let package = Package {
        name: shorten(&software.name, limits::PACKAGE)
            .unwrap_or_else(|| gate_core::finding::UNNAMED.to_owned()),
        version: optional(software.version.as_ref(), limits::PACKAGE_VERSION),
        package_manager: optional(software.ecosystem.as_ref(), limits::PACKAGE_MANAGER),
        file_path: optional(software.path.as_ref(), limits::PACKAGE_PATH),
        fixed_in_version: joined(&known.fixed_in)
            .and_then(|versions| shorten(&versions, limits::FIXED_IN)),
    };
    let mut names = known
        .ids
        .iter()
        .filter_map(|name| shorten(name, limits::VULNERABILITY));
    let references = finding.references.iter();
    let references = references.filter_map(|url| address(url, limits::REFERENCE));
    let severity = &finding.severity;
    let vendor = optional(severity.source.as_ref(), limits::VENDOR).map(|name| Vendor {
        name,
        vendor_severity: optional(severity.original.as_ref(), limits::VENDOR_SEVERITY),
    });
    Some(Vulnerability {
        id: names
            .next()
            .or_else(|| shorten(&finding.rule.id, limits::VULNERABILITY))?,
        related_vulnerabilities: names.take(limits::OTHER_NAMES.most).collect(),
        vulnerable_packages: vec![package],
        cvss: known
            .cvss
            .iter()
            .filter_map(cvss)
            .take(limits::CVSS.most)
            .collect(),
        vendor,
        reference_urls: references.take(limits::REFERENCES.most).collect(),
        fix_available: match known.fix_state {
            FixState::Fixed => Some("YES"),
            FixState::None | FixState::WontFix | FixState::Deferred | FixState::EndOfLife => {
                Some("NO")
            }
            FixState::Unknown => None,
        },
        epss_score: known.epss.as_ref().and_then(|text| decimal(text, 1.0)),
        exploit_available: known.known_exploited.filter(|known| *known).map(|_| "YES"),
    })
}

fn cvss(rating: &Rating) -> Option<Cvss> {
    let cvss = Cvss {
        version: shorten(&rating.version, limits::CVSS_VERSION),
        base_score: rating.score.as_ref().and_then(|text| decimal(text, 10.0)),
        base_vector: rating
            .vector
            .as_deref()
            .and_then(|text| shorten(text, limits::CVSS_VECTOR)),
        source: rating
            .source
            .as_deref()
            .and_then(|text| shorten(text, limits::CVSS_SOURCE)),
    };
    (cvss.base_score.is_some() || cvss.base_vector.is_some()).then_some(cvss)
}

/// A number from 0 to another.
fn decimal(text: &str, most: f64) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=most).contains(number))
}
