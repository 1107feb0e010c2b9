//! What a destroy deletes and retains, for people.

use std::fmt::Write as _;

use super::printable;
use crate::deploy::Leaving;

/// What a destroy deletes and what it retains, for people.
#[must_use]
pub fn leaving_text(stack: &str, leaving: &Leaving) -> String {
    let mut text = format!("  {} resources of {} are deleted", leaving.deleted_count, printable(stack));
    for (id, count) in leaving.filled() {
        let _ = write!(text, "\n  - {:<18} with {count} messages in it", printable(id));
    }
    if leaving.archive {
        text.push_str("\n  - Archive            with all its events: they can no longer be replayed");
    }
    if leaving.deletes_table {
        let rows = leaving.rows.map_or_else(String::new, |rows| format!(" with {rows} rows"));
        let _ = write!(text, "\n  - EventsTable       {rows}");
    }
    for id in &leaving.stays {
        let rows = leaving.rows.filter(|_| id == "EventsTable");
        let rows = rows.map_or_else(String::new, |rows| format!(" with its {rows} rows"));
        let _ = write!(text, "\n  ○ {:<18} is retained{rows}, and still billed", printable(id));
    }
    for reason in &leaving.unread {
        let _ = write!(text, "\n  ? not counted: {}", printable(reason));
    }
    text + "\n"
}
