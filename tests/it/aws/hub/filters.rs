//! Filters of GetFindings: those that a publisher has a use for. Every other one is refused, so that none is ignored.

use serde_json::Value;

use super::asff::{at, moment};

/// Most attributes, and values of one.
const ATTRIBUTES: usize = 10;
const VALUES: usize = 20;

/// Attributes of texts, and where they are in a finding.
const TEXTS: &[(&str, &str)] = &[
    ("AwsAccountId", "AwsAccountId"),
    ("CompanyName", "CompanyName"),
    ("ComplianceStatus", "Compliance.Status"),
    ("GeneratorId", "GeneratorId"),
    ("Id", "Id"),
    ("ProductArn", "ProductArn"),
    ("ProductName", "ProductName"),
    ("RecordState", "RecordState"),
    ("Region", "Region"),
    ("ResourceId", "Resources[].Id"),
    ("ResourceType", "Resources[].Type"),
    ("SeverityLabel", "Severity.Label"),
    ("Title", "Title"),
    ("Type", "Types[]"),
    ("WorkflowStatus", "Workflow.Status"),
];

/// Attributes of times.
const TIMES: &[&str] = &["CreatedAt", "UpdatedAt"];

/// All have to hold.
pub(super) struct Filters(Vec<Filter>);

enum Filter {
    /// One of these comparisons has to hold, or, where they say what is not, all.
    Text(&'static str, Vec<(String, String)>),
    /// From and to, where they are given.
    Time(&'static str, String, String),
    /// Product fields that have these values.
    Fields(Vec<(String, String)>),
}

impl Filters {
    pub(super) fn read(filters: &Value) -> Result<Self, String> {
        let Some(filters) = filters.as_object() else {
            return Ok(Self(Vec::new()));
        };
        if filters.len() > ATTRIBUTES {
            return Err("Invalid parameter 'Filters'. It has more than 10 attributes".into());
        }
        filters
            .iter()
            .map(|(name, values)| Self::one(name, values))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn one(name: &str, values: &Value) -> Result<Filter, String> {
        let values = values.as_array().map_or(&[][..], Vec::as_slice);
        if values.is_empty() || values.len() > VALUES {
            return Err(format!(
                "Invalid parameter '{name}'. It should have 1 to 20 values"
            ));
        }
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let pairs = |first: &str, second: &str| {
            values
                .iter()
                .map(|v| (text(v, first), text(v, second)))
                .collect()
        };
        if let Some((_, path)) = TEXTS.iter().find(|(attribute, _)| *attribute == name) {
            let pairs: Vec<(String, String)> = pairs("Comparison", "Value");
            const KNOWN: [&str; 4] = ["EQUALS", "PREFIX", "NOT_EQUALS", "PREFIX_NOT_EQUALS"];
            return match pairs
                .iter()
                .find(|(comparison, _)| !KNOWN.contains(&&**comparison))
            {
                Some((comparison, _)) => Err(format!(
                    "Invalid parameter '{name}'. The comparison '{comparison}' is not supported"
                )),
                None => Ok(Filter::Text(path, pairs)),
            };
        }
        if let Some(path) = TIMES.iter().find(|time| **time == name) {
            let (start, end) = (text(&values[0], "Start"), text(&values[0], "End"));
            return Ok(Filter::Time(path, start, end));
        }
        match name {
            "ProductFields" if values.iter().all(|v| v["Comparison"] == "EQUALS") => {
                Ok(Filter::Fields(pairs("Key", "Value")))
            }
            _ => Err(format!(
                "Invalid parameter '{name}'. The stub does not know this filter"
            )),
        }
    }

    pub(super) fn hold(&self, finding: &Value) -> bool {
        self.0.iter().all(|filter| filter.holds(finding))
    }
}

impl Filter {
    fn holds(&self, finding: &Value) -> bool {
        match self {
            Self::Text(path, comparisons) => {
                let values = at(finding, path);
                let is = |comparison: &str, wanted: &str| {
                    let matches = |value: &Value| {
                        let value = value.as_str().unwrap_or_default();
                        if comparison.starts_with("PREFIX") {
                            value.starts_with(wanted)
                        } else {
                            value == wanted
                        }
                    };
                    values.iter().any(|(_, value)| matches(value))
                };
                let (not, are): (Vec<_>, Vec<_>) = comparisons
                    .iter()
                    .partition(|(comparison, _)| comparison.contains("NOT"));
                (are.is_empty() || are.iter().any(|(c, wanted)| is(c, wanted)))
                    && !not.iter().any(|(c, wanted)| is(c, wanted))
            }
            Self::Time(path, start, end) => {
                let value = moment(finding[path].as_str().unwrap_or_default());
                (start.is_empty() || value >= moment(start))
                    && (end.is_empty() || value <= moment(end))
            }
            Self::Fields(pairs) => pairs
                .iter()
                .any(|(key, wanted)| finding["ProductFields"][key] == **wanted),
        }
    }
}
