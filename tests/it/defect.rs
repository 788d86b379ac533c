//! What becomes of a gate that fails itself.

use std::fs;

use serde_json::Value;

use crate::gate::{Folder, Ran, report};

/// Each thread would need more memory than there are addresses, so that none can be started, which a program like this
/// one can't do without.
const NO_THREADS: (&str, &str) = ("RUST_MIN_STACK", "1000000000000000");

#[test]
fn a_panic_is_an_error_that_says_where_and_nothing_else() {
    let folder = Folder::new();
    let text = fs::read_to_string(report("gitleaks/findings.json")).unwrap();
    let findings: Vec<Value> = serde_json::from_str(&text).unwrap();
    // A report of a megabyte is read on two threads.
    let findings: Vec<_> = findings.iter().cycle().take(2_000).collect();
    folder.file("many.json", serde_json::to_string(&findings).unwrap());
    fs::copy(
        report("gitleaks/clean.json"),
        folder.path().join("few.json"),
    )
    .unwrap();
    let commands: [&[&str]; 2] = [
        &["evaluate", "secrets", "--report", "gitleaks=few.json"],
        &["normalize", "--report", "gitleaks=many.json"],
    ];
    for arguments in commands {
        let ran = |variables: &[(&str, &str)]| {
            Ran::of(folder.command(arguments).envs(variables.iter().copied()))
        };
        assert_eq!(ran(&[]).code, 0);
        let broken = ran(&[NO_THREADS]);
        assert_eq!((broken.code, &*broken.stdout), (3, ""), "{broken:?}");
        let lines: Vec<_> = broken.stderr.lines().collect();
        let [place, error, help] = lines[..] else {
            panic!("three lines expected: {broken:?}")
        };
        assert!(place.starts_with("defect at "), "{place}");
        assert_eq!(
            error,
            "error[gate::defect]: the program itself failed; no answer of it counts"
        );
        assert!(help.starts_with("  help: "), "{help}");
    }
}
