//! Lines and questions from the depth of a call, where no console is at hand.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anstream::AutoStream;

use super::{Color, printable, style};

/// Messages and questions besides a command's own output, from within a call to AWS, where its console is not available.
#[derive(Debug, Clone, Copy)]
pub struct Aside {
    color: Color,
}

impl Aside {
    #[must_use]
    pub fn new(color: Color) -> Self {
        Self { color }
    }

    /// A dim line on stderr. One that cannot be written is ignored.
    pub fn line(self, text: &str) {
        let mut err = AutoStream::new(io::stderr(), self.color.choice());
        let _ = writeln!(err, "{}", style::dim(&format!("  {}", printable(text))));
    }

    /// The answer to a question, without the end of its line; `None` if nobody can be asked.
    #[must_use]
    pub fn ask(self, question: &str) -> Option<String> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let mut err = AutoStream::new(io::stderr(), self.color.choice());
        writeln!(err, "{}", printable(question)).ok()?;
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer).ok()?;
        (read > 0).then(|| answer.trim().to_owned())
    }
}
