//! What the program answered: the few fields that matter here, held against what it was asked.

use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use gate_core::verdict::Outcome;
use serde::Deserialize;

use crate::failure::{Failure, Result};
use crate::program::Ran;

/// A verdict, as `gate evaluate --format json` writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    format: String,
    pub(crate) outcome: Outcome,
    exit_code: u8,
    gate: String,
    subject: Option<Subject>,
    environment: Option<String>,
    pub(crate) record: Digest,
}

/// An answer of `gate verify --format json`.
#[derive(Debug, Deserialize)]
struct Verification {
    format: String,
    verified: bool,
    subject: Subject,
    #[serde(default)]
    refused: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
struct Subject {
    name: String,
    digest: Option<Digest>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    code: String,
    gate: Option<String>,
}

/// Whom an answer has to be about.
#[derive(Debug)]
pub(crate) struct About<'a> {
    pub(crate) gate: &'a str,
    pub(crate) environment: &'a str,
    /// `NAME`, or `NAME@sha256:DIGEST`.
    pub(crate) subject: &'a str,
}

impl Subject {
    fn is(&self, subject: &str) -> bool {
        let digest = self.digest.map(|digest| format!("@{digest}"));
        subject.strip_prefix(&*self.name) == Some(&digest.unwrap_or_default())
    }
}

/// The verdict, if the program reached one whose evidence is complete.
///
/// A fail is one: it was asked what it thinks of what was found. Everything else did not end well.
pub(crate) fn verdict(ran: &Ran, about: &About<'_>) -> Result<Verdict> {
    decided(ran)?;
    let verdict: Verdict = read(ran)?;
    let fits = verdict.format == "gate-verdict/1"
        && i32::from(verdict.exit_code) == ran.code
        && verdict.gate == about.gate
        && verdict.environment.as_deref() == Some(about.environment)
        && verdict
            .subject
            .as_ref()
            .is_some_and(|s| s.is(about.subject))
        && match verdict.outcome {
            Outcome::Pass | Outcome::Warn => ran.code == ExitCode::Open as i32,
            Outcome::Fail => ran.code == ExitCode::Closed as i32,
            Outcome::Error => false,
        };
    if fits { Ok(verdict) } else { Err(other()) }
}

/// Nothing, if the program proved that the subject has passed; else why not.
pub(crate) fn verified(ran: &Ran, subject: &str) -> Result {
    decided(ran)?;
    let said: Verification = read(ran)?;
    if said.format != "gate-verification/1" || !said.subject.is(subject) {
        return Err(other());
    }
    match (ran.code == ExitCode::Open as i32, said.verified) {
        (true, true) => Ok(()),
        (false, false) => {
            let why = |refused: &Refused| match &refused.gate {
                Some(gate) => format!("gate {gate}: {}", refused.code),
                None => refused.code.clone(),
            };
            let why: Vec<_> = said.refused.iter().map(why).collect();
            Err(Failure::new(format!("not proven: {}", why.join(", "))))
        }
        _ => Err(other()),
    }
}

/// Whether it came to an end at which its answer says something.
fn decided(ran: &Ran) -> Result {
    if [ExitCode::Open, ExitCode::Closed]
        .into_iter()
        .any(|code| code as i32 == ran.code)
    {
        return Ok(());
    }
    let known = ExitCode::ALL.into_iter().find(|c| *c as i32 == ran.code);
    let meaning = known.map_or("which means nothing", ExitCode::meaning);
    Err(Failure::new(format!(
        "`gate` ended with {}: {meaning}",
        ran.code
    )))
}

fn read<'de, T: Deserialize<'de>>(ran: &'de Ran) -> Result<T> {
    serde_json::from_slice(&ran.answer)
        .map_err(|_| Failure::new("the answer of `gate` can't be read"))
}

fn other() -> Failure {
    Failure::new("the answer of `gate` is not to what it was asked, or contradicts its exit code")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    fn ran(code: i32, outcome: &str, said: i32, subject: &str) -> Ran {
        let answer = format!(
            r#"{{"format":"gate-verdict/1","outcome":"{outcome}","exit_code":{said},"gate":"image",
            "environment":"prod","record":"{DIGEST}","subject":{subject}}}"#
        );
        Ran {
            code,
            answer: answer.into_bytes(),
        }
    }

    #[test]
    fn only_an_answer_to_the_question_is_one() {
        let subject = format!("shop@{DIGEST}");
        let ours = format!(r#"{{"name":"shop","digest":"{DIGEST}"}}"#);
        let about = About {
            gate: "image",
            environment: "prod",
            subject: &subject,
        };
        for (code, outcome, said, subject, right) in [
            (0, "pass", 0, &*ours, true),
            (0, "warn", 0, &ours, true),
            (1, "fail", 1, &ours, true),
            (0, "fail", 0, &ours, false),
            (0, "error", 0, &ours, false),
            (1, "pass", 1, &ours, false),
            (0, "pass", 1, &ours, false),
            (2, "pass", 2, &ours, false),
            (3, "error", 3, &ours, false),
            (4, "pass", 4, &ours, false),
            (101, "pass", 101, &ours, false),
            (0, "pass", 0, "null", false),
            (0, "pass", 0, r#"{"name":"shop"}"#, false),
            (0, "pass", 0, r#"{"name":"shop@"}"#, false),
        ] {
            let verdict = verdict(&ran(code, outcome, said, subject), &about);
            assert_eq!(verdict.is_ok(), right, "{code} {outcome} {said} {subject}");
        }
        let cut = Ran {
            code: 0,
            answer: b"{\"format\":".to_vec(),
        };
        assert!(verdict(&cut, &about).is_err());
    }

    #[test]
    fn only_what_is_proven_is_verified() {
        let subject = format!("shop@{DIGEST}");
        for (code, verified_, name, right) in [
            (0, true, "shop", true),
            (0, false, "shop", false),
            (1, true, "shop", false),
            (1, false, "shop", false),
            (2, true, "shop", false),
            (0, true, "other", false),
        ] {
            let answer = format!(
                r#"{{"format":"gate-verification/1","verified":{verified_},
                "subject":{{"name":"{name}","digest":"{DIGEST}"}},"refused":[{{"code":"no-attestation","gate":"dast"}}]}}"#
            );
            let answer = answer.into_bytes();
            let said = verified(&Ran { code, answer }, &subject);
            assert_eq!(said.is_ok(), right, "{code} {verified_} {name}");
            if code == 1 && !verified_ {
                let why = said.unwrap_err().to_string();
                assert_eq!(why, "not proven: gate dast: no-attestation");
            }
        }
    }
}
