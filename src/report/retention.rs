use serde_json::{Value, json};

use super::capacity::FieldLocation;
use super::style;
use super::width::{padded, wrapped};
use crate::operate::{Keeping, Lasts, Retention, TTL_LAG_DAYS};

/// Columns before those of the field.
const LOCATION: usize = 20;
const DURATION: usize = 16;
const LINE: usize = 6;

/// A place with the location of its setting in the spec, if there is one.
type LocatedRetention = (Keeping, Option<FieldLocation>);

/// Where the data of one key is stored, for people.
#[must_use]
pub fn retention_text(found: &Retention, locations: &[LocatedRetention], width: usize) -> String {
    let mut text = style::dim(&line("where", "how long", "line", "set by"));
    for values in [true, false] {
        if !values {
            text.push_str(&format!("\n\n{}", style::dim(" no event values are in")));
        }
        for (keeping, location) in locations.iter().filter(|(keeping, _)| keeping.has_values == values) {
            let set = location.as_ref().map_or_else(String::new, |location| location.line.to_string());
            let by = keeping.field.map_or("", |field| field);
            text.push_str(&format!("\n{}", line(keeping.location, &duration(keeping.lasts), &set, by)));
            if !keeping.note.is_empty() {
                text.push_str(&format!("\n{}", style::dim(&format!("   {}", keeping.note))));
            }
        }
    }
    text.push('\n');
    let sums = [
        ("on its own", sum(found.by_itself)),
        ("at the most", format!("{}, if replayed and redriven on the last day of each", sum(found.at_most))),
        ("a mark", format!("{}: the mark of an erased key is retained this long", sum(found.comes_back))),
    ];
    for (name, words) in sums {
        text.push_str(&format!("\n {}{words}", padded(name, 13)));
    }
    text.push('\n');
    let lag = format!("DynamoDB's delay in deleting expired rows is counted as {TTL_LAG_DAYS} days");
    for note in found.notes.iter().copied().chain([lag.as_str()]) {
        for (index, part) in wrapped(note, width.saturating_sub(3)).into_iter().enumerate() {
            text.push_str(&format!("\n {} {part}", if index == 0 { "-" } else { " " }));
        }
    }
    text
}

fn line(location: &str, duration: &str, line: &str, by: &str) -> String {
    let cells = [padded(location, LOCATION), padded(duration, DURATION), padded(line, LINE)].concat();
    format!(" {cells}{by}").trim_end().to_owned()
}

fn duration(lasts: Lasts) -> String {
    lasts.days().map_or_else(|| "until deleted".to_owned(), days)
}

fn sum(found: Option<u32>) -> String {
    found.map_or_else(|| "without an end".to_owned(), days)
}

fn days(days: u32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// The same as JSON. Public JSON shape.
#[must_use]
pub fn retention_json(found: &Retention, locations: &[LocatedRetention]) -> Value {
    let locations: Vec<Value> = locations
        .iter()
        .map(|(keeping, location)| {
            json!({
                "place": keeping.location, "name": keeping.name, "days": keeping.lasts.days(), "has_values": keeping.has_values,
                "field": keeping.field, "note": keeping.note, "file": location.as_ref().map(|location| &location.file),
                "line": location.as_ref().map(|location| location.line),
            })
        })
        .collect();
    json!({
        "version": 1, "places": locations, "days_by_itself": found.by_itself, "days_at_most": found.at_most,
        "days_of_a_mark": found.comes_back, "notes": found.notes,
    })
}
