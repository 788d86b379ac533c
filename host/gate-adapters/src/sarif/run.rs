//! What a run adds to its findings: the rule, the message, the level, and places that stand in tables.

use serde_json::Value;

use gate_core::finding::{CONTEXT, Class, Finding, FixState, Location, Text, Vulnerability};

use super::completeness::Invocation;
use super::family::Family;
use super::level::{self, Overrides};
use super::log::Written;
use super::message::MultiFormat;
use super::packages;
use super::place::Pointers;
use super::result::Raw;
use super::rules::{Components, Descriptor, Reference};
use crate::normalize::{uri_path, vulnerability_ids};

/// A run, ready to complete findings.
pub(super) struct Run {
    artifacts: Vec<Option<Text>>,
    components: Components,
    family: Family,
    logical: Vec<Option<Text>>,
    overrides: Overrides,
}

impl Run {
    /// Takes over a run.
    pub(super) fn new(written: Written) -> Self {
        let family = Family::of(written.tool.driver.name.as_deref().unwrap_or_default());
        let extensions = written.tool.extensions.unwrap_or_default();
        let components = Components::new(written.tool.driver, extensions);
        let artifacts = written.artifacts.into_iter().flatten();
        let logical = written.logical_locations.into_iter().flatten();
        Self {
            artifacts: artifacts
                .map(|a| Some(uri_path(&a.location?.uri?)))
                .collect(),
            components,
            family,
            logical: logical.map(|l| l.fully_qualified_name.or(l.name)).collect(),
            overrides: Overrides::default(),
        }
    }

    /// Takes over what the invocations of the tool changed about its rules.
    pub(super) fn heed(&mut self, invocations: Vec<Invocation>) {
        self.overrides = Overrides::new(invocations, &self.components);
    }

    /// The driver and its extensions.
    pub(super) const fn components(&self) -> &Components {
        &self.components
    }

    /// The name that findings carry.
    pub(super) fn tool(&self) -> Text {
        self.family.tool.clone()
    }

    /// Completes a finding.
    pub(super) fn settle(&self, finding: &mut Finding, raw: &Raw) {
        let found = self.components.find(&raw.target);
        let rule = found.map(|f| f.rule);
        self.place(finding, &raw.places);

        finding.tool = self.family.tool.clone();
        let id = raw.target.id.clone().or_else(|| rule?.id.clone());
        finding.rule.id = id.unwrap_or_else(|| "no-rule-id".into());
        finding.rule.name = rule
            .and_then(|r| r.name.clone())
            .filter(|name| !name.is_empty());
        finding.rule.tags = tags(rule, raw);
        finding.rule.url = rule.and_then(|r| r.help_uri.clone());
        finding.class = self.family.class(&finding.rule.id, &finding.rule.tags);
        finding.severity = level::severity(raw, found, &self.overrides, self.family.unrated());
        let properties = rule.and_then(|r| r.properties.as_ref());
        if let Some(Value::String(precision)) = properties.and_then(|p| p.precision.as_ref()) {
            finding
                .attributes
                .insert("precision".into(), precision.as_str().into());
        }

        let described = |text: &Option<MultiFormat>| text.as_ref()?.text.as_deref().map(Text::from);
        let full = rule.and_then(|r| described(&r.full_description));
        let short = rule.and_then(|r| described(&r.short_description));
        let text = self
            .components
            .message(&raw.message, found)
            .or_else(|| short.clone())
            .or_else(|| full.clone())
            .unwrap_or_else(|| finding.rule.id.clone());
        let first = text.lines().map(str::trim).find(|line| !line.is_empty());
        let first: Text = first.unwrap_or_default().into();
        // Trivy's messages are lists of names and values; what the problem is stands in the rule.
        finding.title = match short.filter(|_| &*self.family.tool == "trivy") {
            Some(short) => short,
            None => first,
        };
        match finding.class {
            Class::Vulnerability => know_package(finding, &text),
            // Of a secret only a keyed digest may be told, and what is quoted may be the secret alone.
            Class::Secret if !finding.attribute(CONTEXT).starts_with("hmac:") => {
                finding.attributes.remove(CONTEXT);
            }
            _ => {}
        }
        finding.description = match full {
            _ if *text != *finding.title => text,
            Some(full) if full != finding.title => full,
            _ => Text::default(),
        };
    }

    fn place(&self, finding: &mut Finding, places: &[Pointers]) {
        let entry = |table: &[Option<Text>], at: Option<usize>| table.get(at?).cloned().flatten();
        for (location, pointers) in finding.locations.iter_mut().zip(places) {
            if location.path.is_none() {
                location.path = entry(&self.artifacts, pointers.artifact);
            }
            if location.logical.is_none() {
                location.logical = entry(&self.logical, pointers.logical);
            }
        }
    }
}

/// The package, where the tool's message names it in a fixed form.
fn know_package(finding: &mut Finding, message: &str) {
    let Some((software, fixed_in)) = packages::of(&finding.tool, message) else {
        return;
    };
    // Grype writes `CVE-…-package` so that no two packages share a rule.
    let id = finding.rule.id.strip_suffix(&*software.name);
    if let Some(id) = id.and_then(|id| id.strip_suffix('-')) {
        finding.rule.id = id.into();
    }
    finding.title = format!("{}: {}", finding.rule.id, software.name).into();
    finding.vulnerability = Some(Box::new(Vulnerability {
        cvss: Vec::new(),
        cwes: Vec::new(),
        epss: None,
        fix_state: if fixed_in.is_empty() {
            FixState::Unknown
        } else {
            FixState::Fixed
        },
        fixed_in,
        ids: vulnerability_ids(&finding.rule.id, []),
        known_exploited: None,
        software,
    }));
    let of_the_system = finding.rule.name.as_deref() == Some("OsPackageVulnerability");
    for at in &mut finding.locations {
        place_package(at, of_the_system);
    }
}

/// Where no line is known, the tools write the first column of the first line; and of a package of the system, Trivy
/// writes the image's name as the path.
fn place_package(at: &mut Location, of_the_system: bool) {
    let region = [at.start_line, at.start_column, at.end_line, at.end_column];
    if region == [Some(1); 4] {
        let (path, logical) = (at.path.take(), at.logical.take());
        *at = Location {
            logical,
            path,
            ..Location::default()
        };
    }
    if of_the_system && at.logical.is_none() {
        at.logical = at.path.take();
    }
}

/// Tags of the rule and of the result, sorted, CWEs as `CWE-79`.
fn tags(rule: Option<&Descriptor>, raw: &Raw) -> Vec<Text> {
    let mut tags = Vec::new();
    let properties = [
        rule.and_then(|r| r.properties.as_ref()),
        Some(&raw.properties),
    ];
    for properties in properties.into_iter().flatten() {
        for (value, only_cwe) in [(&properties.tags, false), (&properties.cwe, true)] {
            let texts = match value {
                Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(one)) => vec![one.as_str()],
                _ => Vec::new(),
            };
            for text in texts.into_iter().filter(|text| !text.is_empty()) {
                match cwe_in(text) {
                    Some(number) => tags.push(format!("CWE-{number}").into()),
                    None if only_cwe => {}
                    None => tags.push(text.into()),
                }
            }
        }
    }
    let related = rule
        .and_then(|r| r.relationships.as_ref())
        .into_iter()
        .flatten();
    let related = related.filter_map(|r| r.target.as_ref());
    for taxon in related.chain(&raw.taxa) {
        tags.extend(taxon_cwe(taxon).map(|number| Text::from(format!("CWE-{number}"))));
    }
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// The number in `external/cwe/cwe-079`, `CWE-79: Cross-site Scripting` and the like.
fn cwe_in(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let (_, after) = lower.split_once("cwe-")?;
    let end = after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len());
    after.get(..end)?.parse().ok().filter(|number| *number > 0)
}

/// The number of a taxon of the CWE.
fn taxon_cwe(taxon: &Reference) -> Option<u32> {
    let id = taxon.id.as_deref()?;
    let taxonomy = taxon
        .tool_component
        .as_ref()
        .and_then(|c| c.name.as_deref());
    match taxonomy {
        Some("CWE") => crate::normalize::cwe(id),
        _ => cwe_in(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cwe_is_found_in_every_spelling() {
        for (text, number) in [
            ("external/cwe/cwe-079", Some(79)),
            ("CWE-79: Cross-site Scripting", Some(79)),
            ("CWE-89", Some(89)),
            ("security", None),
            ("NVD-CWE-noinfo", None),
        ] {
            assert_eq!(cwe_in(text), number, "{text}");
        }
        let taxon = |json| taxon_cwe(&serde_json::from_str(json).unwrap());
        assert_eq!(
            taxon(r#"{"id":"327","toolComponent":{"name":"CWE"}}"#),
            Some(327)
        );
        assert_eq!(
            taxon(r#"{"id":"327","toolComponent":{"name":"OWASP"}}"#),
            None
        );
        assert_eq!(taxon(r#"{"id":"CWE-1"}"#), Some(1));
    }
}
