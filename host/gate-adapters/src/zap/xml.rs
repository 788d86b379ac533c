//! ZAP's XML report (`traditional-xml` and `traditional-xml-plus`, which is also what `zap-baseline.py -x` writes):
//! the same alerts under the same names.

use serde::Deserialize;

use gate_core::finding::Finding;
use gate_core::scan_report::Completeness;

use super::insight::{self, Insight};
use super::{COMPLETENESS, EXITS, SENSITIVE, SEVERITY, Site, Zap};
use crate::adapter::{Adapter, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::{Format, Xml};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "zap",
    id: "zap-xml@1",
    reads: "XML (`traditional-xml` and `traditional-xml-plus`), seen from 2.9 to 2.17",
    severity: SEVERITY,
    completeness: COMPLETENESS,
    format: Format::Xml(Xml {
        arrays: &["alerts", "instances", "tags"],
        bags: &["OWASPZAPReport", "insights", "statistics"],
        doctype: false,
    }),
    lists: &["/OWASPZAPReport/#items/*/alerts/*"],
    unread: &[],
    sensitive: SENSITIVE,
    exits: EXITS,
    recognizes: &|shape| {
        shape.root == Root::Xml
            && shape
                .keys
                .first()
                .is_some_and(|root| root == "OWASPZAPReport")
    },
    start: &|| Box::new(ZapXml(Zap::default())),
};

struct ZapXml(Zap);

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "OWASPZAPReport")]
    report: Report,
}

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "@version")]
    version: String,
    #[serde(rename = "@created")]
    created: Option<String>,
    #[serde(rename = "#items")]
    items: Vec<Item>,
}

/// What stands directly in the report: sites, and what is said about the run.
#[derive(Deserialize)]
#[serde(tag = "#name")]
enum Item {
    #[serde(rename = "site")]
    Site(Site),
    #[serde(rename = "insights")]
    Insights {
        #[serde(rename = "#items")]
        items: Vec<Insight>,
    },
    #[serde(rename = "stoppingInsight")]
    Stop(Insight),
    #[serde(other)]
    Other,
}

impl Reader for ZapXml {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        self.0.alert(record.parse()?, record, findings)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope { report } = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.tool_version = Some(report.version);
        run.finished = report.created.and_then(|at| at.parse().ok());
        let mut sites = Vec::new();
        let mut insights = Vec::new();
        for item in report.items {
            let mut name = String::new();
            match item {
                Item::Site(site) => name = site.name,
                Item::Insights { items } => insights = items,
                Item::Stop(stop) => stop.stopped("/OWASPZAPReport/stoppingInsight", &mut run),
                Item::Other => {}
            }
            sites.push(name);
        }
        self.0.conclude(&mut run, sites);
        insight::account(insights, &mut run);
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        self.0.place(finding, note);
    }
}
