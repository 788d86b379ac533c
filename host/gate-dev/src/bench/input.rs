//! Reports for the benchmarks: the same number gives the same bytes.

use std::fmt::Write as _;

/// A Trivy report of an image with `n` vulnerabilities, about 1.3 KB each, a fiftieth of them high and none
/// critical; every third has a fix.
pub fn trivy(n: usize) -> String {
    let mut text = String::with_capacity(n * 1400 + 1000);
    text.push_str(concat!(
        r#"{"SchemaVersion":2,"CreatedAt":"2026-01-31T09:00:00Z","#,
        r#""ArtifactName":"registry.example/shop/api:1.4.2","ArtifactType":"container_image","#,
        r#""Metadata":{"OS":{"Family":"debian","Name":"12.9"},"#,
        r#""RepoTags":["registry.example/shop/api:1.4.2"]},"#,
        r#""Results":[{"Target":"registry.example/shop/api:1.4.2 (debian 12.9)","#,
        r#""Class":"os-pkgs","Type":"debian","Vulnerabilities":["#,
    ));
    let words = "a crafted document that is processed by the library allows a remote attacker to ";
    for i in 0..n {
        let level = match i {
            i if i % 50 == 1 => "HIGH",
            i if i % 5 < 2 => "MEDIUM",
            _ => "LOW",
        };
        let (package, id) = (
            format!("package-{}", i / 40),
            format!("CVE-{}-{}", 2015 + i % 12, 10_000 + i),
        );
        let version = format!("{}.{}.{}-{}+deb12u{}", i % 4, i % 20, i % 30, i % 9, i % 6);
        let fixed = if i % 3 == 0 {
            format!(r#""FixedVersion":"{version}.1","#)
        } else {
            String::new()
        };
        let status = if i % 3 == 0 { "fixed" } else { "affected" };
        if i > 0 {
            text.push(',');
        }
        // Writing to a string does not fail.
        let _ = write!(
            text,
            concat!(
                r#"{{"VulnerabilityID":"{id}","PkgID":"{package}@{version}","PkgName":"{package}","#,
                r#""PkgIdentifier":{{"PURL":"pkg:deb/debian/{package}@{version}?arch=amd64&distro=debian-12.9","UID":"{i:016x}"}},"#,
                r#""InstalledVersion":"{version}",{fixed}"Status":"{status}","#,
                r#""Layer":{{"Digest":"sha256:{i:064x}","DiffID":"sha256:{i:064x}"}},"SeveritySource":"debian","#,
                r#""PrimaryURL":"https://avd.example/nvd/{id}","DataSource":{{"ID":"debian","Name":"Debian Security Tracker","URL":"https://security.example/tracker"}},"#,
                r#""Title":"{package}: {words}","Description":"{words}{words}{words}{words}","Severity":"{level}","#,
                r#""CweIDs":["CWE-787"],"CVSS":{{"nvd":{{"V3Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","V3Score":7.5}}}},"#,
                r#""References":["https://nvd.example/vuln/detail/{id}","https://cve.example/CVERecord?id={id}"],"#,
                r#""PublishedDate":"2024-03-01T10:00:00Z","LastModifiedDate":"2025-07-02T11:30:00.123Z"}}"#,
            ),
            id = id,
            package = package,
            version = version,
            fixed = fixed,
            status = status,
            i = i,
            words = words,
            level = level,
        );
    }
    text.push_str("]}]}");
    text
}

/// A Trivy report with one vulnerability and an inventory of packages that makes it about so many bytes long.
pub fn trivy_inventory(bytes: usize) -> String {
    let package = r#"{"ID":"package@1.2.3","Name":"package","Identifier":{"PURL":"pkg:deb/debian/package@1.2.3"},"Version":"1.2.3","Arch":"amd64","InstalledFiles":["/usr/share/doc/package/copyright"]}"#;
    let packages = vec![package; bytes / package.len() + 1].join(",");
    let inventory = format!(r#""Packages":[{packages}],"Vulnerabilities":["#);
    trivy(1).replacen(r#""Vulnerabilities":["#, &inventory, 1)
}
