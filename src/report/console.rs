//! stdout and stderr: the only place that writes to them.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

use anstream::{AutoStream, ColorChoice};

use super::guard::{guarded, visible_json};

/// Columns if there is no terminal to ask.
const COLUMNS: usize = 80;

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one versioned JSON document, or one JSON object per line.
    Json,
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    pub(super) fn choice(self) -> ColorChoice {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
    }
}

/// The output of the program. Text may contain ANSI styles; they are removed if the stream does not support them.
pub struct Console {
    pub format: Format,
    /// Only errors and data.
    pub quiet: bool,
    pub verbose: bool,
    /// When the user's request must be complete or given up.
    pub deadline: Option<Instant>,
    /// A note about unfinished work, shown if the command ends with an error from here on.
    pub unfinished: Option<String>,
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    live: bool,
    spoke: bool,
    /// It writes one JSON object per line, and more of them may follow.
    streams: bool,
    /// The one JSON document, held until the command ends: a later failure is added to it.
    document: Option<String>,
    /// Why stdout accepted no more from a command that still continues.
    unwritable: Option<Unwritable>,
}

/// stdout cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("stdout cannot be written: {0}")]
pub struct Unwritable(io::Error);

impl Unwritable {
    /// Whether only the reader has closed the pipe.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

impl Console {
    #[must_use]
    pub fn new(format: Format, color: Color, quiet: bool, verbose: bool) -> Self {
        let choice = color.choice();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let in_ci = std::env::var_os("CI").is_some();
        Self {
            format,
            quiet,
            verbose,
            deadline: None,
            unfinished: None,
            out: AutoStream::new(io::stdout(), choice),
            err: AutoStream::new(io::stderr(), choice),
            spoke: false,
            streams: false,
            document: None,
            unwritable: None,
            live: io::stderr().is_terminal() && !dumb && !in_ci && !quiet,
        }
    }

    /// Whether progress may be redrawn: stderr is a terminal and `--quiet` is not set.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Whether displays and pages have no colour: `--color never`, `NO_COLOR`.
    pub(super) fn is_plain(&self) -> bool {
        self.err.current_choice() == ColorChoice::Never
    }

    /// From here on progress is shown as lines only.
    pub fn stop_drawing(&mut self) {
        self.live = false;
    }

    /// Columns of the terminal for data, or the value of `COLUMNS`; 80 without both.
    #[must_use]
    pub fn width(&self) -> usize {
        let stated =
            std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|columns| *columns > 0);
        stated.or_else(|| self.columns()).unwrap_or(COLUMNS)
    }

    /// Columns of the terminal for moving displays.
    #[must_use]
    pub fn picture_width(&self) -> usize {
        columns_of(io::stderr()).unwrap_or(COLUMNS)
    }

    /// Columns of the terminal that data is written to; `None`: there is none.
    #[must_use]
    pub fn columns(&self) -> Option<usize> {
        columns_of(io::stdout())
    }

    /// Whether a question can be asked and answered.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether there is a document: a second one would make the first one invalid.
    #[must_use]
    pub fn has_document(&self) -> bool {
        self.document.is_some() || self.spoke && !self.streams
    }

    /// Writes the data of a command that only reads, with a newline at the end: a page for people, or JSON.
    ///
    /// # Errors
    /// The error of writing to stdout. The caller treats a closed pipe as the end.
    pub fn data(&mut self, text: &str) -> Result<(), Unwritable> {
        match self.format {
            Format::Human => self.write(&guarded(text)),
            Format::Json => {
                self.end(None)?;
                self.document = Some(visible_json(text));
                Ok(())
            }
        }
    }

    /// Writes the JSON document that was held until now, with the diagnostics of the command's failure if it failed.
    ///
    /// # Errors
    /// As for [`Self::data`].
    pub fn end(&mut self, diagnostics: Option<&str>) -> Result<(), Unwritable> {
        let Some(document) = self.document.take() else { return Ok(()) };
        let whole = diagnostics.and_then(|diagnostics| joined(&document, &visible_json(diagnostics)));
        self.write(&whole.unwrap_or(document))
    }

    /// Writes a JSON document, whatever the format of the other output.
    ///
    /// # Errors
    /// As for [`Self::data`].
    pub fn json(&mut self, document: &str) -> Result<(), Unwritable> {
        self.write(&visible_json(document))
    }

    /// Writes a file for programs, such as a template: exact to the byte, except on a terminal.
    ///
    /// # Errors
    /// As for [`Self::data`].
    pub fn file(&mut self, text: &str) -> Result<(), Unwritable> {
        if io::stdout().is_terminal() { self.write(&guarded(text)) } else { self.write(text) }
    }

    fn write(&mut self, text: &str) -> Result<(), Unwritable> {
        self.spoke = true;
        let line = if text.ends_with('\n') { "" } else { "\n" };
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.write_all(line.as_bytes()));
        written.and_then(|()| self.out.flush()).map_err(Unwritable)
    }

    /// Reports on stdout what a command changed. A closed pipe changes neither what is done nor the exit code:
    /// [`Self::unwritten`] returns at the end what could not be written.
    pub fn outcome(&mut self, text: &str) {
        if self.unwritable.is_none() {
            self.unwritable = self.data(text).err();
        }
    }

    /// Writes one of the lines of a command in progress, at once. As JSON each is an object.
    ///
    /// # Errors
    /// As for [`Self::data`].
    pub fn stream(&mut self, text: &str) -> Result<(), Unwritable> {
        self.streams = true;
        self.data(text)?;
        self.end(None)
    }

    /// The same for a command that changes something, as in [`Self::outcome`].
    pub fn line(&mut self, object: &str) {
        if self.unwritable.is_none() {
            self.unwritable = self.stream(object).err();
        }
    }

    /// Why the outcome was not completely written; a closed pipe is not an error.
    pub fn unwritten(&mut self) -> Option<Unwritable> {
        self.unwritable.take().filter(|error| !error.is_closed_pipe())
    }

    /// Writes a line to stderr. An unwritable stderr must not stop an operation, so the error is ignored.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Writes a line even with `--quiet`.
    pub fn complain(&mut self, text: &str) {
        let _ = writeln!(self.err, "{}", guarded(text.trim_end_matches('\n')));
    }
}

/// A document with the fields of another one.
fn joined(document: &str, other: &str) -> Option<String> {
    let open = document.trim_end().strip_suffix('}')?;
    let fields = other.strip_prefix(r#"{"version":1,"#)?;
    Some(format!("{open},{fields}"))
}

#[cfg(unix)]
fn columns_of(stream: impl std::os::fd::AsFd) -> Option<usize> {
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

#[cfg(not(unix))]
fn columns_of<T>(_: T) -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostic, codes};
    use crate::report::diagnostics_json;

    #[test]
    fn a_failure_is_added_to_the_document_that_was_there_before_it() {
        let failure = Diagnostic::error(codes::SEND_INCOMPLETE, "1 of 2 events are not rows");
        let diagnostics = diagnostics_json(&[failure], &[]);
        let whole = joined(r#"{"version":1,"sent":2}"#, &diagnostics).expect("two objects");
        let whole: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
        assert_eq!((&whole["version"], &whole["sent"]), (&1.into(), &2.into()));
        assert_eq!(whole["diagnostics"][0]["code"], "send::incomplete");
    }
}
