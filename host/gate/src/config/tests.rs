//! The profile, and what is refused of it.

use gate_core::composition::Needs;
use gate_core::request::{Enforcement, Requirement, Terms};

use super::*;

mod layers;
mod mistakes;

/// The profile of a text that may leave `format` out.
fn profile(text: &str) -> Profile {
    let text = format!("format = 1\n{text}");
    Profile::parse(Some(&text), Path::new("here"), "gate.toml")
        .unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// What a gate asks where no variant is selected.
fn gate<'a>(profile: &'a Profile, name: &str) -> &'a GateProfile {
    profile
        .gates
        .iter()
        .find(|(gate, _)| gate.as_str() == name)
        .unwrap()
        .1
}

#[test]
fn the_embedded_profile_has_the_standard_gates() {
    let profile = Profile::parse(None, Path::new(""), "default").unwrap();
    assert_eq!(profile.names().collect::<Vec<_>>(), STANDARD_GATES);
    let image = gate(&profile, "image");
    assert_eq!(image.policies.len(), 4);
    assert_eq!(
        image.require,
        [Requirement {
            tool: None,
            at_least: 1
        }]
    );
}

#[test]
fn what_a_file_does_not_say_is_as_in_the_embedded_profile() {
    let profile = profile("[gates.image]\npolicies = [\"secret-in-source\"]\n");
    assert_eq!(gate(&profile, "image").policies.len(), 1);
    assert_eq!(gate(&profile, "image").require.len(), 1);
    assert_eq!(gate(&profile, "sca").policies.len(), 4);
}

#[test]
fn what_a_gate_asks_of_its_reports_is_its_own_then_the_defaults() {
    let text = "[defaults]\nmax-report-age = \"7d\"\nallow-quarantined = 2\nrequire-subject-match = true\n\
        [gates.image]\nmax-report-age = \"24h\"\nallow-quarantined = 0\n\
        [gates.sast]\nmax-report-age = \"unlimited\"\naccepts = [\"scan\", \"measurement\"]\n\
        [gates.sbom]\nrequire-subject-match = false\n";
    let profile = profile(text);
    for (name, accepts, age, quarantined, matched) in [
        ("image", "Scan", Some("1d"), 0, true),
        ("sast", "Scan, Measurement", None, 2, true),
        // The embedded profile's own word for this gate holds where the file says nothing else.
        ("sbom", "Inventory", Some("7d"), 2, false),
        ("sca", "Scan", Some("7d"), 2, true),
    ] {
        let rules = &gate(&profile, name).report_rules;
        assert_eq!(
            format!("{:?}", rules.accepts),
            format!("{{{accepts}}}"),
            "{name}"
        );
        let seen = rules.max_age.map(|age| age.to_string());
        assert_eq!(seen.as_deref(), age, "{name}");
        let seen = (rules.allow_quarantined, rules.require_subject_match);
        assert_eq!(seen, (quarantined, matched), "{name}");
    }
}

#[test]
fn a_policy_is_a_name_or_a_table_with_its_terms() {
    let text = "[gates.image]\npolicies = [\"severity-over-budget\", \
        { name = \"fixable-vulnerability\", mode = \"monitor\", effective-on = \"2027-01-01T01:00:00+01:00\", unwaivable = true }, \
        { name = \"secret-in-source\", effective-on = 2027-01-01T00:00:00Z }]\n";
    let profile = profile(text);
    let from = "2027-01-01T00:00:00Z".parse().ok();
    let terms = |enforcement, effective_on, unwaivable| Terms {
        enforcement,
        effective_on,
        unwaivable,
    };
    let expected = [
        (
            "fixable-vulnerability",
            terms(Enforcement::Monitor, from, true),
        ),
        ("secret-in-source", terms(Enforcement::Enforce, from, false)),
        ("severity-over-budget", Terms::default()),
    ];
    let seen = gate(&profile, "image")
        .policies
        .iter()
        .map(|policy| (&*policy.name, policy.terms));
    assert_eq!(seen.collect::<Vec<_>>(), expected);
}

#[test]
fn groups_are_of_policies_and_of_groups() {
    let text = "[gates.image.groups]\n\
        either = { any = [\"fixable-vulnerability\", \"both\"] }\n\
        [gates.image.groups.both]\nall = [\"severity-over-budget\", \"secret-in-source\"]\n";
    let profile = profile(text);
    let groups = gate(&profile, "image")
        .groups
        .iter()
        .map(|group| (&*group.name, group.needs));
    assert_eq!(
        groups.collect::<Vec<_>>(),
        [("both", Needs::All), ("either", Needs::Any)]
    );
    assert!(gate(&profile, "sca").groups.is_empty());
}

#[test]
fn files_lie_beside_the_profile_and_rules_are_whole() {
    let text = "[waivers]\nfile = \"waivers.toml\"\nbudget = 10\nlongest = { critical = \"7d\" }\n\
        approvals = { critical = 2 }\nunwaivable = [\"CVE-2021-44228\"]\n\
        [gates.image.waivers]\nbudget = 3\n\
        [gates.image.baseline]\nfile = \"image.json\"\nonly-new = true\n\
        [vex]\ntrusted = [\"Vendor Security\"]\n\
        [feeds]\nkev = \"feeds/kev.feed\"\nmax-age = \"7d\"\nrequired = [\"kev\"]\n";
    let profile = profile(text);
    assert_eq!(
        profile.waivers.as_deref(),
        Some(Path::new("here/waivers.toml"))
    );
    let [image, sca] = ["image", "sca"].map(|name| gate(&profile, name));
    assert_eq!(
        [&image.waiver_rules, &sca.waiver_rules].map(|rules| rules.budget),
        [Some(3), Some(10)]
    );
    assert_eq!(image.waiver_rules.longest, sca.waiver_rules.longest);
    assert_eq!(
        image.baseline.file.as_deref(),
        Some(Path::new("here/image.json"))
    );
    assert_eq!(
        (image.baseline.only_new, image.baseline.ratchet),
        (true, false)
    );
    assert_eq!(sca.baseline, BaselineRules::default());
    let trusted: Vec<_> = profile.trusted.iter().map(ToString::to_string).collect();
    assert_eq!(trusted, ["Vendor Security"]);
    assert_eq!(
        profile.feeds.files.values().collect::<Vec<_>>(),
        [Path::new("here/feeds/kev.feed")]
    );
    assert_eq!(profile.feeds.rules.required.len(), 1);
}

/// The page that documents the profile.
const PAGE: &str = include_str!("../../../../docs/profile.md");

#[test]
fn the_examples_of_the_documentation_are_profiles() {
    let examples: Vec<&str> = PAGE
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() > 3);
    for example in examples {
        profile(example.strip_prefix("format = 1\n").unwrap_or(example));
    }
}

#[test]
fn every_key_is_documented() {
    for table in [
        "",
        "[defaults]\n",
        "[environments.a]\n",
        "[environments.a.gates.image]\n",
        "[[select]]\n",
        "[variants.a]\n",
        "[policies.a]\n",
        "[adapters.a]\n",
        "[waivers]\n",
        "[gates.image.waivers]\n",
        "[gates.image.baseline]\n",
        "[vex]\n",
        "[feeds]\n",
        "[publish]\n",
        "[signing]\n",
        "[verify]\n",
        "[[verify.trusted]]\n",
        "[evidence]\n",
        "[[gates.image.policies]]\n",
        "[[gates.image.require]]\n",
    ] {
        let text = format!("format = 1\n{table}surprise = 1\n");
        let error = Profile::parse(Some(&text), Path::new(""), "gate.toml").unwrap_err();
        let (_, keys) = error.message().split_once("expected ").unwrap();
        for key in keys.split('`').skip(1).step_by(2) {
            let documented =
                PAGE.contains(&format!("`{key}`")) || PAGE.contains(&format!(".{key}`"));
            assert!(documented, "{table}`{key}`");
        }
    }
}
