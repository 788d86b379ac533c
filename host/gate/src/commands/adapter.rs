//! `gate adapter inspect`: what an adapter of your own is.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use gate_core::request::Limits;
use gate_report::text::safe;
use gate_runtime::adapter::{Description, LoadedAdapter, Sensitive, Sensitivity};

use crate::adapters;
use crate::cli::InspectAdapter;
use crate::failure::Result;

pub(crate) fn inspect(args: &InspectAdapter) -> Result<ExitCode> {
    let component = adapters::read_component(&args.adapter)?;
    let runtime = adapters::runtime(&Limits::STANDARD)?;
    let loaded = adapters::load(&runtime, &component, &args.adapter.display().to_string())?;
    let inspected = Inspected::new(&args.adapter, &loaded, component.len());
    args.output.write(&inspected, || &inspected)?;
    Ok(ExitCode::Open)
}

/// An adapter as it is shown.
#[derive(Debug, Serialize)]
struct Inspected<'a> {
    format: &'static str,
    id: String,
    tool: &'a str,
    version: &'a str,
    digest: Digest,
    size: usize,
    imports: &'a [String],
    exports: &'a [String],
    report: &'static str,
    lists: &'a [String],
    redacted: Vec<String>,
    recognized_by: &'a [String],
    exits: Exits<'a>,
    reads: &'a str,
    severity: &'a str,
    completeness: &'a str,
    /// Where it was looked for, for the lines to be copied.
    #[serde(skip)]
    path: &'a Path,
}

#[derive(Debug, Serialize)]
struct Exits<'a> {
    ended: &'a [i32],
    found: &'a [i32],
}

impl<'a> Inspected<'a> {
    fn new(path: &'a Path, loaded: &'a LoadedAdapter, size: usize) -> Self {
        let description: &Description = &loaded.description;
        Self {
            format: "gate-adapter/1",
            id: loaded.id(),
            tool: &description.tool,
            version: &description.version,
            digest: loaded.digest,
            size,
            imports: &loaded.imports,
            exports: &loaded.exports,
            report: description.format.word(),
            lists: &description.lists,
            redacted: description.sensitive.iter().map(redacted).collect(),
            recognized_by: &description.recognized_by,
            exits: Exits {
                ended: &description.exits.ended,
                found: &description.exits.found,
            },
            reads: &description.reads,
            severity: &description.severity,
            completeness: &description.completeness,
            path,
        }
    }
}

/// What is replaced, in words.
fn redacted(sensitive: &Sensitive) -> String {
    let Sensitive { key, under, kind } = sensitive;
    let what = match kind {
        Sensitivity::Secret | Sensitivity::Source => key.clone(),
        Sensitivity::After(beginning) => format!("{key} after `{beginning}`"),
        Sensitivity::Digests => format!("digests in {key}"),
        Sensitivity::Spared => format!("not {key}"),
        Sensitivity::Quotes => format!("quotations in {key}"),
        Sensitivity::QuotesAndColon => format!("quotations in {key}, after a colon too"),
        Sensitivity::Address => format!("credentials in {key}"),
    };
    match under {
        Some(under) => format!("{what} under {under}"),
        None => what,
    }
}

impl fmt::Display for Inspected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |items: &[String], none: &str| match items {
            [] => none.to_owned(),
            items => safe(&items.join(", ")).into_owned(),
        };
        let codes = |codes: &[i32]| {
            let codes: Vec<_> = codes.iter().map(i32::to_string).collect();
            list(&codes, "none")
        };
        let Self { digest, size, .. } = self;
        writeln!(f, "{} {}", safe(self.tool), safe(self.version))?;
        writeln!(f, "  {}", safe(self.reads))?;
        writeln!(f, "\ndigest        {digest} ({size} bytes)")?;
        writeln!(f, "imports       {}", list(self.imports, "nothing"))?;
        writeln!(f, "exports       {}", list(self.exports, "nothing"))?;
        writeln!(f, "report        {}", self.report)?;
        writeln!(f, "records       {}", list(self.lists, "none"))?;
        writeln!(f, "redacted      {}", list(&self.redacted, "nothing"))?;
        writeln!(
            f,
            "recognised by {}",
            list(self.recognized_by, "nothing: name the tool")
        )?;
        writeln!(
            f,
            "exit codes    ended well: {}; found something: {}",
            codes(self.exits.ended),
            codes(self.exits.found)
        )?;
        writeln!(f, "severity      {}", safe(self.severity))?;
        writeln!(f, "complete      {}", safe(self.completeness))?;
        writeln!(f, "\nin gate.toml:\n")?;
        writeln!(f, "  [adapters.{}]", safe(self.tool))?;
        // As TOML writes a text: a path may hold quotes and backslashes.
        let path = self.path.display().to_string();
        writeln!(f, "  component = {}", safe(&format!("{path:?}")))?;
        writeln!(f, "  digest = \"{digest}\"")
    }
}
