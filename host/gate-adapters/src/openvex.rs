//! OpenVEX documents: statements about vulnerabilities in products, versions 0.0 to 0.2 of the format.
//!
//! Format: <https://github.com/openvex/spec>, `OPENVEX-SPEC.md` and `openvex_json_schema.json`. Before 0.2 a
//! vulnerability and a product are texts, and subcomponents stand beside the products.
//!
//! One finding for each product of a statement, or for each subcomponent of a product, with the product as the place
//! where it is. Statements have no severity.

use serde::Deserialize;

use gate_core::finding::{Finding, Software, Text};
use gate_core::fingerprint::purl_name;
use gate_core::scan_report::{Completeness, Content};
use gate_core::severity::Severity;
use gate_core::vex::PRODUCT;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::given;
use crate::package::{Known, software_of_purl, unnamed};
use crate::shape::Root;
use crate::vex::{Vex, reason};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "openvex",
    id: "openvex-json@1",
    reads: "OpenVEX in JSON, versions 0.0 to 0.2",
    severity: "none: statements rate nothing; every one is unknown",
    completeness: "empty without a statement; statements only, which prove no scan",
    format: Format::Json,
    lists: &["/statements/*"],
    unread: &[],
    sensitive: &[],
    exits: Exits::ZERO,
    recognizes: &|shape| shape.root == Root::Object && shape.has_all(&["@context", "statements"]),
    start: &|| Box::new(OpenVex),
};

/// What the context of every version begins with.
const CONTEXT: &str = "https://openvex.dev/ns";

struct OpenVex;

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "@context")]
    context: String,
    author: Option<String>,
    timestamp: Option<String>,
    last_updated: Option<String>,
    tooling: Option<String>,
    statements: Vec<u8>,
}

#[derive(Deserialize)]
struct Statement {
    vulnerability: Vulnerability,
    products: Option<Vec<Product>>,
    /// Before 0.2.
    subcomponents: Option<Vec<Product>>,
    status: Text,
    status_notes: Option<Text>,
    justification: Option<Text>,
    impact_statement: Option<Text>,
    action_statement: Option<Text>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vulnerability {
    /// Before 0.2.
    Name(Text),
    Named {
        #[serde(rename = "@id")]
        id: Option<Text>,
        name: Option<Text>,
        description: Option<Text>,
        aliases: Option<Vec<Text>>,
    },
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Product {
    /// Before 0.2.
    Id(Text),
    Identified {
        #[serde(rename = "@id")]
        id: Option<Text>,
        identifiers: Option<Identifiers>,
        subcomponents: Option<Vec<Product>>,
    },
}

#[derive(Clone, Deserialize)]
struct Identifiers {
    purl: Option<Text>,
    cpe23: Option<Text>,
    cpe22: Option<Text>,
}

impl Product {
    fn subcomponents(&mut self) -> Vec<Self> {
        match self {
            Self::Identified { subcomponents, .. } => subcomponents.take().unwrap_or_default(),
            Self::Id(_) => Vec::new(),
        }
    }

    /// By its package URL, else by what names it.
    fn software(self) -> Software {
        let (id, purl, cpe) = match self {
            Self::Id(id) => (Some(id), None, None),
            Self::Identified {
                id, identifiers, ..
            } => match identifiers {
                Some(named) => (id, named.purl, given(named.cpe23).or(named.cpe22)),
                None => (id, None, None),
            },
        };
        let of_purl = purl.as_deref().or(id.as_deref()).and_then(software_of_purl);
        let name = given(id).or_else(|| given(purl)).or_else(|| given(cpe));
        of_purl.unwrap_or_else(|| {
            name.map_or_else(unnamed, |name| Software {
                name,
                ..Software::default()
            })
        })
    }
}

impl Reader for OpenVex {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let mut statement: Statement = record.parse()?;
        let Some(vex) = Vex::from_word(&statement.status) else {
            let what = "`status` is none of the four that are known";
            return Err(RecordError::Shape(what.to_owned()));
        };
        let beside = statement.subcomponents.take().unwrap_or_default();
        let products = statement.products.take().unwrap_or_default();
        // Each with the product that it is a part of.
        let mut all: Vec<(Software, Option<Text>)> = Vec::new();
        for mut product in products {
            let mut parts = product.subcomponents();
            parts.extend(beside.iter().cloned());
            let software = product.software();
            if parts.is_empty() {
                all.push((software, None));
                continue;
            }
            let whole = software.purl.unwrap_or(software.name);
            // Without the version, which every build of an image changes.
            let place: Text = purl_name(&whole).into();
            for part in parts {
                let part = Software {
                    path: Some(place.clone()),
                    ..part.software()
                };
                all.push((part, Some(whole.clone())));
            }
        }
        // Products may be left to whoever applies the document.
        if all.is_empty() {
            all.push((unnamed(), None));
        }
        let statement = statement.finding(vex, record)?;
        for (software, whole) in all {
            let mut finding = statement.clone();
            crate::package::place(&mut finding, software);
            if let Some(whole) = whole {
                finding.attributes.insert(PRODUCT.into(), whole);
            }
            findings.push(finding, 0);
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let document: Envelope = object(ADAPTER.tool, envelope)?;
        match document.context.strip_prefix(CONTEXT) {
            None => {
                return Err(ReadError::wrong_tool(
                    ADAPTER.tool,
                    "its `@context` is another",
                ));
            }
            Some("") => {}
            Some(version) if version.starts_with("/v0.") || version == "/v1" => {}
            Some(_) => {
                let what = "version of OpenVEX that is not known; 0.0 to 0.2 are";
                return Err(ReadError::Unsupported(what.to_owned()));
            }
        }
        let mut run = Run::new(Completeness::Complete);
        run.content = Content::Statements;
        run.scanned = Some(document.statements.len() as u64);
        run.tool_version = document.tooling;
        run.issuer = document.author;
        let issued = document.last_updated.or(document.timestamp);
        run.finished = issued.and_then(|at| at.parse().ok());
        if document.statements.is_empty() {
            run.nothing_scanned("it makes no statement");
        }
        Ok(run)
    }
}

impl Statement {
    fn finding(self, vex: Vex, record: &Record<'_>) -> Result<Finding, RecordError> {
        let (name, description, aliases) = match self.vulnerability {
            Vulnerability::Name(name) => (Some(name), None, Vec::new()),
            Vulnerability::Named {
                id,
                name,
                description,
                aliases,
            } => {
                let name = given(name).or(id);
                (name, description, aliases.unwrap_or_default())
            }
        };
        let mut finding = Known {
            tool: ADAPTER.tool,
            id: name.as_deref().unwrap_or_default(),
            aliases: aliases.iter().map(|alias| &**alias).collect(),
            software: unnamed(),
            severity: Severity::unknown(),
            title: None,
        }
        .finding(record.evidence())?;
        finding.description = description.unwrap_or_default();
        finding.remediation = given(self.action_statement);
        finding.attributes.insert("vex-status".into(), self.status);
        if let Some(notes) = given(self.status_notes) {
            finding.attributes.insert("status-notes".into(), notes);
        }
        vex.apply(
            &mut finding,
            reason(self.justification, self.impact_statement),
        );
        Ok(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::ReadReport;
    use crate::read::testing::read_text;

    fn document(context: &str, statements: &str) -> ReadReport {
        let text = format!(r#"{{"@context":"{context}","statements":{statements}}}"#);
        read_text(&ADAPTER, &text).0
    }

    #[test]
    fn only_a_document_of_a_known_version_is_read() {
        const ONE: &str = r#"[{"vulnerability":"CVE-1","products":["p"],"status":"fixed"}]"#;
        for (context, statements, completeness) in [
            ("https://openvex.dev/ns", ONE, Completeness::Complete),
            ("https://openvex.dev/ns/v0.2.0", ONE, Completeness::Complete),
            ("https://openvex.dev/ns/v0.2.0", "[]", Completeness::Empty),
            ("https://openvex.dev/ns/v0.2.0", "{}", Completeness::Failed),
            ("https://openvex.dev/ns/v9", ONE, Completeness::Failed),
            (
                "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
                ONE,
                Completeness::Failed,
            ),
        ] {
            let report = document(context, statements).report;
            assert_eq!(report.completeness, completeness, "{context}");
        }
    }

    #[test]
    fn a_status_that_nobody_knows_takes_nothing_out() {
        let text = r#"[{"vulnerability":"CVE-1","status":"safe"},{"vulnerability":{},"status":"fixed"},{"vulnerability":"CVE-1","status":"affected"}]"#;
        let read = document("https://openvex.dev/ns", text);
        let counts = read.report.counts;
        assert_eq!((counts.findings, counts.quarantined), (1, 2));
        assert_eq!(read.report.completeness, Completeness::Partial);
    }
}
