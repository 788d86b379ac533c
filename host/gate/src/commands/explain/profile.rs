//! The profile as the gates use it: everything that it says, and everything that the embedded default adds.

use std::fmt;

use serde_json::{Map, Value, json};

use gate_core::composition::{Group, Needs};
use gate_core::gate::GateName;
use gate_core::request::{Enforcement, Terms};
use gate_core::severity::Level;
use gate_core::threshold::Layer;
use gate_core::waiver::WaiverRules;
use gate_report::text::safe;

use super::rules;
use crate::adapters::AdapterSource;
use crate::config::{
    BaselineRules, DEFAULT, Feeds, GateProfile, Gates, Profile, Selector, ThresholdRules, Values,
    last,
};

/// For people.
pub(super) struct Shown<'a>(pub(super) &'a Profile);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profile = self.0;
        writeln!(f, "profile: {}", safe(&profile.source))?;
        writeln!(f, "scope: {}", safe(&profile.scope))?;
        for AdapterSource { tool, path, digest } in &profile.adapters {
            let path = path.display().to_string();
            writeln!(f, "adapter of {tool}: {} ({digest})", safe(&path))?;
        }
        let environments: Vec<_> = profile.environments.iter().map(String::as_str).collect();
        if !environments.is_empty() {
            let environments = environments.join(", ");
            writeln!(
                f,
                "environments, of which each evaluation names one: {environments}"
            )?;
        }
        for Selector {
            subject,
            scope,
            variant,
        } in &profile.selectors
        {
            let like = [("subjects", subject), ("scopes", scope)].into_iter();
            let like =
                like.filter_map(|(what, like)| Some(format!("{what} like `{}`", like.as_ref()?)));
            let like: Vec<_> = like.collect();
            writeln!(f, "variant {variant}: for {}", safe(&like.join(" and ")))?;
        }
        if let Some(path) = &profile.waivers {
            writeln!(f, "waivers: {}", safe(&path.display().to_string()))?;
        }
        for trusted in &profile.trusted {
            writeln!(f, "believes statements of {}", safe(&trusted.to_string()))?;
        }
        feeds(f, &profile.feeds)?;
        threshold_rules(f, &profile.thresholds)?;
        for name in profile.names() {
            for (gate, asked) in profile
                .gates
                .iter()
                .filter(|(gate, _)| gate.as_str() == name)
            {
                writeln!(f, "\ngate {gate}")?;
                show_gate(f, asked)?;
            }
        }
        for (variant, gates) in &profile.variants {
            for (gate, asked) in differing(&profile.gates, gates) {
                writeln!(f, "\ngate {gate} in the variant {variant}")?;
                show_gate(f, asked)?;
            }
        }
        writeln!(f, "\nThe embedded default, as a gate.toml would say it:\n")?;
        for line in DEFAULT.lines() {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// The gates of a variant that ask something else than the profile's.
fn differing<'a>(
    base: &'a Gates,
    variant: &'a Gates,
) -> impl Iterator<Item = (&'a GateName, &'a GateProfile)> {
    variant
        .iter()
        .filter(move |(gate, asked)| base.get(*gate) != Some(*asked))
}

fn feeds(f: &mut fmt::Formatter<'_>, feeds: &Feeds) -> fmt::Result {
    for (kind, path) in &feeds.files {
        writeln!(f, "feed of {kind}: {}", safe(&path.display().to_string()))?;
    }
    if let Some(age) = feeds.rules.max_age {
        writeln!(f, "takes no feed older than {age}")?;
    }
    for kind in &feeds.rules.required {
        writeln!(f, "decides nothing without a feed of {kind}")?;
    }
    Ok(())
}

fn threshold_rules(f: &mut fmt::Formatter<'_>, rules: &ThresholdRules) -> fmt::Result {
    if let Some(source) = &rules.source {
        writeln!(f, "thresholds go before the profile's: {}", safe(source))?;
    }
    if let (Some(path), Some(export)) = (&rules.snapshot, &rules.export) {
        let path = path.display().to_string();
        let age = export.max_age;
        writeln!(f, "while they can't be reached, for {age}: {}", safe(&path))?;
    }
    Ok(())
}

fn show_gate(f: &mut fmt::Formatter<'_>, asked: &GateProfile) -> fmt::Result {
    for requirement in &asked.require {
        let tool = requirement.tool.as_deref().unwrap_or("any tool");
        let least = requirement.at_least;
        writeln!(f, "  requires {least} complete report(s) of {tool}")?;
    }
    for rule in rules(&asked.report_rules) {
        writeln!(f, "  {rule}")?;
    }
    for policy in &asked.policies {
        let path = policy.path.as_ref();
        let from = path.map_or_else(String::new, |path| format!(" ({})", path.display()));
        writeln!(
            f,
            "  policy {}{}{}",
            policy.name,
            safe(&from),
            terms(policy.terms)
        )?;
    }
    for of in &asked.groups {
        writeln!(f, "  {}", group(of))?;
    }
    for rule in waiver_rules(&asked.waiver_rules) {
        writeln!(f, "  {}", safe(&rule))?;
    }
    let BaselineRules {
        file,
        only_new,
        ratchet,
    } = &asked.baseline;
    if let Some(path) = file {
        writeln!(f, "  baseline {}", safe(&path.display().to_string()))?;
    }
    if *only_new {
        writeln!(f, "  judges only what is not in the baseline")?;
    }
    if *ratchet {
        writeln!(
            f,
            "  takes no more findings of a level than the baseline has"
        )?;
    }
    for line in lines(&asked.values) {
        writeln!(f, "  {}", safe(&line))?;
    }
    let base = lines(&asked.values);
    for (environment, values) in &asked.environments {
        for line in lines(values).iter().filter(|line| !base.contains(line)) {
            writeln!(f, "  in {environment}: {}", safe(line))?;
        }
    }
    Ok(())
}

/// Each value and each bound, with its source.
fn lines(values: &Values) -> Vec<String> {
    let thresholds = last(&values.thresholds).into_iter();
    let settings = last(&values.settings).into_iter();
    let thresholds =
        thresholds.map(|(name, (value, from))| format!("{name} = {value} from {from}"));
    let settings =
        settings.map(|(name, (value, from))| format!("setting {name} = {value} from {from}"));
    let bounds = values.bounds.iter();
    let bounds =
        bounds.map(|(name, bound)| format!("{name} is {} from {}", bound.edge, bound.source));
    thresholds.chain(bounds).chain(settings).collect()
}

/// What is done with a policy's answer, where that is more than to take it.
pub(super) fn terms(terms: Terms) -> String {
    let Terms {
        enforcement,
        effective_on,
        unwaivable,
    } = terms;
    let mut text = String::new();
    if enforcement == Enforcement::Monitor {
        text += ", monitored";
    }
    if let Some(from) = effective_on {
        text += &format!(", effective on {from}");
    }
    if unwaivable {
        text += ", unwaivable";
    }
    text
}

/// A group as a line.
pub(super) fn group(group: &Group) -> String {
    let needs = match group.needs {
        Needs::All => "all",
        Needs::Any => "any",
    };
    let members: Vec<_> = group.members.iter().map(String::as_str).collect();
    format!("group {}: {needs} of {}", group.name, members.join(", "))
}

/// What a waiver may be, where the profile says it.
fn waiver_rules(rules: &WaiverRules) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(budget) = rules.budget {
        lines.push(format!("lets at most {budget} findings be waived"));
    }
    for level in Level::ALL {
        if let Some(age) = rules.longest.get(&level) {
            lines.push(format!("lets {level} findings be waived for {age}"));
        }
        if let Some(people) = rules.approvals.get(&level) {
            lines.push(format!(
                "lets {level} findings be waived by {people} approvers"
            ));
        }
    }
    for id in &rules.unwaivable {
        lines.push(format!("lets nobody waive {id}"));
    }
    lines
}

/// For programs.
pub(super) fn json(profile: &Profile) -> Value {
    let gates = profile.names().flat_map(|name| {
        profile
            .gates
            .iter()
            .filter(move |(gate, _)| gate.as_str() == name)
    });
    let adapters = profile
        .adapters
        .iter()
        .map(|adapter| json!({ "tool": adapter.tool, "component": adapter.path, "digest": adapter.digest }));
    let selectors = profile
        .selectors
        .iter()
        .map(|of| json!({ "subject": of.subject, "scope": of.scope, "variant": of.variant }));
    let variants = profile.variants.iter().map(|(variant, gates)| {
        let differing = differing(&profile.gates, gates);
        json!({ "variant": variant, "gates": differing.map(gate_json).collect::<Vec<_>>() })
    });
    json!({
        "source": profile.source,
        "scope": profile.scope,
        "adapters": adapters.collect::<Vec<_>>(),
        "environments": profile.environments,
        "selectors": selectors.collect::<Vec<_>>(),
        "waivers": profile.waivers,
        "trusted": profile.trusted,
        "feeds": profile.feeds,
        "threshold_source": profile.thresholds,
        "gates": gates.map(gate_json).collect::<Vec<_>>(),
        "variants": variants.collect::<Vec<_>>(),
    })
}

fn gate_json((gate, asked): (&GateName, &GateProfile)) -> Value {
    let policies = asked.policies.iter().map(|policy| {
        json!({
            "name": policy.name,
            "path": policy.path,
            "mode": policy.terms.enforcement,
            "effective_on": policy.terms.effective_on,
            "unwaivable": policy.terms.unwaivable,
        })
    });
    let environments = asked.environments.iter();
    let environments = environments.map(|(name, values)| (name.clone(), values_json(values)));
    let mut shown = json!({
        "gate": gate,
        "require": asked.require,
        "report_rules": asked.report_rules,
        "policies": policies.collect::<Vec<_>>(),
        "groups": asked.groups,
        "waiver_rules": asked.waiver_rules,
        "baseline": asked.baseline,
        "environments": environments.collect::<Map<_, _>>(),
    });
    if let (Value::Object(shown), Value::Object(values)) = (&mut shown, values_json(&asked.values))
    {
        shown.extend(values);
    }
    shown
}

fn values_json(values: &Values) -> Value {
    let given = |layers: &[Layer]| {
        let values = last(layers).into_iter();
        let values = values.map(|(name, (value, source))| {
            (name.to_owned(), json!({ "value": value, "source": source }))
        });
        values.collect::<Map<_, _>>()
    };
    let bounds = values.bounds.iter().map(|(name, bound)| {
        (
            name.clone(),
            json!({ "bound": bound.edge, "source": bound.source }),
        )
    });
    json!({
        "thresholds": given(&values.thresholds),
        "settings": given(&values.settings),
        "bounds": bounds.collect::<Map<_, _>>(),
    })
}
