//! gitleaks' JSON report (`gitleaks git|dir --report-format json`), version 8, and the older one of version 7.
//!
//! Format: <https://github.com/gitleaks/gitleaks>, `report/finding.go`; version 7 writes the same things under
//! lower-case names. A clean run writes `[]`, which says nothing of what was scanned and could be any tool's: it is
//! taken when gitleaks is named. `null`, which versions and forks write whose list was never made one, is what many
//! a broken step leaves behind, and is not taken.
//!
//! `Secret` and `Match` never get as far as this file, nor do the message of the commit, the author's name and
//! address, and the `Fragment` of source that newer versions may add. `Fingerprint` holds a line and a commit; it is
//! no identity.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{CONTEXT, Class, Finding, Location, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::array;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{decimal, path, position};
use crate::redact::{secret, token};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "gitleaks",
    id: "gitleaks-json@1",
    reads: "JSON (`--report-format json`) of version 8, and of version 7",
    severity: "none written; every leak is high",
    completeness: "complete when it is a list; the format has no word for a failed run",
    format: Format::Json,
    lists: &["/*"],
    unread: &[],
    sensitive: &[
        secret("Secret"),
        secret("Match"),
        secret("Line"),
        secret("Fragment"),
        secret("Message"),
        secret("Author"),
        secret("Email"),
        secret("line"),
        secret("offender"),
        secret("commitMessage"),
        secret("author"),
        secret("email"),
    ],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| {
        let known = |keys: &[&str]| shape.has_all(keys);
        shape.root == Root::Array
            && (known(&["RuleID", "Secret", "Match"]) || known(&["rule", "offender", "line"]))
    },
    start: &|| Box::new(Gitleaks),
};

struct Gitleaks;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Leak<'a> {
    #[serde(borrow, alias = "commit")]
    commit: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "date")]
    date: Option<Cow<'a, str>>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    end_column: Option<i64>,
    end_line: Option<i64>,
    entropy: Option<f64>,
    #[serde(borrow, alias = "file")]
    file: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fingerprint: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "leakURL")]
    link: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "RuleID", alias = "rule")]
    rule: Cow<'a, str>,
    /// There in every version; another tool's record without it would be redacted by the wrong list of keys.
    #[serde(borrow, alias = "offender")]
    secret: Cow<'a, str>,
    start_column: Option<i64>,
    #[serde(alias = "lineNumber")]
    start_line: Option<i64>,
    #[serde(borrow)]
    symlink_file: Option<Cow<'a, str>>,
    /// A list, or (version 7) words with commas between them.
    #[serde(alias = "tags")]
    tags: Option<Value>,
}

impl Reader for Gitleaks {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let leak: Leak<'_> = record.parse()?;
        let title = leak.description.filter(|text| !text.is_empty());
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Secret,
            &*leak.rule,
            Severity::default_of_tool(Level::High),
            title.unwrap_or_else(|| leak.rule.clone()),
            record.evidence(),
        );
        let context = token(&leak.secret).map(Cow::Borrowed);
        let entropy = leak
            .entropy
            .and_then(decimal)
            .map(|text| Cow::Owned(text.into()));
        for (name, value) in [
            (CONTEXT, context),
            ("commit", leak.commit),
            ("commit-date", leak.date),
            ("entropy", entropy),
            ("fingerprint", leak.fingerprint),
            ("symlink", leak.symlink_file),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                finding.attributes.insert(name.into(), value.into());
            }
        }
        finding.rule.tags = tags(leak.tags);
        // An address with user information could hold a token.
        let link = leak
            .link
            .filter(|link| !link.is_empty() && !link.contains('@'));
        finding.references = link.into_iter().map(Into::into).collect();
        let file = leak.file.filter(|file| !file.is_empty());
        finding.locations = vec![Location {
            end_column: position(leak.end_column),
            end_line: position(leak.end_line),
            logical: None,
            path: file.map(|file| path(&file)),
            start_column: position(leak.start_column),
            start_line: position(leak.start_line),
        }];
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        Ok(Run::new(Completeness::Complete))
    }
}

fn tags(written: Option<Value>) -> Vec<Text> {
    let mut tags: Vec<Text> = match written {
        Some(Value::Array(all)) => all
            .iter()
            .filter_map(Value::as_str)
            .map(Into::into)
            .collect(),
        Some(Value::String(all)) => all.split(',').map(|tag| tag.trim().into()).collect(),
        _ => Vec::new(),
    };
    tags.retain(|tag| !tag.is_empty());
    tags.sort_unstable();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use gate_core::fingerprint::assemble;
    use gate_core::scan_report::Completeness;

    use super::*;
    use crate::read::{Options, ReadReport, read};
    use crate::redact::ProjectKey;

    const FIRST: &str = "fake-token-of-nobody-1111";
    const SECOND: &str = "fake-token-of-nobody-2222";

    fn report(line: u32, secrets: &[&str]) -> String {
        let leaks: Vec<String> = secrets
            .iter()
            .enumerate()
            .map(|(n, secret)| {
                format!(
                    r#"{{"RuleID":"generic-api-key","Description":"d","StartLine":{},"Match":"key={secret}",
                        "Secret":"{secret}","File":"a.env","Message":"add {secret}","Author":"Nobody"}}"#,
                    line + u32::try_from(n).unwrap()
                )
            })
            .collect();
        format!("[{}]", leaks.join(","))
    }

    fn read_text(text: &str, key: Option<&[u8]>) -> (ReadReport, String) {
        let options = Options {
            project_key: key.and_then(|key| ProjectKey::new(key.to_vec())),
            ..Options::default()
        };
        let mut twin = Vec::new();
        let read = read(
            "r",
            crate::read::Among::Tool(&[&ADAPTER]),
            &mut text.as_bytes(),
            &mut twin,
            &options,
        );
        (read, String::from_utf8(twin).unwrap())
    }

    fn ids(text: &str, key: Option<&[u8]>) -> Vec<String> {
        let findings = read_text(text, key).0.findings;
        let mut ids: Vec<String> = assemble("s", vec![findings])
            .findings
            .iter()
            .map(|f| f.id.to_string())
            .collect();
        ids.sort();
        ids
    }

    #[test]
    fn no_byte_of_a_secret_survives() {
        for key in [None, Some(&[7; 32][..])] {
            let (read, twin) = read_text(&report(1, &[FIRST, SECOND]), key);
            let findings = serde_json::to_string(&read.findings).unwrap();
            assert_eq!(read.findings.len(), 2);
            for text in [&findings, &twin] {
                assert!(
                    !text.contains("fake-token") && !text.contains("nobody-"),
                    "{text}"
                );
            }
            assert!(!findings.contains("Nobody") && !twin.contains("Nobody"));
        }
    }

    #[test]
    fn a_key_tells_two_secrets_apart_wherever_they_move() {
        let key = Some(&[7; 32][..]);
        let (first, second) = (
            ids(&report(1, &[FIRST]), key),
            ids(&report(1, &[SECOND]), key),
        );
        assert_ne!(first, second);
        assert_eq!(ids(&report(40, &[FIRST]), key), first);
        let mut both = [first, second].concat();
        both.sort();
        assert_eq!(ids(&report(9, &[SECOND, FIRST]), key), both);
        // Without a key the rule and the file are all there is.
        assert_eq!(
            ids(&report(1, &[FIRST]), None),
            ids(&report(2, &[SECOND]), None)
        );
    }

    #[test]
    fn a_masked_secret_has_no_token() {
        let read = read_text(&report(1, &["REDACTED"]), Some(&[7; 32])).0;
        assert_eq!(read.findings[0].attribute(CONTEXT), "");
    }

    #[test]
    fn only_a_list_is_a_report() {
        for (text, completeness) in [
            ("[]", Completeness::Complete),
            ("null", Completeness::Failed),
            ("0", Completeness::Failed),
            ("{}", Completeness::Failed),
            ("[null]", Completeness::Partial),
            (r#"[{"RuleID":1}]"#, Completeness::Partial),
            (r#"[{"rule":"another tool's"}]"#, Completeness::Partial),
        ] {
            assert_eq!(
                read_text(text, None).0.report.completeness,
                completeness,
                "{text}"
            );
        }
    }
}
