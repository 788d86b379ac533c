//! Each module by itself: what Terraform says of it, what its own tests say, and what all of them keep to.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use tempfile::TempDir;

use crate::files::{below, iac, text};
use crate::hcl;
use crate::tool::{Ran, plugins, run};

mod applied;
mod emulator;
mod nat;
mod readme;
mod rules;
mod validations;

/// The folders with configuration, such as `modules/network`: by listing, so that none is forgotten.
fn modules() -> BTreeSet<String> {
    let tree = iac("terraform");
    let folders = sources().into_iter().filter_map(|path| {
        let file = path.rsplit_once('/');
        file.filter(|(_, name)| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "tf")
        })
        .map(|(folder, _)| folder.to_owned())
    });
    let folders: BTreeSet<String> = folders.collect();
    assert!(folders.len() >= 8, "{}: {folders:?}", tree.display());
    folders
}

/// What stands below `iac/terraform`, without what Terraform leaves there when somebody works in it.
fn sources() -> Vec<String> {
    let tree = iac("terraform");
    let files = below(&tree).into_iter().map(|path| {
        let path = path.strip_prefix(&tree).unwrap();
        path.to_str().unwrap().to_owned()
    });
    files
        .filter(|path| !path.contains(".terraform") && !path.contains(".tfstate"))
        .collect()
}

/// The configuration of a module: the texts of its `.tf` files, with their names.
fn configuration(module: &str) -> Vec<(String, String)> {
    let inside = |path: &String| {
        path.strip_prefix(module)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|name| !name.contains('/') && name.ends_with(".tf"))
    };
    let files = sources().into_iter().filter(inside);
    files
        .map(|path| {
            let content = text(&iac("terraform").join(&path));
            (path, content)
        })
        .collect()
}

/// A module that calls no other: values that are handed on are looked at where they arrive.
fn is_leaf(module: &str) -> bool {
    let files = configuration(module);
    !files
        .iter()
        .any(|(_, text)| hcl::blocks(text).iter().any(|block| block.kind == "module"))
}

/// A copy of the whole tree: a run leaves files behind, and modules name each other by path.
fn copy() -> TempDir {
    let copy = TempDir::new().unwrap();
    for path in sources() {
        let to = copy.path().join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(iac("terraform").join(&path), to).unwrap();
    }
    copy
}

/// Terraform in a folder, that knows nothing of whoever runs the tests.
fn terraform(folder: &Path, arguments: &[&str]) -> Option<Command> {
    let mut command = Command::new(crate::tool::terraform()?);
    command
        .current_dir(folder)
        .args(arguments)
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_PROFILE");
    Some(command)
}

/// Terraform with its provider.
fn initialise(folder: &Path) -> Ran {
    let arguments = ["init", "-backend=false", "-input=false", "-no-color"];
    let mut command = terraform(folder, &arguments).unwrap();
    run(command.arg(plugins()))
}

#[test]
fn all_is_formatted() {
    let arguments = ["fmt", "-check", "-diff", "-recursive", "-no-color"];
    let Some(mut command) = terraform(&iac("terraform"), &arguments) else {
        return;
    };
    run(&mut command).success();
}

#[test]
fn each_module_is_valid_and_passes_its_tests() {
    if crate::tool::terraform().is_none() {
        return;
    }
    let tree = copy();
    let waiting = Mutex::new(modules().into_iter().collect::<Vec<_>>());
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(module) = waiting.lock().unwrap().pop() else {
                        return;
                    };
                    if let Err(said) = check(tree.path(), &module) {
                        failed.lock().unwrap().push(format!("{module}: {said}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// What Terraform has against a module.
fn check(tree: &Path, module: &str) -> Result<(), String> {
    let folder = tree.join(module);
    let pass = |ran: Ran| match ran.code {
        Some(0) => Ok(ran.stdout),
        _ => Err(format!("{}{}", ran.stdout, ran.stderr)),
    };
    pass(initialise(&folder))?;
    for arguments in [["validate", "-no-color"], ["test", "-no-color"]] {
        let said = pass(run(&mut terraform(&folder, &arguments).unwrap()))?;
        if said.contains("Warning") {
            return Err(said);
        }
        // Environments have no tests of their own: they hand on values to a module that has.
        if arguments[0] == "test" && !module.starts_with("environments/") {
            let none = said.contains("Success! 0 passed");
            if none || !said.contains("0 failed") {
                return Err(format!("nothing was tested: {said}"));
            }
        }
    }
    Ok(())
}
