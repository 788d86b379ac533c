//! Reads one report from a stream: recognise, split, redact, hand to the adapter, account for every record.

mod ahead;

use std::io::{self, BufRead, BufReader, Cursor, Read, Write};

use serde::de::IgnoredAny;
use sha2::{Digest as _, Sha256};

use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::finding::{Finding, Location};
use gate_core::scan_report::{Completeness, Problem, RecordCounts, ScanReport};

use crate::adapter::{
    Adapter, Exits, Findings, Reader, Record, RecordError, Run, no_account, worse,
};
use crate::envelope::{misread, only_records};
use crate::error::{ReadError, complaint};
use crate::format::{Format, Syntax};
use crate::package::give_keys;
use crate::redact::{ProjectKey, Redactor};
use crate::shape::{Root, Shape, pick};
use crate::splitter::{At, Sink, Splitter};
use crate::transcode::transcode;
use crate::weight::{MAX_FINDINGS, weight};

use ahead::{split_ahead, split_at_once};

/// Longest report, in bytes.
pub const MAX_REPORT: u64 = 4 << 30;
/// The largest whole number that JSON holds exactly everywhere (RFC 8259, section 6).
const MAX_COUNT: u64 = (1 << 53) - 1;
/// How much of a report is looked at, at a time.
const PIECE: usize = 128 << 10;

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Key for keyed digests of secrets.
    pub project_key: Option<ProjectKey>,
    /// The report is a twin, whose sensitive texts were replaced before, and which is JSON whatever the report was.
    pub redacted: bool,
    /// The code with which the scanner exited, where the caller knows it.
    pub exit_code: Option<i32>,
}

/// Among which adapters a report's own is chosen.
#[derive(Debug, Clone, Copy)]
pub enum Among<'a> {
    /// Those of one tool, which the caller names: by how the report is written.
    Tool(&'a [&'static Adapter]),
    /// All: by content.
    Any(&'a [&'static Adapter]),
}

impl Among<'_> {
    /// The adapter, where there is no choice.
    const fn only(self) -> Option<&'static Adapter> {
        match self {
            Self::Tool([one]) => Some(one),
            _ => None,
        }
    }

    /// The adapter for a report that begins so.
    fn choose(self, beginning: &[u8]) -> Result<&'static Adapter, ReadError> {
        match self {
            Self::Tool([one]) => Ok(one),
            Self::Tool(several) => {
                let syntax = Syntax::of(beginning);
                let fits = several.iter().find(|a| a.format.syntax() == syntax);
                fits.copied().ok_or_else(|| {
                    let reads: Vec<_> = several.iter().map(|a| a.reads).collect();
                    let tool = several.first().map_or("known", |a| a.tool);
                    ReadError::wrong_tool(tool, format!("what is read is {}", reads.join("; or ")))
                })
            }
            Self::Any(all) => recognize(all, beginning),
        }
    }
}

/// What came of a report. `findings` have no identity yet.
#[derive(Debug)]
pub struct ReadReport {
    /// What it says about its own run; [`Completeness::Failed`] when it could not be read.
    pub report: ScanReport,
    /// Its findings, in the order of the report.
    pub findings: Vec<Finding>,
    /// Whether the report could be read to its end and understood at least in part; otherwise its twin must not be
    /// kept, because what is secret in it was not recognised.
    pub readable: bool,
    /// Whether its twin is the report itself, byte for byte.
    pub verbatim: bool,
}

/// Reads a report by one of the adapters. What is read goes to `twin` with its sensitive texts replaced.
///
/// Never fails: a report that can't be read gives a failed scan report, and the gate can't pass.
pub fn read(
    name: &str,
    among: Among<'_>,
    source: &mut (dyn Read + Send),
    twin: &mut (dyn Write + Send),
    options: &Options,
) -> ReadReport {
    let mut source = Hashing {
        inner: source,
        hash: Sha256::new(),
        size: 0,
    };
    let mut findings = Findings::default();
    let read = read_with(among, &mut source, twin, options, &mut findings);
    if read.is_err() {
        // The digest is worth having all the same: it says which bytes could not be read.
        let _ = io::copy(&mut source, &mut io::sink());
    }
    let Hashing { hash, size, .. } = source;
    let digest = Digest::from_bytes(hash.finalize().into());
    match read {
        Ok((adapter, run, verbatim)) => {
            let origin = Origin {
                name,
                adapter,
                digest,
                size,
                exit_code: options.exit_code,
                verbatim,
            };
            complete(&origin, run, findings)
        }
        Err((adapter, error)) => {
            let mut report = ScanReport::unreadable(name, error.to_problem());
            if let Some(adapter) = adapter {
                report.tool = adapter.tool.to_owned();
                report.adapter = Some(adapter.id.to_owned());
            }
            if !matches!(error, ReadError::Io(_)) && size < MAX_REPORT {
                report.digest = Some(digest);
            }
            report.size = size;
            report.exit_code = options.exit_code;
            ReadReport {
                report,
                findings: Vec::new(),
                readable: false,
                verbatim: false,
            }
        }
    }
}

type Failed = (Option<&'static Adapter>, ReadError);

fn read_with(
    among: Among<'_>,
    source: &mut Hashing<'_>,
    twin: &mut (dyn Write + Send),
    options: &Options,
    findings: &mut Findings,
) -> Result<(&'static Adapter, Run, bool), Failed> {
    let mut beginning = vec![0; PIECE];
    let filled = fill(source, &mut beginning).map_err(|e| (among.only(), e))?;
    beginning.truncate(filled);
    let blank = filled < PIECE && beginning.iter().all(u8::is_ascii_whitespace);
    if blank && !among.only().is_some_and(|only| may_be_empty(only, options)) {
        return Err((among.only(), ReadError::Empty));
    }
    let adapter = among.choose(&beginning).map_err(|e| (among.only(), e))?;
    let mut reader = (adapter.start)();
    let rest = BufReader::with_capacity(PIECE, &mut *source);
    let read = read_records(
        adapter,
        &mut *reader,
        &mut Cursor::new(&beginning).chain(rest),
        filled < PIECE,
        twin,
        options,
        findings,
    );
    let run = read.and_then(|(envelope, verbatim)| {
        let run = reader.finish(&envelope)?;
        settle(&*reader, findings)?;
        Ok((run, verbatim))
    });
    match run {
        // Whatever went wrong, it did because the report is cut off here.
        Err(_) if source.size > MAX_REPORT => Err(ReadError::TooLarge {
            what: format!("it is longer than {MAX_REPORT} bytes"),
            place: "its length".to_owned(),
        }),
        Ok((run, verbatim)) => Ok((adapter, run, verbatim)),
        Err(error) => Err(error),
    }
    .map_err(|error| (Some(adapter), error))
}

/// Completes the findings with what only the envelope says, and with the keys that follow from all of it.
fn settle(reader: &dyn Reader, findings: &mut Findings) -> Result<(), ReadError> {
    let mut found = std::mem::take(&mut findings.found);
    for (finding, note) in found.iter_mut().zip(std::mem::take(&mut findings.notes)) {
        let before = weight(finding);
        reader.settle(finding, note);
        finding.locations.iter_mut().for_each(count_from_one);
        give_keys(finding);
        findings.weigh(weight(finding).saturating_sub(before));
        refuse_too_heavy(findings)?;
    }
    findings.found = found;
    findings.quarantine_nameless();
    Ok(())
}

/// Findings count lines and columns from 1; tools write 0 for none.
fn count_from_one(at: &mut Location) {
    for number in [
        &mut at.start_line,
        &mut at.start_column,
        &mut at.end_line,
        &mut at.end_column,
    ] {
        number.take_if(|number| *number == 0);
    }
}

fn refuse_too_heavy(findings: &Findings) -> Result<(), ReadError> {
    if findings.too_heavy {
        return Err(ReadError::TooLarge {
            what: format!("its findings take more than {MAX_FINDINGS} bytes"),
            place: "what its records repeat".to_owned(),
        });
    }
    Ok(())
}

/// Whether nothing at all can be a report: of a format that has nothing to write when nothing was found, and of a
/// scanner that ended well.
fn may_be_empty(adapter: &Adapter, options: &Options) -> bool {
    let of_lines = matches!(adapter.format, Format::JsonLines | Format::Lines(_));
    let ended = options
        .exit_code
        .is_some_and(|code| adapter.exits.ended.contains(&code));
    of_lines && ended
}

/// Hands the records to the adapter; gives the envelope, and whether the twin is the report itself.
fn read_records(
    adapter: &'static Adapter,
    reader: &mut dyn Reader,
    source: &mut (dyn BufRead + Send),
    short: bool,
    twin: &mut (dyn Write + Send),
    options: &Options,
    findings: &mut Findings,
) -> Result<(Vec<u8>, bool), ReadError> {
    let format = if options.redacted {
        adapter.format.kept()
    } else {
        adapter.format
    };
    let redactor = if options.redacted {
        Redactor::off()
    } else {
        Redactor::new(adapter.sensitive, options.project_key.clone())
    };
    let mut splitter = Splitter::new(&[adapter.lists, adapter.unread].concat(), redactor);
    let mut records = Records {
        adapter,
        reader,
        findings,
        count: 0,
    };
    let split = move |sink: &mut dyn Sink| {
        let ended = transcode(format, source, &mut |piece| splitter.feed(piece, sink));
        ended.map(|()| (splitter.replaced(), splitter.finish()))
    };
    let take = |at: &At<'_>, json: &[u8]| records.take(at, json);
    // A thread is not worth it for what one piece holds.
    let (replaced, envelope) = if short {
        split_at_once(twin, split, take)?
    } else {
        split_ahead(twin, split, take)??
    };
    records.reader.catch_up(records.findings)?;
    refuse_too_heavy(records.findings)?;
    if records.findings.postponed > 0 {
        let (tool, what) = (
            adapter.tool,
            "it gave no account of some records".to_owned(),
        );
        return Err(ReadError::Adapter { tool, what });
    }
    let verbatim = format.syntax() == Syntax::Json && !replaced;
    let envelope = match (format, envelope) {
        (Format::JsonLines, Err(ReadError::Empty)) if may_be_empty(adapter, options) => {
            Ok(Vec::new())
        }
        // Blank lines alone, and more of them than are looked at before a report is begun.
        (Format::Lines(_), Ok(_)) if records.count == 0 && !may_be_empty(adapter, options) => {
            Err(ReadError::Empty)
        }
        // Without the list of those that stand on their own, records are inside of documents, which the reader checks.
        (Format::JsonLines, Ok(envelope)) if adapter.lists.contains(&"") => {
            only_records(adapter.tool, &envelope, records.count)?;
            Ok(envelope)
        }
        (_, envelope) => envelope,
    };
    Ok((envelope?, verbatim))
}

/// The adapter that recognises a report that begins so.
fn recognize(all: &[&'static Adapter], beginning: &[u8]) -> Result<&'static Adapter, ReadError> {
    let shape = Shape::of(beginning);
    let known = pick(
        all,
        |adapter| (adapter.recognizes)(&shape),
        |adapter| adapter.tool,
    );
    if shape.root == Root::Other && matches!(known, Err(ReadError::Unrecognized)) {
        // Let the reader of JSON say what is wrong, if it is no JSON.
        let mut nothing = Vec::new();
        let mut splitter = Splitter::new(&[], Redactor::off());
        splitter.feed(beginning, &mut nothing)?;
        let json = splitter.finish()?;
        serde_json::from_slice::<IgnoredAny>(&json).map_err(|e| misread("scanner", &e))?;
    }
    known.copied()
}

impl Sink for Vec<u8> {
    fn record(&mut self, _: &At<'_>, _: &[u8]) -> Result<(), ReadError> {
        Ok(())
    }

    fn twin(&mut self, _: &[u8]) -> Result<(), ReadError> {
        Ok(())
    }
}

/// Fills a buffer as far as the source goes.
fn fill(source: &mut Hashing<'_>, buffer: &mut [u8]) -> Result<usize, ReadError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..)
        && !rest.is_empty()
    {
        match source.read(rest)? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// Hands records to the adapter's reader.
struct Records<'a> {
    adapter: &'static Adapter,
    reader: &'a mut dyn Reader,
    findings: &'a mut Findings,
    /// How many there were.
    count: usize,
}

impl Records<'_> {
    fn take(&mut self, at: &At<'_>, json: &[u8]) -> Result<(), ReadError> {
        let malformed = |error: &serde_json::Error| ReadError::Malformed {
            what: complaint(error),
            place: format!("line {}", at.line + error.line().saturating_sub(1) as u64),
        };
        self.count += 1;
        let Some(pattern) = self.adapter.lists.get(at.list) else {
            // Nobody reads it, but what is no JSON makes the report no report.
            let _: IgnoredAny = serde_json::from_slice(json).map_err(|e| malformed(&e))?;
            return Ok(());
        };
        let record = Record {
            list: at.list,
            indexes: at.indexes,
            names: at.names,
            line: at.line,
            json,
            pattern,
            by_line: matches!(self.adapter.format, Format::Lines(_)),
        };
        let before = self.findings.accounted();
        let result = self.reader.record(&record, self.findings);
        refuse_too_heavy(self.findings)?;
        match result {
            Ok(()) if self.findings.accounted() > before => Ok(()),
            Ok(()) => {
                self.findings.quarantine(record.pointer(), &no_account());
                Ok(())
            }
            Err(RecordError::Report(error)) => Err(*error),
            Err(RecordError::Json(error)) if !error.is_data() => Err(malformed(&error)),
            Err(error) => {
                self.findings.quarantine(record.pointer(), &error);
                Ok(())
            }
        }
    }
}

/// What the record can hold exactly is counted; anything beyond is no count of a real run.
fn bound_counts(run: &mut Run) {
    let mut beyond = false;
    for count in run.scanned.iter_mut().chain(run.measures.values_mut()) {
        beyond |= *count > MAX_COUNT;
        *count = (*count).min(MAX_COUNT);
    }
    if beyond {
        run.left_out("its counts", "a count is larger than any real one");
    }
}

/// What the scanner's exit code says of the run.
fn judge_exit(adapter: &Adapter, code: i32, findings: &Findings, run: &mut Run) {
    let Exits { ended, found } = adapter.exits;
    if ended.contains(&code) {
        return;
    }
    let message = if !found.contains(&code) {
        format!("the scanner exited with {code}, which is not how it ends well")
    } else if findings.found.is_empty() && findings.quarantined == 0 {
        format!(
            "the scanner exited with {code}, having found something, and its report holds no finding: it is not the \
             report of that run"
        )
    } else {
        return;
    };
    run.completeness = Completeness::Failed;
    // The first problem of a failed run is the reason that people see.
    run.problems
        .insert(0, Problem::new(Code::ScannerFailed, message));
}

/// Which report it is.
struct Origin<'a> {
    name: &'a str,
    adapter: &'static Adapter,
    digest: Digest,
    size: u64,
    exit_code: Option<i32>,
    verbatim: bool,
}

fn complete(origin: &Origin<'_>, mut run: Run, findings: Findings) -> ReadReport {
    let Origin {
        name,
        adapter,
        digest,
        size,
        exit_code,
        verbatim,
    } = *origin;
    bound_counts(&mut run);
    if let Some(code) = exit_code {
        judge_exit(adapter, code, &findings, &mut run);
    }
    let Findings {
        mut found,
        passed,
        quarantined,
        problems,
        ..
    } = findings;
    let but_for_quarantine = (quarantined > 0).then_some(run.completeness);
    if quarantined > 0 {
        run.completeness = worse(run.completeness, Completeness::Partial);
        run.problems.extend(problems);
    }
    for finding in &mut found {
        finding.evidence.report = digest;
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let counts = RecordCounts {
        findings: count(found.len()),
        merged: 0,
        passed,
        quarantined,
        records: count(found.len())
            .saturating_add(passed)
            .saturating_add(quarantined),
        suppressed: count(found.iter().filter(|f| f.is_suppressed()).count()),
    };
    let report = ScanReport {
        tool: run.tool.unwrap_or_else(|| adapter.tool.to_owned()),
        adapter: Some(adapter.id.to_owned()),
        digest: Some(digest),
        name: name.to_owned(),
        size,
        stored: None,
        content: run.content,
        exit_code,
        tool_version: run.tool_version,
        database_version: run.database_version,
        issuer: run.issuer,
        finished: run.finished,
        target: run.target,
        completeness: run.completeness,
        but_for_quarantine,
        problems: run.problems,
        scanned: run.scanned,
        measures: run.measures,
        counts,
    };
    // Where no record at all was understood, it is likely another tool's report, and was redacted by the wrong
    // list of keys.
    let readable = counts.quarantined == 0 || counts.quarantined < counts.records;
    ReadReport {
        report,
        findings: found,
        readable,
        verbatim,
    }
}

/// Hashes and counts what is read.
struct Hashing<'a> {
    inner: &'a mut (dyn Read + Send),
    hash: Sha256,
    size: u64,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.size > MAX_REPORT {
            return Ok(0);
        }
        let n = loop {
            match self.inner.read(buffer) {
                // Not every library that reads a report tries again by itself.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.hash.update(buffer.get(..n).unwrap_or_default());
        self.size += n as u64;
        Ok(n)
    }
}

/// For the tests of adapters.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// Reads a text as one adapter's report; gives its twin, too.
    pub(crate) fn read_text(adapter: &'static Adapter, text: &str) -> (ReadReport, String) {
        let mut twin = Vec::new();
        let options = Options::default();
        let report = read(
            "r",
            Among::Tool(&[adapter]),
            &mut text.as_bytes(),
            &mut twin,
            &options,
        );
        (report, String::from_utf8(twin).unwrap())
    }
}

#[cfg(test)]
mod tests;
