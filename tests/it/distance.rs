//! How far a verdict is from another one, held against what happens when it is so.

use std::collections::BTreeSet;

use gate_core::digest::Digest;
use gate_core::distance::{Cause, Direction, Distance, Room};
use gate_core::evaluate::evaluate;
use gate_core::finding::{Class, Evidence, Finding, FixState, Software, Vulnerability};
use gate_core::fingerprint::assemble;
use gate_core::policy::{Counters, Decision, PolicyReason};
use gate_core::ports::{PolicyAnswer, PolicyRuntime};
use gate_core::request::{EvaluationRequest, PolicyUse, Question, Requirement};
use gate_core::scan_report::ScanReport;
use gate_core::severity::{Level, Severity};
use gate_core::threshold::{Layer, RawValue};
use gate_core::time::Moment;
use gate_core::verdict::Outcome;
use gate_core::waiver::{Scope, Waiver};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::gate::{Folder, report, workspace};
use crate::standard::{STANDARD, report_of, request, with};

/// Findings of a level in packages of these names.
fn findings(of: &[(&str, Level)]) -> Vec<Finding> {
    let evidence = || Evidence {
        pointer: "/0".into(),
        report: Digest::of(b"r"),
    };
    let finding = |(at, (package, level)): (usize, &(&str, Level))| {
        let id = format!("CVE-2026-{:04}", 1000 + at);
        let severity = Severity {
            level: *level,
            ..Severity::unknown()
        };
        let mut finding = Finding::new(
            "test",
            Class::Vulnerability,
            &*id,
            severity,
            &*id,
            evidence(),
        );
        finding.vulnerability = Some(Box::new(Vulnerability {
            cvss: Vec::new(),
            cwes: Vec::new(),
            epss: None,
            fix_state: FixState::Unknown,
            fixed_in: Vec::new(),
            ids: vec![(&*id).into()],
            known_exploited: None,
            software: Software {
                name: (*package).into(),
                version: Some("1".into()),
                ..Software::default()
            },
        }));
        finding
    };
    let findings = of.iter().enumerate().map(finding).collect();
    assemble("shop", vec![findings]).findings
}

/// The policy severity-over-budget with some of its thresholds set.
fn budgets(set: &[(&str, u32)]) -> PolicyUse {
    let values = set.iter();
    let layer = Layer {
        shared: false,
        source: "profile".to_owned(),
        values: values
            .map(|(name, value)| ((*name).to_owned(), RawValue::Number(i64::from(*value))))
            .collect(),
    };
    let mut loaded = STANDARD.loaded.iter();
    let policy = loaded.find(|p| p.description.name == "severity-over-budget");
    with(policy.unwrap(), &layer)
}

fn ask(policy: PolicyUse, findings: Vec<Finding>) -> EvaluationRequest {
    let reports = vec![report_of(&findings)];
    request(vec![policy], findings, reports, Vec::new())
}

fn outcome(request: &EvaluationRequest) -> Outcome {
    evaluate(request, &STANDARD.runtime).verdict.outcome
}

fn distance_by(request: &EvaluationRequest, runtime: &dyn PolicyRuntime) -> Distance {
    Distance::of(&evaluate(request, runtime).verdict, request, runtime)
}

fn distance(request: &EvaluationRequest) -> Distance {
    distance_by(request, &STANDARD.runtime)
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

/// The package that a finding is in.
fn package(finding: &Finding) -> &str {
    &finding.vulnerability.as_ref().unwrap().software.name
}

/// The fewest packages without which it passes, by trying all sets of them.
fn by_force(policy: &PolicyUse, findings: &[Finding]) -> Option<usize> {
    let packages: BTreeSet<&str> = findings.iter().map(package).collect();
    let sets = (0..1_u32 << packages.len()).map(|set| {
        let chosen = packages.iter().enumerate();
        let chosen = chosen.filter(move |(at, _)| set >> at & 1 == 1);
        chosen.map(|(_, package)| *package).collect::<BTreeSet<_>>()
    });
    let passes = |gone: &BTreeSet<&str>| {
        let kept = findings.iter().filter(|f| !gone.contains(package(f)));
        outcome(&ask(policy.clone(), kept.cloned().collect())) == Outcome::Pass
    };
    sets.filter(passes).map(|gone| gone.len()).min()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_fewer_changes_make_a_fail_pass(
        of in vec((select(vec!["a", "b", "c", "d", "e"]), select(Level::ALL.to_vec())), 1..12),
        budget in (0..3_u32, 0..4_u32, 0..4_u32),
    ) {
        let policy = budgets(&[
            ("max-critical", budget.0), ("max-high", budget.1), ("max-medium", budget.2),
        ]);
        let findings = findings(&of);
        let distance = distance(&ask(policy.clone(), findings.clone()));
        let Some(repair) = distance.repair else {
            prop_assert_ne!(distance.outcome, Outcome::Fail);
            return Ok(());
        };
        prop_assert!(repair.smallest);
        prop_assert_eq!(Some(repair.changes.len()), by_force(&policy, &findings));
        let gone: BTreeSet<_> = repair.changes.iter().flat_map(|c| &c.findings).collect();
        let kept = findings.iter().filter(|finding| !gone.contains(&finding.id));
        prop_assert_eq!(outcome(&ask(policy, kept.cloned().collect())), Outcome::Pass);
    }
}

#[test]
fn each_count_says_how_much_of_it_is_left() {
    use Level::{High, Low, Medium};
    let of = [
        ("a", High),
        ("a", High),
        ("b", High),
        ("b", Medium),
        ("c", Low),
    ];
    for (max_high, outcome) in [(5, Outcome::Pass), (3, Outcome::Pass), (1, Outcome::Fail)] {
        let policy = budgets(&[("max-high", max_high), ("max-low", 4)]);
        let distance = distance(&ask(policy, findings(&of)));
        assert_eq!(distance.outcome, outcome);
        let room = |name: &str| distance.room.iter().find(|room| room.threshold == name);
        let expected = |name: &str, value: u32, used: u32, source: &str, counts_findings| Room {
            policy: "severity-over-budget".to_owned(),
            threshold: name.to_owned(),
            value,
            source: source.to_owned(),
            direction: Direction::AtMost,
            used: Some(used),
            left: Some(i64::from(value) - i64::from(used)),
            counts_findings,
        };
        let default = "policy default";
        for room_of in [
            expected("max-high", max_high, 3, "profile", Some(true)),
            expected("max-low", 4, 1, "profile", Some(true)),
            // Nobody knows what it counts where there is nothing to count.
            expected("max-critical", 0, 0, default, None),
        ] {
            assert_eq!(room(&room_of.threshold), Some(&room_of));
        }
        // Without a limit there is nothing to be left.
        assert_eq!(room("max-medium"), None);
    }
}

#[test]
fn a_waiver_that_expires_is_the_next_flip_and_one_that_covers_nothing_is_not() {
    let findings = findings(&[("a", Level::High), ("b", Level::High)]);
    let waiver = |id: &str, of: Option<&Finding>, expires: &str| Waiver {
        id: id.to_owned(),
        owner: "ann".to_owned(),
        approved_by: vec!["bob".to_owned()],
        reason: "no network there".to_owned(),
        ticket: "SEC-1".to_owned(),
        created: moment("2026-01-20T00:00:00Z"),
        expires: moment(expires),
        compensating_control: None,
        scope: Scope {
            fingerprint: of.map(|finding| finding.id),
            rule: of.is_none().then(|| "no such rule".to_owned()),
            ..Scope::default()
        },
    };
    let waivers = vec![
        waiver("W-1", None, "2026-02-02T00:00:00Z"),
        waiver("W-2", Some(&findings[1]), "2026-02-10T00:00:00Z"),
        waiver("W-3", Some(&findings[0]), "2026-02-05T12:00:00Z"),
    ];
    let asked = ask(budgets(&[]), findings);
    let (reports, all) = (asked.reports.clone(), asked.findings.to_vec());
    let question = Question {
        waivers,
        ..asked.question
    };
    let later = |at: &str| {
        let question = Question {
            evaluated_at: moment(at),
            ..question.clone()
        };
        EvaluationRequest::new(question, reports.clone(), all.clone())
    };
    let now = later("2026-01-31T23:59:59Z");
    let distance = distance(&now);
    assert_eq!(distance.outcome, Outcome::Pass);
    let flip = distance.dates.next.unwrap();
    assert_eq!(flip.outcome, Outcome::Fail);
    let waiver = "W-3".to_owned();
    assert_eq!(flip.causes, [Cause::WaiverExpires { waiver }]);
    assert_eq!(flip.at, moment("2026-02-05T12:00:00Z"));
    assert!(distance.dates.each_tried);
    // It is so to the second.
    assert_eq!(outcome(&later("2026-02-05T11:59:59Z")), Outcome::Pass);
    assert_eq!(outcome(&later("2026-02-05T12:00:00Z")), Outcome::Fail);
}

#[test]
fn a_policy_that_takes_effect_and_a_report_that_grows_old_flip_a_verdict() {
    let mut policy = budgets(&[]);
    policy.terms.effective_on = Some(moment("2026-03-01T00:00:00Z"));
    let asked = ask(policy, findings(&[("a", Level::High)]));
    let flip = distance(&asked).dates.next.unwrap();
    assert_eq!(
        (flip.at, flip.outcome),
        (moment("2026-03-01T00:00:00Z"), Outcome::Fail)
    );
    let policy = "severity-over-budget".to_owned();
    assert_eq!(flip.causes, [Cause::PolicyTakesEffect { policy }]);

    let report = ScanReport {
        finished: Some(moment("2026-01-30T00:00:00Z")),
        ..asked.reports[0].clone()
    };
    let mut question = asked.question.clone();
    question.report_rules.max_age = "7d".parse().ok();
    let aged = EvaluationRequest::new(question, vec![report], asked.findings.to_vec());
    let flip = distance(&aged).dates.next.unwrap();
    // At seven days it is not older than that.
    assert_eq!(
        (flip.at, flip.outcome),
        (moment("2026-02-06T00:00:01Z"), Outcome::Error)
    );
    let report = "report".to_owned();
    assert_eq!(flip.causes, [Cause::ReportTooOld { report }]);
}

#[test]
fn what_has_no_date_never_flips() {
    let dates = distance(&ask(budgets(&[]), findings(&[("a", Level::High)]))).dates;
    assert_eq!((dates.next, dates.known, dates.each_tried), (None, 0, true));
}

#[test]
fn an_error_has_no_distance_and_says_what_has_to_go_first() {
    let required = vec![Requirement {
        tool: Some("trivy".to_owned()),
        at_least: 1,
    }];
    let asked = request(vec![budgets(&[])], Vec::new(), Vec::new(), required);
    let distance = distance(&asked);
    assert_eq!((distance.outcome, distance.repair), (Outcome::Error, None));
    let blocked: Vec<_> = distance
        .blocked_by
        .iter()
        .map(|r| (&*r.code, r.help.is_some()))
        .collect();
    assert_eq!(blocked, [("report-missing", true)]);
    assert_eq!(distance.room, []);
}

/// A policy that fails on the number of findings: never, where it is among these.
struct Odd(&'static [usize]);

impl PolicyRuntime for Odd {
    fn run(&self, request: &EvaluationRequest) -> Vec<PolicyAnswer> {
        let number = request.findings.len();
        let passes = self.0.contains(&number);
        let reason = PolicyReason {
            code: "odd".to_owned(),
            message: "it is what it is".to_owned(),
            help: None,
            findings: (0..number as u32).collect(),
            outcome: Outcome::Fail,
        };
        let decision = Decision {
            outcome: if passes { Outcome::Pass } else { Outcome::Fail },
            reasons: if passes { Vec::new() } else { vec![reason] },
            dispositions: (0..number as u32)
                .map(|at| (at, gate_core::policy::PolicyDisposition::Tolerated))
                .collect(),
            counters: Counters {
                matched: number as u32,
                rules: 1,
                seen: number as u32,
            },
        };
        vec![Ok(decision).into()]
    }
}

#[test]
fn where_no_removal_passes_the_reasons_that_are_left_are_named() {
    let of = [("a", Level::High), ("b", Level::High), ("c", Level::High)];
    let asked = ask(budgets(&[]), findings(&of));
    let distance = distance_by(&asked, &Odd(&[]));
    assert_eq!((distance.outcome, distance.repair), (Outcome::Fail, None));
    let blocked: Vec<_> = distance.blocked_by.iter().map(|r| &*r.code).collect();
    assert_eq!(blocked, ["odd"]);
    // One that fails again with fewer findings: what is given back passes all the same.
    let repair = distance_by(&asked, &Odd(&[0, 2])).repair.unwrap();
    assert!([1, 3].contains(&repair.changes.len()), "{repair:?}");
    assert_eq!(repair.outcome, Outcome::Pass);
}

/// Packages, and how many vulnerabilities of which severity each has: thirty together.
const PACKAGES: [(&str, usize, &str); 9] = [
    ("a", 6, "HIGH"),
    ("b", 5, "HIGH"),
    ("c", 4, "HIGH"),
    ("d", 3, "HIGH"),
    ("e", 3, "MEDIUM"),
    ("f", 3, "MEDIUM"),
    ("g", 2, "MEDIUM"),
    ("h", 2, "CRITICAL"),
    ("i", 2, "LOW"),
];

const PROFILE: &str = "\
format = 1
[gates.image]
policies = [\"severity-over-budget\"]
[gates.image.thresholds]
max-high = 6
max-medium = 5
";

/// Trivy's report of the packages that are not gone.
fn trivy(gone: &BTreeSet<String>) -> String {
    let there = PACKAGES.iter().filter(|(name, ..)| !gone.contains(*name));
    let vulnerabilities = there.flat_map(|(name, number, severity)| {
        (0..*number).map(move |at| {
            json!({
                "VulnerabilityID": format!("CVE-2026-{name}{at}"),
                "PkgName": name,
                "InstalledVersion": "1.0",
                "FixedVersion": format!("1.{}", at + 1),
                "Severity": severity,
            })
        })
    });
    let report = json!({
        "SchemaVersion": 2,
        "CreatedAt": "2026-02-12T09:30:41Z",
        "ArtifactName": "shop",
        "ArtifactType": "container_image",
        "Results": [{
            "Target": "shop (debian 12.11)",
            "Class": "os-pkgs",
            "Type": "debian",
            "Vulnerabilities": vulnerabilities.collect::<Vec<_>>(),
        }],
    });
    report.to_string()
}

/// Judges the packages that are not gone: exit code and name of the record.
fn judge(folder: &Folder, gone: &BTreeSet<String>) -> (i32, String) {
    folder.file("gate.toml", PROFILE);
    folder.file("trivy.json", trivy(gone));
    let ran = folder.gate(&[
        "evaluate",
        "image",
        "--report",
        "trivy=trivy.json",
        "--format",
        "json",
    ]);
    (ran.code, ran.json()["record"].as_str().unwrap().to_owned())
}

fn explain(folder: &Folder, record: &str, what: &str) -> Value {
    let ran = folder.gate(&["explain", record, what, "--format", "json"]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
    let name = format!("docs/schema/{}.schema.json", &what[2..]);
    let schema = std::fs::read_to_string(workspace().join(name)).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let answer = ran.json();
    let errors: Vec<_> = schema.iter_errors(&answer).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    answer
}

#[test]
fn of_thirty_findings_the_set_named_passes_and_no_smaller_one_does() {
    let folder = Folder::new();
    let (code, record) = judge(&folder, &BTreeSet::new());
    assert_eq!(code, 1);
    let answer = explain(&folder, &record, "--distance");
    let repair = &answer["repair"];
    // Two critical ones; three of eight medium ones; twelve of eighteen high ones, with the fewest that go beside them.
    assert_eq!(
        (&repair["smallest"], &repair["findings"]),
        (&json!(true), &json!(17))
    );
    let changes = repair["changes"].as_array().unwrap();
    let name = |change: &Value| change["place"]["name"].as_str().unwrap().to_owned();
    let gone: BTreeSet<String> = changes.iter().map(name).collect();
    assert_eq!(changes.len(), 5);
    assert_eq!(judge(&folder, &gone).0, 0);
    for without in &gone {
        let mut fewer = gone.clone();
        fewer.remove(without);
        assert_eq!(judge(&folder, &fewer).0, 1, "{without}");
    }
    let upgrade = changes.iter().find(|change| name(change) == "h").unwrap();
    assert_eq!(upgrade["fixed_in"]["CVE-2026-h1"], json!(["1.2"]));
    // It is found without trying all sets.
    assert!(
        answer["work"]["evaluations"].as_u64().unwrap() < 150,
        "{answer:#}"
    );

    let ran = folder.gate(&["explain", &record, "--distance"]);
    let text = &ran.stdout;
    assert!(
        text.contains("to pass: 5 changes that mend 17 findings; no fewer changes will do"),
        "{text}"
    );
    assert!(text.contains("18 used, 12 over"), "{text}");
    assert!(text.contains("upgrade h 1.0"), "{text}");
}

#[test]
fn a_record_that_is_not_reproduced_is_not_explained() {
    let folder = Folder::new();
    let (_, record) = judge(&folder, &BTreeSet::new());
    let blob = |name: &str| folder.path().join(".gate/blobs/sha256").join(name);
    let bytes = std::fs::read(blob(&record["sha256:".len()..])).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let altered = text.replace("\"outcome\":\"fail\"", "\"outcome\":\"pass\"");
    let digest = Digest::of(altered.as_bytes());
    std::fs::write(blob(&digest.hex()), altered).unwrap();
    let entry = format!(".gate/records/{}", digest.hex());
    folder.file(&entry, format!("{digest}\n"));
    let ran = folder.gate(&["explain", &digest.to_string(), "--distance"]);
    assert_eq!((ran.code, &*ran.stdout), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("error[gate::diverged]"), "{ran:?}");
}

#[test]
fn tools_that_rate_one_risk_otherwise_are_shown() {
    let folder = Folder::new();
    let mut trivy = std::fs::read_to_string(report("trivy/image.json")).unwrap();
    for severity in ["CRITICAL", "HIGH", "MEDIUM", "UNKNOWN"] {
        let written = format!("\"Severity\": \"{severity}\"");
        trivy = trivy.replace(&written, "\"Severity\": \"LOW\"");
    }
    folder.file("trivy.json", trivy);
    let grype = format!("grype={}", report("grype/image.json").display());
    let ran = folder.gate(&[
        "evaluate",
        "image",
        "--report",
        "trivy=trivy.json",
        "--report",
        &grype,
        "--format",
        "json",
    ]);
    let record = ran.json()["record"].as_str().unwrap().to_owned();
    let answer = explain(&folder, &record, "--corroboration");
    let risks = answer["corroborations"].as_array().unwrap();
    let mut disagreements = 0;
    for risk in risks {
        let (trivy, grype) = (&risk["levels"]["trivy"], &risk["levels"]["grype"]);
        assert_eq!(trivy, "low", "{risk}");
        let disagree = !["low", "unknown"].contains(&grype.as_str().unwrap());
        assert_eq!(risk["disagree"], disagree, "{risk}");
        disagreements += u64::from(disagree);
    }
    assert!(disagreements > 0, "{answer:#}");
    assert_eq!(answer["disagreements"], disagreements);
    let ran = folder.gate(&["explain", &record, "--corroboration"]);
    assert!(ran.stdout.contains(", trivy low"), "{ran:?}");
}
