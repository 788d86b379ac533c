//! What the toolbox does around scanners: no credentials, no word of the repository, one copy of the source.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::buildspecs::toolbox::{bin, program, with};
use crate::files::{self, iac, text};
use crate::tool::{run, tool};

#[test]
fn a_scanner_gets_no_credentials_and_no_rights() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note");
    // Stand in for what needs rights that a test may not have.
    program(
        folder.path(),
        "chown",
        &format!("echo \"chown $1\" >> '{}'", note.display()),
    );
    let setpriv = format!(
        "{{ echo \"setpriv $*\"; env; }} >> '{}'\nwhile [[ $1 == -* ]]; do shift; done\nexec \"$@\"",
        note.display()
    );
    program(folder.path(), "setpriv", &setpriv);
    let mut command = bin("without-credentials");
    command
        .args(["A=b c", "bash", "-c", "env; touch \"$HOME/kept\"; exit 7"])
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .env(
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "/v2/credentials/1",
        )
        .env("AWS_SESSION_TOKEN", "token")
        .env("GATE_SIGN", "awskms:///alias/gate");
    let ran = run(&mut command);
    // How it ended is handed on.
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(
        ran.stdout.contains("\nA=b c\n") || ran.stdout.starts_with("A=b c\n"),
        "{ran:?}"
    );
    let note = text(&note);
    for word in ["AWS_", "GATE_", "token"] {
        assert!(
            !ran.stdout.contains(word) && !note.contains(word),
            "{word}: {ran:?} {note}"
        );
    }
    for word in [
        "chown scanner",
        "--reuid=scanner",
        "--regid=scanner",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
    ] {
        assert!(note.contains(word), "{word}: {note}");
    }
    // Its home goes with it.
    let home = ran
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("HOME="))
        .unwrap();
    assert!(!Path::new(home).exists(), "{home}");
    assert_eq!(run(&mut bin("without-credentials")).code, Some(64));
}

#[test]
fn a_user_that_is_not_there_is_no_scan() {
    // Nobody falls back to root: this machine has no such user, and no rights are left.
    let folder = tempfile::tempdir().unwrap();
    program(
        folder.path(),
        "setpriv",
        "echo \"setpriv: failed to parse reuid\" >&2\nexit 1",
    );
    let mark = folder.path().join("ran");
    let mark = mark.to_str().unwrap();
    for chown in ["exit 0", "exit 1"] {
        program(folder.path(), "chown", chown);
        let ran = with(folder.path(), "without-credentials", &["touch", mark]);
        assert_eq!(ran.code, Some(1), "{chown}: {ran:?}");
        assert!(!Path::new(mark).exists(), "{chown}: it ran all the same");
    }
}

#[test]
fn the_source_has_one_digest_and_is_copied_whole() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let take = |source: &str, to: &str| {
        fs::create_dir_all(place(to)).unwrap();
        let mut command = bin("take-source");
        run(command.arg(place(source)).arg(place(to))).success()
    };
    for source in ["one", "two"] {
        fs::create_dir_all(place(source).join("a/.git")).unwrap();
        fs::create_dir_all(place(source).join(".git")).unwrap();
        fs::write(place(source).join(".git/HEAD"), source).unwrap();
        fs::write(place(source).join("a/.git/inner"), "x").unwrap();
        fs::write(place(source).join("a/-rf b"), "text").unwrap();
        symlink("/etc/passwd", place(source).join("link")).unwrap();
    }
    fs::set_permissions(
        place("two").join("a/-rf b"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let first = take("one", "t");
    assert!(
        first.starts_with("sha256:") && first.trim().len() == 71,
        "{first}"
    );
    // Not by when, whose, or what Git says of it.
    assert_eq!(first, take("two", "u"));
    // Readable for whoever scans, and nothing of before.
    let copy = place("u").join("source/a/-rf b");
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    assert!(
        !place("u").join("source/.git").exists() && place("u").join("source/a/.git/inner").exists()
    );
    fs::write(place("one").join("new"), "").unwrap();
    let more = take("one", "t");
    assert_ne!(first, more);
    fs::remove_file(place("one").join("new")).unwrap();
    assert_eq!(first, take("one", "t"));
    assert!(!place("t").join("source/new").exists());
}

#[test]
fn git_secrets_is_not_told_what_to_allow() {
    if tool("git-secrets").is_none() || tool("git").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::create_dir_all(&source).unwrap();
    let scan = || run(bin("git-secrets-scan").arg(&source));
    let clean = scan();
    assert_eq!(
        (clean.code, clean.stdout.as_str()),
        (Some(0), ""),
        "{clean:?}"
    );

    let table = [
        format!("key = \"{}{}\"", "AKIA", "Q3EGRNOBODY00001"),
        // With an example key on the same line, which git-secrets allows by itself.
        format!(
            "key = \"{}{}\" # {}IOSFODNN7EXAMPLE",
            "AKIA", "Q3EGRNOBODY00001", "AKIA"
        ),
        format!("{} = \"hunter2secret\"", "password"),
        format!("{} = 'abcdefgh'", "API_KEY"),
    ];
    fs::write(source.join(".gitallowed"), ".*\n").unwrap();
    for line in table {
        fs::write(source.join("a.py"), format!("{line}\n")).unwrap();
        let ran = scan();
        assert_eq!(ran.code, Some(1), "{line}: {ran:?}");
        assert!(ran.stdout.starts_with("./a.py:1:"), "{line}: {ran:?}");
        assert!(
            ran.stdout
                .contains("[ERROR] Matched one or more prohibited patterns"),
            "{ran:?}"
        );
    }
    // Without patterns it says that all is well; so it is not asked.
    let blind = folder.path().join("toolbox");
    fs::create_dir_all(blind.join("bin")).unwrap();
    fs::create_dir_all(blind.join("etc")).unwrap();
    fs::write(blind.join("etc/git-secrets.config"), "").unwrap();
    let script = blind.join("bin/git-secrets-scan");
    let scan = iac("buildspecs/toolbox/bin/git-secrets-scan");
    files::program(&script, &text(&scan));
    let ran = run(Command::new(script).arg(&source));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(70), ""), "{ran:?}");
}

/// The scanners themselves, called as the buildspecs call them: a repository can't tell them to look away.
#[test]
fn what_the_repository_says_to_scanners_is_not_heard() {
    let folder = tempfile::tempdir().unwrap();
    let code = format!(
        "import subprocess\nsubprocess.call('ls', shell=True)  # nosec\nkey = '{}{}'  # pragma: allowlist secret\n",
        "AKIA", "Q3EGRNOBODY00001"
    );
    let hidden = folder.path().join("a/.tox/swagger.py");
    fs::create_dir_all(hidden.parent().unwrap()).unwrap();
    for file in [&hidden, &folder.path().join("a.py")] {
        fs::write(file, &code).unwrap();
    }
    fs::write(
        folder.path().join(".bandit"),
        "[bandit]\nskips: B602\nexclude: /\n",
    )
    .unwrap();
    let table = [
        ("build", "bandit", "B602"),
        ("secrets", "detect-secrets", "AWS Access Key"),
    ];
    for (buildspec, scanner, expected) in table {
        let Some(program) = tool(scanner) else {
            continue;
        };
        let buildspec = text(&iac(&format!("buildspecs/{buildspec}.yml")));
        let call = format!("scan {scanner} ");
        let line = buildspec
            .lines()
            .find_map(|line| line.trim().strip_prefix(&call))
            .unwrap();
        let bin = iac("buildspecs/toolbox/bin");
        let path = [&bin, program.parent().unwrap(), Path::new("/usr/bin:/bin")];
        let path = path.map(|folder| folder.display().to_string()).join(":");
        let mut bash = Command::new("bash");
        bash.args(["-c", line]).env("PATH", path);
        let ran = run(bash.current_dir(folder.path()));
        for said in [expected, "a.py", "a/.tox/swagger.py"] {
            assert!(ran.stdout.contains(said), "{line}: {said}: {ran:?}");
        }
    }
}
