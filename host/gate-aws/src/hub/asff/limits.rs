//! How long, how many: every limit of a finding in Security Hub, and the one place where texts are cut to it.
//!
//! The service does not say whether it counts characters or UTF-16 units. Units are counted, which are never fewer.

use serde_json::Value;

use super::Asff;
use super::text::visible;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// UTF-16 units of a text.
    Characters,
    /// Members of a list or a map.
    Items,
}

/// Who sets a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The API reference of Security Hub, at the field.
    Reference,
    /// The guide for providers of findings to Security Hub.
    Guide,
    /// Gate, so that a finding is never larger than the service takes. Theirs, where there is one, is laxer.
    Gate,
}

/// A limit of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The field: names as the format has them, `[]` for each member of a list, `{}` for each value of a map and
    /// `{key}` for its key.
    pub field: &'static str,
    /// The most.
    pub most: usize,
    /// Of what.
    pub unit: Unit,
    /// Who says so.
    pub source: Source,
}

macro_rules! limits {
    ($($name:ident = $field:literal $most:literal $unit:ident $source:ident;)+) => {
        $(
            #[doc = concat!("Of `", $field, "`.")]
            pub const $name: Limit = Limit {
                field: $field, most: $most, unit: Unit::$unit, source: Source::$source,
            };
        )+

        /// All of them.
        pub const ALL: &[Limit] = &[$($name),+];
    };
}

limits! {
    ID = "Id" 512 Characters Reference;
    PRODUCT_ARN = "ProductArn" 2048 Characters Reference;
    PRODUCT_NAME = "ProductName" 128 Characters Reference;
    COMPANY_NAME = "CompanyName" 128 Characters Reference;
    REGION = "Region" 16 Characters Reference;
    GENERATOR = "GeneratorId" 512 Characters Reference;
    ACCOUNT = "AwsAccountId" 12 Characters Reference;
    TITLE = "Title" 256 Characters Reference;
    DESCRIPTION = "Description" 1024 Characters Reference;
    ADVICE = "Remediation.Recommendation.Text" 512 Characters Reference;
    ADVICE_URL = "Remediation.Recommendation.Url" 512 Characters Gate;
    SOURCE_URL = "SourceUrl" 512 Characters Gate;
    TYPES = "FindingProviderFields.Types" 50 Items Reference;
    ORIGINAL = "FindingProviderFields.Severity.Original" 64 Characters Reference;
    FIELDS = "ProductFields" 50 Items Reference;
    FIELD_KEY = "ProductFields{key}" 128 Characters Reference;
    FIELD = "ProductFields{}" 512 Characters Gate;
    RESOURCES = "Resources" 10 Items Gate;
    RESOURCE_TYPE = "Resources[].Type" 256 Characters Reference;
    RESOURCE_ID = "Resources[].Id" 512 Characters Gate;
    RESOURCE_REGION = "Resources[].Region" 16 Characters Reference;
    OTHER = "Resources[].Details.Other" 50 Items Guide;
    OTHER_KEY = "Resources[].Details.Other{key}" 127 Characters Guide;
    OTHER_VALUE = "Resources[].Details.Other{}" 512 Characters Gate;
    IMAGE_ID = "Resources[].Details.Container.ImageId" 128 Characters Gate;
    IMAGE_NAME = "Resources[].Details.Container.ImageName" 128 Characters Guide;
    VULNERABILITY = "Vulnerabilities[].Id" 256 Characters Gate;
    OTHER_NAMES = "Vulnerabilities[].RelatedVulnerabilities" 20 Items Gate;
    OTHER_NAME = "Vulnerabilities[].RelatedVulnerabilities[]" 256 Characters Gate;
    REFERENCES = "Vulnerabilities[].ReferenceUrls" 20 Items Gate;
    REFERENCE = "Vulnerabilities[].ReferenceUrls[]" 512 Characters Gate;
    CVSS = "Vulnerabilities[].Cvss" 10 Items Gate;
    CVSS_VERSION = "Vulnerabilities[].Cvss[].Version" 16 Characters Gate;
    CVSS_VECTOR = "Vulnerabilities[].Cvss[].BaseVector" 256 Characters Gate;
    CVSS_SOURCE = "Vulnerabilities[].Cvss[].Source" 128 Characters Gate;
    VENDOR = "Vulnerabilities[].Vendor.Name" 128 Characters Gate;
    VENDOR_SEVERITY = "Vulnerabilities[].Vendor.VendorSeverity" 64 Characters Gate;
    PACKAGE = "Vulnerabilities[].VulnerablePackages[].Name" 256 Characters Gate;
    PACKAGE_VERSION = "Vulnerabilities[].VulnerablePackages[].Version" 256 Characters Gate;
    PACKAGE_MANAGER = "Vulnerabilities[].VulnerablePackages[].PackageManager" 64 Characters Gate;
    PACKAGE_PATH = "Vulnerabilities[].VulnerablePackages[].FilePath" 512 Characters Gate;
    FIXED_IN = "Vulnerabilities[].VulnerablePackages[].FixedInVersion" 256 Characters Gate;
}

/// The most that a finding may take, in bytes: 240 KB, with room for what another writer of JSON writes longer.
pub const FINDING_BYTES: usize = 230_000;
/// How many findings a call may have.
pub const CALL_FINDINGS: usize = 100;
/// The most that a call may take, in bytes: 6 MB, with room.
pub const CALL_BYTES: usize = 5_500_000;

/// Ends a text that was cut.
const CUT: char = '…';

/// A text of at most so many characters, with what does not show written out; `None` if nothing would show. What is too
/// long ends with `…`.
#[must_use]
pub(crate) fn shorten(text: &str, limit: Limit) -> Option<String> {
    let mut text = visible(text);
    if text.trim().is_empty() {
        return None;
    }
    if units(&text) > limit.most {
        let room = limit.most.saturating_sub(CUT.len_utf16());
        let mut used = 0;
        let end = text.char_indices().find_map(|(at, c)| {
            used += c.len_utf16();
            (used > room).then_some(at)
        });
        text.truncate(end.unwrap_or(text.len()));
        text.push(CUT);
    }
    Some(text)
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// What the service would refuse of a finding, or gate does not allow itself. Of what is mapped here: nothing.
#[must_use]
pub fn violations(finding: &Asff) -> Vec<String> {
    let mut found = Vec::new();
    match serde_json::to_value(finding) {
        Ok(value) => look(&value, "", &mut found),
        Err(error) => found.push(error.to_string()),
    }
    let size = finding.size();
    if size > FINDING_BYTES {
        found.push(format!("{size} bytes, of at most {FINDING_BYTES}"));
    }
    let namespaces = [
        "Software and Configuration Checks",
        "TTPs",
        "Effects",
        "Unusual Behaviors",
        "Sensitive Data Identifications",
    ];
    for kind in &finding.finding_provider_fields.types {
        let namespace = kind.split('/').next().unwrap_or_default();
        if !namespaces.contains(&namespace) || kind.split('/').count() > 3 {
            found.push(format!("`FindingProviderFields.Types`: `{kind}`"));
        }
    }
    let account = &finding.aws_account_id;
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        found.push(format!("`AwsAccountId`: `{account}`"));
    }
    if finding.resources.is_empty() {
        found.push("`Resources`: none".to_owned());
    }
    if finding.updated_at < finding.created_at {
        found.push("`UpdatedAt` is before `CreatedAt`".to_owned());
    }
    found
}

fn look(value: &Value, field: &str, found: &mut Vec<String>) {
    let mut hold = |field: &str, unit: Unit, number: usize| {
        let beyond =
            |limit: &&Limit| (limit.field, limit.unit) == (field, unit) && number > limit.most;
        if let Some(limit) = ALL.iter().find(beyond) {
            found.push(format!("`{field}`: {number}, of at most {}", limit.most));
        }
    };
    match value {
        Value::String(text) => {
            hold(field, Unit::Characters, units(text));
            if text.chars().all(|c| c.is_whitespace() || c == '\u{feff}') {
                found.push(format!("`{field}` is blank"));
            }
            // Nothing without a limit of its own is long: the service has one for every field, in bytes.
            if text.len() >= 32_768 {
                found.push(format!("`{field}` has {} bytes", text.len()));
            }
        }
        Value::Array(items) => {
            hold(field, Unit::Items, items.len());
            let member = format!("{field}[]");
            items.iter().for_each(|item| look(item, &member, found));
        }
        Value::Object(fields) => {
            let map = matches!(field, "ProductFields" | "Resources[].Details.Other");
            if map {
                hold(field, Unit::Items, fields.len());
                let key = format!("{field}{{key}}");
                fields
                    .keys()
                    .for_each(|name| hold(&key, Unit::Characters, units(name)));
            }
            for (name, value) in fields {
                let inner = match (map, field) {
                    (true, _) => format!("{field}{{}}"),
                    (false, "") => name.clone(),
                    (false, _) => format!("{field}.{name}"),
                };
                look(value, &inner, found);
            }
        }
        Value::Null => found.push(format!("`{field}` is null")),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_after_what_was_written_out() {
        let limit = Limit { most: 6, ..TITLE };
        for (text, cut) in [
            ("", None),
            (" \n\u{3000}", None),
            ("123456", Some("123456")),
            ("1234567", Some("12345…")),
            // Two units each.
            ("👩👩👩", Some("👩👩👩")),
            ("1👩👩👩", Some("1👩👩…")),
            ("👩👩👩1", Some("👩👩…")),
            ("\u{1b}", Some("\\u{1b}")),
            ("\u{1b}1", Some("\\u{1b…")),
        ] {
            assert_eq!(shorten(text, limit).as_deref(), cut, "{text}");
        }
    }
}
