//! Which texts of a report are sensitive, and how: what adapters say of their keys.

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
