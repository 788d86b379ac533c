//! Each folder says what it is for, and what goes in and comes out. Its tables are written with `BLESS=1`.

use std::env;
use std::fmt::Write as _;
use std::fs;

use super::hcl::{Block, blocks};
use super::{configuration, modules};
use crate::files::{iac, text};

#[test]
fn readmes_name_what_goes_in_and_comes_out() {
    for module in modules() {
        let path = iac("terraform").join(&module).join("README.md");
        let readme = text(&path);
        let (prose, _) = readme
            .split_once("\n## Inputs\n")
            .unwrap_or((readme.trim_end(), ""));
        let expected = format!("{}\n\n{}", prose.trim_end(), tables(&module));
        if env::var_os("BLESS").is_some() {
            fs::write(&path, expected).unwrap();
        } else {
            assert_eq!(readme, expected, "{module}: BLESS=1 writes it");
        }
        let begins = prose.starts_with("# ") && prose.len() > 200;
        assert!(begins, "{module}: a title, and what it is for");
    }
}

fn tables(module: &str) -> String {
    let files = configuration(module);
    let blocks: Vec<Block<'_>> = files.iter().flat_map(|(_, text)| blocks(text)).collect();
    let of = |kind: &'static str| blocks.iter().filter(move |block| block.kind == kind);
    let what = |block: &Block<'_>| {
        let said = block.quoted("description");
        let said =
            said.unwrap_or_else(|| panic!("{module}: {:?} has no description", block.labels));
        said.replace("\\\"", "\"").replace('|', "\\|")
    };

    let mut tables = String::from("## Inputs\n\n| name | default | what |\n| --- | --- | --- |\n");
    for block in of("variable") {
        let default = match block.argument("default") {
            None => "needed".to_owned(),
            Some(long @ ("{" | "[" | "(")) => format!("`{long}…`"),
            Some(value) => format!("`{}`", value.replace('|', "\\|")),
        };
        writeln!(
            tables,
            "| `{}` | {default} | {} |",
            block.labels[0],
            what(block)
        )
        .unwrap();
    }
    if of("output").next().is_some() {
        tables += "\n## Outputs\n\n| name | what |\n| --- | --- |\n";
        for block in of("output") {
            writeln!(tables, "| `{}` | {} |", block.labels[0], what(block)).unwrap();
        }
    }
    tables
}
