//! Looks for a row by its event id where no index has it.

use crate::operate::query::{QueryApi, StoredRow};
use crate::stack::{CallError, Pages};

/// Calls of one scan, of a megabyte each: a scan uses capacity that the writers need.
const CALLS: usize = 1_000;

/// DynamoDB's answer to one call.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanPage<C> {
    /// Rows with the id.
    pub rows: Vec<StoredRow>,
    /// Rows that were read.
    pub scanned: u64,
    pub next: Option<C>,
}

/// Reads a whole table.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait ScanApi: QueryApi {
    /// One page of the rows whose `event_id` or `message_id` is `id`.
    async fn scan(
        &self,
        table: &str,
        id: &str,
        after: Option<Self::Cursor>,
    ) -> Result<ScanPage<Self::Cursor>, CallError>;
}

/// The result of a scan without a match.
#[derive(Debug, Clone, PartialEq)]
pub enum ScanEnd {
    Found(StoredRow),
    /// All rows were read.
    NotThere,
    /// This many were read, and there are more.
    GivenUp(u64),
}

/// Reads rows until one has the id, the table ends or the limit is reached. `report` gets the number of rows read so far.
///
/// # Errors
/// The errors of the calls.
pub async fn scan_for<A: ScanApi>(
    api: &A,
    table: &str,
    id: &str,
    report: &mut dyn FnMut(u64),
) -> Result<ScanEnd, CallError> {
    let mut pages = Pages::forward("dynamodb:Scan");
    let (mut next, mut scanned) = (None, 0);
    for _ in 0..CALLS {
        let page = api.scan(table, id, next.take()).await?;
        scanned += page.scanned;
        report(scanned);
        if let Some(row) = page.rows.into_iter().next() {
            return Ok(ScanEnd::Found(row));
        }
        next = pages.next(page.next)?;
        if next.is_none() {
            return Ok(ScanEnd::NotThere);
        }
    }
    Ok(ScanEnd::GivenUp(scanned))
}

#[cfg(test)]
mod tests {
    use processor::json::Json;

    use super::*;
    use crate::operate::query::{Query, QueryPage};

    /// A table with this number of pages; the row is on one of them.
    struct Table(usize, Option<usize>);

    impl QueryApi for Table {
        type Cursor = usize;

        async fn query(&self, _: &Query, _: Option<usize>, _: usize) -> Result<QueryPage<usize>, CallError> {
            unreachable!("a scan asks for no keys")
        }
    }

    impl ScanApi for Table {
        async fn scan(&self, _: &str, id: &str, after: Option<usize>) -> Result<ScanPage<usize>, CallError> {
            let page = after.unwrap_or_default();
            let row = StoredRow::from([("event_id".to_owned(), Json::Text(id.to_owned()))]);
            let rows = if self.1 == Some(page) { vec![row] } else { Vec::new() };
            Ok(ScanPage { rows, scanned: 10, next: Some(page + 1).filter(|next| *next < self.0) })
        }
    }

    #[tokio::test]
    async fn a_scan_ends_at_the_row_at_the_end_or_after_enough() {
        let mut scanned_rows = 0;
        let found =
            scan_for(&Table(9, Some(3)), "t", "e", &mut |count| scanned_rows = count).await.expect("a row");
        assert!(matches!(found, ScanEnd::Found(_)) && scanned_rows == 40, "{scanned_rows}");
        let end = async |pages| scan_for(&Table(pages, None), "t", "e", &mut |_| ()).await;
        assert_eq!(end(9).await, Ok(ScanEnd::NotThere));
        assert_eq!(end(5_000).await, Ok(ScanEnd::GivenUp(10_000)));
    }
}
