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
use sha2::Sha256;

use gate_core::digest::to_hex;

mod part;
mod sensitive;
mod source;

pub(crate) use sensitive::stronger;
pub use sensitive::{
    Kind, Sensitive, address, after, digests, quotes, quotes_after_colon, secret, secret_under,
    source, spared_under,
};

use part::{without_credentials, without_digests, without_quotes};
use source::{folded, shape, without_line_numbers};

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
    /// A bit for each key that something is said of, and for each that something is said under.
    named: u64,
    project_key: Option<ProjectKey>,
}

/// The bit of a key: follows from its length and its first letter. Keys may share one.
fn bit(key: &[u8]) -> u64 {
    match key.first() {
        Some(first) => {
            1 << ((key.len() as u64)
                .wrapping_mul(7)
                .wrapping_add(u64::from(*first))
                & 63)
        }
        None => 1,
    }
}

impl Redactor {
    /// Replaces the texts of these keys.
    #[must_use]
    pub fn new(keys: &'static [Sensitive], project_key: Option<ProjectKey>) -> Self {
        let names = keys.iter().flat_map(|s| [Some(s.key), s.under]);
        Self {
            keys,
            named: names
                .flatten()
                .fold(0, |all, key| all | bit(key.as_bytes())),
            project_key,
        }
    }

    /// Replaces nothing: for a twin that was redacted before.
    #[must_use]
    pub const fn off() -> Self {
        Self {
            keys: &[],
            named: 0,
            project_key: None,
        }
    }

    /// Whether anything can be said of a key, or under it: most keys of a report are told apart from those that matter
    /// without a look at the list.
    #[must_use]
    pub fn names(&self, key: &[u8]) -> bool {
        self.named & bit(key) != 0
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
