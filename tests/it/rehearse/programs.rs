//! Other people's programs for a rehearsal: the real ones where they are installed, else stand-ins.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::application::put;
use crate::aws::skipped;
use crate::gate::{target, workspace};

/// What is always played: it would need a network, a daemon, a database or a user of the toolbox.
const PLAYED: [&str; 8] = [
    "aws", "chown", "docker", "semgrep", "setpriv", "syft", "trivy", "zap.sh",
];

/// What is real where it is installed.
const SCANNERS: [&str; 3] = ["bandit", "detect-secrets", "git-secrets"];

/// Two folders: `bin`, which goes before all others on `PATH`, and `tools`, where stand-ins find the real program.
pub(super) struct Programs {
    bin: PathBuf,
    played: Vec<&'static str>,
}

impl Programs {
    /// `None`, said on stderr, where something is missing that nothing plays.
    pub(super) fn new(folder: &Path) -> Option<Self> {
        for needed in ["bash", "curl", "git", "jq", "sha256sum", "tar"] {
            if program(needed).is_none() {
                skipped(format!("`{needed}` is not installed"));
                return None;
            }
        }
        let Some(aws) = program("aws") else {
            skipped("the command line of AWS is not installed");
            return None;
        };
        let (bin, tools) = (folder.join("bin"), folder.join("tools"));
        let stand_ins = workspace().join("tests/it/rehearse/stand-ins");
        put(&stand_ins, &bin);
        fs::create_dir_all(&tools).unwrap();
        symlink(aws, tools.join("aws")).unwrap();
        let mut played = PLAYED.to_vec();
        for name in SCANNERS {
            match program(name) {
                Some(real) => wrap(&real, &bin.join(name)),
                None => played.push(name),
            }
        }
        Some(Self { bin, played })
    }

    /// skopeo is real only with a registry to push to.
    pub(super) fn skopeo(&mut self, real: Option<&Path>) {
        match real {
            Some(real) => wrap(real, &self.bin.join("skopeo")),
            None => self.played.push("skopeo"),
        }
    }

    /// Whether each program that can be had was.
    pub(super) fn all_real(&self) -> bool {
        let played: Vec<_> = SCANNERS
            .iter()
            .chain(&["skopeo"])
            .filter(|name| self.played.contains(name))
            .collect();
        if !played.is_empty() {
            skipped(format!("not installed, and played: {played:?}"));
        }
        played.is_empty()
    }

    /// For `PATH`: these, the toolbox's, the machine's.
    pub(super) fn path(&self) -> String {
        let toolbox = workspace().join("iac/buildspecs/toolbox/bin");
        let machine = env::var("PATH").unwrap();
        format!("{}:{}:{machine}", self.bin.display(), toolbox.display())
    }
}

/// A program, from the folder of tools or from `PATH`.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    let tools = env::var_os("GATE_TOOLS").map_or_else(|| target().join("tools"), PathBuf::from);
    let installed =
        ["python", "scanners", "debian/usr"].map(|folder| tools.join(folder).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = installed.into_iter().chain(env::split_paths(&path));
    folders.find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()))
}

/// A program under another path, with the libraries that were unpacked beside it, if it was.
fn wrap(real: &Path, to: &Path) {
    let libraries = match real.ancestors().nth(2) {
        // Of the machine's own programs the machine knows where they are.
        Some(usr) if usr != Path::new("/usr") => unpacked(&usr.join("lib")),
        _ => None,
    };
    let libraries = libraries.map(|folder| format!("LD_LIBRARY_PATH='{}' ", folder.display()));
    let libraries = libraries.unwrap_or_default();
    let script = format!(
        "#!/usr/bin/env bash\n{libraries}exec '{}' \"$@\"\n",
        real.display()
    );
    // What lies there is a stand-in, perhaps as a link.
    let _none = fs::remove_file(to);
    fs::write(to, script).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The folder of libraries in `lib` that is named after a machine, such as `x86_64-linux-gnu`.
fn unpacked(lib: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(lib).ok()?;
    let mut folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    folders.find(|folder| folder.to_string_lossy().ends_with("-linux-gnu"))
}
