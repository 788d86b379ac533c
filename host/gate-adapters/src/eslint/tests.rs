//! What the reports under `tests/reports/eslint` don't show.

use super::*;
use crate::read::{ReadReport, testing};

fn read_text(text: &str) -> ReadReport {
    testing::read_text(&ADAPTER, text).0
}

#[test]
fn completeness_is_what_the_files_say() {
    let file = |rest: &str| format!(r#"[{{"filePath":"/a.js",{rest}}}]"#);
    for (text, completeness) in [
        ("[]".to_owned(), Completeness::Empty),
        (file(r#""messages":[]"#), Completeness::Complete),
        (
            file(r#""messages":[],"errorCount":1"#),
            Completeness::Partial,
        ),
        (
            file(
                r#""messages":[{"message":"File ignored because outside of base path.","severity":1}]"#,
            ),
            Completeness::Partial,
        ),
        (
            file(r#""messages":[{"severity":1}]"#),
            Completeness::Partial,
        ),
        (file(r#""messages":{}"#), Completeness::Failed),
        (file(r#""suppressedMessages":[]"#), Completeness::Failed),
        ("[7]".to_owned(), Completeness::Failed),
        ("{}".to_owned(), Completeness::Failed),
        (
            r#"{"results":[],"metadata":{}}"#.to_owned(),
            Completeness::Empty,
        ),
    ] {
        assert_eq!(read_text(&text).report.completeness, completeness, "{text}");
    }
}

#[test]
fn a_severity_that_nobody_knows_is_unknown() {
    for (written, level) in [
        ("2", Level::High),
        ("1", Level::Medium),
        ("3", Level::Unknown),
        ("null", Level::Unknown),
    ] {
        let text = format!(
            r#"[{{"filePath":"/a","messages":[{{"ruleId":"x","message":"m","severity":{written}}}]}}]"#
        );
        assert_eq!(read_text(&text).findings[0].severity.level, level);
    }
}

#[test]
fn the_folder_of_the_run_is_no_part_of_a_path() {
    let report = |cwd: &str, file: &str| {
        let text = format!(
            r#"{{"results":[{{"filePath":"{file}","messages":[{{"ruleId":"x","message":"m"}}]}}],
                "metadata":{{"cwd":"{cwd}","rulesMeta":{{"x":{{"docs":{{"url":"https://example.com/x"}}}}}}}}}}"#
        );
        let finding = read_text(&text).findings.remove(0);
        assert_eq!(finding.rule.url.as_deref(), Some("https://example.com/x"));
        finding.locations[0].path.clone().unwrap_or_default()
    };
    assert_eq!(
        &*report("/home/ci/shop", "/home/ci/shop/src/a.js"),
        "src/a.js"
    );
    assert_eq!(
        &*report("/home/ci/shop", "/home/ci/shopping/a.js"),
        "home/ci/shopping/a.js"
    );
    assert_eq!(&*report(r"C:\\ci", r"C:\\ci\\src\\a.js"), "src/a.js");
}
