//! What an adapter is, and what it may use.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Deserialize;

use gate_core::finding::{Evidence, Finding, Packer, Text};
use gate_core::scan_report::{Completeness, Content, Problem, Target};
use gate_core::time::Moment;
use gate_core::{code::Code, digest::Digest};

use crate::error::{ReadError, complaint};
use crate::format::Format;
use crate::redact::Sensitive;
use crate::shape::Shape;
use crate::weight::{MAX_FINDINGS, weight};

/// An adapter: one format of one tool. A row of [`crate::registry::ADAPTERS`].
pub struct Adapter {
    /// The tool's name in lower case, as in `--report TOOL=PATH` and in every finding.
    pub tool: &'static str,
    /// Format and version of the reading, such as `trivy-json@1`. The version changes when the same report
    /// would give other findings.
    pub id: &'static str,
    /// What it reads, for people.
    pub reads: &'static str,
    /// Where severities come from, for people.
    pub severity: &'static str,
    /// When a report is complete, for people.
    pub completeness: &'static str,
    /// How it is written.
    pub format: Format,
    /// Where records are, such as `/Results/*/Vulnerabilities/*`: `*` is every element of an array, `{}` every member
    /// of an object, and the empty text every object that stands on its own (JSON lines). At most 32.
    pub lists: &'static [&'static str],
    /// Lists whose elements nobody reads, written as `lists`: inventories that can be longer than all findings. They
    /// leave a `0` like records, are kept with the report, and are neither held in memory nor accounted for. With
    /// `lists` at most 32.
    pub unread: &'static [&'static str],
    /// Keys whose texts are replaced before the adapter sees them.
    pub sensitive: &'static [Sensitive],
    /// What the tool's exit codes mean.
    pub exits: Exits,
    /// Whether a report looks like this format.
    pub recognizes: &'static (dyn Fn(&Shape) -> bool + Sync),
    /// Begins to read a report.
    pub start: &'static (dyn Fn() -> Box<dyn Reader> + Sync),
}

/// What a tool's exit codes mean. A code that is in neither list is a run that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exits {
    /// The run ended well; whether it found something, the code does not tell, or tells that it did not.
    pub ended: &'static [i32],
    /// The run ended well and found something, so that a report without findings is not of this run.
    pub found: &'static [i32],
}

impl Exits {
    /// Nothing was found with 0, something with 1: most scanners.
    pub const ONE_WHEN_FOUND: Self = Self {
        ended: &[0],
        found: &[1],
    };
    /// 0 whatever was found; 1 where the tool was told to say so.
    pub const ONE_ON_DEMAND: Self = Self {
        ended: &[0, 1],
        found: &[],
    };
    /// 0 whatever was found.
    pub const ZERO: Self = Self {
        ended: &[0],
        found: &[],
    };
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Adapter({})", self.id)
    }
}

/// Reads one report: its records as they come, then what surrounds them.
pub trait Reader {
    /// Takes one record. It ends as one or more findings, as passed, or (with an `Err`) as quarantined.
    ///
    /// # Errors
    /// When the record can't be understood.
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError>;

    /// Gives account of the records that were postponed ([`Findings::postpone`]). Called after the last record.
    ///
    /// # Errors
    /// When the report can't be read by this adapter.
    fn catch_up(&mut self, _findings: &mut Findings) -> Result<(), ReadError> {
        Ok(())
    }

    /// Takes the envelope: the report with `0` in place of every record.
    ///
    /// # Errors
    /// When the report is not what the adapter reads.
    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError>;

    /// Completes a finding with what only the envelope says. `note` is what was given with the finding.
    fn settle(&self, _finding: &mut Finding, _note: u32) {}
}

/// What a report says about its own run.
#[derive(Debug)]
pub struct Run {
    /// The tool, where the format is one of several tools'.
    pub tool: Option<String>,
    /// Version of the tool.
    pub tool_version: Option<String>,
    /// Version or date of its vulnerability database.
    pub database_version: Option<String>,
    /// Who issued the document, where it is one that somebody answers for.
    pub issuer: Option<String>,
    /// When it ended.
    pub finished: Option<Moment>,
    /// What was scanned.
    pub target: Option<Target>,
    /// Whether everything was looked at, as far as the envelope says.
    pub completeness: Completeness,
    /// Why not, and other complaints.
    pub problems: Vec<Problem>,
    /// How many things were looked at.
    pub scanned: Option<u64>,
    /// What kind of report it is.
    pub content: Content,
    /// What was measured, in whole numbers, such as `lines-covered`.
    pub measures: BTreeMap<String, u64>,
}

impl Run {
    /// A run of which nothing is known but its completeness.
    #[must_use]
    pub fn new(completeness: Completeness) -> Self {
        Self {
            tool: None,
            tool_version: None,
            database_version: None,
            issuer: None,
            finished: None,
            target: None,
            completeness,
            problems: Vec::new(),
            scanned: None,
            content: Content::Scan,
            measures: BTreeMap::new(),
        }
    }

    /// Adds a problem and lowers the completeness to at most `completeness`.
    pub fn problem(&mut self, completeness: Completeness, problem: Problem) {
        self.completeness = worse(self.completeness, completeness);
        self.problems.push(problem);
    }

    /// The tool says that it could not look at something.
    pub fn left_out(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.problem(
            Completeness::Partial,
            Problem::new(Code::ScannerProblem, message).at(place),
        );
    }

    /// The tool looked at nothing.
    pub fn nothing_scanned(&mut self, message: impl Into<String>) {
        self.problem(
            Completeness::Empty,
            Problem::new(Code::NothingScanned, message),
        );
    }

    /// The tool says that its run failed.
    pub fn failed(&mut self, message: impl Into<String>) {
        self.problem(
            Completeness::Failed,
            Problem::new(Code::ScannerFailed, message),
        );
    }
}

/// The worse of two: failed, empty, partial, complete.
pub(crate) fn worse(a: Completeness, b: Completeness) -> Completeness {
    let rank = |c| match c {
        Completeness::Failed => 0,
        Completeness::Empty => 1,
        Completeness::Partial => 2,
        Completeness::Complete => 3,
    };
    if rank(a) <= rank(b) { a } else { b }
}

/// One record of a report.
#[derive(Debug)]
pub struct Record<'a> {
    /// Which of the adapter's lists it is from.
    pub list: usize,
    /// Position in each list on the way, outermost first.
    pub indexes: &'a [u32],
    /// Name in each object on the way of which every member counts, outermost first.
    pub names: &'a [String],
    /// Line on which it begins, from 1; of a report that is XML or CSV, that of its transcription.
    pub line: u64,
    /// Its JSON text.
    pub json: &'a [u8],
    /// Its list's pattern, and whether its line says where it stands.
    pub(crate) pattern: &'static str,
    pub(crate) by_line: bool,
}

impl<'a> Record<'a> {
    /// The record as a type. Texts can be borrowed from it as `Cow<str>`.
    ///
    /// # Errors
    /// When it is of another shape.
    pub fn parse<T: Deserialize<'a>>(&self) -> Result<T, RecordError> {
        Ok(serde_json::from_str(self.object()?)?)
    }

    /// The same, with one copy of the record for all its texts, for a reader that keeps nothing of it beyond the
    /// findings it hands over: whatever else kept a text would keep the record.
    ///
    /// # Errors
    /// As [`Record::parse`].
    pub fn parse_at_once<T: Deserialize<'a>>(&self) -> Result<T, RecordError> {
        let json = self.object()?;
        Ok(Text::sharing(json, || serde_json::from_str(json))?)
    }

    fn object(&self) -> Result<&'a str, RecordError> {
        // A list would do for a structure, element by element; no tool means that.
        if self.json.first() == Some(&b'[') {
            return Err(RecordError::Shape(
                "expected an object, found a list".to_owned(),
            ));
        }
        // The splitter lets nothing else pass.
        std::str::from_utf8(self.json)
            .map_err(|_| RecordError::Shape("it is not valid UTF-8".to_owned()))
    }

    /// Where it stands: its JSON pointer (RFC 6901), or its line in a report made of lines.
    #[must_use]
    pub fn pointer(&self) -> String {
        if self.by_line || self.pattern.is_empty() {
            return format!("line {}", self.line);
        }
        let mut indexes = self.indexes.iter();
        let mut names = self.names.iter();
        let mut pointer = String::with_capacity(self.pattern.len() + 8);
        for step in self.pattern.split('/').skip(1) {
            pointer.push('/');
            // Only a `*` takes an index; a key between two lists leaves the next one alone.
            match step {
                "*" => match indexes.next() {
                    Some(index) => {
                        // Writing to a string does not fail.
                        let _ = write!(pointer, "{index}");
                    }
                    None => pointer.push('*'),
                },
                "{}" => {
                    let name = names.next().map_or("", String::as_str);
                    pointer.push_str(&escaped(name));
                }
                key => pointer.push_str(key),
            }
        }
        pointer
    }

    /// The name in the innermost object of which every member counts; empty when there is none.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.names.last().map_or("", String::as_str)
    }

    /// The position in the outermost list, to be given as a note.
    #[must_use]
    pub fn outer_index(&self) -> u32 {
        self.indexes.first().copied().unwrap_or_default()
    }

    /// Where it stands. The report's digest is filled in when it is known.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        self.evidence_of("")
    }

    /// Where something in it stands: `inside` is a pointer from the record on, such as `/files/3`.
    #[must_use]
    pub fn evidence_of(&self, inside: &str) -> Evidence {
        Evidence {
            pointer: (self.pointer() + inside).into(),
            report: Digest::from_bytes([0; 32]),
        }
    }
}

/// A name as a step of a JSON pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Why a record can't be understood.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is not JSON, or not of the expected shape.
    #[error("{}", complaint(.0))]
    Json(#[from] serde_json::Error),
    /// It contradicts what the format says.
    #[error("{0}")]
    Shape(String),
    /// It is not this record alone: the report can't be read any further.
    #[error("{0}")]
    Report(Box<ReadError>),
}

/// What became of a record that was postponed.
#[derive(Debug)]
pub enum Account {
    /// It says these; none at all is no account, and the record is quarantined.
    Findings(Vec<Finding>),
    /// A check that passed or did not apply.
    Passed,
    /// It can't be understood, and why, as a clause.
    Unclear(String),
}

/// Collects what comes of the records of one report.
#[derive(Debug, Default)]
pub struct Findings {
    pub(crate) found: Vec<Finding>,
    /// For each of them, what is given back with [`Reader::settle`].
    pub(crate) notes: Vec<u32>,
    pub(crate) passed: u32,
    pub(crate) quarantined: u32,
    pub(crate) problems: Vec<Problem>,
    /// Records whose account is to come.
    pub(crate) postponed: usize,
    /// About how many bytes they take, and whether that became too much.
    weight: usize,
    pub(crate) too_heavy: bool,
    packer: Packer,
}

impl Findings {
    /// Most problems that are kept one by one.
    const MAX_PROBLEMS: usize = 100;

    /// Takes a finding. `note` comes back with [`Reader::settle`].
    pub fn push(&mut self, mut finding: Finding, note: u32) {
        self.weigh(weight(&finding));
        // The report is refused in the end; what is beyond the limit need not be held until then.
        if !self.too_heavy {
            self.packer.pack(&mut finding);
            self.found.push(finding);
            self.notes.push(note);
        }
    }

    pub(crate) fn weigh(&mut self, bytes: usize) {
        self.weight = self.weight.saturating_add(bytes);
        self.too_heavy |= self.weight > MAX_FINDINGS;
    }

    /// Counts a check that passed or did not apply.
    pub fn passed(&mut self) {
        self.passed += 1;
    }

    /// Takes note of a record whose account comes later, for a reader that looks at several together.
    pub fn postpone(&mut self) {
        self.postponed += 1;
    }

    /// Gives account of a record that was postponed, by where it stands.
    pub fn account(&mut self, pointer: String, account: Account) {
        self.postponed = self.postponed.saturating_sub(1);
        match account {
            Account::Findings(found) if found.is_empty() => self.quarantine(pointer, &no_account()),
            Account::Findings(found) => found.into_iter().for_each(|f| self.push(f, 0)),
            Account::Passed => self.passed(),
            Account::Unclear(why) => self.quarantine(pointer, &RecordError::Shape(why)),
        }
    }

    pub(crate) fn quarantine(&mut self, pointer: String, error: &RecordError) {
        self.quarantined += 1;
        if self.problems.len() < Self::MAX_PROBLEMS {
            self.problems.push(
                Problem::new(
                    Code::RecordQuarantined,
                    format!("a record could not be understood: {error}"),
                )
                .at(pointer),
            );
        }
    }

    /// A finding of no rule can't be told from the next one, nor looked up, nor tolerated.
    pub(crate) fn quarantine_nameless(&mut self) {
        let nameless = |finding: &mut Finding| finding.rule.id.trim().is_empty();
        let nameless: Vec<_> = self.found.extract_if(.., nameless).collect();
        for finding in nameless {
            let error = RecordError::Shape("it names no rule".to_owned());
            self.quarantine(finding.evidence.pointer.into(), &error);
        }
    }

    /// How many records were accounted for.
    pub(crate) fn accounted(&self) -> usize {
        self.found.len() + self.passed as usize + self.quarantined as usize + self.postponed
    }
}

/// An adapter that drops a record silently is defective; the record is not lost for it.
pub(crate) fn no_account() -> RecordError {
    RecordError::Shape("the adapter gave no account of it".to_owned())
}
