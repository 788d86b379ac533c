//! `gate thresholds history`: the values that a parameter had.

use std::fmt;
use std::path::Path;

use gate_aws::ssm::{Past, Place};
use gate_core::exit_code::ExitCode;
use gate_report::text::safe;
use serde::Serialize;

use super::Context;
use crate::cli::ThresholdHistory;
use crate::failure::Result;

#[derive(Debug, Serialize)]
struct History {
    format: &'static str,
    parameter: String,
    /// The newest first.
    versions: Vec<Past>,
}

pub(super) fn history(config: Option<&Path>, args: &ThresholdHistory) -> Result<ExitCode> {
    let context = Context::new(config, args.environment.as_ref())?;
    let place = if args.name.starts_with(Place::SCHEME) {
        context.place(Some(Path::new(&args.name)))?
    } else {
        let path = context.place(None)?;
        Place::parse(&format!("{}{}/{}", Place::SCHEME, path.name(), args.name))?
    };
    let history = History {
        format: "gate-thresholds-history/1",
        parameter: place.name().to_owned(),
        versions: context.store()?.history(&place)?,
    };
    args.output.write(&history, || &history)?;
    Ok(ExitCode::Open)
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "parameter {}", safe(&self.parameter))?;
        for past in &self.versions {
            let by = past.by.as_deref().unwrap_or("nobody knows whom");
            let labels = match past.labels.as_slice() {
                [] => String::new(),
                labels => format!(" [{}]", labels.join(", ")),
            };
            let Past {
                version,
                last_modified,
                text,
                ..
            } = past;
            writeln!(
                f,
                "  {version}{} at {last_modified} by {}",
                safe(&labels),
                safe(by)
            )?;
            writeln!(f, "    {}", safe(text))?;
        }
        Ok(())
    }
}
