//! A secret in a report is nowhere afterwards: not in an answer, not in a message, not in the evidence.

use std::fs;

use gate_core::digest::Digest;

use crate::gate::{Folder, TOOLS, each, files_below, report};

/// Stands for a secret. Letters and digits only, so that no escape can hide it.
const CANARY: &str = "Canary7of9nobody";
/// Its SHA-1, from which a short secret could be guessed as well as from any other plain digest.
const SHA_1: &str = "4a5b02fc52529f41e081d1a4572882f2d1624c0d";
/// In base64, as it stands in encoded documents.
const BASE64: &str = "Q2FuYXJ5N29mOW5vYm9keQ";

/// A row: the tool, one of its reports, a text that stands in it, and what takes its place.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// `C` in the replacement is the canary, `S` its SHA-1, `B` its base64.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("bandit", "findings.json", "Possible hardcoded password: 'not-a-real-password'", "Possible hardcoded password: '{C}'"),
    ("bandit", "findings.json", "4 PASSWORD = \\\"not-a-real-password\\\"", "4 PASSWORD = \\\"{C}\\\""),
    ("bandit", "findings.json", "1 import hashlib\\n", "1 login(user, {C})\\n"),
    ("bandit", "findings.json", "1 import hashlib\\n2 import subprocess\\n3 \\n", "{C}"),
    ("bandit", "syntax-error.json", "Possible hardcoded password: 'not-a-real-password'", "Possible hardcoded password: '{C}'"),
    ("checkov", "findings.json", "  name = \\\"open\\\"\\n", "  password = \\\"{C}\\\"\\n"),
    ("checkov", "findings.json", "\"evaluations\": null", "\"evaluations\": {\"password\": {\"var_file\": \"/main.tf\", \"value\": \"{C}\"}}"),
    ("checkov", "findings.json", "\"fixed_definition\": null", "\"fixed_definition\": {\"a\": [{\"password\": [\"{C}\"]}]}"),
    ("checkov", "findings.json", "\"connected_node\": null", "\"connected_node\": {\"password\": \"{C}\"}"),
    ("checkov", "frameworks.json", "AKIAI**********", "{C}"),
    ("checkov", "frameworks.json", "25910f981e85ca04baf359199dd0bd4a3ae738b6", "{S}"),
    ("gitleaks", "findings.json", "\"Secret\": \"fake-key-of-nobody-000000001\"", "\"Secret\": \"{C}\""),
    ("gitleaks", "findings.json", "api_key = \\\"fake-key-of-nobody-000000001\\\"", "api_key = \\\"{C}\\\""),
    ("gitleaks", "findings.json", "add the key fake-key-of-nobody-000000001", "add the key {C}"),
    ("gitleaks", "findings.json", "\"Secret\": \"fake-key-of-nobody-000000001\"", "\"\\u0053ecret\": \"{C}\""),
    ("gitleaks", "findings.json", "\"Secret\": \"fake-key-of-nobody-000000001\"", "\"Line\": \"key = {C}\", \"Secret\": \"\\u0043anary7of9nobody {C}\""),
    ("gitleaks", "version-7.json", "\"offender\": \"", "\"offender\": \"{C}"),
    ("gitleaks", "version-7.json", "\"line\": \"", "\"line\": \"{C}"),
    ("gitleaks", "version-7.json", "\"commitMessage\": \"", "\"commitMessage\": \"{C}"),
    ("grype", "image.json", "\"configuration\": {", "\"configuration\": {\"registry\": {\"auth\": [{\"password\": \"{C}\"}]}, "),
    ("grype", "image.json", "\"config\": \"", "\"config\": \"{B}{C}"),
    ("grype", "image.json", "\"manifest\": \"", "\"manifest\": \"{B}{C}"),
    ("sarif", "semgrep.sarif", "return eval(user)\"", "password = '{C}'\""),
    ("sarif", "semgrep.sarif", "\"region\":{", "\"contextRegion\":{\"startLine\":1,\"snippet\":{\"text\":\"login('{C}')\",\"rendered\":{\"text\":\"{C}\"}}},\"region\":{"),
    ("sarif", "semgrep.sarif", "\"MD5 is not safe for passwords\"},\"properties\"", "\"Possible hardcoded password: '{C}'\"},\"properties\""),
    ("sarif", "semgrep.sarif", "\"ruleId\":\"weak-hash\"", "\"fixes\":[{\"artifactChanges\":[{\"artifactLocation\":{\"uri\":\"a\"},\"replacements\":[{\"deletedRegion\":{},\"insertedContent\":{\"text\":\"{C}\"}}]}]}],\"ruleId\":\"weak-hash\""),
    ("sarif", "semgrep.sarif", "\"ruleId\":\"weak-hash\"", "\"webRequest\":{\"headers\":{\"authorization\":\"Bearer {C}\"},\"body\":{\"text\":\"{C}\"}},\"webResponse\":{\"body\":{\"text\":\"{C}\"}},\"ruleId\":\"weak-hash\""),
    ("sarif", "semgrep.sarif", "\"ruleId\":\"weak-hash\"", "\"codeFlows\":[{\"threadFlows\":[{\"initialState\":{\"x\":{\"text\":\"{C}\"}},\"locations\":[{\"location\":{\"physicalLocation\":{\"region\":{\"snippet\":{\"text\":\"{C}\"}}}}}]}]}],\"ruleId\":\"weak-hash\""),
    ("sarif", "semgrep.sarif", "\"executionSuccessful\":true", "\"commandLine\":\"scan --token {C}\",\"arguments\":[\"--token\",\"{C}\"],\"environmentVariables\":{\"TOKEN\":\"{C}\"},\"executionSuccessful\":true"),
    ("sarif", "semgrep.sarif", "{\"invocations\":", "{\"artifacts\":[{\"contents\":{\"text\":\"{C}\",\"binary\":\"{B}\"}}],\"invocations\":"),
    ("sarif", "secrets-and-packages.sarif", "\"snippet\": { \"text\": \"fake key of nobody\" }", "\"snippet\": { \"text\": \"{C}\" }"),
    ("sarif", "secrets-and-packages.sarif", "add fake key of nobody", "add {C}"),
    ("sarif", "checkov.sarif", "\"help\": {", "\"help\": {\"markdown\": \"resource {S}\", "),
    ("trivy", "image.json", "not-a-real-password", "{C}"),
    ("trivy", "image.json", "not-a-real-token", "{C}"),
    ("trivy", "image.json", "\"Cmd\": [", "\"Entrypoint\": [\"--password={C}\"], \"Healthcheck\": {\"Test\": [\"{C}\"]}, \"OnBuild\": [\"{C}\"], \"Cmd\": [\"{C}\","),
    ("trivy", "repository.json", "\"Content\": \"SHOP_REGION=eu-central-1\"", "\"Content\": \"SHOP_PASSWORD={C}\""),
    ("trivy", "repository.json", "\"Highlighted\": \"SHOP_REGION=eu-central-1\"", "\"Highlighted\": \"\\u001b[33mSHOP_PASSWORD={C}\""),
    ("trivy", "repository.json", "\"Match\": \"", "\"Match\": \"{C}"),
    ("trivy", "repository.json", "\"Data\": ", "\"Data\": [{\"x\": \"{C}\"}], \"Other\": "),
    ("zap", "plus.json", "not-a-real-password@", "{C}@"),
    ("zap", "plus.json", "order?token=not-a-real-token", "order;jsessionid={C}#{C}"),
    ("zap", "plus.json", "a.js?key=not-a-real-key", "a.js?{C}"),
    ("zap", "plus.json", "not-a-real-attack", "{C}"),
    ("zap", "plus.json", "not-a-real-evidence", "{C}"),
    ("zap", "plus.json", "not-a-real-note", "{C}"),
    ("zap", "plus.json", "Bearer not-a-real-token", "Bearer {C}"),
    ("zap", "plus.json", "password=not-a-real-password", "password={C}"),
    ("zap", "plus.json", "id=not-a-real-session", "id={C}"),
    ("zap", "plus.json", "not-a-real-body", "{C}"),
    ("zap", "plus.json", "shop.example?token=not-a-real-token", "shop.example?token={C}"),
    ("zap", "plus.json", "not-a-real-warning", "{C}"),
    ("zap", "plus.xml", "q=not-a-real-query", "q={C}"),
    ("zap", "plus.xml", "not-a-real-attack", "{C}"),
    ("zap", "plus.xml", "not-a-real-evidence", "<![CDATA[{C}]]>"),
    ("zap", "plus.xml", "not-a-real-note", "{C}"),
    ("zap", "plus.xml", "Bearer not-a-real-token", "Bearer {C}"),
    ("zap", "plus.xml", "password=not-a-real-password", "password={C}"),
    ("zap", "plus.xml", "id=not-a-real-session", "id={C}"),
    ("zap", "plus.xml", "not-a-real-body", "{C}"),
    ("zap", "baseline-findings.txt", "token=not-a-real-token", "token={C}"),
    ("zap", "baseline-findings.txt", "not-a-real-password", "{C}"),
    ("zap", "baseline-findings.txt", "not-a-real-remark", "{C}"),
    ("zap", "baseline-findings.txt", "Using the Automation Framework", "Params: ['-config', 'token={C}']"),
    ("nuclei", "findings.jsonl", "nobody:not-a-real-password@", "{C}:{C}@"),
    ("nuclei", "findings.jsonl", "next=not-a-real-token", "next={C}#{C}"),
    ("nuclei", "findings.jsonl", "id=not-a-real-session", "id={C}"),
    ("nuclei", "findings.jsonl", "\"password\":\"not-a-real-password\"", "\"password\":\"{C}\""),
    ("nuclei", "findings.jsonl", "&password=not-a-real-password", "&password={C}"),
    ("nuclei", "findings.jsonl", "bm90LWEtcmVhbC10ZW1wbGF0ZQ==", "{B}"),
    ("nuclei", "findings.jsonl", "jsessionid=not-a-real-session", "jsessionid={C}"),
    ("nuclei", "findings.jsonl", "not-a-real-detail", "{C}"),
    ("nuclei", "findings.jsonl", "not-a-real-result", "{C}"),
    ("nuclei", "findings.jsonl", "not-a-real-interaction", "{C}"),
    ("nuclei", "findings.jsonl", "not-a-real-token\"]", "{C}\"]"),
    ("nuclei", "array.json", "not-a-real-token", "{C}"),
    ("nuclei", "matcher-status.jsonl", "not-a-real-token", "{C}"),
    ("nuclei", "version-2.3.jsonl", "not-a-real-result", "{C}"),
    ("cyclonedx", "inventory.json", "not-a-real-password", "{C}"),
    ("cyclonedx", "inventory.json", "not-a-real-token", "{C}"),
    ("cyclonedx", "findings.json", "\"description\": ", "\"proofOfConcept\": {\"environment\": \"{C}\", \"supportingMaterial\": [{\"content\": \"{B}\"}]}, \"description\": "),
];

fn planted(row: &Row) -> String {
    let (tool, name, text, replacement) = row;
    let whole = fs::read_to_string(report(&format!("{tool}/{name}"))).unwrap();
    assert!(whole.contains(text), "{row:?} is not in its report");
    let replacement = replacement
        .replace("{C}", CANARY)
        .replace("{S}", SHA_1)
        .replace("{B}", BASE64);
    whole.replace(text, &replacement)
}

/// Runs everything that reads, keeps or shows a report, and looks through every byte that it left behind.
fn assert_no_trace(bytes: &str, tool: &str, key: Option<&str>) {
    let folder = Folder::new();
    folder.file("report.json", bytes);
    let argument = format!("{tool}=report.json");
    let evaluate = [
        "evaluate",
        "secrets",
        "--report",
        &argument,
        "--evidence",
        "evidence",
    ];
    let normalize = ["normalize", "--report", &argument];
    let run = |arguments: &[&str]| {
        let mut command = folder.command(arguments);
        if let Some(key) = key {
            command.env("GATE_PROJECT_KEY", key);
        }
        let output = command.output().unwrap();
        assert!(
            output.status.code().is_some_and(|code| code <= 3),
            "{output:?}"
        );
        let mut all = output.stdout;
        all.extend(output.stderr);
        assert_clean(&format!("{arguments:?}"), &all);
        all
    };
    let form = |form: &'static str| ["--format", form];
    let answer = run(&[&evaluate[..], &form("json")].concat());
    run(&evaluate);
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let record = answer["record"].as_str().unwrap();
    for form in ["human", "json"] {
        run(&[&normalize[..], &["--format", form]].concat());
        run(&["replay", record, "--evidence", "evidence", "--format", form]);
        run(&[
            "explain",
            record,
            "--evidence",
            "evidence",
            "--format",
            form,
        ]);
    }
    let kept = files_below(&folder.path().join("evidence"));
    assert!(kept.len() > 5, "{kept:?}");
    for path in kept {
        assert_clean(
            &path.display().to_string(),
            path.as_os_str().as_encoded_bytes(),
        );
        assert_clean(&path.display().to_string(), &fs::read(&path).unwrap());
        assert!(
            !path.parent().unwrap().ends_with("tmp"),
            "{path:?} was left behind"
        );
    }
}

fn assert_clean(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let sha_256 = Digest::of(CANARY.as_bytes()).hex();
    // The beginning of a digest gives as much away as all of it.
    for trace in [CANARY, &SHA_1[..16], &sha_256[..16], BASE64] {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = lower.find(&trace.to_ascii_lowercase()) {
            let from = at.saturating_sub(80);
            panic!(
                "`{trace}` in {place}: …{}",
                String::from_utf8_lossy(&bytes[from..at + trace.len()])
            );
        }
    }
}

#[test]
fn the_traces_are_the_canary_s() {
    let base64 = |text: &str| {
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: String = text.bytes().map(|b| format!("{b:08b}")).collect();
        let groups = bits
            .as_bytes()
            .chunks(6)
            .map(|group| format!("{:0<6}", str::from_utf8(group).unwrap()));
        groups
            .map(|g| digits[usize::from_str_radix(&g, 2).unwrap()] as char)
            .collect::<String>()
    };
    assert_eq!(base64(CANARY), BASE64);
    assert!(SHA_1.len() == 40 && SHA_1.bytes().all(|b| b.is_ascii_hexdigit()));
    for found in [CANARY, SHA_1, BASE64] {
        assert!(std::panic::catch_unwind(|| assert_clean("a test", found.as_bytes())).is_err());
    }
}

#[test]
fn a_secret_leaves_no_trace() {
    for key in [None, Some("a key that stays the same for the project")] {
        each(ROWS, |row| assert_no_trace(&planted(row), row.0, key));
    }
}

/// Cut off inside the secret, behind it, and at the end: the part that was read is not kept either.
#[test]
fn a_secret_in_a_report_that_can_t_be_read_leaves_no_trace() {
    each(ROWS, |row| {
        let whole = planted(row);
        let Some(at) = whole.find(CANARY) else { return };
        let end = whole.trim_end().len() - 1;
        for cut in [at + CANARY.len(), at + CANARY.len() + 1, end] {
            assert_no_trace(whole.get(..cut).unwrap(), row.0, None);
        }
        assert_no_trace(&format!("{whole}{CANARY}"), row.0, None);
    });
}

/// What is of another kind than its key says is complained about without being quoted.
#[test]
fn a_complaint_quotes_no_value() {
    let findings = fs::read_to_string(report("gitleaks/findings.json")).unwrap();
    for value in [
        "\"Canary7of9nobody\"",
        "\"Canary7of9nobody at line 3\"",
        "\"Canary7of9nobody\\\", expected nothing\"",
        "{\"Canary7of9nobody\": 1}",
    ] {
        let folder = Folder::new();
        let text = findings.replacen("\"StartLine\": 3", &format!("\"StartLine\": {value}"), 1);
        folder.file("report.json", text);
        let ran = folder.gate(&["evaluate", "secrets", "--report", "gitleaks=report.json"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert_clean(value, format!("{}{}", ran.stdout, ran.stderr).as_bytes());
    }
}

/// With the wrong tool's name on it, a report is redacted by the wrong list of keys.
#[test]
fn a_secret_under_the_name_of_another_tool_leaves_no_trace() {
    let others = |row: &'static Row| TOOLS.iter().filter(move |tool| tool.name != row.0);
    let rows = ROWS
        .iter()
        .flat_map(|row| others(row).map(move |tool| (row, tool.name)));
    each(rows, |(row, tool)| {
        assert_no_trace(&planted(row), tool, None);
    });
}
