//! What of a scope is active in Security Hub, asked of it where nobody here knows: the first time, and when the manifest
//! was lost.

use std::collections::BTreeMap;

use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::types as sdk;
use gate_core::fingerprint::Fingerprint;
use tokio::time::Instant;

use super::asff::limits;
use super::asff::{
    Asff, CONTENT, PRODUCT, ProviderFields, RECORD, RecordState, Resource, Severity, TOOL, shorten,
};
use super::error::{Stop, read};
use super::manifest::Entry;
use super::pace::Pace;
use super::scope::VERDICT;
use super::send::{Limits, stop};
use super::stamp::Stamp;
use crate::{AwsError, Identity};

/// Calls per second, and at once: GetFindings has 3 with bursts of 6.
const RATE: (f64, f64) = (3.0, 3.0);

/// What the service has, by id: what is known of it, and a short form of it that can be sent again.
pub(super) type Held = BTreeMap<String, (Entry, Asff)>;

/// Everything active whose id begins with a prefix, and how many calls that took.
pub(super) async fn active(
    client: &Client,
    identity: &Identity,
    prefix: &str,
    limits: Limits,
) -> Result<(Held, u32), Stop> {
    let equals = |value: &str| text(value, sdk::StringFilterComparison::Equals);
    let filters = sdk::AwsSecurityFindingFilters::builder()
        .id(text(prefix, sdk::StringFilterComparison::Prefix))
        .aws_account_id(equals(&identity.account))
        .record_state(equals("ACTIVE"))
        .build();
    let (mut pace, mut held, mut calls) = (Pace::new(RATE.0, RATE.1), Held::new(), 0);
    let (mut token, mut tries): (Option<String>, u32) = (None, 0);
    loop {
        if !pace.wait(limits.deadline).await {
            return Err(limits.passed(None));
        }
        calls += 1;
        let call = client
            .get_findings()
            .filters(filters.clone())
            .max_results(100)
            .set_next_token(token.clone())
            .send();
        let Ok(answer) = tokio::time::timeout_at(limits.deadline, call).await else {
            return Err(limits.passed(None));
        };
        let page = match answer {
            Ok(page) => page,
            Err(error) => {
                let error = AwsError::of(read(identity), &error);
                if !error.passes() {
                    return Err(stop(error, identity));
                }
                tries += 1;
                if Instant::now() >= limits.deadline {
                    return Err(limits.passed(Some(error.to_string())));
                }
                pace.slower(tries);
                continue;
            }
        };
        tries = 0;
        for finding in page.findings() {
            let ours = finding
                .id()
                .and_then(|id| id.strip_prefix(prefix))
                .is_some_and(is_last);
            if let Some((entry, asff)) = entry(finding, identity).filter(|_| ours) {
                held.insert(asff.id.clone(), (entry, asff));
            }
        }
        // A page may be empty and have one after it.
        let next = page.next_token.filter(|next| !next.is_empty());
        if next.is_none() || next == token {
            return Ok((held, calls));
        }
        token = next;
    }
}

/// Whether it is the last part of an id: the ids of another subject can begin with the same.
fn is_last(text: &str) -> bool {
    text == VERDICT || text.parse::<Fingerprint>().is_ok()
}

fn text(value: &str, comparison: sdk::StringFilterComparison) -> sdk::StringFilter {
    sdk::StringFilter::builder()
        .value(value)
        .comparison(comparison)
        .build()
}

/// What is known of a finding that gate once sent. Dates that can't be read make it unknown: it is then new.
fn entry(finding: &sdk::AwsSecurityFinding, identity: &Identity) -> Option<(Entry, Asff)> {
    let field = |name: &str| finding.product_fields().and_then(|fields| fields.get(name));
    let digest = |name: &str| field(name).and_then(|text| text.parse().ok());
    let date = |text: Option<&str>| text.and_then(Stamp::parse);
    let updated_at = date(finding.updated_at())?;
    let created_at = date(finding.created_at()).unwrap_or(updated_at);
    let first_observed_at = date(finding.first_observed_at()).unwrap_or(created_at);
    let entry = Entry {
        tool: field(TOOL).cloned().unwrap_or_default(),
        content: digest(CONTENT),
        record: digest(RECORD),
        created_at,
        first_observed_at,
        updated_at,
        active: true,
    };
    let resources = finding.resources().iter().take(limits::RESOURCES.most);
    let resources = resources.filter_map(|resource| {
        Some(Resource {
            kind: resource.r#type()?.to_owned(),
            id: shorten(resource.id()?, limits::RESOURCE_ID)?,
            partition: None,
            region: None,
            details: super::asff::Details::default(),
        })
    });
    let provider = finding.finding_provider_fields();
    let severity = provider.and_then(sdk::FindingProviderFields::severity);
    let label = severity.and_then(sdk::FindingProviderSeverity::label);
    let label = label.map_or("MEDIUM", |label| {
        LABELS
            .iter()
            .find(|known| **known == label.as_str())
            .unwrap_or(&"MEDIUM")
    });
    let fields = FIELDS
        .iter()
        .filter_map(|name| Some((*name, field(name)?.clone())));
    let asff = Asff {
        schema_version: "2018-10-08",
        id: finding.id()?.to_owned(),
        product_arn: finding.product_arn()?.to_owned(),
        product_name: PRODUCT,
        company_name: PRODUCT,
        region: identity.region.clone(),
        generator_id: finding.generator_id()?.to_owned(),
        aws_account_id: identity.account.clone(),
        first_observed_at,
        last_observed_at: date(finding.last_observed_at()).unwrap_or(updated_at),
        created_at,
        updated_at,
        title: shorten(finding.title()?, limits::TITLE)?,
        description: shorten(finding.description()?, limits::DESCRIPTION)?,
        remediation: None,
        source_url: None,
        product_fields: fields.collect(),
        resources: resources.collect(),
        vulnerabilities: Vec::new(),
        compliance: None,
        record_state: RecordState::Active,
        finding_provider_fields: ProviderFields {
            confidence: None,
            severity: Severity {
                label,
                original: None,
            },
            types: provider
                .map(|provider| provider.types().to_vec())
                .unwrap_or_default(),
        },
    };
    Some((entry, asff))
}

const LABELS: &[&str] = &["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"];

/// The fields of the product that a short form keeps.
const FIELDS: &[&str] = &[
    CONTENT,
    RECORD,
    TOOL,
    "gate/class",
    "gate/disposition",
    "gate/environment",
    "gate/fingerprint",
    "gate/gate",
    "gate/level",
    "gate/rule",
    "gate/scope",
    "gate/subject",
];
