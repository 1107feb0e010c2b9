use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::{harmless, style};
use crate::apply::{Drift, DriftState, ResourceDriftState};

/// What is longer is cut: a policy is a page.
const WIDEST: usize = 60;

/// What was changed behind a stack's back, property by property.
#[must_use]
pub fn drift_text(drift: &Drift) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for resource in &drift.resources {
        let state = match resource.state {
            ResourceDriftState::Modified => style::yellow("~ changed"),
            ResourceDriftState::Deleted => style::red("- deleted"),
            ResourceDriftState::Unknown => style::dim("? not read"),
        };
        table.add_row([
            format!(" {state}"),
            harmless(&resource.logical_id),
            harmless(&resource.resource_type),
            harmless(&resource.physical_id),
        ]);
        for property in &resource.properties {
            let value = |value: &Option<String>| value.as_deref().map_or("(absent)".to_owned(), short);
            table.add_row([
                String::new(),
                format!("  {}", harmless(property.path.trim_start_matches('/'))),
                format!("expected {}", value(&property.expected)),
                format!("is {}", value(&property.actual)),
            ]);
        }
    }
    let mut text: String = table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let words = match drift.state {
        DriftState::InSync => style::green("in sync: what is there is what was deployed"),
        DriftState::Drifted => {
            style::yellow("drifted: the next roll-back or update may undo it, or fail over it")
        }
        DriftState::Unknown => style::yellow("unknown: not everything could be read"),
    };
    if !drift.resources.is_empty() {
        text.push('\n');
    } else {
        text.clear();
    }
    text += &format!(" {} is {words}", drift.stack);
    if !drift.not_checked.is_empty() {
        text += &format!("\n {}", style::dim(&format!("not checked: {}", drift.not_checked.join(", "))));
    }
    text
}

fn short(value: &str) -> String {
    let value = harmless(value);
    if value.chars().count() <= WIDEST {
        return value;
    }
    let mut cut: String = value.chars().take(WIDEST - 1).collect();
    cut.push('…');
    cut
}
