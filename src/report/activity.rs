use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Console;

/// One thing that takes a while: a line that moves on a terminal, two plain lines elsewhere.
pub struct Activity {
    name: String,
    bar: Option<ProgressBar>,
    begun: Instant,
}

const FRAME: Duration = Duration::from_millis(100);

impl Console {
    /// Begins a picture of several lines, the first of them beside `name`; nothing where there is no terminal to
    /// move on.
    pub fn picture(&mut self, name: &str) -> Activity {
        let bar = self.is_live().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {prefix} {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(format!("{name:<14}"));
            bar.enable_steady_tick(FRAME);
            bar
        });
        Activity { name: name.to_owned(), bar, begun: Instant::now() }
    }

    /// Begins a page that is drawn again in its own place; `None` where there is no terminal to draw on, or the page is to go
    /// elsewhere.
    pub fn page(&mut self) -> Option<Activity> {
        if !self.is_live() || !io::stdout().is_terminal() {
            return None;
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Some(Activity { name: String::new(), bar: Some(bar), begun: Instant::now() })
    }

    /// Begins a line `name …`. A plain line is written at the end only, where there is no terminal to move on.
    pub fn activity(&mut self, name: &str) -> Activity {
        let bar = self.is_live().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) =
                ProgressStyle::with_template("{spinner:.cyan} {prefix} {wide_msg:.dim} {elapsed:.dim}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(format!("{name:<14}"));
            bar.enable_steady_tick(FRAME);
            bar
        });
        Activity { name: name.to_owned(), bar, begun: Instant::now() }
    }

    /// A line that counts up to `total`.
    pub fn counter(&mut self, name: &str, total: usize) -> Activity {
        let bar = self.is_live().then(|| {
            let bar = ProgressBar::new(total as u64);
            let template = "{spinner:.cyan} {prefix} {bar:32.cyan/black.bright} {pos}/{len} {wide_msg:.dim}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar.set_prefix(format!("{name:<14}"));
            bar.enable_steady_tick(FRAME);
            bar
        });
        Activity { name: name.to_owned(), bar, begun: Instant::now() }
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
            bar.set_message(super::guard::guarded(&lines.join("\n")));
        }
    }

    pub fn advance_to(&self, position: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(position as u64);
        }
    }

    /// Leaves what is drawn where it is.
    pub fn leave(self) {
        if let Some(bar) = self.bar {
            bar.abandon();
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
