//! SPDX documents in JSON: versions 2.1 to 2.3, and the JSON-LD of version 3.0.
//!
//! Format: <https://spdx.github.io/spdx-spec/>. A document of version 2 is an inventory. It has no place for
//! vulnerabilities; what comes nearest is a reference of a package to a security advisory, which is how a known
//! vulnerability is written down (annex K of version 2.3), and which is a finding. References to CPEs, fixes and
//! other pages are not.
//!
//! Version 3 has vulnerabilities and assessments of them as elements of a graph ([`graph`]).

mod element;
mod graph;
mod package;
mod rating;
mod tag_value;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::Finding;
use gate_core::scan_report::{Completeness, Content, Target};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::shape::Root;

use graph::Graph;
use package::Package;

pub(crate) use tag_value::ADAPTER as TAG_VALUE;

const PACKAGES: usize = 0;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "spdx",
    id: "spdx-json@1",
    reads: "SPDX in JSON: versions 2.1 to 2.3, and the JSON-LD of version 3.0",
    severity: "version 2: none, every advisory is unknown; version 3: the severity of the assessments by CVSS, the \
               highest",
    completeness: "empty without a package; partial when nothing is said of a vulnerability; an inventory or \
                   statements, which prove no scan",
    format: Format::Json,
    lists: &["/packages/*", "/@graph/*"],
    unread: &["/files/*", "/relationships/*"],
    sensitive: &[],
    exits: Exits::ZERO,
    recognizes: &|shape| {
        shape.root == Root::Object
            && (shape.has("spdxVersion") || shape.has_all(&["@context", "@graph"]))
    },
    start: &|| Box::new(Spdx::default()),
};

#[derive(Default)]
struct Spdx {
    packages: u64,
    graph: Graph,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    spdx_version: Option<String>,
    name: Option<String>,
    creation_info: Option<CreationInfo>,
    packages: Option<Vec<u8>>,
    #[serde(rename = "@context")]
    context: Option<Value>,
    #[serde(rename = "@graph")]
    graph: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct CreationInfo {
    created: Option<String>,
    creators: Option<Vec<String>>,
}

impl Reader for Spdx {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        if record.list == PACKAGES {
            self.packages += 1;
            let package: Package = record.parse()?;
            package.report(record, findings)
        } else {
            self.graph.element(record, findings)
        }
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let document: Envelope = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        if document.graph.is_some() {
            if !document.context.as_ref().is_some_and(is_version_3) {
                return Err(ReadError::wrong_tool(
                    ADAPTER.tool,
                    "its `@context` is another",
                ));
            }
            self.graph.finish(&mut run);
            return Ok(run);
        }
        check_version(document.spdx_version.as_deref().unwrap_or_default())?;
        // The list was read as records; that it is a list is all there is to know.
        let _ = document.packages;
        if let Some(info) = document.creation_info {
            run.finished = info.created.and_then(|at| at.parse().ok());
            let creators = info.creators.unwrap_or_default();
            run.tool_version = tools(creators.iter().map(String::as_str));
        }
        run.target = document.name.map(|name| Target {
            digests: Vec::new(),
            kind: None,
            name,
        });
        inventory(&mut run, self.packages);
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        self.graph.settle(finding, note);
    }
}

/// Whether a JSON-LD context is SPDX's of version 3: its address, or a list with it.
fn is_version_3(context: &Value) -> bool {
    const CONTEXT: &str = "https://spdx.org/rdf/3.";
    match context {
        Value::String(address) => address.starts_with(CONTEXT),
        Value::Array(all) => all.iter().any(|one| {
            one.as_str()
                .is_some_and(|address| address.starts_with(CONTEXT))
        }),
        _ => false,
    }
}

fn check_version(version: &str) -> Result<(), ReadError> {
    match version {
        "SPDX-2.1" | "SPDX-2.2" | "SPDX-2.3" => Ok(()),
        _ if version.starts_with("SPDX-") => {
            let what = "version of SPDX that is not known; 2.1 to 2.3 are, and the JSON-LD of 3.0";
            Err(ReadError::Unsupported(what.to_owned()))
        }
        _ => Err(ReadError::wrong_tool(
            ADAPTER.tool,
            "its version is missing",
        )),
    }
}

/// The tools among the creators, such as `Tool: syft-1.50.0`.
fn tools<'a>(creators: impl Iterator<Item = &'a str>) -> Option<String> {
    let tools = creators.filter_map(|creator| creator.strip_prefix("Tool:"));
    let tools: Vec<&str> = tools
        .map(str::trim)
        .filter(|tool| !tool.is_empty())
        .collect();
    (!tools.is_empty()).then(|| tools.join(", "))
}

fn inventory(run: &mut Run, packages: u64) {
    run.content = Content::Inventory;
    run.scanned = Some(packages);
    if packages == 0 {
        run.nothing_scanned("it lists no package");
    }
}

#[cfg(test)]
mod tests;
