//! How many rows of a span of time already exist, if an index can answer that.

use jiff::Timestamp;
use processor::mapping::Mapping;
use processor::path::Path;
use processor::row::{EVENT_TIME, KeyValue, PROCESSED_AT, PROCESSING_STATUS};
use serde::Serialize;

use super::Span;
use crate::operate::query::{Query, QueryApi, status_keys};
use crate::spec::{STATUS_INDEX, Spec};
use crate::stack::{CallError, Pages};

/// Calls of one count: each reads a megabyte of the index.
const CALLS: usize = 100;

/// An index that sorts the rows of all keys by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeIndex {
    pub name: String,
    /// Its sort key.
    pub attribute: String,
    spelling: Spelling,
}

/// The spelling of instants in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spelling {
    /// The envelope's own: a replay selects by it.
    OfEnvelope,
    /// The mapping's stored spelling of the envelope's time.
    StoredEnvelope,
    /// The same for another time of the event.
    Stored,
    /// The processor's own.
    OfRow,
}

/// The number of existing rows. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Already {
    pub rows: u64,
    /// False if the count stopped at its limit.
    pub complete: bool,
    pub index: String,
    /// The attribute whose time is in the span.
    pub attribute: String,
}

/// Counts the rows of a query.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait CountApi: QueryApi {
    async fn count(
        &self,
        query: &Query,
        after: Option<Self::Cursor>,
    ) -> Result<(u64, Option<Self::Cursor>), CallError>;
}

impl TimeIndex {
    /// The index whose time is closest to the envelope's, by which a replay selects; `None`: no index has the rows of all
    /// keys by time.
    #[must_use]
    pub fn of(spec: &Spec, mapping: &Mapping) -> Option<Self> {
        let sort_key = mapping.sort_key.as_ref().map_or(PROCESSED_AT, |field| &field.attribute);
        let status = spec.table.status_index.is_on().then_some((STATUS_INDEX, sort_key));
        let theirs = spec.table.indexes.iter().filter(|index| index.partition_key == PROCESSING_STATUS);
        let theirs = theirs.filter_map(|index| Some((index.name.as_str(), index.sort_key.as_deref()?)));
        let known = status.into_iter().chain(theirs).filter_map(|(name, attribute)| {
            let spelling = spelling(mapping, attribute)?;
            Some(Self { name: name.to_owned(), attribute: attribute.to_owned(), spelling })
        });
        known.min_by_key(|index| index.spelling)
    }

    fn query(&self, table: &str, status: String, span: Span) -> Option<Query> {
        let bound = |second: i64, is_end: bool| {
            let at = Timestamp::from_second(second).ok()?;
            // The end is exclusive, and a query's is inclusive.
            let less = |unit: i64| if is_end { at - jiff::SignedDuration::from_nanos(unit) } else { at };
            Some(KeyValue::Text(match self.spelling {
                Spelling::OfEnvelope => less(1_000_000_000).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                Spelling::StoredEnvelope | Spelling::Stored => format!("{:.9}", less(1)),
                Spelling::OfRow => format!("{:.3}", less(1_000_000)),
            }))
        };
        Some(Query {
            table: table.to_owned(),
            index: Some(self.name.clone()),
            partition: (PROCESSING_STATUS.to_owned(), KeyValue::Text(status)),
            sort: Some(self.attribute.clone()),
            from: Some(bound(span.from, false)?),
            to: Some(bound(span.to, true)?),
            oldest_first: true,
            unexpired_at: None,
        })
    }
}

fn spelling(mapping: &Mapping, attribute: &str) -> Option<Spelling> {
    let Some((name, field)) = mapping.attributes().find(|(_, field)| field.attribute == attribute) else {
        return match attribute {
            EVENT_TIME => Some(Spelling::OfEnvelope),
            PROCESSED_AT => Some(Spelling::OfRow),
            _ => None,
        };
    };
    let format = match name {
        "sort_key" => Some(mapping.sort_key_format()),
        _ => field.format,
    };
    let [path] = field.from.as_slice() else { return None };
    let is_envelope = *path == Path::of_envelope("time");
    let stored = if is_envelope { Spelling::StoredEnvelope } else { Spelling::Stored };
    format.filter(|format| format.is_instant()).map(|_| stored)
}

/// Counts the rows whose time is in the span, over all shards that the index ever had, up to `shards`.
///
/// # Errors
/// The errors of the calls.
pub async fn already_stored<A: CountApi>(
    api: &A,
    table: &str,
    index: &TimeIndex,
    shards: u32,
    span: Span,
) -> Result<Already, CallError> {
    let mut already =
        Already { rows: 0, complete: true, index: index.name.clone(), attribute: index.attribute.clone() };
    let mut calls = 0;
    for query in status_keys("PROCESSED", shards).into_iter().filter_map(|key| index.query(table, key, span))
    {
        let mut pages = Pages::new("dynamodb:Query");
        let mut next = None;
        loop {
            if calls == CALLS {
                already.complete = false;
                return Ok(already);
            }
            calls += 1;
            let (count, after) = api.count(&query, next.take()).await?;
            already.rows += count;
            next = pages.next(after)?;
            if next.is_none() {
                break;
            }
        }
    }
    Ok(already)
}

#[cfg(test)]
mod tests {
    use processor::config::Config;
    use serde_json::json;

    use super::*;

    fn of(more: &serde_json::Value, event: &str) -> Option<(String, String, Query)> {
        let mut spec =
            json!({"version": 1, "name": "a", "environment": "b", "bus": {"pattern": {"source": ["a"]}}});
        spec["table"] = more.clone();
        let spec: Spec = serde_json::from_value(spec).expect("a spec");
        let config = Config::from_json(&format!(r#"{{"event":{event}}}"#)).expect("a config");
        let index = TimeIndex::of(&spec, &config.event)?;
        let query = index.query("t", "PROCESSED".to_owned(), Span { from: 0, to: 60 })?;
        Some((index.name, index.attribute, query))
    }

    #[track_caller]
    fn reads(query: &Query, from: &str, to: &str) {
        let text = |text: &str| Some(KeyValue::Text(text.to_owned()));
        assert_eq!((&query.from, &query.to), (&text(from), &text(to)));
    }

    #[test]
    fn the_index_whose_time_is_nearest_to_the_envelopes_answers() {
        let (name, attribute, query) = of(&json!({}), "{}").expect("the status index");
        assert_eq!((name.as_str(), attribute.as_str()), (STATUS_INDEX, "event_timestamp"));
        reads(&query, "1970-01-01T00:00:00.000000000Z", "1970-01-01T00:00:59.999999999Z");
        let by_time = json!({"indexes": [{"name": "by-time", "partition_key": PROCESSING_STATUS, "sort_key": EVENT_TIME}]});
        let (name, _, query) = of(&by_time, "{}").expect("an index");
        assert_eq!(name, "by-time");
        reads(&query, "1970-01-01T00:00:00Z", "1970-01-01T00:00:59Z");
        let (_, attribute, query) = of(&json!({}), r#"{"sort_key":null}"#).expect("the status index");
        assert_eq!(attribute, PROCESSED_AT);
        reads(&query, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:59.999Z");
    }

    #[test]
    fn where_no_index_has_all_rows_by_time_nothing_is_reported() {
        let off = json!({"status_index": "off", "indexes": [{"name": "by-key", "partition_key": "shipment_id", "sort_key": EVENT_TIME}]});
        assert_eq!(of(&off, "{}"), None);
        assert_eq!(of(&json!({}), r#"{"sort_key_format":"text"}"#), None);
    }
}
