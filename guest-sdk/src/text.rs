//! Words for people: what a message repeats of a report stays short.

/// How many names a list has.
const NAMED: usize = 5;

/// How many bytes of a name a list repeats. A text of a report can have any length, one of an answer can't: one that is
/// too long would make the outcome `error`.
const REPEATED: usize = 100;

/// Names as a list: `` `a`, `b` and 3 more ``. It has five of them at most, and of each what a message can hold, so
/// that it stays below 600 bytes whatever stands in a report.
#[must_use]
pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    let mut rest = 0_usize;
    for (at, name) in names.into_iter().enumerate() {
        if at >= NAMED {
            rest += 1;
            continue;
        }
        if at > 0 {
            list.push_str(", ");
        }
        let (beginning, cut) = name.split_at(name.floor_char_boundary(REPEATED));
        list.push('`');
        list.push_str(beginning);
        if !cut.is_empty() {
            list.push('…');
        }
        list.push('`');
    }
    if rest > 0 {
        list.push_str(&format!(" and {rest} more"));
    }
    list
}

/// A number and what there is of it: `1 finding`, `2 findings`.
#[must_use]
pub fn number_of(number: usize, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_names_stays_short() {
        for (names, list) in [
            (vec![], ""),
            (vec!["a"], "`a`"),
            (vec!["a", "b", "c", "d", "e"], "`a`, `b`, `c`, `d`, `e`"),
            (
                vec!["a", "b", "c", "d", "e", "f", "g"],
                "`a`, `b`, `c`, `d`, `e` and 2 more",
            ),
        ] {
            assert_eq!(named(names), list);
        }
        let long = "é".repeat(5000);
        let list = named([&*long; 9]);
        assert!(list.len() < 600, "{}", list.len());
        assert!(list.starts_with("`éé") && list.contains("é…`, `é"));
    }
}
