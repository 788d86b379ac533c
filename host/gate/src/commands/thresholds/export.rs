//! `gate thresholds export`: what stands in Parameter Store, for when it can't be reached.

use std::fmt;
use std::path::Path;

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::ports::Signer;
use gate_core::time::Moment;
use gate_evidence::write_whole;
use gate_report::text::safe;
use serde::Serialize;

use super::Context;
use crate::cli::{ExportThresholds, Output};
use crate::commands::evaluate::moment;
use crate::failure::{Failure, Result};
use crate::signing::key_file;
use crate::thresholds::Exported;

/// An export that was written.
#[derive(Debug, Serialize)]
struct Written {
    format: &'static str,
    file: String,
    source: String,
    exported_at: Moment,
    /// How many parameters are in it.
    parameters: usize,
    /// The key's fingerprint, as `ssh-keygen -lf` shows it.
    signed_by: Option<String>,
}

pub(super) fn export(config: Option<&Path>, args: &ExportThresholds) -> Result<ExitCode> {
    let context = Context::new(config, args.environment.as_ref())?;
    let place = context.place(args.from.as_deref())?;
    let key = args.sign_key.as_deref().map(key_file).transpose()?;
    let parameters = context.store()?.parameters(&place, &context.gates)?;
    if parameters.is_empty() {
        let message = format!("there is no parameter at {place}");
        return Err(Failure::new(Code::ThresholdsUnreadable, message)
            .help("name the path where thresholds are"));
    }
    // What no gate could read is no good later, either.
    gate_aws::ssm::valued(&place, &parameters, &context.gates)?;
    let count = parameters.len();
    let export = Exported::new(&place, parameters, moment(None)?);
    let signer = key.as_ref().map(|key| key as &dyn Signer);
    let bytes = export.to_bytes(signer);
    let bytes = bytes.map_err(|why| Failure::new(Code::KeyInvalid, why))?;
    write_whole(&args.export, &bytes).map_err(|error| {
        let message = format!("writing the export to `{}`: {error}", args.export.display());
        Failure::new(Code::AnswerNotWritten, message)
            .help("check the path, its folder's permissions and its free space")
    })?;
    let written = Written {
        format: "gate-thresholds-export-summary/1",
        file: args.export.display().to_string(),
        source: place.to_string(),
        exported_at: export.exported_at(),
        parameters: count,
        signed_by: key.map(|key| key.public().fingerprint()),
    };
    let output = Output {
        format: args.format,
        ..Output::human()
    };
    output.write(&written, || &written)?;
    Ok(ExitCode::Open)
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            parameters,
            exported_at,
            ..
        } = self;
        let (file, source) = (safe(&self.file), safe(&self.source));
        writeln!(
            f,
            "wrote {parameters} parameters of {source} at {exported_at} to {file}"
        )?;
        match &self.signed_by {
            Some(key) => writeln!(f, "  signed by {key}"),
            None => writeln!(
                f,
                "  not signed: no evaluation takes it in place of its source"
            ),
        }
    }
}
