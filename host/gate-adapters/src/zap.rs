//! ZAP's JSON report (`traditional-json` and `traditional-json-plus`, which is also what `zap-baseline.py -J`
//! writes), versions 2.7 to 2.17.
//!
//! Format: <https://github.com/zaproxy/zap-extensions>, `addOns/reports/src/main/zapHomeFiles/reports/`, and for
//! `insights` the add-on of that name (`StatsMonitor.java`). Nearly all values are texts, numbers included. Up to
//! 2.7.0 `site` is an object when there is one site.
//!
//! An alert is found at several addresses; each of its instances is a finding of its own, known by alert, method,
//! address and parameter, so that one endpoint can be accepted without the others. The query is no part of the
//! address: it differs from run to run and may hold credentials. Instances that differ in nothing else are one
//! finding with a count. ZAP lists only some instances of an alert that it calls systemic.
//!
//! Requests, responses, attacks and evidence never get as far as this file.

mod alert;
mod console;
mod insight;
mod xml;

use serde::Deserialize;

use gate_core::finding::{Endpoint, Finding};
use gate_core::scan_report::{Completeness, Target};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::address as web_address;
use crate::redact::{Sensitive, address, secret};
use crate::shape::Root;

use alert::Alert;
use insight::Insight;

/// Where alerts stand: below each of a list of sites, then below a single one.
const LISTS: &[&str] = &["/site/*/alerts/*", "/site/alerts/*"];

/// What the reports of all formats hide. JSON writes `request-header`, XML `requestheader`.
const SENSITIVE: &[Sensitive] = &[
    address("uri"),
    address("nodeName"),
    address("param"),
    secret("attack"),
    secret("evidence"),
    secret("otherinfo"),
    secret("request-header"),
    secret("request-body"),
    secret("response-header"),
    secret("response-body"),
    secret("requestheader"),
    secret("requestbody"),
    secret("responseheader"),
    secret("responsebody"),
    secret("resultDetails"),
    // Complaints of an automation plan may quote addresses and settings of it.
    secret("afPlanErrors"),
    secret("afPlanWarns"),
];

/// What the packaged scans (`zap-baseline.py` and the like) exit with: 1 when a rule failed, 2 when one warned.
const EXITS: Exits = Exits {
    ended: &[0],
    found: &[1, 2],
};

const SEVERITY: &str = "riskcode: 3 high, 2 medium, 1 low, 0 info; any other is unknown. Confidence 0 is a false positive: \
     suppressed";

const COMPLETENESS: &str = "empty without a site; partial when ZAP stopped the scan, ran out of space, failed to reach or log in to a \
     site too often, or an automation plan had errors";

pub(crate) use console::ADAPTER as CONSOLE;
pub(crate) use xml::ADAPTER as XML;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "zap",
    id: "zap-json@1",
    reads: "JSON (`traditional-json` and `traditional-json-plus`), seen from 2.7 to 2.17",
    severity: SEVERITY,
    completeness: COMPLETENESS,
    format: Format::Json,
    lists: LISTS,
    unread: &[],
    sensitive: SENSITIVE,
    exits: EXITS,
    recognizes: &|shape| shape.root == Root::Object && shape.has_all(&["@generated", "@version"]),
    start: &|| Box::new(Zap::default()),
};

/// Reads one report.
#[derive(Default)]
struct Zap {
    /// Names of the sites by position, for alerts that name no address; empty where there is something else.
    sites: Vec<String>,
    /// Where an alert counts more instances than it lists, and how many are missing in all.
    unlisted: Option<(String, u64)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    #[serde(rename = "@version")]
    version: String,
    created: Option<String>,
    site: Option<Sites>,
    insights: Option<Vec<Insight>>,
    stopping_insight: Option<Insight>,
    /// In `-plus` reports of automation plans.
    af_plan_errors: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Sites {
    Several(Vec<Site>),
    /// Seen in 2.7.
    One(Site),
}

#[derive(Deserialize)]
#[expect(
    dead_code,
    reason = "the list is there so that another shape than a list is refused"
)]
struct Site {
    #[serde(rename = "@name")]
    name: String,
    alerts: Vec<u8>,
}

impl Zap {
    fn alert(
        &mut self,
        alert: Alert,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        if let Some(missing) = alert.unlisted() {
            let (_, all) = self.unlisted.get_or_insert_with(|| (record.pointer(), 0));
            *all = all.saturating_add(missing);
        }
        // With a single site there is no index, and 0 is right.
        alert.findings(&record.evidence(), |finding| {
            findings.push(finding, record.outer_index());
        })
    }

    /// Completes a run of which only tool and time are known.
    fn conclude(&mut self, run: &mut Run, sites: Vec<String>) {
        let names: Vec<&str> = sites
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        run.scanned = Some(names.len() as u64);
        if names.is_empty() {
            run.nothing_scanned("ZAP reached no site");
        } else {
            run.target = Some(Target {
                digests: Vec::new(),
                kind: Some("site".to_owned()),
                name: names.join(", "),
            });
        }
        self.sites = sites;
        if let Some((place, missing)) = &self.unlisted {
            run.left_out(
                place,
                format!("alerts count more instances than they list: {missing}"),
            );
        }
    }

    /// An alert without an instance is about its site.
    fn place(&self, finding: &mut Finding, site: u32) {
        if finding.endpoint.is_none() {
            let site = self.sites.get(site as usize);
            finding.endpoint = site.map(|site| {
                Box::new(Endpoint {
                    method: None,
                    parameter: None,
                    url: web_address(site),
                })
            });
        }
    }
}

impl Reader for Zap {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        self.alert(record.parse()?, record, findings)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let report: Envelope = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.tool_version = Some(report.version);
        run.finished = report.created.and_then(|at| at.parse().ok());
        let sites = match report.site {
            None => Vec::new(),
            Some(Sites::Several(sites)) => sites,
            Some(Sites::One(site)) => vec![site],
        };
        self.conclude(&mut run, sites.into_iter().map(|site| site.name).collect());
        insight::account(report.insights.unwrap_or_default(), &mut run);
        if let Some(stop) = report.stopping_insight {
            stop.stopped("/stoppingInsight", &mut run);
        }
        let errors = report.af_plan_errors.unwrap_or_default().len();
        if errors > 0 {
            run.left_out(
                "/afPlanErrors",
                format!("errors of the automation plan: {errors}"),
            );
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        self.place(finding, note);
    }
}

#[cfg(test)]
mod tests;
