//! A package of version 2, and the advisories that it refers to.

use serde::Deserialize;

use gate_core::finding::{Evidence, Finding, Software, Text};
use gate_core::severity::Severity;

use super::ADAPTER;
use crate::adapter::{Findings, Record, RecordError};
use crate::normalize::given;
use crate::package::{Known, software_of_purl};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Package {
    name: Text,
    version_info: Option<Text>,
    external_refs: Option<Vec<Reference>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    reference_category: Text,
    reference_type: Text,
    reference_locator: Text,
    comment: Option<Text>,
}

impl Package {
    pub(super) fn report(
        mut self,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let references = self.external_refs.take().unwrap_or_default();
        let purl = references
            .iter()
            .find(|r| kind(&r.reference_type) == "purl");
        let purl = purl.map(|reference| reference.reference_locator.clone());
        let software = software(self.name, given(self.version_info), purl.as_deref());
        let advisories = references
            .into_iter()
            .filter(|r| is_advisory(&r.reference_category, &r.reference_type));
        let mut any = false;
        for advisory in advisories {
            let locator = &advisory.reference_locator;
            let mut finding = finding(locator, software.clone(), record.evidence())?;
            finding.description = advisory.comment.unwrap_or_default();
            findings.push(finding, u32::MAX);
            any = true;
        }
        if !any {
            findings.passed();
        }
        Ok(())
    }
}

/// The type of a reference, which can be written as an address.
fn kind(written: &str) -> &str {
    written.rsplit(['/', '#']).next().unwrap_or(written)
}

/// Whether a reference says that a vulnerability is known.
pub(super) fn is_advisory(category: &str, reference: &str) -> bool {
    category.eq_ignore_ascii_case("SECURITY") && kind(reference).eq_ignore_ascii_case("advisory")
}

pub(super) fn software(name: Text, version: Option<Text>, purl: Option<&str>) -> Software {
    let version = version.filter(|version| !matches!(&**version, "NOASSERTION" | "NONE"));
    match purl.and_then(software_of_purl) {
        Some(software) => software,
        None => Software {
            name,
            version,
            ..Software::default()
        },
    }
}

/// An advisory as a finding. Most end in the name of the vulnerability; any other is known by its address.
pub(super) fn finding(
    locator: &str,
    software: Software,
    at: Evidence,
) -> Result<Finding, RecordError> {
    let plain = locator.split(['?', '#']).next().unwrap_or(locator);
    let last = plain.trim_end_matches('/').rsplit('/').next();
    let is_name = |name: &&str| name.starts_with("CVE-") || name.starts_with("GHSA-");
    let id = last.filter(is_name).unwrap_or(locator);
    let mut finding = Known {
        tool: ADAPTER.tool,
        id,
        aliases: Vec::new(),
        software,
        severity: Severity::unknown(),
        title: None,
    }
    .finding(at)?;
    if locator.contains("://") {
        finding.references = vec![locator.into()];
    }
    Ok(finding)
}
