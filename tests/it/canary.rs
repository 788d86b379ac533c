//! A secret in a report is nowhere afterwards: not in an answer, not in a message, not in the evidence.

use std::fs;

use gate_core::digest::Digest;

use crate::gate::{Folder, each, files_below, report};
use crate::tools::{TOOLS, six};

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
    ("asff", "events.jsonl", "not-a-real-token", "{C}"),
    ("asff", "findings.json", "not-a-real-token", "{C}"),
    ("asff", "findings.json", "not-a-real-tag", "{C}"),
    ("asff", "findings.json", "not-a-real-note", "{C}"),
    ("asff", "findings.json", "not-a-real-field", "{C}"),
    ("asff", "findings.json", "\"Sample\": true", "\"UserDefinedFields\": {\"password\": \"{C}\"}, \"Sample\": true"),
    ("aws-config", "findings.json", "fake-token-1", "{C}"),
    ("bandit", "findings.json", "Possible hardcoded password: 'not-a-real-password'", "Possible hardcoded password: '{C}'"),
    ("bandit", "findings.json", "4 PASSWORD = \\\"not-a-real-password\\\"", "4 PASSWORD = \\\"{C}\\\""),
    ("bandit", "findings.json", "1 import hashlib\\n", "1 login(user, {C})\\n"),
    ("bandit", "findings.json", "1 import hashlib\\n2 import subprocess\\n3 \\n", "{C}"),
    ("bandit", "syntax-error.json", "Possible hardcoded password: 'not-a-real-password'", "Possible hardcoded password: '{C}'"),
    ("cargo-audit", "findings.json", "git+https://git.example", "git+https://nobody:{C}@git.example"),
    ("checkov", "findings.json", "  name = \\\"open\\\"\\n", "  password = \\\"{C}\\\"\\n"),
    ("checkov", "findings.json", "\"evaluations\": null", "\"evaluations\": {\"password\": {\"var_file\": \"/main.tf\", \"value\": \"{C}\"}}"),
    ("checkov", "findings.json", "\"fixed_definition\": null", "\"fixed_definition\": {\"a\": [{\"password\": [\"{C}\"]}]}"),
    ("checkov", "findings.json", "\"connected_node\": null", "\"connected_node\": {\"password\": \"{C}\"}"),
    ("checkov", "frameworks.json", "AKIAI**********", "{C}"),
    ("checkov", "frameworks.json", "25910f981e85ca04baf359199dd0bd4a3ae738b6", "{S}"),
    ("cfn-guard", "findings.json", "not-a-real-password", "{C}"),
    ("cfn-guard", "findings.json", "\"value\": \"parcels\"", "\"value\": {\"value\": [\"{C}\"]}"),
    ("cfn-guard", "findings.json", "\"reason\": \"", "\"reason\": \"{C} "),
    ("cfn-nag", "fatal.json", "not-a-real-password", "{C}"),
    ("cfn-lint", "findings.json", "'many' is not of type 'integer'", "'{C}' is not of type 'integer'"),
    ("cfn-lint", "findings.json", "\"ParentId\": null", "\"ParentId\": \"{S}\""),
    ("conftest", "findings.json", "not-a-real-password", "{C}"),
    ("conftest", "findings.json", "\"skipped\": [", "\"queries\": [{\"query\": \"{C}\", \"traces\": [\"{C}\"]}], \"skipped\": ["),
    ("opa", "findings.json", "not-a-real-password", "{C}"),
    ("opa", "findings.json", "\"result\": [", "\"explanation\": [\"{C}\"], \"result\": ["),
    ("opa", "findings.json", "\"expressions\": [", "\"bindings\": {\"x\": \"{C}\"}, \"expressions\": ["),
    ("detect-secrets", "findings.json", "efb79fa749e824532b63aa574a617ae27c871382", "{S}"),
    ("detect-secrets", "slim.json", "271229482aaa12d1716daa5382a309120fb29e06", "{S}"),
    ("falco", "findings.jsonl", "fake-password-1", "{C}"),
    ("falco", "findings.jsonl", "fake-token-1", "{C}"),
    ("falco", "findings.jsonl", "cat /etc/shadow", "mysql -p{C}"),
    ("falco", "findings.jsonl", "file=/etc/shadow process=cat", "arguments={C}"),
    ("falco", "findings.jsonl", "\"fd.name\":\"/etc/shadow\"", "\"fd.name\":\"{C}\",\"proc.aenv[2]\":[\"{C}\"],\"own\":{\"field\":\"{C}\"}"),
    ("falco", "array.json", "\"priority\":\"Notice\"", "\"priority\":\"Notice\",\"output\":\"{C}\""),
    ("git-secrets", "findings.txt", "AWS_KEY = \"AKIAQ3EGRNOBODY00001\"", "AWS_KEY = \"{C}\""),
    ("git-secrets", "findings.txt", "# at 12:34:56", "{C}:12:{C}"),
    ("git-secrets", "findings.txt", "Possible mitigations:", "a stray line of {C}"),
    ("git-secrets", "findings.txt", "Possible mitigations:", "fatal: unable to access 'https://nobody:{C}@example.invalid'"),
    ("git-secrets", "findings.txt", "Use --no-verify if this is a one-time false positive", "Use --no-verify if {C}"),
    ("git-secrets", "history.txt", "AKIAQ3EGRNOBODY00002", "{C}"),
    ("ecr", "enhanced.json", "\"author\": \"someone\"", "\"author\": \"{C}\""),
    ("ecr", "enhanced.json", "\"tags\": {}", "\"tags\": {\"password\": \"{C}\"}"),
    ("eslint", "metadata.json", "Replace `\\\"fake-token-of-nobody\\\"` with `'fake-token-of-nobody'`", "Replace `\\\"{C}\\\"` with `'{C}'`"),
    ("eslint", "metadata.json", ": \\\"fake-token-of-nobody\\\"\"", ": \\\"{C}\\\"\""),
    ("eslint", "metadata.json", "\"text\": \"'fake-token-of-nobody'\"", "\"text\": \"'{C}'\""),
    ("eslint", "metadata.json", "const token = \\\"fake-token-of-nobody\\\"", "const token = \\\"{C}\\\""),
    ("eslint", "metadata.json", "const token = 'fake-token-of-nobody'", "const token = '{C}'"),
    ("eslint", "metadata.json", "\"messageId\": \"replace\"", "\"suggestions\": [{\"data\": {\"x\": \"{C}\"}, \"fix\": {\"range\": [1, 2], \"text\": \"{C}\"}, \"desc\": \"Use {C}.\"}]"),
    ("eslint", "syntax-error.json", "Parsing error: Unexpected token =", "Parsing error: Unexpected token {C}"),
    ("gitleaks", "findings.json", "\"Secret\": \"fake-key-of-nobody-000000001\"", "\"Secret\": \"{C}\""),
    ("gitleaks", "findings.json", "api_key = \\\"fake-key-of-nobody-000000001\\\"", "api_key = \\\"{C}\\\""),
    ("gitleaks", "findings.json", "add the key fake-key-of-nobody-000000001", "add the key {C}"),
    ("gitleaks", "findings.json", "\"Secret\": \"fake-key-of-nobody-000000001\"", "\"\\u0053ecret\": \"{C}\""),
    ("gitleaks", "findings.json", "\"Secret\": \"fake-key-of-nobody-000000001\"", "\"Line\": \"key = {C}\", \"Secret\": \"\\u0043anary7of9nobody {C}\""),
    ("gitleaks", "version-7.json", "\"offender\": \"", "\"offender\": \"{C}"),
    ("gitleaks", "version-7.json", "\"line\": \"", "\"line\": \"{C}"),
    ("gitleaks", "version-7.json", "\"commitMessage\": \"", "\"commitMessage\": \"{C}"),
    ("gitleaks", "findings.json", "\"Author\": \"A. Nobody\"", "\"Author\": \"{C}\""),
    ("gitleaks", "findings.json", "\"Email\": \"nobody@shop.example\"", "\"Email\": \"{C}@shop.example\""),
    ("gitleaks", "findings.json", "\"SymlinkFile\": \"\"", "\"SymlinkFile\": \"\", \"Fragment\": {\"Raw\": \"key = {C}\", \"Bytes\": \"{B}\"}"),
    ("gitleaks", "version-7.json", "\"author\": \"A. Nobody\"", "\"author\": \"{C}\""),
    ("gitleaks", "version-7.json", "\"email\": \"nobody@shop.example\"", "\"email\": \"{C}@shop.example\""),
    ("grype", "image.json", "\"configuration\": {", "\"configuration\": {\"registry\": {\"auth\": [{\"password\": \"{C}\"}]}, "),
    ("grype", "image.json", "\"config\": \"", "\"config\": \"{B}{C}"),
    ("grype", "image.json", "\"manifest\": \"", "\"manifest\": \"{B}{C}"),
    ("kics", "findings.json", "not-a-real-password", "{C}"),
    ("kics", "findings.json", "\"search_value\": \"\"", "\"search_value\": \"{C}\""),
    ("kics", "findings.json", "'x' should be set", "'{C}' should be set"),
    ("kics", "findings.json", "70d28c075a7cda7f4b6b4a9b7f5c48a7d2213c8a4fc1332b8eabd5805a8f177a", "{S}"),
    ("kube-bench", "findings.json", "not-a-real-token", "{C}"),
    ("kube-bench", "findings.json", "\"AuditConfig\": \"", "\"AuditConfig\": \"{C} "),
    ("kube-bench", "findings.json", "\"audit\": \"", "\"audit_env\": \"{C}\", \"audit_config\": \"{C}\", \"audit\": \"{C} "),
    ("kubescape", "findings.json", "not-a-real-password", "{C}"),
    ("kubescape", "findings.json", "\"committerName\": \"Nobody\"", "\"committerName\": \"{C}\""),
    ("kubescape", "version-2.json", "not-a-real-password", "{C}"),
    ("polaris", "findings.json", "not-a-real-password", "{C}"),
    ("inspector2", "events.jsonl", "not-a-real-tag", "{C}"),
    ("inspector2", "findings.json", "\"author\": \"someone\"", "\"author\": \"{C}\""),
    ("inspector2", "findings.json", "not-a-real-tag", "{C}"),
    ("ocsf", "findings.jsonl", "not-a-real-token", "{C}"),
    ("ocsf", "findings.jsonl", "not-a-real-event", "{C}"),
    ("ocsf", "prowler.json", "not-a-real-token", "{C}"),
    ("ocsf", "prowler.json", "not-a-real-label", "{C}"),
    ("ocsf", "prowler.json", "not-a-real-note", "{C}"),
    ("prowler", "findings.csv", "not-a-real-detail", "{C}"),
    ("prowler", "findings.csv", "not-a-real-tag", "{C}"),
    ("prowler", "findings.csv", "not-a-real-note", "{C}"),
    ("npm-audit", "registry-error.json", "\"message\": \"405", "\"message\": \"https://nobody:{C}@registry.example/ 405"),
    ("npm-audit", "registry-error.json", "\"uri\": \"https://", "\"uri\": \"https://nobody:{C}@"),
    ("npm-audit", "registry-error.json", "\"allow\": [", "\"set-cookie\": [\"session={C}\"], \"allow\": ["),
    ("npm-audit", "registry-error.json", "\"body\": \"\"", "\"body\": {\"token\": \"{C}\"}"),
    ("osv-scanner", "findings.json", "RUN apt-get install coreutils", "RUN TOKEN={C} apt-get install coreutils"),
    ("hadolint", "syntax-error.json", "unexpected 'F'", "unexpected '{C}'"),
    ("junit", "findings.xml", "message=\"AssertionError: assert 'fake-token-of-nobody'", "message=\"AssertionError: assert '{C}'"),
    ("junit", "findings.xml", "token = \"fake-token-of-nobody\"", "token = \"{C}\""),
    ("junit", "findings.xml", "no shop on Sunday</skipped>", "{C}</skipped>"),
    ("junit", "output.xml", "Captured Log", "{C}"),
    ("junit", "output.xml", "Captured Err", "{C}"),
    ("junit", "nested.xml", "value=\"fake-token-of-nobody\"", "value=\"{C}\""),
    ("junit", "nested.xml", "<![CDATA[and <its> trace]]>", "<![CDATA[and <its> {C}]]>"),
    ("junit", "nested.xml", "<system-out><![CDATA[fake-token-of-nobody]]>", "<system-out><![CDATA[{C}]]>"),
    ("junit", "nested.xml", "<system-err>fake-token-of-nobody", "<system-err>{C}"),
    ("junit", "nested.xml", "<stackTrace>fake-token-of-nobody</stackTrace><system-out>fake-token-of-nobody", "<stackTrace>{C}</stackTrace><system-out>{C}"),
    ("lcov", "several-tests.info", "c29tZSBjaGVja3N1bSBoZXJl", "{B}"),
    ("phpstan", "findings.json", "'not-a-real-password' given", "'{C}' given"),
    ("phpstan", "odd.json", "Internal error: not-a-real-password while", "Internal error: {C} while"),
    ("phpstan", "odd.json", "\"errors\":[]}", "\"errors\":[\"Uncaught Exception: {C}\"]}"),
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
    ("tflint", "findings.json", "t9.huge", "{C}"),
    ("trivy", "cluster.json", "not-a-real-token", "{C}"),
    ("trivy", "cluster.json", "\"Match\": \"TOKEN=****\"", "\"Match\": \"TOKEN={C}\""),
    ("snyk", "container.json", "\"dockerfileInstruction\": \"RUN", "\"dockerfileInstruction\": \"RUN TOKEN={C}"),
    ("snyk", "container.json", "\"instruction\": \"RUN", "\"instruction\": \"RUN TOKEN={C}"),
    ("snyk", "container.json", "\"installCommand\": \"", "\"installCommand\": \"TOKEN={C} "),
    ("snyk", "iac.json", "\"isPrivate\": true", "\"gitRemoteUrl\": \"https://nobody:{C}@git.example/shop\", \"isPrivate\": true"),
    ("snyk", "clean.json", "\"isPrivate\": true", "\"remoteRepoUrl\": \"https://nobody:{C}@git.example/shop\", \"isPrivate\": true"),
    ("semgrep", "logged-in.json", "\"lines\": \"TOKEN=\\\"fake-token-of-nobody\\\"\"", "\"lines\": \"TOKEN=\\\"{C}\\\"\""),
    ("semgrep", "logged-in.json", "\"abstract_content\": \"fake-token-of-nobody\"", "\"abstract_content\": \"{C}\", \"propagated_value\": { \"svalue_abstract_content\": \"{C}\" }"),
    ("semgrep", "logged-in.json", "vault read fake-token-of-nobody", "vault read {C}"),
    ("semgrep", "logged-in.json", "}, \"fake-token-of-nobody\"]]", "}, \"{C}\"]]"),
    ("semgrep", "logged-in.json", "\"content\": \"TOKEN\"", "\"content\": \"{C}\""),
    ("semgrep", "logged-in.json", "\"errors\": []", "\"errors\": [{\"code\": 3, \"level\": \"warn\", \"type\": \"Syntax error\", \"message\": \"`{C}` was unexpected\", \"long_msg\": \"{C}\"}], \"explanations\": [{\"matches\": [{\"extra\": {\"x\": \"{C}\"}}]}]"),
    ("semgrep", "logged-in.json", "\"fingerprint\": \"1a", "\"fixed_lines\": [\"{C}\"], \"rendered_fix\": \"{C}\", \"extra_extra\": {\"x\": \"{C}\"}, \"fingerprint\": \"{S}1a"),
    ("sonarqube", "findings.json", "this literal \\\"not-a-real-password\\\"", "this literal \\\"{C}\\\""),
    ("sonarqube", "findings.json", "tainted: not-a-real-password", "tainted: {C}"),
    ("sonarqube", "findings.json", "it is &quot;not-a-real-password&quot;", "it is &quot;{C}&quot;"),
    ("sonarqube", "findings.json", "it is \\\"not-a-real-password\\\"", "it is \\\"{C}\\\""),
    ("sonarqube", "findings.json", "00000000000000000000000000000002", "{S}"),
    ("trivy", "image.json", "not-a-real-password", "{C}"),
    ("trivy", "image.json", "not-a-real-token", "{C}"),
    ("trivy", "image.json", "\"Cmd\": [", "\"Entrypoint\": [\"--password={C}\"], \"Healthcheck\": {\"Test\": [\"{C}\"]}, \"OnBuild\": [\"{C}\"], \"Cmd\": [\"{C}\","),
    ("trivy", "repository.json", "\"Content\": \"SHOP_REGION=eu-central-1\"", "\"Content\": \"SHOP_PASSWORD={C}\""),
    ("trivy", "repository.json", "\"Highlighted\": \"SHOP_REGION=eu-central-1\"", "\"Highlighted\": \"\\u001b[33mSHOP_PASSWORD={C}\""),
    ("trivy", "repository.json", "\"Match\": \"", "\"Match\": \"{C}"),
    ("trivy", "repository.json", "\"Data\": ", "\"Data\": [{\"x\": \"{C}\"}], \"Other\": "),
    ("trufflehog", "findings.jsonl", "fake-id-of-nobody-01", "{C}"),
    ("trufflehog", "findings.jsonl", "fake-key-of-nobody-000000001", "{C}"),
    ("trufflehog", "findings.jsonl", "fake-key-of-nobody-000000002", "{C}"),
    ("trufflehog", "findings.jsonl", "fake-password-1", "{C}"),
    ("trufflehog", "findings.jsonl", "fake-private-key-of-nobody", "{C}"),
    ("trufflehog", "findings.jsonl", "\"certificate_fingerprint\":\"00\"", "\"certificate_fingerprint\":\"{S}\""),
    ("trufflehog", "findings.jsonl", "\"resource_type\":\"Access key\"", "\"key\":\"{C}\""),
    ("trufflehog", "findings.jsonl", "\"Redacted\":\"-----BEGIN FAKE\"", "\"Redacted\":\"{C}\""),
    ("trufflehog", "findings.jsonl", "\"email\":\"nobody@example.invalid\"", "\"email\":\"{C}@example.invalid\""),
    ("trufflehog", "incomplete.jsonl", "lstat missing", "https://nobody:{C}@example.invalid"),
    ("trufflehog", "version-2.jsonl", "AKIAQ3EGRNOBODY00001", "{C}"),
    ("trufflehog", "version-2.jsonl", "\"commit\": \"add keys\\n\"", "\"commit\": \"add {C}\\n\""),
    ("guardduty", "findings.json", "fake-token-1", "{C}"),
    ("guardduty", "findings.json", "fake-password-1", "{C}"),
    ("guardduty", "findings.json", "\"LdPreloadValue\": \"\"", "\"LdPreloadValue\": \"{C}\""),
    ("guardduty", "findings.json", "{\\\"sample\\\":true}", "{C}"),
    ("guardduty", "findings.json", "fake-id-1", "{C}"),
    ("guardduty", "events.jsonl", "fake-token-2", "{C}"),
    ("guardduty", "events.jsonl", "/api/v1/secrets?token=fake-token-3", "/api/v1/secrets?token={C}"),
    ("guardduty", "events.jsonl", "fake-parameter-1", "{C}"),
    ("guardduty", "events.jsonl", "\"userAgent\":\"curl\"", "\"userAgent\":\"{C}\""),
    ("guardduty", "events.jsonl", "\"threatName\":\"Scanner\"", "\"value\":\"{C}\""),
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
    ("cyclonedx", "clean.xml", "<properties>", "<parameters><parameter><value>{C}</value></parameter></parameters><properties>"),
    ("cyclonedx", "findings.json", "\"description\": ", "\"proofOfConcept\": {\"environment\": \"{C}\", \"supportingMaterial\": [{\"content\": \"{B}\"}]}, \"description\": "),
];

/// The adapters that name no secret, and why: what their reports hold was written to be public, or is a name.
#[rustfmt::skip]
const WITHOUT: &[(&str, &str)] = &[
    ("anchore-json", "packages of an image, and public vulnerabilities"),
    ("clair-json", "packages of an image, and public vulnerabilities"),
    ("cobertura-xml", "names of files and classes, and numbers"),
    ("csaf-json", "an advisory, which is published"),
    ("dependency-check-json", "names of files and packages, and public vulnerabilities"),
    ("dependency-check-xml", "names of files and packages, and public vulnerabilities"),
    ("openvex-json", "statements, which are published"),
    ("pip-audit-json", "packages, and public vulnerabilities"),
    ("spdx-json", "packages and licences"),
    ("spdx-text", "packages and licences"),
    ("tfsec-json", "names of resources; the tool writes no source"),
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
fn every_adapter_has_a_secret_or_a_reason() {
    let syntax = |name: &str| match name.rsplit_once('.').unwrap().1 {
        "xml" => "xml",
        "csv" | "txt" | "info" | "spdx" => "text",
        _ => "json",
    };
    for tool in TOOLS {
        let with =
            |(name, file, _, _): &Row| *name == tool.name && syntax(file) == syntax(tool.findings);
        let reason = WITHOUT.iter().any(|(adapter, _)| *adapter == tool.adapter);
        assert_ne!(ROWS.iter().any(with), reason, "{}", tool.adapter);
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
    let others = |row: &'static Row| six().filter(move |tool| tool.name != row.0);
    let rows = ROWS
        .iter()
        .flat_map(|row| others(row).map(move |tool| (row, tool.name)));
    each(rows, |(row, tool)| {
        assert_no_trace(&planted(row), tool, None);
    });
}
