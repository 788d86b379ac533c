//! SPDX documents as tags and values, versions 2.1 to 2.3.
//!
//! A line is `Tag: value`; a value that goes over several lines stands between `<text>` and `</text>`. A tag belongs
//! to the last package that was named. That the document is whole, the format does not say.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{Finding, Text};
use gate_core::scan_report::{Completeness, Target};

use super::package::{finding, is_advisory, software};
use super::{check_version, inventory, tools};
use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::array;
use crate::error::ReadError;
use crate::format::Format;
use crate::package::{place, unnamed};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "spdx",
    id: "spdx-text@1",
    reads: "SPDX as tags and values, versions 2.1 to 2.3",
    severity: "none: every advisory is unknown",
    completeness: "empty without a package; an inventory, which proves no scan; the format does not say that it is whole",
    format: Format::Lines(str::len),
    lists: &["/*"],
    unread: &[],
    sensitive: &[],
    exits: Exits::ZERO,
    recognizes: &|shape| {
        shape.root == Root::Other
            && shape
                .text
                .lines()
                .any(|line| line.starts_with("SPDXVersion: SPDX-"))
    },
    start: &|| Box::new(TagValue::default()),
};

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Default)]
struct Package {
    name: Text,
    version: Option<Text>,
    purl: Option<Text>,
}

/// Reads one document.
#[derive(Default)]
struct TagValue {
    in_text: bool,
    version: Option<String>,
    name: Option<String>,
    created: Option<String>,
    creators: Vec<String>,
    packages: Vec<Package>,
}

impl Reader for TagValue {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let line: Line<'_> = record.parse()?;
        let line = line.text.trim();
        if self.in_text {
            self.in_text = !line.contains("</text>");
            findings.passed();
            return Ok(());
        }
        if line.contains("<text>") && !line.contains("</text>") {
            self.in_text = true;
        }
        if line.starts_with('#') {
            findings.passed();
            return Ok(());
        }
        let is_tag = |tag: &str| !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric());
        let Some((tag, value)) = line.split_once(':').filter(|(tag, _)| is_tag(tag)) else {
            let what = "a line is neither a tag nor a comment, and no text is open";
            return Err(RecordError::Shape(what.to_owned()));
        };
        if let Some(finding) = self.tag(tag, value.trim(), record)? {
            let package = u32::try_from(self.packages.len()).unwrap_or_default();
            findings.push(finding, package);
            return Ok(());
        }
        findings.passed();
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        check_version(self.version.as_deref().unwrap_or_default())?;
        let mut run = Run::new(Completeness::Complete);
        run.finished = self.created.as_deref().and_then(|at| at.parse().ok());
        run.tool_version = tools(self.creators.iter().map(String::as_str));
        run.target = self.name.clone().map(|name| Target {
            digests: Vec::new(),
            kind: None,
            name,
        });
        inventory(&mut run, self.packages.len() as u64);
        if self.in_text {
            run.failed("a text does not end: the document was cut off");
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        // 0 is for what stands before the first package.
        let package = (note as usize)
            .checked_sub(1)
            .and_then(|at| self.packages.get(at));
        let Some(package) = package else { return };
        let version = package.version.clone();
        place(
            finding,
            software(package.name.clone(), version, package.purl.as_deref()),
        );
    }
}

impl TagValue {
    /// Takes a tag; gives a finding if it is one.
    fn tag(
        &mut self,
        tag: &str,
        value: &str,
        record: &Record<'_>,
    ) -> Result<Option<Finding>, RecordError> {
        match tag {
            "SPDXVersion" if self.version.is_some() => {
                return Err(RecordError::Shape("a second document begins".to_owned()));
            }
            "SPDXVersion" => self.version = Some(value.to_owned()),
            "DocumentName" => self.name = Some(value.to_owned()),
            "Created" => self.created = Some(value.to_owned()),
            "Creator" => self.creators.push(value.to_owned()),
            "PackageName" => self.packages.push(Package {
                name: value.into(),
                ..Package::default()
            }),
            "PackageVersion" => {
                if let Some(package) = self.packages.last_mut() {
                    package.version = Some(value.into());
                }
            }
            "ExternalRef" => {
                let mut words = value.split_whitespace();
                let (Some(category), Some(kind), Some(locator)) =
                    (words.next(), words.next(), words.next())
                else {
                    let what = "a reference has no category, type or locator";
                    return Err(RecordError::Shape(what.to_owned()));
                };
                if is_advisory(category, kind) {
                    return finding(locator, unnamed(), record.evidence()).map(Some);
                }
                if kind == "purl"
                    && let Some(package) = self.packages.last_mut()
                {
                    package.purl = Some(locator.into());
                }
            }
            _ => {}
        }
        Ok(None)
    }
}
