//! A record, with everything that it names, ready to be judged again.

use std::path::{Path, PathBuf};

use gate_core::canonical::first_difference;
use gate_core::digest::Digest;
use gate_core::evaluate::evaluate;
use gate_core::ports::{EvidenceStore, Store};
use gate_core::record::Record;
use gate_core::request::EvaluationRequest;
use gate_runtime::Runtime;
use serde::Serialize;
use serde_json::Value;

use crate::annotation::Annotations;
use crate::evidence;
use crate::failure::Result;
use crate::output::say;
use crate::policies::{self, Source};

/// A record, with everything that it names.
pub(crate) struct Recorded {
    pub(crate) record: Record,
    /// What was judged.
    pub(crate) request: EvaluationRequest,
    /// The policies that judged.
    pub(crate) runtime: Runtime,
    /// What was kept of each report, in the record's order.
    pub(crate) twins: Vec<Option<Vec<u8>>>,
    /// What its findings were told.
    pub(crate) annotations: Annotations,
    /// What was kept of each document of statements, in the record's order.
    pub(crate) documents: Vec<Vec<u8>>,
}

/// The store and the record's name, from a name or from a path in a store.
pub(crate) fn locate(
    config: Option<&Path>,
    evidence: Option<&Path>,
    record: &str,
) -> Result<(Box<dyn Store>, String)> {
    let path = PathBuf::from(record);
    let in_store = path.parent().filter(|folder| folder.ends_with("records"));
    if let (Some(records), Some(name)) = (in_store, path.file_name().and_then(|n| n.to_str())) {
        let root = records.parent().unwrap_or(Path::new("."));
        let store = evidence::store_to_read(Some(evidence.unwrap_or(root)), config)?;
        return Ok((store, name.to_owned()));
    }
    let name = evidence::record_name(record).to_owned();
    let store = evidence::store_to_read(evidence, config)?;
    Ok((store, name))
}

/// Reads a record, and says who made it, if that is not this program.
pub(crate) fn read(store: &dyn EvidenceStore, digest: &Digest) -> Result<Record> {
    let record = evidence::record(store, digest)?;
    let here = evidence::producer();
    if record.producer != here {
        say(&format!(
            "note: the record was made by gate {} with {}, this is gate {} with {}",
            record.producer.gate, record.producer.engine, here.gate, here.engine
        ));
    }
    Ok(record)
}

impl Recorded {
    /// Reads and checks every blob that a record names.
    pub(crate) fn load(store: &dyn EvidenceStore, record: Record) -> Result<Self> {
        let mut runtime = policies::runtime(&record.question.limits)?;
        let components = record.question.policies.iter();
        let components = components
            .map(|policy| Ok(store.get(&policy.digest)?))
            .collect::<Result<Vec<_>>>()?;
        let sources: Vec<_> = components.iter().map(|bytes| Source::of(bytes)).collect();
        // One that can't be loaded gives its failure as its answer, as it did then.
        let _ = policies::load(&mut runtime, &sources);
        let findings = evidence::findings(store, &record)?;
        let mut twins = Vec::new();
        for report in &record.reports {
            twins.push(report.stored.map(|digest| store.get(&digest)).transpose()?);
        }
        for parameter in record
            .question
            .threshold_sources
            .iter()
            .flat_map(|of| &of.parameters)
        {
            store.get(&parameter.digest)?;
        }
        let annotations = Annotations::of_record(&record.question, store)?;
        let documents = record.question.vex.iter();
        let documents = documents.map(|document| Ok(store.get(&document.stored)?));
        let documents = documents.collect::<Result<_>>()?;
        let question = record.question.clone();
        let request = EvaluationRequest::new(question, record.reports.clone(), findings);
        Ok(Self {
            record,
            request,
            runtime,
            twins,
            annotations,
            documents,
        })
    }

    /// Judges the recorded findings again: the first place where the verdict is another than the recorded one, as a JSON
    /// pointer into the record.
    pub(crate) fn judge(&self) -> Option<String> {
        let verdict = evaluate(&self.request, &self.runtime).verdict;
        first_difference(&value(&self.record.verdict), &value(&verdict))
            .map(|pointer| format!("/verdict{pointer}"))
    }
}

pub(crate) fn value<T: Serialize + ?Sized>(part: &T) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
