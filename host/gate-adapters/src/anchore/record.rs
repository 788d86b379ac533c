//! A vulnerability of a package in the words of Anchore's programs.

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{Cvss, Evidence, Finding, FixState, Software, Text};
use gate_core::severity::{Level, Severity};

use super::ADAPTER;
use crate::adapter::RecordError;
use crate::normalize::{attribute, decimal, given, level, moment, number, path};
use crate::package::{Known, aliases, details, of_distribution};

const LEVELS: &[(&str, Level)] = &[
    ("Critical", Level::Critical),
    ("High", Level::High),
    ("Medium", Level::Medium),
    ("Low", Level::Low),
    ("Negligible", Level::Low),
];

/// The package-URL types of Anchore's kinds of packages.
const KINDS: &[(&str, &str)] = &[
    ("apk", "apk"),
    ("apkg", "apk"),
    ("dpkg", "deb"),
    ("gem", "gem"),
    ("go", "golang"),
    ("java", "maven"),
    ("maven", "maven"),
    ("npm", "npm"),
    ("nuget", "nuget"),
    ("php", "composer"),
    ("python", "pypi"),
    ("rpm", "rpm"),
    ("rust", "cargo"),
];

/// What is there: `None` is written where nothing is.
fn said(text: Option<Text>) -> Option<Text> {
    given(text).filter(|text| &**text != "None")
}

fn severity(word: Option<Text>) -> Severity {
    match said(word) {
        Some(word) => Severity::tool(level(&word, LEVELS), word),
        None => Severity::unknown(),
    }
}

fn ecosystem(kind: Option<&str>, feed_group: Option<&str>) -> Option<Text> {
    let kind = kind.unwrap_or_default();
    let known = KINDS
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(kind));
    match known {
        Some((_, purl)) => Some((*purl).into()),
        None => feed_group.and_then(of_distribution).map(Into::into),
    }
}

/// A place in the image. The packages of the system stand in a database.
fn place(written: Option<Text>) -> Option<Text> {
    said(written)
        .filter(|at| &**at != "pkgdb")
        .map(|at| path(&at))
}

/// Versions with a fix, with commas between them.
fn versions(written: Option<Text>) -> Vec<Text> {
    let written = said(written).unwrap_or_default();
    let versions = written.split(',').map(str::trim);
    versions
        .filter(|version| !version.is_empty())
        .map(Into::into)
        .collect()
}

/// A package written as `name-1.2.3-4`, at the first hyphen before a digit.
fn name_and_version(written: &str) -> (&str, Option<&str>) {
    let hyphen = written.match_indices('-').find(|(at, _)| {
        let after = written.as_bytes().get(at + 1);
        *at > 0 && after.is_some_and(u8::is_ascii_digit)
    });
    match hyphen.and_then(|(at, _)| written.split_at_checked(at)) {
        Some((name, version)) => (name, version.strip_prefix('-')),
        None => (written, None),
    }
}

/// As anchore-cli and AnchoreCTL write it.
#[derive(Deserialize)]
pub(super) struct Vulnerability {
    vuln: Text,
    severity: Option<Text>,
    package: Option<Text>,
    #[serde(alias = "packageName")]
    package_name: Option<Text>,
    #[serde(alias = "packageVersion")]
    package_version: Option<Text>,
    #[serde(alias = "packagePath")]
    package_path: Option<Text>,
    #[serde(alias = "packageType")]
    package_type: Option<Text>,
    fix: Option<Text>,
    #[serde(alias = "willNotFix")]
    will_not_fix: Option<Value>,
    url: Option<Text>,
    description: Option<Text>,
    feed: Option<Text>,
    #[serde(alias = "feedGroup")]
    feed_group: Option<Text>,
    #[serde(alias = "nvdData")]
    nvd_data: Option<Vec<Rated>>,
    #[serde(alias = "vendorData")]
    vendor_data: Option<Vec<Rated>>,
    #[serde(alias = "imageDigest")]
    pub(super) image_digest: Option<String>,
}

/// What one source says of a vulnerability; -1 is written for a score that there is not.
#[derive(Deserialize)]
struct Rated {
    id: Option<String>,
    #[serde(alias = "cvssV2")]
    cvss_v2: Option<Score>,
    #[serde(alias = "cvssV3")]
    cvss_v3: Option<Score>,
}

#[derive(Deserialize)]
struct Score {
    #[serde(alias = "baseScore")]
    base_score: Option<f64>,
}

impl Rated {
    fn cvss(&self, source: &str) -> impl Iterator<Item = Cvss> {
        let scores = [("2.0", &self.cvss_v2), ("3", &self.cvss_v3)];
        let known = scores.map(|(version, score)| {
            let score = score
                .as_ref()
                .and_then(|s| s.base_score)
                .filter(|s| *s >= 0.0);
            Some(Cvss {
                score: Some(score.and_then(decimal)?),
                source: Some(source.into()),
                vector: None,
                version: version.into(),
            })
        });
        known.into_iter().flatten()
    }
}

impl Vulnerability {
    pub(super) fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        let whole = said(self.package).unwrap_or_default();
        let (name, version) = name_and_version(&whole);
        let software = Software {
            ecosystem: ecosystem(self.package_type.as_deref(), self.feed_group.as_deref()),
            name: said(self.package_name).unwrap_or_else(|| name.into()),
            path: place(self.package_path),
            purl: None,
            version: said(self.package_version).or_else(|| version.map(Into::into)),
        };
        let (nvd, vendor) = (
            self.nvd_data.unwrap_or_default(),
            self.vendor_data.unwrap_or_default(),
        );
        let (names, related) = aliases(
            &self.vuln,
            nvd.iter().filter_map(|rated| rated.id.as_deref()),
        );
        let known = Known {
            tool: ADAPTER.tool,
            id: &self.vuln,
            aliases: names,
            software,
            severity: severity(self.severity),
            title: None,
        };
        let mut finding = known.finding(at)?;
        details(&mut finding, |vulnerability| {
            vulnerability.fixed_in = versions(self.fix);
            if matches!(&self.will_not_fix, Some(Value::Bool(true))) {
                vulnerability.fix_state = FixState::WontFix;
            }
            let nvd = nvd.iter().flat_map(|rated| rated.cvss("nvd"));
            let vendor = vendor.iter().flat_map(|rated| rated.cvss("vendor"));
            vulnerability.cvss = nvd.chain(vendor).collect();
        });
        finding.description = said(self.description).unwrap_or_default();
        finding.rule.url = said(self.url);
        attribute(&mut finding, "feed", said(self.feed));
        attribute(&mut finding, "feed-group", said(self.feed_group));
        attribute(&mut finding, "related", Some(related.join(", ").into()));
        Ok(finding)
    }
}

/// As Anchore Enterprise exports it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evaluated {
    vulnerability_id: Text,
    cves: Option<Text>,
    severity: Option<Text>,
    detected_at: Option<Value>,
    package_type: Option<Text>,
    path: Option<Text>,
    package: Text,
    fix_available: Option<Text>,
    link: Option<Text>,
    nvd_cvss_base_score: Option<Value>,
}

impl Evaluated {
    pub(super) fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        let (name, version) = name_and_version(&self.package);
        let software = Software {
            ecosystem: ecosystem(self.package_type.as_deref(), None),
            name: name.into(),
            path: place(self.path),
            purl: None,
            version: version.map(Into::into),
        };
        let cves = said(self.cves).unwrap_or_default();
        let cves = cves.split(',').map(str::trim);
        let (names, related) = aliases(&self.vulnerability_id, cves);
        let score = self.nvd_cvss_base_score.as_ref().and_then(number);
        let severity = Severity {
            score: score.filter(|score| *score >= 0.0).and_then(decimal),
            ..severity(self.severity)
        };
        let known = Known {
            tool: ADAPTER.tool,
            id: &self.vulnerability_id,
            aliases: names,
            software,
            severity,
            title: None,
        };
        let mut finding = known.finding(at)?;
        let related: Text = related.join(", ").into();
        details(&mut finding, |vulnerability| {
            vulnerability.fixed_in = versions(self.fix_available);
        });
        finding.first_seen = self.detected_at.as_ref().and_then(moment);
        finding.rule.url = said(self.link);
        attribute(&mut finding, "related", Some(related));
        Ok(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_its_name_and_its_version() {
        for (written, expected) in [
            (
                "libgnutls30-3.5.8-5+deb9u4",
                ("libgnutls30", Some("3.5.8-5+deb9u4")),
            ),
            (
                "tomcat-annotations-api-9.0.97",
                ("tomcat-annotations-api", Some("9.0.97")),
            ),
            ("expat", ("expat", None)),
            ("-1", ("-1", None)),
        ] {
            assert_eq!(name_and_version(written), expected, "{written}");
        }
    }
}
