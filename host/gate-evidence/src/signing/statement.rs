//! What is signed of a verdict: an in-toto Statement (version 1) whose predicate is a Verification Summary of SLSA
//! (version 1, <https://slsa.dev/spec/v1.2/verification_summary>).
//!
//! It is small: it names the record, and the record names everything else. So it fits into what KMS signs as it is
//! ([`MAX_SIGNED`]), and who has the record can go on from there.

use std::collections::BTreeMap;

use gate_core::canonical::{self, NotCanonical};
use gate_core::composition::Group;
use gate_core::digest::{Digest, from_hex};
use gate_core::feed::FeedRules;
use gate_core::gate::GateName;
use gate_core::ports::{Signer, SignerError};
use gate_core::record::Record;
use gate_core::request::{
    Enforcement, Limits, PolicyUse, Question, ReportRules, Requirement, Terms,
};
use gate_core::threshold::Value;
use gate_core::time::Moment;
use gate_core::verdict::Outcome;
use gate_core::waiver::WaiverRules;
use serde::{Deserialize, Serialize};

use crate::signing::dsse::{Envelope, pae};

/// The type of what is signed.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Which statement it is.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Which predicate it has.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/verification_summary/v1";
/// Most bytes that are signed, with what DSSE puts before them: `Sign` of KMS takes no more as they are, and a verdict
/// that a file's key signs shall be one that KMS could.
pub const MAX_SIGNED: usize = 4096;

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    /// What was judged.
    pub subject: Vec<Resource>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    /// What came out.
    pub predicate: Summary,
}

/// Something, by digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    /// Digests by algorithm, in hexadecimal digits.
    #[serde(default)]
    digest: BTreeMap<String, String>,
}

impl Resource {
    fn of(name: Option<&str>, uri: Option<String>, digest: Digest) -> Self {
        Self {
            name: name.map(str::to_owned),
            uri,
            digest: BTreeMap::from([("sha256".to_owned(), digest.hex())]),
        }
    }

    /// Its SHA-256 digest.
    #[must_use]
    pub fn sha256(&self) -> Option<Digest> {
        let hex = self.digest.get("sha256")?;
        from_hex(hex).map(Digest::from_bytes)
    }
}

/// A verification summary. Fields of later versions and extensions are not read, as in-toto asks of who reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Who judged.
    pub verifier: Verifier,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_verified: Option<Moment>,
    /// For what it was judged, with the environment in it.
    pub resource_uri: String,
    /// By which rules.
    pub policy: Resource,
    /// On what grounds. SLSA asks that the list be whole or empty: it has the record alone, which names everything else
    /// by digest, because a list of all reports would not fit into [`MAX_SIGNED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input_attestations: Vec<Resource>,
    /// What came out.
    pub verification_result: Passed,
    /// What it is good for: [`level`] of the gate, or `FAILED`.
    pub verified_levels: Vec<String>,
    /// The gate's own words for it. An extension, which SLSA wants to be named by a URI.
    #[serde(
        default,
        rename = "gate-verdict:v1",
        skip_serializing_if = "Option::is_none"
    )]
    pub verdict: Option<Said>,
}

/// Who judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    /// Which one, as who verifies knows it.
    pub id: String,
    /// Its parts and their versions.
    #[serde(default)]
    pub version: BTreeMap<String, String>,
}

/// What came out, in the words of SLSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Passed {
    /// The gate enforces and is open.
    Passed,
    /// Anything else.
    Failed,
}

/// What came out, in the words of gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The gate. A verdict that is not a pass names it nowhere else.
    pub gate: GateName,
    /// The outcome.
    pub outcome: Outcome,
    /// Whether it was enforced.
    pub enforcement: Enforcement,
}

/// What a verdict is signed as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Who says so: a URI that who verifies trusts together with the key.
    pub verifier: String,
    /// For what: a URI with the environment in it.
    pub resource: String,
}

/// Why a verdict can't be signed.
#[derive(Debug, thiserror::Error)]
pub enum NotSigned {
    /// Nothing is proven of a name alone.
    #[error("the subject has no digest, so nothing would be proven")]
    NoSubject,
    /// What is signed would be too long.
    #[error(
        "what is to be signed has {0} bytes, {MAX_SIGNED} at most: shorten the subject's name, verifier and resource"
    )]
    TooLong(usize),
    /// The key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A part has no canonical form, which no part has.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
}

/// The level that a gate's pass verifies: `GATE_IMAGE_PASSED`.
#[must_use]
pub fn level(gate: &GateName) -> String {
    let name = gate.as_str().to_ascii_uppercase().replace('-', "_");
    format!("GATE_{name}_PASSED")
}

impl Statement {
    /// What is signed of a record. Only what was enforced and is pass or warn is `PASSED`: a monitored verdict promises
    /// nothing.
    ///
    /// # Errors
    /// When the subject has no digest.
    pub fn of(record: &Record, name: Digest, promise: &Promise) -> Result<Self, NotSigned> {
        let (question, verdict) = (&record.question, &record.verdict);
        let subject = question.subject.as_ref();
        let (subject, digest) = subject
            .and_then(|subject| Some((subject, subject.digest?)))
            .ok_or(NotSigned::NoSubject)?;
        let passed = match (verdict.outcome, verdict.enforcement) {
            (Outcome::Pass | Outcome::Warn, Enforcement::Enforce) => Passed::Passed,
            _ => Passed::Failed,
        };
        let level = match passed {
            Passed::Passed => level(&verdict.gate),
            Passed::Failed => "FAILED".to_owned(),
        };
        let record_uri = format!("gate-record:{}", name.hex());
        let policy_uri = format!("gate-rules:{}", verdict.gate);
        Ok(Self {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![Resource::of(Some(&subject.name), None, digest)],
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: Summary {
                verifier: Verifier {
                    id: promise.verifier.clone(),
                    version: versions(&record.producer.gate, &record.producer.engine),
                },
                time_verified: Some(verdict.evaluated_at),
                resource_uri: promise.resource.clone(),
                policy: Resource::of(None, Some(policy_uri), rules(question)?),
                input_attestations: vec![Resource::of(None, Some(record_uri), name)],
                verification_result: passed,
                verified_levels: vec![level],
                verdict: Some(Said {
                    gate: verdict.gate.clone(),
                    outcome: verdict.outcome,
                    enforcement: verdict.enforcement,
                }),
            },
        })
    }

    /// Signs it.
    ///
    /// # Errors
    /// When it is too long, or the key does not sign.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Envelope, NotSigned> {
        let body = canonical::to_vec(self)?;
        let length = pae(PAYLOAD_TYPE, &body).len();
        if length > MAX_SIGNED {
            return Err(NotSigned::TooLong(length));
        }
        Ok(Envelope::seal(PAYLOAD_TYPE, &body, signer)?)
    }
}

/// What every statement has, whatever its predicate.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Head {
    #[serde(rename = "_type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) subject: Vec<Resource>,
    #[serde(rename = "predicateType")]
    pub(crate) predicate_type: String,
}

/// The gate's version, and its engine's, as `det1+wasmtime48.0.8` has it.
fn versions(gate: &str, engine: &str) -> BTreeMap<String, String> {
    let (part, version) = match engine.split_once("+wasmtime") {
        Some((_, version)) => ("wasmtime", version),
        None => ("engine", engine),
    };
    [("gate", gate), (part, version)]
        .map(|(part, version)| (part.to_owned(), version.to_owned()))
        .into()
}

/// The digest of the rules that a question asks by: what a profile, its thresholds' sources and the flags make of the
/// gate. It leaves out what is judged, when, and what was known of it then: the same rules have the same digest for every
/// build. It is over the canonical JSON of `Rules`.
///
/// # Errors
/// Never; every part has a canonical form.
pub fn rules(question: &Question) -> Result<Digest, NotCanonical> {
    let policy = |policy: &PolicyUse| Rule {
        name: policy.name.clone(),
        digest: policy.digest,
        thresholds: values(&policy.thresholds),
        settings: values(&policy.settings),
        terms: policy.terms,
    };
    let baseline = question.baseline.as_ref();
    let rules = Rules {
        format: "gate-rules/1",
        gate: &question.gate,
        required: &question.required,
        report_rules: &question.report_rules,
        policies: question.policies.iter().map(policy).collect(),
        groups: &question.groups,
        limits: &question.limits,
        waiver_rules: &question.waiver_rules,
        feed_rules: &question.feed_rules,
        only_new: baseline.is_some_and(|baseline| baseline.only_new),
    };
    Ok(Digest::of(&canonical::to_vec(&rules)?))
}

/// The rules of a gate. Values stand in it without their sources: who gave a value does not make it another rule.
#[derive(Serialize)]
struct Rules<'a> {
    format: &'static str,
    gate: &'a GateName,
    required: &'a [Requirement],
    report_rules: &'a ReportRules,
    policies: Vec<Rule>,
    groups: &'a [Group],
    limits: &'a Limits,
    waiver_rules: &'a WaiverRules,
    feed_rules: &'a FeedRules,
    only_new: bool,
}

#[derive(Serialize)]
struct Rule {
    name: String,
    digest: Digest,
    thresholds: BTreeMap<String, Value>,
    settings: BTreeMap<String, Value>,
    terms: Terms,
}

fn values(given: &BTreeMap<String, gate_core::threshold::Given>) -> BTreeMap<String, Value> {
    let values = given.iter();
    values
        .map(|(name, given)| (name.clone(), given.value.clone()))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
