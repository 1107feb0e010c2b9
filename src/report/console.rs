use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

use anstream::{AutoStream, ColorChoice};

use super::guard::{guarded, visible_json};

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one versioned JSON document, or one JSON object a line.
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

/// Where the program speaks. Text may carry ANSI styles; they are removed where the stream takes none.
pub struct Console {
    pub format: Format,
    /// Only errors and data.
    pub quiet: bool,
    pub verbose: bool,
    /// When what the user asked for must be done or given up.
    pub deadline: Option<Instant>,
    /// What must be known, and done, should the command end with an error from here on.
    pub unfinished: Option<String>,
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    live: bool,
    spoke: bool,
    /// Why stdout took no more from a command that goes on all the same.
    unwritable: Option<Unwritable>,
}

/// stdout cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("stdout cannot be written: {0}")]
pub struct Unwritable(io::Error);

impl Unwritable {
    /// Whether only the reader has had enough.
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
            unwritable: None,
            live: io::stderr().is_terminal() && !dumb && !in_ci && !quiet,
        }
    }

    /// Whether progress may redraw itself: stderr is a terminal and nobody asked for quiet.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// From here on progress is lines only.
    pub fn stop_drawing(&mut self) {
        self.live = false;
    }

    /// Columns of the terminal, or as `COLUMNS` says; 80 where neither does.
    #[must_use]
    pub fn width(&self) -> usize {
        let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        said.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))).unwrap_or(80)
    }

    /// Whether a question can be asked and answered.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether any data was written: a second JSON document would spoil the first.
    #[must_use]
    pub fn has_spoken(&self) -> bool {
        self.spoke
    }

    /// The data a command that only reads was asked for, with a newline at the end: a page for people, or JSON.
    ///
    /// # Errors
    /// What writing to stdout says. A closed pipe is for the caller to take as the end.
    pub fn data(&mut self, text: &str) -> Result<(), Unwritable> {
        match self.format {
            Format::Human => self.write(&guarded(text)),
            Format::Json => self.write(&visible_json(text)),
        }
    }

    /// A JSON document, whatever the format of everything else.
    ///
    /// # Errors
    /// As for [`Self::data`].
    pub fn json(&mut self, document: &str) -> Result<(), Unwritable> {
        self.write(&visible_json(document))
    }

    /// A file for programs, such as a template: to the byte, but for a terminal.
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

    /// What a command that changes something reports on stdout. That nobody reads it changes neither what is done nor
    /// how it ends: [`Self::unwritten`] says at the end what could not be written.
    pub fn outcome(&mut self, text: &str) {
        if self.unwritable.is_none() {
            self.unwritable = self.data(text).err();
        }
    }

    /// Why not all of the outcome was written; a reader that left is not an error.
    pub fn unwritten(&mut self) -> Option<Unwritable> {
        self.unwritable.take().filter(|error| !error.is_closed_pipe())
    }

    /// A line beside the data. An unwritable stderr must not stop an operation, so it is ignored.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// A line that is told even with `--quiet`.
    pub fn complain(&mut self, text: &str) {
        let _ = writeln!(self.err, "{}", guarded(text.trim_end_matches('\n')));
    }
}
