//! The upgrades that remove vulnerabilities, as an advice.

use std::collections::BTreeMap;

use crate::Vulnerability;

/// How many packages the advice names.
const NAMED: usize = 5;

/// How many bytes of a name or of versions the advice repeats. A text of a report can have any length, one of an
/// answer can't: too long an advice would make the outcome `error`.
const REPEATED: usize = 200;

/// The upgrades that remove vulnerabilities: one for each package, which is enough advice. The first in order of
/// findings stands for it. What the advice says stays below 4 KiB whatever stands in a report.
#[derive(Debug, Clone, Default)]
pub struct Upgrades {
    to: BTreeMap<String, String>,
    without: usize,
}

impl Upgrades {
    /// Takes a vulnerability. Reads `vulnerability.fixed-in` and `vulnerability.software`.
    pub fn add(&mut self, vulnerability: Vulnerability<'_>) {
        let mut versions = vulnerability.fixed_in().peekable();
        if versions.peek().is_none() {
            self.without += 1;
            return;
        }
        let name = vulnerability.software().name;
        if !name.is_empty() && !self.to.contains_key(name) {
            let versions: Vec<&str> = versions.collect();
            self.to.insert(name.to_owned(), versions.join(" or "));
        }
    }

    /// What to upgrade.
    #[must_use]
    pub fn advice(&self) -> String {
        if self.to.is_empty() {
            return "upgrade the packages named".to_owned();
        }
        let shown = self.to.iter().take(NAMED);
        let mut named: Vec<String> = shown
            .map(|(package, version)| format!("`{}` to {}", beginning(package), beginning(version)))
            .collect();
        if self.to.len() > NAMED {
            named.push(format!("{} more packages", self.to.len() - NAMED));
        }
        format!("upgrade {}", named.join(", "))
    }

    /// What to upgrade, and what to do where no version is named that contains a fix.
    #[must_use]
    pub fn advice_for_all(&self) -> String {
        const INSTEAD: &str = "remove the package or take it out of reach";
        match (self.to.is_empty(), self.without) {
            (_, 0) => self.advice(),
            (true, _) => format!("no fixed version is named: {INSTEAD}"),
            (false, without) => {
                format!(
                    "{}; for {without} no fixed version is named: {INSTEAD}",
                    self.advice()
                )
            }
        }
    }
}

fn beginning(text: &str) -> String {
    let (beginning, rest) = text.split_at(text.floor_char_boundary(REPEATED));
    let more = if rest.is_empty() { "" } else { "…" };
    format!("{beginning}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgrades(to: impl Iterator<Item = (String, String)>, without: usize) -> Upgrades {
        Upgrades {
            to: to.collect(),
            without,
        }
    }

    #[test]
    fn the_advice_stays_short() {
        let advice = |n: usize| {
            upgrades((0..n).map(|i| (format!("p{i}"), "2".to_owned())), 0).advice_for_all()
        };
        assert_eq!(advice(0), "upgrade the packages named");
        assert_eq!(advice(2), "upgrade `p0` to 2, `p1` to 2");
        assert!(advice(9).ends_with("`p4` to 2, 4 more packages"));
    }

    #[test]
    fn the_advice_stays_short_whatever_a_package_is_called() {
        let long = |i: usize| (format!("{i}{}", "é".repeat(5000)), "1.2 or ".repeat(5000));
        let advice = upgrades((0..9).map(long), 9).advice_for_all();
        assert!(advice.len() < 4096, "{}", advice.len());
        assert!(advice.starts_with("upgrade `0é") && advice.contains("é…` to 1.2 or "));
    }

    #[test]
    fn what_has_no_fix_is_not_called_an_upgrade() {
        let one = || [("p".to_owned(), "2".to_owned())].into_iter();
        let instead = "no fixed version is named: remove the package or take it out of reach";
        assert_eq!(
            upgrades(one().take(0), 3).advice_for_all(),
            instead.to_owned()
        );
        let both = upgrades(one(), 3).advice_for_all();
        assert_eq!(both, format!("upgrade `p` to 2; for 3 {instead}"));
    }
}
