//! Small normalisations that adapters share: paths, vulnerability names, scores.

use std::borrow::Cow;

use gate_core::finding::{Finding, Text};
use gate_core::severity::Level;
use gate_core::time::Moment;
use serde_json::Value;

/// A path as findings hold it: relative, `/` between its parts, without scheme, `./` or the file system's
/// root; percent-escapes undone where they give valid UTF-8. `..` stays: a path from a report is text and is never
/// opened.
#[must_use]
pub fn path(written: &str) -> Text {
    let decoded = if written.contains("://") || written.starts_with("file:") {
        percent_decoded(written)
    } else {
        written.into()
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
    let Address {
        scheme, host, path, ..
    } = Address::of(written);
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

/// The parts of a web address; written one after the other they are the address.
pub(crate) struct Address<'a> {
    /// With `://`; empty when there is none.
    pub(crate) scheme: &'a str,
    /// With what identifies the user.
    pub(crate) host: &'a str,
    /// From its first `/` on.
    pub(crate) path: &'a str,
    /// Query and fragment.
    pub(crate) rest: &'a str,
}

impl<'a> Address<'a> {
    pub(crate) fn of(written: &'a str) -> Self {
        let cut = |text: &'a str, at: Option<usize>| text.split_at(at.unwrap_or(text.len()));
        let (place, rest) = cut(written, written.find(['?', '#']));
        let (scheme, place) = place.split_at(place.find("://").map_or(0, |at| at + 3));
        let (host, path) = cut(place, place.find('/'));
        Self {
            scheme,
            host,
            path,
            rest,
        }
    }
}

/// A text with its percent-escapes undone, where they give valid UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
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
    String::from_utf8(bytes).map_or(text.into(), Cow::Owned)
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

/// A text of a report that is meant as a number, if it is decimal text.
#[must_use]
pub fn decimal_text(written: Option<Text>) -> Option<Text> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    written.filter(|text| {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        match unsigned.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(unsigned),
        }
    })
}

/// A number that a report writes as one or as a text.
#[must_use]
pub fn number(written: &Value) -> Option<f64> {
    match written {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}

/// A CVSS base score in tenths; `None` outside 0 to 10.
#[must_use]
pub fn cvss_tenths(score: f64) -> Option<u32> {
    let tenths = (score * 10.0).round();
    // In range, so the conversion is exact.
    (0.0..=100.0).contains(&tenths).then_some(tenths as u32)
}

/// The base score of a CVSS vector as decimal text, and its level; `None` when it can't be read or lacks a metric
/// that the score needs.
#[must_use]
pub fn cvss_vector(vector: &str) -> Option<(Text, Level)> {
    use cvss::Cvss;
    // Version 2 is often written in parentheses.
    let bare = vector.trim().trim_start_matches('(').trim_end_matches(')');
    let parsed: Cvss = bare.parse().ok()?;
    if let Cvss::CvssV30(v) | Cvss::CvssV31(v) = &parsed {
        // The crate takes an absent metric for harmless; a vector cut off would be a low score.
        let whole = v.av.is_some()
            && v.ac.is_some()
            && v.pr.is_some()
            && v.ui.is_some()
            && v.s.is_some()
            && v.c.is_some()
            && v.i.is_some()
            && v.a.is_some();
        if !whole {
            return None;
        }
    }
    let tenths = cvss_tenths(parsed.score())?;
    let score = f64::from(tenths) / 10.0;
    let version = cvss_version(bare).unwrap_or("2.0");
    Some((decimal(score)?, cvss_level(version, score)?))
}

/// The version of CVSS that a vector names; version 2 does not name itself.
#[must_use]
pub fn cvss_version(vector: &str) -> Option<&'static str> {
    let (version, _) = vector.trim().strip_prefix("CVSS:")?.split_once('/')?;
    ["3.0", "3.1", "4.0"]
        .into_iter()
        .find(|known| *known == version)
}

/// The level of a CVSS base score, by the scale of its version: version 2 has neither critical nor none. `None`
/// outside 0 to 10.
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

/// The package-URL type, such as `deb`.
#[must_use]
pub fn purl_type(purl: &str) -> Option<&str> {
    let (kind, _) = purl.strip_prefix("pkg:")?.split_once('/')?;
    Some(kind).filter(|kind| !kind.is_empty())
}

/// A line or a column, which findings count from 1; tools write 0 or -1 for none.
#[must_use]
pub fn position(written: Option<i64>) -> Option<u32> {
    let number = written.and_then(|n| u32::try_from(n).ok());
    number.filter(|n| *n > 0)
}

/// A text that says something: tools write an empty one for none.
#[must_use]
pub fn given(text: Option<Text>) -> Option<Text> {
    text.filter(|text| !text.is_empty())
}

/// Adds what a tool says beyond a finding's fields, if it says something.
pub fn attribute(finding: &mut Finding, name: &str, value: Option<Text>) {
    if let Some(value) = given(value) {
        finding.attributes.insert(name.into(), value);
    }
}

/// A moment as tools write it: RFC 3339, the same with a space for its `T`, or the seconds or milliseconds since
/// 1970. Anything else is none.
#[must_use]
pub fn moment(written: &Value) -> Option<Moment> {
    match written {
        Value::String(text) => text.replacen(' ', "T", 1).parse().ok(),
        Value::Number(number) => {
            let seconds = number.as_f64()?.floor();
            // The seconds of this millennium have fewer digits than the milliseconds.
            let seconds = if seconds.abs() < 1e11 {
                seconds
            } else {
                (seconds / 1e3).floor()
            };
            // In range, so the conversion is exact.
            (seconds.abs() < 1e12).then(|| Moment::from_unix(seconds as i64).ok())?
        }
        _ => None,
    }
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
    use gate_core::fingerprint::purl_name;

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
        let written = [
            Value::from(9.8),
            Value::from("9.8"),
            Value::from("N/A"),
            Value::Null,
        ];
        assert_eq!(
            written.map(|value| number(&value)),
            [Some(9.8), Some(9.8), None, None]
        );
        assert_eq!(
            (cvss_tenths(9.8), cvss_tenths(10.1), cvss_tenths(-1.0)),
            (Some(98), None, None)
        );
    }

    /// Scores as published: FIRST's examples for 3.1 and 4.0, the National Vulnerability Database for 2.0.
    #[test]
    fn a_vector_has_the_published_score() {
        for (vector, score, level) in [
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", "7.8", Level::High), // CVE-2002-0392
            ("(AV:L/AC:H/Au:N/C:C/I:C/A:C)", "6.2", Level::Medium), // CVE-2003-0062
            ("AV:L/AC:H/Au:N/C:N/I:N/A:P", "1.2", Level::Low),
            (
                "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
                "5.3",
                Level::Medium,
            ),
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
                "10",
                Level::Critical,
            ), // CVE-2021-44228
            (
                "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
                "3.1",
                Level::Low,
            ), // CVE-2014-3566
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
                "0",
                Level::Info,
            ),
            (
                "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                "7.3",
                Level::High,
            ), // CVE-2022-41741
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
                "10",
                Level::Critical,
            ),
        ] {
            assert_eq!(cvss_vector(vector), Some((score.into(), level)), "{vector}");
        }
    }

    #[test]
    fn a_vector_that_is_not_whole_has_no_score() {
        for vector in [
            "",
            "none",
            "9.8",
            "AV:N/AC:L",
            "CVSS:3.1/AV:N",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X",
            "CVSS:4.0/AV:N/AC:L",
            "CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        ] {
            assert_eq!(cvss_vector(vector), None, "{vector}");
        }
    }

    #[test]
    fn a_moment_is_written_in_several_ways() {
        for (written, expected) in [
            (
                r#""2026-03-01T10:20:30.5+01:00""#,
                Some("2026-03-01T09:20:30Z"),
            ),
            (
                r#""2026-03-01 10:20:30+01:00""#,
                Some("2026-03-01T09:20:30Z"),
            ),
            ("1772356830.25", Some("2026-03-01T09:20:30Z")),
            ("1772356830250", Some("2026-03-01T09:20:30Z")),
            (r#""Mar 1, 2026, 9:20:30 AM""#, None),
            ("1e300", None),
            ("null", None),
        ] {
            let value: Value = serde_json::from_str(written).unwrap();
            let moment = moment(&value).map(|moment| moment.to_string());
            assert_eq!(moment.as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn a_position_counts_from_one() {
        for (written, read) in [(1, Some(1)), (0, None), (-1, None), (i64::MAX, None)] {
            assert_eq!(position(Some(written)), read);
        }
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
