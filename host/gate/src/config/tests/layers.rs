//! Which place in a profile a value comes from.

use super::*;

/// A profile in which every place sets `max-low`, and each a name of its own.
const EVERY_PLACE: &str = r#"
scope = "pay-api"
[defaults.thresholds]
max-low = 1
[gates.image.thresholds]
max-low = 3
[environments.production.thresholds]
max-low = 5
[environments.production.gates.image.thresholds]
max-low = 7
[environments.staging]
[[select]]
subject = "registry.example/payments/*"
variant = "strict"
[[select]]
subject = "registry.example/**"
scope = "pay-*"
variant = "pay"
[variants.strict.defaults.thresholds]
max-low = 2
[variants.strict.gates.image.thresholds]
max-low = 4
[variants.strict.environments.production.thresholds]
max-low = 6
[variants.strict.environments.production.gates.image.thresholds]
max-low = 8
[variants.pay.gates.sca]
policies = ["severity-over-budget"]
"#;

fn subject(name: &str) -> Subject {
    Subject {
        name: name.to_owned(),
        digest: None,
    }
}

/// The sources of a threshold from the lowest layer to the one that holds, and the variant.
fn sources(
    profile: &Profile,
    gate: &str,
    environment: &str,
    of: &str,
) -> (Vec<String>, Option<String>) {
    let asked = profile
        .asked(gate, Some(environment), Some(&subject(of)))
        .unwrap();
    let naming = asked
        .values
        .thresholds
        .iter()
        .filter(|layer| layer.values.contains_key("max-low"));
    let sources = naming.map(|layer| layer.source.clone()).collect();
    (sources, asked.variant.map(str::to_owned))
}

#[test]
fn a_later_layer_goes_before_an_earlier_one_and_each_is_named() {
    let profile = profile(EVERY_PLACE);
    let base = ["profile defaults", "profile gates.image"];
    let strict = [
        "profile defaults",
        "profile variants.strict defaults",
        "profile gates.image",
        "profile variants.strict gates.image",
        "profile environments.production",
        "profile variants.strict environments.production",
        "profile environments.production.gates.image",
        "profile variants.strict environments.production.gates.image",
    ];
    for (gate, environment, of, expected, variant) in [
        ("image", "staging", "other.example/shop", &base[..], None),
        ("sca", "staging", "other.example/shop", &base[..1], None),
        (
            "image",
            "production",
            "other.example/shop",
            &[
                "profile defaults",
                "profile gates.image",
                "profile environments.production",
                "profile environments.production.gates.image",
            ],
            None,
        ),
        (
            "sca",
            "production",
            "other.example/shop",
            &["profile defaults", "profile environments.production"],
            None,
        ),
        (
            "image",
            "production",
            "registry.example/payments/api",
            &strict,
            Some("strict"),
        ),
        (
            "image",
            "staging",
            "registry.example/payments/api",
            &strict[..4],
            Some("strict"),
        ),
        // The second selector: neither subject nor scope alone would do.
        (
            "image",
            "staging",
            "registry.example/shop/api",
            &base[..],
            Some("pay"),
        ),
    ] {
        let (seen, chosen) = sources(&profile, gate, environment, of);
        assert_eq!(seen, expected, "{gate} {environment} {of}");
        assert_eq!(chosen.as_deref(), variant, "{gate} {environment} {of}");
    }
}

#[test]
fn a_variant_lies_over_the_tables_of_the_profile() {
    let profile = profile(EVERY_PLACE);
    let shop = subject("registry.example/shop/api");
    let asked = |gate| {
        profile
            .asked(gate, Some("staging"), Some(&shop))
            .unwrap()
            .profile
    };
    assert_eq!(asked("sca").policies.len(), 1);
    assert_eq!(asked("image"), gate(&profile, "image"));
}

#[test]
fn all_bounds_hold_together() {
    let text = "[defaults.bounds]\nmax-high = { at-most = 5 }\nmax-low = { at-most = 9 }\n\
        [gates.image.bounds]\nmax-high = { at-most = 9 }\nmax-low = { at-most = 7 }\n\
        [environments.production.bounds]\nmax-high = { at-most = 2 }\n\
        [environments.staging.bounds]\nmax-high = { at-most = 20 }\n";
    let profile = profile(text);
    let bound = |environment, name: &str| {
        let asked = profile.asked("image", Some(environment), None).unwrap();
        let bound = &asked.values.bounds[name];
        format!("{} from {}", bound.edge, bound.source)
    };
    assert_eq!(
        bound("production", "max-high"),
        "at most 2 from profile environments.production"
    );
    assert_eq!(
        bound("staging", "max-high"),
        "at most 5 from profile defaults"
    );
    assert_eq!(
        bound("production", "max-low"),
        "at most 7 from profile gates.image"
    );
}

#[test]
fn what_is_asked_depends_on_nothing_that_was_left_out() {
    let variants = profile(EVERY_PLACE);
    let without = profile("");
    let environments = profile("[environments.production]\n[environments.staging]\n");
    let scope = profile(
        "scope = \"pay-api\"\n[[select]]\nscope = \"pay-*\"\nvariant = \"pay\"\n\
         [[select]]\nsubject = \"a/*\"\nvariant = \"a\"\n[variants.pay]\n[variants.a]\n",
    );
    for (profile, environment, named, expected) in [
        (&without, None, None, Ok((None, None))),
        (
            &without,
            Some("anywhere"),
            None,
            Ok((Some("anywhere"), None)),
        ),
        (&without, Some(" "), None, Err("`--environment` is empty")),
        (
            &environments,
            None,
            None,
            Err("say `--environment` with one of production, staging"),
        ),
        (
            &environments,
            Some("prod"),
            None,
            Err("the profile has no environment `prod`"),
        ),
        (
            &environments,
            Some("staging"),
            None,
            Ok((Some("staging"), None)),
        ),
        (
            &variants,
            Some("staging"),
            None,
            Err("name it with `--subject"),
        ),
        (&scope, None, None, Ok((None, Some("pay")))),
    ] {
        let subject: Option<Subject> = named;
        let asked = profile.asked("image", environment, subject.as_ref());
        match (asked, expected) {
            (Ok(asked), Ok(expected)) => assert_eq!((asked.environment, asked.variant), expected),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            other => panic!("{other:?}"),
        }
    }
}
