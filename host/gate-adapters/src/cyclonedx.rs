//! CycloneDX documents in JSON, versions 1.2 to 1.7: lists of components, of vulnerabilities, or of both.
//!
//! Format: <https://github.com/CycloneDX/specification>, `schema/bom-1.6.schema.json`, and what Trivy, Grype and
//! Dependency-Track write.
//!
//! What a document proves depends on what it holds. Without `vulnerabilities` it is an inventory, and that it names
//! none means nothing. With them it is a scan. Where there are no components and everything that is said of a
//! vulnerability is an analysis, it is a collection of statements (VEX). Trivy writes an empty list of
//! vulnerabilities when it was not asked to look for any, so that an empty list of Trivy's is an inventory, too.
//!
//! Components may be many and may come after the vulnerabilities that affect them. They are read one by one; only
//! their names stay in memory, and findings are completed at the end. A reference that leads nowhere is kept by its
//! text.

mod component;
mod rating;
mod vulnerability;
mod xml;

use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::finding::{Finding, Software, Status, Text};
use gate_core::fingerprint::purl_name;
use gate_core::scan_report::{Completeness, Content, Target};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::percent_decoded;
use crate::package::{place, software_of_purl, unnamed};
use crate::redact::{Sensitive, secret};
use crate::shape::Root;

use component::{Component, Metadata};
use vulnerability::Vulnerability;

pub(crate) use xml::ADAPTER as XML;

const COMPONENTS: usize = 0;
const VULNERABILITIES: usize = 2;

/// Builds and their commands, environments and attachments may be described, too.
const SENSITIVE: &[Sensitive] = &[
    secret("commands"),
    secret("environmentVars"),
    secret("parameters"),
    secret("proofOfConcept"),
];

const SEVERITY: &str = "of several ratings the one of the vulnerability's own source counts, then one that names no source, \
     then the highest: critical, high, medium, low, info, none; any other word is unknown; a CVSS score only where \
     no rating has a word";

const COMPLETENESS: &str = "empty when no component and no vulnerability is listed; an inventory without \
     `vulnerabilities`, and with an empty list of Trivy's";

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "cyclonedx",
    id: "cyclonedx-json@1",
    reads: "CycloneDX in JSON, versions 1.2 to 1.7",
    severity: SEVERITY,
    completeness: COMPLETENESS,
    format: Format::Json,
    lists: &["/components/*", "/services/*", "/vulnerabilities/*"],
    unread: &["/dependencies/*"],
    sensitive: SENSITIVE,
    exits: Exits::ONE_ON_DEMAND,
    recognizes: &|shape| shape.root == Root::Object && shape.has_all(&["bomFormat", "specVersion"]),
    start: &|| Box::new(Json(Bom::default())),
};

struct Json(Bom);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    bom_format: String,
    spec_version: String,
    serial_number: Option<String>,
    metadata: Option<Metadata>,
    components: Option<Vec<u8>>,
    vulnerabilities: Option<Vec<u8>>,
}

impl Reader for Json {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        self.0.record(record, findings)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let bom: Envelope = object(ADAPTER.tool, envelope)?;
        if bom.bom_format != "CycloneDX" {
            return Err(ReadError::wrong_tool(
                ADAPTER.tool,
                "`bomFormat` is another",
            ));
        }
        check_version(&bom.spec_version, 2)?;
        // The lists were read as records; that they are lists is all there is to know.
        let _ = bom.components;
        Ok(self.0.finish(
            bom.serial_number,
            bom.metadata.unwrap_or_default(),
            bom.vulnerabilities.is_some(),
        ))
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        self.0.settle(finding, note);
    }
}

/// Refuses versions whose documents may mean something else.
fn check_version(version: &str, first: u32) -> Result<(), ReadError> {
    let minor = version
        .strip_prefix("1.")
        .and_then(|minor| minor.parse().ok());
    match minor {
        Some(minor) if (first..=7).contains(&minor) => Ok(()),
        _ => Err(ReadError::Unsupported(format!(
            "version of CycloneDX that is not known; 1.{first} to 1.7 are"
        ))),
    }
}

/// What a vulnerability affects, to be looked up at the end.
enum Affected {
    /// A reference, and the version that the vulnerability names with it.
    Reference(Text, Option<Text>),
    /// A reference, and the version or range of it that an analysis is about.
    Version(Text, Text),
    /// Nothing in particular.
    Subject,
}

/// Reads one document, whatever it is written in.
#[derive(Default)]
struct Bom {
    components: u64,
    /// Components and services by reference.
    parts: BTreeMap<Text, Software>,
    affected: Vec<Affected>,
    vulnerabilities: u64,
    analysed: u64,
    /// The document's own number, and what it is about.
    serial: String,
    subject: Option<Software>,
}

impl Bom {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        if record.list == VULNERABILITIES {
            self.vulnerability(record.parse()?, None, record, findings)
        } else {
            self.component(record.parse()?, record, findings)
        }
    }

    /// Takes a component and those in it. In the XML of version 1.2 its vulnerabilities stand in it.
    fn component(
        &mut self,
        component: Component,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let before = findings.accounted();
        // No recursion: how deep components nest is the document's choice.
        let mut open = vec![component];
        while let Some(mut component) = open.pop() {
            if record.list == COMPONENTS {
                self.components += 1;
            }
            open.append(&mut component.components.take().unwrap_or_default());
            let vulnerabilities = component.vulnerabilities.take().unwrap_or_default();
            let reference = component.reference.clone();
            let software = component.software();
            for vulnerability in vulnerabilities {
                self.vulnerability(vulnerability, software.as_ref(), record, findings)?;
            }
            if let (Some(reference), Some(software)) = (reference, software) {
                self.parts.entry(reference).or_insert(software);
            }
        }
        if findings.accounted() == before {
            findings.passed();
        }
        Ok(())
    }

    /// Takes a vulnerability: one finding for each thing that it affects.
    fn vulnerability(
        &mut self,
        mut vulnerability: Vulnerability,
        inside: Option<&Software>,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let targets = vulnerability.targets();
        let analysed = vulnerability.is_analysed();
        if let Some(software) = inside {
            let finding = vulnerability.finding(software.clone(), record.evidence())?;
            findings.push(finding, u32::MAX);
        } else if targets.is_empty() {
            let finding = vulnerability.finding(unnamed(), record.evidence())?;
            findings.push(finding, self.note(Affected::Subject));
        } else {
            let base = vulnerability.finding(unnamed(), record.evidence())?;
            let taken_out = matches!(base.status, Status::NotApplicable | Status::Pass);
            for target in targets {
                // What is well in some versions says nothing of the others.
                if taken_out && target.names_versions() {
                    for (version, claim) in target.claims() {
                        let mut finding = base.clone();
                        claim.apply(&mut finding);
                        let affected = Affected::Version(target.reference.clone(), version);
                        findings.push(finding, self.note(affected));
                    }
                    continue;
                }
                let mut finding = base.clone();
                if target.is_unaffected() && finding.status == Status::Fail {
                    finding.status = Status::NotApplicable;
                }
                let version = target.version();
                findings.push(
                    finding,
                    self.note(Affected::Reference(target.reference, version)),
                );
            }
        }
        self.vulnerabilities += 1;
        self.analysed += u64::from(analysed);
        Ok(())
    }

    fn note(&mut self, affected: Affected) -> u32 {
        self.affected.push(affected);
        u32::try_from(self.affected.len() - 1).unwrap_or(u32::MAX)
    }

    fn finish(&mut self, serial: Option<String>, metadata: Metadata, lists_them: bool) -> Run {
        self.serial = serial.unwrap_or_default();
        let mut run = Run::new(Completeness::Complete);
        run.finished = metadata.timestamp.as_deref().and_then(|at| at.parse().ok());
        run.tool_version = metadata.tools();
        run.issuer = metadata.issuer();
        run.scanned = Some(self.components);
        if let Some(mut subject) = metadata.component {
            let reference = subject.reference.clone();
            let digest = subject.digest();
            let written = subject.name.clone();
            let kind = subject.kind.take();
            self.subject = subject.software();
            if let Some(software) = &self.subject {
                run.target = Some(Target {
                    digests: digest.into_iter().collect(),
                    kind: kind.map(String::from),
                    name: written.unwrap_or_else(|| software.name.clone()).into(),
                });
                if let Some(reference) = reference {
                    self.parts
                        .entry(reference)
                        .or_insert_with(|| software.clone());
                }
            }
        }
        let asked = |tools: &String| !tools.split_whitespace().any(|word| word == "trivy");
        let searched = lists_them && run.tool_version.as_ref().is_none_or(asked);
        run.content = match (self.vulnerabilities, self.components) {
            (0, _) if !searched => Content::Inventory,
            (1.., 0) if self.analysed == self.vulnerabilities => Content::Statements,
            (1.., 0) => Content::Scan,
            _ => Content::SearchedInventory,
        };
        if self.components == 0 && self.vulnerabilities == 0 {
            run.nothing_scanned("it lists no component and no vulnerability");
        }
        run
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        let Some(affected) = self.affected.get(note as usize) else {
            return;
        };
        let software = match affected {
            Affected::Subject => self.subject.clone().unwrap_or_else(unnamed),
            Affected::Reference(reference, version) => {
                let mut software = self.resolve(reference);
                if software.version.is_none() {
                    software.version.clone_from(version);
                }
                software
            }
            Affected::Version(reference, version) => {
                let mut software = self.resolve(reference);
                if software.version.as_ref() != Some(version) {
                    software.purl = software.purl.map(|purl| purl_name(&purl).into());
                    software.version = Some(version.clone());
                }
                software
            }
        };
        place(finding, software);
    }

    /// What a reference means: a component of this document, a package URL, a component of another document
    /// (`urn:cdx:serial/version#reference`), or only itself.
    fn resolve(&self, reference: &str) -> Software {
        if let Some(software) = self.parts.get(reference) {
            return software.clone();
        }
        if let Some((document, inside)) = reference
            .strip_prefix("urn:cdx:")
            .and_then(|link| link.split_once('#'))
        {
            let inside = percent_decoded(inside);
            let own = self.serial.strip_prefix("urn:uuid:");
            let named = document.split('/').next();
            let part = self.parts.get(&*inside).filter(|_| named == own);
            if let Some(software) = part.cloned().or_else(|| software_of_purl(&inside)) {
                return software;
            }
        }
        software_of_purl(reference).unwrap_or_else(|| Software {
            name: reference.into(),
            ..Software::default()
        })
    }
}

#[cfg(test)]
mod tests;
