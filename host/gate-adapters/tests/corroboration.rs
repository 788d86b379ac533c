//! The same vulnerability of the same package in the words of several tools is shown as one.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use gate_core::corroboration::Corroborations;
use gate_core::fingerprint::assemble;

use common::read_bytes;

/// CVE-2021-44906, which is GHSA-xvch-5gv4-984h, of `minimist` 1.2.5.
const NPM: &[(&str, &str)] = &[
    (
        "cyclonedx",
        r#"{"bomFormat":"CycloneDX","specVersion":"1.6",
            "components":[{"type":"library","name":"minimist","version":"1.2.5","bom-ref":"a","purl":"pkg:npm/minimist@1.2.5"}],
            "vulnerabilities":[{"id":"CVE-2021-44906","affects":[{"ref":"a"}]}]}"#,
    ),
    (
        "dependency-check",
        r#"{"reportSchema":"1.1","scanInfo":{"engineVersion":"12.0.0","dataSource":[]},"projectInfo":{"name":"shop"},
            "dependencies":[{"fileName":"minimist:1.2.5","filePath":"/shop/package-lock.json",
            "packages":[{"id":"pkg:npm/minimist@1.2.5","confidence":"HIGHEST"}],
            "vulnerabilities":[{"source":"NVD","name":"CVE-2021-44906","severity":"CRITICAL"}]}]}"#,
    ),
    (
        "grype",
        r#"{"matches":[{"vulnerability":{"id":"GHSA-xvch-5gv4-984h","severity":"Critical"},
            "relatedVulnerabilities":[{"id":"CVE-2021-44906"}],
            "artifact":{"name":"minimist","version":"1.2.5","type":"npm","purl":"pkg:npm/minimist@1.2.5"}}],
            "descriptor":{"name":"grype","version":"0.80.0"}}"#,
    ),
    (
        "inspector2",
        r#"{"findings":[{"awsAccountId":"1","findingArn":"arn:aws:inspector2:eu-west-1:1:finding/1","severity":"CRITICAL",
            "status":"ACTIVE","type":"PACKAGE_VULNERABILITY","title":"CVE-2021-44906 - minimist",
            "resources":[{"id":"arn:aws:lambda:eu-west-1:1:function:shop","type":"AWS_LAMBDA_FUNCTION"}],
            "packageVulnerabilityDetails":{"vulnerabilityId":"CVE-2021-44906",
            "vulnerablePackages":[{"name":"minimist","version":"1.2.5","packageManager":"NODEPKG"}]}}]}"#,
    ),
    (
        "npm-audit",
        r#"{"auditReportVersion":2,"vulnerabilities":{"minimist":{"name":"minimist","severity":"critical","isDirect":true,
            "via":[{"source":1,"name":"minimist","dependency":"minimist","title":"Prototype Pollution",
            "url":"https://github.com/advisories/GHSA-xvch-5gv4-984h","severity":"critical","range":"<1.2.6"}],
            "effects":[],"range":"<1.2.6","nodes":["node_modules/minimist"],"fixAvailable":true}},
            "metadata":{"vulnerabilities":{"critical":1,"total":1},"dependencies":{"total":1}}}"#,
    ),
    (
        "osv-scanner",
        r#"{"results":[{"source":{"path":"/shop/package-lock.json","type":"lockfile"},"packages":[{
            "package":{"name":"minimist","version":"1.2.5","ecosystem":"npm"},
            "vulnerabilities":[{"id":"GHSA-xvch-5gv4-984h","aliases":["CVE-2021-44906"]}],
            "groups":[{"ids":["GHSA-xvch-5gv4-984h"],"aliases":["CVE-2021-44906","GHSA-xvch-5gv4-984h"]}]}]}]}"#,
    ),
    (
        "snyk",
        r#"{"ok":false,"packageManager":"npm","dependencyCount":1,"vulnerabilities":[{"id":"SNYK-JS-MINIMIST-2429795",
            "title":"Prototype Pollution","severity":"critical","packageManager":"npm","moduleName":"minimist",
            "packageName":"minimist","name":"minimist","version":"1.2.5","from":["shop@1","minimist@1.2.5"],
            "identifiers":{"CVE":["CVE-2021-44906"],"GHSA":["GHSA-xvch-5gv4-984h"]}}]}"#,
    ),
    (
        "trivy",
        r#"{"SchemaVersion":2,"ArtifactName":".","ArtifactType":"filesystem","Results":[{"Target":"package-lock.json",
            "Class":"lang-pkgs","Type":"npm","Vulnerabilities":[{"VulnerabilityID":"CVE-2021-44906","PkgName":"minimist",
            "InstalledVersion":"1.2.5","Severity":"CRITICAL"}]}]}"#,
    ),
];

/// CVE-2020-28493, which is PYSEC-2021-66 and GHSA-g3rq-g295-4j3m, of `Jinja2` 2.11.2.
const PYPI: &[(&str, &str)] = &[
    (
        "osv-scanner",
        r#"{"results":[{"source":{"path":"/shop/requirements.txt","type":"lockfile"},"packages":[{
            "package":{"name":"jinja2","version":"2.11.2","ecosystem":"PyPI"},
            "vulnerabilities":[{"id":"PYSEC-2021-66","aliases":["CVE-2020-28493"]}],
            "groups":[{"ids":["PYSEC-2021-66"],"aliases":["CVE-2020-28493","PYSEC-2021-66"]}]}]}]}"#,
    ),
    (
        "pip-audit",
        r#"{"dependencies":[{"name":"Jinja2","version":"2.11.2","vulns":[{"id":"PYSEC-2021-66","fix_versions":[],
            "aliases":["CVE-2020-28493","GHSA-g3rq-g295-4j3m"]}]}],"fixes":[]}"#,
    ),
    (
        "sarif",
        r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Grype","rules":[{"id":"GHSA-g3rq-g295-4j3m-jinja2"}]}},
            "results":[{"ruleId":"GHSA-g3rq-g295-4j3m-jinja2","message":{"text":
            "A medium vulnerability in python package: jinja2, version 2.11.2 was found at: /shop/requirements.txt"}}]}]}"#,
    ),
    (
        "trivy",
        r#"{"SchemaVersion":2,"ArtifactName":".","ArtifactType":"filesystem","Results":[{"Target":"requirements.txt",
            "Class":"lang-pkgs","Type":"pip","Vulnerabilities":[{"VulnerabilityID":"CVE-2020-28493","PkgName":"Jinja2",
            "InstalledVersion":"2.11.2","Severity":"MEDIUM","PkgIdentifier":{"PURL":"pkg:pypi/jinja2@2.11.2"}}]}]}"#,
    ),
];

/// The tools that share each key.
fn shared(reports: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = Vec::new();
    for (tool, text) in reports {
        let (read, _) = read_bytes(Some(tool), tool, text.as_bytes());
        assert_eq!(read.findings.len(), 1, "{tool}: {:?}", read.report);
        found.push(read.findings);
    }
    let found = assemble("shop", found).findings;
    let compared = Corroborations::of(&found);
    for finding in &found {
        assert!(
            !compared.others(finding).is_empty(),
            "{} meets no other tool: {:?}",
            finding.tool,
            finding.keys
        );
    }
    let list = compared.list().into_iter();
    list.map(|one| {
        let tools = one.tools.iter().map(ToString::to_string);
        (one.key.to_owned(), tools.collect())
    })
    .collect()
}

fn tools(of: &BTreeMap<String, BTreeSet<String>>, key: &str) -> Vec<String> {
    of.get(key).into_iter().flatten().cloned().collect()
}

#[test]
fn every_tool_meets_the_others_by_a_name_that_both_know() {
    let shared = shared(NPM);
    assert_eq!(
        tools(&shared, "vuln:CVE-2021-44906|npm/minimist"),
        [
            "cyclonedx",
            "dependency-check",
            "grype",
            "inspector2",
            "osv-scanner",
            "snyk",
            "trivy"
        ]
    );
    // npm knows the advisory only.
    assert_eq!(
        tools(&shared, "vuln:GHSA-xvch-5gv4-984h|npm/minimist"),
        ["grype", "npm-audit", "osv-scanner", "snyk"]
    );
    assert_eq!(shared.len(), 2, "{shared:#?}");
}

#[test]
fn a_package_of_python_is_the_same_however_it_is_spelled() {
    let shared = shared(PYPI);
    assert_eq!(
        tools(&shared, "vuln:CVE-2020-28493|pypi/jinja2"),
        ["osv-scanner", "pip-audit", "trivy"]
    );
    // SARIF of Grype names the advisory only, and its own word for the kind of package.
    assert_eq!(
        tools(&shared, "vuln:GHSA-g3rq-g295-4j3m|pypi/jinja2"),
        ["grype", "pip-audit"]
    );
}
