//! How the answers of several policies make the outcome of a gate.
//!
//! Every policy has to pass, unless it is a member of a group. A group is met by all of its members or by any of them;
//! members are policies and other groups. An answer that never came is an error wherever it stands.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::verdict::Outcome;

/// Policies that are judged together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name, which no policy has.
    pub name: String,
    /// How many of its members have to pass.
    pub needs: Needs,
    /// Names of policies and of other groups; sorted.
    pub members: BTreeSet<String>,
}

/// How many members of a group have to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// Each.
    All,
    /// At least one.
    Any,
}

/// What is wrong with some groups.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadGroup {
    /// Its name is taken.
    #[error("the group `{0}` has the name of a policy")]
    NameTaken(String),
    /// It has no member.
    #[error("the group `{0}` has no member, so that nothing would be asked")]
    Empty(String),
    /// A member that the gate does not have.
    #[error("the group `{group}` names `{member}`, which is no policy or group of this gate")]
    NoSuchMember {
        /// The group.
        group: String,
        /// The name.
        member: String,
    },
    /// A member of two groups would weigh twice.
    #[error("`{0}` is a member of two groups")]
    TwoGroups(String),
    /// A group that is part of itself.
    #[error("the group `{0}` is part of itself")]
    Cycle(String),
}

/// Refuses groups that can't be judged.
///
/// # Errors
/// With the first thing that is wrong.
pub fn check(groups: &[Group], policies: &[&str]) -> Result<(), BadGroup> {
    let names: BTreeSet<&str> = groups.iter().map(|group| &*group.name).collect();
    let mut seen = BTreeSet::new();
    for Group { name, members, .. } in groups {
        if policies.contains(&&**name) {
            return Err(BadGroup::NameTaken(name.clone()));
        }
        if members.is_empty() {
            return Err(BadGroup::Empty(name.clone()));
        }
        for member in members {
            if !policies.contains(&&**member) && !names.contains(&**member) {
                return Err(BadGroup::NoSuchMember {
                    group: name.clone(),
                    member: member.clone(),
                });
            }
            if !seen.insert(member) {
                return Err(BadGroup::TwoGroups(member.clone()));
            }
        }
    }
    // Each group has one parent at most, so that a group without a way up to the gate is part of itself.
    let parent = |name: &str| groups.iter().find(|group| group.members.contains(name));
    for group in groups {
        let mut above = parent(&group.name);
        for _ in groups {
            above = above.and_then(|above| parent(&above.name));
        }
        if above.is_some() {
            return Err(BadGroup::Cycle(group.name.clone()));
        }
    }
    Ok(())
}

/// What each policy's answer, by name, makes of the gate's outcome. What a group does not need weighs as a warning.
#[must_use]
pub fn weigh(groups: &[Group], answers: &BTreeMap<&str, Outcome>) -> BTreeMap<String, Outcome> {
    let mut weights: BTreeMap<String, Outcome> = answers
        .iter()
        .map(|(name, outcome)| ((*name).to_owned(), *outcome))
        .collect();
    for group in groups.iter().filter(|group| group.needs == Needs::Any) {
        let met = group.members.iter().any(|member| {
            worst(member, groups, answers, groups.len()).is_some_and(|o| o <= Outcome::Warn)
        });
        if !met {
            continue;
        }
        for policy in policies_of(group, groups, groups.len()) {
            if let Some(weight) = weights.get_mut(policy)
                && *weight == Outcome::Fail
            {
                *weight = Outcome::Warn;
            }
        }
    }
    weights
}

/// The outcome of a policy or a group.
fn worst(
    name: &str,
    groups: &[Group],
    answers: &BTreeMap<&str, Outcome>,
    depth: usize,
) -> Option<Outcome> {
    if let Some(outcome) = answers.get(name) {
        return Some(*outcome);
    }
    let group = groups.iter().find(|group| group.name == name)?;
    let depth = depth.checked_sub(1)?;
    let members = group.members.iter();
    let members: Vec<Outcome> = members
        .map(|member| worst(member, groups, answers, depth))
        .collect::<Option<_>>()?;
    let of_all = members.iter().copied().max()?;
    match group.needs {
        Needs::Any if of_all != Outcome::Error => members.into_iter().min(),
        Needs::All | Needs::Any => Some(of_all),
    }
}

/// All policies of a group, those of its groups too.
fn policies_of<'a>(group: &'a Group, groups: &'a [Group], depth: usize) -> Vec<&'a str> {
    let Some(depth) = depth.checked_sub(1) else {
        return Vec::new();
    };
    let mut policies = Vec::new();
    for member in &group.members {
        match groups.iter().find(|group| group.name == *member) {
            Some(inner) => policies.extend(policies_of(inner, groups, depth)),
            None => policies.push(&**member),
        }
    }
    policies
}

#[cfg(test)]
mod tests;
