//! What `gate verify` answers.

use std::fmt;

use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::gate::GateName;
use gate_core::request::Subject;
use gate_core::time::Moment;
use gate_evidence::signing::verify::{Proof, Refused, Verification};
use gate_report::text::safe;
use serde::Serialize;

use crate::cli::Verify;
use crate::commands::verify::Asked;

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    format: &'static str,
    verified: bool,
    subject: &'a Subject,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    platforms: &'a [Digest],
    required: &'a [GateName],
    resource: &'a str,
    at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<String>,
    /// How many signed verdicts were looked at.
    given: usize,
    proofs: &'a [Proof],
    refused: Vec<Why<'a>>,
}

#[derive(Debug, Serialize)]
struct Why<'a> {
    #[serde(flatten)]
    refused: &'a Refused,
    help: &'static str,
}

impl<'a> Shown<'a> {
    pub(super) fn new(
        args: &'a Verify,
        asked: &'a Asked,
        subject: &'a Subject,
        given: usize,
        verified: bool,
        verification: &'a Verification,
    ) -> Self {
        let why = |refused: &'a Refused| Why {
            refused,
            help: refused.code.advice(),
        };
        Self {
            format: "gate-verification/1",
            verified,
            subject,
            platforms: &args.platforms,
            required: &asked.gates,
            resource: &asked.resource,
            at: asked.at,
            max_age: asked.max_age.0.map(|age| age.to_string()),
            given,
            proofs: &verification.proofs,
            refused: verification.refused.iter().map(why).collect(),
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = safe(&self.subject.name);
        let digest = self.subject.digest;
        let digest = digest.map_or_else(String::new, |digest| format!("@{digest}"));
        for Why { refused, help } in &self.refused {
            // Where all is proven, what proves nothing is only worth knowing.
            let level = if self.verified { "note" } else { "error" };
            write!(f, "{level}[gate::verify::{}]: ", refused.code)?;
            if let Some(gate) = &refused.gate {
                write!(f, "gate {gate}: ")?;
            }
            if let Some(digest) = refused.digest.filter(|_| !self.platforms.is_empty()) {
                write!(f, "{digest}: ")?;
            }
            if let Some(attestation) = &refused.attestation {
                write!(f, "`{}`: ", safe(attestation))?;
            }
            writeln!(f, "{}", safe(&refused.message))?;
            writeln!(f, "  help: {help}")?;
        }
        for proof in self.proofs {
            let (gate, key) = (&proof.gate, &proof.key);
            writeln!(f, "  gate {gate} passed {}", proof.digest)?;
            let judged = proof.judged_at;
            let judged = judged.map_or_else(String::new, |at| format!(" at {at}"));
            writeln!(f, "    judged{judged} by {} ({key})", safe(&proof.verifier))?;
            if let Some(record) = proof.record {
                writeln!(f, "    record {record}")?;
            }
            if let Some(rules) = proof.rules {
                writeln!(f, "    rules {rules}")?;
            }
        }
        if self.verified {
            return writeln!(f, "verified: {name}{digest} for `{}`", safe(self.resource));
        }
        let code = Code::NotVerified;
        writeln!(
            f,
            "not verified ({code}): {name}{digest} for `{}`, {} signed verdicts looked at",
            safe(self.resource),
            self.given
        )
    }
}
