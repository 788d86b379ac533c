//! `gate baseline`: takes what was there before from a record, shows it, and lowers its budgets.

mod shown;

use std::path::{Path, PathBuf};

use gate_core::baseline::{Baseline, needed};
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use gate_core::gate::GateName;
use gate_core::ports::EvidenceStore;
use gate_core::request::EvaluationRequest;
use gate_core::verdict::Outcome;

use crate::cli::{self, SetBaseline, ShowBaseline, TightenBaseline};
use crate::config::Profile;
use crate::failure::{Failure, Result};
use crate::{baseline, evidence};

use shown::Shown;

pub(crate) fn run(config: Option<&Path>, command: &cli::Baseline) -> Result<ExitCode> {
    match command {
        cli::Baseline::Set(args) => set(config, args),
        cli::Baseline::Show(args) => show(args),
        cli::Baseline::Tighten(args) => tighten(config, args),
    }?;
    Ok(ExitCode::Open)
}

fn set(config: Option<&Path>, args: &SetBaseline) -> Result<()> {
    let judged = Judged::find(config, args.evidence.as_deref(), args.record.as_deref())?;
    let path = judged.file(config, args.baseline.as_ref())?;
    let earlier = baseline::read(&path)?;
    if let Some(earlier) = &earlier {
        judged.fits(earlier, &path)?;
    }
    let made = Baseline::take(&judged.request, judged.name, earlier.as_ref());
    let changed = baseline::write(&path, &made)?;
    let mut shown = Shown::new(&path, &made)?;
    shown.changed = Some(changed);
    // A budget that was there stays, even where it is too small for what is there.
    shown.over = over(&made, &judged.request);
    args.output.write(&shown, || &shown)
}

fn show(args: &ShowBaseline) -> Result<()> {
    let path = &args.baseline;
    let made = baseline::read(path)?.ok_or_else(|| missing(path))?;
    let shown = Shown::new(path, &made)?;
    args.output.write(&shown, || &shown)
}

fn tighten(config: Option<&Path>, args: &TightenBaseline) -> Result<()> {
    let judged = Judged::find(config, args.evidence.as_deref(), args.record.as_deref())?;
    let path = judged.file(config, args.baseline.as_ref())?;
    let mut made = baseline::read(&path)?.ok_or_else(|| missing(&path))?;
    judged.fits(&made, &path)?;
    let before = made.budgets.clone();
    made.tighten(&needed(&judged.request));
    let changed = baseline::write(&path, &made)?;
    let mut shown = Shown::new(&path, &made)?;
    shown.changed = Some(changed);
    shown.fell = shown::fell(&before, &made.budgets);
    shown.over = over(&made, &judged.request);
    args.output.write(&shown, || &shown)
}

/// Levels of which there is more than their budget.
fn over(made: &Baseline, request: &EvaluationRequest) -> Vec<String> {
    let needed = needed(request);
    let over = made.budgets.iter().filter_map(|(level, budget)| {
        let there = needed.get(level).filter(|there| *there > budget)?;
        Some(format!(
            "{there} are {level}, and the budget stays {budget}: a budget only falls"
        ))
    });
    over.collect()
}

fn missing(path: &Path) -> Failure {
    let message = format!("there is no baseline `{}`", path.display());
    Failure::new(Code::BaselineInvalid, message)
}

/// What a record judged.
struct Judged {
    name: Digest,
    request: EvaluationRequest,
}

impl Judged {
    /// The record of this name, or the newest one.
    fn find(config: Option<&Path>, evidence: Option<&Path>, name: Option<&str>) -> Result<Self> {
        let store = evidence::store_to_read(evidence, config)?;
        let name = match name {
            Some(name) => store.find_record(evidence::record_name(name))?,
            None => newest(&*store)?,
        };
        let record = evidence::record(&*store, &name)?;
        if record.verdict.outcome == Outcome::Error {
            let message =
                format!("the record {name} could not decide, so that nobody knows what was there");
            return Err(Failure::new(Code::BaselineInvalid, message)
                .help("mend what `gate explain` says of it, and evaluate again"));
        }
        let findings = evidence::findings(&*store, &record)?;
        let request = EvaluationRequest::new(record.question, record.reports, findings);
        Ok(Self { name, request })
    }

    fn gate(&self) -> &GateName {
        &self.request.question.gate
    }

    /// The file that was named, or the one of the record's gate.
    fn file(&self, config: Option<&Path>, named: Option<&PathBuf>) -> Result<PathBuf> {
        if let Some(path) = named {
            return Ok(path.clone());
        }
        let profile = Profile::load(config)?;
        let subject = self.request.question.subject.as_ref();
        let rules = profile.baseline_of(self.gate(), subject)?;
        Ok(baseline::file(rules, &profile.folder, self.gate()))
    }

    /// Refuses a baseline of something else, and one that was taken later.
    fn fits(&self, earlier: &Baseline, path: &Path) -> Result<()> {
        let question = &self.request.question;
        let fits = earlier.check(&question.gate, &question.scope, question.evaluated_at);
        fits.map_err(|error| {
            let message = format!(
                "the baseline `{}` does not fit the record {}: {error}",
                path.display(),
                self.name
            );
            Failure::new(Code::BaselineInvalid, message)
                .help("name another file with `--baseline`, or another record")
        })
    }
}

/// The record that was judged last.
fn newest(store: &dyn EvidenceStore) -> Result<Digest> {
    let mut newest = Vec::new();
    let mut latest = None;
    for name in store.list_records()? {
        let at = evidence::record(store, &name)?.question.evaluated_at;
        if latest.is_none_or(|latest| at > latest) {
            latest = Some(at);
            newest.clear();
        }
        if latest == Some(at) {
            newest.push(name);
        }
    }
    match newest.as_slice() {
        [one] => Ok(*one),
        [] => {
            let message = "there is no record in the evidence store";
            Err(Failure::new(Code::RecordUnknown, message).help("run `gate evaluate` first"))
        }
        several => {
            let message = format!("{} records are of the same, newest moment", several.len());
            Err(Failure::new(Code::RecordUnknown, message).help("name the one that you mean"))
        }
    }
}
