//! What the tests run that is not ours: an emulator of AWS, and other people's verification of signatures. Installed into
//! `target/tools` with exact versions; nothing of it ships, and no build needs it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::run::{Result, command, root, run, target};

/// A folder of tools: what has to be there to install it, and which files say exactly what it is.
struct Tool {
    /// Its folder in `target/tools`, and in `tests/tools`.
    name: &'static str,
    /// Files of `tests/tools/<name>`, the one with the versions last.
    files: &'static [&'static str],
    install: fn(&Path) -> Result,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "python",
        files: &["requirements.txt"],
        install: python,
    },
    // Apart from each other: what several need they need in different versions.
    Tool {
        name: "scanners",
        files: &["requirements.txt"],
        install: python,
    },
    Tool {
        name: "checkov",
        files: &["requirements.txt"],
        install: python,
    },
    Tool {
        name: "node",
        files: &["package.json", "package-lock.json"],
        install: |folder| {
            let arguments = "ci --ignore-scripts --no-audit --no-fund --loglevel=error";
            run(command("npm", arguments.split(' ')).current_dir(folder))
        },
    },
    Tool {
        name: "debian",
        files: &["packages.txt"],
        install: debian,
    },
];

fn python(folder: &Path) -> Result {
    run(command("python3", ["-m", "venv"]).arg(folder))?;
    let python = folder.join("bin/python");
    let pip = "-m pip --quiet --disable-pip-version-check install --no-deps --requirement";
    let mut pip = command(&python.to_string_lossy(), pip.split(' '));
    run(pip.arg(folder.join("requirements.txt")))
}

/// Packages of the machine's own distribution, unpacked and not installed: that asks for no rights and changes nothing else.
fn debian(folder: &Path) -> Result {
    let packages = fs::read_to_string(folder.join("packages.txt"))?;
    let packages = packages.lines().filter(|line| !line.starts_with('#'));
    let mut download = command("apt-get", ["--quiet=2", "download"]);
    run(download.args(packages).current_dir(folder))?;
    for entry in fs::read_dir(folder)? {
        let package = entry?.path();
        if package.extension().is_some_and(|end| end == "deb") {
            run(command("dpkg", ["--extract"]).arg(&package).arg(folder))?;
            fs::remove_file(&package)?;
        }
    }
    Ok(())
}

/// Installs what is not there in the version that is asked for, and returns the folder. What can't be installed, as without
/// a network, is said, here and by each test that needs it; where every check has to be made, it is an error.
pub fn install() -> Result<PathBuf> {
    let folder = target().join("tools");
    fs::create_dir_all(&folder)?;
    for tool in TOOLS {
        let Err(error) = tool.install(&folder) else {
            continue;
        };
        let name = tool.name;
        if env::var_os("CI").is_some() {
            return Err(format!("installing `{name}`: {error}").into());
        }
        println!("SKIPPED: tests that need `{name}`: {error}");
        fs::write(folder.join(format!("{name}.missing")), error.to_string())?;
    }
    Ok(folder)
}

impl Tool {
    fn install(&self, tools: &Path) -> Result {
        let Self { name, files, .. } = self;
        let folder = tools.join(name);
        // Written last: a folder without it was not finished.
        let done = tools.join(format!("{name}.lock"));
        let missing = tools.join(format!("{name}.missing"));
        let asked = root().join("tests/tools").join(name);
        let lock = files.last().map_or_else(Vec::new, |file| {
            fs::read(asked.join(file)).unwrap_or_default()
        });
        if folder.is_dir() && fs::read(&done).is_ok_and(|there| there == lock) {
            return Ok(());
        }
        for file in [&done, &missing].into_iter().filter(|file| file.exists()) {
            fs::remove_file(file)?;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let install = || -> Result {
            fs::create_dir_all(&folder)?;
            for file in *files {
                fs::copy(asked.join(file), folder.join(file))?;
            }
            (self.install)(&folder)
        };
        install().inspect_err(|_| drop(fs::remove_dir_all(&folder)))?;
        Ok(fs::write(done, lock)?)
    }
}
