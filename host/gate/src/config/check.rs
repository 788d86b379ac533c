//! From the tables of two files to one profile, or to what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gate_adapters::registry;
use gate_core::gate::{STANDARD_GATES, is_name};
use gate_core::waiver::WaiverRules;

use crate::adapters::AdapterSource;
use crate::config::file::{AdapterTable, Environments, File, Table, VariantTable, WaiversTable};
use crate::config::gates::Maker;
use crate::config::signing::{SigningRules, VerifyRules};
use crate::config::thresholds::ThresholdRules;
use crate::config::trust::Feeds;
use crate::config::values::Sheet;
use crate::config::{Gates, Invalid, Profile, invalid, select};
use crate::place::Place;
use crate::standard;

type Result<T> = std::result::Result<T, Invalid>;

impl Profile {
    /// The profile that two files make, the second over the first.
    pub(super) fn check(base: File, own: File, folder: &Path, source: &str) -> Result<Self> {
        if own.format != 1 {
            let what = format!("`format` is {}, and this program reads 1", own.format);
            return Err(invalid(what));
        }
        let scope = own.scope.or(base.scope).unwrap_or_default();
        if scope.trim().is_empty() {
            return Err(invalid("`scope` is empty".to_owned()));
        }
        let mut policies = BTreeMap::new();
        for (name, policy) in own.policies {
            if !is_name(&name) || standard::find(&name).is_some() {
                let what = format!(
                    "`policies.{name}` needs a name of its own, of lower-case letters, digits and hyphens"
                );
                return Err(invalid(what));
            }
            let key = format!("policies.{name}.path");
            policies.extend(beside(folder, Some(policy.path), &key)?.map(|path| (name, path)));
        }

        let defaults = base.defaults.overlaid_by(own.defaults);
        check_defaults(&defaults, "")?;
        let mut tables = base.gates;
        for (name, table) in own.gates {
            if !STANDARD_GATES.contains(&name.as_str()) && !table.custom {
                let what = format!("`gates.{name}` is not one of the standard gates");
                let help = format!(
                    "use one of {}, or add `custom = true` if you mean a gate of your own",
                    STANDARD_GATES.join(", ")
                );
                return Err(invalid(what).help(help));
            }
            let base: Table = tables.remove(&name).unwrap_or_default();
            tables.insert(name, base.overlaid_by(table));
        }
        check_environments(&own.environments, &tables, "")?;
        let environments: BTreeSet<String> = own.environments.keys().cloned().collect();
        let selectors = select::selectors(own.select, &own.variants)?;
        let waivers = beside(folder, own.waivers.file.clone(), "waivers.file")?;
        let waiver_rules = waiver_rules(own.waivers)?;
        let maker = Maker {
            folder,
            policies: &policies,
            waiver_rules: &waiver_rules,
            environments: &environments,
        };
        let sheet = Sheet {
            variant: None,
            defaults: &defaults,
            gates: &tables,
            environments: &own.environments,
        };
        let gates = maker.gates(&defaults, tables.clone(), &[sheet], "")?;
        let mut variants = BTreeMap::new();
        for (name, variant) in &own.variants {
            let above = Sheet {
                variant: Some(name),
                defaults: &variant.defaults,
                gates: &variant.gates,
                environments: &variant.environments,
            };
            let gates = variant_gates(&maker, name, variant, [sheet, above])?;
            variants.insert(name.clone(), gates);
        }
        Ok(Self {
            scope,
            folder: folder.to_path_buf(),
            source: source.to_owned(),
            adapters: adapters(own.adapters, folder)?,
            environments,
            selectors,
            waivers,
            trusted: own.vex.trusted,
            feeds: Feeds::new(own.feeds, folder)?,
            evidence: Place::of_profile(own.evidence.store.as_deref(), folder)
                .map_err(|error| invalid(format!("`evidence.store`: {error}")))?,
            thresholds: ThresholdRules::new(own.thresholds, folder)?,
            publish: own.publish.checked()?,
            aws: gate_aws::Options {
                region: own.aws.region,
                endpoint: own.aws.endpoint,
            },
            signing: SigningRules::new(own.signing, folder)?,
            verify: VerifyRules::new(own.verify, folder)?,
            gates,
            variants,
        })
    }
}

/// What each gate asks in a variant: its tables lie over the profile's.
fn variant_gates(
    maker: &Maker<'_>,
    name: &str,
    variant: &VariantTable,
    sheets: [Sheet<'_>; 2],
) -> Result<Gates> {
    let [base, _] = sheets;
    let place = format!("variants.{name}.");
    check_defaults(&variant.defaults, &place)?;
    check_environments(&variant.environments, base.gates, &place)?;
    let known = |environment: &&String| !base.environments.contains_key(*environment);
    if let Some(unknown) = variant.environments.keys().find(known) {
        let what = format!("`{place}environments.{unknown}` is no environment of the profile");
        return Err(invalid(what).help(format!("add `[environments.{unknown}]`")));
    }
    let mut tables = base.gates.clone();
    for (gate, table) in &variant.gates {
        let key = format!("{place}gates.{gate}");
        let Some(base) = tables.remove(gate) else {
            return Err(invalid(format!("`{key}` is no gate of the profile")));
        };
        if table.custom {
            return Err(invalid(format!(
                "`{key}.custom`: a variant has the profile's gates"
            )));
        }
        tables.insert(gate.clone(), base.overlaid_by(table.clone()));
    }
    let defaults = base.defaults.clone().overlaid_by(variant.defaults.clone());
    maker.gates(&defaults, tables, &sheets, &place)
}

fn check_defaults(defaults: &Table, place: &str) -> Result<()> {
    defaults.key_of_a_gate().map_or(Ok(()), |key| {
        let what = format!("`{place}defaults.{key}` can stand at a gate alone");
        Err(invalid(what).help(format!("move it to `[{place}gates.NAME]`")))
    })
}

fn check_environments(
    environments: &Environments,
    gates: &BTreeMap<String, Table>,
    place: &str,
) -> Result<()> {
    for (name, table) in environments {
        let key = format!("{place}environments.{name}");
        if !is_name(name) {
            let what = format!("`{key}` needs a name of lower-case letters, digits and hyphens");
            return Err(invalid(what));
        }
        if let Some(gate) = table.gates.keys().find(|gate| !gates.contains_key(*gate)) {
            return Err(invalid(format!(
                "`{key}.gates.{gate}` is no gate of the profile"
            )));
        }
    }
    Ok(())
}

/// What a waiver may be at every gate that says nothing else.
fn waiver_rules(table: WaiversTable) -> Result<WaiverRules> {
    if let Some((level, _)) = table.approvals.iter().find(|(_, people)| **people == 0) {
        let what =
            format!("`waivers.approvals.{level}` is 0, and a waiver is what somebody approved");
        return Err(invalid(what));
    }
    if table.unwaivable.iter().any(|id| id.trim().is_empty()) {
        return Err(invalid(
            "`waivers.unwaivable` has an id that is empty".to_owned(),
        ));
    }
    Ok(WaiverRules {
        approvals: table.approvals,
        budget: table.budget,
        longest: table.longest,
        unwaivable: table.unwaivable,
    })
}

/// A file that the profile names, from the folder where the profile is.
pub(super) fn beside(folder: &Path, named: Option<PathBuf>, key: &str) -> Result<Option<PathBuf>> {
    match named {
        Some(path) if path.as_os_str().is_empty() => Err(invalid(format!("`{key}` is empty"))),
        named => Ok(named.map(|path| folder.join(path))),
    }
}

/// The adapters that a profile names.
fn adapters(tables: BTreeMap<String, AdapterTable>, folder: &Path) -> Result<Vec<AdapterSource>> {
    let source = |(tool, table): (String, AdapterTable)| {
        if !is_name(&tool) {
            return Err(invalid(format!(
                "`adapters.{tool}` needs the tool's name in lower case: letters, digits and hyphens"
            )));
        }
        if !registry::of_tool(&tool).is_empty() {
            return Err(invalid(format!(
                "`adapters.{tool}` names a tool whose reports the program reads itself"
            )));
        }
        if table.component.as_os_str().is_empty() {
            return Err(invalid(format!("`adapters.{tool}.component` is empty")));
        }
        Ok(AdapterSource {
            path: folder.join(table.component),
            digest: table.digest,
            tool,
        })
    };
    tables.into_iter().map(source).collect()
}
