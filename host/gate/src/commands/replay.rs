//! `gate replay`: a verdict again, from its record alone.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use gate_adapters::read::ReadReport;
use gate_core::baseline::BaselineRules;
use gate_core::canonical::first_difference;
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::evaluate::evaluate;
use gate_core::exit_code::ExitCode;
use gate_core::finding::Finding;
use gate_core::ports::EvidenceStore;
use gate_core::record::{Record, findings_from_bytes};
use gate_core::request::EvaluationRequest;
use gate_core::scan_report::ScanReport;
use gate_core::verdict::Outcome;
use gate_core::vex::VexDocument;
use gate_evidence::DirectoryStore;

use crate::adapters::Adapters;
use crate::annotation::Annotations;
use crate::cli::{Level, Replay};
use crate::failure::{Failure, Result};
use crate::output::say;
use crate::policies::{self, Source};
use crate::reports::{self, Inputs};
use crate::{evidence, vex};

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
    let (store, name) = locate(config, args)?;
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
    let exit = match replay(&store, &name, args, &mut replayed) {
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

/// The store and the record's name, from a name or from a path in a store.
fn locate(config: Option<&Path>, args: &Replay) -> Result<(DirectoryStore, String)> {
    let path = PathBuf::from(&args.record);
    let in_store = path.parent().filter(|folder| folder.ends_with("records"));
    if let (Some(records), Some(name)) = (in_store, path.file_name().and_then(|n| n.to_str())) {
        let root = records.parent().unwrap_or(Path::new("."));
        let root = args.evidence.clone().unwrap_or_else(|| root.to_path_buf());
        return Ok((DirectoryStore::new(root), name.to_owned()));
    }
    let name = evidence::record_name(&args.record).to_owned();
    let store = evidence::store_to_read(args.evidence.as_deref(), config)?;
    Ok((store, name))
}

fn replay(
    store: &dyn EvidenceStore,
    name: &str,
    args: &Replay,
    replayed: &mut Replayed,
) -> Result<ExitCode> {
    let digest = store.find_record(name)?;
    replayed.record = Some(digest);
    let record = evidence::record(store, &digest)?;
    replayed.gate = Some(record.question.gate.to_string());
    replayed.outcome = Some(record.verdict.outcome);
    let here = evidence::producer();
    if record.producer != here {
        say(&format!(
            "note: the record was made by gate {} with {}, this is gate {} with {}",
            record.producer.gate, record.producer.engine, here.gate, here.engine
        ));
    }

    // Every blob that the record names is read and checked, whatever the level.
    let mut runtime = policies::runtime(&record.question.limits)?;
    let components = record.question.policies.iter();
    let components = components
        .map(|policy| Ok(store.get(&policy.digest)?))
        .collect::<Result<Vec<_>>>()?;
    let sources: Vec<_> = components.iter().map(|bytes| Source::of(bytes)).collect();
    // One that can't be loaded gives its failure as its answer, as it did then.
    let _ = policies::load(&mut runtime, &sources);
    let bytes = store.get(&record.findings.digest)?;
    let findings = findings_from_bytes(&bytes).map_err(|(line, error)| {
        let message = format!("line {line} of the recorded findings can't be read: {error}");
        Failure::new(Code::RecordUnreadable, message)
    })?;
    let mut twins = Vec::new();
    for report in &record.reports {
        twins.push(report.stored.map(|digest| store.get(&digest)).transpose()?);
    }

    let annotations = Annotations::of_record(&record.question, store)?;
    let mut documents = Vec::new();
    for document in &record.question.vex {
        documents.push(store.get(&document.stored)?);
    }

    let adapters = Adapters::of_record(&record.reports, &record.question.limits, |digest| {
        Ok(store.get(digest)?)
    })?;

    let all_kept = twins.iter().all(Option::is_some);
    let level = args.level.unwrap_or(if all_kept {
        Level::Full
    } else {
        Level::Decision
    });
    let mut difference = None;
    if level == Level::Full {
        replayed.level = "full";
        difference = compare_reports(&record, &adapters, &annotations, &twins, &findings)?;
        if difference.is_none() {
            difference = compare_statements(&record.question.vex, &adapters, &documents)?;
        }
    } else {
        replayed.level = "decision";
    }
    if difference.is_none() {
        let request =
            EvaluationRequest::new(record.question.clone(), record.reports.clone(), findings);
        let verdict = evaluate(&request, &runtime).verdict;
        difference = first_difference(&value(&record.verdict), &value(&verdict))
            .map(|pointer| format!("/verdict{pointer}"));
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
fn compare_reports(
    record: &Record,
    adapters: &Adapters,
    annotations: &Annotations,
    twins: &[Option<Vec<u8>>],
    findings: &[Finding],
) -> Result<Option<String>> {
    let mut read_again = Vec::new();
    for (report, twin) in record.reports.iter().zip(twins) {
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
    let again = annotations.annotated(again.findings, question.evaluated_at);
    let found = first_difference(&value(findings), &value(&again));
    if let Some(pointer) = found {
        return Ok(Some(format!("/findings{pointer}")));
    }
    let (Some(used), Some(baseline)) = (&question.baseline, &annotations.baseline) else {
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
fn compare_statements(
    documents: &[VexDocument],
    adapters: &Adapters,
    twins: &[Vec<u8>],
) -> Result<Option<String>> {
    for (at, (document, twin)) in documents.iter().zip(twins).enumerate() {
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

fn value<T: Serialize + ?Sized>(part: &T) -> Value {
    serde_json::to_value(part).unwrap_or_default()
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
