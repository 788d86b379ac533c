//! Trivy's `.trivyignore` and `.trivyignore.yaml`
//! (<https://trivy.dev/latest/docs/configuration/filtering/>).

use crate::waivers::import::{About, Entry, others, text_of};
use crate::waivers::yaml::Node;

/// Beginnings of names that are those of vulnerabilities; every other one is a rule's.
const VULNERABILITIES: [&str; 17] = [
    "CVE-", "GHSA-", "RUSTSEC-", "PYSEC-", "GO-", "OSV-", "MAL-", "ALAS", "DLA-", "DSA-", "ELSA-",
    "RHSA-", "USN-", "TEMP-", "NSWG-", "SNYK-", "GMS-",
];

/// A name on each line, then `exp:` and a day. A comment beside it, or in the lines above it, is its reason.
pub(super) fn lines(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let (said, beside) = match text.split_once('#') {
            Some((said, beside)) => (said.trim(), Some(beside.trim())),
            None => (text.trim(), None),
        };
        let mut words = said.split_whitespace();
        let Some(name) = words.next() else {
            match beside {
                Some(beside) => comment.push(beside),
                None => comment.clear(),
            }
            continue;
        };
        let mut entry = Entry {
            line,
            name: name.to_owned(),
            about: about(name),
            ..Entry::default()
        };
        for word in words {
            match word.strip_prefix("exp:") {
                Some(day) => entry.expires = Some(day.to_owned()),
                None => entry.beyond.push(format!("`{word}`")),
            }
        }
        let reason = beside.map_or_else(|| comment.join(" "), str::to_owned);
        entry.reason = Some(reason).filter(|reason| !reason.trim().is_empty());
        comment.clear();
        entries.push(entry);
    }
    entries
}

fn about(name: &str) -> About {
    if VULNERABILITIES
        .iter()
        .any(|beginning| name.starts_with(beginning))
    {
        About::Vulnerability
    } else {
        About::Rule
    }
}

/// Lists of entries, by what they are about.
pub(super) fn tree(root: &Node) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for (section, line, list) in root.map() {
        let about = match section.as_str() {
            "vulnerabilities" => About::Vulnerability,
            "misconfigurations" | "secrets" | "licenses" => About::Rule,
            other => return Err(format!("line {line}: `{other}`, which is not known")),
        };
        for node in list.list() {
            let list = |key: &str| -> Vec<String> {
                let parts = node.get(key).map(Node::list).unwrap_or_default();
                parts
                    .iter()
                    .filter_map(Node::text)
                    .map(str::to_owned)
                    .collect()
            };
            let name = text_of(node, "id")
                .ok_or_else(|| format!("line {}: an entry without an `id`", node.line))?;
            entries.push(Entry {
                line: node.line,
                name,
                about,
                purls: list("purls"),
                paths: list("paths"),
                reason: text_of(node, "statement"),
                created: None,
                expires: text_of(node, "expired_at"),
                beyond: others(node, &["id", "purls", "paths", "statement", "expired_at"]),
            });
        }
    }
    Ok(entries)
}
