//! What the reports under `tests/reports/zap` don't show.

use gate_core::fingerprint::assemble;
use gate_core::scan_report::Completeness;
use gate_core::severity::Level;

use super::*;
use crate::read::ReadReport;
use crate::read::testing::read_text;

const SITE: &str = r#""@name":"https://shop.example""#;

fn report(rest: &str) -> String {
    format!(r#"{{"@version":"2.17.0","@generated":"now",{rest}}}"#)
}

fn alert(uri: &str, rest: &str) -> ReadReport {
    let text = format!(
        r#""site":[{{{SITE},"alerts":[{{"pluginid":"1","riskcode":"3",{rest}"instances":[{{"uri":"{uri}","method":"GET"}}]}}]}}]"#
    );
    read_text(&ADAPTER, &report(&text)).0
}

fn id(read: ReadReport) -> String {
    assemble("s", vec![read.findings]).findings[0]
        .id
        .to_string()
}

#[test]
fn completeness_is_what_zap_says_of_itself() {
    let site = format!(r#""site":[{{{SITE},"alerts":[]}}]"#);
    for (rest, completeness) in [
        (site.clone(), Completeness::Complete),
        (
            format!(r#""site":{{{SITE},"alerts":[]}}"#),
            Completeness::Complete,
        ),
        (r#""site":[]"#.to_owned(), Completeness::Empty),
        (r#""created":"x""#.to_owned(), Completeness::Empty),
        (format!(r#""site":[{{{SITE}}}]"#), Completeness::Failed),
        (
            format!(r#""site":[{{{SITE},"alerts":{{}}}}]"#),
            Completeness::Failed,
        ),
        (
            format!(r#"{site},"stoppingInsight":{{"key":"insight.auth.failure"}}"#),
            Completeness::Partial,
        ),
        (
            format!(r#"{site},"afPlanErrors":["x"]"#),
            Completeness::Partial,
        ),
        (
            format!(
                r#"{site},"insights":[{{"key":"insight.network.failure","level":"Low","statistic":"7"}}]"#
            ),
            Completeness::Complete,
        ),
        (
            format!(
                r#"{site},"insights":[{{"key":"insight.network.failure","level":"Hoch","statistic":"70"}}]"#
            ),
            Completeness::Partial,
        ),
        (
            format!(
                r#"{site},"insights":[{{"key":"insight.memory.usage","level":"High","statistic":"99"}}]"#
            ),
            Completeness::Complete,
        ),
    ] {
        let (read, _) = read_text(&ADAPTER, &report(&rest));
        assert_eq!(read.report.completeness, completeness, "{rest}");
    }
    assert_eq!(
        read_text(&ADAPTER, "{}").0.report.completeness,
        Completeness::Failed
    );
}

#[test]
fn an_address_is_known_without_its_query_and_whatever_the_rating() {
    let one = id(alert("https://u:p@shop.example/a;jsessionid=1?id=1", ""));
    assert_eq!(
        one,
        id(alert(
            "https://shop.example/a?id=2#x",
            r#""confidence":"1","cweid":"-1","#
        ))
    );
    assert_ne!(one, id(alert("https://shop.example/b?id=1", "")));
}

#[test]
fn a_risk_that_nobody_knows_is_unknown() {
    for (code, level) in [
        ("0", Level::Info),
        ("4", Level::Unknown),
        ("high", Level::Unknown),
        ("", Level::Unknown),
    ] {
        let text = format!(
            r#""site":[{{{SITE},"alerts":[{{"pluginid":"1","riskcode":"{code}","instances":[]}}]}}]"#
        );
        let read = read_text(&ADAPTER, &report(&text)).0;
        assert_eq!(read.findings[0].severity.level, level, "{code}");
        // Without an instance it is about the site.
        assert_eq!(
            &*read.findings[0].endpoint.as_ref().unwrap().url,
            "https://shop.example"
        );
    }
}

#[test]
fn an_odd_alert_does_not_take_the_others_with_it() {
    let text = format!(
        r#""site":[{{{SITE},"alerts":[{{"pluginid":7}},{{"pluginid":""}},{{"pluginid":"1","count":"3","instances":[{{"uri":"u"}}]}}]}}]"#
    );
    let read = read_text(&ADAPTER, &report(&text)).0;
    let counts = read.report.counts;
    assert_eq!((counts.findings, counts.quarantined), (1, 2));
    let complaints: Vec<_> = read
        .report
        .problems
        .iter()
        .map(|p| p.message.as_str())
        .collect();
    assert!(
        complaints.contains(&"alerts count more instances than they list: 2"),
        "{complaints:?}"
    );
}
