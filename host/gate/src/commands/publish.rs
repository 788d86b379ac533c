//! `gate publish`: what is kept, to whom it is to go.

use std::fmt;
use std::path::Path;

use gate_core::exit_code::ExitCode;
use serde::Serialize;

use crate::aws::Aws;
use crate::cli::Publish;
use crate::commands::evaluate::moment;
use crate::config::Profile;
use crate::evidence;
use crate::failure::Result;
use crate::outbox::{self, Outbox, Published, Publisher};
use crate::output::say;

/// The answer as it is printed.
#[derive(Debug, Serialize)]
struct Answer {
    format: &'static str,
    published: Vec<Published>,
    /// Entries that can't be read.
    unreadable: Vec<String>,
}

pub(crate) fn run(config: Option<&Path>, args: &Publish) -> Result<ExitCode> {
    let profile = Profile::load(config)?;
    let aws = Aws::of(&profile);
    let store = evidence::store(args.evidence.as_deref(), &profile, &aws)?;
    let store = &*store;
    let mut only = None;
    if let Some(text) = &args.record {
        let name = Path::new(text).file_name().and_then(|name| name.to_str());
        let name = evidence::record_name(name.unwrap_or(text));
        let digest = store.find_record(name)?;
        let record = evidence::record(store, &digest)?;
        let mut to = profile.publish.to.clone();
        if !args.to.is_empty() {
            to = args.to.iter().copied().collect();
        } else if to.is_empty() {
            to.insert(Publisher::SecurityHub);
        }
        outbox::enter(store, &to, digest, &record.question, moment(None)?)?;
        only = Some(digest);
    }
    let outbox = Outbox {
        store,
        aws: &aws,
        rules: &profile.publish,
    };
    let (published, unreadable) = outbox.publish(only.as_ref())?;
    let failures: Vec<_> = published.iter().filter_map(Published::failure).collect();
    let complete = failures.is_empty() && (unreadable.is_empty() || only.is_some());
    for failure in unreadable.iter().chain(&failures) {
        say(failure);
    }
    let answer = Answer {
        format: "gate-publish/1",
        published,
        unreadable: unreadable
            .iter()
            .map(|failure| failure.message().to_owned())
            .collect(),
    };
    args.output.write(&answer, || &answer)?;
    Ok(if complete {
        ExitCode::Open
    } else {
        ExitCode::NotDurable
    })
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.published.is_empty() && self.unreadable.is_empty() {
            return writeln!(f, "nothing is to be published");
        }
        self.published
            .iter()
            .try_for_each(|published| writeln!(f, "{published}"))
    }
}
