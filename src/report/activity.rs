//! One thing that takes time: a spinner, or two plain lines.

use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use indicatif::{ProgressBar, ProgressStyle};

use super::Console;

/// One thing that takes a while: a line that moves on a terminal, two plain lines elsewhere.
pub struct Activity {
    name: String,
    bar: Option<ProgressBar>,
    begun: Instant,
    plain: bool,
}

const FRAME: Duration = Duration::from_millis(100);

impl Console {
    /// Begins a picture of several lines, the first of them beside `name`; nothing where there is no terminal to
    /// move on.
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

    /// Begins a line `name …`. A plain line is written at the end only, where there is no terminal to move on.
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

    /// The look of a moving line; without colour where none is wanted, of which `indicatif` does not know.
    fn style(&self, template: &str) -> Option<ProgressStyle> {
        let plain = || {
            [".cyan/black.bright", ".cyan", ".dim"]
                .iter()
                .fold(template.to_owned(), |text, colour| text.replace(colour, ""))
        };
        let template = if self.is_plain() { plain() } else { template.to_owned() };
        ProgressStyle::with_template(&template).ok()
    }

    /// Ends the line with what came of it.
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

/// Text as it may reach the terminal.
pub(super) fn painted(text: &str, plain: bool) -> String {
    let text = super::guard::guarded(text);
    if plain { strip_str(&text).to_string() } else { text }
}

impl Activity {
    /// What is going on just now.
    pub fn update(&self, message: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(super::harmless(message));
        }
    }

    /// Several lines at once, the first beside the name.
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

    /// Takes the moving line away, to write lasting lines in its place.
    pub fn clear(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    /// Writes lasting lines above the moving one.
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
