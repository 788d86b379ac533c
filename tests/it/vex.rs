//! What somebody says of vulnerabilities: from a document to a verdict and its replay.

use std::fs;

use serde_json::{Value, json};

use crate::gate::{Folder, assert_own_lines, each, report};

const AT: &str = "2990-01-01T00:00:00Z";
/// The subject, with another image's digest.
const IMAGE: &str = "sha256:4a5ae2c5847cab0add6e7ed24eb5e7bb0cc3cbd89727c166924bbb4456cce4a7";
const OTHER: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// One statement of OpenVEX about a vulnerability of the image.
fn statement(product: &Value, status: &str) -> Value {
    json!({ "vulnerability": { "name": "CVE-2026-12519" }, "products": [product], "status": status })
}

fn document(author: &str, statements: &[Value]) -> String {
    json!({ "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://shop.example/vex/1", "author": author,
        "timestamp": "2026-01-01T09:00:00Z", "version": 1, "statements": statements })
    .to_string()
}

/// Judges an image with some documents: exit code and answer. It is also shown to people.
fn judge(folder: &Folder, documents: &[&str]) -> (i32, Value) {
    let image = report("trivy/image.json").display().to_string();
    let subject = format!("registry.example/shop@{IMAGE}");
    let mut arguments = vec!["evaluate", "image", "--report", &*image, "--at", AT];
    arguments.extend(["--subject", &*subject]);
    for document in documents {
        arguments.extend(["--vex", *document]);
    }
    let human = folder.gate(&arguments);
    assert_own_lines(&human.stdout);
    arguments.extend(["--format", "json"]);
    let ran = folder.gate(&arguments);
    assert_eq!((ran.code, &*ran.stderr), (human.code, ""), "{ran:?}");
    (ran.code, ran.json())
}

fn replay(folder: &Folder, record: &Value) -> Value {
    let record = record.as_str().unwrap();
    let ran = folder.gate(&["replay", record, "--level", "full", "--format", "json"]);
    ran.json()
}

fn not_affected(answer: &Value) -> u64 {
    let counts = &answer["counts"]["by_disposition"];
    counts["not-affected"].as_u64().unwrap_or_default()
}

#[test]
fn only_a_trusted_statement_about_the_product_takes_a_finding_out() {
    let image = |digest: &str| format!("pkg:oci/shop@{}", digest.replace(':', "%3A"));
    let part =
        |whole: &str| json!({ "@id": whole, "subcomponents": [{ "@id": "pkg:npm/left-trim" }] });
    let id = |id: &str| json!({ "@id": id });
    let rows = [
        (id("pkg:npm/left-trim@2.0.1"), "not_affected", 1),
        (id("pkg:npm/left-trim"), "not_affected", 1),
        (id("pkg:npm/left-trim@2.0.1"), "fixed", 1),
        // What is fixed is so in another version, or in none that is named.
        (id("pkg:npm/left-trim@2.0.2"), "fixed", 0),
        (id("pkg:npm/left-trim"), "fixed", 0),
        (id("pkg:npm/right-trim@2.0.1"), "not_affected", 0),
        (id(&image(IMAGE)), "not_affected", 1),
        (id(&image(OTHER)), "not_affected", 0),
        (part(&image(IMAGE)), "not_affected", 1),
        (part(&image(OTHER)), "not_affected", 0),
        (part("pkg:oci/shop"), "not_affected", 1),
        (part("pkg:oci/shop"), "fixed", 0),
        (part("pkg:oci/bank"), "not_affected", 0),
        (json!({}), "not_affected", 0),
        (id("pkg:npm/left-trim@2.0.1"), "under_investigation", 0),
        (id("pkg:npm/left-trim@2.0.1"), "affected", 0),
    ];
    let folder = Folder::new();
    folder.file(
        "gate.toml",
        "format = 1\n[vex]\ntrusted = [\"Shop Security\"]\n",
    );
    each(rows, |(product, status, taken_out)| {
        let text = document("Shop Security", &[statement(&product, status)]);
        folder.file("vex.json", text);
        let (_, answer) = judge(&folder, &["vex.json"]);
        assert_eq!(
            not_affected(&answer),
            taken_out,
            "{product} {status}: {}",
            answer["vex"]
        );
        assert_eq!(answer["vex"][0]["verdict"]["trusted"], true);
        assert_eq!(
            replay(&folder, &answer["record"])["result"],
            "reproduced",
            "{product}"
        );
    });
}

#[test]
fn who_is_not_trusted_changes_nothing() {
    let product = json!({ "@id": "pkg:npm/left-trim@2.0.1" });
    let text = document("Shop Security", &[statement(&product, "not_affected")]);
    let digest = gate_core::digest::Digest::of(text.as_bytes());
    for (trusted, believed) in [
        (String::new(), false),
        ("\"Shop\"".to_owned(), false),
        ("\"shop security\"".to_owned(), false),
        (format!("\"{OTHER}\""), false),
        ("\"Shop\", \"Shop Security\"".to_owned(), true),
        (format!("\"{digest}\""), true),
    ] {
        let folder = Folder::new();
        folder.file(
            "gate.toml",
            format!("format = 1\n[vex]\ntrusted = [{trusted}]\n"),
        );
        folder.file("vex.json", &text);
        let (_, answer) = judge(&folder, &["vex.json"]);
        assert_eq!(not_affected(&answer), u64::from(believed), "{trusted}");
        let became = &answer["vex"][0]["verdict"];
        assert_eq!(became["trusted"], believed, "{trusted}");
        assert_eq!(became["digest"], digest.to_string());
        // What it would do is shown in any case.
        assert_eq!(became["not_affected"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn every_format_of_statements_is_read() {
    let cyclonedx = |versions: Value| {
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": { "authors": [{ "name": "Shop Security" }] },
            "vulnerabilities": [{ "id": "GHSA-1", "references": [{ "id": "CVE-2026-12519" }],
                "analysis": { "state": "resolved" },
                "affects": [{ "ref": "pkg:npm/left-trim", "versions": versions }] }] })
    };
    let csaf = |branch: Value, status: &str| {
        json!({ "document": { "category": "csaf_vex", "csaf_version": "2.0", "title": "t",
                "publisher": { "category": "vendor", "name": "Shop Security", "namespace": "https://shop.example" },
                "tracking": { "id": "1", "status": "final", "version": "1",
                    "current_release_date": "2026-01-01T09:00:00Z" } },
            "product_tree": { "branches": [branch] },
            "vulnerabilities": [{ "cve": "CVE-2026-12519", "product_status": { status: ["P"] } }] })
    };
    let branch = |category: &str, name: &str| {
        json!({ "category": category, "name": name, "product": { "product_id": "P", "name": "left-trim",
            "product_identification_helper": { "purl": "pkg:npm/left-trim" } } })
    };
    let folder = Folder::new();
    folder.file(
        "gate.toml",
        "format = 1\n[vex]\ntrusted = [\"Shop Security\"]\n",
    );
    let rows = [
        (cyclonedx(json!([{ "version": "2.0.1" }])), 1),
        (
            cyclonedx(json!([{ "version": "2.0.1", "status": "unaffected" }])),
            1,
        ),
        (
            cyclonedx(json!([{ "version": "2.0.1", "status": "affected" }])),
            0,
        ),
        (
            cyclonedx(json!([{ "version": "2.0.2", "status": "unaffected" }])),
            0,
        ),
        (
            cyclonedx(json!([{ "version": "2.0.2" }, { "version": "2.0.3" }])),
            0,
        ),
        (
            cyclonedx(
                json!([{ "version": "2.0.1", "status": "affected" }, { "version": "2.0.2", "status": "unaffected" }]),
            ),
            0,
        ),
        (cyclonedx(json!([{ "range": "vers:npm/>=2.0.2" }])), 0),
        (cyclonedx(json!([])), 0),
        (csaf(branch("product_version", "2.0.1"), "fixed"), 1),
        (csaf(branch("product_version", "2.0.2"), "fixed"), 0),
        (
            csaf(branch("product_version_range", "vers:npm/>=2.0.2"), "fixed"),
            0,
        ),
        (
            csaf(
                branch("product_version_range", "vers:npm/<2.0.0"),
                "known_not_affected",
            ),
            0,
        ),
        (
            csaf(branch("product_name", "left-trim"), "known_not_affected"),
            1,
        ),
        (
            csaf(branch("product_name", "left-trim"), "known_affected"),
            0,
        ),
    ];
    each(rows, |(document, taken_out)| {
        folder.file("vex.json", document.to_string());
        let (_, answer) = judge(&folder, &["vex.json"]);
        assert_eq!(answer["vex"][0]["author"], "Shop Security", "{answer:#}");
        assert_eq!(not_affected(&answer), taken_out, "{document}");
        assert_eq!(replay(&folder, &answer["record"])["result"], "reproduced");
    });
}

#[test]
fn what_is_no_document_of_statements_is_an_error() {
    let path = |name: &str| report(name).display().to_string();
    let folder = Folder::new();
    let good = document("Shop", &[statement(&json!("pkg:npm/left-trim"), "fixed")]);
    folder.file("cut-off.json", &good[..good.len() / 2]);
    folder.file("empty.json", "");
    let odd = statement(&json!("pkg:npm/left-trim"), "harmless");
    let fine = statement(&json!("pkg:npm/left-trim"), "not_affected");
    folder.file("odd.json", document("Shop", &[odd, fine]));
    folder.file("future.json", good.replace("2026-01-01", "2991-01-01"));
    let rows = [
        ("none.json".to_owned(), "No such file"),
        ("cut-off.json".to_owned(), "`cut-off.json`"),
        ("empty.json".to_owned(), "`empty.json`"),
        // The statement that is not understood may be the one that says otherwise.
        ("odd.json".to_owned(), "none of the four that are known"),
        ("future.json".to_owned(), "which is after 2990-01-01"),
        (path("trivy/image.json"), "a report of trivy, of kind scan"),
        (path("cyclonedx/inventory.json"), "of kind inventory"),
        (
            path("openvex/other-version.json"),
            "version of OpenVEX that is not known",
        ),
        (path("csaf/draft.json"), "the document is a draft"),
        (format!("csaf={}", path("openvex/clean.json")), "`"),
    ];
    each(rows, |(document, why)| {
        let (code, answer) = judge(&folder, &[&document]);
        let reason = &answer["reasons"][0];
        assert_eq!(
            (code, &reason["code"]),
            (3, &json!("vex-invalid")),
            "{why}: {reason}"
        );
        assert!(
            reason["message"].as_str().unwrap().contains(why),
            "{why}: {reason}"
        );
        assert!(reason["help"].is_string(), "{why}: {reason}");
        assert_eq!(
            replay(&folder, &answer["record"])["result"],
            "reproduced",
            "{why}"
        );
    });
    // No statement at all is no harm.
    let (_, answer) = judge(&folder, &[&path("openvex/no-statement.json")]);
    assert_eq!(answer["vex"][0]["statements"], 0, "{answer:#}");
}

#[test]
fn the_order_of_documents_does_not_matter_and_their_bytes_are_kept() {
    let folder = Folder::new();
    folder.file("gate.toml", "format = 1\n[vex]\ntrusted = [\"A\", \"B\"]\n");
    let product = json!({ "@id": "pkg:npm/left-trim@2.0.1" });
    folder.file(
        "a.json",
        document("A", &[statement(&product, "not_affected")]),
    );
    folder.file("b.json", document("B", &[statement(&product, "affected")]));
    let (_, one) = judge(&folder, &["a.json", "b.json", "a.json"]);
    let (_, other) = judge(&folder, &["b.json", "a.json"]);
    assert_eq!(one["record"], other["record"]);
    // Of two that contradict each other the worse holds.
    assert_eq!(not_affected(&one), 0);
    let (_, alone) = judge(&folder, &["a.json"]);
    assert_eq!(not_affected(&alone), 1);
    let record = alone["record"].clone();
    let kept = alone["vex"][0]["verdict"]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = folder
        .path()
        .join(".gate/blobs/sha256")
        .join(&kept["sha256:".len()..]);
    let whole = fs::read(&path).unwrap();
    let altered = String::from_utf8(whole.clone())
        .unwrap()
        .replace("left", "lift");
    fs::write(&path, altered).unwrap();
    assert_eq!(replay(&folder, &record)["result"], "not-replayable");
    fs::remove_file(&path).unwrap();
    assert_eq!(replay(&folder, &record)["result"], "not-replayable");
    fs::write(&path, whole).unwrap();
    assert_eq!(replay(&folder, &record)["result"], "reproduced");
}
