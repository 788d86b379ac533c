//! A feed is read as it was written, and in no other way.

use proptest::prelude::*;

use super::*;

pub(super) fn draft(kind: FeedKind) -> Draft {
    let date = "2025-11-20T00:00:00Z".parse().unwrap();
    Draft::new(kind, date, "v2025.03.14".to_owned(), Digest::of(b"source"))
}

pub(super) fn epss(rows: &[(&str, &str, &str)]) -> Feed {
    let mut draft = draft(FeedKind::Epss);
    for (cve, epss, percentile) in rows {
        draft.insert(cve, Entry::Epss { epss, percentile }).unwrap();
    }
    draft.write().unwrap()
}

pub(super) fn kev(rows: &[(&str, &str, &str, Ransomware)]) -> Feed {
    let mut draft = draft(FeedKind::Kev);
    for (cve, added, due, ransomware) in rows {
        let entry = Entry::Kev {
            added,
            due,
            ransomware: *ransomware,
        };
        draft.insert(cve, entry).unwrap();
    }
    draft.write().unwrap()
}

const SOURCE: &str = "sha256:41cf6794ba4200b839c53531555f0f3998df4cbb01a4d5cb0b94e3ca5e23947d";

fn text(count: &str, rows: &str) -> String {
    let rest = r#""date":"2025-11-20T00:00:00Z","format":"gate-feed/1","kind":"epss","model":"v2025.03.14""#;
    format!("{{\"count\":{count},{rest},\"source\":\"{SOURCE}\"}}\n{rows}")
}

#[test]
fn written_in_order_and_in_one_spelling() {
    let feed = epss(&[
        ("CVE-2024-10000", "9.7e-1", "1.0"),
        ("CVE-2024-1000", "1e-05", "0.0012300"),
    ]);
    let rows = "CVE-2024-1000 0.00001 0.00123\nCVE-2024-10000 0.97 1\n";
    let written = String::from_utf8(feed.as_bytes().to_vec()).unwrap();
    assert_eq!(written, text("2", rows));
    assert_eq!(feed.digest(), Digest::of(written.as_bytes()));
    let kev = kev(&[(
        "CVE-2024-1000",
        "2024-01-02",
        "2024-01-23",
        Ransomware::Known,
    )]);
    let written = String::from_utf8(kev.as_bytes().to_vec()).unwrap();
    let row = "CVE-2024-1000 added=2024-01-02 due=2024-01-23 ransomware=known\n";
    assert!(written.ends_with(row), "{written}");
}

#[test]
fn what_is_listed_is_found_and_nothing_else() {
    let feed = epss(&[
        ("CVE-2024-1000", "0.1", "0.2"),
        ("CVE-2024-10000", "0.3", "0.4"),
        ("CVE-2025-0001", "0.5", "0.6"),
    ]);
    for (cve, epss) in [
        ("CVE-2024-1000", Some("0.1")),
        ("CVE-2024-10000", Some("0.3")),
        ("CVE-2025-0001", Some("0.5")),
        ("CVE-2024-1001", None),
        ("CVE-2024-100", None),
        ("CVE-2024-1000 0.1", None),
        ("CVE-1999-0001", None),
        ("CVE-2026-0001", None),
        ("GHSA-1", None),
        ("", None),
    ] {
        let found = feed.get(cve).map(|entry| match entry {
            Entry::Epss { epss, .. } => epss,
            Entry::Kev { .. } => "of another kind",
        });
        assert_eq!(found, epss, "{cve}");
    }
}

#[test]
fn a_feed_that_is_not_as_it_was_written_is_refused() {
    let row = "CVE-2024-0001 0.1 0.2\n";
    let good = text("1", row);
    assert!(Feed::parse(good.clone().into_bytes()).is_ok());
    let with = |from: &str, to: &str| {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        changed
    };
    let cut = |length: usize| good.split_at(length).0.to_owned();
    for (wrong, message) in [
        (String::new(), "the file is empty"),
        (good.trim_end().to_owned(), "it ends in the middle, line 2"),
        (cut(20), "it ends in the middle, line 1"),
        (cut(good.len() - 5), "it ends in the middle, line 2"),
        (text("0", ""), "it lists no vulnerability"),
        (text("1", ""), "it lists no vulnerability"),
        (
            text("2", row),
            "its header counts 2 vulnerabilities, and it lists 1",
        ),
        (
            text("1", &format!("{row}CVE-2024-0002 0.1 0.2\n")),
            "its header counts 1 vulnerabilities, and it lists 2",
        ),
        (
            text("2", &row.repeat(2)),
            "the identifier stands twice, line 3",
        ),
        (
            text("2", &format!("CVE-2024-0002 0.1 0.2\n{row}")),
            "the identifier is not in order, line 3",
        ),
        (
            row.to_owned(),
            "it does not begin with the header of a feed, line 1",
        ),
        (
            "{\"results\":[]}\n".to_owned(),
            "it does not begin with the header of a feed, line 1",
        ),
        (
            with("gate-feed/1", "gate-feed/2"),
            "its format is not `gate-feed/1`, which this program reads, line 1",
        ),
        (
            with("\"count\"", "\"surprise\":[],\"count\""),
            "its header is not as `gate feed import` writes it: a field is missing, unknown, there twice or of another kind, line 1",
        ),
        (
            with("\"count\":1", "\"count\":1,\"count\":1"),
            "its header is not as `gate feed import` writes it: a field is missing, unknown, there twice or of another kind, line 1",
        ),
        (
            with("\"count\":1", "\"count\":-1"),
            "its header is not as `gate feed import` writes it: a field is missing, unknown, there twice or of another kind, line 1",
        ),
        (
            with("\"count\":1,", "\"count\": 1,"),
            "its header is not as `gate feed import` writes it: it is not canonical JSON, line 1",
        ),
        (
            with("00:00:00Z", "00:00:00+00:00"),
            "its header is not as `gate feed import` writes it: it is not canonical JSON, line 1",
        ),
        (
            with("v2025.03.14", "v2025 03"),
            "its header is not as `gate feed import` writes it: `model` is not a version, line 1",
        ),
        (
            with("v2025.03.14", ""),
            "its header is not as `gate feed import` writes it: `model` is not a version, line 1",
        ),
        (
            with("\"epss\"", "\"ssvc\""),
            "its kind is neither `epss` nor `kev`, line 1",
        ),
        (
            with("\"epss\"", "\"kev\""),
            "expected a row such as `CVE-2024-0001 added=2024-01-02 due=2024-01-23 ransomware=unknown`, line 2",
        ),
        (
            text("1", "\n"),
            "expected an identifier such as `CVE-2024-0001`, line 2",
        ),
        (
            text("1", "GHSA-1 0.1 0.2\n"),
            "expected an identifier such as `CVE-2024-0001`, line 2",
        ),
        (
            text("1", "CVE-2024-0001\n"),
            "expected a row such as `CVE-2024-0001 0.00043 0.12345`, line 2",
        ),
        (
            text("1", "CVE-2024-0001 0.1 0.2 0.3\n"),
            "expected as `percentile` a number from 0 to 1, such as `0.00043`, line 2",
        ),
        (
            text("1", "CVE-2024-0001 1e-05 0.2\n"),
            "expected as `epss` a number from 0 to 1, such as `0.00043`, line 2",
        ),
        (
            text("1", "CVE-2024-0001 0.10 0.2\n"),
            "expected as `epss` a number from 0 to 1, such as `0.00043`, line 2",
        ),
        (
            text("1", "CVE-2024-0001 0.1 NaN\n"),
            "expected as `percentile` a number from 0 to 1, such as `0.00043`, line 2",
        ),
        (
            text("1", "CVE-2024-0001 0.1 0.2\r\n"),
            "expected as `percentile` a number from 0 to 1, such as `0.00043`, line 2",
        ),
    ] {
        let error = Feed::parse(wrong.clone().into_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message, "{wrong}");
    }
    let mut binary = good.into_bytes();
    binary.push(0xFF);
    let error = Feed::parse(binary).unwrap_err();
    assert_eq!(error.to_string(), "it is not valid UTF-8, line 3");
    let error = Feed::parse(vec![b'x'; MAX_FEED + 1]).unwrap_err();
    assert_eq!(error, FeedError::TooLong);
}

#[test]
fn a_row_that_is_none_does_not_get_in() {
    let mut scores = draft(FeedKind::Epss);
    let score = |epss, percentile| Entry::Epss { epss, percentile };
    let listed = |added, due| Entry::Kev {
        added,
        due,
        ransomware: Ransomware::Unknown,
    };
    for (cve, entry, error) in [
        ("CVE-2024-0001", score("0.1", "0.2"), None),
        ("CVE-2024-0001", score("0.1", "0.2"), Some(RowError::Twice)),
        ("CVE-2024-1", score("0.1", "0.2"), Some(RowError::NotACve)),
        (
            "cve-2024-0002",
            score("0.1", "0.2"),
            Some(RowError::NotACve),
        ),
        (
            "CVE-2024-0002",
            score("1.1", "0.2"),
            Some(RowError::NotAProbability("epss")),
        ),
        (
            "CVE-2024-0002",
            score("-0", "0.2"),
            Some(RowError::NotAProbability("epss")),
        ),
        (
            "CVE-2024-0002",
            score("0.1", "inf"),
            Some(RowError::NotAProbability("percentile")),
        ),
        (
            "CVE-2024-0002",
            score("1e-31", "1"),
            Some(RowError::NotAProbability("epss")),
        ),
        (
            "CVE-2024-0002",
            listed("2024-01-02", "2024-01-23"),
            Some(RowError::WrongKind(FeedKind::Kev)),
        ),
    ] {
        assert_eq!(scores.insert(cve, entry).err(), error, "{cve} {entry}");
    }
    let mut catalogue = draft(FeedKind::Kev);
    for (entry, error) in [
        (
            listed("2024-01-32", "2024-01-23"),
            RowError::NotADay("added"),
        ),
        (listed("2024-01-02", "soon"), RowError::NotADay("due")),
    ] {
        assert_eq!(catalogue.insert("CVE-2024-0001", entry), Err(error));
    }
    assert_eq!(catalogue.write().unwrap_err(), FeedError::NothingListed);
}

proptest! {
    /// Whatever is altered, the feed is refused or is another feed: no two texts have one digest, and none is read
    /// without every line of it being understood.
    #[test]
    fn an_altered_feed_is_refused_or_another_one(at in 0usize..400, byte in any::<u8>()) {
        let feed = epss(&[("CVE-2024-0001", "0.1", "0.2"), ("CVE-2024-0002", "0.3", "0.4")]);
        let mut bytes = feed.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = Feed::parse(bytes.clone()) {
            prop_assert_eq!(read.digest() == feed.digest(), bytes == feed.as_bytes());
            prop_assert_eq!(read.rows.len(), 2);
        }
    }
}
