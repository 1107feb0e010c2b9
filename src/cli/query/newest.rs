//! The newest rows, as the local console shows them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::row::{KeyValue, PROCESSED_AT};
use serde_json::{Value, json};

use super::print::{cell, columns};
use super::target::QueryTarget;
use crate::cli::Stop;
use crate::deploy::Session;
use crate::operate::{Query, rows_in_order, status_keys};
use crate::render::recorded_spread;
use crate::report::printable;
use crate::spec::Spec;
use crate::validate::processor_config;

/// The status that the processor writes.
const PROCESSED: &str = "PROCESSED";

/// The newest rows of the status index, as `pipectl query` reads them, as the cells of a table.
///
/// # Errors
/// The table has no status index, or a call fails.
pub(in crate::cli) async fn newest_rows(
    session: &Session,
    spec: &Spec,
    outputs: &BTreeMap<String, String>,
    most: usize,
) -> Result<Value, Stop> {
    let mapping = processor_config(spec).event;
    let target = QueryTarget::find(spec, &mapping, None, false)?;
    let spread = recorded_spread(outputs).unwrap_or(1).max(spec.shards().value);
    let sort = target.sort.as_ref().map(|key| key.attribute.clone());
    let of = |value: String| Query {
        table: session.names.table.clone(),
        index: target.index.clone(),
        partition: (target.partition.attribute.clone(), KeyValue::Text(value)),
        sort: sort.clone(),
        from: None,
        to: None,
        oldest_first: false,
        unexpired_at: Some(Timestamp::now().as_second()),
    };
    let queries = status_keys(PROCESSED, spread).into_iter().map(of).collect();
    let (rows, _) = rows_in_order(&session.clients, queries, most).await?;
    let columns = columns(&target, &mapping, &rows);
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|name| printable(&cell(row, name))).collect()).collect();
    let by = sort.unwrap_or_else(|| PROCESSED_AT.to_owned());
    Ok(json!({"version": 1, "columns": columns, "rows": cells, "newest_by": by}))
}
