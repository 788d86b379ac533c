//! Whether signed verdicts prove what a deploy step demands. Nothing is believed but what a trusted key signed.
//!
//! For each attestation, in the order that SLSA's page on verification summaries gives: the signature, the subject, the
//! predicate's type, the verifier with its key, the resource; then, for each gate and each image that is demanded: the
//! result, the level, the age, the rules.

use std::collections::BTreeSet;

use gate_core::age::Age;
use gate_core::digest::Digest;
use gate_core::gate::GateName;
use gate_core::time::{Moment, SKEW_SECONDS};
use serde::Serialize;

use crate::signing::bundle;
use crate::signing::dsse::NotOpened;
use crate::signing::key::PublicKey;
use crate::signing::refusal::Refusal;
use crate::signing::statement::{
    Head, PAYLOAD_TYPE, PREDICATE_TYPE, Passed, Resource, STATEMENT_TYPE, Statement, Summary, level,
};

/// A verifier and the key that it signs with. One without the other is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The verifier's id, as statements name it.
    pub verifier: String,
    /// Its key.
    pub key: PublicKey,
}

/// What has to be proven.
#[derive(Clone, Debug)]
pub struct Demand {
    /// What is to be deployed.
    pub subject: Digest,
    /// Images of single platforms in it, each of which has to be proven, too.
    pub platforms: Vec<Digest>,
    /// Gates of which each has to have passed.
    pub gates: Vec<GateName>,
    /// For what it has to have been judged.
    pub resource: String,
    /// Who is believed.
    pub trusted: Vec<Pair>,
    /// How old a verdict may be.
    pub max_age: Option<Age>,
    /// By which rules it may have been judged; any, when there are none.
    pub rules: BTreeSet<Digest>,
    /// The moment of now.
    pub at: Moment,
}

/// What was given as proof: some bytes, and where they are from.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// For people.
    pub name: String,
    /// An envelope or a bundle, it is hoped.
    pub bytes: Vec<u8>,
}

/// What is proven and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// One for each gate and image that is proven.
    pub proofs: Vec<Proof>,
    /// Why the others are not. An attestation that proves nothing is listed even where others do.
    pub refused: Vec<Refused>,
}

/// That a gate passed an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The gate.
    pub gate: GateName,
    /// The image.
    pub digest: Digest,
    /// What proves it.
    pub attestation: String,
    /// Who says so.
    pub verifier: String,
    /// Fingerprint of the key that signed it.
    pub key: String,
    /// When it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged_at: Option<Moment>,
    /// Digest of the rules by which it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Digest>,
    /// Name of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Digest>,
}

/// Why something is not proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Why.
    pub code: Refusal,
    /// The gate that is not proven; absent where it is about the attestation itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateName>,
    /// The image that is not proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attestation: Option<String>,
    /// One sentence. It quotes what was given.
    pub message: String,
}

impl Verification {
    /// One refusal that stands before all proof.
    #[must_use]
    pub fn refusing(code: Refusal, message: String) -> Self {
        let refused = Refused {
            code,
            gate: None,
            digest: None,
            attestation: None,
            message,
        };
        Self {
            proofs: Vec::new(),
            refused: vec![refused],
        }
    }

    /// Whether all is proven that was demanded.
    #[must_use]
    pub fn is_proven(&self, demand: &Demand) -> bool {
        let demanded = demanded(demand);
        let proven = |asked: &(Digest, &GateName)| {
            let of = |proof: &Proof| (proof.digest, &proof.gate) == *asked;
            self.proofs.iter().any(of)
        };
        !demanded.is_empty() && demanded.iter().all(proven)
    }
}

/// Each image with each gate.
fn demanded(demand: &Demand) -> Vec<(Digest, &GateName)> {
    let mut pairs = Vec::new();
    for digest in images(demand) {
        pairs.extend(demand.gates.iter().map(|gate| (digest, gate)));
    }
    pairs
}

fn images(demand: &Demand) -> impl Iterator<Item = Digest> {
    [demand.subject].into_iter().chain(demand.platforms.clone())
}

/// Holds what was given against what is demanded.
#[must_use]
pub fn verify(demand: &Demand, given: &[Attestation]) -> Verification {
    let mut verification = Verification::default();
    let mut believed = Vec::new();
    for attestation in given {
        match Believed::read(attestation, demand) {
            Ok(statement) => believed.push(statement),
            Err((code, message)) => verification.refused.push(Refused {
                code,
                gate: None,
                digest: None,
                attestation: Some(attestation.name.clone()),
                message,
            }),
        }
    }
    for (digest, gate) in demanded(demand) {
        match prove(demand, digest, gate, &believed) {
            Ok(proof) => verification.proofs.push(proof),
            Err(refused) => verification.refused.extend(refused),
        }
    }
    // In the order in which things are looked at, so that the first is the one to begin with.
    verification.refused.sort_by_key(|refused| refused.code);
    verification
}

type Why = (Refusal, String);

/// A statement about an image that is demanded, for the resource that is demanded, by somebody who is trusted.
struct Believed<'a> {
    name: &'a str,
    key: PublicKey,
    images: BTreeSet<Digest>,
    summary: Summary,
}

impl<'a> Believed<'a> {
    fn read(attestation: &'a Attestation, demand: &Demand) -> Result<Self, Why> {
        let malformed = |what: String| (Refusal::Malformed, what);
        let envelope = bundle::envelope(&attestation.bytes).map_err(|error| not_opened(&error))?;
        let keys: Vec<_> = demand.trusted.iter().map(|pair| &pair.key).collect();
        let opened = envelope
            .open_as(PAYLOAD_TYPE, &keys)
            .map_err(|error| not_opened(&error))?;

        let head: Head = serde_json::from_slice(&opened.body)
            .map_err(|error| malformed(format!("what was signed is no statement: {error}")))?;
        if head.kind != STATEMENT_TYPE {
            let what = format!(
                "it is of type `{}`, and `{STATEMENT_TYPE}` is read",
                head.kind
            );
            return Err(malformed(what));
        }
        let named: BTreeSet<_> = head.subject.iter().filter_map(Resource::sha256).collect();
        let images: BTreeSet<_> = images(demand)
            .filter(|image| named.contains(image))
            .collect();
        if images.is_empty() {
            let named: Vec<_> = named.iter().take(3).map(ToString::to_string).collect();
            let what = format!(
                "it is about {}",
                one_of(&named, "nothing that has a digest")
            );
            return Err((Refusal::SubjectDiffers, what));
        }
        if head.predicate_type != PREDICATE_TYPE {
            let what = format!("its predicate is `{}`", head.predicate_type);
            return Err((Refusal::PredicateType, what));
        }
        let statement: Statement = serde_json::from_slice(&opened.body)
            .map_err(|error| malformed(format!("its verification summary: {error}")))?;
        let summary = statement.predicate;
        let id = &summary.verifier.id;
        let pair = |pair: &Pair| pair.verifier == *id && pair.key == opened.key;
        if !demand.trusted.iter().any(pair) {
            let what = format!("the key {:?} is not trusted for `{id}`", opened.key);
            return Err((Refusal::VerifierUnknown, what));
        }
        if summary.resource_uri != demand.resource {
            let what = format!(
                "it is for `{}`, and `{}` is asked",
                summary.resource_uri, demand.resource
            );
            return Err((Refusal::ResourceDiffers, what));
        }
        Ok(Self {
            name: &attestation.name,
            key: opened.key,
            images,
            summary,
        })
    }

    /// Whether it says that a gate did not pass. One that does not name its gate says so of every gate.
    fn fails(&self, gate: &GateName) -> bool {
        let of = self.summary.verdict.as_ref().map(|said| &said.gate);
        self.summary.verification_result == Passed::Failed && of.is_none_or(|of| of == gate)
    }

    /// Whether it says that a gate passed.
    fn passes(&self, gate: &GateName) -> bool {
        let level = level(gate);
        self.summary.verification_result == Passed::Passed
            && self.summary.verified_levels.contains(&level)
    }

    /// Whether it is young enough, and by rules that are allowed.
    fn check(&self, demand: &Demand) -> Result<(), Why> {
        match self.summary.time_verified {
            Some(time) if time.unix() > demand.at.unix().saturating_add(SKEW_SECONDS) => {
                let what = format!("it was judged at {time}, and it is {}", demand.at);
                return Err((Refusal::FromTheFuture, what));
            }
            Some(time) => {
                if let Some(age) = demand.max_age.filter(|age| !age.covers(time, demand.at)) {
                    let what = format!("it was judged at {time}, and may be {age} old at most");
                    return Err((Refusal::TooOld, what));
                }
            }
            None if demand.max_age.is_some() => {
                let what = "it does not say when it was judged".to_owned();
                return Err((Refusal::Undated, what));
            }
            None => {}
        }
        let rules = self.summary.policy.sha256();
        if !demand.rules.is_empty() && !rules.is_some_and(|rules| demand.rules.contains(&rules)) {
            let named = rules.map_or_else(|| "none".to_owned(), |rules| rules.to_string());
            return Err((Refusal::PolicyUnknown, format!("its rules are {named}")));
        }
        Ok(())
    }

    fn proof(&self, gate: &GateName, digest: Digest) -> Proof {
        // The list is whole or empty; ours has the record alone.
        let inputs = self.summary.input_attestations.iter();
        let mut records = inputs.filter_map(Resource::sha256);
        Proof {
            gate: gate.clone(),
            digest,
            attestation: self.name.to_owned(),
            verifier: self.summary.verifier.id.clone(),
            key: self.key.fingerprint(),
            judged_at: self.summary.time_verified,
            rules: self.summary.policy.sha256(),
            record: records.next(),
        }
    }
}

/// Proves that a gate passed an image, or says why not.
fn prove(
    demand: &Demand,
    digest: Digest,
    gate: &GateName,
    believed: &[Believed<'_>],
) -> Result<Proof, Vec<Refused>> {
    let about: Vec<_> = believed
        .iter()
        .filter(|statement| statement.images.contains(&digest))
        .collect();
    let refused = |code: Refusal, of: Option<&Believed<'_>>, message: String| Refused {
        code,
        gate: Some(gate.clone()),
        digest: Some(digest),
        attestation: of.map(|of| of.name.to_owned()),
        message,
    };
    let failed = about.iter().filter(|statement| statement.fails(gate));
    // One that does not say when it was made could be the newest.
    let failed = failed.max_by_key(|failed| {
        let time = failed.summary.time_verified;
        (time.is_none(), time)
    });
    let later = |passed: &Believed<'_>| {
        failed.is_none_or(|failed| {
            let times = (passed.summary.time_verified, failed.summary.time_verified);
            matches!(times, (Some(passed), Some(failed)) if passed > failed)
        })
    };
    let mut refusals = Vec::new();
    let mut best: Option<&Believed<'_>> = None;
    for passed in about.iter().filter(|statement| statement.passes(gate)) {
        if !later(passed) {
            continue;
        }
        match passed.check(demand) {
            Ok(()) => {
                let newer =
                    |best: &Believed<'_>| best.summary.time_verified < passed.summary.time_verified;
                if best.is_none_or(newer) {
                    best = Some(passed);
                }
            }
            Err((code, message)) => refusals.push(refused(code, Some(passed), message)),
        }
    }
    if let Some(best) = best {
        return Ok(best.proof(gate, digest));
    }
    if let Some(failed) = failed {
        let said = failed.summary.verdict.as_ref();
        let said = said.map_or_else(
            || "it says FAILED".to_owned(),
            |said| {
                format!(
                    "the outcome is {}, {}",
                    said.outcome,
                    enforced(said.enforcement)
                )
            },
        );
        let at = failed.summary.time_verified;
        let at = at.map_or_else(String::new, |at| format!(" at {at}"));
        refusals.push(refused(
            Refusal::Failed,
            Some(failed),
            format!("{said}; judged{at}"),
        ));
    }
    if refusals.is_empty() {
        for statement in &about {
            let levels = &statement.summary.verified_levels;
            let what = format!(
                "it verified {}, and {} is asked",
                one_of(levels, "no level"),
                level(gate)
            );
            refusals.push(refused(Refusal::LevelMissing, Some(statement), what));
        }
    }
    if about.is_empty() {
        let (code, what) = if digest == demand.subject {
            (
                Refusal::NoAttestation,
                "nothing that is believed is about it",
            )
        } else {
            (
                Refusal::PlatformMissing,
                "nothing that is believed is about this platform",
            )
        };
        refusals.push(refused(code, None, what.to_owned()));
    }
    Err(refusals)
}

const fn enforced(enforcement: gate_core::request::Enforcement) -> &'static str {
    match enforcement {
        gate_core::request::Enforcement::Enforce => "enforced",
        gate_core::request::Enforcement::Monitor => "only monitored",
    }
}

fn one_of(texts: &[String], none: &str) -> String {
    match texts {
        [] => none.to_owned(),
        texts => texts.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
    }
}

fn not_opened(error: &NotOpened) -> Why {
    let code = match error {
        NotOpened::Malformed(_) => Refusal::Malformed,
        NotOpened::KeyUnknown(_) => Refusal::KeyUnknown,
        NotOpened::SignatureInvalid => Refusal::SignatureInvalid,
        NotOpened::PayloadType { .. } => Refusal::PayloadType,
    };
    (code, error.to_string())
}

#[cfg(test)]
mod tests;
