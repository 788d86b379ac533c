//! Can what an image is taken from change under its name?
//!
//! A tag can be moved to other bytes after they were judged; a digest can't. Scanners say where a Dockerfile or a
//! manifest names an image by a mutable tag or by none; what the gate itself judges has to have a digest, too.

use std::collections::BTreeSet;

use gate_guest::{Answer, Context, Description, Findings, Refusal, Threshold, named, number_of};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "mutable-image",
    version: env!("CARGO_PKG_VERSION"),
    question: "Is an image named by something that can be moved to other bytes?",
    thresholds: &[
        Threshold::texts(
            RULES_NAME,
            RULES,
            "rules whose findings say that an image has a mutable tag, no tag or no digest",
        ),
        Threshold::flag(
            DIGEST_NAME,
            true,
            "whether what is judged has to have a digest",
        ),
    ],
    settings: &[],
    reads: &["rule.id", "status", "suppression"],
};

const RULES_NAME: &str = "mutable-image-rules";
const DIGEST_NAME: &str = "require-subject-digest";

/// Checkov, Hadolint, KICS, Kubescape, Polaris, and Trivy with all names that its checks have had.
const RULES: &[&str] = &[
    "CKV_DOCKER_7",
    "CKV_K8S_14",
    "CKV_K8S_43",
    "DL3006",
    "DL3007",
    "583053b7-e632-46f0-b989-f81ff8045385",
    "7c81d34c-8e5a-402b-9798-9f442630e678",
    "9efb0b2d-89c9-41a3-91ca-dcc0aec911fd",
    "f45ea400-6bbe-4501-9fc7-1c3d75c32067",
    "C-0075",
    "tagNotSpecified",
    "AVD-DS-0001",
    "AVD-KSV-0013",
    "DS-0001",
    "DS001",
    "KSV-0013",
    "KSV013",
];

/// The policy.
///
/// # Errors
/// When there is neither a rule nor a digest to ask for.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let rules = context.texts(RULES_NAME)?;
    let digest = context.flag(DIGEST_NAME)?;
    let asked = u32::from(!rules.is_empty()) + u32::from(digest);
    if asked == 0 {
        return Err(Refusal::new(format!(
            "`{RULES_NAME}` is empty and `{DIGEST_NAME}` is off: nothing is asked"
        )));
    }
    let mut answer = Answer::of_rules(asked);
    let mut mutable = Vec::new();
    let mut broken = BTreeSet::new();
    while let Some(finding) = findings.next().await {
        let rule = rules.iter().find(|rule| **rule == finding.rule().id());
        if let Some(rule) = rule.filter(|_| finding.is_active()) {
            mutable.push(finding.position());
            broken.insert(rule.as_str());
        }
    }
    if !mutable.is_empty() {
        let found = number_of(mutable.len(), "image is", "images are");
        let message = format!("{found} named by a mutable tag or by none");
        let help = format!(
            "name images by digest, `name:tag@sha256:…`; found by {}",
            named(broken)
        );
        answer
            .fail("mutable-image", message)
            .help(help)
            .count(mutable);
    }
    if digest {
        match &context.subject {
            None => {
                let help = "give the image with its digest as the subject, or turn \
                            `require-subject-digest` off at a gate that judges no image";
                answer
                    .fail(
                        "subject-missing",
                        "nobody said what is judged, so that it has no digest",
                    )
                    .help(help)
                    .count([]);
            }
            Some(subject) if subject.digest.is_none() => {
                let message = "what is judged is named without a digest";
                let help = format!("name {} by its digest", named([&*subject.name]));
                answer
                    .fail("subject-without-digest", message)
                    .help(help)
                    .count([]);
            }
            Some(_) => {}
        }
    }
    Ok(answer)
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Level, Outcome, Value, native};

    use super::*;

    #[test]
    fn every_rule_of_the_table_fails_and_is_there_once() {
        for rule in RULES {
            let finding = native::finding(rule, Level::Info);
            let context = native::context_with(DIGEST_NAME, Value::Flag(false));
            let decision = native::run(&DESCRIPTION, policy, context, [finding]).unwrap();
            assert_eq!(decision.outcome, Outcome::Fail, "{rule}");
        }
        assert_eq!(BTreeSet::from_iter(RULES).len(), RULES.len());
    }
}
