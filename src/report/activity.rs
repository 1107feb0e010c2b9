//! One thing that takes time: a spinner, or two plain lines.

use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use indicatif::{ProgressBar, ProgressStyle};

use super::Console;

/// An operation that takes a while: a moving line on a terminal, two plain lines elsewhere.
pub struct Activity {
    name: String,
    bar: Option<ProgressBar>,
    begun: Instant,
    plain: bool,
}

const FRAME: Duration = Duration::from_millis(100);

impl Console {
    /// Begins a display of several lines, the first one beside `name`; does nothing without a terminal to draw on.
    pub fn picture(&mut self, name: &str) -> Activity {
        let bar = self.is_live().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Some(style) = self.style("{spinner:.cyan} {prefix} {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(format!("{name:<14}"));
            bar.enable_steady_tick(FRAME);
            bar
        });
        Activity { name: name.to_owned(), bar, begun: Instant::now(), plain: self.is_plain() }
    }

    /// Begins a line `name …`. Without a terminal to draw on, a plain line is only written at the end.
    pub fn activity(&mut self, name: &str) -> Activity {
        let bar = self.is_live().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Some(style) = self.style("{spinner:.cyan} {prefix} {wide_msg:.dim} {elapsed:.dim}") {
                bar.set_style(style);
            }
            bar.set_prefix(format!("{name:<14}"));
            bar.enable_steady_tick(FRAME);
            bar
        });
        Activity { name: name.to_owned(), bar, begun: Instant::now(), plain: self.is_plain() }
    }

    /// A line that counts up to `total`.
    pub fn counter(&mut self, name: &str, total: usize) -> Activity {
        let bar = self.is_live().then(|| {
            let bar = ProgressBar::new(total as u64);
            let template = "{spinner:.cyan} {prefix} {bar:32.cyan/black.bright} {pos}/{len} {wide_msg:.dim}";
            if let Some(style) = self.style(template) {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar.set_prefix(format!("{name:<14}"));
            bar.enable_steady_tick(FRAME);
            bar
        });
        Activity { name: name.to_owned(), bar, begun: Instant::now(), plain: self.is_plain() }
    }

    /// The style of a moving line; without colour if none is wanted, because `indicatif` does not check that.
    fn style(&self, template: &str) -> Option<ProgressStyle> {
        let plain = || {
            [".cyan/black.bright", ".cyan", ".dim"]
                .iter()
                .fold(template.to_owned(), |text, colour| text.replace(colour, ""))
        };
        let template = if self.is_plain() { plain() } else { template.to_owned() };
        ProgressStyle::with_template(&template).ok()
    }

    /// Ends the line with the result.
    pub fn finish(&mut self, activity: Activity, result: &str) {
        let seconds = activity.begun.elapsed().as_secs_f64();
        if let Some(bar) = activity.bar {
            bar.finish_and_clear();
        }
        let took = if seconds >= 1.0 {
            format!(" {}", super::style::dim(&format!("({seconds:.1} s)")))
        } else {
            String::new()
        };
        self.note(&format!("  {:<14}{result}{took}", activity.name));
    }
}

/// The text in the form for the terminal.
pub(super) fn painted(text: &str, plain: bool) -> String {
    let text = super::guard::guarded(text);
    if plain { strip_str(&text).to_string() } else { text }
}

impl Activity {
    /// Sets the current message.
    pub fn update(&self, message: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(super::printable(message));
        }
    }

    /// Draws several lines at once, the first one beside the name.
    pub fn draw(&self, lines: &[String]) {
        if let Some(bar) = &self.bar {
            bar.set_message(painted(&lines.join("\n"), self.plain));
        }
    }

    pub fn advance_to(&self, position: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(position as u64);
        }
    }

    /// Removes the moving line, to write permanent lines in its place.
    pub fn clear(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    /// Writes permanent lines above the moving one.
    pub fn above(&self, console: &mut Console, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| console.note(line)),
            None => console.note(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Color, Format};

    #[test]
    fn what_is_drawn_has_no_colour_where_none_is_wanted() {
        let console = |color| Console::new(Format::Human, color, false, false);
        let (plain, painting) = (console(Color::Never), console(Color::Always));
        assert!(plain.is_plain() && !painting.is_plain());
        let red = crate::report::style::red("gone");
        assert_eq!((painted(&red, true), painted(&red, false)), ("gone".to_owned(), red));
    }
}
