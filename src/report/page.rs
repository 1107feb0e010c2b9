//! Lines that are redrawn in place.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};

use super::Console;
use super::activity::painted;

/// Lines that are redrawn in place.
pub struct Page {
    bar: ProgressBar,
    plain: bool,
    /// The displayed text, without the hint after it.
    shown: Option<String>,
}

impl Console {
    /// Begins a page; `None` if there is no terminal to draw on, or the page is written elsewhere.
    pub fn page(&mut self) -> Option<Page> {
        if !self.is_live() || !io::stdout().is_terminal() {
            return None;
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Some(Page { bar, plain: self.is_plain(), shown: None })
    }
}

impl Page {
    /// Shows these lines, and a hint after the last one as long as the page is drawn.
    pub fn draw(&mut self, lines: &[String], hint: &str) {
        let text = lines.join("\n");
        self.bar.set_message(painted(&format!("{text}{hint}"), self.plain));
        self.shown = Some(text);
    }

    /// Leaves the drawn lines on the screen, without the hint.
    pub fn leave(self) {
        if let Some(text) = &self.shown {
            self.bar.set_message(painted(text, self.plain));
        }
        self.bar.abandon();
    }
}
