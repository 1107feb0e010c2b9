//! Colours by meaning: green success, red error, yellow warning, cyan names and hints.

use anstyle::{AnsiColor, Style};

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

pub(super) fn dim(text: &str) -> String {
    paint(Style::new().dimmed(), text)
}

pub(super) fn green(text: &str) -> String {
    paint(AnsiColor::Green.on_default(), text)
}

pub(super) fn red(text: &str) -> String {
    paint(AnsiColor::Red.on_default().bold(), text)
}

pub(super) fn yellow(text: &str) -> String {
    paint(AnsiColor::Yellow.on_default(), text)
}

pub(super) fn cyan(text: &str) -> String {
    paint(AnsiColor::Cyan.on_default(), text)
}
