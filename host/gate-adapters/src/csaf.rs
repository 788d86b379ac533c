//! CSAF documents, versions 2.0 and 2.1: a vendor's advisories and VEX statements.
//!
//! Format: <https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html> and `csaf_json_schema.json` of both versions.
//! A vulnerability names products by identifiers, under a list for each status; what the identifiers mean stands in
//! `product_tree`. Ratings, reasons and remedies name products or groups of them.
//!
//! One finding for each product of each status. A product that is a component of another is named as the component,
//! with the other one as the place where it is.

mod products;
mod rating;
mod vulnerability;

use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::finding::{Finding, Text};
use gate_core::scan_report::{Completeness, Content};
use gate_core::vex::PRODUCT;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::package::{place, unnamed};
use crate::shape::Root;

use products::{ProductTree, Products};
use vulnerability::{Scoped, Vulnerability};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "csaf",
    id: "csaf-json@1",
    reads: "CSAF 2.0 and 2.1 in JSON",
    severity: "baseSeverity of the newest CVSS version: CRITICAL, HIGH, MEDIUM, LOW, NONE; its score where there is no \
               word; unknown for a product without a rating",
    completeness: "empty without a vulnerability; partial when it is a draft; statements only, which prove no scan",
    format: Format::Json,
    lists: &["/vulnerabilities/*"],
    unread: &[],
    sensitive: &[],
    exits: Exits::ZERO,
    recognizes: &|shape| {
        shape.root == Root::Object
            && shape.has("document")
            && (shape.has("product_tree") || shape.has("vulnerabilities"))
    },
    start: &|| Box::new(Csaf::default()),
};

/// Reads one document. What depends on products is added at the end, when they are known.
#[derive(Default)]
struct Csaf {
    vulnerabilities: Vec<Scoped>,
    /// For each finding its vulnerability and its product.
    stated: Vec<(usize, Option<Text>)>,
    products: Products,
}

#[derive(Deserialize)]
struct Envelope {
    document: Document,
    product_tree: Option<ProductTree>,
    vulnerabilities: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Document {
    csaf_version: String,
    /// Required by the format: without it, it is something else.
    #[expect(dead_code, reason = "that it is there is what counts")]
    category: String,
    publisher: Option<Publisher>,
    tracking: Tracking,
}

#[derive(Deserialize)]
struct Publisher {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Tracking {
    current_release_date: Option<String>,
    generator: Option<Generator>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct Generator {
    engine: Engine,
}

#[derive(Deserialize)]
struct Engine {
    name: String,
    version: Option<String>,
}

impl Reader for Csaf {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let vulnerability: Vulnerability = record.parse()?;
        let statuses = vulnerability.statuses()?;
        let (finding, scoped) = vulnerability.split(record.evidence())?;
        let index = self.vulnerabilities.len();
        self.vulnerabilities.push(scoped);
        let mut push = |finding: Finding, product: Option<Text>| {
            let note = u32::try_from(self.stated.len()).unwrap_or(u32::MAX);
            self.stated.push((index, product));
            findings.push(finding, note);
        };
        if statuses.is_empty() {
            push(finding, None);
            return Ok(());
        }
        for (vex, product) in statuses {
            let mut finding = finding.clone();
            vex.apply(&mut finding, None);
            push(finding, Some(product));
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope {
            document,
            product_tree,
            vulnerabilities,
        } = object(ADAPTER.tool, envelope)?;
        if !matches!(&*document.csaf_version, "2.0" | "2.1") {
            let what = "version of CSAF that is not known; 2.0 and 2.1 are";
            return Err(ReadError::Unsupported(what.to_owned()));
        }
        self.products = product_tree.map(ProductTree::products).unwrap_or_default();
        let mut run = Run::new(Completeness::Complete);
        run.content = Content::Statements;
        run.issuer = document.publisher.and_then(|publisher| publisher.name);
        let tracking = document.tracking;
        run.finished = tracking.current_release_date.and_then(|at| at.parse().ok());
        run.tool_version = tracking.generator.map(|generator| {
            let Engine { name, version } = generator.engine;
            format!("{name} {}", version.unwrap_or_default())
                .trim()
                .to_owned()
        });
        let count = vulnerabilities.map_or(0, |all| all.len());
        run.scanned = Some(count as u64);
        if tracking.status.as_deref() == Some("draft") {
            run.left_out("/document/tracking/status", "the document is a draft");
        }
        if count == 0 {
            run.nothing_scanned("it is about no vulnerability");
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        let Some((index, product)) = self.stated.get(note as usize) else {
            return;
        };
        let software = product
            .as_deref()
            .map_or_else(unnamed, |id| self.products.software(id));
        place(finding, software);
        if let Some(whole) = product.as_deref().and_then(|id| self.products.whole(id)) {
            finding.attributes.insert(PRODUCT.into(), whole.clone());
        }
        if let Some(scoped) = self.vulnerabilities.get(*index) {
            scoped.complete(finding, product.as_deref(), &self.products);
        }
    }
}

/// Entries that are about products, found by product.
struct ByProduct<T> {
    entries: Vec<T>,
    products: BTreeMap<Text, Vec<usize>>,
    /// Entries by group.
    groups: BTreeMap<Text, Vec<usize>>,
    /// Entries that name neither are about all products.
    all: Vec<usize>,
}

impl<T> Default for ByProduct<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            products: BTreeMap::new(),
            groups: BTreeMap::new(),
            all: Vec::new(),
        }
    }
}

impl<T> ByProduct<T> {
    fn add(&mut self, entry: T, products: Vec<Text>, groups: Vec<Text>) {
        let index = self.entries.len();
        self.entries.push(entry);
        if products.is_empty() && groups.is_empty() {
            self.all.push(index);
        }
        for product in products {
            self.products.entry(product).or_default().push(index);
        }
        for group in groups {
            self.groups.entry(group).or_default().push(index);
        }
    }

    /// The entries about a product, in the order of the document.
    fn of(&self, product: Option<&str>, products: &Products) -> Vec<&T> {
        let mut indexes = self.all.clone();
        if let Some(product) = product {
            indexes.extend(self.products.get(product).into_iter().flatten());
            let in_group = self
                .groups
                .iter()
                .filter(|(group, _)| products.in_group(product, group));
            indexes.extend(in_group.flat_map(|(_, entries)| entries));
        }
        indexes.sort_unstable();
        indexes.dedup();
        indexes
            .iter()
            .filter_map(|index| self.entries.get(*index))
            .collect()
    }
}

#[cfg(test)]
mod tests;
