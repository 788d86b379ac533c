//! Reads a report through a component: gathers records into batches, since each way into the sandbox costs more than
//! a record.

use serde::de::IgnoredAny;

use gate_adapters::adapter::{Account, Findings, Reader, Record, RecordError, Run};
use gate_adapters::envelope::{array, is_array, object};
use gate_adapters::error::ReadError;
use gate_adapters::format::Format;
use gate_adapters::normalize::path;
use gate_core::code::Code;
use gate_core::finding::Finding;
use gate_core::scan_report::{Completeness, Problem};
use gate_runtime::adapter::{
    self, AdapterFailure, Answer, Complaint, LoadedAdapter, Misread, Reading, Shortfall,
};

/// How many records cross into the sandbox at once, and how many bytes of them. What crosses back has a limit for
/// each call.
const BATCH_RECORDS: usize = 128;
const BATCH_BYTES: usize = 256 << 10;

/// One report being read by a component.
pub(super) struct ComponentReader {
    loaded: &'static LoadedAdapter,
    tool: &'static str,
    format: Format,
    /// None before the first batch.
    reading: Option<Reading>,
    batch: Vec<adapter::Record>,
    bytes: usize,
}

impl ComponentReader {
    pub(super) const fn new(
        loaded: &'static LoadedAdapter,
        tool: &'static str,
        format: Format,
    ) -> Self {
        Self {
            loaded,
            tool,
            format,
            reading: None,
            batch: Vec::new(),
            bytes: 0,
        }
    }

    fn failed(&self, failure: &AdapterFailure) -> ReadError {
        ReadError::Adapter {
            tool: self.tool,
            what: failure.to_string(),
        }
    }

    fn reading(&mut self) -> Result<Reading, ReadError> {
        let reading = self.reading.take().map_or_else(|| self.loaded.start(), Ok);
        reading.map_err(|failure| self.failed(&failure))
    }

    fn flush(&mut self, findings: &mut Findings) -> Result<(), ReadError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let mut reading = self.reading()?;
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        let places: Vec<String> = batch.iter().map(|record| record.pointer.clone()).collect();
        let answers = reading.records(batch);
        let answers = answers.map_err(|failure| self.failed(&failure))?;
        for (place, answer) in places.into_iter().zip(answers) {
            findings.account(place, account(answer));
        }
        self.reading = Some(reading);
        Ok(())
    }
}

impl Reader for ComponentReader {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        // The component gets what is well-formed; a report that is not is no report.
        serde_json::from_slice::<IgnoredAny>(record.json)?;
        let json = std::str::from_utf8(record.json)
            .map_err(|_| RecordError::Shape("it is not valid UTF-8".to_owned()))?;
        findings.postpone();
        self.bytes += json.len();
        self.batch.push(adapter::Record {
            list: u32::try_from(record.list).unwrap_or(u32::MAX),
            pointer: record.pointer(),
            indexes: record.indexes.to_vec(),
            names: record.names.to_vec(),
            json: json.to_owned(),
        });
        if self.batch.len() >= BATCH_RECORDS || self.bytes >= BATCH_BYTES {
            let flushed = self.flush(findings);
            flushed.map_err(|error| RecordError::Report(Box::new(error)))?;
        }
        Ok(())
    }

    fn catch_up(&mut self, findings: &mut Findings) -> Result<(), ReadError> {
        self.flush(findings)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        // Documents one after the other were checked when they were split.
        if !matches!(self.format, Format::JsonLines) {
            let check = if is_array(envelope) { array } else { object };
            let _: IgnoredAny = check(self.tool, envelope)?;
        }
        let envelope = String::from_utf8_lossy(envelope).into_owned();
        let said = self.reading()?.finish(envelope);
        match said.map_err(|failure| self.failed(&failure))? {
            Ok(said) => Ok(run(said)),
            Err(Misread::WrongTool(what)) => Err(ReadError::wrong_tool(self.tool, what)),
            Err(Misread::Unsupported(what)) => Err(ReadError::Unsupported(what)),
            Err(Misread::ScannerFailed(what)) => Err(ReadError::ScannerFailed(what)),
        }
    }
}

fn account(answer: Answer) -> Account {
    match answer {
        Answer::Findings(found) => Account::Findings(found.into_iter().map(normalized).collect()),
        Answer::Passed => Account::Passed,
        Answer::Unclear(why) => Account::Unclear(why),
    }
}

/// As the program's own adapters leave a finding: paths are relative.
fn normalized(mut finding: Finding) -> Finding {
    for location in &mut finding.locations {
        location.path = location.path.as_deref().map(path);
    }
    finding
}

fn run(said: adapter::Run) -> Run {
    let mut run = Run::new(Completeness::Complete);
    run.tool_version = said.tool_version;
    run.database_version = said.database_version;
    run.finished = said.finished;
    run.target = said.target;
    run.scanned = said.scanned;
    run.content = said.content;
    run.measures = said.measures;
    for complaint in said.complaints {
        let Complaint {
            shortfall,
            message,
            place,
        } = complaint;
        let (completeness, code) = match shortfall {
            Shortfall::LeftOut => (Completeness::Partial, Code::ScannerProblem),
            Shortfall::NothingScanned => (Completeness::Empty, Code::NothingScanned),
            Shortfall::Failed => (Completeness::Failed, Code::ScannerFailed),
        };
        let problem = Problem::new(code, message);
        run.problem(
            completeness,
            match place {
                Some(place) => problem.at(place),
                None => problem,
            },
        );
    }
    run
}
