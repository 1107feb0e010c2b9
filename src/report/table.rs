use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::{harmless, style};
use crate::operate::{Letters, StackLine, Status};

/// Names and values in two columns.
pub fn pairs<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for (name, value) in rows {
        table.add_row([format!(" {name}"), value]);
    }
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A pipeline's status at a glance.
#[must_use]
pub fn status_text(status: &Status) -> String {
    if !status.has_pipeline {
        return without_pipeline(status);
    }
    let unread = !status.unread.is_empty();
    // What could not be read is not missing.
    let missing = || if unread { style::yellow("unknown") } else { style::red("missing") };
    let number = |count: u64| count.to_string();
    let lost = |letters: &Letters, where_to: &str| match (letters.visible, letters.in_flight) {
        _ if !letters.known => missing(),
        (0, 0) => style::green("none"),
        (count, 0) => style::red(&format!("{count} {where_to}")),
        (count, hidden) => style::red(&format!(
            "{} {where_to}, {hidden} of them hidden: received, and not given back yet",
            count + hidden
        )),
    };
    let mut queue = match status.queue.known {
        true => format!("{} waiting, {} in flight", status.queue.visible, status.queue.in_flight),
        false => missing(),
    };
    if let Some(seconds) = status.queue.oldest_seconds {
        queue.push_str(&format!(", the oldest {seconds} s old"));
    }
    let processor = match &status.processor {
        None => missing(),
        Some(function) => {
            let healthy = function.state == "Active" && function.last_update == "Successful";
            let state = if healthy {
                style::green("active")
            } else {
                style::yellow(&format!("{}, last update {}", function.state, function.last_update))
            };
            match function.mapping.as_deref() {
                Some("Enabled") => format!("{state}, reads the queue"),
                Some(other) => {
                    format!("{state}, {}", style::red(&format!("queue mapping {}", harmless(other))))
                }
                None => format!("{state}, {}", style::red("no queue mapping")),
            }
        }
    };
    let state = &status.stack.state;
    let settled = state.ends_with("_COMPLETE") && !state.contains("ROLLBACK");
    let stack =
        format!("{} {}", status.stack.name, if settled { style::green(state) } else { style::yellow(state) });
    let mut rows = vec![
        ("stack", stack),
        ("queue", queue),
        ("dead letters", lost(&status.dead_letters, "in the dead-letter queue")),
        ("undelivered", lost(&status.undelivered, "not delivered to the queue")),
        ("processor", processor),
        ("table", status.table.rows.map_or_else(missing, |rows| format!("{} rows", number(rows)))),
    ];
    let firing: Vec<&str> = status
        .alarms
        .iter()
        .filter(|alarm| alarm.state == "ALARM")
        .map(|alarm| alarm.name.as_str())
        .collect();
    rows.push((
        "alarms",
        if !status.alarms_known {
            missing()
        } else if firing.is_empty() {
            style::green(&format!("none of {} fires", status.alarms.len()))
        } else {
            style::red(&firing.join(", "))
        },
    ));
    for reason in &status.unread {
        rows.push(("not read", style::yellow(&harmless(reason))));
    }
    pairs(rows)
}

/// Of a stack that has a name and a state, and nothing else.
fn without_pipeline(status: &Status) -> String {
    let StackLine { name, state } = &status.stack;
    let rows = status.table.rows.map(|rows| ("table", format!("{rows} rows, retained outside of the stack")));
    let missing = [("stack", format!("{name} {}", style::red(state))), ("pipeline", style::red("missing"))];
    pairs(missing.into_iter().chain(rows))
}
