//! From the text of a guest to its component. `tests/guests/README.md` says how a text is put together.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// Builds a guest of a folder that has a `scaffold.wat`, for the contract of another folder.
pub(crate) fn build(folder: &Path, contract: &Path, name: &str) -> Vec<u8> {
    let read = |name: &str| fs::read_to_string(folder.join(name).with_extension("wat")).unwrap();
    let text = read(name);
    let has = |beginning: &str| text.lines().any(|line| line.starts_with(beginning));
    if has("(component") || has("(module") {
        let whole = wat::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        // Sections of a component follow each other as they please; 8 bytes are the header.
        return if has(";; beside: honest") {
            [&build(folder, contract, "honest"), &whole[8..]].concat()
        } else {
            whole
        };
    }
    let module = on_scaffold(&text, &read("scaffold"));
    let module = wat::parse_str(module).unwrap_or_else(|error| panic!("{name}: {error}"));
    // A guest that wants more than the contract brings a world of its own.
    let own = folder.join(name).with_extension("wit");
    let (resolve, world) = world(contract, own.exists().then_some(&own));
    encode(module, &resolve, world).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The world of a contract, or of a file beside it.
pub(crate) fn world(contract: &Path, own: Option<&Path>) -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    let (mut package, _) = resolve.push_dir(contract).unwrap();
    if let Some(own) = own {
        package = resolve.push_path(own).unwrap().0;
    }
    let world = resolve.select_world(&[package], None).unwrap();
    (resolve, world)
}

/// A component of a world, around a module that has what the world names.
pub(crate) fn encode(
    mut module: Vec<u8>,
    resolve: &Resolve,
    world: WorldId,
) -> Result<Vec<u8>, String> {
    let text = |error| format!("{error:?}");
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).map_err(text)?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true);
    let encoded = encoder.module(&module).and_then(ComponentEncoder::encode);
    encoded.map_err(text)
}

/// A module of a guest's blocks, and of the scaffold's where the guest has none. Imports come first, as the text
/// form demands, and then the memory that everybody means who names none.
pub(crate) fn on_scaffold(guest: &str, scaffold: &str) -> String {
    let defined: BTreeSet<_> = guest.lines().filter_map(definition).collect();
    let kept = scaffold.split("\n\n").filter(|block| {
        let own = block.lines().find_map(definition);
        own.is_none_or(|own| !defined.contains(&own))
    });
    let mut blocks: Vec<&str> = guest.split("\n\n").chain(kept).collect();
    let has = |block: &str, beginning| block.lines().any(|line| line.starts_with(beginning));
    // Stable: all other blocks stay in order.
    blocks.sort_by_key(|block| (!has(block, "(import "), !has(block, "(memory $memory ")));
    format!("(module\n{}\n)", blocks.join("\n\n"))
}

/// What a line defines: its kind and name, such as `(func` and `$finish`.
fn definition(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    let (kind, name) = (words.next()?, words.next()?);
    (kind.starts_with('(') && name.starts_with('$')).then_some((kind, name))
}
