//! Is there a credential where it should not be?
//!
//! Any active secret fails, at whatever level its tool put it. There is no threshold: a number of allowed secrets
//! would be a number of unlocked doors.

use gate_guest::{Answer, Class, Context, Description, Findings, Refusal};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "secret-in-source",
    version: env!("CARGO_PKG_VERSION"),
    question: "Is there a credential where it should not be?",
    thresholds: &[],
    settings: &[],
    reads: &["class", "status", "suppression"],
};

/// The policy.
///
/// # Errors
/// Never.
pub async fn policy(_: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let mut answer = Answer::of_rules(1);
    let mut secrets = Vec::new();
    while let Some(finding) = findings.next().await {
        if finding.class() == Class::Secret && finding.is_active() {
            secrets.push(finding.position());
        }
    }
    if !secrets.is_empty() {
        let noun = if secrets.len() == 1 {
            "secret"
        } else {
            "secrets"
        };
        answer
            .fail("secret-found", format!("{} {noun} found, none allowed", secrets.len()))
            .help("revoke each credential first, then remove it; a removed secret that still works is still lost")
            .count(secrets);
    }
    Ok(answer)
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Level, Outcome, native};

    use super::*;

    #[test]
    fn a_secret_of_any_level_fails() {
        for level in [Level::Info, Level::Unknown, Level::Critical] {
            let mut secret = native::finding("aws-access-key", level);
            secret.class = Class::Secret;
            let decision = native::run(&DESCRIPTION, policy, native::context(), [secret]).unwrap();
            assert_eq!(decision.outcome, Outcome::Fail);
        }
    }
}
