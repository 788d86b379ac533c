//! `gate evaluate`: reports in, verdict and exit code out.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::{Instant, SystemTime};

use gate_core::code::Code;
use gate_core::evaluate::evaluate;
use gate_core::exit_code::ExitCode;
use gate_core::feed::Feed;
use gate_core::ports::{AskedOf, Store};
use gate_core::request::{EvaluationRequest, Question, Subject};
use gate_core::scan_report::Problem;
use gate_core::time::{Moment, SKEW_SECONDS};
use gate_report::answer::Answer;
use gate_report::metrics;

use crate::annotation::Annotations;
use crate::aws::Aws;
use crate::beside::Beside;
use crate::cli::Evaluate;
use crate::config::Profile;
use crate::evidence;
use crate::exits::ScannerExits;
use crate::failure::{Failure, Result};
use crate::outbox::{self, Outbox};
use crate::parallel::both;
use crate::policies::{Prepared, give, load_gate};
use crate::reports::{self, Inputs, Named};
use crate::signing::Signing;
use crate::thresholds::{Given, Thresholds, gates};
use crate::{baseline, output, vex};

pub(crate) fn run(config: Option<&Path>, args: &Evaluate) -> Result<ExitCode> {
    let began = Instant::now();
    let profile = Profile::load(config)?;
    let subject = args.subject.as_deref().map(parse_subject).transpose()?;
    let asked = profile.asked(&args.gate, args.environment.as_deref(), subject.as_ref())?;
    let environment = args.environment.as_deref();
    let signing = Signing::prepare(&args.signing, &profile, subject.as_ref(), environment)?;
    let evaluated_at = moment(args.at.as_deref())?;
    let named = args
        .reports
        .iter()
        .map(|r| Named::parse(r, &profile))
        .collect::<Result<Vec<_>>>()?;
    let adapters = Named::adapters(&named, &profile)?;
    let exits = ScannerExits::parse(&args.scanner_exits)?;
    let options = reports::options()?;
    let aws = Aws::of(&profile);
    let store = evidence::store(args.evidence.as_deref(), &profile, &aws)?;
    let store: &dyn Store = &*store;

    let beside = Beside::read(args, &profile, &asked, evaluated_at)?;
    let statements = args.vex.iter().map(|text| Named::parse(text, &profile));
    let statements = statements.collect::<Result<Vec<_>>>()?;
    let gates = gates(&profile);
    let thresholds = Thresholds {
        source: beside.thresholds.as_ref(),
        rules: &profile.thresholds,
        aws: &aws,
        asked: AskedOf {
            gate: asked.gate,
            gates: &gates,
        },
        at: evaluated_at,
    };
    // Policies may have to be compiled, reports be long, and thresholds far away: none waits for another.
    let (inputs, prepared) = both(
        || -> Result<(Inputs, vex::Documents)> {
            let inputs = Inputs::read(&named, &adapters, &profile.scope, &options, &exits, store)?;
            let trusted = &profile.trusted;
            let documents = vex::read(&statements, trusted, evaluated_at, &options, store)?;
            Ok((inputs, documents))
        },
        || -> Result<(Prepared, Given, (Annotations, Vec<Problem>))> {
            let (loaded, given) = thresholds.read_beside(|| load_gate(&asked));
            given.keep(store)?;
            let prepared = give(loaded?, &given.layers)?;
            for (policy, component) in prepared.policies.iter().zip(&prepared.components) {
                evidence::put_as(store, &policy.digest, component)?;
            }
            let compared = beside.baseline.as_ref();
            let annotations =
                Annotations::of_profile(&profile, compared, &asked, evaluated_at, store)?;
            Ok((prepared, given, annotations))
        },
    );
    let (prepared, given, (annotations, unreadable)) = prepared?;
    let Prepared {
        runtime,
        policies,
        mut problems,
        ..
    } = prepared;
    let (inputs, (vex, unusable)) = inputs?;
    problems.extend(unusable);
    // Never freed: the process ends with the answer, and the operating system is faster at it.
    let runtime = ManuallyDrop::new(runtime);
    problems.extend(given.problems);
    problems.extend(beside.problems);

    for component in adapters.used(&inputs.reports) {
        evidence::put(store, &component)?;
    }
    problems.extend(unreadable);
    let findings = annotations.annotated(inputs.findings, evaluated_at);
    let used = beside.baseline.as_ref().zip(annotations.baseline.as_ref());
    let used =
        used.map(|(asked, baseline)| baseline::keep(store, baseline, asked.rules, &findings));
    // Never freed either: to give back the texts of a hundred thousand findings one by one would take an eighth of the
    // time.
    let question = Question {
        subject,
        scope: profile.scope.clone(),
        enforcement: beside.enforcement,
        required: asked.profile.require.clone(),
        report_rules: beside.report_rules,
        environment: asked.environment.map(str::to_owned),
        variant: asked.variant.map(str::to_owned),
        groups: asked.profile.groups.clone(),
        waiver_rules: asked.profile.waiver_rules.clone(),
        policies,
        problems,
        threshold_sources: given.snapshots,
        overrides: beside.overrides,
        waivers: beside.waivers,
        vex,
        feeds: annotations.feeds.iter().map(Feed::used).collect(),
        feed_rules: profile.feeds.rules.clone(),
        baseline: used.transpose()?,
        ..Question::of(asked.gate.clone(), evaluated_at)
    };
    let request = EvaluationRequest::new(question, inputs.reports, findings);
    let request = ManuallyDrop::new(request);
    // The findings are what they are, whatever the policies say of them.
    let (evaluation, findings) = both(
        || evaluate(&request, &*runtime),
        || evidence::put_findings(store, &request.findings),
    );
    let verdict = &evaluation.verdict;
    let kept = evidence::keep(store, &request, findings?, verdict)?;
    let signed = signing.map_or(Ok(()), |signing| signing.attest(&kept, &aws, store));

    let publish = args.publish.iter().chain(&profile.publish.to);
    let publish = publish.copied().collect();
    // What is to be published is durable before the verdict is announced, and nothing is called before that.
    let entered = outbox::enter(store, &publish, kept.name(), &request.question, now()?);
    let mut exit = ExitCode::of(verdict.outcome, beside.enforcement);
    if let Err(failure) = &signed {
        output::say(failure);
        exit = exit.not_durable();
    }
    let answer = Answer {
        verdict,
        request: &request,
        diagnostics: &evaluation.diagnostics,
        record: kept.name(),
        exit_code: exit as u8,
    };
    args.output.write(answer)?;
    if let Some(to) = &args.metrics {
        let line = metrics::line(answer, began.elapsed(), now()?);
        output::add_line(to, &line)?;
    }
    if publish.is_empty() {
        return Ok(exit);
    }
    let outbox = Outbox {
        store,
        aws: &aws,
        rules: &profile.publish,
    };
    let complete = entered.and_then(|()| outbox.publish_record(&kept.name()));
    let complete = complete.unwrap_or_else(|failure| {
        output::say(&failure);
        false
    });
    Ok(if complete { exit } else { exit.not_durable() })
}

/// What the system's clock says.
fn now() -> Result<Moment> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok());
    now.and_then(|seconds| Moment::from_unix(seconds).ok())
        .ok_or_else(|| {
            Failure::new(Code::ConfigInvalid, "the system's clock can't be right")
                .help("set the clock, then evaluate again")
        })
}

/// The moment of judgement: now, or a later one.
pub(crate) fn moment(at: Option<&str>) -> Result<Moment> {
    let now = now()?;
    let Some(at) = at else { return Ok(now) };
    let moment: Moment = at.parse().map_err(|error| {
        Failure::new(Code::ConfigInvalid, format!("`--at {at}`: {error}"))
            .help("write it as in 2026-01-31T23:59:59Z")
    })?;
    if moment.unix() < now.unix() - SKEW_SECONDS {
        let message = format!("`--at {at}` lies in the past (it is {now})");
        return Err(Failure::new(Code::ClockInThePast, message));
    }
    Ok(moment)
}

/// What is judged: a name, with its digest where it has one.
pub(crate) fn parse_subject(text: &str) -> Result<Subject> {
    let invalid = |why: String| {
        Failure::new(Code::ConfigInvalid, format!("`--subject {text}`: {why}"))
            .help("write a name, or a name and a digest: `registry.example/shop@sha256:…`")
    };
    let (name, digest) = match text.split_once('@') {
        None => (text, None),
        Some((name, digest)) => (
            name,
            Some(digest.parse().map_err(|e| invalid(format!("{e}")))?),
        ),
    };
    if name.trim().is_empty() {
        return Err(invalid("it has no name".to_owned()));
    }
    Ok(Subject {
        name: name.to_owned(),
        digest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_past_moment_is_refused_and_a_later_one_taken() {
        assert_eq!(
            moment(Some("2020-01-01T00:00:00Z")).unwrap_err().code(),
            Code::ClockInThePast
        );
        assert_eq!(
            moment(Some("soon")).unwrap_err().code(),
            Code::ConfigInvalid
        );
        assert_eq!(
            moment(Some("9000-01-01T00:00:00Z")).unwrap().to_string(),
            "9000-01-01T00:00:00Z"
        );
    }

    #[test]
    fn a_subject_has_a_name_and_a_whole_digest() {
        let hex = "a".repeat(64);
        let subject = parse_subject(&format!("registry.example:5000/shop@sha256:{hex}")).unwrap();
        assert_eq!(subject.name, "registry.example:5000/shop");
        assert!(subject.digest.is_some());
        for text in ["", "@sha256:00", "shop@sha256:00", "shop@md5:00", "shop@"] {
            assert!(parse_subject(text).is_err(), "{text}");
        }
    }
}
