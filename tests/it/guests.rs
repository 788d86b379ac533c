//! Hostile policies: what a policy may try, and that nothing comes of it but the outcome `error`.
//!
//! Each file in `tests/guests/` is a core module in text form (or, where it begins with `(component` or `(module`,
//! the whole of what is loaded). `scaffold.wat` there is an honest policy; a guest replaces parts of it. The table
//! below says what each guest must come to; a guest that is not in the table is a failure of its own.

mod build;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::slice;

use gate_core::digest::Digest;
use gate_core::evaluate::{Evaluation, evaluate};
use gate_core::finding::{Class, Evidence, Finding};
use gate_core::fingerprint::assemble;
use gate_core::gate::GateName;
use gate_core::request::{EvaluationRequest, Limits, PolicyUse, Question};
use gate_core::severity::{Level, Severity};
use gate_core::threshold::resolve;
use gate_core::time::Moment;
use gate_core::verdict::Outcome;
use gate_runtime::{LoadedPolicy, MAX_COMPONENT, Runtime, precompile};

pub(crate) use build::build;

use crate::gate::workspace;
use crate::standard::report_of;

/// A test for each guest: the file's name, the code that must come of it, and what the reason says.
macro_rules! guests {
    ($($test:ident $file:literal: $code:literal $says:expr;)+) => {
        /// Guests with a test: file and code.
        pub(crate) const GUESTS: &[(&str, &str)] = &[$(($file, $code)),+];

        $(
            #[test]
            fn $test() {
                comes_to_error(&component($file), $code, $says);
            }
        )+
    };
}

guests! {
    loop_in_finish "loop-in-finish": "policy-out-of-fuel" "it used up its fuel";
    loop_in_on_findings "loop-in-on-findings": "policy-out-of-fuel" "it used up its fuel";
    loop_in_constructor "loop-in-constructor": "policy-out-of-fuel" "it used up its fuel";
    loop_in_describe "loop-in-describe": "policy-out-of-fuel" "it used up its fuel";
    loop_in_start "loop-in-start": "policy-out-of-fuel" "it used up its fuel";
    loop_in_realloc "loop-in-realloc": "policy-out-of-fuel" "it used up its fuel";
    loop_in_post_return "loop-in-post-return": "policy-out-of-fuel" "it used up its fuel";
    loop_in_destructor "loop-in-destructor": "policy-out-of-fuel" "it used up its fuel";
    loop_of_fills "loop-of-fills": "policy-out-of-fuel" "it used up its fuel";
    recursion "recursion": "policy-stack-overflow" "its calls nested too deep";
    memory_growth "memory-growth": "policy-out-of-memory" "it asked for more memory than it may have";
    memory_initial "memory-initial": "policy-out-of-memory" "it asked for more memory than it may have";
    memories_together "memories-together": "policy-out-of-memory" "it asked for more memory than it may have";
    memories_many "memories-many": "policy-instantiate" "it could not be instantiated within its limits";
    tables_many "tables-many": "policy-instantiate" "it could not be instantiated within its limits";
    instances_many "instances-many": "policy-instantiate" "it could not be instantiated within its limits";
    table_growth "table-growth": "policy-out-of-memory" "it asked for more memory than it may have";
    table_initial "table-initial": "policy-out-of-memory" "it asked for more memory than it may have";
    handle_flood "handle-flood": "policy-out-of-memory" "it asked for more memory than it may have";
    trap "trap": "policy-trap" "it trapped";
    trap_in_start "trap-in-start": "policy-instantiate" "it could not be instantiated within its limits";
    trap_in_describe "trap-in-describe": "policy-trap" "it trapped";
    trap_in_post_return "trap-in-post-return": "policy-trap" "it trapped";
    trap_in_destructor "trap-in-destructor": "policy-trap" "it trapped";
    division_by_zero "division-by-zero": "policy-trap" "it trapped";
    access_outside "access-outside": "policy-trap" "it trapped";
    answer_outside "answer-outside": "policy-bad-decision" "its answer can't be read";
    answer_misaligned "answer-misaligned": "policy-bad-decision" "its answer can't be read";
    answer_list_outside "answer-list-outside": "policy-bad-decision" "its answer can't be read";
    answer_list_overflow "answer-list-overflow": "policy-bad-decision" "its answer can't be read";
    answer_text_outside "answer-text-outside": "policy-bad-decision" "its answer can't be read";
    answer_not_utf8 "answer-not-utf8": "policy-bad-decision" "its answer can't be read";
    answer_no_such_outcome "answer-no-such-outcome": "policy-bad-decision" "its answer can't be read";
    answer_no_such_case "answer-no-such-case": "policy-bad-decision" "its answer can't be read";
    realloc_outside "realloc-outside": "policy-bad-decision" "its answer can't be read";
    handle_unknown "handle-unknown": "policy-bad-decision" "its answer can't be read";
    counters_seen "counters-seen": "policy-bad-decision"
        "its answer claims to have seen 2 findings, was given 3";
    counters_matched "counters-matched": "policy-bad-decision"
        "its answer claims to have matched 4 findings, disposes of 3";
    rules_none "rules-none": "policy-asks-nothing" "its answer evaluated no rule: nothing that it could ask is limited";
    finding_unknown "finding-unknown": "policy-bad-decision"
        "its answer refers to finding 3, which does not exist";
    finding_twice "finding-twice": "policy-bad-decision" "its answer disposes of finding 1 twice";
    pass_with_counted "pass-with-counted": "policy-bad-decision"
        "its answer passes although it counted finding 1";
    fail_without_reason "fail-without-reason": "policy-bad-decision"
        "its answer does not pass and gives no reason";
    reason_without_code "reason-without-code": "policy-bad-decision"
        "its answer gives a reason without a proper code or message";
    reason_flood "reason-flood": "policy-answer-too-large" "its answer is larger than allowed";
    text_giant "text-giant": "policy-answer-too-large" "its answer is larger than allowed";
    text_same "text-same": "policy-answer-too-large" "its answer is larger than allowed";
    lists_same "lists-same": "policy-answer-too-large" "its answer is larger than allowed";
    answer_huge "answer-huge": "policy-answer-too-large" "its answer is larger than allowed";
    refuses "refuses": "policy-refused" "it can't decide: no idea";
    echoes "echoes": "policy-refused" "it can't decide: \0";
    refuses_early "refuses-early": "policy-refused" "it can't decide: too many";
    refuses_at_length "refuses-at-length": "policy-refused"
        &format!("it can't decide: x{}", "é".repeat(499));
    refuses_hugely "refuses-hugely": "policy-answer-too-large" "its answer is larger than allowed";
    describe_bad_name "describe-bad-name": "policy-description"
        "its description has a name that is not lower-case letters, digits and hyphens";
    describe_no_question "describe-no-question": "policy-description"
        "its description has no question or no version";
    describe_wrong_default "describe-wrong-default": "policy-description"
        "its description gives `max-any` a default of another kind";
    describe_twice "describe-twice": "policy-description"
        "its description names a threshold or setting twice";
    describe_nameless_read "describe-nameless-read": "policy-description"
        "its description reads ``, which is no field of a finding";
    describe_giant_text "describe-giant-text": "policy-answer-too-large" "its answer is larger than allowed";
    describe_giant_default "describe-giant-default": "policy-answer-too-large"
        "its answer is larger than allowed";
    describe_outside "describe-outside": "policy-bad-decision" "its answer can't be read";
    import_clock "import-clock": "policy-import"
        "its component imports `wasi:clocks/monotonic-clock@0.2.6`; a policy imports nothing";
    import_function "import-function": "policy-import"
        "its component imports `now`; a policy imports nothing";
    import_types "import-types": "policy-import"
        "its component imports `gate:policy/types@0.1.0`; a policy imports nothing";
    import_own_name "import-own-name": "policy-import"
        "its component imports `gate:policy/guest@0.1.0`; a policy imports nothing";
    exports_nothing "exports-nothing": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    exports_other "exports-other": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    exports_own_name "exports-own-name": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    exports_other_types "exports-other-types": "policy-instantiate"
        "it could not be instantiated within its limits";
    core_module "core-module": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    feature_shared_memory "feature-shared-memory": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    feature_atomics "feature-atomics": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    feature_gc "feature-gc": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    feature_exceptions "feature-exceptions": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    feature_tail_calls "feature-tail-calls": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    feature_memory64 "feature-memory64": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    feature_relaxed_simd "feature-relaxed-simd": "policy-invalid"
        "its component does not export the `gate:policy` interface";
    feature_async "feature-async": "policy-invalid"
        "its component does not export the `gate:policy` interface";
}

/// Guests that give an answer which counts.
pub(crate) const HONEST: &[(&str, &str)] = &[
    ("honest", "pass"),
    ("honest-fail", "fail"),
    ("unused-module", "pass"),
    ("remembers", "pass"),
    ("nan-bits", "pass"),
];

#[test]
fn an_honest_policy_is_heard() {
    let evaluation = asked(&component("honest"));
    let verdict = evaluation.verdict;
    assert_eq!(verdict.outcome, Outcome::Pass);
    let [reason] = verdict.reasons.as_slice() else {
        panic!("one reason expected: {:?}", verdict.reasons)
    };
    assert_eq!(reason.code, "all-seen");
    assert_eq!(reason.message, "every finding was looked at");
    assert_eq!(reason.findings, [request(&[]).findings[0].id]);
}

#[test]
fn an_honest_fail_is_a_fail() {
    let evaluation = asked(&component("honest-fail"));
    assert_eq!(evaluation.verdict.outcome, Outcome::Fail);
}

/// The control of the guests whose feature stands beside an honest policy.
#[test]
fn a_module_that_nobody_uses_does_no_harm() {
    let evaluation = asked(&component("unused-module"));
    assert_eq!(evaluation.verdict.outcome, Outcome::Pass);
}

#[test]
fn nothing_is_remembered_from_one_call_to_the_next() {
    let component = component("remembers");
    let mut runtime = Runtime::new(&Limits::STANDARD).unwrap();
    let policy = used(&mut runtime, "guest", &component);
    // Twice in one request, on two threads if the machine has them, and again and again.
    let request = request(&[policy.clone(), policy]);
    for _ in 0..10 {
        let verdict = evaluate(&request, &runtime).verdict;
        assert_eq!(verdict.outcome, Outcome::Pass, "{:?}", verdict.reasons);
    }
}

#[test]
fn every_guest_has_a_test_and_says_what_must_come_of_it() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let mut tested = BTreeSet::new();
    for (name, code) in GUESTS.iter().chain(HONEST) {
        tested.insert((*name).to_owned());
        let expect = format!(";; expect: {code}");
        assert!(text(name).lines().any(|line| line == expect), "{name}.wat");
        let row = |line: &str| {
            line.starts_with(&format!("| `{name}` |")) && line.ends_with(&format!("| `{code}` |"))
        };
        assert!(readme.lines().any(row), "{name} in README.md");
    }
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "wat"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "scaffold")
        .collect();
    assert_eq!(there, tested);
}

#[test]
fn bytes_that_are_no_component_are_no_policy() {
    let honest = component("honest");
    let mut longer = honest.clone();
    longer.push(0);
    // Not random from run to run: a failure must come again.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0]
    })
    .take(4096)
    .collect();
    let header_and_noise = [&honest[..8], &noise].concat();
    let compiled = precompile(&honest).unwrap();
    for bytes in [
        &[],
        &honest[..8],
        &honest[..honest.len() / 2],
        &honest[..honest.len() - 1],
        &longer,
        &noise,
        &header_and_noise,
        b"(component)",
        &compiled,
    ] {
        let says = "its component does not export the `gate:policy` interface";
        comes_to_error(bytes, "policy-invalid", says);
    }
    // As long as a component may be.
    let mut largest = honest;
    pad(&mut largest, usize::try_from(MAX_COMPONENT).unwrap());
    assert_eq!(asked(&largest).verdict.outcome, Outcome::Pass);
}

/// One byte changed, every third in turn: whatever comes of it is an answer, never a panic and never a hang.
#[test]
fn a_damaged_component_never_takes_the_gate_with_it() {
    let honest = component("honest");
    let mut runtime = Runtime::new(&Limits::STANDARD).unwrap();
    for at in (0..honest.len()).step_by(3) {
        let mut damaged = honest.clone();
        damaged[at] ^= 0x55;
        let policy = used(&mut runtime, "guest", &damaged);
        let evaluation = evaluate(&request(&[policy]), &runtime);
        for reason in evaluation.verdict.reasons {
            // The first would be a panic behind the guard, the second a hang.
            let broken = ["policy-engine", "policy-wall-clock"].contains(&reason.code.as_str());
            assert!(!broken, "byte {at}: {}", reason.message);
        }
    }
}

#[test]
fn an_endless_loop_takes_the_fuel_that_it_has_and_no_more() {
    let evaluation = asked(&component("loop-in-finish"));
    let given = Limits::STANDARD.fuel_for(3);
    let used = evaluation.diagnostics[0].fuel_used;
    // The engine looks at the end of a block, so a few instructions may be left or owed.
    assert!(given.abs_diff(used) < 100, "{used} of {given}");
}

#[test]
fn below_the_fuel_there_is_a_net() {
    let mut runtime = Runtime::new(&Limits::STANDARD).unwrap();
    let policy = used(&mut runtime, "guest", &component("loop-in-finish"));
    let mut request = request(&[policy]);
    // No patience at all: the loop takes a tenth of a second to use up its fuel.
    request.question.limits.wall_clock_seconds = 0;
    let verdict = evaluate(&request, &runtime).verdict;
    assert_eq!(
        (verdict.outcome, &*verdict.reasons[0].code),
        (Outcome::Error, "policy-wall-clock")
    );
}

/// Loads a component, asks it, and checks everything that holds for whatever is refused.
fn comes_to_error(component: &[u8], code: &str, says: &str) {
    let runtime = Runtime::new(&Limits::STANDARD).unwrap();
    comes_to_error_in(runtime, component, code, says);
}

/// As [`comes_to_error`], with a compiler of one's own.
pub(crate) fn comes_to_error_in(mut runtime: Runtime, component: &[u8], code: &str, says: &str) {
    let guest = used(&mut runtime, "guest", component);
    let evaluation = evaluate(&request(slice::from_ref(&guest)), &runtime);
    let verdict = &evaluation.verdict;
    assert_eq!(verdict.outcome, Outcome::Error, "{verdict:?}");
    let [reason] = verdict.reasons.as_slice() else {
        panic!("one reason expected: {:?}", verdict.reasons)
    };
    let message = evaluation.diagnostics[0].engine_message.as_deref();
    assert_eq!(reason.code, code, "{} ({message:?})", reason.message);
    let expected = format!("policy `guest` did not decide: {says}");
    assert_eq!(reason.message, expected);
    assert!(verdict.policies[0].counters.is_none());

    // What the engine has to say differs between its versions and stays outside.
    let written = json(&evaluation);
    for part in message
        .unwrap_or_default()
        .split([':', '\n'])
        .map(str::trim)
        .filter(|part| part.len() > 4)
        .chain(["wasm trap", "wasmtime", "backtrace", "0x"])
    {
        assert!(!written.contains(part), "`{part}` in {written}");
    }

    // The same again, and others are not disturbed.
    let again = evaluate(&request(slice::from_ref(&guest)), &runtime);
    assert_eq!(json(&again), written);
    let honest = used(&mut runtime, "honest", &self::component("honest"));
    let alone = evaluate(&request(slice::from_ref(&honest)), &runtime);
    assert_eq!(alone.verdict.outcome, Outcome::Pass);
    let both = evaluate(&request(&[guest, honest]), &runtime).verdict;
    assert_eq!(both.outcome, Outcome::Error);
    assert_eq!(both.policies[1].outcome, Outcome::Pass);
}

/// What an honest policy answers in a runtime.
pub(crate) fn honest_in(mut runtime: Runtime) -> Evaluation {
    let honest = used(&mut runtime, "honest", &component("honest"));
    evaluate(&request(&[honest]), &runtime)
}

/// Asks one policy, loaded or not.
fn asked(component: &[u8]) -> Evaluation {
    let mut runtime = Runtime::new(&Limits::STANDARD).unwrap();
    let policy = used(&mut runtime, "guest", component);
    evaluate(&request(&[policy]), &runtime)
}

/// Loads a policy and gives it its defaults, as a gate does. A policy that can't be loaded is asked all the same.
pub(crate) fn used(runtime: &mut Runtime, name: &str, component: &[u8]) -> PolicyUse {
    let loaded = runtime.load(component);
    let values = |of: fn(&LoadedPolicy) -> &[gate_core::threshold::Parameter]| match &loaded {
        Ok(loaded) => resolve(name, of(loaded), &[], &Default::default()).unwrap(),
        Err(_) => Default::default(),
    };
    PolicyUse {
        name: name.to_owned(),
        digest: Digest::of(component),
        thresholds: values(|loaded| &loaded.description.thresholds),
        settings: values(|loaded| &loaded.description.settings),
        terms: Default::default(),
    }
}

/// A question about three findings.
pub(crate) fn request(policies: &[PolicyUse]) -> EvaluationRequest {
    let finding = |(at, rule): (usize, &str)| {
        let evidence = Evidence {
            pointer: format!("/results/{at}").into(),
            report: Digest::of(b"a report"),
        };
        let severity = Severity {
            level: Level::High,
            ..Severity::unknown()
        };
        let class = Class::CodeWeakness;
        Finding::new("bandit", class, rule, severity, "a title", evidence)
    };
    let rules = ["B101", "B102", "B103"].into_iter().enumerate();
    let findings = assemble("shop", vec![rules.map(finding).collect()]).findings;
    assert_eq!(findings.len(), 3);
    let question = Question {
        scope: "shop".to_owned(),
        policies: policies.to_vec(),
        ..Question::of(
            GateName::new("sast").unwrap(),
            Moment::from_unix(1_750_000_000).unwrap(),
        )
    };
    let reports = vec![report_of(&findings)];
    EvaluationRequest::new(question, reports, findings)
}

pub(crate) fn json(evaluation: &Evaluation) -> String {
    serde_json::to_string(&evaluation.verdict).unwrap()
}

fn folder() -> PathBuf {
    workspace().join("tests/guests")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name).with_extension("wat")).unwrap()
}

/// The bytes of a guest, as they would be given to the gate.
pub(crate) fn component(name: &str) -> Vec<u8> {
    build(&folder(), &workspace().join("wit"), name)
}

/// Makes a component longer by a custom section, which says nothing.
pub(crate) fn pad(component: &mut Vec<u8>, length: usize) {
    // Section 0, its size in five bytes of LEB128, an empty name (one byte), zeros.
    let size = length - component.len() - 6;
    component.push(0);
    component.extend((0..5).map(|i| {
        let bits = (size >> (7 * i)) as u8 & 0x7f;
        if i < 4 { bits | 0x80 } else { bits }
    }));
    component.resize(length, 0);
}
