//! `docs/factory.md`: each part has its row, and what a row says shows it is there.

use std::collections::BTreeSet;

use crate::files::{below, root, text};

/// The lists of the page, and how long each is.
const LISTS: [(&str, usize); 5] = [
    ("S0-", 58),
    ("S1-", 27),
    ("S2-", 19),
    ("S3-", 10),
    ("N", 28),
];

/// The rows of the page: their first cell and their last one.
fn rows() -> Vec<(String, String)> {
    let page = text(&root().join("docs/factory.md"));
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<_> = line
            .strip_prefix("| ")?
            .strip_suffix(" |")?
            .split(" | ")
            .collect();
        let first = cells.first()?;
        let ours = LISTS.iter().any(|(list, _)| {
            let number = first.strip_prefix(list);
            number.is_some_and(|number| number.starts_with(|letter: char| letter.is_ascii_digit()))
        });
        ours.then(|| ((*first).to_owned(), (*cells.last().unwrap()).to_owned()))
    });
    rows.collect()
}

#[test]
fn every_part_has_one_row() {
    let mut named: Vec<String> = rows()
        .iter()
        .flat_map(|(row, _)| row.split(", ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    named.sort();
    let mut expected: Vec<String> = LISTS
        .iter()
        .flat_map(|(list, length)| (1..=*length).map(move |number| format!("{list}{number:02}")))
        .collect();
    expected.sort();
    assert_eq!(named, expected);
}

#[test]
fn what_shows_a_part_is_there() {
    let mut tests = String::new();
    let mut names = BTreeSet::new();
    for folder in [
        "tests",
        "host/gate-lambda",
        "host/gate-aws/src",
        "iac/terraform",
    ] {
        for path in below(&root().join(folder)) {
            let end = path.extension().and_then(|end| end.to_str());
            if end == Some("rs") || end == Some("hcl") {
                tests += &text(&path);
                let name = path.file_name().and_then(|name| name.to_str());
                names.extend(
                    name.and_then(|name| name.split('.').next())
                        .map(str::to_owned),
                );
                let folder = path.parent().and_then(|folder| folder.file_name());
                names.extend(folder.map(|name| name.to_string_lossy().into_owned()));
            }
        }
    }
    for (row, shown) in rows() {
        // What stands between backticks: modules and tests with `::` between them, or a path.
        for said in shown.split('`').skip(1).step_by(2) {
            if said.contains(['/', ' ', '.', '-']) {
                continue;
            }
            for part in said.split("::") {
                let begins = part.trim_end_matches('…');
                let there = names.contains(part)
                    || tests.contains(&format!("fn {begins}"))
                    || tests.contains(&format!("run \"{begins}"));
                assert!(there, "{row}: there is no `{part}` of `{said}`");
            }
        }
    }
}
