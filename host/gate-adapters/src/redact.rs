//! Redaction: what is secret or may be is replaced before any adapter sees it.
//!
//! Each adapter names the keys whose texts hold secrets or source text. While the report streams in, those
//! texts are replaced by markers; the adapter, the findings and the kept twin of the report hold only markers.
//! A marker may carry a token that tells one secret from another without giving it away:
//!
//! ```text
//! [redacted]                                   nothing more is known
//! [redacted hmac:<32 hex digits>]              keyed digest of the text (HMAC-SHA-256, cut to 128 bits)
//! [redacted shape:<16 hex digits>]             digest of source text without its literals
//! ```
//!
//! A number that stands where a secret may stand becomes `0`. The keyed digest needs the project's key. A plain digest of a secret is never made: short secrets could be
//! guessed from it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use gate_core::digest::to_hex;

/// A key of the report whose texts are replaced, at any depth, with all texts below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensitive {
    /// The key, exactly as the tool writes it.
    pub key: &'static str,
    /// Only in an object under this key, itself or in a list; anywhere when absent.
    pub under: Option<&'static str>,
    /// What its texts are.
    pub kind: Kind,
}

/// What a sensitive text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A secret, or a line around one.
    Secret,
    /// Source text, which may hold anything.
    Source,
    /// A message that quotes a secret after one of these beginnings; other messages are left alone.
    After(&'static [&'static str]),
    /// A text in which a plain digest of a secret may stand: SHA-1 or longer, from which a weak secret can be
    /// guessed. Only the digests are replaced.
    Digests,
    /// Known to be none, although the key, or what it stands below, is sensitive elsewhere. Only a text or a number
    /// itself is spared, nothing in a list or an object.
    Spared,
    /// A message that may quote source text: from its first quotation mark to its last one it is replaced, and,
    /// where messages quote so, all that follows a colon.
    Quotes {
        /// Whether a colon begins a quotation, too.
        colon: bool,
    },
    /// A web address: what can hold a credential in it is replaced, so that host and path stay readable. It is the
    /// user information, the query, the fragment and the values of path parameters (`;jsessionid=…`).
    Address,
}

/// What a text is that is named by its own key and by one around it: whatever hides more of it, and of two kinds
/// that leave something, its own.
pub(crate) fn stronger(around: Option<Kind>, own: Option<Kind>) -> Option<Kind> {
    match (around, own) {
        (Some(Kind::Secret), _) => around,
        (Some(Kind::Source), Some(own)) if own != Kind::Secret => around,
        _ => own.or(around),
    }
}

/// Names a secret key of a report.
#[must_use]
pub const fn secret(key: &'static str) -> Sensitive {
    Sensitive {
        key,
        under: None,
        kind: Kind::Secret,
    }
}

/// Names a secret key of the objects under another key, where elsewhere it means something else.
#[must_use]
pub const fn secret_under(under: &'static str, key: &'static str) -> Sensitive {
    Sensitive {
        under: Some(under),
        ..secret(key)
    }
}

/// Names a key of the objects under another key that is left alone, although it is sensitive elsewhere or all of
/// the object is.
#[must_use]
pub const fn spared_under(under: &'static str, key: &'static str) -> Sensitive {
    Sensitive {
        key,
        under: Some(under),
        kind: Kind::Spared,
    }
}

/// Names a key of a report that holds source text.
#[must_use]
pub const fn source(key: &'static str) -> Sensitive {
    Sensitive {
        key,
        under: None,
        kind: Kind::Source,
    }
}

/// Names a key of a report whose text quotes a secret when it begins in one of these ways.
#[must_use]
pub const fn after(key: &'static str, beginnings: &'static [&'static str]) -> Sensitive {
    Sensitive {
        key,
        under: None,
        kind: Kind::After(beginnings),
    }
}

/// Names a key of a report under which plain digests of secrets may stand.
#[must_use]
pub const fn digests(key: &'static str) -> Sensitive {
    Sensitive {
        key,
        under: None,
        kind: Kind::Digests,
    }
}

/// Names a key of a report that holds a message which may quote source text.
#[must_use]
pub const fn quotes(key: &'static str) -> Sensitive {
    Sensitive {
        key,
        under: None,
        kind: Kind::Quotes { colon: false },
    }
}

/// Names a key of a report that holds a message which may quote source text, after a colon, too.
#[must_use]
pub const fn quotes_after_colon(key: &'static str) -> Sensitive {
    Sensitive {
        kind: Kind::Quotes { colon: true },
        ..quotes(key)
    }
}

/// Names a key of a report that holds a web address.
#[must_use]
pub const fn address(key: &'static str) -> Sensitive {
    Sensitive {
        key,
        under: None,
        kind: Kind::Address,
    }
}

/// The project's key for keyed digests of secrets. Held here only, never printed.
#[derive(Clone)]
pub struct ProjectKey(Vec<u8>);

impl ProjectKey {
    /// The shortest key that is taken, in bytes.
    pub const MIN: usize = 16;

    /// A key of at least [`ProjectKey::MIN`] bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= Self::MIN).then_some(Self(bytes))
    }
}

impl std::fmt::Debug for ProjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProjectKey(..)")
    }
}

/// Replaces sensitive texts.
#[derive(Clone, Debug)]
pub struct Redactor {
    keys: &'static [Sensitive],
    project_key: Option<ProjectKey>,
}

impl Redactor {
    /// Replaces the texts of these keys.
    #[must_use]
    pub const fn new(keys: &'static [Sensitive], project_key: Option<ProjectKey>) -> Self {
        Self { keys, project_key }
    }

    /// Replaces nothing: for a twin that was redacted before.
    #[must_use]
    pub const fn off() -> Self {
        Self {
            keys: &[],
            project_key: None,
        }
    }

    /// What the texts of a key are, if it is sensitive in an object under `under`. What is said of it there goes before
    /// what is said of it anywhere; where several things are said alike, the whole text is a secret.
    #[must_use]
    pub fn kind_of(&self, key: &[u8], under: Option<&'static str>) -> Option<Kind> {
        let agreed = |under: Option<&'static str>| {
            let own = |s: &&Sensitive| s.key.as_bytes() == key && s.under == under;
            let mut kinds = self.keys.iter().filter(own).map(|s| s.kind);
            let first = kinds.find(|kind| *kind != Kind::Spared)?;
            let same = |kind| kind == first || kind == Kind::Spared;
            Some(if kinds.all(same) { first } else { Kind::Secret })
        };
        under.and_then(|_| agreed(under)).or_else(|| agreed(None))
    }

    /// Whether the text or number of a key is left alone in an object under `under`, whatever else is said of it.
    #[must_use]
    pub fn spares(&self, key: &[u8], under: Option<&'static str>) -> bool {
        let spared = |s: &Sensitive| s.key.as_bytes() == key && s.kind == Kind::Spared;
        let here = |s: &&Sensitive| s.under.is_none() || s.under == under;
        under.is_some() && self.keys.iter().filter(here).any(spared)
    }

    /// The key, if others are sensitive under it.
    #[must_use]
    pub fn opens(&self, key: &[u8]) -> Option<&'static str> {
        let mut under = self.keys.iter().filter_map(|s| s.under);
        under.find(|under| under.as_bytes() == key)
    }

    /// What stands in a text's place; `None` leaves it alone.
    #[must_use]
    pub fn replacement(&self, text: &str, kind: Kind) -> Option<String> {
        if text.trim().is_empty() {
            return None;
        }
        if kind == Kind::Digests {
            return without_digests(text);
        }
        if kind == Kind::Spared {
            return None;
        }
        if let Kind::Quotes { colon } = kind {
            return without_quotes(text, colon);
        }
        if kind == Kind::Address {
            return without_credentials(text);
        }
        if let Kind::After(beginnings) = kind {
            let beginning = beginnings.iter().find(|b| text.starts_with(**b))?;
            return Some(format!("{beginning}[redacted]"));
        }
        // What the tool masked itself is no secret; a digest of the mask would make all secrets one.
        if text.trim() == "REDACTED" || text.trim().bytes().all(|b| b == b'*') {
            return Some("[redacted]".to_owned());
        }
        Some(match (&self.project_key, kind) {
            (Some(key), Kind::Source) => {
                format!(
                    "[redacted hmac:{}]",
                    keyed(key, &without_line_numbers(text))
                )
            }
            (Some(key), _) => format!("[redacted hmac:{}]", keyed(key, text)),
            (None, Kind::Source) => match shape(text) {
                Some(shape) => format!("[redacted shape:{shape}]"),
                None => "[redacted]".to_owned(),
            },
            (None, _) => "[redacted]".to_owned(),
        })
    }
}

/// The token of a marker, such as `shape:c4`; `None` for any other text.
#[must_use]
pub fn token(marker: &str) -> Option<&str> {
    let token = marker.strip_prefix("[redacted ")?.strip_suffix(']')?;
    let (scheme, digits) = token.split_once(':')?;
    let length = match scheme {
        "hmac" => 32,
        "shape" => 2,
        _ => return None,
    };
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (digits.len() == length && digits.bytes().all(hex)).then_some(token)
}

/// The text with `[redacted]` for every word of 40 or more hexadecimal digits; `None` when there is none.
fn without_digests(text: &str) -> Option<String> {
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
fn without_quotes(text: &str, colon: bool) -> Option<String> {
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
fn without_credentials(address: &str) -> Option<String> {
    let hide = |part: &str| {
        if part.is_empty() { "" } else { "[redacted]" }
    };
    let (place, rest) = match address.find(['?', '#']) {
        Some(at) => address.split_at(at),
        None => (address, ""),
    };
    let (scheme, place) = match place.find("://") {
        Some(at) => place.split_at(at + 3),
        None => ("", place),
    };
    let (host, path) = match place.find('/') {
        Some(at) => place.split_at(at),
        None => (place, ""),
    };
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

fn keyed(key: &ProjectKey, text: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else {
        return String::new();
    };
    mac.update(folded(text).as_bytes());
    let digest: [u8; 32] = mac.finalize().into_bytes().into();
    let mut hex = to_hex(&digest);
    hex.truncate(32);
    hex
}

/// Source text without the line numbers that some tools write before each of its lines: they are the place, and
/// no part of what stands there.
fn without_line_numbers(text: &str) -> String {
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

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Eight bits of a digest of source text that keeps its words and forgets its literals: whatever stands in quotes,
/// follows `=` or `:`, holds a digit or is long is left out. Eight bits tell the violations of one rule in one file
/// apart, almost always, and give next to nothing away of a word that was a secret all the same. `None` when fewer
/// than two words are left.
fn shape(text: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(key: Option<&[u8]>) -> Redactor {
        Redactor::new(&[], key.and_then(|key| ProjectKey::new(key.to_vec())))
    }

    #[test]
    fn without_a_key_a_secret_leaves_nothing() {
        let marker = redactor(None).replacement("hunter2", Kind::Secret).unwrap();
        assert_eq!((marker.as_str(), token(&marker)), ("[redacted]", None));
    }

    #[test]
    fn a_key_tells_secrets_apart_and_keys_differ() {
        let with = |key: &[u8], text: &str| {
            let marker = redactor(Some(key)).replacement(text, Kind::Secret).unwrap();
            token(&marker).unwrap().to_owned()
        };
        let (a, b) = (&[1; 32][..], &[2; 32][..]);
        assert_eq!(with(a, "hunter2"), with(a, "hunter2"));
        assert_ne!(with(a, "hunter2"), with(a, "hunter3"));
        assert_ne!(with(a, "hunter2"), with(b, "hunter2"));
        assert!(ProjectKey::new(vec![0; 15]).is_none());
    }

    #[test]
    fn line_numbers_are_no_part_of_the_source() {
        let with_key = redactor(Some(&[1; 32]));
        let marker = |text| with_key.replacement(text, Kind::Source).unwrap();
        assert_eq!(
            marker("8 \n9 x = 1\n10 y\n"),
            marker("18 \n19 x = 1\n20 y\n")
        );
        assert_ne!(marker("9 x = 1\n"), marker("9 x = 2\n"));
        assert_ne!(marker("1 + x\ny"), marker("2 + x\ny"));
    }

    #[test]
    fn a_mask_is_not_digested() {
        for text in ["REDACTED", "*****"] {
            let marker = redactor(Some(&[1; 32])).replacement(text, Kind::Secret);
            assert_eq!(marker.as_deref(), Some("[redacted]"));
        }
    }

    #[test]
    fn a_shape_keeps_words_and_forgets_literals() {
        let same = [
            "def login(user, password='hunter2'):",
            "def   login(user, password='correct horse'):",
            "def login(user, password=\"\"):",
            "def login(user, password=hunter2):",
        ];
        let shapes: Vec<_> = same.iter().map(|text| shape(text).unwrap()).collect();
        assert!(shapes.iter().all(|s| *s == shapes[0]), "{shapes:?}");
        assert_ne!(
            shape("def logout(user, password='hunter2'):").unwrap(),
            shapes[0]
        );
    }

    #[test]
    fn what_could_be_guessed_has_no_shape() {
        for text in [
            "hunter",
            "AKIAIOSFODNN7EXAMPLE",
            "password: hunter",
            "'a b c'",
            "",
            "x = y",
        ] {
            assert_eq!(shape(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_of_which_several_things_are_said_is_a_secret() {
        const KEYS: &[Sensitive] = &[
            after("message", &["a: "]),
            after("message", &["b: "]),
            source("code"),
            secret_under("login", "code"),
            after("text", &["a: "]),
            source("text"),
            spared_under("login", "name"),
            secret("name"),
        ];
        let redactor = Redactor::new(KEYS, None);
        for (key, under, kind) in [
            ("message", None, Some(Kind::Secret)),
            ("code", None, Some(Kind::Source)),
            ("code", Some("login"), Some(Kind::Secret)),
            ("text", Some("login"), Some(Kind::Secret)),
            ("name", Some("login"), Some(Kind::Secret)),
            ("other", None, None),
        ] {
            assert_eq!(redactor.kind_of(key.as_bytes(), under), kind, "{key}");
        }
    }

    #[test]
    fn a_message_keeps_its_beginning() {
        let kind = Kind::After(&["Possible hardcoded password: "]);
        let replace = |text| redactor(None).replacement(text, kind);
        assert_eq!(
            replace("Possible hardcoded password: 'x'").as_deref(),
            Some("Possible hardcoded password: [redacted]")
        );
        assert_eq!(replace("Use of assert detected."), None);
    }

    #[test]
    fn plain_digests_go_and_other_words_stay() {
        let replace = |text: &str| redactor(None).replacement(text, Kind::Digests);
        let sha1 = "25910f981e85ca04baf359199dd0bd4a3ae738b6";
        assert_eq!(replace(sha1).as_deref(), Some("[redacted]"));
        assert_eq!(
            replace(&format!("see {sha1}.")).as_deref(),
            Some("see [redacted].")
        );
        assert_eq!(replace("aws_s3_bucket.logs"), None);
    }

    #[test]
    fn what_a_message_quotes_goes_and_the_rest_stays() {
        let kind = Kind::Quotes { colon: true };
        let replace = |text: &str| redactor(None).replacement(text, kind);
        for (text, expected) in [
            ("'x' is never used.", "[redacted] is never used."),
            ("Replace `'a'` with `\"b\"`", "Replace [redacted]"),
            ("Expected '===' and saw '=='.", "Expected [redacted]."),
            ("an open 'quotation", "an open [redacted]"),
            ("`a`b` c", "[redacted] c"),
            (
                "Parsing error: Unexpected token x",
                "Parsing error: [redacted]",
            ),
            ("Found \"a\": b 'c' d", "Found [redacted]"),
            (
                "don't use 'x', it isn't safe",
                "don't use [redacted], it isn't safe",
            ),
        ] {
            assert_eq!(replace(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["Use App::run, don't call it", "Line is too long (120)", ""] {
            assert_eq!(replace(text), None, "{text}");
        }
        let kind = Kind::Quotes { colon: false };
        let marks = |text: &str| redactor(None).replacement(text, kind);
        assert_eq!(marks("a: 'b'").as_deref(), Some("a: [redacted]"));
        assert_eq!(marks("a: b"), None);
    }

    #[test]
    fn an_address_keeps_its_host_and_path() {
        let replace = |text: &str| redactor(Some(&[1; 32])).replacement(text, Kind::Address);
        for (address, replaced) in [
            ("https://h/a/b?token=x&y#z", "https://h/a/b?[redacted]"),
            (
                "https://u:p@h:1/a#token",
                "https://[redacted]@h:1/a#[redacted]",
            ),
            (
                "https://h/a;jsessionid=x/b;c",
                "https://h/a;jsessionid=[redacted]/b;c",
            ),
            ("u@h:22", "[redacted]@h:22"),
        ] {
            assert_eq!(replace(address).as_deref(), Some(replaced), "{address}");
            assert_eq!(replace(replaced).as_deref(), None, "{replaced}");
        }
        for plain in ["https://h/a/b?", "https://h:8080/@scope/a", "h:22", "q", ""] {
            assert_eq!(replace(plain), None, "{plain}");
        }
    }

    #[test]
    fn only_our_own_markers_have_tokens() {
        for text in [
            "[redacted]",
            "[redacted hmac:xyz]",
            "[redacted shape:0]",
            "shape:00",
            "",
        ] {
            assert_eq!(token(text), None, "{text}");
        }
    }
}
