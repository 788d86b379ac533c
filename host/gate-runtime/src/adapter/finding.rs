//! An adapter's finding into the model's, checked as far as a finding of any adapter has to be true.

use gate_core::digest::Digest;
use gate_core::finding as core;
use gate_core::finding::{Attributes, Text};
use gate_core::gate::is_name;
use gate_core::severity::{Level, Origin, Severity};
use gate_core::time::Moment;

use super::wit;

/// What is wrong with a finding, as the end of a sentence: `whose title is empty`.
type Wrong = String;

macro_rules! same_cases {
    ($name:ident: $from:path => $to:path, $($case:ident)+) => {
        const fn $name(from: $from) -> $to {
            match from { $(<$from>::$case => <$to>::$case,)+ }
        }
    };
}

same_cases!(level: wit::Level => Level, Unknown Info Low Medium High Critical);
same_cases!(origin: wit::Origin => Origin, Tool Vendor Cvss Default);
same_cases!(class: wit::Class => core::Class,
    Vulnerability Secret CodeWeakness Misconfiguration License WebAlert RuntimeEvent Compliance Lint);
same_cases!(status: wit::Status => core::Status, Fail Open Pass NotApplicable Informational);
same_cases!(fix_state: wit::FixState => core::FixState, Unknown Fixed None WontFix Deferred EndOfLife);
same_cases!(suppression_kind: wit::SuppressionKind => core::SuppressionKind,
    InSource External Vex Baseline);
same_cases!(suppression_state: wit::SuppressionState => core::SuppressionState,
    Accepted UnderReview Rejected);

/// Takes the parts of one finding, and counts what they take.
pub(super) struct Taken {
    longest: usize,
    bytes: u64,
}

impl Taken {
    pub(super) fn new(longest: u32) -> Self {
        Self {
            longest: longest as usize,
            bytes: size_of::<core::Finding>() as u64,
        }
    }

    /// What the finding takes, about.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The finding. Tool and place are not the adapter's to say.
    pub(super) fn finding(
        &mut self,
        from: wit::Finding,
        tool: &str,
        pointer: &str,
    ) -> Result<core::Finding, Wrong> {
        let evidence = core::Evidence {
            pointer: pointer.into(),
            report: Digest::from_bytes([0; 32]),
        };
        let rule = self.rule(from.rule)?;
        let severity = self.severity(from.severity)?;
        let title = self.something("title", from.title)?;
        let class = class(from.class);
        let mut to = core::Finding::new(tool, class, "", severity, title, evidence);
        to.rule = rule;
        to.status = status(from.status);
        to.description = self.text("description", from.description)?;
        to.remediation = self.optional("remediation", from.remediation)?;
        to.references = self.texts("references", from.references)?;
        to.confidence = from.confidence;
        if from.confidence.is_some_and(|percent| percent > 100) {
            return Err("whose confidence is above 100".to_owned());
        }
        to.vulnerability = from
            .vulnerability
            .map(|v| self.vulnerability(v).map(Box::new))
            .transpose()?;
        let locations = from.locations.into_iter().map(|l| self.location(l));
        to.locations = locations.collect::<Result<_, _>>()?;
        to.endpoint = from
            .endpoint
            .map(|e| self.endpoint(e).map(Box::new))
            .transpose()?;
        to.resource = from
            .resource
            .map(|r| self.resource(r).map(Box::new))
            .transpose()?;
        to.suppression = from.suppression.map(|s| self.suppression(s)).transpose()?;
        to.keys = sorted(self.texts("keys", from.keys)?);
        to.first_seen = match from.first_seen.map(|at| at.parse::<Moment>()) {
            Some(Err(_)) => {
                return Err("whose first-seen is no moment such as 2026-01-31T23:59:59Z".to_owned());
            }
            Some(Ok(moment)) => Some(moment),
            None => None,
        };
        to.attributes = self.attributes(from.attributes)?;
        Ok(to)
    }

    fn text(&mut self, field: &str, text: String) -> Result<Text, Wrong> {
        if text.len() > self.longest {
            return Err(format!(
                "whose {field} is longer than {} bytes",
                self.longest
            ));
        }
        self.bytes = self.bytes.saturating_add(text.len() as u64);
        Ok(text.into())
    }

    /// A text that has to say something.
    fn something(&mut self, field: &str, text: String) -> Result<Text, Wrong> {
        if text.trim().is_empty() {
            return Err(format!("whose {field} is empty"));
        }
        self.text(field, text)
    }

    fn optional(&mut self, field: &str, text: Option<String>) -> Result<Option<Text>, Wrong> {
        // Tools write an empty text for none.
        let text = text.filter(|text| !text.is_empty());
        text.map(|text| self.text(field, text)).transpose()
    }

    fn texts(&mut self, field: &str, texts: Vec<String>) -> Result<Vec<Text>, Wrong> {
        self.elements::<Text>(texts.len());
        texts.into_iter().map(|t| self.text(field, t)).collect()
    }

    /// A list's elements take space even when they are empty.
    fn elements<T>(&mut self, count: usize) {
        let bytes = count.saturating_mul(size_of::<T>());
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    fn score(
        &mut self,
        field: &str,
        score: Option<String>,
        most: f64,
    ) -> Result<Option<Text>, Wrong> {
        let Some(score) = score else { return Ok(None) };
        let (whole, part) = score.split_once('.').unwrap_or((&score, "0"));
        let digits =
            |part: &str| (1..=20).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let in_range = score.parse::<f64>().is_ok_and(|number| number <= most);
        if !digits(whole) || !digits(part) || !in_range {
            return Err(format!(
                "whose {field} is no decimal number from 0 to {most}"
            ));
        }
        self.text(field, score).map(Some)
    }

    fn severity(&mut self, from: wit::Severity) -> Result<Severity, Wrong> {
        Ok(Severity {
            level: level(from.level),
            origin: origin(from.origin),
            original: self.optional("severity", from.original)?,
            score: self.score("severity's score", from.score, 1000.0)?,
            source: self.optional("severity's source", from.source)?,
        })
    }

    fn rule(&mut self, from: wit::Rule) -> Result<core::Rule, Wrong> {
        Ok(core::Rule {
            id: self.something("rule's id", from.id)?,
            name: self.optional("rule's name", from.name)?,
            tags: sorted(self.texts("rule's tags", from.tags)?),
            url: self.optional("rule's url", from.url)?,
        })
    }

    fn vulnerability(&mut self, from: wit::Vulnerability) -> Result<core::Vulnerability, Wrong> {
        if from.ids.is_empty() || from.ids.iter().any(|id| id.trim().is_empty()) {
            return Err("whose vulnerability has no name".to_owned());
        }
        if from.cwes.contains(&0) {
            return Err("whose vulnerability has the CWE 0".to_owned());
        }
        self.elements::<u32>(from.cwes.len());
        self.elements::<core::Cvss>(from.cvss.len());
        let cvss = from.cvss.into_iter().map(|rating| self.cvss(rating));
        let cvss = cvss.collect::<Result<Vec<_>, _>>()?;
        let software = from.software;
        Ok(core::Vulnerability {
            cvss: sorted(cvss),
            cwes: sorted(from.cwes),
            epss: self.score("epss", from.epss, 1.0)?,
            fix_state: fix_state(from.fix_state),
            fixed_in: self.texts("fixed versions", from.fixed_in)?,
            ids: self.texts("vulnerability's names", from.ids)?,
            known_exploited: from.known_exploited,
            software: core::Software {
                ecosystem: self.optional("package's ecosystem", software.ecosystem)?,
                name: self.something("package's name", software.name)?,
                path: self.optional("package's path", software.path)?,
                purl: self.optional("package URL", software.purl)?,
                version: self.optional("package's version", software.version)?,
            },
        })
    }

    fn cvss(&mut self, from: wit::Cvss) -> Result<core::Cvss, Wrong> {
        if !["2.0", "3.0", "3.1", "3", "4.0"].contains(&from.version.as_str()) {
            return Err("whose CVSS rating is of no known version".to_owned());
        }
        Ok(core::Cvss {
            score: self.score("CVSS score", from.score, 10.0)?,
            source: self.optional("CVSS source", from.source)?,
            vector: self.optional("CVSS vector", from.vector)?,
            version: self.text("CVSS version", from.version)?,
        })
    }

    fn location(&mut self, from: wit::Location) -> Result<core::Location, Wrong> {
        self.elements::<core::Location>(1);
        let numbers = [
            from.start_line,
            from.end_line,
            from.start_column,
            from.end_column,
        ];
        if numbers.contains(&Some(0)) {
            return Err("with a line or column 0; they count from 1".to_owned());
        }
        Ok(core::Location {
            end_column: from.end_column,
            end_line: from.end_line,
            logical: self.optional("logical place", from.logical)?,
            path: self.optional("path", from.path)?,
            start_column: from.start_column,
            start_line: from.start_line,
        })
    }

    fn endpoint(&mut self, from: wit::Endpoint) -> Result<core::Endpoint, Wrong> {
        let rest = from
            .url
            .split_once("://")
            .map_or(&*from.url, |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        if from.url.contains(['?', '#']) || authority.contains('@') {
            return Err("whose endpoint has a query, a fragment or a user in it".to_owned());
        }
        Ok(core::Endpoint {
            method: self.optional("endpoint's method", from.method)?,
            parameter: self.optional("endpoint's parameter", from.parameter)?,
            url: self.something("endpoint's url", from.url)?,
        })
    }

    fn resource(&mut self, from: wit::Resource) -> Result<core::Resource, Wrong> {
        let digest = from.image_digest.as_deref().map(str::parse::<Digest>);
        if digest.is_some_and(|digest| digest.is_err()) {
            return Err("whose image digest is not `sha256:` and 64 digits".to_owned());
        }
        Ok(core::Resource {
            account: self.optional("account", from.account)?,
            id: self.something("resource's id", from.id)?,
            image_digest: self.optional("image digest", from.image_digest)?,
            kind: self.something("resource's kind", from.kind)?,
            region: self.optional("region", from.region)?,
        })
    }

    fn suppression(&mut self, from: wit::Suppression) -> Result<core::Suppression, Wrong> {
        Ok(core::Suppression {
            justification: self.optional("justification", from.justification)?,
            kind: suppression_kind(from.kind),
            state: suppression_state(from.state),
        })
    }

    fn attributes(&mut self, from: Vec<(String, String)>) -> Result<Attributes, Wrong> {
        self.elements::<(Text, Text)>(from.len());
        let mut attributes = Attributes::new();
        for (name, value) in from {
            if !is_name(&name) {
                return Err(
                    "with an attribute whose name is not lower-case letters, digits and hyphens"
                        .to_owned(),
                );
            }
            let value = self.text("attributes", value)?;
            let name = self.text("attributes", name)?;
            if attributes.insert(name, value).is_some() {
                return Err("with two attributes of one name".to_owned());
            }
        }
        Ok(attributes)
    }
}

/// Lists whose order says nothing are sorted: the same finding has one form.
fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}
