//! The standard policies answer what their cases say, in the sandbox and natively alike.
//!
//! `policies/README.md` describes the cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use gate_core::evaluate::evaluate;
use gate_core::finding::Finding;
use gate_core::policy::{BadDecision, Decision, Description, PolicyFailure};
use gate_core::ports::PolicyRuntime;
use gate_core::request::{EvaluationRequest, PolicyUse};
use gate_core::scan_report::{Content, ScanReport};
use gate_core::threshold::{Layer, RawValues};
use gate_runtime::LoadedPolicy;
use gate_runtime::columns::{self, Reads};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::gate::workspace;
use crate::random;
use crate::standard::{NATIVE, Native, STANDARD, ask_natively, report_of, request, with};

const HEADINGS: [&str; 5] = [
    "What it asks",
    "Why",
    "Example",
    "How to satisfy it",
    "Thresholds",
];

fn folder(policy: &str) -> PathBuf {
    workspace().join("policies").join(policy)
}

/// Each policy, natively and as a component.
fn both() -> impl Iterator<Item = (&'static Native, &'static LoadedPolicy)> {
    NATIVE.iter().zip(&STANDARD.loaded)
}

#[test]
fn every_folder_is_a_policy_that_is_tested_here() {
    let entries = fs::read_dir(workspace().join("policies"))
        .unwrap()
        .map(Result::unwrap);
    let folders: BTreeSet<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let native: BTreeSet<String> = NATIVE
        .iter()
        .map(|native| native.description.name.to_owned())
        .collect();
    assert_eq!(folders, native);
}

#[test]
fn every_policy_says_what_it_asks() {
    let overview = fs::read_to_string(workspace().join("policies/README.md")).unwrap();
    for (_, loaded) in both() {
        let description = &loaded.description;
        let name = &description.name;
        let readme = fs::read_to_string(folder(name).join("README.md")).unwrap();
        let headings: Vec<&str> = readme
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(headings, HEADINGS, "{name}");
        assert!(readme.starts_with(&format!("# {name}\n")), "{name}");
        assert!(readme.contains(&description.question), "{name}");
        assert!(overview.contains(&description.question), "{name}");
        for threshold in &description.thresholds {
            let default = match threshold.default.to_string() {
                none if none.is_empty() => "none".to_owned(),
                default => format!("`{default}`"),
            };
            let row = format!(
                "| `{}` | {default} | {} |",
                threshold.name, threshold.meaning
            );
            assert!(readme.contains(&row), "{name} does not have the row {row}");
        }
    }
}

#[test]
fn a_component_describes_itself_as_its_source_does() {
    for (native, loaded) in both() {
        let source = native.description;
        let description = &loaded.description;
        assert_eq!(description.name, source.name);
        assert_eq!(description.version, source.version);
        assert_eq!(description.question, source.question);
        assert_eq!(description.reads, source.reads);
        assert_eq!(loaded.imports, [""; 0], "{} imports something", source.name);
        assert_eq!(description.check(), Ok(()));
        let names = |list: &[gate_guest::Threshold]| -> Vec<_> {
            list.iter()
                .map(|threshold| threshold.name().to_owned())
                .collect()
        };
        let described: Vec<_> = description
            .thresholds
            .iter()
            .map(|p| p.name.clone())
            .collect();
        assert_eq!(described, names(source.thresholds));
        for threshold in &description.thresholds {
            assert!(threshold.default.is(threshold.kind), "{}", threshold.name);
        }
    }
}

#[test]
fn every_case_holds_in_the_sandbox_and_natively() {
    for (native, loaded) in both() {
        let name = native.description.name;
        let entries = fs::read_dir(folder(name).join("cases")).unwrap();
        let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        cases.sort();
        assert!(cases.len() >= 5, "{name} has only {} cases", cases.len());
        for path in cases {
            let text = fs::read_to_string(&path).unwrap();
            let case = Case::read(&text, loaded).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            let sandboxed = in_the_sandbox(&case.request);
            assert_eq!(sandboxed, case.expect, "{path:?} in the sandbox");
            let answer = ask_natively(native, &case.using, &case.request);
            assert_eq!(natively(&answer), case.expect, "{path:?} natively");
        }
    }
}

/// A case, ready to be asked.
struct Case {
    using: PolicyUse,
    request: EvaluationRequest,
    expect: Value,
}

impl Case {
    fn read(text: &str, policy: &LoadedPolicy) -> Result<Self, String> {
        let mut case: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let case = case.as_object_mut().ok_or("a case is an object")?;
        let about = case.remove("about");
        if about
            .as_ref()
            .and_then(Value::as_str)
            .is_none_or(|about| !about.ends_with('.'))
        {
            return Err("`about` is one sentence".to_owned());
        }
        let thresholds = case.remove("thresholds").unwrap_or_else(|| json!({}));
        let thresholds: RawValues =
            serde_json::from_value(thresholds).map_err(|e| e.to_string())?;
        let layer = Layer {
            source: "case".to_owned(),
            shared: false,
            values: thresholds.0,
        };
        let findings = case.remove("findings").ok_or("there is no `findings`")?;
        let findings = findings.as_array().ok_or("`findings` is a list")?;
        let findings: Result<Vec<Finding>, String> = findings
            .iter()
            .enumerate()
            .map(|(at, patch)| finding(at, patch))
            .collect();
        let findings = findings?;
        let reports = match case.remove("reports") {
            Some(reports) => reports_of(&reports, &findings)?,
            None => vec![report_of(&findings)],
        };
        let subject = case.remove("subject").map(serde_json::from_value);
        let subject = subject.transpose().map_err(|e| format!("subject: {e}"))?;
        let expect = case.remove("expect").ok_or("there is no `expect`")?;
        if let Some(unknown) = case.keys().next() {
            return Err(format!("there is no field `{unknown}`"));
        }
        let using = with(policy, &layer);
        let mut request = request(vec![using.clone()], findings, reports, Vec::new());
        request.question.subject = subject;
        // What kinds of report prove something is the gate's question, not the policy's.
        request.question.report_rules.accepts = KINDS.into();
        Ok(Self {
            using,
            request,
            expect,
        })
    }
}

const KINDS: [Content; 5] = [
    Content::Scan,
    Content::Inventory,
    Content::SearchedInventory,
    Content::Statements,
    Content::Measurement,
];

/// The reports of a case: patches over the template, the first of which holds all findings.
fn reports_of(patches: &Value, findings: &[Finding]) -> Result<Vec<ScanReport>, String> {
    let patches = patches.as_array().ok_or("`reports` is a list")?;
    let report = |(at, patch): (usize, &Value)| {
        let findings = if at == 0 { findings } else { &[] };
        let mut report = serde_json::to_value(report_of(findings)).unwrap();
        report["name"] = json!(format!("report-{at}"));
        merge(&mut report, patch);
        serde_json::from_value(report).map_err(|e| format!("report {at}: {e}"))
    };
    patches.iter().enumerate().map(report).collect()
}

/// A finding of a case: a patch over the template. Its identity is its position, so that the case's order is the
/// canonical one.
fn finding(at: usize, patch: &Value) -> Result<Finding, String> {
    let mut finding = json!({
        "class": "vulnerability",
        "count": 1,
        "evidence": { "pointer": format!("/findings/{at}"), "report": format!("sha256:{:064x}", 0) },
        "id": format!("gf1:{at:064x}"),
        "rule": { "id": "TEST-1" },
        "severity": { "level": "high", "origin": "tool" },
        "status": "fail",
        "title": "example: a test",
        "tool": "test",
    });
    if patch
        .get("class")
        .is_none_or(|class| class == "vulnerability")
    {
        finding["vulnerability"] = vulnerability();
    }
    // What only a vulnerability has is completed also where a case gives it to another class.
    if patch.get("vulnerability").is_some_and(Value::is_object) {
        finding["vulnerability"] = vulnerability();
    }
    merge(&mut finding, patch);
    serde_json::from_value(finding).map_err(|e| format!("finding {at}: {e}"))
}

fn vulnerability() -> Value {
    json!({
        "fix_state": "unknown",
        "ids": ["TEST-1"],
        "software": { "name": "example", "version": "1.0.0" },
    })
}

/// A JSON merge patch, RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name], value);
        }
    }
}

/// What the gate answers, in the form of a case's `expect`.
fn in_the_sandbox(request: &EvaluationRequest) -> Value {
    if let Err(failure) = &STANDARD.runtime.run(request)[0].result {
        return refusal(failure);
    }
    let verdict = evaluate(request, &STANDARD.runtime).verdict;
    let position = |id| request.findings.iter().position(|f| f.id == id).unwrap();
    // The gate itself has something to say of a gate that looks at nothing.
    let own = verdict
        .reasons
        .iter()
        .filter(|reason| reason.policy.is_some());
    let reasons = own.map(|reason| {
        let findings: Vec<_> = reason.findings.iter().map(|id| position(*id)).collect();
        json!({ "code": reason.code, "findings": findings })
    });
    let counters = verdict.policies[0]
        .counters
        .unwrap_or_else(|| panic!("{verdict:?}"));
    json!({
        "outcome": verdict.policies[0].outcome,
        "reasons": reasons.collect::<Vec<_>>(),
        "counters": { "seen": counters.seen, "matched": counters.matched },
    })
}

/// What a policy says that can't decide. Any other failure is none that a case can expect.
fn refusal(failure: &PolicyFailure) -> Value {
    match failure {
        PolicyFailure::Refused(why) => json!({ "refuses": why }),
        other => panic!("{other:?}"),
    }
}

/// What the policy's own function answers, in the form of a case's `expect`.
fn natively(answer: &Result<Decision, PolicyFailure>) -> Value {
    let decision = match answer {
        Ok(decision) => decision,
        Err(failure) => return refusal(failure),
    };
    let reasons = decision.reasons.iter();
    let reasons = reasons.map(|r| json!({ "code": r.code, "findings": r.findings }));
    json!({
        "outcome": decision.outcome,
        "reasons": reasons.collect::<Vec<_>>(),
        "counters": { "seen": decision.counters.seen, "matched": decision.counters.matched },
    })
}

/// Some values for the thresholds of each policy.
fn layers() -> impl Strategy<Value = Vec<Layer>> {
    let descriptions = STANDARD.loaded.iter().map(|policy| &policy.description);
    descriptions.map(random::thresholds).collect::<Vec<_>>()
}

/// A report with what some policy asks of reports.
fn measured() -> impl Strategy<Value = ScanReport> {
    let tools = select(vec![
        "aws-config",
        "conftest",
        "junit",
        "lcov",
        "trivy",
        "zap",
    ]);
    let names = select(vec![
        "branches-covered",
        "branches-valid",
        "endpoints",
        "lines-covered",
        "lines-valid",
        "percent-2xx",
        "tests",
    ]);
    let measures = proptest::collection::btree_map(names.prop_map(str::to_owned), 0..120_u64, 0..8);
    (tools, measures, any::<Option<u64>>()).prop_map(|(tool, measures, scanned)| ScanReport {
        tool: tool.to_owned(),
        measures,
        scanned,
        ..report_of(&[])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// The sandbox, the contract and the fields that a policy names in `reads` change nothing: the component
    /// answers, word by word, what the function answers that gets every column.
    #[test]
    fn the_sandbox_changes_nothing(
        findings in random::findings(0..60),
        layers in layers(),
        reports in proptest::collection::vec(measured(), 0..3),
    ) {
        let policies: Vec<PolicyUse> = STANDARD
            .loaded
            .iter()
            .zip(&layers)
            .map(|(policy, layer)| with(policy, layer))
            .collect();
        let request = request(policies, findings, reports, Vec::new());
        let answers = STANDARD.runtime.run(&request);
        prop_assert_eq!(answers.len(), NATIVE.len());
        for ((native, using), answer) in
            NATIVE.iter().zip(&request.question.policies).zip(answers)
        {
            let expected = ask_natively(native, using, &request);
            prop_assert_eq!(&answer.result, &expected, "{}", &using.name);
            if let Ok(decision) = expected {
                // A policy that nothing limits has no rule, and its answer is refused.
                let checked = decision.check(request.findings.len() as u32);
                prop_assert!(matches!(checked, Ok(()) | Err(BadDecision::NoRule)), "{checked:?}");
            }
        }
    }

    /// What a policy does not say it reads can't influence it: it does not arrive.
    #[test]
    fn a_column_that_is_not_named_does_not_arrive(findings in random::findings(1..4)) {
        let arrives = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            serde_json::to_value(columns::batch(&findings, &Reads::new(&names).unwrap())).unwrap()
        };
        let whole = serde_json::to_value(columns::batch(&findings, &Reads::everything())).unwrap();
        let bare = arrives(&[]);
        let mut none = serde_json::to_value(columns::batch::<Finding>(&[], &Reads::everything())).unwrap();
        none["rows"] = json!(findings.len());
        prop_assert_eq!(&bare, &none);
        for column in Description::COLUMNS {
            let mut expected = bare.clone();
            let pointer = format!("/{}", column.replace('-', "_").replace('.', "/"));
            *expected.pointer_mut(&pointer).unwrap() = whole.pointer(&pointer).unwrap().clone();
            if column.starts_with("vulnerability.") {
                expected["vulnerability"]["present"] = whole["vulnerability"]["present"].clone();
            }
            prop_assert_eq!(arrives(&[column]), expected, "{}", column);
        }
        for record in ["rule", "severity", "vulnerability"] {
            let mut expected = bare.clone();
            expected[record] = whole[record].clone();
            prop_assert_eq!(arrives(&[record]), expected, "{}", record);
        }
        // One attribute can be named, and only that one arrives.
        let names = findings.iter().flat_map(|f| f.attributes.iter().map(|(name, _)| name.as_str()));
        for name in names.filter(|name| !name.is_empty()) {
            let columns = whole["attributes"].as_array().unwrap();
            let column = columns.iter().find(|column| column["name"] == json!(name));
            let mut expected = bare.clone();
            expected["attributes"] = json!([column.unwrap()]);
            prop_assert_eq!(arrives(&[&format!("attributes.{name}")]), expected);
        }
    }

    /// A column that is misspelt would never arrive.
    #[test]
    fn a_name_that_is_no_field_is_refused(name in "[a-z.-]{0,12}") {
        prop_assume!(Description::columns_of(&name).next().is_none());
        prop_assume!(name.strip_prefix("attributes.").is_none_or(str::is_empty));
        let refused = matches!(Reads::new(&[name]), Err(PolicyFailure::Description(_)));
        prop_assert!(refused);
    }
}
