//! Rows of a key become marks, each in one write, so that at every moment there is either the row or the mark.

use std::ops::ControlFlow;

use jiff::Timestamp;
use processor::erasure::{key_sha256, mark_sort_key, partition_mark};
use processor::json::Json;
use processor::mapping::Mapping;
use processor::row::{CONTENT_SHA256, ERASED_KEY_SHA256, KeyValue, PROCESSED_AT};

use super::api::RowKey;
use super::query::{Query, QueryApi, StoredRow, key_value};
use crate::stack::{CallError, Pages};

/// Concurrent writes of marks.
const AT_ONCE: usize = 10;
/// The most rows per read, because an answer has a megabyte.
const PAGE: usize = 1000;

/// The mark of an erased key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedMark {
    /// Names and values of the item's key.
    pub key: Vec<(String, KeyValue)>,
    /// [`processor::erasure::key_sha256`] of the erased key.
    pub sha256: String,
    pub erased_at: Timestamp,
    /// The second of the epoch after which the event cannot be delivered again; `None`: it always can be.
    pub expires_at: Option<i64>,
    pub over: Over,
}

/// What a mark may replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// The row that was read: its `processed_at` and its `content_sha256`.
    Row(Option<String>, Option<String>),
    /// No row, or an earlier mark.
    NoRow,
}

/// Marks in the table.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait EraseApi {
    /// Writes at most ten. Returns one answer per mark, in order: whether the existing item may be replaced, and the mark
    /// is written. If a call failed, the answers also say so.
    async fn write_marks(&self, table: &str, marks: &[ErasedMark]) -> (Vec<bool>, Result<(), CallError>);
}

/// The data to erase: a partition, or one row of it.
#[derive(Debug, Clone)]
pub struct Erasure<'a> {
    pub table: &'a str,
    pub mapping: &'a Mapping,
    pub key: RowKey,
    pub erased_at: Timestamp,
    pub expires_at: Option<i64>,
}

/// The items of a key in the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    pub rows: usize,
    /// Marks of rows that were erased before.
    pub marks: usize,
    /// Rows of events from after the start of the erasure: they are new data.
    pub newer: usize,
}

impl Erasure<'_> {
    /// Whether the whole partition is erased: in a table without a sort key, its one row is.
    #[must_use]
    pub fn is_of_partition(&self) -> bool {
        self.key.sort.is_none()
    }

    /// The digest of the erased key.
    #[must_use]
    pub fn sha256(&self) -> String {
        key_sha256(&self.key.partition, self.key.sort.as_ref())
    }

    /// Whether an event with this key is erased.
    #[must_use]
    pub fn has(&self, partition: &KeyValue, sort: Option<&KeyValue>) -> bool {
        *partition == self.key.partition && (self.is_of_partition() || sort == self.key.sort.as_ref())
    }

    /// The mark for a key whose row exists, existed, or could exist.
    #[must_use]
    pub fn mark(&self, key: &RowKey, over: Over) -> ErasedMark {
        ErasedMark {
            key: self.named(key.partition.clone(), key.sort.clone()),
            sha256: key_sha256(&key.partition, key.sort.as_ref()),
            erased_at: self.erased_at,
            expires_at: self.expires_at,
            over,
        }
    }

    fn named(&self, partition: KeyValue, sort: Option<KeyValue>) -> Vec<(String, KeyValue)> {
        let sort_name = self.mapping.sort_key.as_ref().map(|field| field.attribute.clone());
        let partition = (self.mapping.partition_key.attribute.clone(), partition);
        std::iter::once(partition).chain(sort_name.zip(sort)).collect()
    }

    fn query(&self) -> Query {
        Query {
            table: self.table.to_owned(),
            index: None,
            partition: (self.mapping.partition_key.attribute.clone(), self.key.partition.clone()),
            sort: self.mapping.sort_key.as_ref().map(|field| field.attribute.clone()),
            from: self.key.sort.clone(),
            to: self.key.sort.clone(),
            oldest_first: true,
            unexpired_at: None,
        }
    }

    /// Whether the row was stored before the erasure began.
    fn matches(&self, row: &StoredRow) -> bool {
        let at = row.get(PROCESSED_AT).and_then(Json::as_text).and_then(|at| at.parse::<Timestamp>().ok());
        at.is_none_or(|at| at <= self.erased_at)
    }

    fn key_of(&self, row: &StoredRow) -> Option<RowKey> {
        let sort = match &self.mapping.sort_key {
            Some(field) => Some(key_value(row, &field.attribute)?),
            None => None,
        };
        Some(RowKey { partition: key_value(row, &self.mapping.partition_key.attribute)?, sort })
    }
}

/// Counts the items, and changes nothing. One page is in memory at a time. `flow` is called after each page.
///
/// # Errors
/// The errors of the calls.
pub async fn count_rows<A: QueryApi>(
    api: &A,
    erasure: &Erasure<'_>,
    flow: impl Fn() -> ControlFlow<()>,
) -> Result<Counted, CallError> {
    let mut counted = Counted::default();
    pages(api, erasure, async |rows| {
        for row in rows {
            *match row {
                row if row.contains_key(ERASED_KEY_SHA256) => &mut counted.marks,
                row if erasure.matches(&row) => &mut counted.rows,
                _ => &mut counted.newer,
            } += 1;
        }
        Ok(flow())
    })
    .await?;
    Ok(counted)
}

/// Writes the mark of the partition, if all of it is erased, before its first row is replaced, so that events delivered
/// again in the meantime find it.
///
/// # Errors
/// The error of the call.
pub async fn mark_partition<A: EraseApi>(api: &A, erasure: &Erasure<'_>) -> Result<(), CallError> {
    if !erasure.is_of_partition() {
        return Ok(());
    }
    let key = erasure.named(partition_mark(&erasure.key.partition), mark_sort_key(erasure.mapping));
    let mark = ErasedMark { key, sha256: erasure.sha256(), ..erasure.mark(&erasure.key, Over::NoRow) };
    api.write_marks(erasure.table, &[mark]).await.1
}

/// Replaces the rows with marks. A row that changed since it was read is read again: one from before the erasure is
/// replaced, and a newer one is retained. `observer` gets the number of marks so far, and may stop the run.
///
/// Returns how many rows were replaced, also if a call failed: they stay marks, and the next run continues from there.
pub async fn erase_rows<A: QueryApi + EraseApi>(
    api: &A,
    erasure: &Erasure<'_>,
    mut observer: impl FnMut(usize) -> ControlFlow<()>,
) -> (usize, Result<(), CallError>) {
    let mut erased = 0;
    let end = erase_all(api, erasure, &mut erased, &mut observer).await;
    (erased, end)
}

async fn erase_all<A: QueryApi + EraseApi>(
    api: &A,
    erasure: &Erasure<'_>,
    erased: &mut usize,
    observer: &mut impl FnMut(usize) -> ControlFlow<()>,
) -> Result<(), CallError> {
    loop {
        let mut found = 0;
        pages(api, erasure, async |rows| {
            let matching =
                rows.iter().filter(|row| !row.contains_key(ERASED_KEY_SHA256) && erasure.matches(row));
            let text = |row: &StoredRow, name| row.get(name).and_then(Json::as_text).map(str::to_owned);
            let mark = |row: &StoredRow| {
                let over = Over::Row(text(row, PROCESSED_AT), text(row, CONTENT_SHA256));
                Some(erasure.mark(&erasure.key_of(row)?, over))
            };
            let marks: Vec<ErasedMark> = matching.filter_map(mark).collect();
            for some in marks.chunks(AT_ONCE) {
                if observer(*erased).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                found += some.len();
                let (written, end) = api.write_marks(erasure.table, some).await;
                *erased += written.into_iter().filter(|written| *written).count();
                end?;
            }
            Ok(ControlFlow::Continue(()))
        })
        .await?;
        // A row that was written while the pages were read may be behind them.
        if found == 0 || observer(*erased).is_break() {
            return Ok(());
        }
    }
}

/// The pages of the key, one after another, until `see` stops.
async fn pages<A: QueryApi>(
    api: &A,
    erasure: &Erasure<'_>,
    mut see: impl AsyncFnMut(Vec<StoredRow>) -> Result<ControlFlow<()>, CallError>,
) -> Result<(), CallError> {
    let query = erasure.query();
    let (mut pages, mut next) = (Pages::forward("dynamodb:Query"), None);
    loop {
        let page = api.query(&query, next, PAGE).await?;
        let flow = see(page.rows).await?;
        next = pages.next(page.next)?;
        if flow.is_break() || next.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
