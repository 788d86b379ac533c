//! The guests of `tests/guests/`.

#[path = "../../../tests/it/guests/build.rs"]
pub(crate) mod build;

use std::fs;
use std::path::PathBuf;

use crate::gate::{files_below, workspace};

fn folder() -> PathBuf {
    workspace().join("tests/guests")
}

/// The component of a guest.
pub(crate) fn component(name: &str) -> Vec<u8> {
    build::build(&folder(), &workspace().join("wit"), name)
}

/// The components of all guests, in order of name.
pub(crate) fn components() -> Vec<Vec<u8>> {
    names().iter().map(|name| component(name)).collect()
}

/// The modules of the guests that are on the scaffold and know nothing but the contract, in order of name.
pub(crate) fn modules() -> Vec<Vec<u8>> {
    let scaffold = fs::read_to_string(folder().join("scaffold.wat")).unwrap();
    let names = names().into_iter();
    let texts = names.filter_map(|name| {
        let path = folder().join(name);
        let text = fs::read_to_string(path.with_extension("wat")).unwrap();
        let has = |beginning: &str| text.lines().any(|line| line.starts_with(beginning));
        let whole = has("(component") || has("(module") || path.with_extension("wit").exists();
        (!whole).then_some(text)
    });
    texts
        .map(|text| wat::parse_str(build::on_scaffold(&text, &scaffold)).unwrap())
        .collect()
}

/// The module of an honest guest: what any other has to import and to export.
pub(crate) fn honest_module() -> Vec<u8> {
    let scaffold = fs::read_to_string(folder().join("scaffold.wat")).unwrap();
    wat::parse_str(build::on_scaffold("", &scaffold)).unwrap()
}

fn names() -> Vec<String> {
    let files = files_below(&folder()).into_iter();
    let guests = files.filter(|path| {
        path.extension().is_some_and(|extension| extension == "wat")
            && path.parent() == Some(&folder())
            && !path.ends_with("scaffold.wat")
    });
    guests
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}
