//! CycloneDX documents in XML, versions 1.0 to 1.7. The elements are named as the keys of JSON, attributes aside.
//! Version 1.2 has vulnerabilities by an extension (`schema/ext/vulnerability-1.0.xsd`), in a list of the document or
//! in the component that has them.

use serde::Deserialize;

use gate_core::finding::Finding;

use super::component::Metadata;
use super::{Bom, COMPLETENESS, SENSITIVE, SEVERITY, check_version};
use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::{Format, Xml};
use crate::shape::Root;

/// What a document's namespace begins with; the version follows.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "cyclonedx",
    id: "cyclonedx-xml@1",
    reads: "CycloneDX in XML, versions 1.0 to 1.7",
    severity: SEVERITY,
    completeness: COMPLETENESS,
    format: Format::Xml(Xml {
        arrays: &[
            "advisories",
            "affects",
            "components",
            "cwes",
            "ratings",
            "recommendations",
            "references",
            "responses",
            "services",
            "tools",
            "versions",
            "vulnerabilities",
        ],
        // Lists that are not read, and elements that hold some of one name among others.
        bags: &[
            "algorithms",
            "ancestors",
            "annotations",
            "assemblies",
            "assessors",
            "attestations",
            "authors",
            "cipherSuites",
            "claims",
            "commands",
            "commits",
            "compositions",
            "contacts",
            "credits",
            "cryptoFunctions",
            "data",
            "declarations",
            "definitions",
            "dependencies",
            "dependency",
            "descendants",
            "endpoints",
            "environmentVars",
            "evidence",
            "externalReferences",
            "formulation",
            "hashes",
            "identifiers",
            "individuals",
            "inputs",
            "licenses",
            "lifecycles",
            "manufacture",
            "manufacturer",
            "modelCard",
            "omniborId",
            "organization",
            "organizations",
            "outputs",
            "parameters",
            "patches",
            "pedigree",
            "proofOfConcept",
            "properties",
            "provider",
            "releaseNotes",
            "resolves",
            "resourceReferences",
            "standards",
            "steps",
            "supplier",
            "swhid",
            "tags",
            "targets",
            "taskTypes",
            "tasks",
            "variants",
            "workflows",
        ],
        doctype: false,
    }),
    lists: &[
        "/bom/components/*",
        "/bom/services/*",
        "/bom/vulnerabilities/*",
    ],
    unread: &[],
    sensitive: SENSITIVE,
    exits: Exits::ONE_ON_DEMAND,
    recognizes: &|shape| {
        let is_namespace = |key: &String| {
            key.strip_prefix("xmlns=")
                .is_some_and(|uri| uri.starts_with(NAMESPACE))
        };
        shape.root == Root::Xml
            && shape.keys.first().is_some_and(|root| root == "bom")
            && shape.keys.get(1).is_some_and(is_namespace)
    },
    start: &|| Box::new(ByXml(Bom::default())),
};

struct ByXml(Bom);

#[derive(Deserialize)]
struct Envelope {
    bom: Document,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@xmlns")]
    namespace: String,
    #[serde(rename = "@serialNumber")]
    serial: Option<String>,
    metadata: Option<Metadata>,
    components: Option<Vec<u8>>,
    vulnerabilities: Option<Vec<u8>>,
}

impl Reader for ByXml {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        self.0.record(record, findings)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope { bom } = object(ADAPTER.tool, envelope)?;
        let Some(version) = bom.namespace.strip_prefix(NAMESPACE) else {
            return Err(ReadError::wrong_tool(
                ADAPTER.tool,
                "its namespace is another",
            ));
        };
        check_version(version, 0)?;
        let _ = bom.components;
        Ok(self.0.finish(
            bom.serial,
            bom.metadata.unwrap_or_default(),
            bom.vulnerabilities.is_some(),
        ))
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        self.0.settle(finding, note);
    }
}
