//! `gate replay`: a verdict again, from its record alone.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use gate_adapters::read::ReadReport;
use gate_core::baseline::BaselineRules;
use gate_core::canonical::first_difference;
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use gate_core::ports::EvidenceStore;
use gate_core::scan_report::ScanReport;
use gate_core::verdict::Outcome;

use crate::adapters::Adapters;
use crate::cli::{Level, Replay};
use crate::failure::{Failure, Result};
use crate::recorded::{self, Recorded, value};
use crate::reports::{self, Inputs};
use crate::vex;

/// What came of a replay.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Reproduced,
    Diverged,
    NotReplayable,
}

/// The answer as it is printed.
#[derive(Debug, Serialize)]
struct Replayed {
    format: &'static str,
    result: Answer,
    level: &'static str,
    record: Option<Digest>,
    gate: Option<String>,
    outcome: Option<Outcome>,
    /// First field that differs, as a JSON pointer into the record.
    difference: Option<String>,
    /// What is missing or damaged.
    missing: Option<String>,
}

pub(crate) fn run(config: Option<&Path>, args: &Replay) -> Result<ExitCode> {
    let (store, name) = recorded::locate(config, args.evidence.as_deref(), &args.record)?;
    let mut replayed = Replayed {
        format: "gate-replay/1",
        result: Answer::NotReplayable,
        level: "none",
        record: None,
        gate: None,
        outcome: None,
        difference: None,
        missing: None,
    };
    let exit = match replay(&*store, &name, args, &mut replayed) {
        Ok(exit) => exit,
        // Nothing of that name: not a question of replaying.
        Err(failure) if failure.code() == Code::RecordUnknown => return Err(failure),
        Err(failure) => {
            replayed.missing = Some(failure.message().to_owned());
            failure.exit()
        }
    };
    args.output.write(&replayed, || &replayed)?;
    Ok(exit)
}

fn replay(
    store: &dyn EvidenceStore,
    name: &str,
    args: &Replay,
    replayed: &mut Replayed,
) -> Result<ExitCode> {
    let digest = store.find_record(name)?;
    replayed.record = Some(digest);
    let record = recorded::read(store, &digest)?;
    replayed.gate = Some(record.question.gate.to_string());
    replayed.outcome = Some(record.verdict.outcome);
    // Every blob that the record names is read and checked, whatever the level.
    let recorded = Recorded::load(store, record)?;
    let record = &recorded.record;
    let adapters = Adapters::of_record(&record.reports, &record.question.limits, |digest| {
        Ok(store.get(digest)?)
    })?;

    let all_kept = recorded.twins.iter().all(Option::is_some);
    let level = args.level.unwrap_or(if all_kept {
        Level::Full
    } else {
        Level::Decision
    });
    let mut difference = None;
    if level == Level::Full {
        replayed.level = "full";
        difference = compare_reports(&recorded, &adapters)?;
        if difference.is_none() {
            difference = compare_statements(&recorded, &adapters)?;
        }
    } else {
        replayed.level = "decision";
    }
    if difference.is_none() {
        difference = recorded.judge();
    }
    if difference.is_some() {
        replayed.result = Answer::Diverged;
        replayed.difference = difference;
        return Ok(ExitCode::Closed);
    }
    replayed.result = Answer::Reproduced;
    let original = ExitCode::of(record.verdict.outcome, record.verdict.enforcement);
    Ok(if args.exit_code {
        original
    } else {
        ExitCode::Open
    })
}

/// Reads the kept reports again; the first place where they say something else.
fn compare_reports(recorded: &Recorded, adapters: &Adapters) -> Result<Option<String>> {
    let record = &recorded.record;
    let mut read_again = Vec::new();
    for (report, twin) in record.reports.iter().zip(&recorded.twins) {
        let twin = twin.as_ref().ok_or_else(|| {
            let message = format!(
                "the report `{}` could not be read then and was not kept",
                report.name
            );
            Failure::new(Code::BlobMissing, message)
        })?;
        read_again.push(read_twin(report, adapters, twin)?);
    }
    let again = Inputs::of(read_again, &record.question.scope);
    let reports = first_difference(&value(&record.reports), &value(&again.reports));
    if let Some(pointer) = reports {
        return Ok(Some(format!("/reports{pointer}")));
    }
    let question = &record.question;
    let again = recorded
        .annotations
        .annotated(again.findings, question.evaluated_at);
    let found = first_difference(&value(&*recorded.request.findings), &value(&again));
    if let Some(pointer) = found {
        return Ok(Some(format!("/findings{pointer}")));
    }
    let (Some(used), Some(baseline)) = (&question.baseline, &recorded.annotations.baseline) else {
        return Ok(None);
    };
    let rules = BaselineRules {
        only_new: used.only_new,
        // Without it no budget was asked for.
        ratchet: !used.budgets.is_empty(),
    };
    let again = baseline.used(used.digest, rules, &again);
    let found = first_difference(&value(used), &value(&again));
    Ok(found.map(|pointer| format!("/question/baseline{pointer}")))
}

/// Reads the kept documents of statements again; the first place where they say something else.
fn compare_statements(recorded: &Recorded, adapters: &Adapters) -> Result<Option<String>> {
    let documents = recorded.record.question.vex.iter();
    for (at, (document, twin)) in documents.zip(&recorded.documents).enumerate() {
        let pointer = match vex::read_again(document, adapters, twin)? {
            Ok(again) => first_difference(&value(document), &value(&again)),
            Err(_) => Some(String::new()),
        };
        if let Some(pointer) = pointer {
            return Ok(Some(format!("/question/vex/{at}{pointer}")));
        }
    }
    Ok(None)
}

/// Reads a kept report by the adapter that read it then.
fn read_twin(report: &ScanReport, adapters: &Adapters, twin: &[u8]) -> Result<ReadReport> {
    let adapter = report
        .adapter
        .as_deref()
        .and_then(|id| adapters.by_id(id))
        .ok_or_else(|| {
            let name = report.adapter.as_deref().unwrap_or("none");
            let message = format!(
                "this program has no adapter `{name}` for the report `{}`",
                report.name
            );
            Failure::new(Code::RecordUnreadable, message)
        })?;
    Ok(reports::read_again(report, adapter, twin))
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self
            .record
            .map_or_else(|| "the record".to_owned(), |r| r.to_string());
        match self.result {
            Answer::Reproduced => writeln!(f, "reproduced: {record} ({} level)", self.level)?,
            Answer::Diverged => {
                let at = self.difference.as_deref().unwrap_or_default();
                writeln!(
                    f,
                    "diverged: {record} differs first at `{at}` ({} level)",
                    self.level
                )?;
            }
            Answer::NotReplayable => {
                let missing = self.missing.as_deref().unwrap_or_default();
                writeln!(f, "not-replayable: {}", gate_report::text::safe(missing))?;
            }
        }
        if let (Some(gate), Some(outcome)) = (&self.gate, self.outcome) {
            writeln!(f, "  gate {gate} · recorded outcome {outcome}")?;
        }
        Ok(())
    }
}
