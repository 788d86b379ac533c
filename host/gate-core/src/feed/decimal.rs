//! Numbers as decimal text, compared exactly: nothing here is a float.

use std::cmp::Ordering;

/// Longest number that is read, written out, in digits. The least positive double has 325.
const MAX_DIGITS: usize = 400;

/// Most digits after the point of a probability. EPSS has nine.
const MAX_PLACES: usize = 30;

/// The one spelling of a number that is not negative: no exponent, no zero that could be left out. `None` when the text
/// is no such number.
pub(super) fn normal(text: &str) -> Option<String> {
    if text.len() > MAX_DIGITS {
        return None;
    }
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, read_exponent(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (digits(whole)?, digits(fraction)?),
        None => (digits(number)?, ""),
    };
    // All digits, with the point after some of them, or before or beyond all.
    let all = format!("{whole}{fraction}");
    let (whole, fraction) = match whole.len().checked_add_signed(exponent) {
        Some(point) => match all.split_at_checked(point) {
            Some((whole, fraction)) => (whole.to_owned(), fraction.to_owned()),
            None => (format!("{all:0<point$}"), String::new()),
        },
        None => {
            let places = all.len() + exponent.unsigned_abs() - whole.len();
            (String::new(), format!("{all:0>places$}"))
        }
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    })
}

/// Whether a text is a number from 0 to 1, as [`normal`] spells it.
pub(super) fn is_probability(text: &str) -> bool {
    match text.strip_prefix("0.") {
        Some(places) => {
            digits(places).is_some() && places.len() <= MAX_PLACES && !places.ends_with('0')
        }
        None => matches!(text, "0" | "1"),
    }
}

/// Compares two numbers that are spelt as [`normal`] does.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b))
}

/// What orders numbers: without zeros in front, the one with more digits before the point is the larger one.
fn key(number: &str) -> (usize, &str, &str) {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    (whole.len(), whole, fraction)
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn read_exponent(text: &str) -> Option<isize> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let exponent: isize = digits(unsigned)?.parse().ok()?;
    (exponent.unsigned_abs() <= MAX_DIGITS).then_some(match text.starts_with('-') {
        true => -exponent,
        false => exponent,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_spelling_per_number() {
        for (written, spelt) in [
            ("0", "0"),
            ("0.0", "0"),
            ("00.50", "0.5"),
            ("1.000", "1"),
            ("1e-05", "0.00001"),
            ("9.5E-4", "0.00095"),
            ("1.25e+1", "12.5"),
            ("12e3", "12000"),
            ("120e-1", "12"),
            ("0e-400", "0"),
            ("0.000430000", "0.00043"),
        ] {
            assert_eq!(normal(written).as_deref(), Some(spelt), "{written}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "1".repeat(MAX_DIGITS + 1);
        for text in [
            "",
            ".",
            ".5",
            "5.",
            "-0.5",
            "+0.5",
            " 0.5",
            "0.5 ",
            "0,5",
            "1e",
            "e5",
            "1e+-5",
            "1e401",
            "1e99999999999999999999",
            "1.2.3",
            "1e5e5",
            "NaN",
            "nan",
            "inf",
            "Infinity",
            "0x1",
            "١",
            &long,
        ] {
            assert_eq!(normal(text), None, "{text}");
        }
    }

    #[test]
    fn a_probability_is_spelt_in_one_way() {
        for (text, is) in [
            ("0", true),
            ("1", true),
            ("0.00001", true),
            ("0.10", false),
            ("0.", false),
            ("0.0", false),
            ("1.0", false),
            ("2", false),
            ("00.1", false),
            ("1e-05", false),
            ("-0.1", false),
        ] {
            assert_eq!(is_probability(text), is, "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_compared_by_what_they_mean(a in 0u32..2_000_000, b in 0u32..2_000_000) {
            let spelt = |n: u32| normal(&format!("{n}e-6")).unwrap();
            prop_assert_eq!(compare(&spelt(a), &spelt(b)), a.cmp(&b));
            prop_assert_eq!(is_probability(&spelt(a)), a <= 1_000_000);
            prop_assert_eq!(normal(&spelt(a)), Some(spelt(a)));
        }
    }
}
