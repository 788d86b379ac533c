//! `docs/factory.md`: each part has its row, what a row names is there, and so is each test that shows it.

use std::collections::BTreeSet;

use crate::files::{below, root, text};
use crate::iam::like;

/// The lists of the page, and how long each is.
const LISTS: [(&str, usize); 5] = [
    ("S0-", 58),
    ("S1-", 27),
    ("S2-", 19),
    ("S3-", 10),
    ("N", 28),
];

/// Where tests are, the usual place first.
const TESTS: [&str; 5] = [
    "tests/factory",
    "iac/terraform",
    "tests/it",
    "host/gate-lambda/tests",
    "host/gate-aws/src",
];

/// The cells of each row of the page.
fn rows() -> Vec<Vec<String>> {
    let page = text(&root().join("docs/factory.md"));
    let rows = page.lines().filter_map(|line| {
        let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<_> = line.split(" | ").map(str::to_owned).collect();
        let ours = LISTS.iter().any(|(list, _)| {
            let number = cells[0].strip_prefix(list);
            number.is_some_and(|number| number.starts_with(|letter: char| letter.is_ascii_digit()))
        });
        ours.then_some(cells)
    });
    rows.collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether what is quoted names a file or a folder.
fn is_path(said: &str) -> bool {
    let ends = [
        "tf", "hcl", "yaml", "yml", "sh", "json", "toml", "env", "md",
    ];
    let end = said.rsplit_once('.').map_or("", |(_, end)| end);
    !said.contains([' ', '<']) && (said.contains('/') || ends.contains(&end))
}

/// Files and folders of the project, by their paths in it.
fn paths() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let top = root()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let folders = ["iac", "host", "tests", "docs"].map(|folder| below(&root().join(folder)));
    for file in top.chain(folders.into_iter().flatten()) {
        let path = file.strip_prefix(root()).unwrap();
        let with_folders = path.ancestors().map(|path| path.display().to_string());
        paths.extend(with_folders);
    }
    paths
}

/// Whether a path of the page is there: below `iac/`, in the project, or at one place of `iac/` alone if it is cut short.
fn is_there(said: &str, paths: &BTreeSet<String>) -> bool {
    if let Some((before, rest)) = said.split_once('{') {
        let (choice, after) = rest.split_once('}').unwrap();
        let mut choices = choice.split(',');
        return choices.all(|choice| is_there(&format!("{before}{choice}{after}"), paths));
    }
    let said = said.trim_end_matches('/');
    let count = |pattern: String| paths.iter().filter(|path| like(&pattern, path)).count();
    let short = count(format!("iac/*/{said}"));
    count(format!("iac/{said}")) > 0
        || count(said.to_owned()) > 0
        || short == 1
        || (short > 1 && said.contains('*'))
}

/// Every test below a folder as `module::test`, and every module that has one.
fn tests(folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let folder = root().join(folder);
    for file in below(&folder) {
        let path = file.strip_prefix(&folder).unwrap().display().to_string();
        let module = match path.strip_suffix(".tftest.hcl") {
            Some(path) => path.replace("/tests/", "/"),
            None => {
                let ends = ["/mod.rs", "/main.rs", ".rs"];
                let Some(module) = ends.iter().find_map(|end| path.strip_suffix(end)) else {
                    continue;
                };
                module.to_owned()
            }
        };
        let module = module.replace('/', "::");
        let source = text(&file);
        for name in runs(&source).chain(functions(&source)) {
            found.insert(format!("{module}::{name}"));
            let parts = module.match_indices("::").map(|(at, _)| at);
            found.extend(
                parts
                    .chain([module.len()])
                    .map(|end| module[..end].to_owned()),
            );
        }
    }
    found
}

/// The runs of a test of Terraform.
fn runs(source: &str) -> impl Iterator<Item = &str> {
    let runs = source
        .lines()
        .filter_map(|line| line.strip_prefix("run \""));
    runs.filter_map(|rest| Some(rest.split_once('"')?.0))
}

/// The functions of Rust that are tests.
fn functions(source: &str) -> impl Iterator<Item = &str> {
    let marked = source.split("#[test]\n").skip(1);
    marked.map(|rest| {
        let name = rest
            .lines()
            .find_map(|line| line.trim().strip_prefix("fn "));
        name.unwrap().split('(').next().unwrap()
    })
}

/// Whether a name of the page, perhaps without its beginning or with `…` for its end, can stand for a test or a module.
fn stands_for(said: &str, path: &str) -> bool {
    let begins = said.strip_suffix('…');
    let mut said = begins.unwrap_or(said).rsplit("::");
    let mut path = path.rsplit("::");
    let (last, of_path) = (said.next().unwrap(), path.next().unwrap());
    let fits = match begins {
        Some(_) => of_path.starts_with(last),
        None => of_path == last,
    };
    fits && said.all(|part| path.next() == Some(part))
}

#[test]
fn every_part_has_one_row() {
    let mut named: Vec<String> = rows()
        .iter()
        .flat_map(|row| row[0].split(", ").map(str::to_owned).collect::<Vec<_>>())
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
fn paths_are_there() {
    let paths = paths();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for row in rows() {
        for said in row[1..].iter().flat_map(|cell| quoted(cell)) {
            seen += usize::from(is_path(said));
            if is_path(said) && !is_there(said, &paths) {
                wrong.push(format!("{}: `{said}`", row[0]));
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert_eq!(wrong, [""; 0], "no such path, or more than one");
}

/// A name is looked for whole in the place that stands beside it, or among the tests here. Else it is cut short, and one test
/// or module alone, of that place or of all, has such an end; or each module of Terraform, if the page says so.
#[test]
fn what_shows_a_part_is_there() {
    let places = TESTS.map(|folder| (folder, tests(folder)));
    let all: Vec<_> = places.iter().flat_map(|(_, tests)| tests).collect();
    let modules: Vec<_> = root()
        .join("iac/terraform/modules")
        .read_dir()
        .unwrap()
        .collect();
    assert!(modules.len() > 5);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for row in rows() {
        for part in row.last().unwrap().split("; ") {
            let beside = |place: &str| quoted(part).any(|said| said == place);
            let named = places.iter().find(|(place, _)| beside(place));
            let (whole, ends) = match named {
                Some((_, tests)) => (tests, &tests.iter().collect()),
                None => (&places[0].1, &all),
            };
            for said in quoted(part).filter(|said| !is_path(said) && !said.contains(' ')) {
                seen += 1;
                let found: Vec<_> = ends.iter().filter(|path| stands_for(said, path)).collect();
                let right = if part.contains("of each module") {
                    let of = |module: &str| found.iter().any(|path| path.starts_with(module));
                    modules.iter().all(|module| {
                        let name = module.as_ref().unwrap().file_name();
                        of(&format!("modules::{}::", name.to_string_lossy()))
                    })
                } else {
                    whole.contains(said) || found.len() == 1
                };
                if !right {
                    wrong.push(format!("{}: `{said}` is {found:?}", row[0]));
                }
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_name_stands_for_a_test_by_its_end() {
    for (said, fits) in [
        ("a::b::begins_so", true),
        ("b::begins_so", true),
        ("begins_so", true),
        ("b::begins_…", true),
        ("begins_", false),
        ("a::begins_so", false),
        ("x::a::b::begins_so", false),
        ("b::so", false),
        ("b", false),
    ] {
        assert_eq!(stands_for(said, "a::b::begins_so"), fits, "{said}");
    }
}
