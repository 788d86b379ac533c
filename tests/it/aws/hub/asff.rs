//! The format of a finding: every rule as a row, and what the service says when one is broken.

use serde_json::Value;

/// What holds at a path, if something is there.
pub(super) enum Rule {
    /// A text of so many characters. Counted in UTF-16 and in Unicode characters; the larger count decides.
    Text(usize, usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of so many items.
    Items(usize, usize),
    /// Pairs of texts: how many, longest key, longest value.
    Pairs(usize, usize, usize),
    /// A whole number in a range.
    Whole(i64, i64),
    /// RFC 3339, as the service takes it.
    Time,
    /// An address.
    Address,
    /// `namespace/category/classifier`.
    Type,
    /// Twelve digits.
    Account,
    /// These have to be there.
    Has(&'static [&'static str]),
}

use Rule::{Account, Address, Has, Items, Pairs, Text, Time, Type, Whole, Word};

const LABELS: &[&str] = &["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"];
const YES_NO_PARTLY: &[&str] = &["YES", "NO", "PARTIAL"];

/// Namespaces of types.
const NAMESPACES: [&str; 5] = [
    "Software and Configuration Checks",
    "TTPs",
    "Effects",
    "Unusual Behaviors",
    "Sensitive Data Identifications",
];

/// Every rule. `[]` is each item of a list.
pub(super) const RULES: &[(&str, Rule)] = &[
    (
        "",
        Has(&[
            "SchemaVersion",
            "Id",
            "ProductArn",
            "GeneratorId",
            "AwsAccountId",
            "CreatedAt",
            "UpdatedAt",
            "Title",
            "Description",
            "Resources",
        ]),
    ),
    ("SchemaVersion", Word(&["2018-10-08"])),
    ("Id", Text(1, 512)),
    ("ProductArn", Text(12, 2048)),
    ("ProductName", Text(1, 128)),
    ("CompanyName", Text(1, 128)),
    ("Region", Text(1, 16)),
    ("GeneratorId", Text(1, 512)),
    ("AwsAccountId", Account),
    ("AwsAccountName", Text(1, 50)),
    ("Types", Items(0, 50)),
    ("Types[]", Type),
    ("FirstObservedAt", Time),
    ("LastObservedAt", Time),
    ("CreatedAt", Time),
    ("UpdatedAt", Time),
    ("Severity.Label", Word(LABELS)),
    ("Severity.Normalized", Whole(0, 100)),
    ("Severity.Original", Text(1, 64)),
    ("Confidence", Whole(0, 100)),
    ("Criticality", Whole(0, 100)),
    ("Title", Text(1, 256)),
    ("Description", Text(1, 1024)),
    ("Remediation.Recommendation.Text", Text(1, 512)),
    ("Remediation.Recommendation.Url", Address),
    ("SourceUrl", Address),
    ("ProductFields", Pairs(50, 128, 2048)),
    ("UserDefinedFields", Pairs(50, 128, 1024)),
    ("Malware", Items(0, 5)),
    ("Threats", Items(0, 32)),
    ("Process.Name", Text(1, 64)),
    ("Process.Path", Text(1, 512)),
    ("Resources", Items(1, 32)),
    ("Resources[]", Has(&["Type", "Id"])),
    ("Resources[].Type", Text(1, 256)),
    ("Resources[].Id", Text(1, 512)),
    (
        "Resources[].Partition",
        Word(&["aws", "aws-cn", "aws-us-gov"]),
    ),
    ("Resources[].Region", Text(1, 16)),
    ("Resources[].Tags", Pairs(50, 128, 256)),
    ("Resources[].Details.Container.ImageName", Text(1, 128)),
    ("Resources[].Details.Container.LaunchedAt", Time),
    ("Resources[].Details.Other", Pairs(50, 127, 1023)),
    (
        "Compliance.Status",
        Word(&["PASSED", "WARNING", "FAILED", "NOT_AVAILABLE"]),
    ),
    ("Compliance.RelatedRequirements", Items(0, 32)),
    ("Compliance.AssociatedStandards", Items(0, 20)),
    ("Compliance.StatusReasons[]", Has(&["ReasonCode"])),
    (
        "VerificationState",
        Word(&[
            "UNKNOWN",
            "TRUE_POSITIVE",
            "FALSE_POSITIVE",
            "BENIGN_POSITIVE",
        ]),
    ),
    (
        "WorkflowState",
        Word(&["NEW", "ASSIGNED", "IN_PROGRESS", "DEFERRED", "RESOLVED"]),
    ),
    (
        "Workflow.Status",
        Word(&["NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"]),
    ),
    ("RecordState", Word(&["ACTIVE", "ARCHIVED"])),
    ("RelatedFindings", Items(1, 10)),
    ("RelatedFindings[]", Has(&["ProductArn", "Id"])),
    ("Note", Has(&["Text", "UpdatedBy", "UpdatedAt"])),
    ("Note.Text", Text(1, 512)),
    ("Note.UpdatedAt", Time),
    ("Vulnerabilities[]", Has(&["Id"])),
    ("Vulnerabilities[].Vendor", Has(&["Name"])),
    ("Vulnerabilities[].FixAvailable", Word(YES_NO_PARTLY)),
    ("Vulnerabilities[].ExploitAvailable", Word(&["YES", "NO"])),
    ("PatchSummary", Has(&["Id"])),
    ("PatchSummary.Id", Text(1, 256)),
    ("GeneratorDetails.Labels", Items(0, 10)),
    ("FindingProviderFields.Severity.Label", Word(LABELS)),
    ("FindingProviderFields.Severity.Original", Text(1, 64)),
    ("FindingProviderFields.Types", Items(0, 50)),
    ("FindingProviderFields.Types[]", Type),
    ("FindingProviderFields.Confidence", Whole(0, 100)),
    ("FindingProviderFields.Criticality", Whole(0, 100)),
    ("FindingProviderFields.RelatedFindings", Items(1, 10)),
    (
        "FindingProviderFields.RelatedFindings[]",
        Has(&["ProductArn", "Id"]),
    ),
];

/// Longest text anywhere.
const FIELD: usize = 32_767;

/// What is wrong with a finding.
pub(super) fn complaints(finding: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    every_text("data", finding, &mut wrong);
    for (path, rule) in RULES {
        for (place, value) in at(finding, path) {
            rule.check(&place, value, &mut wrong);
        }
    }
    let provider = &finding["FindingProviderFields"];
    for field in ["Severity", "Types"] {
        if finding[field].is_null() && provider[field].is_null() {
            let missing = if provider.is_null() {
                "FindingProviderFields"
            } else {
                field
            };
            wrong.push(format!("data should have required property '{missing}'"));
            wrong.push("data should match some schema in anyOf".into());
        }
    }
    if finding.to_string().len() > super::FINDING {
        wrong.push("data should NOT be larger than 240 KB".into());
    }
    wrong
}

/// No text anywhere is empty, blank or without end, and nothing is null.
fn every_text(place: &str, value: &Value, wrong: &mut Vec<String>) {
    match value {
        Value::Null => wrong.push(format!("{place} should NOT be null")),
        Value::String(text) if text.is_empty() => {
            wrong.push(format!("{place} should NOT be shorter than 1 characters"));
        }
        Value::String(text) if text.chars().all(|c| c.is_whitespace() || c == '\u{feff}') => {
            wrong.push(format!("{place} should match pattern \".*\\S.*\""));
        }
        Value::String(text) if characters(text) > FIELD => {
            wrong.push(format!(
                "{place} should NOT be longer than {FIELD} characters"
            ));
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                every_text(&format!("{place}[{n}]"), item, wrong);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                every_text(&format!("{place}.{key}"), member, wrong);
            }
        }
        _ => {}
    }
}

/// UTF-16 units: never fewer than characters.
fn characters(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What is at a path, each with its place in the service's words.
pub(super) fn at<'v>(finding: &'v Value, path: &str) -> Vec<(String, &'v Value)> {
    let mut found = vec![("data".to_owned(), finding)];
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (name, listed) = match part.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (part, false),
        };
        let member = |(place, value): (String, &'v Value)| {
            Some((format!("{place}.{name}"), value.get(name)?))
        };
        found = found.into_iter().filter_map(member).collect();
        if listed {
            let items = |(place, value): (String, &'v Value)| {
                let items = value
                    .as_array()
                    .map_or(&[][..], Vec::as_slice)
                    .iter()
                    .enumerate();
                items
                    .map(|(n, item)| (format!("{place}[{n}]"), item))
                    .collect::<Vec<_>>()
            };
            found = found.into_iter().flat_map(items).collect();
        }
    }
    found
}

impl Rule {
    fn check(&self, place: &str, value: &Value, wrong: &mut Vec<String>) {
        let mut say = |what: String| wrong.push(format!("{place} {what}"));
        match (self, value) {
            (Has(names), Value::Object(members)) => {
                for name in names.iter().filter(|name| !members.contains_key(**name)) {
                    say(format!("should have required property '{name}'"));
                }
            }
            (Has(_) | Pairs(..), _) if !value.is_object() => say("should be object".into()),
            (Items(least, most), Value::Array(items)) => {
                if items.len() < *least {
                    say(format!("should NOT have fewer than {least} items"));
                } else if items.len() > *most {
                    say(format!("should NOT have more than {most} items"));
                }
            }
            (Items(..), _) => say("should be array".into()),
            (Pairs(most, key_most, value_most), Value::Object(pairs)) => {
                if pairs.len() > *most {
                    say(format!("should NOT have more than {most} properties"));
                }
                for (key, value) in pairs {
                    if key.trim().is_empty() || characters(key) > *key_most {
                        say(format!("property name '{key}' is invalid"));
                    }
                    match value.as_str() {
                        None => say(format!("['{key}'] should be string")),
                        Some(text) if characters(text) > *value_most => {
                            wrong.push(format!(
                                "{place}['{key}'] should NOT be longer than {value_most} characters"
                            ));
                            return;
                        }
                        Some(_) => {}
                    }
                }
            }
            (Whole(least, most), value) => match value.as_i64() {
                Some(n) if n < *least => say(format!("should be >= {least}")),
                Some(n) if n > *most => say(format!("should be <= {most}")),
                Some(_) => {}
                None => say("should be integer".into()),
            },
            (rule, Value::String(text)) => {
                if let Some(what) = rule.of_text(text) {
                    say(what);
                }
            }
            _ => say("should be string".into()),
        }
    }

    fn of_text(&self, text: &str) -> Option<String> {
        let length = characters(text);
        match self {
            // Too short by being empty is said of every text.
            Text(least, _) if length < *least && length > 0 => {
                Some(format!("should NOT be shorter than {least} characters"))
            }
            Text(_, most) if length > *most => {
                Some(format!("should NOT be longer than {most} characters"))
            }
            Word(words) if !words.contains(&text) => {
                Some("should be equal to one of the allowed values".into())
            }
            Time if moment(text).is_none() => Some("should match format \"date-time\"".into()),
            Address if !is_address(text) => Some("should match format \"uri\"".into()),
            Type if !is_type(text) => Some(format!(
                "should match pattern \"^({})(/.+){{0,2}}$\"",
                NAMESPACES.join("|")
            )),
            Account if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) => {
                Some("should match pattern \"^[0-9]{12}$\"".into())
            }
            _ => None,
        }
    }
}

fn is_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
}

fn is_type(text: &str) -> bool {
    let parts: Vec<_> = text.split('/').collect();
    NAMESPACES.contains(&parts[0])
        && parts.len() <= 3
        && parts.iter().all(|part| !part.trim().is_empty())
}

/// Nanoseconds since the beginning of year 0, of a time as the service takes it: seconds, up to nine digits behind them, and
/// `Z` or a distance from it, with or without a colon.
pub(super) fn moment(text: &str) -> Option<i128> {
    let (date, time) = text.split_once('T')?;
    let number = |text: &str, digits: usize| {
        let all = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        all.then(|| text.parse::<i128>().ok()).flatten()
    };
    let mut parts = date.split('-');
    let (year, month, day) = (
        number(parts.next()?, 4)?,
        number(parts.next()?, 2)?,
        number(parts.next()?, 2)?,
    );
    let end = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(end);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut of_clock = clock.split(':');
    let (hour, minute, second) = (
        number(of_clock.next()?, 2)?,
        number(of_clock.next()?, 2)?,
        number(of_clock.next()?, 2)?,
    );
    let nanos = (1..=9)
        .contains(&fraction.len())
        .then(|| number(&format!("{fraction:0<9}"), 9))
        .flatten()?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let index = usize::try_from(month - 1).ok()?;
    let real = (1..=*days.get(index)?).contains(&day) && hour < 24 && minute < 60 && second < 60;
    let distance = match zone.strip_prefix(['+', '-']) {
        None if zone == "Z" => 0,
        None => return None,
        Some(distance) => {
            let digits: String = distance.chars().filter(|c| *c != ':').collect();
            let minutes = number(digits.get(..2)?, 2)? * 60 + number(digits.get(2..)?, 2)?;
            if zone.starts_with('-') {
                -minutes
            } else {
                minutes
            }
        }
    };
    let years = year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
    let day = years + days[..index].iter().sum::<i128>() + day;
    let minutes = (day * 24 + hour) * 60 + minute - distance;
    real.then_some((minutes * 60 + second) * 1_000_000_000 + nanos)
}
