//! What tells one source text from another without giving it away.

use gate_core::digest::to_hex;
use sha2::{Digest as _, Sha256};

/// Source text without the line numbers that some tools write before each of its lines: they are the place, and
/// no part of what stands there.
pub(super) fn without_line_numbers(text: &str) -> String {
    let stripped = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let rest = line
                .trim_start()
                .trim_start_matches(|c: char| c.is_ascii_digit());
            let numbered = rest.len() < line.trim_start().len();
            (numbered && (rest.is_empty() || rest.starts_with(' '))).then_some(rest)
        });
    let stripped: Option<Vec<&str>> = stripped.collect();
    stripped.map_or_else(|| text.to_owned(), |lines| lines.join("\n"))
}

pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Eight bits of a digest of source text that keeps its words and forgets its literals: whatever stands in quotes,
/// follows `=` or `:`, holds a digit or is long is left out. Eight bits tell the violations of one rule in one file
/// apart, almost always, and give next to nothing away of a word that was a secret all the same. `None` when fewer
/// than two words are left.
pub(super) fn shape(text: &str) -> Option<String> {
    let mut words: Vec<&str> = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        let mut value = false;
        while let Some(first) = rest.chars().next() {
            let end;
            if matches!(first, '"' | '\'' | '`') {
                let inside = rest.get(first.len_utf8()..).unwrap_or_default();
                end = inside
                    .find(first)
                    .map_or(rest.len(), |at| at + 2 * first.len_utf8());
                value = false;
            } else if first.is_alphanumeric() || first == '_' {
                end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                let word = rest.get(..end).unwrap_or_default();
                let plain = word.len() <= 20 && !word.bytes().any(|b| b.is_ascii_digit());
                if plain && !value {
                    words.push(word);
                }
                value = false;
            } else {
                value = matches!(first, '=' | ':') || (value && first.is_whitespace());
                end = first.len_utf8();
            }
            rest = rest.get(end..).unwrap_or_default();
        }
    }
    if words.len() < 2 {
        return None;
    }
    let mut hex = to_hex(&<[u8; 32]>::from(Sha256::digest(words.join(" "))));
    hex.truncate(2);
    Some(hex)
}
