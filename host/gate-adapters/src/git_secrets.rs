//! What git-secrets writes to standard error (`git secrets --scan` or `--scan-history`, `2> FILE`).
//!
//! Format: <https://github.com/awslabs/git-secrets>, the script of 1.3.0. A hit is what `grep -n` and `git grep -n`
//! write, `path:line:content`, of the history `commit:path:line:content`; the content is the whole line with the
//! secret in it, and nothing says which pattern matched. A path may hold colons and blanks: it ends at the first number
//! between colons, so that no part of the content is ever taken for the path. A fixed block follows the hits; without
//! it, what looks like hits may be anything, and nothing of it is used.
//!
//! Without a hit nothing is written, so that an empty file is a report only together with the exit code 0 (1 is a
//! hit, 2 and 128 are failures of `grep` and `git`). Without patterns, and outside of a repository, git-secrets exits
//! with 0, too: the report can't tell that from a clean one. Check that patterns are registered.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{CONTEXT, Class, Finding, Location};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::array;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::path;
use crate::redact::{secret, token};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "git-secrets",
    id: "git-secrets-text@1",
    reads: "the text on standard error of `git secrets --scan` and `--scan-history`; an empty one with exit code 0",
    severity: "none written; every hit is high",
    completeness: "partial when the closing block stands alone, or a file could not be read; failed when it is missing, \
                   or git failed; the text has no word for a run without patterns",
    format: Format::Lines(public),
    lists: &["/*"],
    unread: &[],
    sensitive: &[secret("secret")],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| shape.text.lines().any(|line| line == MATCHED),
    start: &|| Box::new(GitSecrets::default()),
};

/// What follows the hits.
const MATCHED: &str = "[ERROR] Matched one or more prohibited patterns";
/// How the other lines of the block begin.
const ADVICE: [&str; 4] = [
    "Possible mitigations:",
    "- Mark false positives as allowed",
    "- List your configured ",
    "- Use --no-verify if",
];
/// How git complains when it can't go on, and how it and `grep` do about a file.
const FAILURES: [&str; 2] = ["fatal:", "git:"];
const COMPLAINTS: [&str; 2] = ["error:", "grep:"];

/// How much of a line can hold no secret.
fn public(line: &str) -> usize {
    if let Some(hit) = Hit::of(line) {
        return hit.length;
    }
    let begins = [MATCHED].into_iter().chain(ADVICE);
    let mut begins = begins.chain(FAILURES).chain(COMPLAINTS);
    begins
        .find(|begin| line.starts_with(begin))
        .map_or(0, str::len)
}

/// What stands before the content of a line that matched.
struct Hit<'a> {
    commit: Option<&'a str>,
    path: &'a str,
    line: u32,
    /// Up to and with the colon before the content.
    length: usize,
}

impl<'a> Hit<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (commit, rest) = match text.split_once(':') {
            Some((name, rest)) if is_commit(name) => (Some(name), rest),
            _ => (None, text),
        };
        let mut colons = rest.match_indices(':').map(|(at, _)| at);
        let mut start = colons.next()?;
        for end in colons {
            let line = rest.get(start + 1..end).filter(|n| is_number(n));
            // No tool's JSON is a path; git puts a path with a quote in it between quotes.
            let path = rest.get(..start).filter(|path| !path.is_empty());
            let path = path.filter(|path| !path.contains('"'));
            if let (Some(path), Some(line)) = (path, line.and_then(|n| n.parse().ok())) {
                return Some(Self {
                    commit,
                    path,
                    line,
                    length: text.len() - rest.len() + end + 1,
                });
            }
            start = end;
        }
        None
    }
}

/// Whether a word is the full name of a commit (SHA-1 or SHA-256).
fn is_commit(word: &str) -> bool {
    matches!(word.len(), 40 | 64) && word.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

#[derive(Default)]
struct GitSecrets {
    hits: bool,
    /// Whether the closing block was there.
    matched: bool,
    failed: bool,
    /// Where `grep` or git complained about a file.
    complaints: Vec<String>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    secret: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

impl Reader for GitSecrets {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let line: Line<'_> = record.parse()?;
        let begins = |with: &[&str]| with.iter().any(|begin| line.text == *begin);
        if let Some(hit) = Hit::of(&line.text) {
            self.hits = true;
            findings.push(finding(&hit, &line.secret, record), 0);
            return Ok(());
        } else if line.text == MATCHED {
            self.matched = true;
        } else if begins(&FAILURES) {
            self.failed = true;
        } else if begins(&COMPLAINTS) {
            self.complaints.push(record.pointer());
        } else if !begins(&ADVICE) {
            return Err(RecordError::Shape(
                "the line is neither a hit nor a part of what git-secrets writes beside them"
                    .to_owned(),
            ));
        }
        // It says something of the run and is no finding.
        findings.passed();
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        if self.failed {
            run.failed("git failed");
        }
        for place in std::mem::take(&mut self.complaints) {
            run.left_out(place, "git-secrets could not look at something");
        }
        match (self.hits, self.matched) {
            // Lines of another tool may look like hits, and hold a secret where a hit holds a path.
            (true, false) => {
                return Err(ReadError::Malformed {
                    what: "the block that follows the hits is missing: it is cut off, or another tool's"
                        .to_owned(),
                    place: "its end".to_owned(),
                });
            }
            (false, true) => run.left_out(
                "its beginning",
                "it says that something matched, and holds no hit",
            ),
            _ => {}
        }
        Ok(run)
    }
}

fn finding(hit: &Hit<'_>, secret: &str, record: &Record<'_>) -> Finding {
    let mut finding = Finding::new(
        ADAPTER.tool,
        Class::Secret,
        "prohibited-pattern",
        Severity::default_of_tool(Level::High),
        "Matched a prohibited pattern",
        record.evidence(),
    );
    for (name, value) in [(CONTEXT, token(secret)), ("commit", hit.commit)] {
        if let Some(value) = value {
            finding.attributes.insert(name.into(), value.into());
        }
    }
    finding.locations = vec![Location {
        path: Some(path(hit.path)),
        start_line: Some(hit.line),
        ..Location::default()
    }];
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;
    use crate::read::{Among, Options, read};

    const COMMIT: &str = "5f1c3f0b9a2d4e6f8a7b6c5d4e3f2a1b0c9d8e7f";

    #[test]
    fn a_hit_ends_before_its_content() {
        for (line, commit, path, number) in [
            ("a.py:2:k=fake:3:x", None, "a.py", 2),
            ("./my dir/a:b.py:2:k=fake", None, "./my dir/a:b.py", 2),
            ("a:1:b.py:2:k=fake", None, "a", 1),
            ("a.py:2:", None, "a.py", 2),
            ("a::2:fake", None, "a:", 2),
            ("(standard input):7:fake", None, "(standard input)", 7),
        ] {
            let hit = Hit::of(line).unwrap();
            assert_eq!(
                (hit.commit, hit.path, hit.line),
                (commit, path, number),
                "{line}"
            );
            let (text, _) = line.split_at(public(line));
            assert!(!text.contains("fake"), "{line}");
        }
        let line = format!("{COMMIT}:my dir/a.py:2:k=fake");
        let hit = Hit::of(&line).unwrap();
        assert_eq!((hit.commit, hit.path), (Some(COMMIT), "my dir/a.py"));
        for line in [
            "fake",
            ":2:fake",
            "a.py:x:fake",
            "a.py:99999999999:fake",
            "k: fake",
            r#"{"a":"fake","time":"09:00:00"}"#,
            "",
        ] {
            assert!(Hit::of(line).is_none(), "{line}");
            assert_eq!(public(line), 0, "{line}");
        }
    }

    #[test]
    fn a_report_without_its_end_or_its_hits_is_not_whole() {
        let hit = "a.py:2:k=fake-of-nobody\n";
        for (text, completeness) in [
            (format!("{hit}\n{MATCHED}\n"), Completeness::Complete),
            (hit.to_owned(), Completeness::Failed),
            (format!("{MATCHED}\n"), Completeness::Partial),
            (
                format!("{hit}stray fake-of-nobody\n{MATCHED}\n"),
                Completeness::Partial,
            ),
            (
                format!("{hit}grep: b: No such file\n{MATCHED}\n"),
                Completeness::Partial,
            ),
            (
                "fatal: not a git repository\n".to_owned(),
                Completeness::Failed,
            ),
            (
                format!("{hit}\n{MATCHED}").replace("patterns", "patt"),
                Completeness::Failed,
            ),
        ] {
            let (read, twin) = read_text(&ADAPTER, &text);
            assert_eq!(read.report.completeness, completeness, "{text}");
            let found = serde_json::to_string(&read.findings).unwrap();
            assert!(
                !twin.contains("fake-of") && !found.contains("fake-of"),
                "{twin}"
            );
        }
    }

    #[test]
    fn nothing_is_clean_only_with_the_exit_code_for_it() {
        for (exit_code, completeness) in [
            (Some(0), Completeness::Complete),
            (None, Completeness::Failed),
            (Some(1), Completeness::Failed),
            (Some(2), Completeness::Failed),
        ] {
            let options = Options {
                exit_code,
                ..Options::default()
            };
            let among = Among::Tool(&[&ADAPTER]);
            let read = read("r", among, &mut &b""[..], &mut Vec::new(), &options);
            assert_eq!(read.report.completeness, completeness, "{exit_code:?}");
        }
    }
}
