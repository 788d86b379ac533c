//! The profile: what each gate asks. Read from `gate.toml` over the embedded default, then one validated value.

mod check;
mod entry;
mod file;
mod gates;
mod select;
mod signing;
mod thresholds;
mod trust;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gate_adapters::registry;
use gate_core::code::Code;
use gate_core::gate::{GateName, STANDARD_GATES};
use gate_core::request::Subject;

use crate::adapters::AdapterSource;
use crate::config::file::{File, read_toml};
use crate::failure::{Failure, Result};
use crate::place::Place;

pub(crate) use crate::config::file::AgeLimit;
pub(crate) use crate::config::gates::{GateProfile, PolicySource};
pub(crate) use crate::config::select::Selector;
pub(crate) use crate::config::signing::{
    KeyName, ResourceTemplate, SigningRules, VerifyRules, verifier,
};
pub(crate) use crate::config::thresholds::{Export, ThresholdRules};
pub(crate) use crate::config::trust::{BaselineRules, Feeds, Trusted};
pub(crate) use crate::config::values::{Values, last};

/// The embedded profile, as text.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

/// File that is looked for in the working directory.
const FILE: &str = "gate.toml";

/// What the gates ask.
#[derive(Debug)]
pub(crate) struct Profile {
    /// Application or repository that findings belong to.
    pub(crate) scope: String,
    /// The folder that relative paths start from.
    pub(crate) folder: PathBuf,
    /// Where the profile comes from, for people.
    pub(crate) source: String,
    /// Adapters for tools that the program does not know, in order of tool.
    pub(crate) adapters: Vec<AdapterSource>,
    /// Where subjects go. With any, each evaluation is for one of them.
    pub(crate) environments: BTreeSet<String>,
    /// Which subjects or applications the variants are for; the first that is like it holds.
    pub(crate) selectors: Vec<Selector>,
    /// File of the accepted risks.
    pub(crate) waivers: Option<PathBuf>,
    /// Whose statements (VEX) are believed.
    pub(crate) trusted: BTreeSet<Trusted>,
    /// What is known of vulnerabilities from elsewhere.
    pub(crate) feeds: Feeds,
    /// Where evidence is kept.
    pub(crate) evidence: Place,
    /// Where thresholds come from beside the profile.
    pub(crate) thresholds: ThresholdRules,
    /// What of the standard settings of AWS it overrides.
    pub(crate) aws: gate_aws::Options,
    /// How verdicts are signed.
    pub(crate) signing: SigningRules,
    /// What a deploy step asks of signed verdicts.
    pub(crate) verify: VerifyRules,
    /// What each gate asks where no variant is selected.
    pub(crate) gates: Gates,
    /// What each gate asks in each variant.
    pub(crate) variants: BTreeMap<String, Gates>,
}

/// What each gate asks.
pub(crate) type Gates = BTreeMap<GateName, GateProfile>;

/// What is asked of one subject at one gate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The gate.
    pub(crate) gate: &'a GateName,
    /// What it asks.
    pub(crate) profile: &'a GateProfile,
    /// What its policies are given.
    pub(crate) values: &'a Values,
    /// Where the subject is to go.
    pub(crate) environment: Option<&'a str>,
    /// The variant that was selected.
    pub(crate) variant: Option<&'a str>,
}

/// What is wrong with a profile, before it is said which.
#[derive(Debug)]
struct Invalid {
    what: String,
    help: Option<String>,
}

fn invalid(what: String) -> Invalid {
    Invalid { what, help: None }
}

impl Invalid {
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn of(self, source: &str) -> Failure {
        let failure = Failure::new(Code::ConfigInvalid, format!("`{source}`: {}", self.what));
        match self.help {
            Some(help) => failure.help(help),
            None => failure,
        }
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

    /// What is asked of a subject at the gate of this name. The subject and the scope select the variant.
    pub(crate) fn asked<'a>(
        &'a self,
        gate: &str,
        environment: Option<&'a str>,
        subject: Option<&Subject>,
    ) -> Result<Asked<'a>> {
        let (variant, gate, profile) = self.gate(gate, subject)?;
        self.check_environment(environment)?;
        let values = environment.and_then(|name| profile.environments.get(name));
        Ok(Asked {
            gate,
            profile,
            values: values.unwrap_or(&profile.values),
            environment,
            variant,
        })
    }

    /// What the findings of a gate are compared with, for a subject.
    pub(crate) fn baseline_of(
        &self,
        gate: &GateName,
        subject: Option<&Subject>,
    ) -> Result<&BaselineRules> {
        let (_, _, profile) = self.gate(gate.as_str(), subject)?;
        Ok(&profile.baseline)
    }

    /// The variant for a subject, and the gate of this name in it.
    fn gate(
        &self,
        gate: &str,
        subject: Option<&Subject>,
    ) -> Result<(Option<&str>, &GateName, &GateProfile)> {
        let variant = select::variant(&self.selectors, &self.scope, subject)
            .map_err(|error| error.of(&self.source))?;
        let gates = variant.and_then(|variant| self.variants.get(variant));
        let mut gates = gates.unwrap_or(&self.gates).iter();
        let found = gates.find(|(name, _)| name.as_str() == gate);
        let (gate, profile) = found.ok_or_else(|| {
            let known: Vec<_> = self.names().collect();
            let message = format!("the profile has no gate `{gate}`");
            Failure::new(Code::GateUnknown, message)
                .help(format!("use one of {}", known.join(", ")))
        })?;
        Ok((variant, gate, profile))
    }

    /// An environment is one of the profile's. Where the profile has none, any name will do: a waiver can be for it.
    pub(crate) fn check_environment(&self, named: Option<&str>) -> Result<()> {
        let known: Vec<_> = self.environments.iter().map(String::as_str).collect();
        let what = match named {
            None if known.is_empty() => return Ok(()),
            None => "the profile has environments, and none was named".to_owned(),
            Some(name) if name.trim().is_empty() => "`--environment` is empty".to_owned(),
            Some(name) if known.is_empty() || known.contains(&name) => return Ok(()),
            Some(name) => format!("the profile has no environment `{name}`"),
        };
        let failure = Failure::new(Code::ConfigInvalid, what);
        Err(match known.as_slice() {
            [] => failure.help("name where the subject is to go, such as `production`"),
            known => failure.help(format!(
                "say `--environment` with one of {}",
                known.join(", ")
            )),
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
        Self::check(base, own, folder, source).map_err(|error| error.of(source))
    }
}

#[cfg(test)]
mod tests;
