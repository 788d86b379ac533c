//! From the tables of a profile to what each gate asks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gate_core::composition::{self, Group};
use gate_core::gate::{GateName, is_name};
use gate_core::request::{ReportRules, Requirement, Terms};
use gate_core::waiver::WaiverRules;

use crate::config::entry::{GroupTable, PolicyEntry};
use crate::config::file::{RequireTable, Table};
use crate::config::trust::BaselineRules;
use crate::config::values::{Sheet, Values};
use crate::config::{Invalid, invalid};
use crate::standard;

/// What one gate asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GateProfile {
    /// Reports that it demands.
    pub(crate) require: Vec<Requirement>,
    /// What it asks of each report.
    pub(crate) report_rules: ReportRules,
    /// Its policies, in order of name.
    pub(crate) policies: Vec<PolicySource>,
    /// Policies that are judged together, in order of name.
    pub(crate) groups: Vec<Group>,
    /// What a waiver may be.
    pub(crate) waiver_rules: WaiverRules,
    /// What its findings are compared with.
    pub(crate) baseline: BaselineRules,
    /// What its policies are given outside of any environment.
    pub(crate) values: Values,
    /// What they are given in each environment.
    pub(crate) environments: BTreeMap<String, Values>,
    /// Whether the profile has policies of its own, which may read what no other does.
    pub(crate) custom_policies: bool,
}

/// A policy, where its component is, and how its answer is applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PolicySource {
    /// Name, as the profile calls it.
    pub(crate) name: String,
    /// File of the component; a standard policy when absent.
    pub(crate) path: Option<PathBuf>,
    /// How its answer is applied.
    pub(crate) terms: Terms,
}

/// What gates are made from, beside their tables.
pub(super) struct Maker<'a> {
    pub(super) folder: &'a Path,
    /// The profile's own policies.
    pub(super) policies: &'a BTreeMap<String, PathBuf>,
    pub(super) waiver_rules: &'a WaiverRules,
    pub(super) environments: &'a BTreeSet<String>,
}

impl Maker<'_> {
    /// The gates of some tables; `place` is what stands before their names in the profile.
    pub(super) fn gates(
        &self,
        defaults: &Table,
        tables: BTreeMap<String, Table>,
        sheets: &[Sheet<'_>],
        place: &str,
    ) -> Result<BTreeMap<GateName, GateProfile>, Invalid> {
        let gate = |(name, table): (String, Table)| -> Result<_, Invalid> {
            let key = format!("{place}gates.{name}");
            let gate = GateName::new(&name).map_err(|e| invalid(format!("`{key}`: {e}")))?;
            Ok((gate, self.gate(&name, &key, defaults, table, sheets)?))
        };
        tables.into_iter().map(gate).collect()
    }

    fn gate(
        &self,
        name: &str,
        key: &str,
        defaults: &Table,
        table: Table,
        sheets: &[Sheet<'_>],
    ) -> Result<GateProfile, Invalid> {
        let report_rules = table.report_rules(defaults);
        if report_rules.accepts.is_empty() {
            return Err(invalid(format!("`{key}` accepts no kind of report"))
                .help("say `accepts = [\"scan\"]`, or leave it out"));
        }
        let required = table.require.or_else(|| defaults.require.clone());
        let entries = table.policies.or_else(|| defaults.policies.clone());
        let policies = self.policies(key, entries.unwrap_or_default())?;
        let groups = groups(key, table.groups.unwrap_or_default(), &policies)?;
        let values = |environment: Option<&str>| {
            Values::of(sheets, name, environment).map_err(|contradiction| {
                invalid(format!("`{key}`: {contradiction}"))
                    .help("bound a threshold from one side: `at-most` or `at-least`")
            })
        };
        let of_environment =
            |name: &String| -> Result<_, Invalid> { Ok((name.clone(), values(Some(name))?)) };
        let environments = self.environments.iter().map(of_environment);
        let budget = table.waivers.map(|waivers| waivers.budget);
        Ok(GateProfile {
            require: requirements(key, required.unwrap_or_default())?,
            report_rules,
            policies,
            groups,
            waiver_rules: WaiverRules {
                budget: budget.or(self.waiver_rules.budget),
                ..self.waiver_rules.clone()
            },
            baseline: BaselineRules::new(table.baseline, self.folder, key)?,
            values: values(None)?,
            environments: environments.collect::<Result<_, _>>()?,
            custom_policies: !self.policies.is_empty(),
        })
    }

    /// The policies of a gate, in order of name.
    fn policies(&self, key: &str, entries: Vec<PolicyEntry>) -> Result<Vec<PolicySource>, Invalid> {
        let mut policies = Vec::new();
        for PolicyEntry { name, terms } in entries {
            let own = self.policies.get(&name).cloned();
            if own.is_none() && standard::find(&name).is_none() {
                let standard: Vec<_> = standard::STANDARD.iter().map(|(name, _)| *name).collect();
                let what = format!("`{key}`: there is no policy `{name}`");
                return Err(invalid(what).help(format!(
                    "use a standard one ({}), or say where yours is: `[policies.{name}]` with `path = \"…\"`",
                    standard.join(", ")
                )));
            }
            policies.push(PolicySource {
                name,
                path: own,
                terms,
            });
        }
        policies.sort();
        if let Some([twice, _]) = policies.array_windows().find(|[a, b]| a.name == b.name) {
            let what = format!("`{key}` names the policy `{}` twice", twice.name);
            return Err(invalid(what).help("keep the one whose terms you mean"));
        }
        Ok(policies)
    }
}

fn requirements(key: &str, tables: Vec<RequireTable>) -> Result<Vec<Requirement>, Invalid> {
    if tables.iter().all(|required| required.at_least == 0) {
        let what = format!("`{key}` demands no report, so it would pass when nothing ran");
        return Err(invalid(what).help("say `require = [{ at-least = 1 }]`, or leave it out"));
    }
    // Not only tools that have an adapter: SARIF can be any tool's. A name that no report has is an error at the gate.
    let mut named = tables.iter().filter_map(|required| required.tool.as_ref());
    if let Some(tool) = named.find(|tool| !is_name(tool)) {
        let what = format!("`{key}.require` names the tool `{tool}`");
        return Err(invalid(what).help("write the tool's name in lower case, as in `trivy`"));
    }
    let requirement = |RequireTable { tool, at_least }| Requirement { tool, at_least };
    Ok(tables.into_iter().map(requirement).collect())
}

fn groups(
    key: &str,
    tables: BTreeMap<String, GroupTable>,
    policies: &[PolicySource],
) -> Result<Vec<Group>, Invalid> {
    let groups = tables.into_iter().map(|(name, table)| table.group(name));
    let groups = groups.collect::<Result<Vec<_>, _>>();
    let groups = groups.map_err(|what| invalid(format!("`{key}.groups`: {what}")))?;
    let names: Vec<&str> = policies.iter().map(|policy| &*policy.name).collect();
    composition::check(&groups, &names)
        .map_err(|what| invalid(format!("`{key}.groups`: {what}")))?;
    Ok(groups)
}
