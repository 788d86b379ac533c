//! The vulnerable package, where a tool's message names it in a fixed form. SARIF has no field for it.
//!
//! Trivy (`pkg/report/sarif.go`) writes one `Name: value` per line; Grype (`grype/presenter/sarif`) one sentence.
//! Anything else gives nothing: a name is never guessed from prose.

use gate_core::finding::{Software, Text};

/// The package and the versions that contain a fix.
pub(super) fn of(tool: &str, message: &str) -> Option<(Software, Vec<Text>)> {
    match tool {
        "trivy" => trivy(message),
        "grype" => grype(message),
        _ => None,
    }
}

/// `Package: zlib`, `Installed Version: 1.2`, `Fixed Version: 1.3, 1.4`.
fn trivy(message: &str) -> Option<(Software, Vec<Text>)> {
    let value = |name: &str| {
        let mut lines = message.lines();
        let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.map(str::trim).filter(|value| !value.is_empty())
    };
    let software = Software {
        name: value("Package")?.into(),
        version: Some(value("Installed Version")?.into()),
        ..Software::default()
    };
    let fixed = value("Fixed Version")
        .into_iter()
        .flat_map(|all| all.split(", "));
    Some((software, fixed.map(Into::into).collect()))
}

/// `A high vulnerability in deb package: zlib, version 1.2 was found at: /lib`.
fn grype(message: &str) -> Option<(Software, Vec<Text>)> {
    let (head, rest) = message.split_once(" package: ")?;
    let (_, ecosystem) = head.strip_prefix("A ")?.split_once(" vulnerability in ")?;
    let (name, rest) = rest.split_once(", version ")?;
    let (version, _) = rest.split_once(" was found ")?;
    let software = Software {
        ecosystem: (!ecosystem.contains(' ')).then(|| ecosystem.into()),
        name: name.into(),
        version: Some(version.into()),
        ..Software::default()
    };
    Some((software, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_read_only_from_a_form_that_is_known() {
        let trivy = "Package: zlib\nInstalled Version: 1:1.2\nVulnerability CVE-2026-1\nSeverity: HIGH\n\
                     Fixed Version: 1.3, 1.4\nLink: [CVE-2026-1](https://x.example)";
        let (software, fixed) = of("trivy", trivy).unwrap();
        assert_eq!(
            (&*software.name, software.version.as_deref()),
            ("zlib", Some("1:1.2"))
        );
        assert_eq!(fixed, ["1.3".into(), "1.4".into()]);
        let grype = "A high vulnerability in deb package: zlib, version 1.2 was found at: /lib/z";
        let (software, fixed) = of("grype", grype).unwrap();
        assert_eq!(
            (&*software.name, software.ecosystem.as_deref()),
            ("zlib", Some("deb"))
        );
        assert!(fixed.is_empty());
        for (tool, message) in [
            ("trivy", "Artifact: a\nType: dockerfile"),
            ("trivy", grype),
            ("grype", "zlib is bad"),
            ("snyk", trivy),
        ] {
            assert!(of(tool, message).is_none(), "{tool}");
        }
    }
}
