//! The log file and its one run (sections 3.13, 3.14, 3.18 to 3.20 and 3.58).

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use gate_core::corroboration::Corroborations;
use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use gate_core::request::{Enforcement, Subject};
use gate_core::scan_report::ScanReport;
use gate_core::subject;
use gate_core::time::Moment;
use gate_core::verdict::{Counts, Outcome, Reason};

use crate::answer::Answer;
use crate::json::PolicyDocument;
use crate::sarif::message::Message;
use crate::sarif::place::ROOT;
use crate::sarif::result::ResultObject;
use crate::sarif::rules::{Rule, Rules};

/// A log file.
pub(super) struct Log<'a> {
    answer: Answer<'a>,
    rules: Rules<'a>,
}

#[derive(Serialize)]
struct LogObject<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    automation_details: Automation,
    invocations: [Invocation<'a>; 1],
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    results: Results<'a>,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: &'a [Rule<'a>],
}

/// What this run is one of: runs of a gate are compared with each other (section 3.17.3).
#[derive(Serialize)]
struct Automation {
    id: String,
}

#[derive(Serialize)]
struct Base {
    description: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code_description: Option<&'static str>,
    end_time_utc: Moment,
    tool_execution_notifications: Vec<Notification<'a>>,
}

/// Why the verdict is as it is (section 3.58).
#[derive(Serialize)]
struct Notification<'a> {
    descriptor: Descriptor<'a>,
    level: &'static str,
    message: Message,
    properties: NotificationProperties<'a>,
}

#[derive(Serialize)]
struct Descriptor<'a> {
    id: &'a str,
}

/// The rest of a reason, under the names of the JSON answer; the findings that it names are told apart by their
/// disposition.
#[derive(Serialize)]
struct NotificationProperties<'a> {
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    findings: usize,
}

/// The verdict, under the names of the JSON answer.
#[derive(Serialize)]
struct Properties<'a> {
    outcome: Outcome,
    exit_code: u8,
    enforcement: Enforcement,
    gate: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a Subject>,
    evaluated_at: Moment,
    record: Digest,
    counts: &'a Counts,
    policies: Vec<PolicyDocument<'a>>,
    scan_reports: &'a [ScanReport],
    notes: Vec<String>,
    overrides: &'a [String],
}

impl<'a> Log<'a> {
    /// The log file of a verdict.
    pub(super) fn new(answer: Answer<'a>) -> Self {
        Self {
            answer,
            rules: Rules::of(&answer.request.findings),
        }
    }
}

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { answer, rules } = self;
        let log = LogObject {
            schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "gate",
                        semantic_version: env!("CARGO_PKG_VERSION"),
                        information_uri: env!("CARGO_PKG_REPOSITORY"),
                        rules: rules.list(),
                    },
                },
                automation_details: Automation {
                    id: format!("gate/{}/", answer.verdict.gate),
                },
                invocations: [invocation(*answer)],
                original_uri_base_ids: BTreeMap::from([(
                    ROOT,
                    Base {
                        description: Message::of("The root of what was scanned."),
                    },
                )]),
                results: Results {
                    answer: *answer,
                    rules,
                },
                properties: properties(*answer),
            }],
        };
        log.serialize(serializer)
    }
}

/// All findings. Each result is made when it is written.
struct Results<'a> {
    answer: Answer<'a>,
    rules: &'a Rules<'a>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Answer {
            verdict, request, ..
        } = self.answer;
        let compared = Corroborations::of(&request.findings);
        serializer.collect_seq(request.findings.iter().map(|finding| {
            let disposition = verdict.disposition_of(&finding.id);
            ResultObject::of(finding, disposition, self.rules, &compared)
        }))
    }
}

fn invocation(answer: Answer<'_>) -> Invocation<'_> {
    let codes = ExitCode::ALL.into_iter();
    let code = codes
        .into_iter()
        .find(|code| *code as u8 == answer.exit_code);
    Invocation {
        // A fail is a success: the gate did what it is for.
        execution_successful: answer.verdict.outcome != Outcome::Error,
        exit_code: answer.exit_code,
        exit_code_description: code.map(ExitCode::meaning),
        end_time_utc: answer.verdict.evaluated_at,
        tool_execution_notifications: answer.verdict.reasons.iter().map(notification).collect(),
    }
}

fn notification(reason: &Reason) -> Notification<'_> {
    Notification {
        descriptor: Descriptor { id: &reason.code },
        level: match reason.effect() {
            // The run itself is in doubt (section 3.58.6), which no fail is.
            Outcome::Error => "error",
            Outcome::Fail | Outcome::Warn => "warning",
            Outcome::Pass => "note",
        },
        message: Message::of(&reason.message),
        properties: NotificationProperties {
            outcome: reason.outcome,
            policy: reason.policy.as_deref(),
            report: reason.report.as_deref(),
            help: reason.help.as_deref(),
            findings: reason.findings.len(),
        },
    }
}

fn properties(answer: Answer<'_>) -> Properties<'_> {
    let Answer {
        verdict, request, ..
    } = answer;
    Properties {
        outcome: verdict.outcome,
        exit_code: answer.exit_code,
        enforcement: verdict.enforcement,
        gate: verdict.gate.as_str(),
        subject: verdict.subject.as_ref(),
        evaluated_at: verdict.evaluated_at,
        record: answer.record,
        counts: &verdict.counts,
        policies: PolicyDocument::all(answer),
        scan_reports: &request.reports,
        notes: subject::notes(request).collect(),
        overrides: &request.question.overrides,
    }
}
