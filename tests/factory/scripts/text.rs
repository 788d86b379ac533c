//! The scripts as texts: what the shell and its linter say of them, and what they must not do.

use std::process::Command;

use crate::files::{below, iac, root, text};
use crate::tool::{run, tool};

fn scripts() -> Vec<std::path::PathBuf> {
    let mut scripts = below(&iac("lib"));
    scripts.extend([
        iac("deploy"),
        iac("destroy"),
        root().join("tests/factory/scripts/stand-in.bash"),
    ]);
    assert!(scripts.len() > 8);
    scripts
}

#[test]
fn the_shell_can_read_them() {
    for script in scripts() {
        run(Command::new("bash").arg("-n").arg(&script)).success();
    }
}

#[test]
fn the_linter_has_nothing_to_say() {
    let Some(shellcheck) = tool("shellcheck") else {
        return;
    };
    // With what they source: a function of one file is used in another.
    for script in [
        iac("deploy"),
        iac("destroy"),
        root().join("tests/factory/scripts/stand-in.bash"),
    ] {
        run(Command::new(&shellcheck)
            .args(["--severity=style", "--external-sources", "--check-sourced"])
            .arg(&script))
        .success();
    }
}

/// Each is left out for a reason that can be read in its place; what the shell would hide is written nowhere.
#[test]
fn nothing_is_hidden() {
    for script in scripts() {
        let text = text(&script);
        let name = script.display();
        for (number, line) in text.lines().enumerate() {
            let code = line.split(" # ").next().unwrap().trim();
            if code.starts_with('#') {
                assert!(
                    !line.contains("shellcheck disable=") || line.matches('#').count() > 1,
                    "{name}:{number}: no reason"
                );
                continue;
            }
            for bad in [
                "eval ",
                "source <",
                "set +e",
                "|| :",
                "curl ",
                "wget ",
                "AWS_SECRET",
                "set -x",
            ] {
                assert!(!code.contains(bad), "{name}:{}: `{bad}`", number + 1);
            }
            // The failure of a command there is not seen.
            assert!(!code.contains("< <("), "{name}:{}", number + 1);
        }
    }
    for script in [iac("deploy"), iac("destroy")] {
        assert!(text(&script).contains("set -euo pipefail\nshopt -s inherit_errexit\n"));
    }
    // Neither state nor evidence is ever removed.
    let destroy = text(&iac("destroy"));
    for bad in [
        "state rm",
        " rm -",
        "s3 rb",
        "delete-bucket",
        "bypass-governance",
        "--force",
    ] {
        assert!(!destroy.contains(bad), "{bad}");
    }
}

#[test]
fn help_says_every_option() {
    for (script, steps) in [("deploy", true), ("destroy", false)] {
        let said = run(Command::new(iac(script))
            .arg("--help")
            .env("PATH", "/usr/bin:/bin"))
        .success();
        let source = text(&iac(script));
        let options: Vec<&str> = source
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with('-') && line.contains(')') && !line.contains("\\"))
            .flat_map(|line| line.split(')').next().unwrap().split(" | "))
            .collect();
        assert!(options.len() >= 6, "{options:?}");
        for option in options {
            assert!(said.contains(option), "{option}: {said}");
        }
        assert!(
            said.lines().all(|line| line.chars().count() <= 120),
            "{said}"
        );
        if steps {
            let contract = crate::files::json(&iac("contract.json"));
            for stack in contract["stacks"].as_array().unwrap() {
                assert!(said.contains(stack.as_str().unwrap()), "{said}");
            }
        }
        // Both forms, and a wrong one that says where to look.
        assert_eq!(run(Command::new(iac(script)).arg("-h")).success(), said);
        let wrong = run(Command::new(iac(script)).arg("--nothing"));
        assert_eq!(wrong.code, Some(2));
        assert!(
            wrong.stderr.contains(&format!("iac/{script} --help")),
            "{wrong:?}"
        );
    }
}
