//! What the reports under `tests/reports/dependency-check` don't show.

use gate_core::fingerprint::assemble;
use gate_core::severity::Level;

use super::*;
use crate::read::testing::read_text;

fn json(vulnerabilities: &str, file: &str) -> String {
    format!(
        r#"{{"reportSchema":"1.1","scanInfo":{{}},"projectInfo":{{"name":"shop"}},"dependencies":[{{
            "fileName":"a.jar","filePath":"{file}","packages":[{{"id":"pkg:maven/org.example/a@1.0","confidence":"HIGH"}}],
            "vulnerabilities":[{vulnerabilities}]}}]}}"#
    )
}

fn xml(namespace: &str, vulnerabilities: &str) -> String {
    format!(
        "<analysis xmlns=\"{namespace}\"><scanInfo/><projectInfo><name>shop</name></projectInfo><dependencies>
         <dependency><fileName>a.jar</fileName><filePath>/b/a.jar</filePath><identifiers><package>
         <id>pkg:maven/org.example/a@1.0</id></package></identifiers>
         <vulnerabilities>{vulnerabilities}</vulnerabilities></dependency></dependencies></analysis>"
    )
}

const NAMESPACE: &str = "https://jeremylong.github.io/DependencyCheck/dependency-check.4.1.xsd";

#[test]
fn severities_in_all_their_forms() {
    for (severity, expected) in [
        (r#""severity":"CRITICAL""#, Level::Critical),
        (r#""severity":"moderate""#, Level::Medium),
        (r#""severity":"7.5""#, Level::High),
        (r#""unscored":"true","severity":"0.0""#, Level::Unknown),
        (r#""unscored":"true","severity":"Unknown""#, Level::Unknown),
        (r#""severity":"0.0""#, Level::Info),
        (r#""severity":"11""#, Level::Unknown),
        (
            r#""severity":"awful","cvssv3":{"baseScore":9.8}"#,
            Level::Unknown,
        ),
        (
            r#""cvssv3":{"baseScore":9.8,"baseSeverity>":"HIGH"}"#,
            Level::High,
        ),
        (r#""cvssv2":{"score":"9.8"}"#, Level::High),
        (
            r#""cvssv3":{"baseScore":9.8},"cvssv2":{"score":2.0}"#,
            Level::Critical,
        ),
        (r#""source":"NVD""#, Level::Unknown),
    ] {
        let text = json(
            &format!(r#"{{"name":"CVE-2026-1",{severity}}}"#),
            "/b/a.jar",
        );
        let read = read_text(&JSON, &text).0;
        assert_eq!(read.findings[0].severity.level, expected, "{severity}");
    }
}

#[test]
fn json_and_xml_say_the_same() {
    let ids = |adapter: &'static Adapter, text: &str| {
        let findings = read_text(adapter, text).0.findings;
        let all = assemble("s", vec![findings]).findings;
        all.iter()
            .map(|finding| (finding.id, finding.severity.level))
            .collect::<Vec<_>>()
    };
    let written = "<vulnerability><name>CVE-2026-1</name><severity>LOW</severity></vulnerability>";
    let one = ids(
        &JSON,
        &json(r#"{"name":"CVE-2026-1","severity":"LOW"}"#, "/b/1/a.jar"),
    );
    assert_eq!(
        one,
        ids(
            &JSON,
            &json(r#"{"name":"CVE-2026-1","severity":"LOW"}"#, "/b/2/a.jar")
        )
    );
    assert_eq!(one, ids(&XML, &xml(NAMESPACE, written)));
    assert_eq!(one.len(), 1);
}

#[test]
fn one_odd_vulnerability_leaves_the_others() {
    let vulnerabilities =
        r#"{"name":"CVE-2026-1"},{"source":"NVD"},7,{"name":""},{"name":"CVE-2026-2"}"#;
    let read = read_text(&JSON, &json(vulnerabilities, "/b/a.jar")).0;
    let ids: Vec<&str> = read
        .findings
        .iter()
        .map(|finding| &*finding.rule.id)
        .collect();
    assert_eq!(ids, ["CVE-2026-1", "CVE-2026-2"]);
    assert_eq!(read.report.completeness, Completeness::Partial);
}

#[test]
fn only_a_known_schema_is_read() {
    let completeness = |adapter, text: &str| read_text(adapter, text).0.report.completeness;
    for (text, expected) in [
        (json("", "a"), Completeness::Complete),
        (
            json("", "a").replace("\"1.1\"", "\"2.0\""),
            Completeness::Failed,
        ),
        (
            json("", "a").replace("\"vulnerabilities\":[]", "\"vulnerabilities\":{}"),
            Completeness::Partial,
        ),
        (
            json("", "a").replace("\"dependencies\":[", "\"dependencies\":[],\"others\":["),
            Completeness::Empty,
        ),
        ("{}".to_owned(), Completeness::Failed),
    ] {
        assert_eq!(completeness(&JSON, &text), expected, "{text}");
    }
    for (namespace, expected) in [
        (NAMESPACE.to_owned(), Completeness::Complete),
        (NAMESPACE.replace("4.1", "1.3"), Completeness::Complete),
        (NAMESPACE.replace("4.1", "5.0"), Completeness::Failed),
        ("https://example.org/other".to_owned(), Completeness::Failed),
    ] {
        assert_eq!(
            completeness(&XML, &xml(&namespace, "")),
            expected,
            "{namespace}"
        );
    }
}
