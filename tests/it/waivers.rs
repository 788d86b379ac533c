//! Waivers as people look after them: `gate waiver check`, `prune` and `import`.

use std::fs;

use serde_json::Value;

use crate::gate::{Folder, Ran, report, workspace};

/// A waiver of a package of `trivy/image.json`, far from now.
fn waiver(id: &str, vulnerability: &str, purl: &str, end: &str) -> String {
    format!(
        "# why {id}\n[[waiver]]\nid = \"{id}\"\nowner = \"team-shop\"\napproved-by = [\"security\"]\n\
        reason = \"not reachable\"\nticket = \"SHOP-1\"\ncreated = 2026-01-01T00:00:00Z\nexpires = {end}\n\n\
        [waiver.match]\nvulnerability = \"{vulnerability}\"\npurl = \"{purl}\"\n\n"
    )
}

const LATER: &str = "9000-01-01T00:00:00Z";
const EARLIER: &str = "2026-02-01T00:00:00Z";
const ROUTER: &str = "pkg:npm/%40shop-example/router";

/// A folder with a record of the image gate, and the record's name.
fn judged() -> (Folder, String) {
    let folder = Folder::new();
    let named = format!("trivy={}", report("trivy/image.json").display());
    let ran = folder.gate(&["evaluate", "image", "--report", &named, "--format", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let record = ran.json()["record"].as_str().unwrap().to_owned();
    (folder, record)
}

fn matters(ran: &Ran) -> Vec<String> {
    let answer = ran.json();
    let remarks = answer["remarks"].as_array().unwrap().iter();
    let said = |remark: &Value| {
        let text = |key: &str| remark[key].as_str().unwrap().to_owned();
        format!("{} {}", text("waiver"), text("matter"))
    };
    remarks.map(said).collect()
}

fn three() -> String {
    [
        "# ours\nformat = 1\n\n".to_owned(),
        waiver("ended", "CVE-2026-10421", "pkg:deb/debian/libssl3", EARLIER),
        waiver("nothing", "CVE-2026-9999", ROUTER, LATER),
        waiver("router", "CVE-2026-12088", ROUTER, LATER),
    ]
    .concat()
}

#[test]
fn what_is_to_mend_is_a_warning_unless_it_is_asked_for_strictly() {
    let (folder, record) = judged();
    folder.file("waivers.toml", three());
    let check = |more: &[&str]| {
        let arguments = [&["waiver", "check", "--format", "json"][..], more].concat();
        folder.gate(&arguments)
    };
    let alone = check(&[]);
    assert_eq!(alone.code, 0, "{alone:?}");
    assert_eq!(
        matters(&alone),
        [
            "ended expired",
            "nothing never-applies",
            "router never-applies",
            "ended applies-in-part"
        ]
    );
    assert_eq!(check(&["--strict"]).code, 1);
    let held = check(&["--record", &record, "--strict"]);
    assert_eq!(held.code, 1);
    let said = matters(&held);
    assert!(said.contains(&"nothing unused".to_owned()), "{said:?}");
    assert!(said.contains(&"router refused".to_owned()), "{said:?}");
    let schema = crate::help::schema("waivers.schema.json");
    assert!(schema.is_valid(&held.json()), "{held:?}");
    assert!(!schema.is_valid(&serde_json::json!({ "format": "another" })));
    let human = folder.gate(&["waiver", "check", "--record", &record]);
    assert!(
        human
            .stdout
            .contains("warn[gate::waiver::unused]: `nothing`, line"),
        "{human:?}"
    );
}

#[test]
fn a_file_that_is_wrong_is_an_error_with_every_place() {
    let folder = Folder::new();
    let text = three().replace("created = 2026-01-01T00:00:00Z", "created = 2O26-01-01");
    folder.file("waivers.toml", text);
    let ran = folder.gate(&["waiver", "check"]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
    assert!(
        ran.stderr
            .contains("error[gate::waivers-invalid]: reading `waivers.toml`: line "),
        "{ran:?}"
    );

    folder.file(
        "waivers.toml",
        three().replace("owner = \"team-shop\"", "owner = \"security\""),
    );
    let ran = folder.gate(&["waiver", "check"]);
    assert_eq!(
        ran.stderr.matches("is owner and approver").count(),
        3,
        "{ran:?}"
    );
    assert_eq!(
        folder
            .gate(&["waiver", "check", "--waivers", "other.toml"])
            .code,
        2
    );
}

#[test]
fn prune_removes_what_has_ended_and_what_no_record_needs() {
    let (folder, record) = judged();
    let path = folder.file("waivers.toml", three());
    let shown = folder.gate(&["waiver", "prune"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.stdout.contains("-id = \"ended\"\n"), "{shown:?}");
    assert!(!shown.stdout.contains("-id = \"nothing\""), "{shown:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), three());

    let written = folder.gate(&["waiver", "prune", "--record", &record, "--write"]);
    assert_eq!((written.code, &*written.stdout), (0, ""), "{written:?}");
    let left = waiver("router", "CVE-2026-12088", ROUTER, LATER);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("# ours\nformat = 1\n\n{left}")
    );
    let again = folder.gate(&["waiver", "prune", "--record", &record, "--write"]);
    assert!(
        again.stderr.contains("nothing is to be removed"),
        "{again:?}"
    );
}

#[test]
fn an_imported_ignore_file_is_a_file_of_waivers() {
    let (folder, record) = judged();
    folder.file(
        ".trivyignore",
        "# not served\nCVE-2026-12088\nCVE-2026-12519 exp:8999-01-01\n",
    );
    let given = [
        "waiver",
        "import",
        ".trivyignore",
        "--owner",
        "team-shop",
        "--approved-by",
        "security",
        "--ticket",
        "SHOP-1",
        "--expires",
        LATER,
        "--record",
        &record,
    ];
    let ran = folder.gate(&given);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains(
            "`.trivyignore` line 3: `CVE-2026-12519` can't be imported: it lacks a reason"
        ),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("purl = \"pkg:npm/%40shop-example/router@4.1.0\""),
        "{ran:?}"
    );
    let ran = folder.gate(&[&given[..], &["--reason", "for now"]].concat());
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    folder.file("waivers.toml", format!("format = 1\n\n{}", ran.stdout));
    let checked = folder.gate(&["waiver", "check", "--format", "json"]);
    assert_eq!(
        checked.json()["waivers"].as_array().unwrap().len(),
        2,
        "{checked:?}"
    );
}

/// The example of the page is one that a gate takes.
#[test]
fn the_example_of_the_page_is_taken() {
    let page = fs::read_to_string(workspace().join("docs/waivers.md")).unwrap();
    let example = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let folder = Folder::new();
    // As of a moment in its life, whenever the test runs.
    let moved = example.replace("2026-06", "9000-06");
    folder.file("waivers.toml", moved);
    let ran = folder.gate(&[
        "waiver",
        "check",
        "--at",
        "9000-06-02T00:00:00Z",
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["waivers"][0]["id"], "lodash-2026-01");
    assert_eq!(ran.json()["to_mend"], 0);
}

/// A record with waivers is replayed without the file.
#[test]
fn a_waived_verdict_is_replayed_without_its_file() {
    let folder = Folder::new();
    for path in ["report.json", "waivers.toml"] {
        let case = workspace().join("tests/cases/image/waived").join(path);
        folder.file(path, fs::read(case).unwrap());
    }
    let ran = folder.gate(&[
        "evaluate",
        "image",
        "--report",
        "trivy=report.json",
        "--waivers",
        "waivers.toml",
        "--at",
        "9000-01-10T00:00:00Z",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout
            .contains("waivers:\n  router  until 9000-01-20T00:00:00Z  waives 1"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains(", 0 counted, 1 waived"), "{ran:?}");
    fs::remove_file(folder.path().join("waivers.toml")).unwrap();
    let records = fs::read_dir(folder.path().join(".gate/records")).unwrap();
    let name = records
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .next()
        .unwrap();
    let replayed = folder.gate(&["replay", &name]);
    assert!(replayed.stdout.starts_with("reproduced"), "{replayed:?}");
}
