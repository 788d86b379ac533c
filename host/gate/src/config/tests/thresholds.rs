//! Where thresholds come from beside the profile.

use super::*;

#[test]
fn the_source_is_filled_in_with_scope_and_environment() {
    let profile = |source: &str| {
        profile(&format!(
            "scope = \"shop/api\"\n[thresholds]\nsource = \"{source}\"\n"
        ))
    };
    for (source, environment, filled) in [
        (
            "ssm:/gate/{scope}/{environment}",
            Some("test"),
            Ok("ssm:/gate/shop/api/test"),
        ),
        ("ssm:/gate/shop:stable", None, Ok("ssm:/gate/shop:stable")),
        (
            "thresholds/{environment}.json",
            Some("test"),
            Ok("file:here/thresholds/test.json"),
        ),
        (
            "ssm:/gate/{environment}",
            None,
            Err("no environment was named"),
        ),
        // Neither another place nor a pin can be slipped in.
        (
            "ssm:/gate/{environment}",
            Some("test:1"),
            Err("more than letters"),
        ),
        (
            "ssm:/gate/{environment}",
            Some(""),
            Err("more than letters"),
        ),
        ("ssm:/gate/{environment}", Some("/a"), Err("is empty")),
    ] {
        let profile = profile(source);
        let seen = profile.thresholds.source(&profile.scope, environment);
        match filled {
            Ok(filled) => assert_eq!(seen.unwrap().unwrap().to_string(), filled),
            Err(why) => {
                let error = seen.unwrap_err();
                assert!(error.message().contains(why), "{source}: {error}");
                assert_eq!(error.code(), Code::ConfigInvalid);
            }
        }
    }
}

#[test]
fn what_can_not_be_meant_is_refused_before_anything_is_judged() {
    for (table, why) in [
        ("source = \"ssm:gate\"", "does not begin with `/`"),
        ("source = \"ssm:/gate/{application}\"", "more than letters"),
        ("source = \"\"", "names no file"),
        (
            "source = \"ssm:/gate\"\nsnapshot = \"t\"",
            "needs `thresholds.snapshot-key`",
        ),
        (
            "source = \"ssm:/gate\"\nmax-snapshot-age = \"1h\"",
            "limits nothing",
        ),
        (
            "source = \"t.json\"\nsnapshot = \"t\"\nsnapshot-key = \"k\"",
            "does not name it",
        ),
        ("snapshot = \"t\"\nsnapshot-key = \"k\"", "does not name it"),
        (
            "source = \"ssm:/gate\"\nsnapshot = \"\"\nsnapshot-key = \"k\"",
            "is empty",
        ),
        (
            "source = \"ssm:/gate\"\nmax-snapshot-age = \"unlimited\"\nsnapshot-key = \"k\"",
            "whole number",
        ),
    ] {
        let text = format!("format = 1\n[thresholds]\n{table}\n");
        let error = Profile::parse(Some(&text), Path::new(""), "gate.toml").unwrap_err();
        assert!(error.message().contains(why), "{table}: {error}");
    }
}
