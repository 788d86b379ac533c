//! Known vulnerabilities of packages: what all adapters that report them make of them.

use gate_core::finding::{
    Class, Cvss, Evidence, Finding, FixState, Location, Software, Text, Vulnerability,
};
use gate_core::severity::{Origin, Severity};

use crate::adapter::RecordError;
use crate::normalize::{
    cvss_level, cvss_vector, cvss_version, decimal, purl_name, purl_type, vulnerability_ids,
    vulnerability_key,
};

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
    /// The finding, with its names, its correlation key and its place. What else the report says is added with
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
        let package = software.purl.as_deref().map_or(&*software.name, purl_name);
        let key = vulnerability_key(&id, package);
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
        finding.keys = vec![key];
        finding.locations = vec![Location {
            path: software.path.clone(),
            ..Location::default()
        }];
        finding.vulnerability = Some(Box::new(Vulnerability {
            cvss: Vec::new(),
            cwes: Vec::new(),
            epss: None,
            fix_state: FixState::Unknown,
            fixed_in: Vec::new(),
            ids,
            known_exploited: None,
            software,
        }));
        Ok(finding)
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
    Cvss {
        score: score.or_else(|| cvss_vector(&vector).map(|(score, _)| score)),
        source,
        version: cvss_version(&vector).into(),
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
    Severity {
        level: cvss_level(&rating.version, score),
        origin: Origin::Cvss,
        original: None,
        score: rating.score.clone(),
        source: None,
    }
}

fn score(rating: &Cvss) -> Option<f64> {
    rating.score.as_deref()?.parse().ok()
}
