//! Makes a verdict's evidence durable.

use std::path::Path;

use gate_core::canonical::NotCanonical;
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::ports::{EvidenceStore, Store};
use gate_core::record::{
    FindingsRef, FormatVersion, Producer, Record, findings_from_bytes, write_findings,
};
use gate_core::request::EvaluationRequest;
use gate_core::verdict::Verdict;
use gate_evidence::DirectoryStore;

use crate::aws::Aws;
use crate::config::Profile;
use crate::failure::{Failure, Result};
use crate::parallel::writing_aside;
use crate::place::Place;

/// The store that was named, or the profile's.
pub(crate) fn store(named: Option<&Path>, profile: &Profile, aws: &Aws) -> Result<Box<dyn Store>> {
    match named {
        Some(path) => Place::named(path)?.open(aws),
        None => profile.evidence.open(aws),
    }
}

/// The store to read records from: the one that was named, for an auditor who has no profile, or the profile's.
pub(crate) fn store_to_read(named: Option<&Path>, config: Option<&Path>) -> Result<Box<dyn Store>> {
    let place = named.map(Place::named).transpose()?;
    if let Some(Place::Directory(root)) = place {
        return Ok(Box::new(DirectoryStore::new(root)));
    }
    let profile = Profile::load(config)?;
    store(named, &profile, &Aws::of(&profile))
}

/// The digits of a record's name, which may be given as the digest that it is.
pub(crate) fn record_name(text: &str) -> &str {
    text.strip_prefix("sha256:").unwrap_or(text)
}

/// Reads a record.
pub(crate) fn record(store: &dyn EvidenceStore, digest: &Digest) -> Result<Record> {
    Record::from_bytes(&store.get(digest)?).map_err(|error| {
        Failure::new(
            Code::RecordUnreadable,
            format!("the record can't be read: {error}"),
        )
    })
}

/// Who makes records here.
pub(crate) fn producer() -> Producer {
    Producer {
        gate: env!("CARGO_PKG_VERSION").to_owned(),
        engine: gate_runtime::engine_id(),
    }
}

/// Keeps one thing that a verdict depends on.
pub(crate) fn put(store: &dyn EvidenceStore, bytes: &[u8]) -> Result<Digest> {
    store.put(bytes).map_err(|e| Failure::not_durable(&e))
}

/// The findings that a record judged.
pub(crate) fn findings(store: &dyn EvidenceStore, record: &Record) -> Result<Vec<Finding>> {
    let bytes = store.get(&record.findings.digest)?;
    findings_from_bytes(&bytes).map_err(|(line, error)| {
        let message = format!("line {line} of the recorded findings can't be read: {error}");
        Failure::new(Code::RecordUnreadable, message)
    })
}

/// Keeps some bytes whose digest is known.
pub(crate) fn put_as(store: &dyn EvidenceStore, digest: &Digest, bytes: &[u8]) -> Result<()> {
    let kept = store.put_as(digest, bytes);
    kept.map_err(|e| Failure::not_durable(&e))
}

/// A record whose evidence is durable. Only [`keep`] makes one, for `gate evaluate`, and only one of these can be signed:
/// what a replay or a what-if comes to can't.
#[derive(Debug)]
pub(crate) struct Kept {
    record: Record,
    name: Digest,
}

impl Kept {
    /// The record.
    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    /// Its name.
    pub(crate) const fn name(&self) -> Digest {
        self.name
    }
}

/// Keeps the record, when everything that its verdict depends on was put, and then its entry. When this returns, the
/// verdict may be announced.
pub(crate) fn keep(
    store: &dyn EvidenceStore,
    request: &EvaluationRequest,
    findings: Digest,
    verdict: &Verdict,
) -> Result<Kept> {
    let not_canonical = |e: NotCanonical| Failure::new(Code::EvidenceNotDurable, e.to_string());
    let record = Record {
        format: FormatVersion::CURRENT,
        producer: producer(),
        question: request.question.clone(),
        reports: request.reports.clone(),
        findings: FindingsRef {
            count: verdict.counts.findings,
            digest: findings,
        },
        verdict: verdict.clone(),
    };
    let name = put(store, &record.to_bytes().map_err(not_canonical)?)?;
    store
        .publish_record(&name)
        .map_err(|e| Failure::not_durable(&e))?;
    Ok(Kept { record, name })
}

/// Keeps the findings without holding their text.
pub(crate) fn put_findings(store: &dyn EvidenceStore, findings: &[Finding]) -> Result<Digest> {
    let mut blob = store.writer().map_err(|e| Failure::not_durable(&e))?;
    let (made, written) = writing_aside(&mut *blob, |sink| write_findings(findings, sink));
    written.and(made).map_err(|error| {
        Failure::new(
            Code::EvidenceNotDurable,
            format!("keeping the findings: {error}"),
        )
    })?;
    blob.finish().map_err(|e| Failure::not_durable(&e))
}
