//! Where answers go: stdout or a file. Talk goes to stderr.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use gate_core::code::Code;
use gate_report::answer::Answer;
use gate_report::human::Human;
use gate_report::json::{self, VerdictDocument};
use gate_report::{junit, markdown, sarif};

use crate::cli::{Destination, Format, Output, VerdictFormat, VerdictOutput};
use crate::failure::{Failure, Result};

/// Widest line, and the width where there is no terminal.
const MAX_WIDTH: usize = 120;

/// The width of a line on stdout.
pub(crate) fn width() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    terminal.unwrap_or(MAX_WIDTH).clamp(40, MAX_WIDTH)
}

impl Output {
    /// For people, on stdout.
    pub(crate) const fn human() -> Self {
        Self {
            format: Format::Human,
            to: Destination { path: None },
        }
    }

    /// Writes an answer in the form that was asked for; the other one is not made.
    pub(crate) fn write<H: Display, J: Serialize>(
        &self,
        human: &H,
        json: impl FnOnce() -> J,
    ) -> Result<()> {
        self.to.write(|sink| match self.format {
            Format::Human => write_human(human, sink),
            Format::Json => json::write(&json(), sink),
        })
    }
}

impl VerdictOutput {
    /// Writes a verdict in the form that was asked for; no other one is made.
    pub(crate) fn write(&self, answer: Answer<'_>) -> Result<()> {
        let human = Human {
            verdict: answer.verdict,
            request: answer.request,
            record: answer.record,
            width: width(),
        };
        self.to.write(|sink| match self.format {
            VerdictFormat::Human => write_human(&human, sink),
            VerdictFormat::Json => json::write(&VerdictDocument::new(answer), sink),
            VerdictFormat::Sarif => sarif::write(answer, sink),
            VerdictFormat::Junit => junit::write(answer, sink),
            VerdictFormat::Markdown => markdown::write(answer, sink),
        })
    }
}

impl Destination {
    fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let written = match &self.path {
            None => write(&mut anstream::stdout().lock()),
            Some(path) => File::create(path).and_then(|file| {
                let mut file = anstream::StripStream::new(file);
                write(&mut file)?;
                file.into_inner().sync_all()
            }),
        };
        match written {
            // Who reads the answer has seen enough; the exit code still says what it is.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.path.is_none() => {
                Ok(())
            }
            Err(error) => {
                let place = self
                    .path
                    .as_ref()
                    .map_or("stdout".to_owned(), |p| p.display().to_string());
                let message = format!("writing the answer to `{place}`: {error}");
                Err(Failure::new(Code::AnswerNotWritten, message))
            }
            Ok(()) => Ok(()),
        }
    }
}

fn write_human(human: &dyn Display, sink: &mut dyn Write) -> io::Result<()> {
    let mut sink = BufWriter::new(sink);
    write!(sink, "{human}")?;
    sink.flush()
}

/// Adds a line to a file, or says it on stderr where that is named. Lines of several evaluations stand one below the other.
pub(crate) fn add_line(to: &Path, line: &str) -> Result<()> {
    if to == Path::new("stderr") {
        say(&line);
        return Ok(());
    }
    let added = File::options().create(true).append(true).open(to);
    // In one piece: others may be adding to it.
    let added = added.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    added.map_err(|error| {
        let message = format!("writing metrics to `{}`: {error}", to.display());
        Failure::new(Code::AnswerNotWritten, message)
    })
}

/// Says something beside the answer. Nobody may be listening, which changes nothing.
pub(crate) fn say(message: &dyn Display) {
    let _ = writeln!(anstream::stderr(), "{message}");
}
