//! Tests of `import`: what it takes, what it refuses, and what it says then.

use super::*;
use crate::waivers::file::read;

const NOW: &str = "2026-06-15T00:00:00Z";

fn given() -> Given {
    Given {
        owner: Some("team-shop".to_owned()),
        approved_by: vec!["security".to_owned()],
        ticket: Some("SHOP-1".to_owned()),
        expires: Some("2026-12-31T00:00:00Z".parse().unwrap()),
        reason: None,
        purl: None,
        path: None,
        now: NOW.parse().unwrap(),
    }
}

/// Id, what it is about and its end, as they are written.
type Imported = (String, String, String);

/// What the file's entries become: each waiver's id, scope and end, and what was refused.
fn imported(from: Source, text: &str, given: &Given) -> (Vec<Imported>, Vec<(usize, String)>) {
    let entries = entries(Some(from), Path::new("x"), text).unwrap();
    let imported = waivers(&entries, given, &[]);
    let text = format!("format = 1\n\n{}", imported.text);
    let waivers = read(&text, NOW.parse().unwrap()).unwrap();
    let shown = |waiver: Waiver| {
        let scope = serde_json::to_string(&waiver.scope).unwrap();
        (waiver.id, scope, waiver.expires.to_string())
    };
    let waivers = waivers
        .into_iter()
        .map(|written| shown(written.waiver))
        .collect();
    (waivers, imported.refused)
}

fn one(id: &str, scope: &str, expires: &str) -> (String, String, String) {
    (id.to_owned(), scope.to_owned(), expires.to_owned())
}

#[test]
fn lines_of_trivy_have_their_comment_as_reason_and_need_a_package() {
    let text = "# not reachable\nCVE-2026-0001 exp:2026-07-01\n\nCVE-2026-0002 # accepted\nCVE-2026-0003\nDS002\n";
    let (waivers, refused) = imported(Source::Trivyignore, text, &given());
    assert!(waivers.is_empty());
    let lines: Vec<_> = refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 4, 5, 6]);
    assert!(
        refused[0]
            .1
            .contains("`CVE-2026-0001` can't be imported: it lacks the package"),
        "{refused:?}"
    );
    assert!(
        refused[2]
            .1
            .contains("lacks a reason (--reason), the package"),
        "{refused:?}"
    );
    assert!(refused[3].1.contains("a path (--path"), "{refused:?}");

    let given = Given {
        purl: Some("pkg:npm/lodash".to_owned()),
        path: Some("app/**".to_owned()),
        reason: Some("for now".to_owned()),
        ..given()
    };
    let (waivers, refused) = imported(Source::Trivyignore, text, &given);
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(
        waivers[0],
        one(
            "import-CVE-2026-0001",
            r#"{"vulnerability":"CVE-2026-0001","purl":"pkg:npm/lodash","path":"app/**"}"#,
            "2026-07-01T00:00:00Z"
        )
    );
    assert_eq!(waivers[3].1, r#"{"rule":"DS002","path":"app/**"}"#);
}

#[test]
fn a_tree_of_trivy_bounds_its_entries_itself() {
    let text = "vulnerabilities:\n  - id: CVE-2026-0001\n    purls: [pkg:npm/a@1, pkg:npm/b]\n    statement: no\n\
        \x20   expired_at: 2026-07-01\nmisconfigurations:\n  - id: AVD-1\n    paths: [\"Dockerfile\"]\n    statement: no\n\
        \x20 - id: AVD-2\n    paths: [\"**/x\"]\n    statement: no\n";
    let (waivers, refused) = imported(Source::TrivyignoreYaml, text, &given());
    assert_eq!(waivers.len(), 3);
    assert_eq!(waivers[0].2, "2026-07-01T00:00:00Z");
    assert_eq!(waivers[1].0, "import-CVE-2026-0001-2");
    assert_eq!(waivers[2].1, r#"{"rule":"AVD-1","path":"Dockerfile"}"#);
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0].0 == 10 && refused[0].1.contains("could be anywhere"),
        "{refused:?}"
    );
}

#[test]
fn snyk_says_when_and_why_and_its_paths_through_dependencies_are_refused() {
    let text = "version: v1.25.0\nignore:\n  SNYK-JS-A-1:\n    - '*':\n        reason: not used\n        \
        expires: 2026-07-01T10:00:00.000Z\n        created: 2026-06-01T00:00:00.000Z\n    - 'a > b':\n        reason: no\n  \
        SNYK-JS-B-1:\n    - '*':\n        reason: no\n        expires: 31-12-2026\npatch: {}\nexclude:\n  global:\n    - x\n";
    let given = Given {
        purl: Some("pkg:npm/a".to_owned()),
        ..given()
    };
    let (waivers, refused) = imported(Source::Snyk, text, &given);
    assert_eq!(waivers.len(), 1);
    assert_eq!(waivers[0].2, "2026-07-01T10:00:00Z");
    let said: Vec<_> = refused
        .iter()
        .map(|(line, why)| (*line, why.as_str()))
        .collect();
    assert!(
        said[0].0 == 8
            && said[0]
                .1
                .contains("the path through the dependencies `a > b`"),
        "{said:?}"
    );
    assert!(
        said[1].0 == 11 && said[1].1.contains("`31-12-2026` is no moment"),
        "{said:?}"
    );
    assert!(
        said[2].0 == 15 && said[2].1.contains("what stands in `exclude`"),
        "{said:?}"
    );
}

#[test]
fn rules_of_grype_are_taken_where_a_waiver_can_say_as_much() {
    let text = "ignore:\n  - vulnerability: CVE-2026-0001\n    reason: no\n    package:\n      name: a\n      version: 1.2\n\
        \x20     type: npm\n      location: /app/**\n  - vulnerability: CVE-2026-0002\n    reason: no\n    fix-state: wont-fix\n\
        \x20 - package: {type: gem}\n    reason: no\n";
    let (waivers, refused) = imported(Source::Grype, text, &given());
    assert_eq!(waivers.len(), 1);
    assert_eq!(
        waivers[0].1,
        r#"{"vulnerability":"CVE-2026-0001","purl":"pkg:npm/a@1.2","path":"app/**"}"#
    );
    assert!(
        refused[0].1.contains("a waiver can't say `fix-state`"),
        "{refused:?}"
    );
    assert!(
        refused[1].1.contains("a rule without a `vulnerability`"),
        "{refused:?}"
    );
}

#[test]
fn of_openvex_only_what_is_not_affected_is_taken() {
    let text = r#"{"statements":[
        {"vulnerability":{"name":"CVE-2026-0001"},"status":"not_affected","justification":"component_not_present",
         "products":[{"@id":"pkg:oci/shop","subcomponents":[{"@id":"pkg:npm/a@1"}]}]},
        {"vulnerability":{"name":"CVE-2026-0002"},"status":"affected","products":[{"@id":"pkg:npm/a"}]}]}"#;
    let (waivers, refused) = imported(Source::Openvex, text, &given());
    assert_eq!(
        waivers[0].1,
        r#"{"vulnerability":"CVE-2026-0001","purl":"pkg:npm/a@1"}"#
    );
    assert!(
        refused[0].0 == 2 && refused[0].1.contains("the status `affected`"),
        "{refused:?}"
    );
}

#[test]
fn nothing_is_made_up() {
    let nobody = Given {
        owner: None,
        approved_by: Vec::new(),
        ticket: None,
        expires: None,
        ..given()
    };
    let (waivers, refused) = imported(Source::Trivyignore, "CVE-2026-0001\n", &nobody);
    assert!(waivers.is_empty());
    for lack in [
        "--owner",
        "--approved-by",
        "--ticket",
        "--expires",
        "--reason",
        "--purl",
    ] {
        assert!(refused[0].1.contains(lack), "{lack}: {refused:?}");
    }
    let own = Given {
        approved_by: vec!["Team-Shop".to_owned()],
        purl: Some("pkg:npm/a".to_owned()),
        ..given()
    };
    let (_, refused) = imported(Source::Trivyignore, "CVE-2026-0001 # x\n", &own);
    assert!(
        refused[0].1.contains("is owner and approver"),
        "{refused:?}"
    );
    let (_, refused) = imported(
        Source::Trivyignore,
        "CVE-2026-0001 exp:2026-01-01 # x\n",
        &Given {
            purl: Some("pkg:npm/a".to_owned()),
            ..given()
        },
    );
    assert!(!refused.is_empty(), "what has ended is no waiver");
    assert!(entries(None, Path::new("ignore.txt"), "").is_err());
}
