//! What feeds say never makes a finding harmless.

use proptest::prelude::*;

use super::super::tests::{epss, kev};
use super::*;
use crate::finding::tests::full;

fn finding(ids: &[&str], score: Option<&str>, exploited: Option<bool>) -> Finding {
    let mut finding = full();
    let known = finding.vulnerability.as_deref_mut().unwrap();
    known.ids = ids.iter().map(|id| (*id).into()).collect();
    known.epss = score.map(Into::into);
    known.known_exploited = exploited;
    finding
}

fn score(finding: &Finding) -> Option<&str> {
    finding.vulnerability.as_ref()?.epss.as_deref()
}

fn exploited(finding: &Finding) -> Option<bool> {
    finding.vulnerability.as_ref()?.known_exploited
}

fn annotated(mut finding: Finding, feeds: &[Feed]) -> Finding {
    annotate(std::slice::from_mut(&mut finding), feeds);
    finding
}

#[test]
fn the_higher_score_counts_whoever_gives_it() {
    let feeds = [epss(&[
        ("CVE-2024-0001", "0.05", "0.5"),
        ("CVE-2024-0002", "0.4", "0.9"),
    ])];
    for (ids, tool, expected, percentile) in [
        (&["CVE-2024-0001"][..], None, Some("0.05"), "0.5"),
        (&["CVE-2024-0001"], Some("0.1"), Some("0.1"), "0.5"),
        (&["CVE-2024-0001"], Some("0.0499"), Some("0.05"), "0.5"),
        (&["CVE-2024-0001"], Some("0.050"), Some("0.050"), "0.5"),
        (&["CVE-2024-0001"], Some("97.5"), Some("97.5"), "0.5"),
        (&["CVE-2024-0001"], Some("6e-2"), Some("6e-2"), "0.5"),
        (&["CVE-2024-0001"], Some("high"), Some("0.05"), "0.5"),
        (&["GHSA-1", "CVE-2024-0001"], None, Some("0.05"), "0.5"),
        (
            &["CVE-2024-0002", "CVE-2024-0001"],
            None,
            Some("0.4"),
            "0.9",
        ),
        (
            &["CVE-2024-0001", "CVE-2024-0002"],
            None,
            Some("0.4"),
            "0.9",
        ),
        (&["CVE-2024-0003"], Some("0.1"), Some("0.1"), ""),
        (&["CVE-2024-0003"], None, None, ""),
        (&[], None, None, ""),
    ] {
        let seen = annotated(finding(ids, tool, None), &feeds);
        assert_eq!(score(&seen), expected, "{ids:?} {tool:?}");
        assert_eq!(seen.attribute(EPSS_PERCENTILE), percentile, "{ids:?}");
        assert_eq!(exploited(&seen), None);
    }
}

#[test]
fn what_is_listed_is_exploited_whatever_the_tool_says() {
    let feeds = [kev(&[(
        "CVE-2024-0001",
        "2024-01-02",
        "2024-01-23",
        Ransomware::Known,
    )])];
    for (ids, tool, expected) in [
        (&["CVE-2024-0001"][..], None, Some(true)),
        (&["CVE-2024-0001"], Some(false), Some(true)),
        (&["CVE-2024-0002", "CVE-2024-0001"], None, Some(true)),
        (&["CVE-2024-0002"], None, Some(false)),
        (&["CVE-2024-0002"], Some(true), Some(true)),
        // Without a CVE nothing can be looked up.
        (&["GHSA-1"], None, None),
    ] {
        let seen = annotated(finding(ids, None, tool), &feeds);
        assert_eq!(exploited(&seen), expected, "{ids:?} {tool:?}");
        let listed = expected == Some(true) && tool != Some(true);
        for (name, text) in [
            (KEV_ADDED, "2024-01-02"),
            (KEV_DUE, "2024-01-23"),
            (KEV_RANSOMWARE, "known"),
        ] {
            assert_eq!(
                seen.attribute(name),
                if listed { text } else { "" },
                "{ids:?}"
            );
        }
    }
}

#[test]
fn of_several_rows_the_earliest_day_and_any_ransomware_count() {
    let feeds = [kev(&[
        (
            "CVE-2024-0001",
            "2024-01-02",
            "2024-03-01",
            Ransomware::Known,
        ),
        (
            "CVE-2024-0002",
            "2024-01-03",
            "2024-02-01",
            Ransomware::Unknown,
        ),
    ])];
    let seen = annotated(
        finding(&["CVE-2024-0001", "CVE-2024-0002"], None, None),
        &feeds,
    );
    let kept = [KEV_ADDED, KEV_DUE, KEV_RANSOMWARE].map(|name| seen.attribute(name));
    assert_eq!(kept, ["2024-01-02", "2024-02-01", "known"]);
}

#[test]
fn what_is_no_vulnerability_stays_as_it_is() {
    let feeds = [epss(&[("CVE-2026-0001", "0.9", "0.9")])];
    let mut other = full();
    other.vulnerability = None;
    assert_eq!(annotated(other.clone(), &feeds), other);
}

/// Identifiers of which some are in feeds, some are not, and some are no CVE.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (1u32..6).prop_map(|n| format!("CVE-2024-000{n}")),
        1 => (1u32..3).prop_map(|n| format!("GHSA-{n}")),
    ]
}

fn thousandths() -> impl Strategy<Value = String> {
    (0u32..=1000).prop_map(|n| format!("{n}e-3"))
}

fn feed() -> impl Strategy<Value = Feed> {
    let cves = prop::sample::subsequence(vec![1u32, 2, 3, 4, 5], 1..5);
    let rows = (
        cves,
        prop::collection::vec((0u32..1000, 1u32..28, any::<bool>()), 5),
    );
    (any::<bool>(), rows).prop_map(|(scores, (cves, said))| {
        let name = |n: &u32| format!("CVE-2024-000{n}");
        let mut draft = super::super::tests::draft(match scores {
            true => FeedKind::Epss,
            false => FeedKind::Kev,
        });
        for (cve, (number, day, known)) in cves.iter().zip(said) {
            let (number, day) = (format!("{number}e-3"), format!("2024-01-{day:02}"));
            let entry = match scores {
                true => Entry::Epss {
                    epss: &number,
                    percentile: &number,
                },
                false => Entry::Kev {
                    added: &day,
                    due: &day,
                    ransomware: match known {
                        true => Ransomware::Known,
                        false => Ransomware::Unknown,
                    },
                },
            };
            draft.insert(&name(cve), entry).unwrap();
        }
        draft.write().unwrap()
    })
}

fn findings() -> impl Strategy<Value = Vec<Finding>> {
    let score = prop::option::of(prop_oneof![
        thousandths().prop_map(|n| decimal::normal(&n).unwrap()),
        Just("1.50".to_owned()),
        Just("likely".to_owned()),
    ]);
    let one = (
        prop::collection::vec(id(), 0..4),
        score,
        any::<Option<bool>>(),
    );
    let one = one.prop_map(|(ids, score, exploited)| {
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        finding(&ids, score.as_deref(), exploited)
    });
    prop::collection::vec(one, 0..5)
}

proptest! {
    #[test]
    fn annotating_never_lowers(before in findings(), feeds in prop::collection::vec(feed(), 0..4)) {
        let mut after = before.clone();
        annotate(&mut after, &feeds);
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!(before.id, after.id);
            let spelt = |finding| score(finding).and_then(decimal::normal);
            if let Some(held) = spelt(before) {
                let now = spelt(after);
                prop_assert!(now.is_some_and(|now| decimal::compare(&held, &now).is_le()));
            }
            prop_assert!(exploited(before) <= exploited(after));
            // All else is as it was.
            let mut rest = after.clone();
            rest.attributes = before.attributes.clone();
            rest.vulnerability = before.vulnerability.clone();
            prop_assert_eq!(&rest, before);
        }
    }

    #[test]
    fn the_order_of_feeds_does_not_matter_nor_does_a_second_time(
        before in findings(),
        feeds in prop::collection::vec(feed(), 0..4).prop_shuffle(),
    ) {
        let (mut one, mut other) = (before.clone(), before);
        annotate(&mut one, &feeds);
        let mut turned = feeds.clone();
        turned.reverse();
        annotate(&mut other, &turned);
        prop_assert_eq!(&one, &other);
        annotate(&mut other, &feeds);
        prop_assert_eq!(&one, &other);
    }

    /// A feed that lacks rows, as an old one does, may say less; it never says anything that a later one takes back.
    #[test]
    fn more_feeds_never_say_less(before in findings(), old in feed(), new in feed()) {
        let (mut one, mut both) = (before.clone(), before);
        annotate(&mut one, std::slice::from_ref(&new));
        annotate(&mut both, &[old, new]);
        for (one, both) in one.iter().zip(&both) {
            let spelt = |finding| score(finding).and_then(decimal::normal).unwrap_or_default();
            prop_assert!(decimal::compare(&spelt(one), &spelt(both)).is_le());
            prop_assert!(exploited(one) <= exploited(both));
        }
    }

    #[test]
    fn what_is_annotated_is_canonical(mut findings in findings(), feeds in prop::collection::vec(feed(), 0..4)) {
        annotate(&mut findings, &feeds);
        for finding in &findings {
            let mut written = Vec::new();
            crate::record::write_findings(std::slice::from_ref(finding), &mut written).unwrap();
            let mut canonical = crate::canonical::to_vec(finding).unwrap();
            canonical.push(b'\n');
            prop_assert_eq!(written, canonical);
        }
    }
}
