//! The profile: what each gate asks. Read from `gate.toml` over the embedded default, then one validated value.

mod file;
mod trust;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gate_adapters::registry;
use gate_core::code::Code;
use gate_core::gate::{GateName, STANDARD_GATES, is_name};
use gate_core::request::{ReportRules, Requirement};
use gate_core::threshold::{Layer, RawValue, RawValues};

use crate::adapters::AdapterSource;
use crate::config::file::{AdapterTable, File, Table, read_toml};
use crate::failure::{Failure, Result};
use crate::standard;

pub(crate) use crate::config::file::AgeLimit;
pub(crate) use crate::config::trust::{BaselineRules, Trusted};

/// The embedded profile, as text.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

/// File that is looked for in the working directory.
const FILE: &str = "gate.toml";

/// What each gate asks.
#[derive(Debug)]
pub(crate) struct Profile {
    /// Application or repository that findings belong to.
    pub(crate) scope: String,
    /// The folder that relative paths and the evidence store start from.
    pub(crate) folder: PathBuf,
    /// Where the profile comes from, for people.
    pub(crate) source: String,
    /// Adapters for tools that the program does not know, in order of tool.
    pub(crate) adapters: Vec<AdapterSource>,
    /// Whose statements (VEX) are believed.
    pub(crate) trusted: BTreeSet<Trusted>,
    gates: BTreeMap<GateName, GateProfile>,
}

/// What one gate asks.
#[derive(Debug, Clone)]
pub(crate) struct GateProfile {
    /// Reports that it demands.
    pub(crate) require: Vec<Requirement>,
    /// What it asks of each report.
    pub(crate) report_rules: ReportRules,
    /// Its policies, in order of name.
    pub(crate) policies: Vec<PolicySource>,
    /// What its findings are compared with.
    pub(crate) baseline: BaselineRules,
    /// Thresholds that hold for every gate.
    pub(crate) defaults: Layer,
    /// Thresholds of this gate.
    pub(crate) own: Layer,
    /// Whether the profile has policies of its own, which may read what no other does.
    pub(crate) custom_policies: bool,
}

/// A policy, and where its component is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PolicySource {
    /// Name, as the profile calls it.
    pub(crate) name: String,
    /// File of the component; a standard policy when absent.
    pub(crate) path: Option<PathBuf>,
}

impl GateProfile {
    /// The profile's thresholds for this gate: its own in place of those for every gate.
    pub(crate) fn thresholds(&self) -> BTreeMap<String, RawValue> {
        let mut values = self.defaults.values.clone();
        values.extend(self.own.values.clone());
        values
    }
}

impl Profile {
    /// Reads `gate.toml` from the working directory, or the file that was named, or takes the embedded default.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self> {
        let path = named.unwrap_or(Path::new(FILE));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => {
                return Self::parse(None, Path::new(""), "the embedded default");
            }
            Err(error) => {
                let message = format!("reading `{}`: {error}", path.display());
                return Err(Failure::new(Code::ConfigInvalid, message));
            }
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(Some(&text), folder, &path.display().to_string())
    }

    /// The gate of this name.
    pub(crate) fn gate(&self, name: &str) -> Result<(&GateName, &GateProfile)> {
        let found = self.gates.iter().find(|(gate, _)| gate.as_str() == name);
        found.ok_or_else(|| {
            let known: Vec<_> = self.names().collect();
            Failure::new(
                Code::GateUnknown,
                format!("the profile has no gate `{name}`"),
            )
            .help(format!("use one of {}", known.join(", ")))
        })
    }

    /// The tools whose reports can be read, in order of name.
    pub(crate) fn tools(&self) -> Vec<&str> {
        let own = self.adapters.iter().map(|adapter| &*adapter.tool);
        let native = registry::ADAPTERS.iter().map(|adapter| adapter.tool);
        let mut tools: Vec<_> = native.chain(own).collect();
        tools.sort_unstable();
        tools.dedup();
        tools
    }

    /// Names of the gates: the standard ones in the order of a pipeline, then the others.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.gates.keys().map(GateName::as_str);
        STANDARD_GATES
            .into_iter()
            .chain(own.filter(|name| !STANDARD_GATES.contains(name)))
    }

    fn parse(own: Option<&str>, folder: &Path, source: &str) -> Result<Self> {
        let base = read_toml(DEFAULT, "the embedded default")?;
        let own = match own {
            Some(text) => read_toml(text, source)?,
            None => File {
                format: 1,
                ..File::default()
            },
        };
        let invalid =
            |what: String| Failure::new(Code::ConfigInvalid, format!("`{source}`: {what}"));
        if own.format != 1 {
            let what = format!("`format` is {}, and this program reads 1", own.format);
            return Err(invalid(what));
        }
        for (name, policy) in &own.policies {
            if !is_name(name) || standard::find(name).is_some() {
                let what = format!(
                    "`policies.{name}` needs a name of its own, of lower-case letters, digits and hyphens"
                );
                return Err(invalid(what));
            }
            if policy.path.as_os_str().is_empty() {
                return Err(invalid(format!("`policies.{name}.path` is empty")));
            }
        }
        let own_policies = |name: &String| -> Result<PolicySource> {
            let defined = own
                .policies
                .get(name)
                .map(|policy| folder.join(&policy.path));
            if defined.is_none() && standard::find(name).is_none() {
                let standard: Vec<_> = standard::STANDARD.iter().map(|(name, _)| *name).collect();
                let what = format!("there is no policy `{name}`");
                return Err(invalid(what).help(format!(
                    "use a standard one ({}), or say where yours is: `[policies.{name}]` with `path = \"…\"`",
                    standard.join(", ")
                )));
            }
            Ok(PolicySource {
                name: name.clone(),
                path: defined,
            })
        };

        let defaults = base.defaults.overlaid_by(own.defaults);
        let mut gates = BTreeMap::new();
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
        for (name, table) in tables {
            let gate = GateName::new(&name).map_err(|e| invalid(format!("`gates.{name}`: {e}")))?;
            let report_rules = table.report_rules(&defaults);
            if report_rules.accepts.is_empty() {
                let what = format!("`gates.{name}` accepts no kind of report");
                return Err(invalid(what).help("say `accepts = [\"scan\"]`, or leave it out"));
            }
            let require = table
                .require
                .or_else(|| defaults.require.clone())
                .unwrap_or_default();
            let require = require
                .into_iter()
                .map(|r| Requirement {
                    tool: r.tool,
                    at_least: r.at_least,
                })
                .collect::<Vec<_>>();
            if require.iter().all(|requirement| requirement.at_least == 0) {
                let what =
                    format!("`gates.{name}` demands no report, so it would pass when nothing ran");
                return Err(
                    invalid(what).help("say `require = [{ at-least = 1 }]`, or leave it out")
                );
            }
            // Not only tools that have an adapter: SARIF can be any tool's. A name that no report has is an
            // error at the gate.
            let mut named = require
                .iter()
                .filter_map(|requirement| requirement.tool.as_ref());
            if let Some(tool) = named.find(|tool| !is_name(tool)) {
                let what = format!("`gates.{name}.require` names the tool `{tool}`");
                return Err(
                    invalid(what).help("write the tool's name in lower case, as in `trivy`")
                );
            }
            let names = table
                .policies
                .or_else(|| defaults.policies.clone())
                .unwrap_or_default();
            let mut policies = names.iter().map(own_policies).collect::<Result<Vec<_>>>()?;
            policies.sort();
            policies.dedup();
            let layer = |source: &str, values: RawValues| Layer {
                source: source.to_owned(),
                values: values.0,
            };
            let profile = GateProfile {
                require,
                report_rules,
                policies,
                baseline: BaselineRules::new(table.baseline, folder),
                defaults: layer("profile defaults", defaults.thresholds.clone()),
                own: layer(&format!("profile gates.{name}"), table.thresholds),
                custom_policies: !own.policies.is_empty(),
            };
            gates.insert(gate, profile);
        }
        let scope = own.scope.or(base.scope).unwrap_or_default();
        if scope.trim().is_empty() {
            return Err(invalid("`scope` is empty".to_owned()));
        }
        Ok(Self {
            scope,
            folder: folder.to_path_buf(),
            source: source.to_owned(),
            adapters: adapters(own.adapters, folder).map_err(invalid)?,
            trusted: own.vex.trusted,
            gates,
        })
    }
}

/// The adapters that a profile names.
fn adapters(
    tables: BTreeMap<String, AdapterTable>,
    folder: &Path,
) -> std::result::Result<Vec<AdapterSource>, String> {
    let source = |(tool, table): (String, AdapterTable)| {
        if !is_name(&tool) {
            return Err(format!(
                "`adapters.{tool}` needs the tool's name in lower case: letters, digits and hyphens"
            ));
        }
        if !registry::of_tool(&tool).is_empty() {
            return Err(format!(
                "`adapters.{tool}` names a tool whose reports the program reads itself"
            ));
        }
        if table.component.as_os_str().is_empty() {
            return Err(format!("`adapters.{tool}.component` is empty"));
        }
        Ok(AdapterSource {
            path: folder.join(table.component),
            digest: table.digest,
            tool,
        })
    };
    tables.into_iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use gate_core::digest::Digest;

    use super::*;

    fn error(text: &str) -> String {
        Profile::parse(Some(text), Path::new(""), "gate.toml")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_embedded_profile_has_the_standard_gates() {
        let profile = Profile::parse(None, Path::new(""), "default").unwrap();
        assert_eq!(profile.names().collect::<Vec<_>>(), STANDARD_GATES);
        let (_, image) = profile.gate("image").unwrap();
        assert_eq!(image.policies.len(), 3);
        assert_eq!(
            image.require,
            [Requirement {
                tool: None,
                at_least: 1
            }]
        );
    }

    #[test]
    fn what_a_file_does_not_say_is_as_in_the_embedded_profile() {
        let text = "format = 1\n[gates.image]\npolicies = [\"secret-in-source\"]\n";
        let profile = Profile::parse(Some(text), Path::new(""), "gate.toml").unwrap();
        assert_eq!(profile.gate("image").unwrap().1.policies.len(), 1);
        assert_eq!(profile.gate("image").unwrap().1.require.len(), 1);
        assert_eq!(profile.gate("sca").unwrap().1.policies.len(), 3);
    }

    #[test]
    fn what_a_gate_asks_of_its_reports_is_its_own_then_the_defaults() {
        let text = "format = 1\n\
            [defaults]\nmax-report-age = \"7d\"\nallow-quarantined = 2\nrequire-subject-match = true\n\
            [gates.image]\nmax-report-age = \"24h\"\nallow-quarantined = 0\n\
            [gates.sast]\nmax-report-age = \"unlimited\"\naccepts = [\"scan\", \"measurement\"]\n\
            [gates.sbom]\nrequire-subject-match = false\n";
        let profile = Profile::parse(Some(text), Path::new(""), "gate.toml").unwrap();
        for (gate, accepts, age, quarantined, matched) in [
            ("image", "Scan", Some("1d"), 0, true),
            ("sast", "Scan, Measurement", None, 2, true),
            // The embedded profile's own word for this gate holds where the file says nothing else.
            ("sbom", "Inventory", Some("7d"), 2, false),
            ("sca", "Scan", Some("7d"), 2, true),
        ] {
            let rules = &profile.gate(gate).unwrap().1.report_rules;
            assert_eq!(
                format!("{:?}", rules.accepts),
                format!("{{{accepts}}}"),
                "{gate}"
            );
            let seen = rules.max_age.map(|age| age.to_string());
            assert_eq!(seen.as_deref(), age, "{gate}");
            let seen = (rules.allow_quarantined, rules.require_subject_match);
            assert_eq!(seen, (quarantined, matched), "{gate}");
        }
    }

    #[test]
    fn every_mistake_is_named() {
        let adapter = |tool: &str, component: &str| {
            let digest = Digest::of(b"");
            format!(
                "format = 1\n[adapters.{tool}]\ncomponent = \"{component}\"\ndigest = \"{digest}\""
            )
        };
        for (text, what) in [
            ("", "missing field `format`"),
            ("format = 2", "`format` is 2"),
            ("format = 1\nformat = 1", "duplicate key"),
            ("format = 1\nsurprise = 1", "unknown field `surprise`"),
            (
                "format = 1\n[gates.imgae]",
                "`gates.imgae` is not one of the standard gates",
            ),
            (
                "format = 1\n[gates.image]\npolicies = [\"severity\"]",
                "there is no policy `severity`",
            ),
            (
                "format = 1\n[gates.image]\nrequire = [{ at-least = -1 }]",
                "line 3",
            ),
            (
                "format = 1\n[gates.image]\nrequire = [{ tool = \"Trivy\", at-least = 1 }]",
                "names the tool `Trivy`",
            ),
            (
                "format = 1\n[policies.severity-over-budget]\npath = \"x\"",
                "needs a name of its own",
            ),
            ("format = 1\nscope = \" \"", "`scope` is empty"),
            (
                "format = 1\n[gates.image]\nrequire = []",
                "demands no report",
            ),
            (
                "format = 1\n[gates.image]\nrequire = [{ at-least = 0 }]",
                "demands no report",
            ),
            (
                "format = 1\n[gates.image]\naccepts = []",
                "accepts no kind of report",
            ),
            (
                "format = 1\n[gates.image]\naccepts = [\"sbom\"]",
                "unknown variant `sbom`",
            ),
            (
                "format = 1\n[gates.image]\nmax-report-age = \"1 day\"",
                "expected a whole number with a unit",
            ),
            (
                "format = 1\n[gates.image]\nallow-quarantined = -1",
                "line 3",
            ),
            (
                "format = 1\n[gates.image]\nrequire-subject-match = \"yes\"",
                "line 3",
            ),
            (
                "format = 1\n[defaults.thresholds]\nmax-high = 1.5",
                "line 3",
            ),
            (
                "format = 1\n[adapters.acme]\ncomponent = \"a.wasm\"",
                "missing field `digest`",
            ),
            (
                "format = 1\n[adapters.acme]\ncomponent = \"a.wasm\"\ndigest = \"sha256:00\"",
                "expected `sha256:` and 64 lower-case hexadecimal digits",
            ),
            (
                &adapter("Acme", "a.wasm"),
                "`adapters.Acme` needs the tool's name in lower case",
            ),
            (
                &adapter("trivy", "a.wasm"),
                "`adapters.trivy` names a tool whose reports the program reads itself",
            ),
            (&adapter("acme", ""), "`adapters.acme.component` is empty"),
        ] {
            let error = error(text);
            assert!(error.contains(what), "{error}");
        }
    }
}
