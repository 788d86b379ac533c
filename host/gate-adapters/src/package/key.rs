//! Under which keys other tools report the same vulnerability of the same package.

use std::borrow::Cow;

use gate_core::finding::{Class, Finding, Software, Text};

use super::{UNNAMED, type_and_name};

/// What tools call a kind of package that a package URL calls otherwise: the types of Syft, which Grype writes, and the
/// ecosystems of Semgrep.
const KINDS: &[(&str, &str)] = &[
    ("binary", "generic"),
    ("dart-pub", "pub"),
    ("dotnet", "nuget"),
    ("go-module", "golang"),
    ("gomod", "golang"),
    ("java-archive", "maven"),
    ("jenkins-plugin", "maven"),
    ("php-composer", "composer"),
    ("pod", "cocoapods"),
    ("python", "pypi"),
    ("rust-crate", "cargo"),
    ("swiftpm", "swift"),
];

/// The package-URL type of a kind of package; the tool's own word where it is none of the known others.
pub(crate) fn package_type(word: &str) -> &str {
    let known = KINDS.iter().find(|(kind, _)| *kind == word);
    known.map_or(word, |(_, purl)| purl)
}

/// Gives a vulnerability of a package one key for each of its names, such as `vuln:CVE-2026-1|npm/@scope/name`.
/// Keys that the adapter gave stay.
pub(crate) fn give_keys(finding: &mut Finding) {
    if finding.class != Class::Vulnerability {
        return;
    }
    let Some(known) = finding.vulnerability.as_deref() else {
        return;
    };
    let Some(package) = package(&known.software) else {
        return;
    };
    // A word without a number, such as `yanked`, is a kind of problem and no name of one.
    let names = known.ids.iter();
    let names = names.filter(|id| id.bytes().any(|byte| byte.is_ascii_digit()));
    finding
        .keys
        .extend(names.map(|id| Text::from(format!("vuln:{id}|{package}"))));
    finding.keys.sort_unstable();
    finding.keys.dedup();
    finding.keys.shrink_to_fit();
}

/// What a package is called by every tool: its package-URL type and its name, such as `pypi/zope-interface`,
/// `maven/group:artifact` or `deb/zlib1g`, whether the report has a package URL or says it in words. Without a type it
/// is the name alone, which meets only reports that do not say the type either. `None` for a package without a name.
///
/// All of it is in lower case. Two packages of npm that differ in case only would be one here; but in a key the
/// vulnerability stands beside it, and no vulnerability is of both.
fn package(software: &Software) -> Option<String> {
    let of_purl = software.purl.as_deref().and_then(type_and_name);
    let (kind, name) = of_purl.unwrap_or_else(|| {
        let kind = software.ecosystem.as_deref().unwrap_or_default();
        (kind, Cow::Borrowed(&*software.name))
    });
    if name == UNNAMED {
        return None;
    }
    let (kind, name) = (kind.to_ascii_lowercase(), lower(&name));
    let name = match package_type(&kind) {
        // Of a system's package some tools name the source package, too: `openssl/libssl3`.
        "alpm" | "apk" | "deb" | "rpm" => match name.rsplit_once('/') {
            Some((_, binary)) => binary.into(),
            None => name,
        },
        "maven" => name.replace('/', ":").into(),
        "pypi" => of_python(&name).into(),
        _ => name,
    };
    Some(match package_type(&kind) {
        "" => name.into_owned(),
        kind => format!("{kind}/{name}"),
    })
}

/// A text in lower case, which nearly all are in already.
fn lower(text: &str) -> Cow<'_, str> {
    let lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if text.bytes().all(lower) {
        text.into()
    } else {
        text.to_lowercase().into()
    }
}

/// A name in lower case as the Python Package Index compares it (PEP 503): `a.b_-c` is `a-b-c`.
fn of_python(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(ecosystem: &str, name: &str) -> Software {
        Software {
            ecosystem: (!ecosystem.is_empty()).then(|| ecosystem.into()),
            name: name.into(),
            ..Software::default()
        }
    }

    #[test]
    fn a_package_is_called_the_same_with_a_package_url_and_without() {
        for (purl, ecosystem, name, called) in [
            (
                "pkg:npm/%40scope/Name@1",
                "npm",
                "@scope/name",
                "npm/@scope/name",
            ),
            (
                "pkg:pypi/zope.interface@5",
                "pypi",
                "Zope_Interface",
                "pypi/zope-interface",
            ),
            (
                "pkg:maven/org.example/shop@1",
                "maven",
                "org.example:shop",
                "maven/org.example:shop",
            ),
            (
                "pkg:maven/org.example/shop",
                "java-archive",
                "org.example/shop",
                "maven/org.example:shop",
            ),
            (
                "pkg:deb/debian/zlib1g@1?arch=amd64",
                "deb",
                "zlib1g",
                "deb/zlib1g",
            ),
            (
                "pkg:deb/debian/libssl3@3",
                "deb",
                "openssl/libssl3",
                "deb/libssl3",
            ),
            (
                "pkg:golang/golang.org/x/text@v1",
                "gomod",
                "golang.org/x/text",
                "golang/golang.org/x/text",
            ),
            ("pkg:cargo/serde", "rust-crate", "serde", "cargo/serde"),
            (
                "pkg:nuget/Newtonsoft.Json@1",
                "nuget",
                "newtonsoft.json",
                "nuget/newtonsoft.json",
            ),
        ] {
            let with_purl = Software {
                purl: Some(purl.into()),
                ..named("", "called otherwise")
            };
            assert_eq!(package(&with_purl).as_deref(), Some(called), "{purl}");
            assert_eq!(
                package(&named(ecosystem, name)).as_deref(),
                Some(called),
                "{ecosystem} {name}"
            );
        }
    }

    #[test]
    fn a_package_of_another_kind_is_another_package() {
        assert_ne!(
            package(&named("npm", "shop")),
            package(&named("pypi", "shop"))
        );
        assert_eq!(package(&named("", "Shop")).as_deref(), Some("shop"));
        assert_eq!(package(&named("npm", UNNAMED)), None);
    }
}
