//! `gate feed import` and `gate feed show`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use gate_adapters::feed::{Imported, MAX_SOURCE};
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use gate_core::feed::{Feed, FeedKind};
use gate_core::time::Moment;
use gate_evidence::write_whole;
use gate_report::text::safe;

use crate::cli::{Destination, ImportFeed, Output, ShowFeed};
use crate::failure::{Failure, Result};
use crate::{feeds, output};

/// The folder beside the profile where feeds are kept.
const FOLDER: &str = "feeds";

pub(crate) fn import(config: Option<&Path>, args: &ImportFeed) -> Result<ExitCode> {
    let bytes = feeds::read(&args.source, MAX_SOURCE)?;
    let Imported { feed, unknown } = gate_adapters::feed::import(args.kind.into(), &bytes)
        .map_err(|error| feeds::invalid(&args.source, &error.to_string()))?;
    for field in unknown {
        let code = Code::FeedUnknownField;
        let source = args.source.display();
        let message = format!("reading the feed `{source}`: {field}, is not known and left out");
        output::say(&format_args!("warn[gate::{code}]: {}", safe(&message)));
    }
    let beside = folder_of(config);
    let path = place(beside, args.feed.as_deref(), feed.kind());
    write(&path, &feed)?;
    let shown = Shown::new(&feed, &path, beside);
    let output = Output {
        format: args.format,
        to: Destination { path: None },
    };
    output.write(&shown, || &shown)?;
    Ok(ExitCode::Open)
}

pub(crate) fn show(config: Option<&Path>, args: &ShowFeed) -> Result<ExitCode> {
    let feed = feeds::load(&args.feed)?;
    let shown = Shown::new(&feed, &args.feed, folder_of(config));
    args.output.write(&shown, || &shown)?;
    Ok(ExitCode::Open)
}

/// The folder of the profile, from which its paths start.
fn folder_of(config: Option<&Path>) -> &Path {
    config.and_then(Path::parent).unwrap_or(Path::new(""))
}

/// Where a feed is put: into the file or folder that was named, else beside the profile.
fn place(beside: &Path, named: Option<&Path>, kind: FeedKind) -> PathBuf {
    let name = format!("{}.feed", kind.as_str());
    match named {
        None => beside.join(FOLDER).join(name),
        // A name that ends with a slash is meant as a folder, there or not.
        Some(path) if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            path.join(name)
        }
        Some(path) => path.to_owned(),
    }
}

fn write(path: &Path, feed: &Feed) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| write_whole(path, feed.as_bytes()))
        .map_err(|error| {
            let message = format!("writing the feed to `{}`: {error}", path.display());
            Failure::new(Code::AnswerNotWritten, message)
        })
}

/// A feed as it is shown.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    format: &'static str,
    kind: FeedKind,
    model: &'a str,
    date: Moment,
    count: u32,
    digest: Digest,
    source: Digest,
    file: String,
    /// The same, as the profile names it.
    #[serde(skip)]
    named: &'a Path,
}

impl<'a> Shown<'a> {
    fn new(feed: &'a Feed, path: &'a Path, beside: &Path) -> Self {
        Self {
            format: "gate-feed-summary/1",
            kind: feed.kind(),
            model: feed.model(),
            date: feed.date(),
            count: feed.count(),
            digest: feed.digest(),
            source: feed.source(),
            file: path.display().to_string(),
            named: path.strip_prefix(beside).unwrap_or(path),
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            model,
            date,
            count,
            digest,
            source,
            file,
            named,
            ..
        } = self;
        writeln!(f, "{kind} {} of {date}", safe(model))?;
        writeln!(f, "  {count} vulnerabilities")?;
        writeln!(f, "\ndigest  {digest}")?;
        writeln!(f, "source  {source}")?;
        writeln!(f, "file    {}", safe(file))?;
        writeln!(f, "\nin gate.toml:\n")?;
        writeln!(f, "  [feeds]")?;
        // As TOML writes a text: a path may hold quotes and backslashes.
        writeln!(
            f,
            "  {} = {}",
            kind.as_str(),
            safe(&format!("{:?}", named.display().to_string()))
        )
    }
}
