use processor::json::{Json, canonical_map};
use processor::mapping::Mapping;
use processor::row::{EVENT_ID, EXPIRES_AT, PROCESSED_AT, PROCESSING_STATUS};

use super::super::Stop;
use super::target::QueryTarget;
use crate::operate::{StoredRow, is_expired};
use crate::report::{Console, Format, rows_text};

/// `expired`: rows that expired before this time are marked, in seconds since the epoch.
pub(super) fn print(
    target: &QueryTarget,
    mapping: &Mapping,
    rows: &[StoredRow],
    expired: Option<i64>,
    console: &mut Console,
) -> Result<(), Stop> {
    let marks: Option<Vec<bool>> =
        expired.map(|second| rows.iter().map(|row| is_expired(row, second)).collect());
    if console.format == Format::Json {
        // Rows format themselves, so that numbers of 38 digits are unchanged.
        let rows: Vec<String> = rows.iter().map(canonical_map).collect();
        let marks = marks.map(|marks| format!(",\"expired\":{marks:?}")).unwrap_or_default();
        return Ok(console.data(&format!("{{\"version\":1,\"rows\":[{}]{marks}}}", rows.join(",")))?);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let mut columns = columns(target, mapping, rows);
    let mut cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|name| cell(row, name)).collect()).collect();
    if let Some(marks) = marks {
        columns.push(EXPIRES_AT);
        for (row, is_expired) in cells.iter_mut().zip(marks) {
            row.push(if is_expired { "expired" } else { "" }.to_owned());
        }
    }
    Ok(console.data(&rows_text(&columns, &cells))?)
}

pub(super) fn cell(row: &StoredRow, name: &str) -> String {
    match row.get(name) {
        Some(Json::Text(text)) => text.clone(),
        Some(Json::Number(number)) => number.as_str().to_owned(),
        _ => String::new(),
    }
}

/// The columns: the keys of the index or table, the table's keys, and those that identify the event; of an index, only
/// those it has.
pub(super) fn columns<'a>(target: &'a QueryTarget, mapping: &'a Mapping, rows: &[StoredRow]) -> Vec<&'a str> {
    let sort = target.sort.as_ref().map(|key| key.attribute.as_str());
    let partition = Some(target.partition.attribute.as_str()).filter(|name| *name != PROCESSING_STATUS);
    let fields = [mapping.sort_key.as_ref(), Some(&mapping.partition_key), mapping.event_type.as_ref()];
    let fields = fields.into_iter().flatten().map(|field| field.attribute.as_str());
    let mut columns: Vec<&str> = Vec::new();
    for name in sort.into_iter().chain(partition).chain(fields).chain([PROCESSED_AT, EVENT_ID]) {
        let is_held = !target.is_further || rows.iter().any(|row| row.contains_key(name));
        if is_held && !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns
}
