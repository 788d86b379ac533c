//! Tests of `file`: what it takes, what it refuses, and what it says then.

use super::*;

const NOW: &str = "2026-06-15T00:00:00Z";

const GOOD: &str = r#"format = 1

[[waiver]]
id = "w1"
owner = "team-shop"
approved-by = ["security"]
reason = "not reachable"
ticket = "SHOP-1"
created = "2026-06-01T00:00:00Z"
expires = 2026-06-30T00:00:00Z

[waiver.match]
vulnerability = "CVE-2026-0001"
purl = "pkg:npm/lodash"
"#;

fn mistakes(text: &str) -> Vec<String> {
    let mistakes = read(text, NOW.parse().unwrap()).unwrap_err();
    mistakes.iter().map(ToString::to_string).collect()
}

/// The good file with a line in place of the one that begins as it does; with none, without it.
fn with(beginning: &str, line: &str) -> String {
    assert_eq!(
        GOOD.lines().filter(|l| l.starts_with(beginning)).count(),
        1,
        "{beginning}"
    );
    let lines = GOOD
        .lines()
        .map(|l| if l.starts_with(beginning) { line } else { l });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_moment_is_a_text_or_one_of_toml() {
    let read = read(GOOD, NOW.parse().unwrap()).unwrap();
    let Written {
        waiver,
        place,
        span,
    } = &read[0];
    assert_eq!(waiver.created.to_string(), "2026-06-01T00:00:00Z");
    assert_eq!(waiver.expires.to_string(), "2026-06-30T00:00:00Z");
    assert_eq!(place.line, 3);
    let bytes = GOOD.get(span.clone()).unwrap();
    assert!(bytes.starts_with("[[waiver]]"));
    assert!(bytes.ends_with("\"pkg:npm/lodash\""));
}

#[test]
fn every_mistake_is_named_with_its_place() {
    for (beginning, line, said) in [
        ("format", "", "line 1 column 1: missing field `format`"),
        (
            "format",
            "format = 2",
            "line 1 column 10: `format` is not 1",
        ),
        (
            "format",
            "format = 1\nuntil = 3",
            "line 2 column 1: unknown field `until`",
        ),
        ("[[waiver]]", "[waiver]", "expected `[[waiver]]`"),
        ("id", "", "line 3 column 1: a waiver: missing field `id`"),
        (
            "id",
            "id = \" \"",
            "line 4 column 6: waiver ` `: `id` is empty",
        ),
        (
            "owner",
            "",
            "line 3 column 1: waiver `w1`: missing field `owner`",
        ),
        (
            "owner",
            "ownr = \"x\"",
            "line 5 column 1: waiver `w1`: unknown field `ownr`",
        ),
        (
            "owner",
            "owner = \"Security\"",
            "line 6 column 15: waiver `w1`: `security` is owner and approver",
        ),
        (
            "approved-by",
            "approved-by = []",
            "line 6 column 15: waiver `w1`: `approved-by` is empty",
        ),
        (
            "approved-by",
            "approved-by = \"security\"",
            "line 6 column 15: waiver `w1`: `approved-by`: invalid type",
        ),
        (
            "reason",
            "reason = \"\"",
            "line 7 column 10: waiver `w1`: `reason` is empty",
        ),
        (
            "ticket",
            "ticket = 1",
            "line 8 column 10: waiver `w1`: `ticket`: invalid type",
        ),
        (
            "created",
            "created = \"2026-06-16T00:00:00Z\"",
            "line 9 column 11: waiver `w1`: it is created at 2026-06-16",
        ),
        (
            "expires",
            "",
            "line 3 column 1: waiver `w1`: missing field `expires`",
        ),
        (
            "expires",
            "expires = \"31-12-2020\"",
            "line 10 column 11: waiver `w1`: `expires`: expected a moment",
        ),
        (
            "expires",
            "expires = \"soon\"",
            "line 10 column 11: waiver `w1`: `expires`: expected a moment",
        ),
        (
            "expires",
            "expires = \"2O27-01-01T00:00:00Z\"",
            "line 10 column 11: waiver `w1`: `expires`: expected a moment",
        ),
        ("expires", "expires = 2O27-01-01", "line 10 column 1"),
        (
            "expires",
            "expires = \"2027-01-01\"",
            "line 10 column 11: waiver `w1`: `expires`: expected a moment",
        ),
        (
            "expires",
            "expires = 2027-01-01",
            "line 10 column 11: waiver `w1`: `expires`: expected a moment",
        ),
        (
            "expires",
            "expires = 2027-01-01T00:00:00",
            "line 10 column 11: waiver `w1`: `expires`: expected a moment",
        ),
        (
            "expires",
            "expires = 07:00:00",
            "line 10 column 11: waiver `w1`: `expires`: expected a moment",
        ),
        (
            "expires",
            "expires = 1798761600",
            "line 10 column 11: waiver `w1`: `expires`: invalid type",
        ),
        (
            "expires",
            "expires = \"2026-06-01T00:00:00Z\"",
            "line 10 column 11: waiver `w1`: it expires at 2026-06-01",
        ),
        (
            "vulnerability",
            "vulnerability = \"CVE-*\"",
            "line 12 column 1: waiver `w1`: `match` has a wildcard",
        ),
        (
            "vulnerability",
            "vulnerability = \"lodash\"",
            "`match` has a `vulnerability` that is no name of one",
        ),
        (
            "vulnerability",
            "cve = \"CVE-2026-0001\"",
            "line 13 column 1: waiver `w1`: unknown field `cve`",
        ),
        (
            "vulnerability",
            "gate = \"Image!\"",
            "line 13 column 8: waiver `w1`: `match.gate`: ",
        ),
        (
            "vulnerability",
            "path = \"/etc\"",
            "line 13 column 8: waiver `w1`: `match.path`: ",
        ),
        (
            "vulnerability",
            "path = \"**\"\nrule = \"B101\"",
            "`match` has a `path` that could be anywhere",
        ),
        (
            "vulnerability",
            "max-level = \"severe\"",
            "line 13 column 13: waiver `w1`: `match.max-level`: ",
        ),
        (
            "vulnerability",
            "image = \"sha256:00\"",
            "line 13 column 9: waiver `w1`: `match.image`: ",
        ),
        ("vulnerability", "", "waiver `w1`: `match` is too broad"),
        ("purl", "", "waiver `w1`: `match` is too broad"),
        (
            "purl",
            "purl = \"lodash\"",
            "`match` has a `purl` that is no package URL",
        ),
        (
            "purl",
            "purl = \"pkg:npm/lodash\"\npurl = \"pkg:npm/x\"",
            "line 15 column 1: duplicate key",
        ),
    ] {
        let said_all = mistakes(&with(beginning, line));
        assert!(
            said_all.len() == 1 && said_all[0].contains(said),
            "{line}: {said}: {said_all:?}"
        );
    }
}

#[test]
fn each_waiver_says_what_is_wrong_with_it() {
    let entry = GOOD.strip_prefix("format = 1\n").unwrap();
    let other = entry.replace("\"w1\"", "\"w2\"");
    let text = format!("{GOOD}{entry}{}", other.replace("security", "team-shop"));
    let said = mistakes(&text);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("line 17 column 6: waiver `w1` is there twice, first at line 3"),
        "{said:?}"
    );
    assert!(
        said[1].contains("`team-shop` is owner and approver"),
        "{said:?}"
    );
}

#[test]
fn a_file_without_waivers_is_one() {
    assert!(
        read("format = 1\n", NOW.parse().unwrap())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn more_waivers_than_are_read_are_refused() {
    let text = format!("format = 1\nwaiver = [{}]", "{},".repeat(MOST + 1));
    assert!(mistakes(&text)[0].contains("5001 waivers"));
}
