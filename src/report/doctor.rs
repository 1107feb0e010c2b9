use serde_json::json;

use super::width::{padded, wrapped};
use super::{printable, style};
use crate::doctor::{Area, Check, State};

/// Columns of the symbol and the name before a finding.
const MARGIN: usize = 18;

/// The findings by area, for a terminal with this number of columns.
#[must_use]
pub fn doctor_text(checks: &[Check], width: usize) -> String {
    let mut lines = Vec::new();
    for area in Area::ALL {
        let found: Vec<&Check> = checks.iter().filter(|check| check.area == area).collect();
        if found.is_empty() {
            continue;
        }
        lines.push(format!("  {}", style::cyan(area.name())));
        for check in found {
            lines.extend(of(check, width));
        }
    }
    lines.push(format!("\n  {}", summary(checks)));
    lines.join("\n")
}

fn of(check: &Check, width: usize) -> Vec<String> {
    let sign = match check.state {
        State::Ok => style::green("✓"),
        State::Warning => style::yellow("!"),
        State::Failed => style::red("✗"),
        State::Skipped => style::dim("·"),
    };
    let columns = width.saturating_sub(MARGIN).max(30);
    let mut texts = wrapped(&printable(&check.finding), columns);
    let fix = check.fix.as_ref().filter(|_| check.state != State::Ok);
    texts.extend(fix.into_iter().flat_map(|fix| wrapped(&format!("fix: {}", printable(fix)), columns)));
    let begin = |index: usize| match index {
        0 => format!("   {sign} {}", padded(check.name, MARGIN - 5)),
        _ => " ".repeat(MARGIN),
    };
    texts.iter().enumerate().map(|(index, text)| begin(index) + text).collect()
}

fn summary(checks: &[Check]) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let warnings = match count(State::Warning) {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        many => format!(", {many} warnings"),
    };
    match count(State::Failed) {
        0 => format!("{}{warnings}", style::green("pipectl can work here")),
        failed => format!("{}{warnings}", style::red(&format!("{failed} failed"))),
    }
}

/// The same for programs.
#[must_use]
pub fn doctor_json(checks: &[Check]) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    json!({
        "version": 1, "checks": checks, "failed": count(State::Failed), "warnings": count(State::Warning),
    })
    .to_string()
}
