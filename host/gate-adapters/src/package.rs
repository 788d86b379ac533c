//! Known vulnerabilities of packages: what all adapters that report them make of them.

use std::borrow::Cow;

use gate_core::finding::{
    Class, Cvss, Evidence, Finding, FixState, Location, Software, Text, UNNAMED, Vulnerability,
};
use gate_core::fingerprint::purl_name;
use gate_core::severity::{Level, Origin, Severity};

use crate::adapter::RecordError;
use crate::normalize::{
    cvss_level, cvss_vector, cvss_version, decimal, percent_decoded, purl_type, vulnerability_ids,
};

mod key;

pub(crate) use key::{give_keys, package_type};

/// A vulnerability of a package, as a report names it.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    /// The tool that reports it.
    pub(crate) tool: &'a str,
    /// The tool's name for it.
    pub(crate) id: &'a str,
    /// Its other names: CVE, GHSA, a vendor's.
    pub(crate) aliases: Vec<&'a str>,
    /// The package. Without an ecosystem it gets that of its package URL.
    pub(crate) software: Software,
    /// How bad.
    pub(crate) severity: Severity,
    /// One line; `CVE-… in package` when the report has none.
    pub(crate) title: Option<Text>,
}

impl Known<'_> {
    /// The finding, with its names and its place. What else the report says is added with
    /// [`details`].
    ///
    /// # Errors
    /// When the vulnerability or the package has no name.
    pub(crate) fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        let mut software = self.software;
        for (what, name) in [
            ("the vulnerability", self.id),
            ("the package", &software.name),
        ] {
            if name.trim().is_empty() {
                return Err(RecordError::Shape(format!("{what} has no name")));
            }
        }
        if software.ecosystem.is_none() {
            software.ecosystem = software.purl.as_deref().and_then(purl_type).map(Into::into);
        }
        let ids = vulnerability_ids(self.id, self.aliases);
        let id = ids.first().cloned().unwrap_or_default();
        let title = self
            .title
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| format!("{id} in {}", software.name).into());
        let mut finding = Finding::new(
            self.tool,
            Class::Vulnerability,
            id,
            self.severity,
            title,
            at,
        );
        finding.locations = vec![Location {
            path: software.path.clone(),
            ..Location::default()
        }];
        finding.vulnerability = Some(Box::new(known(ids, software)));
        Ok(finding)
    }
}

/// A vulnerability of which only its names are known.
pub(crate) fn known(ids: Vec<Text>, software: Software) -> Vulnerability {
    Vulnerability {
        cvss: Vec::new(),
        cwes: Vec::new(),
        epss: None,
        fix_state: FixState::Unknown,
        fixed_in: Vec::new(),
        ids,
        known_exploited: None,
        software,
    }
}

/// The package-URL types of distributions' packages, by the beginning of the distribution's name.
const DISTRIBUTIONS: &[(&str, &str)] = &[
    ("alma", "rpm"),
    ("alpine", "apk"),
    ("amazon", "rpm"),
    ("amzn", "rpm"),
    ("azurelinux", "rpm"),
    ("centos", "rpm"),
    ("chainguard", "apk"),
    ("debian", "deb"),
    ("fedora", "rpm"),
    ("mariner", "rpm"),
    ("ol", "rpm"),
    ("opensuse", "rpm"),
    ("oracle", "rpm"),
    ("photon", "rpm"),
    ("red", "rpm"),
    ("rhel", "rpm"),
    ("rocky", "rpm"),
    ("sles", "rpm"),
    ("suse", "rpm"),
    ("ubuntu", "deb"),
    ("wolfi", "apk"),
];

/// The package-URL type of the packages of a distribution such as `debian:12` or `AMAZON_LINUX_2`.
pub(crate) fn of_distribution(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let known = DISTRIBUTIONS
        .iter()
        .find(|(beginning, _)| name.starts_with(beginning));
    known.map(|(_, purl)| *purl)
}

/// Splits what a tool calls related to a vulnerability into its other names and what is another vulnerability: a CVE
/// is only itself, and an advisory about several is none of them. What is waived for one must not be waived for the
/// others.
pub(crate) fn aliases<'a>(
    own: &str,
    related: impl IntoIterator<Item = &'a str>,
) -> (Vec<&'a str>, Vec<&'a str>) {
    let is_cve = |id: &&str| id.starts_with("CVE-");
    let related: Vec<&str> = related
        .into_iter()
        .filter(|id| !id.is_empty() && *id != own)
        .collect();
    let mut cves: Vec<&str> = related.iter().copied().filter(is_cve).collect();
    cves.sort_unstable();
    cves.dedup();
    if is_cve(&own) || cves.len() > 1 {
        related.into_iter().partition(|id| !is_cve(id))
    } else {
        (related, Vec::new())
    }
}

/// Adds what a report says of a vulnerability to a finding that [`Known::finding`] made; sorts what is sorted, and
/// a fixed version makes it fixed when nothing else was said.
pub(crate) fn details(finding: &mut Finding, add: impl FnOnce(&mut Vulnerability)) {
    if let Some(known) = finding.vulnerability.as_deref_mut() {
        add(known);
        known.cvss.sort_unstable();
        known.cvss.dedup();
        known.cwes.sort_unstable();
        known.cwes.dedup();
        if known.fix_state == FixState::Unknown && !known.fixed_in.is_empty() {
            known.fix_state = FixState::Fixed;
        }
    }
}

/// A CVSS rating by its vector. Where the report gives no score, it has the one that follows from the vector.
pub(crate) fn rating(vector: Text, score: Option<f64>, source: Option<Text>) -> Cvss {
    let score = score.and_then(decimal);
    let unnamed = if vector.starts_with("CVSS:") {
        "3"
    } else {
        "2.0"
    };
    Cvss {
        score: score.or_else(|| cvss_vector(&vector).map(|(score, _)| score)),
        source,
        version: cvss_version(&vector).unwrap_or(unnamed).into(),
        vector: Some(vector),
    }
}

/// The rating with the highest score of the newest version.
pub(crate) fn newest(cvss: &[Cvss]) -> Option<&Cvss> {
    let scored = cvss
        .iter()
        .filter_map(|rating| Some((rating, score(rating)?)));
    let newest = scored.max_by(|(a, a_score), (b, b_score)| {
        a.version.cmp(&b.version).then(a_score.total_cmp(b_score))
    });
    newest.map(|(rating, _)| rating)
}

/// The severity by CVSS, for a vulnerability that the report gives no level.
pub(crate) fn by_cvss(cvss: &[Cvss]) -> Severity {
    let rated = newest(cvss).and_then(|rating| Some((rating, score(rating)?)));
    let Some((rating, score)) = rated else {
        return Severity::unknown();
    };
    let level = cvss_level(&rating.version, score).unwrap_or(Level::Unknown);
    of_cvss(level, None, rating)
}

/// The severity of a level that a rating's own word gives, or its score where it has no word.
pub(crate) fn of_cvss(level: Level, word: Option<Text>, rating: &Cvss) -> Severity {
    Severity {
        level,
        origin: if word.is_some() {
            Origin::Tool
        } else {
            Origin::Cvss
        },
        original: word,
        score: rating.score.clone(),
        source: None,
    }
}

fn score(rating: &Cvss) -> Option<f64> {
    rating.score.as_deref()?.parse().ok()
}

/// Stands for a package that is only known at the end ([`place`]), or that a report does not name.
pub(crate) fn unnamed() -> Software {
    Software {
        name: UNNAMED.into(),
        ..Software::default()
    }
}

/// Puts the package that a finding is about in the place of [`unnamed`], once it is known.
pub(crate) fn place(finding: &mut Finding, mut software: Software) {
    if software.ecosystem.is_none() {
        software.ecosystem = software.purl.as_deref().and_then(purl_type).map(Into::into);
    }
    let unnamed = format!("{} in {UNNAMED}", finding.rule.id);
    if *finding.title == unnamed {
        finding.title = format!("{} in {}", finding.rule.id, software.name).into();
    }
    if let Some(at) = finding.locations.first_mut() {
        at.path.clone_from(&software.path);
    }
    if let Some(known) = finding.vulnerability.as_deref_mut() {
        known.software = software;
    }
}

/// The type and the name of the package that a package URL names; `None` for any other text.
fn type_and_name(purl: &str) -> Option<(&str, Cow<'_, str>)> {
    let kind = purl_type(purl)?;
    let (_, path) = purl_name(purl).split_once('/')?;
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (namespace, name) = (percent_decoded(namespace), percent_decoded(name));
    if name.is_empty() {
        return None;
    }
    // Of a system's package the namespace is the distribution.
    let name = match kind {
        _ if namespace.is_empty() => name,
        "alpm" | "apk" | "deb" | "rpm" => name,
        "maven" => format!("{namespace}:{name}").into(),
        _ => format!("{namespace}/{name}").into(),
    };
    Some((kind, name))
}

/// The package that a package URL names; `None` for any other text.
pub(crate) fn software_of_purl(purl: &str) -> Option<Software> {
    let (kind, name) = type_and_name(purl)?;
    let end = purl.find(['?', '#']).unwrap_or(purl.len());
    let version = purl
        .get(purl_name(purl).len()..end)
        .and_then(|rest| rest.strip_prefix('@'));
    // Of an image it is a digest or a tag, which every build changes.
    let version = version
        .filter(|_| !matches!(kind, "docker" | "oci"))
        .map(percent_decoded)
        .filter(|version| !version.is_empty());
    Some(Software {
        ecosystem: Some(kind.into()),
        name: name.into(),
        path: None,
        purl: Some(purl.into()),
        version: version.map(Into::into),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_cve_is_no_other_name() {
        for (own, related, expected) in [
            (
                "GHSA-1",
                &["CVE-2026-1"][..],
                (&["CVE-2026-1"][..], &[][..]),
            ),
            (
                "RHSA-1",
                &["CVE-2026-1", "CVE-2026-2"],
                (&[], &["CVE-2026-1", "CVE-2026-2"]),
            ),
            (
                "CVE-2026-1",
                &["CVE-2026-2", "GHSA-1", "CVE-2026-1", ""],
                (&["GHSA-1"], &["CVE-2026-2"]),
            ),
        ] {
            let (names, others) = aliases(own, related.iter().copied());
            assert_eq!((&*names, &*others), expected, "{own}");
        }
    }

    #[test]
    fn a_distribution_has_one_kind_of_packages() {
        for (name, purl) in [
            ("AMAZON_LINUX_2", Some("rpm")),
            ("debian:12", Some("deb")),
            ("alpine:v3.20", Some("apk")),
            ("WINDOWS_SERVER_2022", None),
        ] {
            assert_eq!(of_distribution(name), purl, "{name}");
        }
    }

    #[test]
    fn a_package_url_names_a_package() {
        for (purl, name, version) in [
            (
                "pkg:maven/org.example/shop@1.2",
                "org.example:shop",
                Some("1.2"),
            ),
            ("pkg:npm/%40scope/name@1.2#sub", "@scope/name", Some("1.2")),
            ("pkg:npm/@scope/name", "@scope/name", None),
            (
                "pkg:deb/debian/zlib1g@1%3A1.2?arch=amd64",
                "zlib1g",
                Some("1:1.2"),
            ),
            (
                "pkg:golang/github.com/a/b@v1-rc%2B1?x=y",
                "github.com/a/b",
                Some("v1-rc+1"),
            ),
            ("pkg:cargo/serde", "serde", None),
            ("pkg:oci/shop@sha256%3A00?arch=arm64", "shop", None),
        ] {
            let software = software_of_purl(purl).unwrap();
            assert_eq!(
                (&*software.name, software.version.as_deref()),
                (name, version),
                "{purl}"
            );
            assert_eq!(software.purl.as_deref(), Some(purl));
        }
        for other in ["", "serde", "pkg:cargo", "pkg:/x", "pkg:cargo/"] {
            assert_eq!(software_of_purl(other), None, "{other}");
        }
    }
}
