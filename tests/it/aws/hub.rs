//! Security Hub as its documentation describes it, and stricter where that is open: what it refuses, it refuses in the
//! service's words. The rules are in `README.md`, each with its source.

mod asff;
mod filters;
mod pace;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::fault::rest_json;
use super::front::{Call, partition};
use super::http::Answer;
pub(crate) use pace::Pace;

/// Most findings, and bytes of the body, of one import; most bytes of one finding. The documentation says "6 MB" and "240
/// KB" without saying of how many bytes; these are the smaller reading.
const FINDINGS: usize = 100;
const BODY: usize = 6_000_000;
const FINDING: usize = 240_000;

/// What a provider can't change of a finding that is there.
const CUSTOMERS: [&str; 4] = ["Note", "UserDefinedFields", "VerificationState", "Workflow"];

/// What a provider says in `FindingProviderFields`, and a customer may say otherwise.
const PROVIDED: [&str; 5] = [
    "Confidence",
    "Criticality",
    "RelatedFindings",
    "Severity",
    "Types",
];

/// Security Hub of one test: every account and region that calls it.
#[derive(Default)]
pub(crate) struct Hub(Mutex<State>);

#[derive(Default)]
struct State {
    disabled: bool,
    pace: Pace,
    /// How many imports GetFindings is behind.
    lag: usize,
    imports: usize,
    /// By ProductArn and Id; the ProductArn holds region and account.
    findings: BTreeMap<(String, String), Held>,
    refused: Vec<Value>,
}

/// A finding, and what became of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    /// As GetFindings gives it.
    pub(crate) finding: Value,
    /// As it was sent each time that it was taken, the first and all updates. Each is one event on EventBridge.
    pub(crate) sent: Vec<Value>,
    /// How often it was sent again with an `UpdatedAt` that is not later, which the service ignores without a word.
    pub(crate) stale: usize,
    /// What customers said of the fields that providers also fill.
    overridden: BTreeSet<&'static str>,
    /// What GetFindings gave after each import that changed it.
    history: Vec<(usize, Value)>,
}

impl Held {
    /// Whether it is `ACTIVE`.
    pub(crate) fn is_active(&self) -> bool {
        self.finding["RecordState"] == "ACTIVE"
    }

    fn show(&mut self, import: usize) {
        self.history.push((import, self.finding.clone()));
    }
}

/// The paths of all rules of the format, for the test that there is one for each.
pub(super) fn paths_of_rules() -> impl Iterator<Item = &'static str> {
    asff::RULES.iter().map(|(path, _)| *path)
}

/// For the test: what it sets, and what it sees.
impl Hub {
    /// Nobody has enabled Security Hub in this account.
    pub(crate) fn disable(&self) {
        self.0.lock().unwrap().disabled = true;
    }

    /// How many calls are let through. As documented, in real time, unless this says otherwise.
    pub(crate) fn pace(&self, pace: Pace) {
        self.0.lock().unwrap().pace = pace;
    }

    /// GetFindings shows what was there this many imports ago.
    pub(crate) fn lag(&self, imports: usize) {
        self.0.lock().unwrap().lag = imports;
    }

    /// Every finding by its Id.
    pub(crate) fn held(&self) -> BTreeMap<String, Held> {
        let state = self.0.lock().unwrap();
        let findings = state.findings.iter();
        findings
            .map(|((_, id), held)| (id.clone(), held.clone()))
            .collect()
    }

    /// Ids of the active ones.
    pub(crate) fn active(&self) -> BTreeSet<String> {
        let held = self.held().into_iter();
        held.filter(|(_, held)| held.is_active())
            .map(|(id, _)| id)
            .collect()
    }

    /// How many findings were taken: created and updated. As many events were sent.
    pub(crate) fn events(&self) -> usize {
        self.held().values().map(|held| held.sent.len()).sum()
    }

    /// How many were ignored because their `UpdatedAt` is not later.
    pub(crate) fn stale(&self) -> usize {
        self.held().values().map(|held| held.stale).sum()
    }

    /// What was refused, one by one: members of `FailedFindings`.
    pub(crate) fn refused(&self) -> Vec<Value> {
        self.0.lock().unwrap().refused.clone()
    }
}

/// As the service: what it answers.
impl Hub {
    /// The action behind a method and a path.
    pub(super) fn operation(service: &str, method: &str, path: &str) -> Option<&'static str> {
        Some(match (service, method, path) {
            ("securityhub", "POST", "/findings/import") => "BatchImportFindings",
            ("securityhub", "POST", "/findings") => "GetFindings",
            ("securityhub", "PATCH", "/findings/batchupdate") => "BatchUpdateFindings",
            ("securityhub", "GET", "/accounts") => "DescribeHub",
            ("securityhub", "POST", "/accounts") => "EnableSecurityHub",
            _ => return None,
        })
    }

    pub(super) fn answer(&self, call: &Call) -> Answer {
        let state = &mut *self.0.lock().unwrap();
        if let Some(answer) = state.pace.refuse(&call.operation) {
            return answer;
        }
        if call.request.body.len() > BODY {
            return rest_json(
                413,
                "RequestEntityTooLargeException",
                "Request entity too large",
            );
        }
        let body = match &*call.request.body {
            b"" => Value::Null,
            body => match serde_json::from_slice(body) {
                Ok(body) => body,
                Err(_) => return rest_json(400, "SerializationException", "Unexpected token"),
            },
        };
        let name = &*call.operation;
        if state.disabled && name != "EnableSecurityHub" {
            let message = format!(
                "Account {} is not subscribed to AWS Security Hub",
                call.account
            );
            return rest_json(401, "InvalidAccessException", &message);
        }
        match name {
            "BatchImportFindings" => state.import(call, &body),
            "GetFindings" => state.find(call, &body),
            "BatchUpdateFindings" => state.update(&body),
            "DescribeHub" => Answer::json(
                200,
                &json!({"HubArn": hub_arn(call), "SubscribedAt": "2026-01-01T00:00:00Z"}),
            ),
            "EnableSecurityHub" if !state.disabled => rest_json(
                409,
                "ResourceConflictException",
                "Account is already subscribed to Security Hub",
            ),
            "EnableSecurityHub" => {
                state.disabled = false;
                Answer::json(200, &json!({}))
            }
            _ => rest_json(
                404,
                "UnknownOperationException",
                "The stub does not know this operation",
            ),
        }
    }
}

fn hub_arn(call: &Call) -> String {
    let Call {
        region, account, ..
    } = call;
    format!(
        "arn:{}:securityhub:{region}:{account}:hub/default",
        partition(region)
    )
}

fn invalid(message: &str) -> Answer {
    rest_json(400, "InvalidInputException", message)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

impl State {
    fn import(&mut self, call: &Call, body: &Value) -> Answer {
        let findings = body["Findings"].as_array().map_or(&[][..], Vec::as_slice);
        if findings.is_empty() {
            return invalid(
                "Invalid parameter 'Findings'. data.Findings should NOT have fewer than 1 items",
            );
        }
        if findings.len() > FINDINGS {
            return invalid(
                "Invalid parameter 'Findings'. data.Findings should NOT have more than 100 items",
            );
        }
        if let Some(refused) = findings.iter().find_map(|finding| foreign(call, finding)) {
            return refused;
        }
        self.imports += 1;
        let mut failed = Vec::new();
        for finding in findings {
            let wrong = asff::complaints(finding);
            if wrong.is_empty() {
                self.take(call, finding);
                continue;
            }
            let message = format!(
                "Finding does not adhere to Amazon Finding Format. {}.",
                wrong.join(", ")
            );
            let error =
                json!({"Id": finding["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": message});
            failed.push(error);
        }
        self.refused.extend(failed.iter().cloned());
        let (bad, good) = (failed.len(), findings.len() - failed.len());
        Answer::json(
            200,
            &json!({"FailedCount": bad, "SuccessCount": good, "FailedFindings": failed}),
        )
    }

    /// A finding without fault: creates, replaces, or, when it is not newer, does nothing.
    fn take(&mut self, call: &Call, sent: &Value) {
        let key = (
            text(sent, "ProductArn").to_owned(),
            text(sent, "Id").to_owned(),
        );
        let held = self.findings.entry(key).or_default();
        let before = held.finding.take();
        let updated = |finding: &Value| asff::moment(text(finding, "UpdatedAt"));
        if !before.is_null() && updated(sent) <= updated(&before) {
            held.stale += 1;
            held.finding = before;
            return;
        }
        held.sent.push(sent.clone());
        let mut finding = completed(call, sent);
        if before.is_null() {
            if finding["Workflow"].is_null() {
                finding["Workflow"] = json!({"Status": "NEW"});
            }
        } else {
            for field in CUSTOMERS {
                finding.as_object_mut().unwrap().remove(field);
                keep(&mut finding, &before, field);
            }
            for field in &held.overridden {
                keep(&mut finding, &before, field);
            }
            if reopened(&before, &finding) {
                finding["Workflow"] = json!({"Status": "NEW"});
            }
        }
        held.finding = finding;
        held.show(self.imports);
    }

    fn find(&self, call: &Call, body: &Value) -> Answer {
        let most = body["MaxResults"].as_u64().unwrap_or(10);
        if !(1..=100).contains(&most) {
            return invalid("Invalid parameter 'MaxResults'. data.MaxResults should be <= 100");
        }
        let filters = match filters::Filters::read(&body["Filters"]) {
            Ok(filters) => filters,
            Err(message) => return invalid(&message),
        };
        let start = match body["NextToken"].as_str().map(str::parse::<usize>) {
            None => 0,
            Some(Ok(start)) => start,
            Some(Err(_)) => return invalid("Invalid parameter 'NextToken'."),
        };
        let until = self.imports.saturating_sub(self.lag);
        let seen = self.findings.values().filter_map(|held| {
            let seen = held
                .history
                .iter()
                .rev()
                .find(|(import, _)| *import <= until);
            seen.map(|(_, finding)| finding)
        });
        let theirs =
            seen.filter(|f| f["AwsAccountId"] == *call.account && f["Region"] == *call.region);
        let found: Vec<_> = theirs.filter(|finding| filters.hold(finding)).collect();
        let end = found.len().min(start.saturating_add(most as usize));
        let page = found.get(start..end).unwrap_or_default();
        let mut answer = json!({"Findings": page});
        if end < found.len() {
            answer["NextToken"] = json!(end.to_string());
        }
        Answer::json(200, &answer)
    }

    /// What a customer does.
    fn update(&mut self, body: &Value) -> Answer {
        let wanted = body["FindingIdentifiers"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        if wanted.is_empty() || wanted.len() > FINDINGS {
            return invalid(
                "Invalid parameter 'FindingIdentifiers'. It should have 1 to 100 items",
            );
        }
        let (mut done, mut undone) = (Vec::new(), Vec::new());
        for one in wanted {
            let key = (
                text(one, "ProductArn").to_owned(),
                text(one, "Id").to_owned(),
            );
            let Some(held) = self.findings.get_mut(&key) else {
                undone.push(json!({"FindingIdentifier": one, "ErrorCode": "FindingNotFound", "ErrorMessage": "Finding Not Found"}));
                continue;
            };
            for field in CUSTOMERS.into_iter().chain(PROVIDED) {
                keep(&mut held.finding, body, field);
                if PROVIDED.contains(&field) && !body[field].is_null() {
                    held.overridden.insert(field);
                }
            }
            held.show(self.imports);
            done.push(one);
        }
        Answer::json(
            200,
            &json!({"ProcessedFindings": done, "UnprocessedFindings": undone}),
        )
    }
}

/// Takes a field from another finding, if it is there.
fn keep(finding: &mut Value, from: &Value, field: &str) {
    if !from[field].is_null() {
        finding[field] = from[field].clone();
    }
}

/// Why the whole call is refused: a finding of another account, region or product than the caller's own.
fn foreign(call: &Call, finding: &Value) -> Option<Answer> {
    let Call {
        region, account, ..
    } = call;
    let arn = text(finding, "ProductArn");
    let parts: Vec<_> = arn.split(':').collect();
    let own = format!(
        "arn:{}:securityhub:{region}:{account}:product/{account}/default",
        partition(region)
    );
    let denied = || {
        let message = format!(
            "User: arn:aws:sts::{account}:assumed-role/pipeline/build is not authorized to perform: \
             securityhub:BatchImportFindings on resource: {arn}"
        );
        Some(rest_json(403, "AccessDeniedException", &message))
    };
    match parts[..] {
        _ if arn == own && text(finding, "AwsAccountId") == account => None,
        _ if arn == own => denied(),
        ["arn", of, "securityhub", at, owner, product]
            if of == partition(region)
                && at == region
                && product.starts_with("product/")
                && owner != account =>
        {
            denied()
        }
        _ => {
            let message = format!(
                "Invalid parameter 'ProductArn'. `{arn}` is no product of {account} in {region}"
            );
            Some(invalid(&message))
        }
    }
}

/// What the service adds to a finding.
fn completed(call: &Call, sent: &Value) -> Value {
    let mut finding = sent.clone();
    for field in PROVIDED {
        keep(&mut finding, &sent["FindingProviderFields"], field);
    }
    let normalized = match text(&finding["Severity"], "Label") {
        "LOW" => 1,
        "MEDIUM" => 40,
        "HIGH" => 70,
        "CRITICAL" => 90,
        _ => 0,
    };
    finding["Severity"]["Normalized"] = json!(normalized);
    finding["Region"] = json!(call.region);
    for (field, value) in [
        ("ProductName", "Default"),
        ("CompanyName", "Personal"),
        ("RecordState", "ACTIVE"),
        ("WorkflowState", "NEW"),
    ] {
        if finding[field].is_null() {
            finding[field] = json!(value);
        }
    }
    finding
}

/// Whether what was dealt with is open again: the service then sets a finding that was notified or resolved to new.
fn reopened(before: &Value, now: &Value) -> bool {
    let status = |finding: &Value| text(&finding["Compliance"], "Status").to_owned();
    let again = text(before, "RecordState") == "ARCHIVED" && text(now, "RecordState") == "ACTIVE";
    let failed = status(before) == "PASSED"
        && ["FAILED", "WARNING", "NOT_AVAILABLE"].contains(&&*status(now));
    let dealt = ["NOTIFIED", "RESOLVED"].contains(&text(&before["Workflow"], "Status"));
    dealt && (again || failed)
}
