//! `gate policy inspect`: what a policy is.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use gate_core::policy::{Description, PolicyFailure};
use gate_core::request::Limits;
use gate_core::threshold::Parameter;
use gate_report::text::safe;
use gate_runtime::LoadedPolicy;

use crate::cli::Inspect;
use crate::failure::{Failure, Result};
use crate::{policies, standard};

pub(crate) fn inspect(args: &Inspect) -> Result<ExitCode> {
    let mut runtime = policies::runtime(&Limits::STANDARD)?;
    let inspected = match standard::find(&args.policy) {
        Some(embedded) => Inspected::new(runtime.load_embedded(embedded), embedded.component())?,
        None => {
            let component = policies::read_component(Path::new(&args.policy))?;
            Inspected::new(runtime.load(&component), &component)?
        }
    };
    args.output.write(&inspected, || &inspected)?;
    Ok(ExitCode::Open)
}

/// A policy as it is shown.
#[derive(Debug, Serialize)]
pub(crate) struct Inspected {
    format: &'static str,
    digest: Digest,
    size: usize,
    #[serde(flatten)]
    description: Description,
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Inspected {
    /// What a component is, or why it is no policy.
    pub(crate) fn new(
        loaded: std::result::Result<LoadedPolicy, PolicyFailure>,
        component: &[u8],
    ) -> Result<Self> {
        let LoadedPolicy {
            digest,
            description,
            imports,
            exports,
        } = loaded.map_err(|failure| {
            Failure::new(
                failure.code(),
                format!("the policy can't be used: {failure}"),
            )
        })?;
        let size = component.len();
        Ok(Self {
            format: "gate-policy/1",
            digest,
            size,
            description,
            imports,
            exports,
        })
    }
}

impl fmt::Display for Inspected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            digest,
            size,
            description,
            imports,
            exports,
            ..
        } = self;
        writeln!(
            f,
            "{} {}",
            safe(&description.name),
            safe(&description.version)
        )?;
        writeln!(f, "  {}", safe(&description.question))?;
        writeln!(f, "\ndigest   {digest} ({size} bytes)")?;
        let list = |names: &[String]| match names {
            [] => "nothing".to_owned(),
            names => safe(&names.join(", ")).into_owned(),
        };
        writeln!(f, "imports  {}", list(imports))?;
        writeln!(f, "exports  {}", list(exports))?;
        writeln!(f, "reads    {}", list(&description.reads))?;
        for (title, parameters) in [
            ("thresholds", &description.thresholds),
            ("settings", &description.settings),
        ] {
            if !parameters.is_empty() {
                writeln!(f, "\n{title}:")?;
            }
            for Parameter {
                name,
                default,
                meaning,
                ..
            } in parameters
            {
                writeln!(f, "  {} = {}", safe(name), safe(&default.to_string()))?;
                writeln!(f, "      {}", safe(meaning))?;
            }
        }
        Ok(())
    }
}
