//! Lines that are redrawn in place.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};

use super::Console;
use super::activity::painted;

/// Lines that are drawn again in their own place.
pub struct Page {
    bar: ProgressBar,
    plain: bool,
    /// What is shown, without the hint behind it.
    shown: Option<String>,
}

impl Console {
    /// Begins a page; `None` where there is no terminal to draw on, or the page is to go elsewhere.
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
    /// Shows these lines, and a hint behind the last one for as long as the page is drawn.
    pub fn draw(&mut self, lines: &[String], hint: &str) {
        let text = lines.join("\n");
        self.bar.set_message(painted(&format!("{text}{hint}"), self.plain));
        self.shown = Some(text);
    }

    /// Leaves what is drawn where it is, without the hint.
    pub fn leave(self) {
        if let Some(text) = &self.shown {
            self.bar.set_message(painted(text, self.plain));
        }
        self.bar.abandon();
    }
}
