//! Compiled code from one run to the next: what is in the cache never shows in an answer, and nothing that somebody
//! else put there is run.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use crate::gate::{Folder, Ran, files_below, report};
use crate::guests::component;

/// A folder with a policy that is not part of the program, and the program's answer about it.
struct Policy {
    folder: Folder,
    answer: Ran,
}

impl Policy {
    fn new() -> Self {
        let folder = Folder::new();
        folder.file("honest.wasm", component("honest"));
        let mut command = folder.command(&INSPECT);
        let answer = Ran::of(command.env("GATE_CACHE", "off"));
        assert_eq!(answer.code, 0, "{answer:?}");
        Self { folder, answer }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn command(&self) -> Command {
        let mut command = self.folder.command(&INSPECT);
        command.env("GATE_CACHE_DIR", self.cache());
        command
    }

    /// Runs the program with the cache; its answer is what it is without.
    fn inspect(&self) {
        self.inspect_with(&mut self.command());
    }

    fn inspect_with(&self, command: &mut Command) {
        let ran = Ran::of(command);
        assert_eq!(format!("{ran:?}"), format!("{:?}", self.answer));
    }

    /// The one entry.
    fn entry(&self) -> PathBuf {
        let [entry] = &entries(&self.cache())[..] else {
            panic!("one entry expected in {:?}", self.cache())
        };
        entry.clone()
    }
}

const INSPECT: [&str; 5] = ["policy", "inspect", "honest.wasm", "--format", "json"];

fn entries(cache: &Path) -> Vec<PathBuf> {
    let files = files_below(cache).into_iter();
    files
        .filter(|path| path.extension().is_some_and(|e| e == "code"))
        .collect()
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn code_is_kept_for_the_user_alone_and_used_again() {
    let policy = Policy::new();
    policy.inspect();
    let entry = policy.entry();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&policy.cache()), 0o700);
    assert_eq!(mode(&policy.cache().join("secret")), 0o600);
    assert_eq!(mode(&entry), 0o600);

    // It is not written again, which is all that can be seen of it.
    let made = fs::metadata(&entry).unwrap().ino();
    policy.inspect();
    assert_eq!(fs::metadata(policy.entry()).unwrap().ino(), made);
}

#[test]
fn an_entry_that_is_damaged_is_compiled_again() {
    let policy = Policy::new();
    policy.inspect();
    let entry = policy.entry();
    let whole = fs::read(&entry).unwrap();
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 1;
    let longer = [&whole[..], b"more"].concat();
    for damaged in [&[][..], &whole[..31], &whole[..middle], &flipped, &longer] {
        fs::write(&entry, damaged).unwrap();
        policy.inspect();
        // The compiler gives the same code each time.
        assert!(fs::read(&entry).unwrap() == whole);
    }
}

#[test]
fn an_entry_that_somebody_else_vouches_for_is_compiled_again() {
    let (policy, other) = (Policy::new(), Policy::new());
    policy.inspect();
    other.inspect();
    let own = fs::read(policy.entry()).unwrap();
    assert_eq!(policy.entry().file_name(), other.entry().file_name());
    fs::copy(other.entry(), policy.entry()).unwrap();
    policy.inspect();
    assert!(fs::read(policy.entry()).unwrap() == own);

    // With another secret, nothing of before is believed.
    let secret = policy.cache().join("secret");
    fs::copy(other.cache().join("secret"), &secret).unwrap();
    chmod(&secret, 0o600);
    policy.inspect();
    assert!(fs::read(policy.entry()).unwrap() == fs::read(other.entry()).unwrap());
}

#[test]
fn an_entry_of_another_component_is_compiled_again() {
    let policy = Policy::new();
    policy.inspect();
    let honest = policy.entry();
    let own = fs::read(&honest).unwrap();
    fs::remove_file(&honest).unwrap();
    let fails = policy.folder.file("fails.wasm", component("honest-fail"));
    let mut command = policy.folder.command(&["policy", "inspect"]);
    Ran::of(command.arg(fails).env("GATE_CACHE_DIR", policy.cache()));
    fs::rename(policy.entry(), &honest).unwrap();
    policy.inspect();
    assert!(fs::read(&honest).unwrap() == own);
}

#[test]
fn what_others_can_read_or_write_is_not_used() {
    let policy = Policy::new();
    policy.inspect();
    let (cache, entry, secret) = (
        policy.cache(),
        policy.entry(),
        policy.cache().join("secret"),
    );
    let whole = fs::read(&entry).unwrap();

    // An entry is made again, as a file of the user alone.
    chmod(&entry, 0o666);
    policy.inspect();
    assert_eq!(fs::metadata(&entry).unwrap().mode() & 0o777, 0o600);
    // A secret that somebody has seen is none.
    chmod(&secret, 0o644);
    policy.inspect();
    assert_eq!(fs::metadata(&secret).unwrap().mode() & 0o777, 0o600);
    assert!(fs::read(&entry).unwrap() != whole);
    // A directory is left as it is.
    for mode in [0o755, 0o770, 0o1777] {
        chmod(&cache, mode);
        fs::remove_file(policy.entry()).unwrap();
        policy.inspect();
        assert_eq!(entries(&cache).len(), 0, "{mode:o}");
        chmod(&cache, 0o700);
        policy.inspect();
    }
}

/// Whoever runs the tests without being root can't give a directory away.
#[test]
fn a_directory_of_somebody_else_is_not_used() {
    let policy = Policy::new();
    policy.inspect();
    let mine = fs::metadata(policy.cache()).unwrap().uid();
    let foreign = if std::os::unix::fs::chown(policy.cache(), Some(mine + 1), None).is_ok() {
        fs::remove_file(policy.entry()).unwrap();
        policy.cache()
    } else {
        PathBuf::from("/")
    };
    policy.inspect_with(policy.command().env("GATE_CACHE_DIR", &foreign));
    let names = fs::read_dir(&foreign).unwrap().map(|e| e.unwrap().path());
    assert_eq!(
        names
            .filter(|path| path.extension().is_some_and(|e| e == "code"))
            .count(),
        0
    );
}

#[test]
fn links_are_not_followed() {
    let policy = Policy::new();
    policy.inspect();
    let (cache, entry) = (policy.cache(), policy.entry());
    let elsewhere = policy.folder.path().join("elsewhere");
    fs::rename(&entry, &elsewhere).unwrap();
    symlink(&elsewhere, &entry).unwrap();
    policy.inspect();
    assert!(fs::symlink_metadata(&entry).unwrap().is_file());

    let moved = policy.folder.path().join("moved");
    fs::rename(&cache, &moved).unwrap();
    symlink(&moved, &cache).unwrap();
    fs::remove_file(policy.entry()).unwrap();
    policy.inspect();
    assert_eq!(entries(&moved).len(), 0);
}

#[test]
fn several_processes_share_a_cache() {
    let policy = Policy::new();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| policy.inspect());
        }
    });
    // One entry, the secret, and nothing that was left over.
    policy.entry();
    assert_eq!(fs::read_dir(policy.cache()).unwrap().count(), 2);
    policy.inspect();
}

#[test]
fn there_is_a_cache_where_the_environment_says_so() {
    let policy = Policy::new();
    let home = policy.folder.path().join("home");
    let xdg = policy.folder.path().join("xdg");
    let run = |variables: &[(&str, &Path)]| {
        let mut command = policy.folder.command(&INSPECT);
        command.envs(variables.iter().copied());
        policy.inspect_with(&mut command);
    };
    run(&[("HOME", &home), ("GATE_CACHE", Path::new("off"))]);
    assert!(!home.exists());
    run(&[("HOME", &home)]);
    assert_eq!(entries(&home.join(".cache/gate")).len(), 1);
    run(&[("HOME", &home), ("XDG_CACHE_HOME", &xdg)]);
    assert_eq!(entries(&xdg.join("gate")).len(), 1);

    let ran = Ran::of(policy.folder.command(&INSPECT).env("GATE_CACHE", "no"));
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .starts_with("error[gate::config-invalid]: `GATE_CACHE=no`: expected `off`\n")
    );
}

/// Two policies that are not part of the program: compiled, kept, and asked again on replay.
#[test]
fn a_verdict_is_the_same_with_code_that_was_kept() {
    let folder = Folder::new();
    let mut profile = "format = 1\n[gates.sast]\npolicies = [\"one\", \"two\"]\n".to_owned();
    for (name, guest) in [("one", "honest"), ("two", "honest-fail")] {
        folder.file(&format!("{name}.wasm"), component(guest));
        profile += &format!("[policies.{name}]\npath = \"{name}.wasm\"\n");
    }
    folder.file("gate.toml", profile);
    let path = report("bandit/findings.json");
    let evaluate = || {
        let given = format!("bandit={}", path.display());
        let arguments = [
            "evaluate",
            "sast",
            "--report",
            &given,
            "--evidence",
            "evidence",
        ];
        let mut command = folder.command(&arguments);
        command.args(["--at", "9000-01-01T00:00:00Z"]);
        Ran::of(command.env("GATE_CACHE_DIR", "cache"))
    };
    let compiled = evaluate();
    assert_eq!(compiled.code, 1, "{compiled:?}");
    assert_eq!(entries(&folder.path().join("cache")).len(), 2);
    let kept = evaluate();
    assert_eq!(format!("{kept:?}"), format!("{compiled:?}"));
    // The same verdict has the same name.
    let [record] = &files_below(&folder.path().join("evidence/records"))[..] else {
        panic!("one record expected: {kept:?}")
    };
    for cache in ["cache", "another"] {
        let mut command = folder.command(&["replay"]);
        let ran = Ran::of(command.arg(record).env("GATE_CACHE_DIR", cache));
        assert!(ran.stdout.starts_with("reproduced: "), "{ran:?}");
        assert_eq!(entries(&folder.path().join(cache)).len(), 2);
    }
}
