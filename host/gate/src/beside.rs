//! What is given to an evaluation beside its reports: by flags, else by the profile. Flags are recorded.

use std::path::Path;

use gate_core::code::Code;
use gate_core::request::{Enforcement, ReportRules};
use gate_core::scan_report::Problem;
use gate_core::time::Moment;
use gate_core::waiver::Waiver;

use crate::cli::Evaluate;
use crate::config::{AgeLimit, Asked, Profile};
use crate::failure::{Failure, Result};
use crate::thresholds::Source;
use crate::{baseline, waivers};

/// What is given beside reports.
pub(crate) struct Beside {
    /// Where thresholds come from that go before the profile's.
    pub(crate) thresholds: Option<Source>,
    /// Accepted risks.
    pub(crate) waivers: Vec<Waiver>,
    /// What is asked of each report.
    pub(crate) report_rules: ReportRules,
    /// What findings are compared with.
    pub(crate) baseline: Option<baseline::Asked>,
    /// Whether a fail closes the gate.
    pub(crate) enforcement: Enforcement,
    /// Flags that change what the profile says.
    pub(crate) overrides: Vec<String>,
    /// What can't be read: the gate then can't decide.
    pub(crate) problems: Vec<Problem>,
}

impl Beside {
    /// Reads what the flags name, else what the profile does.
    pub(crate) fn read(
        args: &Evaluate,
        profile: &Profile,
        asked: &Asked<'_>,
        now: Moment,
    ) -> Result<Self> {
        let (mut overrides, mut problems) = (Vec::new(), Vec::new());
        let named = args.thresholds.as_deref();
        let named = named.map(|address| Source::parse(address, Path::new("")));
        let thresholds = match named.transpose()? {
            Some(source) => {
                overrides.push(format!("--thresholds {source}"));
                Some(source)
            }
            None => profile
                .thresholds
                .source(&profile.scope, asked.environment)?,
        };
        if let Some(path) = &args.waivers {
            overrides.push(format!("--waivers {}", path.display()));
        }
        let named = args.waivers.as_deref().or(profile.waivers.as_deref());
        let waivers = named.map_or_else(Vec::new, |path| waived(path, now, &mut problems));
        let mut report_rules = asked.profile.report_rules.clone();
        if let Some(given) = &args.max_report_age {
            report_rules.max_age = age_limit(given)?.0;
            overrides.push(format!("--max-report-age {given}"));
        }
        let enforcement = if args.monitor {
            overrides.push("--monitor".to_owned());
            Enforcement::Monitor
        } else {
            Enforcement::Enforce
        };
        let baseline = baseline::Asked::new(&asked.profile.baseline, args, &mut overrides)?;
        Ok(Self {
            thresholds,
            waivers,
            report_rules,
            baseline,
            enforcement,
            overrides,
            problems,
        })
    }
}

fn waived(path: &Path, now: Moment, problems: &mut Vec<Problem>) -> Vec<Waiver> {
    waivers::load(path, now).unwrap_or_else(|wrong| {
        problems.extend(wrong);
        Vec::new()
    })
}

fn age_limit(text: &str) -> Result<AgeLimit> {
    text.parse().map_err(|error| {
        let message = format!("`--max-report-age {text}`: {error}");
        Failure::new(Code::ConfigInvalid, message)
            .help("write it as in `24h` or `7d`; `unlimited` takes a report of any age")
    })
}
