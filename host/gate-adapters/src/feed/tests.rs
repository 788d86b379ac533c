//! What publishers write is imported whole, and nothing else is.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use gate_core::feed::{Entry, Ransomware};

use super::*;

const EPSS: &str = include_str!("../../../../tests/feeds/epss.csv");
const EPSS_PACKED: &[u8] = include_bytes!("../../../../tests/feeds/epss.csv.gz");
const KEV: &str = include_str!("../../../../tests/feeds/kev.json");

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn text(feed: &Feed) -> &str {
    std::str::from_utf8(feed.as_bytes()).unwrap()
}

#[test]
fn epss_is_imported_in_order_and_in_one_spelling() {
    let Imported { feed, unknown } = import(FeedKind::Epss, EPSS.as_bytes()).unwrap();
    let source = Digest::of(EPSS.as_bytes());
    let header = r#"{"count":6,"date":"2025-11-20T00:00:00Z","format":"gate-feed/1","kind":"epss","model":"v2025.03.14","source":""#;
    let rows = "\
CVE-1999-0001 0.01141 0.77689
CVE-2021-44228 0.94358 0.99955
CVE-2023-34362 0.94434 0.99978
CVE-2024-1000 0.00001 0.00021
CVE-2024-10000 0.00043 0.1234
CVE-2026-0001 0.5 0.98
";
    assert_eq!(text(&feed), format!("{header}{source}\"}}\n{rows}"));
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn packed_or_not_it_says_the_same_and_names_what_was_given() {
    let plain = import(FeedKind::Epss, EPSS.as_bytes()).unwrap().feed;
    let unpacked = import(FeedKind::Epss, EPSS_PACKED).unwrap().feed;
    let rows = |feed: &Feed| text(feed).split_once('\n').unwrap().1.to_owned();
    assert_eq!(rows(&plain), rows(&unpacked));
    assert_eq!(unpacked.source(), Digest::of(EPSS_PACKED));
    let crlf = EPSS.replace('\n', "\r\n");
    let crlf = import(FeedKind::Epss, crlf.as_bytes()).unwrap().feed;
    assert_eq!(rows(&plain), rows(&crlf));
}

#[test]
fn the_day_of_the_scores_has_an_offset_in_any_spelling() {
    for (written, date) in [
        ("2025-11-20T00:00:00+0000", "2025-11-20T00:00:00Z"),
        ("2025-11-20T00:00:00Z", "2025-11-20T00:00:00Z"),
        ("2025-11-20T02:00:00+02:00", "2025-11-20T00:00:00Z"),
        ("2025-11-19T19:30:00-0430", "2025-11-20T00:00:00Z"),
    ] {
        let epss = EPSS.replacen("2025-11-20T00:00:00+0000", written, 1);
        let feed = import(FeedKind::Epss, epss.as_bytes()).unwrap().feed;
        assert_eq!(feed.date().to_string(), date, "{written}");
    }
}

#[test]
fn kev_is_imported() {
    let Imported { feed, unknown } = import(FeedKind::Kev, KEV.as_bytes()).unwrap();
    assert_eq!((feed.kind(), feed.count()), (FeedKind::Kev, 3));
    assert_eq!(feed.model(), "2025.11.20");
    assert_eq!(feed.date().to_string(), "2025-11-20T18:01:20Z");
    let entry = Entry::Kev {
        added: "2021-12-10",
        due: "2021-12-24",
        ransomware: Ransomware::Known,
    };
    assert_eq!(feed.get("CVE-2021-44228"), Some(entry));
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn a_field_that_is_not_known_is_left_out_and_said_once() {
    let more = KEV
        .replacen(
            "{\n    \"title\"",
            "{\n    \"signature\": {\"by\": []},\n    \"title\"",
            1,
        )
        .replace("\"notes\"", "\"epss\": 0.5,\n            \"notes\"");
    let Imported { feed, unknown } = import(FeedKind::Kev, more.as_bytes()).unwrap();
    let plain = import(FeedKind::Kev, KEV.as_bytes()).unwrap().feed;
    assert_eq!(
        text(&feed).split_once('\n').unwrap().1,
        text(&plain).split_once('\n').unwrap().1
    );
    assert_eq!(
        unknown,
        [
            "`epss` of a vulnerability, line 8",
            "`signature` of the catalogue"
        ]
    );
    let epss = EPSS.replacen(",score_date", ",signed:yes,score_date", 1);
    let unknown = import(FeedKind::Epss, epss.as_bytes()).unwrap().unknown;
    assert_eq!(unknown, ["`signed`, line 1"]);
}

#[test]
fn what_is_no_feed_of_epss_is_refused() {
    let with = |from: &str, to: &str| {
        let changed = EPSS.replacen(from, to, 1);
        assert_ne!(changed, EPSS, "{from}");
        changed.into_bytes()
    };
    let head = "it is no feed of EPSS: expected `#model_version:…,score_date:…`, line 1";
    let columns = "it is no feed of EPSS: expected the columns `cve,epss,percentile`, line 2";
    let date = "expected as `score_date` a moment such as `2025-11-20T00:00:00+0000`, line 1";
    let number =
        |name| format!("expected as `{name}` a number from 0 to 1, such as `0.00043`, line 4");
    for (bytes, message) in [
        (Vec::new(), "the file is empty".to_owned()),
        (packed(b""), "the file is empty".to_owned()),
        (KEV.as_bytes().to_vec(), head.to_owned()),
        (b"\n".to_vec(), head.to_owned()),
        (
            EPSS.lines()
                .skip(1)
                .collect::<Vec<_>>()
                .join("\n")
                .into_bytes(),
            head.to_owned(),
        ),
        (b"\xEF\xBB\xBF#model_version:v1\n".to_vec(), head.to_owned()),
        (
            with("model_version:v2025.03.14,", ""),
            "`model_version` is missing, line 1".to_owned(),
        ),
        (
            with(",score_date:2025-11-20T00:00:00+0000", ""),
            "`score_date` is missing, line 1".to_owned(),
        ),
        (
            with(
                "#model_version:v2025.03.14,",
                "#model_version:a,model_version:b,",
            ),
            "`model_version` stands twice, line 1".to_owned(),
        ),
        (
            with("#model_version:v2025.03.14,", "#model_version:,"),
            "expected as `model_version` a version such as `v2025.03.14`, line 1".to_owned(),
        ),
        (
            with("#model_version:v2025.03.14,", "#v2025.03.14,"),
            "a field has no `:`, line 1".to_owned(),
        ),
        (
            with("2025-11-20T00:00:00+0000", "2025-11-20"),
            date.to_owned(),
        ),
        (
            with("2025-11-20T00:00:00+0000", "2025-11-31T00:00:00+0000"),
            date.to_owned(),
        ),
        (
            with("2025-11-20T00:00:00+0000", "2025-11-20T00:00:00"),
            date.to_owned(),
        ),
        (with("2025-11-20T00:00:00+0000", "é0000"), date.to_owned()),
        (
            with("cve,epss,percentile", "cve,percentile,epss"),
            columns.to_owned(),
        ),
        (with("cve,epss,percentile\n", ""), columns.to_owned()),
        (
            EPSS.lines().next().unwrap().as_bytes().to_vec(),
            columns.to_owned(),
        ),
        (
            EPSS.lines()
                .take(2)
                .map(|line| format!("{line}\n"))
                .collect::<String>()
                .into_bytes(),
            "it lists no vulnerability".to_owned(),
        ),
        (
            EPSS.trim_end().as_bytes().to_vec(),
            "it ends in the middle, line 8".to_owned(),
        ),
        (
            with("CVE-1999-0001,0.01141,0.77689", "CVE-1999-0001,0.01141"),
            "expected a row such as `CVE-2024-0001,0.00043,0.12345`, line 4".to_owned(),
        ),
        (
            with("CVE-1999-0001,0.01141,0.77689", ""),
            "expected a row such as `CVE-2024-0001,0.00043,0.12345`, line 4".to_owned(),
        ),
        (
            with("0.77689", "0.77689,2025-11-20"),
            "expected a row such as `CVE-2024-0001,0.00043,0.12345`, line 4".to_owned(),
        ),
        (
            with("CVE-1999-0001", "GHSA-1999-0001"),
            "expected an identifier such as `CVE-2024-0001`, line 4".to_owned(),
        ),
        (
            with("CVE-1999-0001", "CVE-2021-44228"),
            "the identifier stands twice, line 4".to_owned(),
        ),
        (with("0.01141", "1.01141"), number("epss")),
        (with("0.01141", "-0.01141"), number("epss")),
        (with("0.01141", "NaN"), number("epss")),
        (with("0.01141", "inf"), number("epss")),
        (with("0.01141", "1e9999999"), number("epss")),
        (
            with("0.01141", "0,01141"),
            "expected a row such as `CVE-2024-0001,0.00043,0.12345`, line 4".to_owned(),
        ),
        (with("0.77689", "\"0.77689\""), number("percentile")),
        (with("0.77689", ""), number("percentile")),
        (
            EPSS.replace("0.5,0.98", "\u{1b}[2J,0.98").into_bytes(),
            "expected as `epss` a number from 0 to 1, such as `0.00043`, line 8".to_owned(),
        ),
        (
            [EPSS.as_bytes(), b"\xFF\n"].concat(),
            "it is not valid UTF-8, line 9".to_owned(),
        ),
        (
            vec![b'#'; MAX_SOURCE + 1],
            format!("it is longer than {MAX_SOURCE} bytes"),
        ),
    ] {
        let error = import(FeedKind::Epss, &bytes).unwrap_err().to_string();
        assert_eq!(
            error,
            message,
            "{}",
            String::from_utf8_lossy(bytes.get(..200).unwrap_or(&bytes))
        );
    }
}

#[test]
fn what_is_packed_is_unpacked_whole_or_not_at_all() {
    let cut = |n: usize| EPSS_PACKED[..EPSS_PACKED.len() - n].to_vec();
    let mut damaged = EPSS_PACKED.to_vec();
    damaged[40] ^= 1;
    let mut wrong_sum = EPSS_PACKED.to_vec();
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    let torn = "it can't be unpacked: it is cut off or damaged";
    let more = "it can't be unpacked: something follows its end";
    let bomb = packed(&vec![b'0'; 8 << 20]);
    let most = bomb.len() * 100;
    let beyond = format!("unpacked it is longer than {most} bytes");
    for (bytes, message) in [
        (cut(1), torn),
        (cut(8), torn),
        (cut(60), torn),
        (EPSS_PACKED[..2].to_vec(), torn),
        (damaged, torn),
        (wrong_sum, torn),
        ([EPSS_PACKED, b"\n"].concat(), more),
        ([EPSS_PACKED, EPSS_PACKED].concat(), more),
        (bomb, &*beyond),
        (packed(EPSS_PACKED), "it is not valid UTF-8, line 1"),
    ] {
        let error = import(FeedKind::Epss, &bytes).unwrap_err().to_string();
        assert_eq!(error, message);
    }
}

#[test]
fn what_is_no_feed_of_kev_is_refused() {
    let with = |from: &str, to: &str| {
        let changed = KEV.replacen(from, to, 1);
        assert_ne!(changed, KEV, "{from}");
        changed.into_bytes()
    };
    let day = |name| format!("expected as `{name}` a day such as `2024-01-31`, line 7");
    let wrong = |what: &str| format!("it is no feed of KEV: {what}");
    let deep = format!(
        "\"count\": 3, \"x\": {}{},",
        "[".repeat(200),
        "]".repeat(200)
    );
    let mut wrong_rows = Vec::new();
    for (bytes, message) in [
        (Vec::new(), "the file is empty".to_owned()),
        (b" \n".to_vec(), "the file is empty".to_owned()),
        (b"{}".to_vec(), wrong("missing field `catalogVersion`")),
        (b"[]".to_vec(), wrong("invalid type: sequence, expected an object")),
        (b"3".to_vec(), wrong("invalid type: integer, expected an object")),
        (EPSS.as_bytes().to_vec(), "expected value, line 1".to_owned()),
        (KEV.as_bytes()[..900].to_vec(), "it ends in the middle, line 23 column 3".to_owned()),
        (with("\"count\": 3,", ""), wrong("missing field `count`")),
        (with("\"count\": 3", "\"count\": 2"), "it counts 2 vulnerabilities, and lists 3".to_owned()),
        (with("\"count\": 3", "\"count\": \"3\""), wrong("invalid type: a text, expected u64")),
        (with("\"count\": 3,", "\"count\": 3, \"count\": 3,"), "the key `count` stands twice in one object, line 5 column 23".to_owned()),
        (with("\"product\"", "\"cveID\""), "the key `cveID` stands twice in one object, line 10 column 19".to_owned()),
        (with("\"notes\"", "\"a\": 1, \"a\""), "the key `a` stands twice in one object, line 17 column 23".to_owned()),
        (with("\"count\": 3,", &deep), "it nests deeper than 100 levels, line 5 column 121".to_owned()),
        (with("2025.11.20", ""), wrong("expected as `catalogVersion` a version such as `2025.11.20`")),
        (with("2025-11-20T18:01:20.6186Z", "2025-11-20"), wrong("expected as `dateReleased` a moment such as `2025-11-20T18:00:00.000Z`")),
        (with("CVE-2023-34362", "CVE-2021-44228"), "the identifier stands twice, line 22".to_owned()),
        (with("CVE-2023-34362", "34362"), "expected an identifier such as `CVE-2024-0001`, line 7".to_owned()),
        (with("\"cveID\"", "\"cveId\""), "missing field `cveID`, line 21".to_owned()),
        (with("2023-06-02", "2023-06-31"), day("added")),
        (with("2023-06-02", "06/02/2023"), day("added")),
        (with("2023-06-23", ""), day("due")),
        (with("\"2023-06-23\"", "null"), "invalid type: null, expected a string, line 15".to_owned()),
        (with("\"Known\"", "\"Perhaps\""), "expected as `knownRansomwareCampaignUse` `Known` or `Unknown`, line 7".to_owned()),
        ([KEV.as_bytes(), KEV.as_bytes()].concat(), "trailing characters, line 52".to_owned()),
        ([b"\xEF\xBB\xBF", KEV.as_bytes()].concat(), "it is written in UTF-8 with a byte-order mark; JSON is UTF-8 without a mark, line 1 column 1".to_owned()),
    ] {
        let error = import(FeedKind::Kev, &bytes).unwrap_err().to_string();
        if error != message {
            wrong_rows.push((error, message));
        }
    }
    assert!(wrong_rows.is_empty(), "{wrong_rows:#?}");
    let none = br#"{"catalogVersion":"1","dateReleased":"2025-11-20T18:01:20Z","count":0,"vulnerabilities":[]}"#;
    let error = import(FeedKind::Kev, none).unwrap_err().to_string();
    assert_eq!(error, "it lists no vulnerability");
}
