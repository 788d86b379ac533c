//! Cells of the tables for people. Not made safe yet, where they hold untrusted text.

use gate_core::corroboration::Corroborations;
use gate_core::finding::{Finding, FixState};
use gate_core::request::PolicyUse;
use gate_core::scan_report::{Completeness, ScanReport};
use gate_core::threshold::POLICY_DEFAULT;
use gate_core::verdict::PolicyVerdict;

/// A report's tool and its version.
pub(crate) fn tool(report: &ScanReport) -> String {
    match &report.tool_version {
        Some(version) => format!("{} {version}", report.tool),
        None => report.tool.clone(),
    }
}

/// How a tool's run ended.
pub(crate) fn ended(report: &ScanReport) -> String {
    match report.exit_code {
        Some(code) => format!("{}, exit code {code}", report.completeness),
        None => report.completeness.to_string(),
    }
}

/// Where every record of a report went.
pub(crate) fn counts(report: &ScanReport) -> String {
    if report.completeness == Completeness::Failed && report.counts.records == 0 {
        return "not read".to_owned();
    }
    report.counts.to_string()
}

/// The thresholds of a policy, and who gave those that are not its own.
pub(super) fn thresholds(using: &PolicyUse) -> String {
    let given = using.thresholds.iter().map(|(name, given)| {
        let value = &given.value;
        match &*given.source {
            POLICY_DEFAULT => format!("{name} {value}"),
            source => format!("{name} {value} ({source})"),
        }
    });
    given.collect::<Vec<_>>().join(", ")
}

/// Where a finding is: package and version, file and line, address, or the deployed thing.
pub(crate) fn place(finding: &Finding) -> String {
    if let Some(vulnerability) = &finding.vulnerability {
        let software = &vulnerability.software;
        if !software.name.is_empty() {
            let version = software.version.as_deref().unwrap_or_default();
            return format!("{} {version}", software.name).trim_end().to_owned();
        }
    }
    let Some(location) = finding.locations.first() else {
        let endpoint = finding.endpoint.as_deref().map(|at| &at.url);
        let resource = finding.resource.as_deref().map(|at| &at.id);
        return endpoint.or(resource).map_or("", |text| text).to_owned();
    };
    let mut text = location.path.as_deref().unwrap_or_default().to_owned();
    if let Some(line) = location.start_line {
        text.push_str(&format!(":{line}"));
    }
    if let Some(logical) = &location.logical {
        let gap = if text.is_empty() { "" } else { " " };
        text.push_str(&format!("{gap}{logical}"));
    }
    text
}

/// What helps to act: the fix of a vulnerability, the title of anything else; and who else reports it.
pub(crate) fn remark(finding: &Finding, compared: &Corroborations<'_>) -> String {
    let mut remark = advice(finding);
    let others: Vec<_> = compared.others(finding).into_iter().collect();
    if !others.is_empty() {
        let gap = if remark.is_empty() { "" } else { "; " };
        remark.push_str(&format!("{gap}also reported by {}", others.join(", ")));
    }
    remark
}

fn advice(finding: &Finding) -> String {
    let Some(vulnerability) = &finding.vulnerability else {
        return finding.title.to_string();
    };
    if !vulnerability.fixed_in.is_empty() {
        return format!("fixed in {}", vulnerability.fixed_in.join(" or "));
    }
    match vulnerability.fix_state {
        FixState::Fixed => "fixed".to_owned(),
        FixState::None => "no fix yet".to_owned(),
        FixState::WontFix => "will not be fixed".to_owned(),
        FixState::Deferred => "fix deferred".to_owned(),
        FixState::EndOfLife => "end of life".to_owned(),
        FixState::Unknown => finding.title.to_string(),
    }
}

/// What a policy answered, and what that is for the gate where it is less.
pub(crate) fn outcome(policy: &PolicyVerdict) -> String {
    match policy.effect {
        None => policy.outcome.to_string(),
        Some(effect) => format!("{}, here {effect}", policy.outcome),
    }
}

#[cfg(test)]
mod tests {
    use gate_core::code::Code;
    use gate_core::digest::Digest;
    use gate_core::finding::{Class, Evidence};
    use gate_core::scan_report::{Problem, RecordCounts};
    use gate_core::severity::Severity;

    use super::*;

    fn finding(tool: &str, keys: &[&str]) -> Finding {
        let evidence = Evidence {
            pointer: "/0".into(),
            report: Digest::of(b"r"),
        };
        let severity = Severity::unknown();
        let mut finding = Finding::new(tool, Class::Lint, "R", severity, "a title", evidence);
        finding.keys = keys.iter().map(|key| (*key).into()).collect();
        finding
    }

    #[test]
    fn a_finding_says_who_else_reports_it() {
        let findings = [
            finding("trivy", &["a", "b"]),
            finding("grype", &["a"]),
            finding("snyk", &["b"]),
            finding("snyk", &["c"]),
        ];
        let compared = Corroborations::of(&findings);
        for (finding, remarked) in findings.iter().zip([
            "a title; also reported by grype, snyk",
            "a title; also reported by trivy",
            "a title; also reported by trivy",
            "a title",
        ]) {
            assert_eq!(remark(finding, &compared), remarked);
        }
    }

    #[test]
    fn a_threshold_says_who_gave_it_unless_it_is_the_policys_own() {
        let using = serde_json::json!({
            "name": "severity-over-budget",
            "digest": Digest::of(b"policy"),
            "thresholds": {
                "max-high": { "source": "profile defaults", "value": { "count": 0 } },
                "max-low": { "source": "policy default", "value": "unlimited" },
            },
            "settings": {},
        });
        let using: PolicyUse = serde_json::from_value(using).unwrap();
        assert_eq!(
            thresholds(&using),
            "max-high 0 (profile defaults), max-low unlimited"
        );
    }

    #[test]
    fn a_report_says_how_its_run_ended_and_where_its_records_went() {
        let mut report = ScanReport::unreadable("r", Problem::new(Code::ReportEmpty, "empty"));
        assert_eq!(
            (&*ended(&report), &*counts(&report)),
            ("failed", "not read")
        );
        report.completeness = Completeness::Complete;
        report.exit_code = Some(1);
        report.counts = RecordCounts {
            findings: 2,
            passed: 3,
            records: 5,
            ..RecordCounts::default()
        };
        assert_eq!(ended(&report), "complete, exit code 1");
        assert_eq!(counts(&report), "5 records = 2 findings + 3 passed");
    }
}
