//! Paths and addresses of reports as URIs (RFC 3986). Nothing is made absolute that was not.

use std::fmt::Write as _;

/// A path below the source root as a relative reference.
pub(super) fn of_path(path: &str) -> String {
    // Two slashes at the beginning would name a host (RFC 3986, section 4.2).
    match path.strip_prefix("//") {
        Some(rest) => format!("/%2F{}", encoded(rest, "!$&'()*+,;=@/")),
        None => encoded(path, "!$&'()*+,;=@/"),
    }
}

/// An address of the web, where a text is one that every reader takes apart in the same way.
pub(super) fn of_address(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if !is_host(authority) {
        return None;
    }
    let (before, fragment) = match rest.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (rest, None),
    };
    let allowed = "!$&'()*+,;=:@/?%";
    let mut address = format!("{scheme}://{authority}{}", encoded(before, allowed));
    if let Some(fragment) = fragment {
        address.push('#');
        address.push_str(&encoded(fragment, allowed));
    }
    Some(address)
}

/// A name, or an address of version 4 or 6, and a port; nobody's name and password.
fn is_host(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(inner) => {
            let Some((host, port)) = inner.split_once(']') else {
                return false;
            };
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            (
                "v6",
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            )
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        },
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    !host.is_empty()
        && host.chars().all(plain)
        && port.is_some_and(|port| port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()))
}

/// A text with everything percent-encoded that is neither unreserved nor allowed. An allowed `%` stays where it
/// begins an encoded byte.
fn encoded(text: &str, allowed: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let digits = || text.get(at + 1..at + 3);
        let keep = match c {
            '%' => {
                allowed.contains('%')
                    && digits().is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
            }
            c => c.is_ascii_alphanumeric() || "-._~".contains(c) || allowed.contains(c),
        };
        if keep {
            encoded.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string does not fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_relative_reference() {
        for (path, uri) in [
            ("src/a b.py", "src/a%20b.py"),
            ("50%/é?#.c", "50%25/%C3%A9%3F%23.c"),
            ("C:\\x", "C%3A%5Cx"),
            ("javascript:alert(1)", "javascript%3Aalert(1)"),
            ("/etc/passwd", "/etc/passwd"),
            ("//evil.example/x", "/%2Fevil.example/x"),
            ("a\n\u{1b}\u{0}", "a%0A%1B%00"),
        ] {
            assert_eq!(of_path(path), uri);
        }
    }

    #[test]
    fn an_address_is_of_the_web_and_has_one_reading() {
        for (text, uri) in [
            (
                "https://h.example/a b?q=<x>#y#z",
                Some("https://h.example/a%20b?q=%3Cx%3E#y%23z"),
            ),
            ("HTTP://h:8080", Some("HTTP://h:8080")),
            ("http://[::1]:80/%41%4", Some("http://[::1]:80/%41%254")),
            ("https://user:secret@h/", None),
            ("https://h:1:2/", None),
            ("https://[x]/", None),
            ("https://[::1]x/", None),
            ("https:///x", None),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
            ("h:22", None),
        ] {
            assert_eq!(of_address(text).as_deref(), uri, "{text}");
        }
    }
}
