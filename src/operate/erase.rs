//! Rows of a key become marks: each in one write, so that at no time neither a row nor a mark is there.

use std::ops::ControlFlow;

use jiff::Timestamp;
use processor::erasure::{key_sha256, mark_sort_key, partition_mark};
use processor::json::Json;
use processor::mapping::Mapping;
use processor::row::{CONTENT_SHA256, ERASED_KEY_SHA256, KeyValue, PROCESSED_AT};

use super::api::RowKey;
use super::query::{Query, QueryApi, StoredRow, key_value};
use crate::stack::{CallError, Pages};

/// Marks that are written side by side.
const AT_ONCE: usize = 10;
/// Rows of one look: at most, since an answer has a megabyte.
const PAGE: usize = 1000;

/// What is left of an erased key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedMark {
    /// Names and values of the item's key.
    pub key: Vec<(String, KeyValue)>,
    /// [`processor::erasure::key_sha256`] of what was erased.
    pub sha256: String,
    pub erased_at: Timestamp,
    /// The second of the epoch from which on nothing can bring the event back; `None`: something always can.
    pub expires_at: Option<i64>,
    pub over: Over,
}

/// What a mark may take the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// The row that was seen: its `processed_at` and its `content_sha256`.
    Row(Option<String>, Option<String>),
    /// Nothing, or an earlier mark.
    NoRow,
}

/// Marks in the table.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait EraseApi {
    /// Writes at most ten. One answer per mark, in order: whether what was there is what it may take the place of, and the mark is
    /// written. It says so also where a call failed.
    async fn write_marks(&self, table: &str, marks: &[ErasedMark]) -> (Vec<bool>, Result<(), CallError>);
}

/// What is to be erased: a partition, or one row of it.
#[derive(Debug, Clone)]
pub struct Erasure<'a> {
    pub table: &'a str,
    pub mapping: &'a Mapping,
    pub key: RowKey,
    pub erased_at: Timestamp,
    pub expires_at: Option<i64>,
}

/// What a key has in the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    pub rows: usize,
    /// Marks of rows that were erased before.
    pub marks: usize,
    /// Rows of events that came after the erasure had begun: they are new data.
    pub newer: usize,
}

impl Erasure<'_> {
    /// Whether all of the partition is meant: where a table has no sort key, its one row is.
    #[must_use]
    pub fn is_of_partition(&self) -> bool {
        self.key.sort.is_none()
    }

    /// The digest of what is erased.
    #[must_use]
    pub fn sha256(&self) -> String {
        key_sha256(&self.key.partition, self.key.sort.as_ref())
    }

    /// Whether an event with this key is meant.
    #[must_use]
    pub fn has(&self, partition: &KeyValue, sort: Option<&KeyValue>) -> bool {
        *partition == self.key.partition && (self.is_of_partition() || sort == self.key.sort.as_ref())
    }

    /// The mark under the key of a row that there is, was, or could be.
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
    fn is_meant(&self, row: &StoredRow) -> bool {
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

/// Counts what is there, and changes nothing. One page is in memory at a time. `goes_on` is asked after each.
///
/// # Errors
/// What the calls say.
pub async fn count_rows<A: QueryApi>(
    api: &A,
    erasure: &Erasure<'_>,
    goes_on: impl Fn() -> ControlFlow<()>,
) -> Result<Counted, CallError> {
    let mut counted = Counted::default();
    pages(api, erasure, async |rows| {
        for row in rows {
            *match row {
                row if row.contains_key(ERASED_KEY_SHA256) => &mut counted.marks,
                row if erasure.is_meant(&row) => &mut counted.rows,
                _ => &mut counted.newer,
            } += 1;
        }
        Ok(goes_on())
    })
    .await?;
    Ok(counted)
}

/// Marks the partition, where all of it is meant, before its first row: what comes once more meanwhile meets it.
///
/// # Errors
/// What the call says.
pub async fn mark_partition<A: EraseApi>(api: &A, erasure: &Erasure<'_>) -> Result<(), CallError> {
    if !erasure.is_of_partition() {
        return Ok(());
    }
    let key = erasure.named(partition_mark(&erasure.key.partition), mark_sort_key(erasure.mapping));
    let mark = ErasedMark { key, sha256: erasure.sha256(), ..erasure.mark(&erasure.key, Over::NoRow) };
    api.write_marks(erasure.table, &[mark]).await.1
}

/// Makes marks of the rows. A row that changed since it was read is looked at again: one that is of before the erasure becomes a
/// mark, and a newer one stays. `told` hears how many are marks by now; where it breaks, that was all.
///
/// Gives how many rows became marks, also where a call failed: they stay marks, and the next run goes on from there.
pub async fn erase_rows<A: QueryApi + EraseApi>(
    api: &A,
    erasure: &Erasure<'_>,
    mut told: impl FnMut(usize) -> ControlFlow<()>,
) -> (usize, Result<(), CallError>) {
    let mut erased = 0;
    let end = erase_all(api, erasure, &mut erased, &mut told).await;
    (erased, end)
}

async fn erase_all<A: QueryApi + EraseApi>(
    api: &A,
    erasure: &Erasure<'_>,
    erased: &mut usize,
    told: &mut impl FnMut(usize) -> ControlFlow<()>,
) -> Result<(), CallError> {
    loop {
        let mut found = 0;
        pages(api, erasure, async |rows| {
            let meant =
                rows.iter().filter(|row| !row.contains_key(ERASED_KEY_SHA256) && erasure.is_meant(row));
            let text = |row: &StoredRow, name| row.get(name).and_then(Json::as_text).map(str::to_owned);
            let mark = |row: &StoredRow| {
                let over = Over::Row(text(row, PROCESSED_AT), text(row, CONTENT_SHA256));
                Some(erasure.mark(&erasure.key_of(row)?, over))
            };
            let marks: Vec<ErasedMark> = meant.filter_map(mark).collect();
            for some in marks.chunks(AT_ONCE) {
                if told(*erased).is_break() {
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
        // What was written while the pages were read may be behind them.
        if found == 0 || told(*erased).is_break() {
            return Ok(());
        }
    }
}

/// The pages of the key, one after the other, until `see` has had enough.
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
