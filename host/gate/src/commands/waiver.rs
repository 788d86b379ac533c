//! `gate waiver check`, `prune` and `import`: waivers as people look after them.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use gate_core::age::Age;
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use gate_core::ports::EvidenceStore as _;
use gate_core::request::EvaluationRequest;
use gate_core::time::Moment;
use gate_core::waiver::{Waiver, WaiverRules, hygiene};
use gate_evidence::replace_whole;
use gate_report::waivers::WaiversDocument;

use crate::cli::{CheckWaivers, ImportWaivers, PruneWaivers, Source};
use crate::commands::evaluate::moment;
use crate::config::Profile;
use crate::evidence;
use crate::failure::{Failure, Result};
use crate::output::say;
use crate::waivers::file::{Written, read};
use crate::waivers::import::{self, Given};
use crate::waivers::{prune as cut, said_of, text};

/// File that is looked for beside the profile.
const FILE: &str = "waivers.toml";

pub(crate) fn check(config: Option<&Path>, args: &CheckWaivers) -> Result<ExitCode> {
    let now = moment(args.at.as_deref())?;
    let within: Age = args.within.parse().map_err(|error| {
        let message = format!("`--within {}`: {error}", args.within);
        Failure::new(Code::ConfigInvalid, message).help("write it as in `14d`")
    })?;
    let path = file(args.waivers.as_deref(), config)?;
    let written = written(&path, now)?.1;
    let mut placed: Vec<_> = written
        .into_iter()
        .map(|written| (written.place.line, written.waiver))
        .collect();
    placed.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
    let waivers: Vec<Waiver> = placed.iter().map(|(_, waiver)| waiver.clone()).collect();

    let (records, requests) = requests(
        &args.records,
        args.evidence.as_deref(),
        config,
        &waivers,
        now,
    )?;
    let rules = requests
        .first()
        .map_or_else(WaiverRules::default, |request| {
            request.question.waiver_rules.clone()
        });
    let remarks = remarks(&waivers, &rules, &requests, now, within);
    let document =
        WaiversDocument::new(path.display().to_string(), now, records, &placed, &remarks);
    args.output.write(&document, || &document)?;
    let closed = args.strict && document.to_mend > 0;
    Ok(if closed {
        ExitCode::Closed
    } else {
        ExitCode::Open
    })
}

pub(crate) fn prune(config: Option<&Path>, args: &PruneWaivers) -> Result<ExitCode> {
    let now = moment(None)?;
    let path = file(args.waivers.as_deref(), config)?;
    let (text, written) = written(&path, now)?;
    let mut waivers: Vec<Waiver> = written.iter().map(|w| w.waiver.clone()).collect();
    waivers.sort_by(|a, b| a.id.cmp(&b.id));
    let (_, requests) = requests(
        &args.records,
        args.evidence.as_deref(),
        config,
        &waivers,
        now,
    )?;
    let soon = Age::of_days(1).ok_or_else(|| Failure::new(Code::Defect, "a day is an age"))?;
    let mut remarks = remarks(&waivers, &WaiverRules::default(), &requests, now, soon);
    remarks.retain(|remark| remark.matter.is_to_remove());
    let gone: BTreeSet<String> = remarks.iter().map(|remark| remark.waiver.clone()).collect();
    let lines = cut::lines_of(&text, &written, &gone).map_err(|id| {
        let message = format!(
            "`{}`: the waiver `{id}` has no lines of its own",
            path.display()
        );
        Failure::new(Code::WaiversInvalid, message)
            .help("write each waiver as a `[[waiver]]` of its own")
    })?;
    let left = cut::without(&text, &lines);
    // What is left has to be exactly the others.
    let others = waivers.iter().filter(|waiver| !gone.contains(&waiver.id));
    let mut again: Vec<Waiver> = parsed(&path, &left, now)?
        .into_iter()
        .map(|w| w.waiver)
        .collect();
    again.sort_by(|a, b| a.id.cmp(&b.id));
    if !others.eq(&again) {
        let message = format!(
            "`{}` can't be cut without a change to what stays",
            path.display()
        );
        return Err(Failure::new(Code::WaiversInvalid, message).help("remove the waivers by hand"));
    }
    for remark in &remarks {
        say(&format!(
            "`{}`: {}",
            gate_report::text::safe(&remark.waiver),
            remark.message
        ));
    }
    if gone.is_empty() {
        say(&"nothing is to be removed");
    } else if args.write {
        replace_whole(&path, left.as_bytes()).map_err(|error| {
            let message = format!("writing `{}`: {error}", path.display());
            Failure::new(Code::AnswerNotWritten, message)
        })?;
    } else {
        print(&cut::diff(&path.display().to_string(), &text, &lines))?;
    }
    Ok(ExitCode::Open)
}

pub(crate) fn import(config: Option<&Path>, args: &ImportWaivers) -> Result<ExitCode> {
    let now = moment(None)?;
    let invalid = |message: String| Failure::new(Code::WaiversInvalid, message);
    let records: Vec<String> = args.record.iter().cloned().collect();
    let (_, requests) = requests(&records, args.evidence.as_deref(), config, &[], now)?;
    let given =
        Given::parse(args, now).map_err(|message| Failure::new(Code::ConfigInvalid, message))?;
    let text = text(&args.file).map_err(invalid)?;
    let entries = import::entries(args.from, &args.file, &text).map_err(|message| {
        invalid(format!("reading `{}`: {message}", args.file.display()))
            .help("name what wrote it with `--from`; docs/waivers.md says what is read")
    })?;
    let findings: Vec<_> = requests.iter().flat_map(|r| r.findings.iter()).collect();
    let imported = import::waivers(&entries, &given, &findings);
    print(&imported.text)?;
    let unit = match args.from {
        Some(Source::Openvex) => "statement",
        _ => "line",
    };
    for (number, message) in &imported.refused {
        let message = format!("`{}` {unit} {number}: {message}", args.file.display());
        say(&invalid(message).help("say what is missing with a flag, or write this waiver by hand"));
    }
    let all = imported.refused.is_empty();
    Ok(if all { ExitCode::Open } else { ExitCode::Usage })
}

/// What there is to say of waivers, held against what records asked, if any.
fn remarks(
    waivers: &[Waiver],
    rules: &WaiverRules,
    requests: &[EvaluationRequest],
    now: Moment,
    within: Age,
) -> Vec<hygiene::Remark> {
    let mut remarks = hygiene::look(waivers, rules, now, within);
    if !requests.is_empty() {
        remarks.extend(hygiene::look_at(waivers, requests));
    }
    remarks
}

/// The file that was named, the one that the profile names, or the one beside it.
fn file(named: Option<&Path>, config: Option<&Path>) -> Result<PathBuf> {
    match named {
        Some(path) => Ok(path.to_path_buf()),
        None => {
            let profile = Profile::load(config)?;
            Ok(profile.waivers.unwrap_or_else(|| profile.folder.join(FILE)))
        }
    }
}

fn written(path: &Path, now: Moment) -> Result<(String, Vec<Written>)> {
    let text = text(path).map_err(|message| Failure::new(Code::WaiversInvalid, message))?;
    let written = parsed(path, &text, now)?;
    Ok((text, written))
}

/// The waivers of a text; each mistake is said, the last one as the failure.
fn parsed(path: &Path, text: &str, now: Moment) -> Result<Vec<Written>> {
    read(text, now).map_err(|mistakes| {
        let failure = |mistake| Failure::new(Code::WaiversInvalid, said_of(path, mistake));
        let mut failures: Vec<_> = mistakes.iter().map(failure).collect();
        let last = failures.pop();
        for failure in &failures {
            say(failure);
        }
        last.unwrap_or_else(|| Failure::new(Code::Defect, "a mistake without a name"))
    })
}

/// What records asked, again with other waivers and at another moment.
fn requests(
    names: &[String],
    evidence: Option<&Path>,
    config: Option<&Path>,
    waivers: &[Waiver],
    now: Moment,
) -> Result<(Vec<Digest>, Vec<EvaluationRequest>)> {
    let mut digests = Vec::new();
    let mut requests = Vec::new();
    if names.is_empty() {
        return Ok((digests, requests));
    }
    let store = evidence::store_to_read(evidence, config)?;
    for name in names {
        let digest = store.find_record(evidence::record_name(name))?;
        let record = evidence::record(&*store, &digest)?;
        let findings = evidence::findings(&*store, &record)?;
        let mut question = record.question;
        question.waivers = waivers.to_vec();
        question.evaluated_at = now;
        requests.push(EvaluationRequest::new(question, record.reports, findings));
        digests.push(digest);
    }
    Ok((digests, requests))
}

fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("writing the answer to `stdout`: {error}");
            Err(Failure::new(Code::AnswerNotWritten, message))
        }
        _ => Ok(()),
    }
}
