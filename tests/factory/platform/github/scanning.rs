//! The step that scans the source, with real scanners over a source that would like to be left out.

use std::fs;
use std::path::Path;

use super::scripts::{bash, room, script};
use super::workflow;
use crate::files::iac;
use crate::platform::{path, program};
use crate::tool::tool;

/// Of the form of a token, and nobody's.
const TOKEN: &str = concat!("ghp_", "aB3dE6gH9jaB3dE6gH9jaB3dE6gH9jk5M7nP");

/// Runs a scanner as it is.
const SCAN: &str = "#!/usr/bin/env bash
tool=$1; shift
code=0
\"$@\" > \"$GATE_HOME/reports/$tool.report\" || code=$?
echo \"$code\" > \"$GATE_HOME/reports/$tool.exit\"
";

/// Keeps what it is asked.
const SEMGREP: &str = "#!/usr/bin/env bash
echo \"$*\" > \"$GATE_HOME/semgrep.asked\"
";

#[test]
fn the_source_does_not_say_what_is_left_out() {
    let (Some(bandit), Some(_)) = (tool("bandit"), tool("git-secrets")) else {
        return;
    };
    let room = room();
    let source = room.path().join("repository");
    let command = "import subprocess\nsubprocess.call(input(), shell=True)  # nosec\n";
    for (name, content) in [
        ("a/.tox/a.py", command),
        ("tests/b.py", command),
        (".gitignore", "*.py\n"),
        (".semgrepignore", "*\n"),
        ("tests/.semgrepignore", "*\n"),
        ("swagger.json", &format!("{{\"token\": \"{TOKEN}\"}}\n")),
        (
            "c.txt",
            &format!("token = '{TOKEN}'  # pragma: allowlist secret\n"),
        ),
    ] {
        let file = source.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    program(&room.path().join("bin/scan"), SCAN);
    program(&room.path().join("bin/semgrep"), SEMGREP);
    let programs = path(&[
        &room.path().join("bin"),
        &iac("buildspecs/toolbox/bin"),
        bandit.parent().unwrap(),
    ]);
    let scan = script(
        &workflow("gates"),
        "scan-source",
        "Scan without credentials",
    );
    let environment = [
        ("PATH", programs.to_str().unwrap()),
        ("GITHUB_WORKSPACE", source.to_str().unwrap()),
    ];
    let ran = bash(&scan, &room, &environment);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    let home = room.path().join("home");
    let text = |name: &str| fs::read_to_string(home.join(name)).unwrap();
    for (report, found) in [
        ("bandit", ["./a/.tox/a.py", "./tests/b.py"]),
        ("detect-secrets", ["swagger.json", "c.txt"]),
    ] {
        let report = text(&format!("reports/{report}.report"));
        for file in found {
            assert!(report.contains(&format!("\"{file}\"")), "{file}: {report}");
        }
    }
    let copy = home.join("source");
    assert_eq!(text("source/.semgrepignore"), "", "one that names nothing");
    assert!(!Path::new(&copy).join("tests/.semgrepignore").exists());
    for option in ["--disable-nosem", "--no-git-ignore"] {
        assert!(text("semgrep.asked").contains(option), "{option}");
    }
}
