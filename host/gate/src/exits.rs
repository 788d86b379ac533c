//! `--scanner-exit TOOL=CODE`: with which code a tool exited, and to which reports that belongs.

use std::collections::BTreeMap;

use gate_adapters::registry;
use gate_core::code::Code;
use gate_core::scan_report::ScanReport;

use crate::failure::{Failure, Result};

/// Exit codes of scanners, by the name of the tool.
#[derive(Debug, Default)]
pub(crate) struct ScannerExits(BTreeMap<String, i32>);

impl ScannerExits {
    /// Takes every `TOOL=CODE` apart. A tool has one code, however many reports it wrote: which report would be
    /// of which run, a name can't tell.
    pub(crate) fn parse(given: &[String]) -> Result<Self> {
        let mut codes = BTreeMap::new();
        for text in given {
            let wrong = |why: &str| {
                Failure::new(
                    Code::ConfigInvalid,
                    format!("`--scanner-exit {text}`: {why}"),
                )
                .help("write the tool and the code that the shell has in `$?`, as in `trivy=0`")
            };
            let (tool, code) = text.split_once('=').unwrap_or((text, ""));
            if tool.is_empty() {
                return Err(wrong("it names no tool"));
            }
            let digits = !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit());
            let code = code.parse::<u8>().ok().filter(|_| digits);
            let code = i32::from(code.ok_or_else(|| wrong("expected a code from 0 to 255"))?);
            if *codes.entry(tool.to_owned()).or_insert(code) != code {
                let why = "another code was given for the same tool";
                return Err(
                    wrong(why).help("judge the reports of the two runs one after the other")
                );
            }
        }
        Ok(Self(codes))
    }

    /// Whether none was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The code of a tool.
    pub(crate) fn of_tool(&self, tool: &str) -> Option<i32> {
        self.0.get(tool).copied()
    }

    /// The code that belongs to a report.
    pub(crate) fn of(&self, report: &ScanReport) -> Option<i32> {
        self.claim(report).map(|(_, code)| code)
    }

    /// Refuses a code that no report takes: it would be dropped silently. A report that no adapter knew may be
    /// the one that was meant; it is an error at the gate already.
    pub(crate) fn refuse_unclaimed(&self, reports: &[ScanReport]) -> Result<()> {
        if reports
            .iter()
            .any(|report| report.adapter.is_none() && report.tool == "unknown")
        {
            return Ok(());
        }
        let claimed = |tool: &String| {
            let claims = reports.iter().filter_map(|report| self.claim(report));
            claims.map(|(name, _)| name).any(|name| name == tool)
        };
        let Some((tool, code)) = self.0.iter().find(|(tool, _)| !claimed(tool)) else {
            return Ok(());
        };
        let message =
            format!("`--scanner-exit {tool}={code}`: no report takes the code of this tool");
        let mut tools: Vec<_> = reports.iter().map(|report| report.tool.as_str()).collect();
        tools.sort_unstable();
        tools.dedup();
        Err(
            Failure::new(Code::ConfigInvalid, message).help(match tools.as_slice() {
                [] => "give the tool's report as well, with `--report`".to_owned(),
                tools => format!("the reports that were given are of {}", tools.join(", ")),
            }),
        )
    }

    /// Under which name a report finds its code: that of the tool that ran, or else that of the format, so that
    /// `sarif` stands for every tool that has none of its own.
    fn claim(&self, report: &ScanReport) -> Option<(&str, i32)> {
        let adapter = report.adapter.as_deref().and_then(registry::by_id);
        let names = [
            Some(report.tool.as_str()),
            adapter.map(|adapter| adapter.tool),
        ];
        let mut codes = names
            .into_iter()
            .flatten()
            .filter_map(|name| self.0.get_key_value(name));
        codes.next().map(|(name, code)| (name.as_str(), *code))
    }
}

#[cfg(test)]
mod tests {
    use gate_core::scan_report::Problem;

    use super::*;

    fn exits(given: &[&str]) -> Result<ScannerExits> {
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        ScannerExits::parse(&given)
    }

    fn report(tool: &str, adapter: Option<&str>) -> ScanReport {
        ScanReport {
            tool: tool.to_owned(),
            adapter: adapter.map(str::to_owned),
            ..ScanReport::unreadable("r", Problem::new(Code::ReportEmpty, "unused"))
        }
    }

    #[test]
    fn a_code_is_what_a_shell_has() {
        for (given, code) in [
            ("trivy=0", 0),
            ("trivy=7", 7),
            ("trivy=255", 255),
            ("trivy=007", 7),
        ] {
            assert_eq!(
                exits(&[given]).unwrap().of_tool("trivy"),
                Some(code),
                "{given}"
            );
        }
        for given in [
            "",
            "trivy",
            "trivy=",
            "=0",
            "trivy=-1",
            "trivy=+1",
            "trivy=256",
            "trivy=0x1",
            "trivy= 1",
        ] {
            assert!(exits(&[given]).is_err(), "{given}");
        }
    }

    #[test]
    fn a_tool_has_one_code() {
        assert!(exits(&["trivy=1", "grype=0", "trivy=1"]).is_ok());
        let error = exits(&["trivy=1", "trivy=0"]).unwrap_err().to_string();
        assert!(
            error.contains("`--scanner-exit trivy=0`: another code"),
            "{error}"
        );
    }

    #[test]
    fn a_report_takes_the_code_of_its_tool_before_that_of_its_format() {
        let semgrep = report("semgrep", Some("sarif@1"));
        for (given, code) in [
            (&["semgrep=1"][..], Some(1)),
            (&["sarif=2"], Some(2)),
            (&["sarif=2", "semgrep=1"], Some(1)),
            (&["trivy=3"], None),
        ] {
            assert_eq!(exits(given).unwrap().of(&semgrep), code, "{given:?}");
        }
    }

    #[test]
    fn a_code_that_no_report_takes_is_refused() {
        let (semgrep, trivy) = (
            report("semgrep", Some("sarif@1")),
            report("trivy", Some("trivy-json@1")),
        );
        for (given, reports, refused) in [
            (&["trivy=0"][..], vec![], true),
            (&["trivy=0"], vec![semgrep.clone()], true),
            (&["trivy=0"], vec![semgrep.clone(), trivy.clone()], false),
            (&["Trivy=0"], vec![trivy.clone()], true),
            // The tool's own code hides that of the format.
            (&["sarif=0", "semgrep=1"], vec![semgrep], true),
            (&["trivy=0"], vec![report("unknown", None)], false),
            (&["trivy=0"], vec![report("trivy", None)], false),
        ] {
            let refusal = exits(given).unwrap().refuse_unclaimed(&reports);
            assert_eq!(refusal.is_err(), refused, "{given:?}");
        }
    }
}
