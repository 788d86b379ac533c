//! A finding as Security Hub takes it: the AWS Security Finding Format (ASFF), version 2018-10-08. Only the fields that
//! gate sends; names and nesting are the format's. docs/publishing.md says field by field where each comes from.

mod finding;
pub mod limits;
mod resources;
mod sdk;
mod text;
mod verdict;

use std::collections::BTreeMap;

use gate_core::digest::Digest;
use gate_core::severity::Level;
use gate_core::time::Moment;
use serde::Serialize;

use crate::hub::stamp::Stamp;

pub use finding::{Mapper, is_problem};
pub(crate) use limits::shorten;

/// What the program calls itself there.
pub(crate) const PRODUCT: &str = "gate";

/// A finding as Security Hub takes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Asff {
    /// Version of the format.
    pub schema_version: &'static str,
    /// Stable identity.
    pub id: String,
    /// The default product of the account that publishes.
    pub product_arn: String,
    /// Who says so.
    pub product_name: &'static str,
    /// Whose product that is.
    pub company_name: &'static str,
    /// Region that holds it.
    pub region: String,
    /// Gate, tool and rule.
    pub generator_id: String,
    /// Account that holds it.
    pub aws_account_id: String,
    /// When it was first seen.
    pub first_observed_at: Stamp,
    /// When it was last seen.
    pub last_observed_at: Stamp,
    /// When it was first sent.
    pub created_at: Stamp,
    /// When this was said; later than anything said of it before.
    pub updated_at: Stamp,
    /// One line.
    pub title: String,
    /// More of it.
    pub description: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Remediation>,
    /// Documentation of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// What only gate knows.
    pub product_fields: BTreeMap<&'static str, String>,
    /// What it is about.
    pub resources: Vec<Resource>,
    /// What is particular to a known vulnerability.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vulnerabilities: Vec<Vulnerability>,
    /// The answer of a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compliance: Option<Compliance>,
    /// Whether it is still there.
    pub record_state: RecordState,
    /// How bad, and of what kind. Never at top level, where it is the customer's.
    pub finding_provider_fields: ProviderFields,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Remediation {
    /// Text and address.
    pub recommendation: Recommendation,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recommendation {
    /// As a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where more stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    /// A type of the format, else `Other`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// ARN, name, path or address.
    pub id: String,
    /// Partition of AWS, where the id is an ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// Region of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// More of it.
    #[serde(skip_serializing_if = "Details::is_empty")]
    pub details: Details,
}

/// More of a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Details {
    /// Of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<Container>,
    /// Of an image in ECR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_ecr_container_image: Option<EcrImage>,
    /// Of anything else, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<&'static str, String>,
}

impl Details {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An image.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Container {
    /// Digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_name: Option<String>,
}

/// An image in ECR.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EcrImage {
    /// Account of the registry.
    pub registry_id: String,
    /// Repository.
    pub repository_name: String,
    /// Digest.
    pub image_digest: String,
}

/// What is particular to a known vulnerability.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Vulnerability {
    /// Name.
    pub id: String,
    /// The package.
    pub vulnerable_packages: Vec<Package>,
    /// Ratings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cvss: Vec<Cvss>,
    /// Its other names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_vulnerabilities: Vec<String>,
    /// Who rated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Vendor>,
    /// Further information.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reference_urls: Vec<String>,
    /// `YES` or `NO`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix_available: Option<&'static str>,
    /// Between 0 and 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_score: Option<f64>,
    /// `YES` or `NO`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exploit_available: Option<&'static str>,
}

/// A vulnerable package.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Package {
    /// Name.
    pub name: String,
    /// Installed version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Ecosystem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_manager: Option<String>,
    /// Where it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_path: Option<String>,
    /// Versions with a fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_in_version: Option<String>,
}

/// A rating.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cvss {
    /// Version of CVSS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Between 0 and 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_score: Option<f64>,
    /// The vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_vector: Option<String>,
    /// Who rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Who rated a vulnerability, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Vendor {
    /// Who.
    pub name: String,
    /// In its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_severity: Option<String>,
}

/// The answer of a check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Compliance {
    /// `PASSED`, `WARNING`, `FAILED` or `NOT_AVAILABLE`.
    pub status: &'static str,
}

/// Whether a finding is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordState {
    /// It is.
    Active,
    /// It is not.
    Archived,
}

/// How bad, and of what kind, as the provider says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProviderFields {
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// How bad.
    pub severity: Severity,
    /// `namespace/category/classifier`.
    pub types: Vec<String>,
}

/// How bad.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Severity {
    /// A word of the format.
    pub label: &'static str,
    /// The tool's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// The format's word for a level. It has none for a level that nobody knows; the field `gate/level` says so then.
pub(crate) const fn label(level: Level) -> &'static str {
    match level {
        Level::Critical => "CRITICAL",
        Level::High => "HIGH",
        Level::Medium | Level::Unknown => "MEDIUM",
        Level::Low => "LOW",
        Level::Info => "INFORMATIONAL",
    }
}

/// Fields of the product that say what was published from what; they make no other finding of it.
pub(crate) const RECORD: &str = "gate/record";
/// The digest of what is said.
pub(crate) const CONTENT: &str = "gate/content";
/// The tool.
pub(crate) const TOOL: &str = "gate/tool";

impl Asff {
    /// The digest of what is said, whenever and from whichever record it is said. A finding of which it is the same as
    /// before is not sent again.
    #[must_use]
    pub fn content(&self) -> Digest {
        let never = Moment::from_unix(0).map_or(self.created_at, Stamp::from);
        let mut said = Self {
            first_observed_at: never,
            last_observed_at: never,
            created_at: never,
            updated_at: never,
            record_state: RecordState::Active,
            ..self.clone()
        };
        // It moves a little every day, with nothing changed.
        for known in &mut said.vulnerabilities {
            known.epss_score = known.epss_score.map(|score| (score * 10.0).round());
        }
        said.product_fields.remove(RECORD);
        said.product_fields.remove(CONTENT);
        Digest::of(&serde_json::to_vec(&said).unwrap_or_default())
    }

    /// Its size as it is sent, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |bytes| bytes.len())
    }
}

#[cfg(test)]
mod tests;
