//! A verdict with everything that a verdict can hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::finding::{
    Class, Cvss, Endpoint, Evidence, Finding, FixState, Location, Resource, Software, Status,
    Suppression, SuppressionKind, SuppressionState, Text, Vulnerability,
};
use gate_core::fingerprint::{Fingerprint, assemble};
use gate_core::gate::GateName;
use gate_core::policy::Counters;
use gate_core::ports::Diagnostics;
use gate_core::request::{Enforcement, EvaluationRequest, PolicyUse, Question, Subject, Terms};
use gate_core::scan_report::{Completeness, Problem, RecordCounts, ScanReport};
use gate_core::severity::{Level, Origin, Severity};
use gate_core::threshold::{Given, Value};
use gate_core::verdict::{Counts, Disposition, Outcome, PolicyVerdict, Reason, Verdict};
use gate_report::answer::Answer;

/// A verdict and what it is about.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) request: EvaluationRequest,
    pub(crate) diagnostics: Vec<Diagnostics>,
}

impl Judged {
    pub(crate) fn answer(&self) -> Answer<'_> {
        Answer {
            verdict: &self.verdict,
            request: &self.request,
            diagnostics: &self.diagnostics,
            record: Digest::of(b"record"),
            exit_code: match self.verdict.outcome {
                Outcome::Pass | Outcome::Warn => 0,
                Outcome::Fail => 1,
                Outcome::Error => 3,
            },
        }
    }
}

fn new(tool: &str, class: Class, rule: &str, level: Level, title: &str) -> Finding {
    let evidence = Evidence {
        pointer: "/results/0".into(),
        report: Digest::of(tool.as_bytes()),
    };
    Finding::new(
        tool,
        class,
        rule,
        Severity::tool(level, level.as_str()),
        title,
        evidence,
    )
}

fn at(path: &str, line: u32) -> Location {
    Location {
        path: Some(path.into()),
        start_line: Some(line),
        ..Location::default()
    }
}

/// One finding of each kind, status, level and place; the first texts of some are what is given.
pub(crate) fn findings(text: &str) -> Vec<Finding> {
    let mut vulnerable = new(
        "trivy",
        Class::Vulnerability,
        "CVE-2026-0001",
        Level::Critical,
        &format!("zlib: {text}"),
    );
    vulnerable.severity.score = Some("9.8".into());
    vulnerable.severity.origin = Origin::Vendor;
    vulnerable
        .attributes
        .insert("baseline".into(), "existing".into());
    vulnerable.attributes.insert("kev-due".into(), text.into());
    vulnerable.confidence = Some(90);
    vulnerable.count = 2;
    vulnerable.description = format!("First {text}.\nSecond line.").into();
    vulnerable.first_seen = "2026-01-01T00:00:00Z".parse().ok();
    vulnerable.keys = vec!["vuln:CVE-2026-0001:zlib".into()];
    vulnerable.references = vec![format!("https://cve.example/{text}").into()];
    vulnerable.remediation = Some("upgrade".into());
    vulnerable.rule.url = Some(format!("https://cve.example/CVE-2026-0001?{text}").into());
    vulnerable.rule.tags = vec![text.into()];
    vulnerable.vulnerability = Some(Box::new(Vulnerability {
        cvss: vec![Cvss {
            score: Some("9.8".into()),
            source: Some("nvd".into()),
            vector: Some("CVSS:3.1/AV:N".into()),
            version: "3.1".into(),
        }],
        cwes: vec![79],
        epss: Some("0.5".into()),
        fix_state: FixState::Fixed,
        fixed_in: vec!["1.2".into()],
        ids: vec!["CVE-2026-0001".into()],
        known_exploited: Some(true),
        software: Software {
            ecosystem: Some("deb".into()),
            name: "zlib".into(),
            path: Some("var/lib/dpkg/status".into()),
            purl: Some("pkg:deb/debian/zlib@1".into()),
            version: Some("1".into()),
        },
    }));
    let mut again = vulnerable.clone();
    again.tool = "grype".into();
    // Not what the level says: no code host may show it.
    again.severity.score = Some("3.1".into());

    let mut weak = new("bandit", Class::CodeWeakness, "B602", Level::High, text);
    weak.attributes.insert("baseline".into(), "new".into());
    weak.rule.name = Some(format!("shell {text}").into());
    weak.locations = vec![
        Location {
            end_column: Some(9),
            end_line: Some(12),
            start_column: Some(5),
            logical: Some("shop.run".into()),
            ..at(&format!("src/a b/{text}.py"), 11)
        },
        at("src/other.py", 3),
    ];
    let mut in_source = new(
        "bandit",
        Class::CodeWeakness,
        "B101",
        Level::Low,
        "assert used",
    );
    in_source.locations = vec![at("src/a.py", 1)];
    in_source.suppression = Some(Suppression {
        justification: Some(text.into()),
        kind: SuppressionKind::InSource,
        state: SuppressionState::Accepted,
    });
    let mut unheeded = in_source.clone();
    unheeded.rule.id = "B105".into();
    unheeded.class = Class::Secret;
    unheeded.severity = Severity::unknown();
    let mut alert = new(
        "zap",
        Class::WebAlert,
        "40012",
        Level::Medium,
        "Cross Site Scripting",
    );
    alert.endpoint = Some(Box::new(Endpoint {
        method: Some("GET".into()),
        parameter: Some("q".into()),
        url: "https://shop.example/search".into(),
    }));
    let mut resource = new(
        "prowler",
        Class::Compliance,
        "s3_public",
        Level::Info,
        "public bucket",
    );
    resource.status = Status::Open;
    resource.resource = Some(Box::new(Resource {
        account: Some("123456789012".into()),
        id: "arn:aws:s3:::shop".into(),
        image_digest: None,
        kind: "aws_s3_bucket".into(),
        region: Some("eu-west-1".into()),
    }));
    let mut passed = resource.clone();
    passed.rule.id = "s3_logging".into();
    passed.status = Status::Pass;
    let mut odd = new("checkov", Class::Misconfiguration, text, Level::Medium, "");
    odd.status = Status::Informational;
    odd.locations = vec![at("/mnt/main.tf", 0)];
    let all = vec![
        vulnerable, again, weak, in_source, unheeded, alert, resource, passed, odd,
    ];
    assemble("shop", vec![all]).findings
}

fn ids(findings: &[Finding], pick: impl Fn(&Finding) -> bool) -> Vec<Fingerprint> {
    let picked = findings.iter().filter(|f| pick(f));
    picked.map(|finding| finding.id).collect()
}

fn report(tool: &str, name: &str, findings: &[Finding]) -> ScanReport {
    let number = findings.iter().filter(|f| *f.tool == *tool).count() as u32;
    let unused = Problem::new(Code::ReportEmpty, "unused");
    ScanReport {
        tool: tool.to_owned(),
        tool_version: Some("1.2.3".to_owned()),
        completeness: Completeness::Complete,
        problems: Vec::new(),
        counts: RecordCounts {
            findings: number,
            records: number,
            ..RecordCounts::default()
        },
        ..ScanReport::unreadable(name, unused)
    }
}

fn reason(outcome: Outcome, code: &str, policy: Option<&str>, message: &str) -> Reason {
    Reason {
        outcome,
        effect: None,
        code: code.to_owned(),
        policy: policy.map(str::to_owned),
        report: None,
        message: message.to_owned(),
        help: Some(format!("look at it: {message}")),
        findings: Vec::new(),
    }
}

/// A verdict of which some untrusted texts are the one that is given.
pub(crate) fn verdict(outcome: Outcome, text: &str) -> Judged {
    let findings = findings(text);
    let counted = ids(&findings, |f| {
        ["B602", "B105", "CVE-2026-0001"].contains(&&*f.rule.id) && &*f.tool != "grype"
    });
    let suppressed = ids(&findings, |f| *f.rule.id == *"B101");
    let mut reports: Vec<ScanReport> = ["bandit", "trivy"]
        .map(|tool| report(tool, &format!("{text} {tool}.json"), &findings))
        .into();
    let mut reasons = Vec::new();
    if outcome == Outcome::Error {
        let name = format!("{text}.json");
        let mut error = reason(Outcome::Error, "report-empty", None, text);
        error.report = Some(name.clone());
        reports.push(ScanReport::unreadable(
            name,
            Problem::new(Code::ReportEmpty, text),
        ));
        reasons.extend([
            error,
            reason(Outcome::Error, "policy-trap", Some("broken"), text),
        ]);
    }
    let over = Reason {
        findings: counted.clone(),
        ..reason(
            Outcome::Fail,
            "over-budget",
            Some("severity-over-budget"),
            text,
        )
    };
    reasons.extend([over, reason(Outcome::Warn, "look", Some("watchful"), text)]);
    let policies = [
        ("broken", Outcome::Error),
        ("content", Outcome::Pass),
        ("severity-over-budget", Outcome::Fail),
        ("watchful", Outcome::Warn),
    ];
    let kept = |(_, o): &(&str, Outcome)| outcome == Outcome::Error || *o != Outcome::Error;
    let policies = policies.into_iter().filter(kept);
    let (policies, uses): (Vec<_>, Vec<_>) = policies
        .map(|(name, outcome)| {
            let digest = Digest::of(name.as_bytes());
            let given = Given {
                source: text.to_owned(),
                value: Value::Count(0),
                refused: None,
            };
            let counters = Counters {
                matched: 3,
                rules: 2,
                seen: findings.len() as u32,
            };
            let verdict = PolicyVerdict {
                name: name.to_owned(),
                digest,
                outcome,
                effect: None,
                counters: (outcome != Outcome::Error).then_some(counters),
            };
            let using = PolicyUse {
                name: name.to_owned(),
                digest,
                thresholds: BTreeMap::from([("max-high".to_owned(), given)]),
                settings: BTreeMap::new(),
                terms: Terms::default(),
            };
            (verdict, using)
        })
        .unzip();
    let gate = GateName::new("image").unwrap();
    let subject = Some(Subject {
        name: format!("registry.example/{text}"),
        digest: Some(Digest::of(b"image")),
    });
    let mut by_level = BTreeMap::new();
    for finding in &findings {
        *by_level.entry(finding.severity.level).or_default() += 1;
    }
    let all = findings.len() as u32;
    let [of_counted, of_suppressed] = [&counted, &suppressed].map(|list| list.len() as u32);
    let evaluated_at = "2026-01-31T23:59:59Z".parse().unwrap();
    let verdict = Verdict {
        gate: gate.clone(),
        subject: subject.clone(),
        evaluated_at,
        outcome,
        enforcement: Enforcement::Enforce,
        reasons,
        counts: Counts {
            findings: all,
            by_disposition: BTreeMap::from([
                (Disposition::Tolerated, all - of_counted - of_suppressed),
                (Disposition::Suppressed, of_suppressed),
                (Disposition::Counted, of_counted),
            ]),
            by_level,
            corroborated: 2,
        },
        dispositions: BTreeMap::from([
            (Disposition::Suppressed, suppressed),
            (Disposition::Counted, counted),
        ]),
        policies,
        waivers: Vec::new(),
        vex: Vec::new(),
    };
    let diagnostics = uses.iter().map(|_| Diagnostics::default()).collect();
    let question = Question {
        subject,
        scope: "shop".to_owned(),
        policies: uses,
        overrides: vec![format!("--thresholds {text}")],
        ..Question::of(gate, evaluated_at)
    };
    let request = EvaluationRequest::new(question, reports, findings);
    Judged {
        verdict,
        request,
        diagnostics,
    }
}

/// The same with a number of equal findings in place of all.
pub(crate) fn large(number: usize) -> Judged {
    let mut judged = verdict(Outcome::Fail, "text");
    let one = new("bandit", Class::CodeWeakness, "B602", Level::High, "title");
    let many = (0..number).map(|at_line| {
        let mut finding = one.clone();
        finding.title = Text::from(format!("title {at_line}"));
        finding.locations = vec![at(&format!("src/{at_line}.py"), 1)];
        finding
    });
    let findings = assemble("shop", vec![many.collect()]).findings;
    let counted = ids(&findings, |_| true);
    for reason in &mut judged.verdict.reasons {
        reason.findings.clone_from(&counted);
    }
    judged.verdict.dispositions = BTreeMap::from([(Disposition::Counted, counted)]);
    judged.request.findings = Arc::new(findings);
    judged
}
