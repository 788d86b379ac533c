//! Small normalisations that adapters share: paths, vulnerability names, scores.

use gate_core::finding::Text;
use gate_core::severity::Level;

/// A path as findings hold it: relative, `/` between its parts, without scheme, `./` or the file system's
/// root; percent-escapes undone where they give valid UTF-8. `..` stays: a path from a report is text and is never
/// opened.
#[must_use]
pub fn path(written: &str) -> Text {
    let decoded = if written.contains("://") || written.starts_with("file:") {
        percent_decoded(written)
    } else {
        written.to_owned()
    };
    let slashed = decoded.replace('\\', "/");
    let rest = match slashed.find("://") {
        Some(at) => slashed.get(at + 3..).unwrap_or_default(),
        None => slashed.strip_prefix("file:").unwrap_or(&slashed),
    };
    let mut rest = rest.trim_start_matches('/');
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter.trim_start_matches('/');
    }
    rest.into()
}

/// A URI reference of a report as a path: percent-escapes undone, then [`path`].
#[must_use]
pub fn uri_path(written: &str) -> Text {
    path(&percent_decoded(written))
}

/// A web address as findings hold it: without user information, query, fragment and path parameters
/// (`;jsessionid=…`), which change from run to run and may be credentials.
#[must_use]
pub fn address(written: &str) -> Text {
    let end = written.find(['?', '#']).unwrap_or(written.len());
    let place = written.get(..end).unwrap_or_default();
    let (scheme, place) = match place.find("://") {
        Some(at) => place.split_at(at + 3),
        None => ("", place),
    };
    let (host, path) = match place.find('/') {
        Some(at) => place.split_at(at),
        None => (place, ""),
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let segments = path
        .split('/')
        .map(|segment| match segment.split_once(';') {
            Some((name, parameters)) if parameters.contains('=') => name,
            _ => segment,
        });
    let path: Vec<&str> = segments.collect();
    format!("{scheme}{host}{}", path.join("/")).into()
}

/// A text with its percent-escapes undone, where they give valid UTF-8.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match (escape, tail) {
            (Some((high, low)), [_, _, after @ ..]) => {
                bytes.push(high << 4 | low);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

/// All names of a vulnerability, the canonical one first: a CVE if there is exactly one, else the tool's own
/// name; the others sorted.
#[must_use]
pub fn vulnerability_ids<'a>(own: &'a str, others: impl IntoIterator<Item = &'a str>) -> Vec<Text> {
    let mut ids: Vec<&str> = others
        .into_iter()
        .filter(|id| !id.is_empty() && *id != own)
        .collect();
    ids.push(own);
    ids.sort_unstable();
    ids.dedup();
    let mut cves = ids.iter().filter(|id| id.starts_with("CVE-"));
    let canonical = match (cves.next(), cves.next()) {
        (Some(cve), None) => *cve,
        _ => own,
    };
    let rest = ids.into_iter().filter(|id| *id != canonical);
    std::iter::once(canonical)
        .chain(rest)
        .map(Into::into)
        .collect()
}

/// A number of a report as decimal text, the shortest that means the same number.
#[must_use]
pub fn decimal(number: f64) -> Option<Text> {
    number.is_finite().then(|| number.to_string().into())
}

/// A CVSS base score in tenths; `None` outside 0 to 10.
#[must_use]
pub fn cvss_tenths(score: f64) -> Option<u32> {
    let tenths = (score * 10.0).round();
    // In range, so the conversion is exact.
    (0.0..=100.0).contains(&tenths).then_some(tenths as u32)
}

/// The version of CVSS that a vector names; version 2 does not name itself.
#[must_use]
pub fn cvss_version(vector: &str) -> Option<&str> {
    let (version, _) = vector.strip_prefix("CVSS:")?.split_once('/')?;
    Some(version).filter(|version| matches!(*version, "3.0" | "3.1" | "4.0"))
}

/// The level of a CVSS base score, by the scale of its version: version 2 has neither critical nor none.
#[must_use]
pub fn cvss_level(version: &str, score: f64) -> Option<Level> {
    let tenths = cvss_tenths(score)?;
    Some(match tenths {
        _ if !version.starts_with('2') => Level::from_cvss_tenths(tenths),
        70.. => Level::High,
        40.. => Level::Medium,
        _ => Level::Low,
    })
}

/// The number of a CWE written as `CWE-79`, `cwe-79` or `79`.
#[must_use]
pub fn cwe(written: &str) -> Option<u32> {
    let digits = written.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-');
    digits.parse().ok().filter(|n| *n > 0)
}

/// The key under which other tools report the same vulnerability of the same package.
#[must_use]
pub fn vulnerability_key(id: &str, package: &str) -> Text {
    format!("vuln:{id}|{package}").into()
}

/// The package-URL type, such as `deb`.
#[must_use]
pub fn purl_type(purl: &str) -> Option<&str> {
    let (kind, _) = purl.strip_prefix("pkg:")?.split_once('/')?;
    Some(kind).filter(|kind| !kind.is_empty())
}

/// A package URL without version, qualifiers and subpath.
#[must_use]
pub fn purl_name(purl: &str) -> &str {
    const STOPS: [char; 3] = ['@', '?', '#'];
    let mut end = purl.find(STOPS).unwrap_or(purl.len());
    // A scoped npm package may be written with a plain `@` in its namespace.
    if purl.get(..end).is_some_and(|head| head.ends_with('/')) {
        let rest = purl.get(end + 1..).unwrap_or_default();
        end = rest.find(STOPS).map_or(purl.len(), |at| end + 1 + at);
    }
    purl.get(..end).unwrap_or(purl)
}

/// A text that says something: tools write an empty one for none.
#[must_use]
pub fn given(text: Option<Text>) -> Option<Text> {
    text.filter(|text| !text.is_empty())
}

/// The level of a tool's word, in any case; a word that is not in the table is unknown, never guessed.
#[must_use]
pub fn level(word: &str, words: &[(&str, Level)]) -> Level {
    let known = words
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    known.map_or(Level::Unknown, |(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_url_has_a_type_and_a_name() {
        for (purl, kind, name) in [
            (
                "pkg:deb/debian/zlib1g@1.2?arch=amd64",
                Some("deb"),
                "pkg:deb/debian/zlib1g",
            ),
            (
                "pkg:npm/@scope/name@1.2#sub",
                Some("npm"),
                "pkg:npm/@scope/name",
            ),
            (
                "pkg:npm/%40scope/name",
                Some("npm"),
                "pkg:npm/%40scope/name",
            ),
            ("name", None, "name"),
        ] {
            assert_eq!((purl_type(purl), purl_name(purl)), (kind, name));
        }
    }

    #[test]
    fn paths_are_relative_and_posix() {
        for (written, expected) in [
            ("./app/a.py", "app/a.py"),
            ("/src/a b.py", "src/a b.py"),
            (r".\app\a.py", "app/a.py"),
            ("file:///src/a%20b.py", "src/a b.py"),
            ("../../etc/passwd", "../../etc/passwd"),
            ("a%20b", "a%20b"),
            ("././/x", "x"),
            ("", ""),
        ] {
            assert_eq!(&*path(written), expected, "{written}");
        }
        assert_eq!(&*uri_path("a%20b"), "a b");
        assert_eq!(&*uri_path("100%"), "100%");
        assert_eq!(&*uri_path("%ff"), "%ff");
    }

    #[test]
    fn an_address_has_no_credentials() {
        for (written, expected) in [
            ("https://h/a/b?token=x#y", "https://h/a/b"),
            ("https://u:p@h:1#y", "https://h:1"),
            ("https://h/a;jsessionid=x/b;c", "https://h/a/b;c"),
            ("h:22", "h:22"),
            ("https://h/@scope", "https://h/@scope"),
        ] {
            assert_eq!(&*address(written), expected);
        }
    }

    #[test]
    fn the_one_cve_comes_first() {
        let ids = |own, others: &[&'static str]| vulnerability_ids(own, others.iter().copied());
        assert_eq!(
            ids("GHSA-1", &["CVE-2026-1", "GHSA-1"]),
            ["CVE-2026-1".into(), "GHSA-1".into()]
        );
        assert_eq!(
            ids("GHSA-1", &["CVE-2026-2", "CVE-2026-1"]),
            ["GHSA-1".into(), "CVE-2026-1".into(), "CVE-2026-2".into()]
        );
        assert_eq!(ids("CVE-2026-1", &[]), ["CVE-2026-1".into()]);
    }

    #[test]
    fn scores_are_exact_text() {
        assert_eq!(decimal(9.8).as_deref(), Some("9.8"));
        assert_eq!(decimal(10.0).as_deref(), Some("10"));
        assert_eq!(decimal(f64::NAN), None);
        assert_eq!(
            (cvss_tenths(9.8), cvss_tenths(10.1), cvss_tenths(-1.0)),
            (Some(98), None, None)
        );
    }

    #[test]
    fn a_vector_names_its_version() {
        for (vector, version) in [
            ("CVSS:3.1/AV:N", Some("3.1")),
            ("CVSS:4.0/AV:N", Some("4.0")),
            ("CVSS:9.9/AV:N", None),
            ("AV:N/AC:L", None),
        ] {
            assert_eq!(cvss_version(vector), version);
        }
    }

    #[test]
    fn version_2_has_a_scale_of_its_own() {
        for (version, score, level) in [
            ("2.0", 10.0, Some(Level::High)),
            ("2.0", 6.9, Some(Level::Medium)),
            ("2.0", 0.0, Some(Level::Low)),
            ("3.1", 9.0, Some(Level::Critical)),
            ("4.0", 0.0, Some(Level::Info)),
            ("3.1", 10.1, None),
        ] {
            assert_eq!(cvss_level(version, score), level, "{version} {score}");
        }
    }

    #[test]
    fn a_cwe_is_its_number() {
        assert_eq!(
            (cwe("CWE-79"), cwe("79"), cwe("NVD-CWE-noinfo"), cwe("-1")),
            (Some(79), Some(79), None, Some(1))
        );
    }
}
