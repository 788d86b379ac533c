//! Is there a finding that several tools agree on?
//!
//! Tools agree on a finding when each has an active one with a key that the finding has. One tool can be mistaken; that
//! several are mistaken about the same thing is rare.

use gate_guest::{
    Answer, Budget, Context, Description, Findings, Level, Refusal, Threshold, number_of,
};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "corroborated-finding",
    version: env!("CARGO_PKG_VERSION"),
    question: "Is there a finding that several tools agree on?",
    thresholds: &[
        Threshold::level(
            "corroborated-level",
            Level::High,
            "the level from which a finding counts that several tools agree on; one of unknown level always does",
        ),
        Threshold::count("min-tools", 2, "tools that have to agree"),
        Threshold::count(
            "max-corroborated",
            0,
            "findings allowed at that level or above that so many tools agree on",
        ),
    ],
    settings: &[],
    reads: &["keys", "severity.level", "status", "suppression", "tool"],
};

/// The policy.
///
/// # Errors
/// When fewer than two tools would have to agree.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let mut answer = Answer::of_rules(context.limited(["max-corroborated"])?);
    let level = context.level("corroborated-level")?;
    let budget = context.budget("max-corroborated")?;
    let least = least(&context)?;
    let mut tools: Vec<String> = Vec::new();
    let mut active = Vec::new();
    let mut keys = Vec::new();
    while let Some(finding) = findings.next().await {
        if !finding.is_active() {
            continue;
        }
        let tool = finding.tool();
        let tool = tools
            .iter()
            .position(|known| known == tool)
            .unwrap_or_else(|| {
                tools.push(tool.to_owned());
                tools.len() - 1
            });
        for key in finding.keys() {
            keys.push((key.to_owned(), tool, active.len()));
        }
        active.push(Active {
            position: finding.position(),
            counts: finding.level().is_at_least(level),
            tools: Vec::new(),
        });
    }
    if tools.len() > 1 {
        agree(keys, &mut active);
    }
    let agreed = active
        .iter()
        .filter(|finding| finding.tools.len() >= least as usize);
    let (counting, below): (Vec<_>, Vec<_>) = agreed.partition(|finding| finding.counts);
    answer.tolerate(below.iter().map(|finding| finding.position));
    let counting: Vec<u32> = counting.iter().map(|finding| finding.position).collect();
    match budget {
        Budget::AtMost(most) if counting.len() > most as usize => {
            let found = number_of(counting.len(), "finding", "findings");
            let message = format!(
                "{found} at {} or above that {least} tools or more agree on, {most} allowed",
                level.word()
            );
            answer
                .fail("corroborated", message)
                .help("mend these first: several tools are rarely mistaken about the same thing")
                .count(counting);
        }
        _ => answer.tolerate(counting),
    }
    Ok(answer)
}

/// How many tools have to agree.
fn least(context: &Context) -> Result<u32, Refusal> {
    let given = match context.budget("min-tools")? {
        Budget::AtMost(least @ 2..) => return Ok(least),
        Budget::AtMost(fewer) => fewer.to_string(),
        Budget::Unlimited => "unlimited".to_owned(),
    };
    Err(Refusal::new(format!(
        "`min-tools` is {given}; expected a number from 2 on, because one tool agrees with nobody"
    )))
}

/// An active finding.
struct Active {
    position: u32,
    /// Whether it is at the level or above.
    counts: bool,
    /// Tools that agree on it, its own included, by number.
    tools: Vec<usize>,
}

/// Notes with each finding the tools that have a finding with one of its keys. A key comes with the tool's number and
/// the finding's place among the active ones. Findings are not compared in pairs: a key that all of them share costs
/// each of them no more than the number of tools.
fn agree(mut keys: Vec<(String, usize, usize)>, active: &mut [Active]) {
    keys.sort_unstable();
    for group in keys.chunk_by(|(a, ..), (b, ..)| a == b) {
        let mut tools: Vec<usize> = group.iter().map(|(_, tool, _)| *tool).collect();
        // In order: the sort saw to it.
        tools.dedup();
        if tools.len() < 2 {
            continue;
        }
        for (.., at) in group {
            let Some(finding) = active.get_mut(*at) else {
                continue;
            };
            for tool in &tools {
                if !finding.tools.contains(tool) {
                    finding.tools.push(*tool);
                }
            }
        }
    }
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Value, native};

    use super::*;

    #[test]
    fn fewer_than_two_tools_can_not_agree() {
        for (value, word) in [
            (Value::Count(0), "is 0;"),
            (Value::Count(1), "is 1;"),
            (Value::Unlimited, "is unlimited;"),
        ] {
            let context = native::context_with("min-tools", value);
            let refusal = native::run(&DESCRIPTION, policy, context, []).unwrap_err();
            let why = refusal.why();
            assert!(why.contains("min-tools") && why.contains(word), "{why}");
        }
    }

    #[test]
    fn a_key_that_everything_shares_is_not_compared_in_pairs() {
        let active = |position| Active {
            position,
            counts: true,
            tools: Vec::new(),
        };
        let mut all: Vec<Active> = (0..100_000).map(active).collect();
        let keys = (0..all.len()).map(|at| ("k".to_owned(), at % 3, at));
        agree(keys.collect(), &mut all);
        assert!(all.iter().all(|finding| finding.tools.len() == 3));
    }
}
