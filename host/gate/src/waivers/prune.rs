//! A file without some of its waivers, and the difference that makes.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use crate::waivers::file::Written;

/// Lines of context around what is removed.
const CONTEXT: usize = 3;

/// The lines, from 0, that go with these waivers: from the comment directly above the header to the last value, and the
/// empty lines after it.
///
/// # Errors
/// With the waiver that is no table of its own, so that no lines are its alone.
pub(crate) fn lines_of(
    text: &str,
    written: &[Written],
    gone: &BTreeSet<String>,
) -> Result<BTreeSet<usize>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let line_at = |byte: usize| text.get(..byte).unwrap_or(text).matches('\n').count();
    let mut removed = BTreeSet::new();
    for waiver in written {
        if !gone.contains(&waiver.waiver.id) {
            continue;
        }
        let header = text.get(waiver.span.clone()).unwrap_or_default();
        if !header.starts_with("[[") {
            return Err(waiver.waiver.id.clone());
        }
        let range: Range<usize> = line_at(waiver.span.start)..line_at(waiver.span.end) + 1;
        let is_comment = |at: &usize| {
            lines
                .get(*at)
                .is_some_and(|l| l.trim_start().starts_with('#'))
        };
        let is_empty = |at: &usize| lines.get(*at).is_some_and(|l| l.trim().is_empty());
        removed.extend((0..range.start).rev().take_while(is_comment));
        removed.extend((range.end..lines.len()).take_while(is_empty));
        removed.extend(range);
    }
    Ok(removed)
}

/// The text without some of its lines; line ends stay as they are.
pub(crate) fn without(text: &str, removed: &BTreeSet<usize>) -> String {
    let kept = text.split_inclusive('\n').enumerate();
    kept.filter(|(at, _)| !removed.contains(at))
        .map(|(_, line)| line)
        .collect()
}

/// The removal as a unified diff.
pub(crate) fn diff(name: &str, text: &str, removed: &BTreeSet<usize>) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let near = |at: usize| {
        let from = at.saturating_sub(CONTEXT);
        removed
            .range(from..=at.saturating_add(CONTEXT))
            .next()
            .is_some()
    };
    let shown: Vec<usize> = (0..lines.len()).filter(|at| near(*at)).collect();
    let mut diff = format!("--- {name}\n+++ {name}\n");
    let mut gone = 0;
    for hunk in shown.chunk_by(|a, b| a + 1 == *b) {
        let Some(first) = hunk.first() else { continue };
        let old = hunk.len();
        let lost = hunk.iter().filter(|at| removed.contains(at)).count();
        // A part without lines is numbered by the line before it.
        let start = first - gone + usize::from(old > lost);
        let _ = writeln!(diff, "@@ -{},{old} +{start},{} @@", first + 1, old - lost);
        for at in hunk {
            let line = lines.get(*at).copied().unwrap_or_default();
            diff.push(if removed.contains(at) { '-' } else { ' ' });
            diff.push_str(line);
            if !line.ends_with('\n') {
                diff.push_str("\n\\ No newline at end of file\n");
            }
        }
        gone += lost;
    }
    diff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waivers::file::read;

    fn entry(id: &str) -> String {
        format!(
            "[[waiver]]\nid = \"{id}\"\nowner = \"a\" # who\napproved-by = [\"b\"]\nreason = \"\"\"\nlong\ntext\"\"\"\n\
            ticket = \"T-1\"\ncreated = 2026-01-01T00:00:00Z\nexpires = 2026-02-01T00:00:00Z\n[waiver.match]\n\
            rule = \"B101\"\npath = \"src/**\" # where\n"
        )
    }

    fn pruned(text: &str, gone: &[&str]) -> Result<String, String> {
        let written = read(text, "2026-01-10T00:00:00Z".parse().unwrap()).unwrap();
        let gone = gone.iter().map(|id| (*id).to_owned()).collect();
        Ok(without(text, &lines_of(text, &written, &gone)?))
    }

    #[test]
    fn the_rest_stays_byte_for_byte() {
        let (one, two, three) = (entry("w1"), entry("w2"), entry("w3"));
        let head = "# accepted risks\r\nformat = 1 # ours\n\n# a note for all\n\n";
        let text = format!("{head}# of one\n{one}\n\n# of two\n{two}\n# the end\n\n{three}");
        for (gone, left) in [
            (&[][..], text.clone()),
            (
                &["w1"],
                format!("{head}# of two\n{two}\n# the end\n\n{three}"),
            ),
            (
                &["w2"],
                format!("{head}# of one\n{one}\n\n# the end\n\n{three}"),
            ),
            (&["w1", "w2", "w3"], format!("{head}# the end\n\n")),
            (
                &["w3"],
                format!("{head}# of one\n{one}\n\n# of two\n{two}\n# the end\n\n"),
            ),
        ] {
            assert_eq!(pruned(&text, gone).unwrap(), left, "{gone:?}");
        }
    }

    #[test]
    fn what_has_no_lines_of_its_own_is_left_to_people() {
        let inline = "format = 1\nwaiver = [{ id = \"w1\", owner = \"a\", approved-by = [\"b\"], reason = \"r\", \
            ticket = \"t\", created = 2026-01-01T00:00:00Z, expires = 2026-02-01T00:00:00Z, \
            match = { rule = \"B101\", path = \"src/**\" } }]\n";
        assert_eq!(pruned(inline, &["w1"]), Err("w1".to_owned()));
    }

    #[test]
    fn a_diff_has_context_and_counts() {
        let text = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl";
        assert_eq!(
            diff("w", text, &BTreeSet::from([1, 11])),
            "--- w\n+++ w\n@@ -1,5 +1,4 @@\n a\n-b\n c\n d\n e\n@@ -9,4 +8,3 @@\n i\n j\n k\n-l\n\\ No newline at end of file\n"
        );
        assert_eq!(
            diff("w", "a\n", &BTreeSet::from([0])),
            "--- w\n+++ w\n@@ -1,1 +0,0 @@\n-a\n"
        );
    }
}
