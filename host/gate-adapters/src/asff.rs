//! Findings in the AWS Security Finding Format, as AWS Security Hub gives and takes them: what `aws securityhub
//! get-findings` prints, a bare list, or events `Security Hub Findings - Imported`, one after the other.
//!
//! Format: `AwsSecurityFinding` of the interface of 2018-10-26, schema version 2018-10-08. Any product may have found
//! it: the attribute `product` says which. A finding that is `ARCHIVED` is not reported any more, one whose compliance
//! is `PASSED` is none: both count as passed. A finding about vulnerable packages becomes one for each. A list does not
//! say what was looked at, so that an empty one is complete.
//!
//! The details of a resource may hold environments and commands, and what products and people add may be anything: none
//! of it is read.

mod class;
mod record;
mod resource;
mod vulnerability;

use gate_core::scan_report::Completeness;
use serde_json::Value;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::aws::{event_evidence, is_list_of_records, next_page};
use crate::envelope::documents;
use crate::error::ReadError;
use crate::format::Format;
use crate::redact::secret;
use crate::shape::{Root, Shape};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "asff",
    id: "asff-json@1",
    reads: "JSON in the AWS Security Finding Format 2018-10-08: `aws securityhub get-findings`, a list, or events of \
            Security Hub, one or several",
    severity: "the provider's label, else the finding's: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL (info); without a label \
               the normalized number (1 low, 40 medium, 70 high, 90 critical); any other word is unknown",
    completeness: "partial with a `NextToken`; a list does not say what was looked at, so that an empty one is complete",
    format: Format::JsonLines,
    lists: &["/Findings/*", "/findings/*", "/*", "/detail/findings/*"],
    unread: &[],
    sensitive: &[
        secret("Details"),
        secret("Note"),
        secret("ProductFields"),
        secret("Tags"),
        secret("UserDefinedFields"),
    ],
    exits: Exits::ZERO,
    recognizes: &recognizes,
    start: &|| Box::new(Asff),
};

/// A list of nothing could be that of other services, and an event looks like that of any.
fn recognizes(shape: &Shape) -> bool {
    const OWN: &[&str] = &["AwsAccountId", "GeneratorId", "ProductArn"];
    let any = |keys: &[&str]| keys.iter().any(|key| shape.has(key));
    match shape.root {
        Root::Object => any(&["Findings", "findings"]) && shape.inner_has_all(OWN),
        Root::Array => shape.has_all(OWN),
        _ => false,
    }
}

struct Asff;

impl Reader for Asff {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let at = match record.list {
            3 => event_evidence(record),
            _ => record.evidence(),
        };
        let found = record.parse::<record::Finding>()?.read(&at)?;
        if found.is_empty() {
            findings.passed();
        }
        found.into_iter().for_each(|one| findings.push(one, 0));
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        let mut last = None;
        for document in documents(ADAPTER.tool, envelope) {
            let document = document?;
            // Pages and events may stand one after the other, a list stands alone.
            let after_list = last.as_ref().is_some_and(Value::is_array);
            let list_after = last.is_some() && document.is_array();
            if after_list || list_after || !is_known(&document) {
                let what = "there is neither a list of findings nor an event of Security Hub";
                return Err(ReadError::wrong_tool(ADAPTER.tool, what));
            }
            last = Some(document);
        }
        match last {
            Some(Value::Object(page)) => next_page(&page, &mut run),
            Some(_) => {}
            None => return Err(ReadError::Empty),
        }
        Ok(run)
    }
}

fn is_known(document: &Value) -> bool {
    match document {
        Value::Array(_) => is_list_of_records(document),
        Value::Object(page) if page.contains_key("detail-type") => {
            let kind = page.get("detail-type").and_then(Value::as_str);
            let of_findings = kind.is_some_and(|kind| kind.starts_with("Security Hub Findings - "));
            let findings = page.get("detail").and_then(|detail| detail.get("findings"));
            of_findings && findings.is_some_and(is_list_of_records)
        }
        Value::Object(page) => {
            let mut lists = ["Findings", "findings"]
                .into_iter()
                .filter_map(|key| page.get(key));
            // One of them, which is what it has to be.
            lists.next().is_some_and(is_list_of_records) && lists.next().is_none()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
