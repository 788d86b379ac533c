//! Texts of which only a part is sensitive. Each function gives `None` when there is no such part.

use crate::normalize::Address;

/// The text with `[redacted]` for every word of 40 or more hexadecimal digits; `None` when there is none.
pub(super) fn without_digests(text: &str) -> Option<String> {
    let is_digest = |word: &str| word.len() >= 40 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let words = || {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| is_digest(word))
    };
    words().next()?;
    Some(words().fold(text.to_owned(), |text, digest| {
        text.replace(digest, "[redacted]")
    }))
}

/// The text with `[redacted]` for what it quotes; `None` when it quotes nothing. Quotations are not matched one by
/// one: source text may hold quotation marks of its own.
pub(super) fn without_quotes(text: &str, colon: bool) -> Option<String> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut marks = text.char_indices().filter(|(at, c)| {
        let before = text.get(..*at).and_then(|head| head.chars().next_back());
        let after = text
            .get(at + c.len_utf8()..)
            .and_then(|tail| tail.chars().next());
        match c {
            '"' | '`' | '\u{2018}'..='\u{201F}' | '\u{AB}' | '\u{BB}' => true,
            // `don't` quotes nothing.
            '\'' => !(letter(before) && letter(after)),
            ':' => colon && after.is_none_or(char::is_whitespace),
            _ => false,
        }
    });
    let (first, mark) = marks.next()?;
    let head = text.get(..first).unwrap_or_default();
    if mark == ':' {
        return Some(format!("{head}: [redacted]"));
    }
    // What follows the last mark is the message's own again, unless a colon came: then nothing is.
    let mut last = None;
    for (at, mark) in marks {
        last = Some((at, mark));
        if mark == ':' {
            break;
        }
    }
    let tail = match last {
        Some((at, mark)) if mark != ':' => text.get(at + mark.len_utf8()..).unwrap_or_default(),
        _ => "",
    };
    Some(format!("{head}[redacted]{tail}"))
}

/// A web address with `[redacted]` for what can hold a credential; `None` when there is nothing of the kind.
pub(super) fn without_credentials(address: &str) -> Option<String> {
    let hide = |part: &str| {
        if part.is_empty() { "" } else { "[redacted]" }
    };
    let Address {
        scheme,
        host,
        path,
        rest,
    } = Address::of(address);
    let mut replaced = scheme.to_owned();
    match host.rsplit_once('@') {
        Some((user, host)) => {
            replaced.push_str(hide(user));
            replaced.push('@');
            replaced.push_str(host);
        }
        None => replaced.push_str(host),
    }
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            replaced.push('/');
        }
        let mut parts = segment.split(';');
        replaced.push_str(parts.next().unwrap_or_default());
        for parameter in parts {
            replaced.push(';');
            match parameter.split_once('=') {
                Some((name, value)) => {
                    replaced.push_str(name);
                    replaced.push('=');
                    replaced.push_str(hide(value));
                }
                None => replaced.push_str(parameter),
            }
        }
    }
    if let Some(mark) = rest.chars().next() {
        replaced.push(mark);
        replaced.push_str(hide(rest.get(1..).unwrap_or_default()));
    }
    (replaced != address).then_some(replaced)
}
