//! `gate thresholds`: what gates are given from where, and writing it.

mod diff;
mod export;
mod history;
mod sheet;
mod show;
mod write;

use std::collections::BTreeSet;
use std::path::Path;

use gate_aws::ssm::{ParameterStore, Place};
use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::gate::GateName;

use crate::aws::Aws;
use crate::cli;
use crate::config::Profile;
use crate::failure::{Failure, Result};
use crate::thresholds::{Source, gates};

pub(crate) fn run(config: Option<&Path>, command: &cli::Thresholds) -> Result<ExitCode> {
    match command {
        cli::Thresholds::Show(args) => show::show(config, args),
        cli::Thresholds::Get(args) => show::get(config, args),
        cli::Thresholds::Set(args) => write::set(config, args),
        cli::Thresholds::Diff(args) => diff::diff(config, args),
        cli::Thresholds::Apply(args) => write::apply(config, args),
        cli::Thresholds::History(args) => history::history(config, args),
        cli::Thresholds::Export(args) => export::export(config, args),
    }
}

/// What every one of these commands begins with.
struct Context {
    profile: Profile,
    gates: BTreeSet<GateName>,
    aws: Aws,
    environment: Option<String>,
}

impl Context {
    fn new(config: Option<&Path>, environment: Option<&String>) -> Result<Self> {
        let profile = Profile::load(config)?;
        Ok(Self {
            gates: gates(&profile),
            aws: Aws::of(&profile),
            environment: environment.cloned(),
            profile,
        })
    }

    /// The source that was named, or the profile's.
    fn source(&self, named: Option<&Path>) -> Result<Source> {
        if let Some(address) = named {
            return Source::parse(address, Path::new(""));
        }
        let environment = self.environment.as_deref();
        let source = self
            .profile
            .thresholds
            .source(&self.profile.scope, environment)?;
        source.ok_or_else(|| {
            Failure::new(Code::ConfigInvalid, "no source of thresholds was named")
                .help("name one, such as `ssm:/gate/shop/production`, or say `source` under `[thresholds]` in the profile")
        })
    }

    /// The place in Parameter Store that was named, or the profile's.
    fn place(&self, named: Option<&Path>) -> Result<Place> {
        match self.source(named)? {
            Source::Store(place) => Ok(place),
            source => {
                let message = format!("`{source}` is not in Parameter Store");
                Err(Failure::new(Code::ConfigInvalid, message)
                    .help("name a path there, such as `ssm:/gate/shop/production`"))
            }
        }
    }

    fn store(&self) -> Result<ParameterStore<'_>> {
        Ok(ParameterStore::new(self.aws.connection()?))
    }

    /// The gate of this name.
    fn gate(&self, name: &str) -> Result<GateName> {
        let found = self.gates.iter().find(|gate| gate.as_str() == name);
        found.cloned().ok_or_else(|| {
            let known: Vec<_> = self.profile.names().collect();
            Failure::new(
                Code::GateUnknown,
                format!("the profile has no gate `{name}`"),
            )
            .help(format!("use one of {}", known.join(", ")))
        })
    }
}
