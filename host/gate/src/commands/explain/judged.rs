//! `gate explain RECORD --distance` and `--corroboration`: what a recorded verdict says once it is judged again.

use std::path::Path;

use gate_core::code::Code;
use gate_core::corroboration::Corroborations;
use gate_core::digest::Digest;
use gate_core::distance::Distance;
use gate_core::exit_code::ExitCode;
use gate_core::ports::EvidenceStore as _;
use gate_report::corroboration::CorroborationDocument;
use gate_report::distance::DistanceDocument;

use crate::cli::Explain;
use crate::failure::{Failure, Result};
use crate::output::width;
use crate::recorded::{self, Recorded};

pub(super) fn run(config: Option<&Path>, args: &Explain) -> Result<ExitCode> {
    let (store, name) = recorded::locate(config, args.evidence.as_deref(), &args.what)?;
    let digest = store.find_record(&name)?;
    let recorded = Recorded::load(&*store, recorded::read(&*store, &digest)?)?;
    if let Some(difference) = recorded.judge() {
        return Err(diverged(digest, &difference));
    }
    let (verdict, request) = (&recorded.record.verdict, &recorded.request);
    if args.corroboration {
        let compared = Corroborations::of(&request.findings).list();
        let document = CorroborationDocument::new(digest, request, compared);
        args.output.write(&document.human(width()), || &document)?;
    } else {
        let distance = Distance::of(verdict, request, &recorded.runtime);
        let document = DistanceDocument::new(digest, request, &distance);
        args.output.write(&document.human(width()), || &document)?;
    }
    Ok(ExitCode::Open)
}

/// What is not so cannot be explained.
fn diverged(record: Digest, difference: &str) -> Failure {
    let message =
        format!("{record} can't be explained: judged again, it differs first at `{difference}`");
    Failure::new(Code::Diverged, message)
}
