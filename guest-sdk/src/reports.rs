//! What the reports say beyond the fields of [`ScanReport`](crate::ScanReport): attributes of the context.

use crate::Context;

impl Context {
    /// What stands under `reports.N.WHAT`.
    fn of_report(&self, report: usize, what: &str) -> Option<&str> {
        let name = format!("reports.{report}.{what}");
        let at = self
            .attributes
            .binary_search_by(|(key, _)| key.as_str().cmp(&name));
        let (_, value) = self.attributes.get(at.ok()?)?;
        Some(value)
    }

    /// What kind of report it is: `scan`, `inventory`, `searched-inventory`, `statements` or `measurement`. `report` is
    /// a position in `reports`.
    #[must_use]
    pub fn content(&self, report: usize) -> Option<&str> {
        self.of_report(report, "content")
    }

    /// How many things the tool says it looked at; none when it does not say. `report` is a position in `reports`.
    #[must_use]
    pub fn scanned(&self, report: usize) -> Option<u64> {
        self.of_report(report, "scanned")?.parse().ok()
    }

    /// What a report measured under a name, such as `lines-covered`; none when it has no such measure. `report` is a
    /// position in `reports`.
    #[must_use]
    pub fn measure(&self, report: usize, name: &str) -> Option<u64> {
        let what = format!("measures.{name}");
        self.of_report(report, &what)?.parse().ok()
    }

    /// What each report measured under a name, with its position; only the reports that have such a measure.
    pub fn measures<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, u64)> + 'a {
        let reports = 0..self.reports.len();
        reports.filter_map(move |report| Some((report, self.measure(report, name)?)))
    }
}

#[cfg(test)]
mod tests {
    use crate::native;

    #[test]
    fn what_reports_say_of_themselves_is_found_by_position_and_name() {
        // Eleven reports: `reports.10.…` stands before `reports.2.…`.
        let context = (0..11).fold(native::context(), |context, at| {
            native::with_report(context, "lcov", &[("lines-covered", at), ("lines.x", 100)])
        });
        for at in 0..11 {
            assert_eq!(context.measure(at, "lines-covered"), Some(at as u64));
            assert_eq!(context.content(at), Some("scan"));
            assert_eq!(
                (context.scanned(at), context.measure(at, "lines")),
                (None, None)
            );
        }
        assert_eq!(
            (context.measure(11, "lines-covered"), context.content(11)),
            (None, None)
        );
        let all: Vec<_> = context.measures("lines-covered").collect();
        assert_eq!(all, (0..11).map(|at| (at, at as u64)).collect::<Vec<_>>());
        assert_eq!(context.measures("tests").count(), 0);
    }

    #[test]
    fn a_value_that_is_no_number_is_none() {
        let mut context = native::with_report(native::context(), "lcov", &[("tests", 1)]);
        context
            .attributes
            .push(("reports.0.scanned".to_owned(), "many".to_owned()));
        assert_eq!(
            (context.scanned(0), context.measure(0, "tests")),
            (None, Some(1))
        );
    }
}
