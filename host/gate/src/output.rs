//! Where answers go: stdout or a file. Talk goes to stderr.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use gate_core::code::Code;

use crate::cli::{Format, Output};
use crate::failure::{Failure, Result};

/// Widest line, and the width where there is no terminal.
const MAX_WIDTH: usize = 120;

/// The width of a line on stdout.
pub(crate) fn width() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    terminal.unwrap_or(MAX_WIDTH).clamp(40, MAX_WIDTH)
}

impl Output {
    /// Writes an answer in the form that was asked for; the other one is not made.
    pub(crate) fn write<H: Display, J: Serialize>(
        &self,
        human: &H,
        json: impl FnOnce() -> J,
    ) -> Result<()> {
        let written = match &self.path {
            None => self.write_to(&mut anstream::stdout().lock(), human, json),
            Some(path) => File::create(path).and_then(|file| {
                let mut file = anstream::StripStream::new(file);
                self.write_to(&mut file, human, json)?;
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

    fn write_to<H: Display, J: Serialize>(
        &self,
        sink: &mut dyn Write,
        human: &H,
        json: impl FnOnce() -> J,
    ) -> io::Result<()> {
        match self.format {
            Format::Human => {
                let mut sink = BufWriter::new(sink);
                write!(sink, "{human}").and_then(|()| sink.flush())
            }
            Format::Json => gate_report::json::write(&json(), sink),
        }
    }
}

/// Says something beside the answer. Nobody may be listening, which changes nothing.
pub(crate) fn say(message: &dyn Display) {
    let _ = writeln!(anstream::stderr(), "{message}");
}
