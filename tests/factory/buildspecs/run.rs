//! Buildspecs, run by bash with stand-ins for everything that they call.

use serde_json::json;

use crate::buildspecs::runner::{Session, run_in};

/// The runner itself: what it says of phases holds for each way in which commands share what they set.
#[test]
fn phases_run_as_codebuild_runs_them() {
    let path = std::env::var("PATH").unwrap();
    let table = [
        // A build that fails goes on to post_build, and is told so.
        (None, "false", "install build finally post_build:0 ", false),
        (Some("ABORT"), "false", "install build finally ", false),
        (Some("ABORT"), "exit 3", "install build finally ", false),
        (None, "true", "install build finally post_build:1 ", true),
    ];
    for session in [Session::One, Session::Each] {
        for (on_failure, command, expected, succeeds) in table {
            let folder = tempfile::tempdir().unwrap();
            let note = folder.path().join("note");
            let say = |word: &str| format!("printf '{word} ' >> '{}'", note.display());
            let buildspec = json!({
                "env": {"variables": {"A": "b"}, "exported-variables": ["OUT", "NEVER"]},
                "phases": {
                    "install": {"commands": [say("install"), "OUT=\"$A $C\" && export OUT", "cd /"]},
                    "build": {
                        "on-failure": on_failure,
                        "commands": [say("build"), command],
                        "finally": [say("finally")],
                    },
                    "post_build": {
                        "commands": [format!("printf 'post_build:%s ' \"$CODEBUILD_BUILD_SUCCEEDING\" >> '{}'", note.display()), "pwd"],
                    },
                },
            });
            let environment = [
                ("PATH".to_owned(), path.clone()),
                ("C".to_owned(), "d".to_owned()),
            ];
            let build = run_in(session, &buildspec, &environment, folder.path());
            assert_eq!(
                build.succeeded, succeeds,
                "{session:?} {command}: {}",
                build.log
            );
            assert_eq!(
                std::fs::read_to_string(&note).unwrap(),
                expected,
                "{session:?} {command}"
            );
            if command != "exit 3" {
                assert_eq!(
                    build.exported.get("OUT").map(String::as_str),
                    Some("b d"),
                    "{session:?}"
                );
            }
            assert!(!build.exported.contains_key("NEVER"));
            assert!(
                !succeeds || build.log.contains("[post_build]\n/\n"),
                "{}",
                build.log
            );
        }
    }
}
