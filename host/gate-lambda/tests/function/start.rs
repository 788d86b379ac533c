//! Before the first event: what is wrong ends the function, and Lambda is told why.

use std::fs;

use crate::lambda::Lambda;
use crate::package::Package;

#[test]
fn a_function_that_is_set_up_wrongly_says_so_and_never_asks_for_an_event() {
    for (variable, value, why) in [
        ("GATE_FUNCTION", None, "GATE_FUNCTION"),
        ("GATE_FUNCTION", Some("both"), "GATE_FUNCTION"),
        ("GATE_FUNCTION", Some("verify"), "GATE_REQUIRE"),
        ("GATE_ENVIRONMENT", None, "GATE_ENVIRONMENT"),
        ("GATE_EVIDENCE", Some("evidence"), "GATE_EVIDENCE"),
        (
            "IMAGE_REPOSITORY",
            Some("docker.io/shop"),
            "IMAGE_REPOSITORY",
        ),
        ("AWS_REGION", Some("us-east-1"), "IMAGE_REPOSITORY"),
        ("AWS_SECRET_ACCESS_KEY", None, "AWS_SECRET_ACCESS_KEY"),
        ("GATE_THRESHOLDS", Some(""), "GATE_THRESHOLDS"),
        ("GATE_PUBLISH", Some("maybe"), "GATE_PUBLISH"),
    ] {
        let package = Package::new();
        let mut command = package.command();
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
        let (said, success) = Lambda::start(&mut command).init_error();
        assert!(said.contains(why), "{variable}={value:?}: {said}");
        assert!(!success, "{variable}={value:?}");
    }
}

#[test]
fn a_package_without_its_program_or_its_profile_does_not_start() {
    for missing in ["gate", "gate.toml"] {
        let package = Package::new();
        fs::remove_file(package.path(missing)).unwrap();
        let (said, success) = package.events().init_error();
        assert_eq!(said, format!("`{missing}` is not in the package"));
        assert!(!success);
    }
}
