//! `cargo dev package`: the package of the functions in AWS Lambda, the same bytes for the same files.
//!
//! It is for the kind of machine that makes it: the program has its policies inside, compiled for that machine. So the one
//! for arm64 is made on arm64.

mod zip;

use std::fs;
use std::path::{Path, PathBuf};

use gate_core::digest::Digest;

use crate::build::build;
use crate::run::{Result, command, root, run, target};
use zip::Entry;

/// The newest functions of the C library that there are where the functions run (Amazon Linux 2023).
const GLIBC: u32 = 34;

/// What goes into a package.
#[derive(clap::Args)]
pub struct Options {
    /// The folder of the profile, with its keys and waivers.
    #[arg(long, default_value = "iac/profile")]
    profile: PathBuf,
    /// A program that is built, instead of building it.
    #[arg(long)]
    gate: Option<PathBuf>,
}

/// Builds both programs and packs them with the profile.
pub fn package(options: &Options) -> Result {
    let gate = match &options.gate {
        Some(gate) => root().join(gate),
        None => build()?,
    };
    let build = ["build", "--quiet", "--release", "--package", "gate-lambda"];
    run(&mut command("cargo", build))?;
    let own = target().join("release").join("gate-lambda");
    let profile = root().join(&options.profile);
    let mut entries = vec![executable("bootstrap", &own)?, executable("gate", &gate)?];
    let mut files = Vec::new();
    below(&profile, &mut files)?;
    for file in files {
        let name = file.strip_prefix(&profile)?.to_string_lossy().into_owned();
        if ["bootstrap", "gate"].contains(&&*name) {
            return Err(format!("`{}` would take a program's place", file.display()).into());
        }
        let bytes = fs::read(&file)?;
        entries.push(Entry {
            name,
            bytes,
            executable: false,
        });
    }
    if !entries.iter().any(|entry| entry.name == "gate.toml") {
        return Err(format!("`{}` has no gate.toml", profile.display()).into());
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let bytes = zip::write(&entries)?;
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    let folder = target().join("package");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("function-{machine}.zip"));
    fs::write(&path, &bytes)?;
    for entry in &entries {
        println!("{}  {}", Digest::of(&entry.bytes).hex(), entry.name);
    }
    println!("{}  {}", Digest::of(&bytes).hex(), path.display());
    Ok(())
}

fn executable(name: &str, path: &Path) -> Result<Entry> {
    let bytes = fs::read(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let needed = glibc(&bytes);
    if needed > GLIBC {
        let what = format!(
            "`{}` needs glibc 2.{needed}, and there is 2.{GLIBC} where functions run; build it on Amazon Linux 2023",
            path.display()
        );
        return Err(what.into());
    }
    Ok(Entry {
        name: name.to_owned(),
        bytes,
        executable: true,
    })
}

/// The newest version of the C library that a program names: `GLIBC_2.NN`.
fn glibc(program: &[u8]) -> u32 {
    const NAME: &[u8] = b"GLIBC_2.";
    let named = program
        .windows(NAME.len() + 2)
        .filter(|window| window.starts_with(NAME));
    let minor = named.filter_map(|window| {
        let digits = std::str::from_utf8(&window[NAME.len()..]).ok()?;
        digits
            .trim_end_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .ok()
    });
    minor.max().unwrap_or(0)
}

/// All files in a folder and below.
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> Result {
    let entries = fs::read_dir(folder);
    let entries = entries.map_err(|error| format!("`{}`: {error}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            below(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        } else {
            return Err(format!("`{}` is neither file nor folder", entry.path().display()).into());
        }
    }
    Ok(())
}
