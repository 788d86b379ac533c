//! What the reports under `tests/reports/lcov` don't show.

use super::*;
use crate::read::{ReadReport, testing};

fn read_text(text: &str) -> ReadReport {
    testing::read_text(&ADAPTER, text).0
}

fn measures(text: &str) -> Vec<u64> {
    read_text(text).report.measures.into_values().collect()
}

#[test]
fn a_section_s_own_numbers_count_and_repeated_files_once() {
    let given = "SF:a\nDA:1,1\nDA:2,0\nLF:2\nLH:2\nend_of_record\n";
    let counted = "SF:a\nDA:1,1\nDA:2,0\nBRDA:1,0,0,-\nBRDA:1,0,1,3\nend_of_record\n";
    let other = "SF:a\nDA:1,0\nDA:2,4\nDA:3,0\nLF:3\nLH:1\nend_of_record\n";
    assert_eq!(measures(given), [0, 0, 2, 2]);
    assert_eq!(measures(counted), [1, 2, 1, 2]);
    assert_eq!(measures(&format!("{counted}{other}")), [1, 2, 2, 3]);
}

#[test]
fn completeness_is_what_the_sections_say() {
    const ONE: &str = "SF:a\nDA:1,1\nend_of_record\n";
    for (text, completeness) in [
        (ONE.to_owned(), Completeness::Complete),
        (
            format!("# made by hand\nTN:\n{ONE}"),
            Completeness::Complete,
        ),
        ("TN:\n".to_owned(), Completeness::Empty),
        ("SF:a\nend_of_record\n".to_owned(), Completeness::Empty),
        ("SF:a\nDA:1,1\n".to_owned(), Completeness::Failed),
        (
            "SF:a\nDA:1,1\nend_of_record".to_owned(),
            Completeness::Failed,
        ),
        (format!("SF:b\nDA:1,1\n{ONE}"), Completeness::Partial),
        (format!("{ONE}DA:2,1\n"), Completeness::Partial),
        (format!("{ONE}end_of_record\n"), Completeness::Partial),
        (
            "SF:a\nDA:1,1\nLF:2\nend_of_record\n".to_owned(),
            Completeness::Partial,
        ),
        (
            "SF:a\nDA:1,1\nLH:2\nend_of_record\n".to_owned(),
            Completeness::Partial,
        ),
        (
            "SF:a\nDA:1,1\nDA:2\nend_of_record\n".to_owned(),
            Completeness::Partial,
        ),
        (
            "SF:a\nDA:1,1\nXY:2\nend_of_record\n".to_owned(),
            Completeness::Partial,
        ),
    ] {
        assert_eq!(read_text(&text).report.completeness, completeness, "{text}");
    }
}

#[test]
fn the_checksum_of_a_line_is_not_kept() {
    let text = "SF:a\nDA:1,1,c29tZSBjaGVja3N1bQ\nend_of_record\n";
    let (read, twin) = testing::read_text(&ADAPTER, text);
    assert!(
        !twin.contains("c29tZSB") && twin.contains("DA:1,1"),
        "{twin}"
    );
    assert_eq!(read.report.completeness, Completeness::Complete);
}
