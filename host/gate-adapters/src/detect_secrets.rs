//! detect-secrets' baseline (`detect-secrets scan`), version 1, and the older one of version 0.
//!
//! Format: <https://github.com/Yelp/detect-secrets>, `core/baseline.py` and `core/potential_secret.py` of 1.5.0.
//! With `--slim` there is neither a line nor a time. `is_secret` is the verdict of an audit
//! (`detect-secrets audit`): `false` is a false alarm, kept as suppressed. A baseline that is updated repeats what
//! it held before; the tool exits with 0 whatever it found.
//!
//! `hashed_secret` is the plain SHA-1 of the secret, from which a weak one can be guessed. It is replaced before it
//! gets here; with the project's key, its keyed digest tells secrets apart as well as one of the secret itself.
//!
//! The files that were looked at are not listed, not even how many: a path that is not there gives the same
//! baseline as a clean one.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{
    CONTEXT, Class, Finding, Location, Suppression, SuppressionKind, SuppressionState,
};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{path, position};
use crate::redact::{secret, token};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "detect-secrets",
    id: "detect-secrets-json@1",
    reads: "JSON baseline (`detect-secrets scan`) of version 1, and of version 0",
    severity: "none written; verified is critical, high entropy that nobody audited is medium, anything else is high",
    completeness: "complete when plugins were in use; the format does not say what was looked at",
    format: Format::Json,
    lists: &["/results/{}/*"],
    unread: &[],
    sensitive: &[secret("hashed_secret")],
    exits: Exits::ZERO,
    recognizes: &|shape| shape.has_all(&["plugins_used", "results"]),
    start: &|| Box::new(DetectSecrets),
};

struct DetectSecrets;

#[derive(Deserialize)]
struct PotentialSecret<'a> {
    #[serde(borrow)]
    filename: Option<Cow<'a, str>>,
    #[serde(borrow)]
    hashed_secret: Cow<'a, str>,
    is_secret: Option<bool>,
    is_verified: Option<bool>,
    line_number: Option<i64>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Envelope {
    generated_at: Option<String>,
    plugins_used: Vec<Plugin>,
    /// Checked for their shape: each member is a list of records.
    #[serde(rename = "results")]
    _results: std::collections::BTreeMap<String, Vec<u8>>,
    version: String,
}

/// A detector. The key of its name differs between versions.
#[derive(Deserialize)]
struct Plugin {}

impl Reader for DetectSecrets {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let found: PotentialSecret<'_> = record.parse()?;
        let level = match (found.is_verified, found.is_secret) {
            (Some(true), _) => Level::Critical,
            // Much that is random is no secret.
            (_, None) if found.kind.ends_with("High Entropy String") => Level::Medium,
            _ => Level::High,
        };
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Secret,
            &*found.kind,
            Severity::default_of_tool(level),
            &*found.kind,
            record.evidence(),
        );
        if let Some(context) = token(&found.hashed_secret) {
            finding.attributes.insert(CONTEXT.into(), context.into());
        }
        for (name, value) in [
            ("verified", found.is_verified),
            ("audited-as-secret", found.is_secret),
        ] {
            if let Some(value) = value {
                finding
                    .attributes
                    .insert(name.into(), value.to_string().into());
            }
        }
        if found.is_secret == Some(false) {
            finding.suppression = Some(Suppression {
                justification: Some("audited as a false alarm".into()),
                kind: SuppressionKind::External,
                state: SuppressionState::Accepted,
            });
        }
        // Version 0 names the file only once, as the key of its secrets.
        let file = found.filename.as_deref().unwrap_or(record.name());
        finding.locations = vec![Location {
            path: Some(path(file)),
            start_line: position(found.line_number),
            ..Location::default()
        }];
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let envelope: Envelope = object(ADAPTER.tool, envelope)?;
        let major = envelope.version.split('.').next();
        if !matches!(major, Some("0" | "1")) {
            return Err(ReadError::Unsupported(format!(
                "a detect-secrets baseline of version {} is not known; versions 0 and 1 are",
                envelope.version
            )));
        }
        let mut run = Run::new(Completeness::Complete);
        run.tool_version = Some(envelope.version);
        run.finished = envelope.generated_at.and_then(|at| at.parse().ok());
        if envelope.plugins_used.is_empty() {
            run.nothing_scanned("detect-secrets looked for nothing: no plugin was in use");
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn baseline(version: &str, plugins: &str, secrets: &str) -> String {
        format!(
            r#"{{"version":"{version}","plugins_used":[{plugins}],"results":{{"a/b.py":[{secrets}]}}}}"#
        )
    }

    const PLUGIN: &str = r#"{"name":"AWSKeyDetector"}"#;

    #[test]
    fn a_verdict_decides_the_level() {
        for (kind, more, level, suppressed) in [
            ("AWS Access Key", "", Level::High, false),
            (
                "AWS Access Key",
                r#","is_verified":true"#,
                Level::Critical,
                false,
            ),
            ("Hex High Entropy String", "", Level::Medium, false),
            (
                "Hex High Entropy String",
                r#","is_secret":true"#,
                Level::High,
                false,
            ),
            ("Secret Keyword", r#","is_secret":false"#, Level::High, true),
        ] {
            let secret = format!(r#"{{"type":"{kind}","hashed_secret":"00"{more}}}"#);
            let (read, _) = read_text(&ADAPTER, &baseline("1.5.0", PLUGIN, &secret));
            let [finding] = read.findings.as_slice() else {
                panic!("{:?}", read.report)
            };
            assert_eq!(
                (finding.severity.level, finding.is_suppressed()),
                (level, suppressed),
                "{secret}"
            );
            assert_eq!(finding.locations[0].path.as_deref(), Some("a/b.py"));
        }
    }

    #[test]
    fn the_plain_digest_is_nowhere() {
        let digest = "7f24546fd44a8046df3fbbe39d279929fb16c705";
        let secret = format!(r#"{{"type":"AWS Access Key","hashed_secret":"{digest}"}}"#);
        let (read, twin) = read_text(&ADAPTER, &baseline("1.5.0", PLUGIN, &secret));
        let findings = serde_json::to_string(&read.findings).unwrap();
        assert_eq!(read.findings.len(), 1);
        assert!(!findings.contains(digest) && !twin.contains(digest));
    }

    #[test]
    fn only_a_baseline_of_a_known_version_is_read() {
        let odd = r#"{"type":"AWS Access Key","hashed_secret":"00"},{"type":"no digest"}"#;
        for (text, completeness) in [
            (baseline("1.5.0", PLUGIN, ""), Completeness::Complete),
            (baseline("0.14.3", PLUGIN, ""), Completeness::Complete),
            (baseline("1.5.0", "", ""), Completeness::Empty),
            (baseline("1.5.0", PLUGIN, odd), Completeness::Partial),
            (baseline("2.0.0", PLUGIN, ""), Completeness::Failed),
            ("{}".to_owned(), Completeness::Failed),
            ("[]".to_owned(), Completeness::Failed),
            (
                r#"{"version":"1.5.0","plugins_used":[{}],"results":[]}"#.to_owned(),
                Completeness::Failed,
            ),
            (
                r#"{"version":"1.5.0","plugins_used":[{}],"results":{"a":{}}}"#.to_owned(),
                Completeness::Failed,
            ),
        ] {
            let (read, _) = read_text(&ADAPTER, &text);
            assert_eq!(read.report.completeness, completeness, "{text}");
        }
    }
}
