//! What holds of every finding.

use gate_core::canonical;
use gate_core::finding::{Cvss, Finding};

/// Checks a finding that has its identity. Panics where something does not hold.
pub fn check(finding: &Finding) {
    let written = serde_json::to_vec(finding).expect("a finding can be written");
    let canonical = canonical::to_vec(finding).expect("a finding has a canonical form");
    assert_eq!(written, canonical, "not canonical as written: {finding:?}");
    let again: Finding = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(*finding, again);

    assert!(finding.count > 0, "{finding:?}");
    assert!(!finding.tool.is_empty(), "{finding:?}");
    assert!(!finding.rule.id.trim().is_empty(), "no rule: {finding:?}");
    assert!(finding.confidence.is_none_or(|c| c <= 100), "{finding:?}");
    for at in &finding.locations {
        let numbers = [at.start_line, at.end_line, at.start_column, at.end_column];
        assert!(!numbers.contains(&Some(0)), "counted from 0: {finding:?}");
    }
    let mut decimals: Vec<&str> = finding.severity.score.as_deref().into_iter().collect();
    if let Some(vulnerability) = &finding.vulnerability {
        assert!(!vulnerability.ids.is_empty(), "{finding:?}");
        let scores = vulnerability
            .cvss
            .iter()
            .filter_map(|c: &Cvss| c.score.as_deref());
        decimals.extend(scores);
        decimals.extend(vulnerability.epss.as_deref());
        assert!(vulnerability.cwes.is_sorted(), "{finding:?}");
        assert!(vulnerability.cvss.is_sorted(), "{finding:?}");
    }
    assert!(
        decimals.into_iter().all(is_decimal),
        "no decimal: {finding:?}"
    );
    assert!(finding.keys.is_sorted(), "{finding:?}");
    assert!(finding.rule.tags.is_sorted(), "{finding:?}");
}

/// Digits, and behind a point more of them; perhaps below zero, as a tool writes what it has not rated.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}
