//! Is a workload less hardened than required?
//!
//! Seven requirements of Kubernetes workloads. Which rules of which tools ask them is a table; a requirement that no
//! report could have asked is no pass.

mod requirement;

use gate_guest::{
    Answer, Completeness, Context, Description, Findings, Refusal, Threshold, named, number_of,
};
use requirement::{REQUIREMENTS, Requirement};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "workload-hardening",
    version: env!("CARGO_PKG_VERSION"),
    question: "Is a workload less hardened than required?",
    thresholds: &[Threshold::texts(
        "workload-requirements",
        WORDS,
        "what is required of each workload",
    )],
    settings: &[],
    reads: &["rule.id", "status", "suppression", "title", "tool"],
};

/// The words of all requirements.
const WORDS: &[&str] = &{
    let [a, b, c, d, e, f, g] = &REQUIREMENTS;
    [a.word, b.word, c.word, d.word, e.word, f.word, g.word]
};

/// The policy.
///
/// # Errors
/// When something is required that nobody knows or that no report could tell, and when nothing is.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let required = required(&context)?;
    let mut answer = Answer::of_rules(u32::try_from(required.len()).unwrap_or(u32::MAX));
    let mut unmet = vec![Vec::new(); required.len()];
    while let Some(finding) = findings.next().await {
        if !finding.is_active() {
            continue;
        }
        for (requirement, positions) in required.iter().zip(&mut unmet) {
            if requirement.is_unmet_by(&finding) {
                positions.push(finding.position());
            }
        }
    }
    for (requirement, positions) in required.iter().zip(unmet) {
        if !positions.is_empty() {
            let found = number_of(positions.len(), "finding", "findings");
            let message = format!("a workload {}: {found}", requirement.unmet);
            answer
                .fail(requirement.word, message)
                .help(requirement.help)
                .count(positions);
        }
    }
    Ok(answer)
}

/// What is required, each of which some report could have told.
fn required(context: &Context) -> Result<Vec<&'static Requirement>, Refusal> {
    let words = context.texts("workload-requirements")?;
    let unknown: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !WORDS.contains(word))
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::new(format!(
            "`workload-requirements` names {}; known are {}",
            named(unknown),
            WORDS.join(", ")
        )));
    }
    let is_required = |one: &&Requirement| words.iter().any(|word| word == one.word);
    let required: Vec<_> = REQUIREMENTS.iter().filter(is_required).collect();
    if required.is_empty() {
        return Err(Refusal::new(
            "`workload-requirements` is empty: nothing is asked",
        ));
    }
    let is_told = |one: &Requirement| {
        let looked =
            |said: &Completeness| matches!(said, Completeness::Complete | Completeness::Partial);
        let mut reports = context.reports.iter();
        reports.any(|report| looked(&report.completeness) && one.is_asked_by(&report.tool))
    };
    let untold: Vec<&str> = required
        .iter()
        .filter(|one| !is_told(one))
        .map(|one| one.word)
        .collect();
    if !untold.is_empty() {
        return Err(Refusal::new(format!(
            "no report is of a tool that checks {}: give one, or leave that out of `workload-requirements`",
            untold.join(", ")
        )));
    }
    Ok(required)
}

gate_guest::export_policy!(DESCRIPTION, policy);
