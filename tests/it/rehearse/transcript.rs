//! What a rehearsal printed, as a page: what differs from run to run is replaced by words that don't.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::application::Mend;
use super::factory::Factory;
use super::named;
use super::pipeline::{Run, STAGES, Stage};
use crate::gate::{Ran, workspace};

const HEAD: &str = "# A rehearsal of the pipeline

<!-- Written by `BLESS=1 cargo dev rehearse`. Do not edit. -->

The [example application](../iac/example/README.md) goes through the pipeline six times. Each time it is stopped, the file
that the gate stopped it for is mended, until it reaches production. Every command of every [buildspec](../iac/buildspecs)
is run in the pipeline's order, as CodeBuild runs it, with the real program; `cargo dev rehearse` does it again and compares
it with this page.

Real are also the commands of the toolbox, the command line of AWS, git-secrets, detect-secrets, Bandit, skopeo and the
registry. Parameter Store, S3, KMS, ECS and Auto Scaling are emulated by moto, Security Hub by a strict stub. Recorded reports
take the place of Semgrep, Trivy, Syft, ZAP and the scan of ECR, a program that packs the source into an image takes the place
of `docker buildx`, and of ECS it is taken for granted that what it was told to run does run. The stage that waits for a
person is not played: what that person would read is shown. Nothing of this has run in an account of AWS.

Behind what a stage printed stands what it had AWS change of what runs (`aws …`), and what it handed on (`NAME=…`). Digests are
replaced by names, the same digest by the same name; the progress of skopeo and the lines of metrics are left out.
";

pub(super) struct Transcript {
    text: String,
    digests: BTreeMap<String, String>,
}

impl Transcript {
    pub(super) fn new() -> Self {
        Self {
            text: HEAD.to_owned(),
            digests: BTreeMap::new(),
        }
    }

    pub(super) fn whole(&self) -> &str {
        &self.text
    }

    /// Adds to the page, and shows it to whoever runs the rehearsal.
    #[expect(
        clippy::print_stdout,
        reason = "the harness hides it, unless it is asked to show it"
    )]
    fn add(&mut self, text: &str) {
        print!("{text}");
        self.text += text;
    }

    pub(super) fn section(&mut self, title: &str, text: &str) {
        self.add(&format!("\n## {title}\n\n{text}\n"));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.add(&format!("\n{text}\n"));
    }

    /// A command and what it answered.
    pub(super) fn answer(&mut self, factory: &Factory, command: &str, ran: &Ran) {
        let Ran {
            code,
            stdout,
            stderr,
        } = ran;
        let said = format!("$ {command}\n{stdout}{stderr}exit code {code}\n");
        let said = self.stable(&factory.neutral(&said));
        self.add(&format!("\n```text\n{said}```\n"));
    }

    /// One way through the pipeline: of a run that was stopped, what the stage says that stopped it.
    pub(super) fn run(&mut self, factory: &Factory, run: &Run, mends: &[Mend]) {
        self.names(run);
        let last = run.stages.last().unwrap();
        let title = match run.succeeded() {
            true => format!("Run {}: production", run.number),
            false => format!("Run {}: stopped at `{}`", run.number, last.name),
        };
        self.section(&title, &format!("Mended: {}.", named(mends)));
        for stage in &run.stages {
            if stage.build.succeeded && !run.succeeded() {
                self.text(&format!("`{}` succeeded.", stage.name));
            } else {
                self.stage(factory, stage);
            }
        }
        self.text(&ending(factory, run));
    }

    fn stage(&mut self, factory: &Factory, stage: &Stage) {
        let build = &stage.build;
        let outcome = match build.succeeded {
            true => "succeeded",
            false => "failed",
        };
        let mut said = String::new();
        let mut before = "";
        for line in build.log.lines().filter(|line| !progress(line)) {
            // Each command stands behind a line with its phase; those that print nothing are many.
            if !line.starts_with('[') || line != before {
                writeln!(said, "{line}").unwrap();
            }
            before = line;
        }
        for change in &stage.changes {
            writeln!(said, "aws {change}").unwrap();
        }
        for (name, value) in &build.exported {
            writeln!(said, "{name}={value}").unwrap();
        }
        let said = self.stable(&factory.neutral(&said));
        self.add(&format!(
            "\n`{}` {outcome}:\n\n```text\n{said}```\n",
            stage.name
        ));
        if stage.name == "dast" && build.succeeded {
            let summary = factory.neutral(&build.exported["APPROVAL_SUMMARY"]);
            let summary = self.stable(&summary);
            self.text(&format!("Who approves reads:\n\n> {summary}"));
        }
    }

    /// Gives digests that mean something their names.
    fn names(&mut self, run: &Run) {
        if let Some(image) = run.image() {
            let digits = image.trim_start_matches("sha256:").to_owned();
            self.digests
                .entry(digits)
                .or_insert_with(|| format!("<image of run {}>", run.number));
        }
    }

    /// Replaces digests of 64 digits and moments.
    fn stable(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(rest.len());
            let (token, behind) = rest.split_at(word.max(rest.chars().next().unwrap().len_utf8()));
            rest = behind;
            let hex = token
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            match token.len() {
                64 if hex => out += &self.name(token),
                _ => out += token,
            }
        }
        moments(&out)
    }

    fn name(&mut self, digest: &str) -> String {
        let next = format!("<digest {}>", self.digests.len() + 1);
        self.digests
            .entry(digest.to_owned())
            .or_insert(next)
            .clone()
    }

    /// Compares with the page, or writes it.
    pub(super) fn hold(&self, page: &str) {
        let path = workspace().join(page);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &self.text).unwrap();
            return;
        }
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        for (n, (is, was)) in self.text.lines().zip(page.lines()).enumerate() {
            assert_eq!(
                is,
                was,
                "line {} of {}; `BLESS=1` renews it",
                n + 1,
                path.display()
            );
        }
        assert_eq!(
            self.text.lines().count(),
            page.lines().count(),
            "`BLESS=1` renews {}",
            path.display()
        );
    }
}

/// `2026-11-21T10:11:12Z` and the like.
fn moments(text: &str) -> String {
    let shape = b"0000-00-00T00:00:00";
    let mut out = String::new();
    let mut at = 0;
    while at < text.len() {
        let window = text.as_bytes().get(at..at + shape.len());
        let fits = window.is_some_and(|window| {
            let mut pairs = window.iter().zip(shape);
            pairs.all(|(given, shape)| match shape {
                b'0' => given.is_ascii_digit(),
                other => given == other,
            })
        });
        if fits {
            out += "<moment>";
            let behind = &text[at + shape.len()..];
            let more = behind
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(behind.len());
            at += shape.len() + more + usize::from(behind[more..].starts_with('Z'));
        } else {
            let c = text[at..].chars().next().unwrap();
            out.push(c);
            at += c.len_utf8();
        }
    }
    out
}

/// What became of a run outside of it.
fn ending(factory: &Factory, run: &Run) -> String {
    let left = STAGES.iter().skip(run.stages.len());
    let left: Vec<_> = left.map(|name| format!("`{name}`")).collect();
    let left = match left.is_empty() {
        true => "Every stage ran".to_owned(),
        false => format!("Not run: {}", left.join(", ")),
    };
    let word = |is: bool| if is { "yes" } else { "no" };
    let image = run.image();
    let told = |stage| word(image.is_some_and(|image| factory.deployed(stage).ends_with(image)));
    let tag = image.map(|image| format!("sha-{}-{}", run.commit, &image["sha256:".len()..][..12]));
    let pushed = tag.is_some_and(|tag| factory.pushed().contains_key(&tag));
    format!(
        "{left}. Pushed to the registry: {}. Deployed to staging: {}, to production: {}. Tasks left on staging: {}.",
        word(pushed),
        told("staging"),
        told("production"),
        factory.desired("staging")
    )
}

/// What skopeo says of its way, and metrics, whose figures are those of a moment.
fn progress(line: &str) -> bool {
    const SAID: [&str; 6] = [
        "Getting image source signatures",
        "Copying blob ",
        "Copying config ",
        "Writing manifest to image destination",
        "Storing signatures",
        "Login Succeeded!",
    ];
    let metrics = line.starts_with('{') && line.contains("\"_aws\"");
    metrics || SAID.iter().any(|said| line.starts_with(said))
}

/// The signed verdicts about a digest by gate, rewritten to speak of another one, under their old signatures.
pub(super) fn forged(
    evidence: &BTreeMap<String, Vec<u8>>,
    digest: &str,
    other: &str,
) -> BTreeMap<String, String> {
    let about = format!("state/attestations/{digest}/");
    let verdicts = evidence.iter().filter_map(|(name, bytes)| {
        let name = name.strip_suffix(".dsse.json")?;
        let (gate, _) = name.strip_prefix(&about)?.split_once('-')?;
        let mut envelope: Value = serde_json::from_slice(bytes).ok()?;
        let payload = BASE64_STANDARD.decode(envelope["payload"].as_str()?).ok()?;
        let said = String::from_utf8(payload).ok()?.replace(digest, other);
        envelope["payload"] = Value::from(BASE64_STANDARD.encode(said));
        Some((gate.to_owned(), envelope.to_string()))
    });
    verdicts.collect()
}
