//! The profile as it is written: the tables of a `gate.toml`, not yet checked against anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de::Error as _};

use gate_core::age::{Age, NotAnAge};
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::feed::FeedKind;
use gate_core::request::ReportRules;
use gate_core::scan_report::Content;
use gate_core::severity::Level;
use gate_core::threshold::{Edge, RawValues};
use gate_core::waiver::Pattern;

use crate::config::entry::{GroupTable, PolicyEntry};
use crate::config::signing::{SigningTable, VerifyTable};
use crate::config::thresholds::ThresholdsTable;
use crate::config::trust::Trusted;
use crate::failure::{Failure, Result};

/// Reads a profile's text.
pub(super) fn read_toml(text: &str, source: &str) -> Result<File> {
    toml::from_str(text).map_err(|error| {
        // The library shows the line with a mark under the place.
        Failure::new(
            Code::ConfigInvalid,
            format!("reading `{source}`: {}", error.message()),
        )
        .help(place(text, error.span()))
    })
}

fn place(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let before = span
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    format!("look at line {line} column {column}; docs/profile.md has every key")
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) format: u32,
    pub(super) scope: Option<String>,
    #[serde(default)]
    pub(super) defaults: Table,
    #[serde(default)]
    pub(super) gates: BTreeMap<String, Table>,
    #[serde(default)]
    pub(super) environments: Environments,
    #[serde(default)]
    pub(super) select: Vec<SelectTable>,
    #[serde(default)]
    pub(super) variants: BTreeMap<String, VariantTable>,
    #[serde(default)]
    pub(super) policies: BTreeMap<String, PolicyTable>,
    #[serde(default)]
    pub(super) adapters: BTreeMap<String, AdapterTable>,
    #[serde(default)]
    pub(super) waivers: WaiversTable,
    #[serde(default)]
    pub(super) vex: VexTable,
    #[serde(default)]
    pub(super) feeds: FeedsTable,
    #[serde(default)]
    pub(super) evidence: EvidenceTable,
    #[serde(default)]
    pub(super) thresholds: ThresholdsTable,
    #[serde(default)]
    pub(super) aws: AwsTable,
    #[serde(default)]
    pub(super) signing: SigningTable,
    #[serde(default)]
    pub(super) verify: VerifyTable,
}

/// What a gate asks, or every gate.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Table {
    #[serde(default)]
    pub(super) custom: bool,
    pub(super) require: Option<Vec<RequireTable>>,
    pub(super) policies: Option<Vec<PolicyEntry>>,
    pub(super) groups: Option<BTreeMap<String, GroupTable>>,
    pub(super) accepts: Option<BTreeSet<Content>>,
    pub(super) allow_quarantined: Option<u32>,
    pub(super) max_report_age: Option<AgeLimit>,
    pub(super) require_subject_match: Option<bool>,
    pub(super) waivers: Option<GateWaiversTable>,
    #[serde(default)]
    pub(super) baseline: BaselineTable,
    #[serde(default)]
    pub(super) thresholds: RawValues,
    #[serde(default)]
    pub(super) settings: RawValues,
    #[serde(default)]
    pub(super) bounds: BTreeMap<String, Edge>,
}

pub(super) type Environments = BTreeMap<String, EnvironmentTable>;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EnvironmentTable {
    #[serde(default)]
    pub(super) thresholds: RawValues,
    #[serde(default)]
    pub(super) settings: RawValues,
    #[serde(default)]
    pub(super) bounds: BTreeMap<String, Edge>,
    #[serde(default)]
    pub(super) gates: BTreeMap<String, ValuesTable>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ValuesTable {
    #[serde(default)]
    pub(super) thresholds: RawValues,
    #[serde(default)]
    pub(super) settings: RawValues,
    #[serde(default)]
    pub(super) bounds: BTreeMap<String, Edge>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SelectTable {
    pub(super) subject: Option<Pattern>,
    pub(super) scope: Option<Pattern>,
    pub(super) variant: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VariantTable {
    #[serde(default)]
    pub(super) defaults: Table,
    #[serde(default)]
    pub(super) gates: BTreeMap<String, Table>,
    #[serde(default)]
    pub(super) environments: Environments,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RequireTable {
    pub(super) tool: Option<String>,
    pub(super) at_least: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PolicyTable {
    pub(super) path: PathBuf,
}

/// Code that reads reports is named by what it is, not only by where it lies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AdapterTable {
    pub(super) component: PathBuf,
    pub(super) digest: Digest,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WaiversTable {
    pub(super) file: Option<PathBuf>,
    pub(super) budget: Option<u32>,
    #[serde(default)]
    pub(super) longest: BTreeMap<Level, Age>,
    #[serde(default)]
    pub(super) approvals: BTreeMap<Level, u32>,
    #[serde(default)]
    pub(super) unwaivable: BTreeSet<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct GateWaiversTable {
    pub(super) budget: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct BaselineTable {
    pub(super) file: Option<PathBuf>,
    pub(super) only_new: Option<bool>,
    pub(super) ratchet: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VexTable {
    #[serde(default)]
    pub(super) trusted: BTreeSet<Trusted>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FeedsTable {
    pub(super) epss: Option<PathBuf>,
    pub(super) kev: Option<PathBuf>,
    pub(super) max_age: Option<AgeLimit>,
    #[serde(default)]
    pub(super) required: BTreeSet<FeedKind>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EvidenceTable {
    pub(super) store: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AwsTable {
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
}

impl Table {
    /// What `other` says, and where it says nothing what this says. Values stay in layers of their own
    /// ([`crate::config::values`]), so that each keeps its source.
    pub(super) fn overlaid_by(self, other: Self) -> Self {
        Self {
            custom: self.custom || other.custom,
            require: other.require.or(self.require),
            policies: other.policies.or(self.policies),
            groups: other.groups.or(self.groups),
            accepts: other.accepts.or(self.accepts),
            allow_quarantined: other.allow_quarantined.or(self.allow_quarantined),
            max_report_age: other.max_report_age.or(self.max_report_age),
            require_subject_match: other.require_subject_match.or(self.require_subject_match),
            waivers: other.waivers.or(self.waivers),
            baseline: BaselineTable {
                file: other.baseline.file.or(self.baseline.file),
                only_new: other.baseline.only_new.or(self.baseline.only_new),
                ratchet: other.baseline.ratchet.or(self.baseline.ratchet),
            },
            thresholds: extended(self.thresholds, other.thresholds),
            settings: extended(self.settings, other.settings),
            bounds: self.bounds.into_iter().chain(other.bounds).collect(),
        }
    }

    /// The first key that only a gate can have.
    pub(super) fn key_of_a_gate(&self) -> Option<&'static str> {
        let keys = [
            ("custom", self.custom),
            ("groups", self.groups.is_some()),
            ("waivers", self.waivers.is_some()),
            ("baseline", self.baseline != BaselineTable::default()),
        ];
        let set = keys.into_iter().find(|(_, set)| *set);
        set.map(|(key, _)| key)
    }

    /// What it asks of each report, and where it says nothing what `defaults` says.
    pub(super) fn report_rules(&self, defaults: &Self) -> ReportRules {
        let standard = ReportRules::standard();
        let accepts = self.accepts.as_ref().or(defaults.accepts.as_ref());
        let age = self.max_report_age.or(defaults.max_report_age);
        ReportRules {
            accepts: accepts.cloned().unwrap_or(standard.accepts),
            allow_quarantined: self
                .allow_quarantined
                .or(defaults.allow_quarantined)
                .unwrap_or(standard.allow_quarantined),
            max_age: age.map_or(standard.max_age, |limit| limit.0),
            require_subject_match: self
                .require_subject_match
                .or(defaults.require_subject_match)
                .unwrap_or(standard.require_subject_match),
        }
    }
}

fn extended(mut values: RawValues, other: RawValues) -> RawValues {
    values.0.extend(other.0);
    values
}

/// How old something may be: an age, or `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AgeLimit(pub(crate) Option<Age>);

impl FromStr for AgeLimit {
    type Err = NotAnAge;

    fn from_str(text: &str) -> std::result::Result<Self, NotAnAge> {
        match text {
            "unlimited" => Ok(Self(None)),
            age => Ok(Self(Some(age.parse()?))),
        }
    }
}

impl<'de> Deserialize<'de> for AgeLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
