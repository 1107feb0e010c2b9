use std::fmt::Write as _;

use serde_json::Value;

use super::{harmless, style};
use crate::plan::{Action, Change, Plan, PropertyChange, Risk, StackAction};

/// The longest value shown in a line; the JSON form has all of it.
const VALUE: usize = 60;

/// A plan for people: resources with what changes in them, then the count.
#[must_use]
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    if plan.action == StackAction::None {
        let _ = writeln!(text, "{}: stack {} is what the spec says", style::green("no changes"), plan.stack);
        return text;
    }
    let width = plan.changes.iter().map(|change| change.logical_id.len()).max().unwrap_or(0);
    for change in &plan.changes {
        write_change(&mut text, change, width);
    }
    let _ = writeln!(text, "  {}", count(plan));
    text
}

fn write_change(text: &mut String, change: &Change, width: usize) {
    let sign = match change.action {
        Action::Add => style::green("+"),
        Action::Modify => style::yellow("~"),
        Action::Replace => style::red("±"),
        Action::Remove => style::red("-"),
    };
    let kind = style::dim(&change.resource_type);
    let _ = write!(text, "  {sign} {:<width$}  {kind}", change.logical_id);
    match change.risk {
        Risk::None if change.why.is_empty() => {}
        Risk::None => {
            let _ = write!(text, "  {}", style::cyan(&change.why));
        }
        Risk::Interruption => {
            let _ = write!(text, "  {}", style::yellow(&format!("interruption: {}", change.why)));
        }
        Risk::DataLoss => {
            let _ = write!(text, "  {}", style::red(&format!("data loss: {}", change.why)));
        }
    }
    text.push('\n');
    for property in &change.properties {
        write_property(text, property);
    }
}

fn write_property(text: &mut String, property: &PropertyChange) {
    let path = property.path.trim_start_matches("/Properties").trim_start_matches('/').replace('/', ".");
    let mark = if property.replaces { style::red(" (replaces)") } else { String::new() };
    let _ = writeln!(text, "      {path}: {} → {}{mark}", value(&property.before), value(&property.after));
}

fn value(value: &Value) -> String {
    let whole = match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => harmless(text),
        other => harmless(&other.to_string()),
    };
    if whole.chars().count() <= VALUE {
        return whole;
    }
    whole.chars().take(VALUE - 1).chain(['…']).collect()
}

fn count(plan: &Plan) -> String {
    let of = |action| plan.changes.iter().filter(|change| change.action == action).count();
    let parts = [
        ("to add", Action::Add),
        ("to modify", Action::Modify),
        ("to replace", Action::Replace),
        ("to remove", Action::Remove),
    ];
    let words: Vec<String> = parts
        .into_iter()
        .filter(|(_, action)| of(*action) > 0)
        .map(|(word, action)| format!("{} {word}", of(action)))
        .collect();
    if words.is_empty() { "only parameters, tags or outputs change".to_owned() } else { words.join(", ") }
}
