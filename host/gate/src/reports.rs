//! Opens scanner reports, has them read, and brings what they say into canonical order.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use gate_adapters::adapter::Adapter;
use gate_adapters::error::ReadError;
use gate_adapters::read::{Among, Options, ReadReport, read};
use gate_adapters::redact::ProjectKey;
use gate_core::code::Code;
use gate_core::finding::Finding;
use gate_core::fingerprint::assemble;
use gate_core::gate::is_name;
use gate_core::ports::EvidenceStore;
use gate_core::scan_report::ScanReport;

use crate::adapters::Adapters;
use crate::config::Profile;
use crate::exits::ScannerExits;
use crate::failure::{Failure, Result};
use crate::parallel::{self, writing_aside};

/// The environment variable that holds the project's key for keyed digests of secrets.
pub(crate) const PROJECT_KEY: &str = "GATE_PROJECT_KEY";

/// A report as it was named on the command line.
#[derive(Debug)]
pub(crate) struct Named {
    path: String,
    /// The tool that was named; none when the content is to tell.
    tool: Option<String>,
}

impl Named {
    /// Takes `TOOL=PATH` or `PATH` apart.
    pub(crate) fn parse(text: &str, profile: &Profile) -> Result<Self> {
        let plain = |path: &str| Self {
            path: path.to_owned(),
            tool: None,
        };
        let Some((tool, path)) = text.split_once('=') else {
            return Ok(plain(text));
        };
        let known = profile.tools();
        if known.contains(&tool) {
            return Ok(Self {
                path: path.to_owned(),
                tool: Some(tool.to_owned()),
            });
        }
        // `./a=b.json` is a path; `Trivy=report.json` is a tool that is spelt otherwise.
        if is_name(&tool.to_ascii_lowercase()) && !Path::new(text).exists() {
            let message = format!("there is no adapter for the tool `{tool}`");
            return Err(Failure::new(Code::ConfigInvalid, message).help(format!(
                "use one of {}; any other tool can report SARIF, or have an adapter of your own",
                known.join(", ")
            )));
        }
        Ok(plain(text))
    }

    /// The adapters that these reports may need: those of the tools that are named, and all where one is not.
    pub(crate) fn adapters(reports: &[Self], profile: &Profile) -> Result<Adapters> {
        let by_content = reports.iter().any(|report| report.tool.is_none());
        let named = |tool: &str| reports.iter().any(|r| r.tool.as_deref() == Some(tool));
        let sources = profile.adapters.iter();
        Adapters::load(sources.filter(|source| by_content || named(&source.tool)))
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        if self.path == "-" {
            return Ok(Box::new(io::stdin()));
        }
        Ok(Box::new(File::open(&self.path)?))
    }

    fn among<'a>(&self, adapters: &'a Adapters) -> Among<'a> {
        match &self.tool {
            None => Among::Any(adapters.all()),
            Some(tool) => Among::Tool(adapters.of_tool(tool)),
        }
    }

    fn name(&self) -> &str {
        if self.path == "-" {
            "stdin"
        } else {
            &self.path
        }
    }
}

/// How reports are read: with the project's key, if there is one.
pub(crate) fn options() -> Result<Options> {
    let Some(key) = std::env::var_os(PROJECT_KEY) else {
        return Ok(Options::default());
    };
    let key = ProjectKey::new(key.into_encoded_bytes()).ok_or_else(|| {
        let message = format!("{PROJECT_KEY} is shorter than {} bytes", ProjectKey::MIN);
        Failure::new(Code::ConfigInvalid, message)
            .help("set it to a long random text that stays the same for the project, or unset it")
    })?;
    Ok(Options {
        project_key: Some(key),
        ..Options::default()
    })
}

/// Reads one report without keeping it.
pub(crate) fn read_one(
    named: &Named,
    adapters: &Adapters,
    options: &Options,
    exits: &ScannerExits,
) -> Result<ReadReport> {
    let mut twin = Vec::new();
    // Its twin is asked for only where the report may have to be read a second time.
    let mut sink: Box<dyn Write + Send + '_> = if exits.is_empty() {
        Box::new(io::sink())
    } else {
        Box::new(&mut twin)
    };
    let read = read_first(named, adapters, options, exits, &mut *sink);
    drop(sink);
    with_exit(read, adapters, exits, |_| Ok(twin))
}

/// Reads one report and keeps it, or its redacted twin, in the store.
pub(crate) fn read_and_keep(
    named: &Named,
    adapters: &Adapters,
    options: &Options,
    exits: &ScannerExits,
    store: &dyn EvidenceStore,
) -> Result<ReadReport> {
    let not_durable = |e| Failure::not_durable(&e);
    let mut twin = store.copier().map_err(not_durable)?;
    let (mut report, written) = writing_aside(&mut *twin, |twin| {
        read_first(named, adapters, options, exits, twin)
    });
    // A disk that is full is not the report's fault.
    if let Err(error) = written {
        let message = format!("keeping the report `{}`: {error}", named.name());
        return Err(Failure::new(Code::EvidenceNotDurable, message));
    }
    if report.readable {
        // Most reports hold no secret: of their bytes one digest is enough.
        let known = report.report.digest.filter(|_| report.verbatim);
        report.report.stored = Some(
            match known {
                Some(digest) => twin.finish_as(digest).map(|()| digest),
                None => twin.finish(),
            }
            .map_err(not_durable)?,
        );
    }
    with_exit(report, adapters, exits, |report| match &report.stored {
        Some(digest) => Ok(store.get(digest)?),
        None => Ok(Vec::new()),
    })
}

/// Reads one report, held against its scanner's exit code where its tool was named.
fn read_first(
    named: &Named,
    adapters: &Adapters,
    options: &Options,
    exits: &ScannerExits,
    twin: &mut (dyn Write + Send),
) -> ReadReport {
    let options = Options {
        exit_code: named.tool.as_deref().and_then(|tool| exits.of_tool(tool)),
        ..options.clone()
    };
    match named.open() {
        Ok(mut source) => read(
            named.name(),
            named.among(adapters),
            &mut *source,
            twin,
            &options,
        ),
        Err(error) => unopened(named, error),
    }
}

/// The report with its scanner's exit code. Where only its content said which tool it is of, the code was not
/// known when it was read: it is read again from its twin, as a replay would.
fn with_exit(
    mut read: ReadReport,
    adapters: &Adapters,
    exits: &ScannerExits,
    twin: impl FnOnce(&ScanReport) -> Result<Vec<u8>>,
) -> Result<ReadReport> {
    let code = exits.of(&read.report);
    if read.report.exit_code == code {
        return Ok(read);
    }
    read.report.exit_code = code;
    let adapter = read
        .report
        .adapter
        .as_deref()
        .and_then(|id| adapters.by_id(id));
    match adapter.filter(|_| read.readable) {
        Some(adapter) => {
            let twin = twin(&read.report)?;
            Ok(read_again(&read.report, adapter, &twin))
        }
        None => Ok(read),
    }
}

/// Reads a report again from its twin, under the same name and with the same exit code of its scanner.
pub(crate) fn read_again(
    report: &ScanReport,
    adapter: &'static Adapter,
    twin: &[u8],
) -> ReadReport {
    let options = Options {
        redacted: true,
        exit_code: report.exit_code,
        ..Options::default()
    };
    let mut again = read(
        &report.name,
        Among::Tool(&[adapter]),
        &mut &*twin,
        &mut io::sink(),
        &options,
    );
    again.report.exit_code = report.exit_code;
    // The twin differs from the report by what was redacted; what is said of the bytes is said of the report.
    again.report.digest = report.digest;
    again.report.size = report.size;
    again.report.stored = report.stored;
    if let Some(digest) = report.digest {
        for finding in &mut again.findings {
            finding.evidence.report = digest;
        }
    }
    again
}

fn unopened(named: &Named, error: io::Error) -> ReadReport {
    let problem = ReadError::Io(error).to_problem();
    let mut report = ScanReport::unreadable(named.name(), problem);
    if let Some(tool) = &named.tool {
        report.tool.clone_from(tool);
    }
    ReadReport {
        report,
        findings: Vec::new(),
        readable: false,
        verbatim: false,
    }
}

/// Scan reports and findings in canonical order.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) reports: Vec<ScanReport>,
    pub(crate) findings: Vec<Finding>,
}

impl Inputs {
    /// Reads all reports, several at once, and keeps them.
    pub(crate) fn read(
        reports: &[Named],
        adapters: &Adapters,
        scope: &str,
        options: &Options,
        exits: &ScannerExits,
        store: &dyn EvidenceStore,
    ) -> Result<Self> {
        let read = parallel::map(reports, |named| {
            read_and_keep(named, adapters, options, exits, store)
        });
        let inputs = Self::of(read.into_iter().collect::<Result<_>>()?, scope);
        exits.refuse_unclaimed(&inputs.reports)?;
        Ok(inputs)
    }

    /// What these reports say. Their order does not matter.
    pub(crate) fn of(mut read: Vec<ReadReport>, scope: &str) -> Self {
        read.sort_by(|a, b| a.report.cmp(&b.report));
        let mut reports = Vec::with_capacity(read.len());
        let mut found = Vec::with_capacity(read.len());
        for read in read {
            reports.push(read.report);
            found.push(read.findings);
        }
        let assembled = assemble(scope, found);
        assembled.account(&mut reports);
        Self {
            reports,
            findings: assembled.findings,
        }
    }
}
