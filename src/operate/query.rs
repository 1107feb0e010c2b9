use std::collections::{BTreeMap, VecDeque};

use processor::json::Json;
use processor::row::{ERASED_KEY_SHA256, EXPIRES_AT, KeyValue};

use crate::stack::{CallError, Pages};

/// Rows of one call: few enough to hold a page for a thousand shards.
const PAGE: usize = 100;

/// A row as it is stored.
pub type StoredRow = BTreeMap<String, Json>;

/// The value of a row's attribute, if it can be the value of a key.
pub(super) fn key_value(row: &StoredRow, name: &str) -> Option<KeyValue> {
    match row.get(name)? {
        Json::Text(text) => Some(KeyValue::Text(text.clone())),
        Json::Number(number) => Some(KeyValue::Number(number.clone())),
        _ => None,
    }
}

/// Rows of one partition key, or of one key of an index, by their sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub table: String,
    /// `None`: the table itself.
    pub index: Option<String>,
    /// Name and value of the partition key.
    pub partition: (String, KeyValue),
    /// Name of the sort key, if there is one.
    pub sort: Option<String>,
    /// Limits of the sort key, both inclusive.
    pub from: Option<KeyValue>,
    pub to: Option<KeyValue>,
    /// Ascending by the sort key, instead of descending.
    pub oldest_first: bool,
    /// Without the rows that had expired by this second of the epoch, which DynamoDB deletes some days later.
    pub unexpired_at: Option<i64>,
}

/// The keys of the status index under which rows of a status can be: each row retains the key it was written with, so
/// these are all keys that ever existed, up to `most`, and the plain one of an index that was not spread.
#[must_use]
pub fn status_keys(status: &str, most: u32) -> Vec<String> {
    if most <= 1 || status.contains('#') {
        return vec![status.to_owned()];
    }
    let spread = (0..most).map(|shard| format!("{status}#{shard}"));
    spread.chain([status.to_owned()]).collect()
}

/// Whether a row had expired by this second of the epoch, as the processor sees it: a row without the attribute never
/// expires.
#[must_use]
pub fn is_expired(row: &StoredRow, second: i64) -> bool {
    match row.get(EXPIRES_AT) {
        Some(Json::Number(number)) => number.as_str().parse::<f64>().is_ok_and(|end| end < second as f64),
        _ => false,
    }
}

/// DynamoDB's answer to one call.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryPage<C> {
    pub rows: Vec<StoredRow>,
    /// Where the next call continues.
    pub next: Option<C>,
    /// Read capacity units that the call consumed.
    pub units: f64,
}

/// Reads from a table or an index, in the order of its sort key.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait QueryApi {
    /// Where a call continues.
    type Cursor: PartialEq + Clone;
    /// At most `limit` rows.
    async fn query(
        &self,
        query: &Query,
        after: Option<Self::Cursor>,
        limit: usize,
    ) -> Result<QueryPage<Self::Cursor>, CallError>;
}

/// The part of one shard of an index that was read.
struct Shard<C> {
    query: Query,
    rows: VecDeque<StoredRow>,
    next: Option<C>,
    begun: bool,
    pages: Pages<C>,
}

/// The first `most` rows of all `queries` together, in their common order. Each query has one page in memory.
///
/// # Errors
/// The errors of the calls.
pub async fn rows_in_order<A: QueryApi>(
    api: &A,
    queries: Vec<Query>,
    most: usize,
) -> Result<(Vec<StoredRow>, f64), CallError> {
    let mut units = 0.0;
    let mut shards: Vec<Shard<A::Cursor>> = queries
        .into_iter()
        .map(|query| {
            let pages = Pages::new("dynamodb:Query");
            Shard { query, rows: VecDeque::new(), next: None, begun: false, pages }
        })
        .collect();
    let mut merged = Vec::new();
    while merged.len() < most {
        for shard in &mut shards {
            units += shard.fill(api, most - merged.len()).await?;
        }
        let full = shards.iter_mut().filter(|shard| !shard.rows.is_empty());
        let first = full.min_by(|left, right| match left.query.oldest_first {
            true => left.head().cmp(&right.head()),
            false => right.head().cmp(&left.head()),
        });
        let Some(row) = first.and_then(|shard| shard.rows.pop_front()) else { break };
        merged.push(row);
    }
    Ok((merged, units))
}

impl<C: PartialEq + Clone> Shard<C> {
    /// The sort key of its next row.
    fn head(&self) -> Option<KeyValue> {
        key_value(self.rows.front()?, self.query.sort.as_ref()?)
    }

    /// Loads the next row, if there is one: a page may be empty and not the last.
    async fn fill<A: QueryApi<Cursor = C>>(&mut self, api: &A, wanted: usize) -> Result<f64, CallError> {
        let mut units = 0.0;
        while self.rows.is_empty() && (!self.begun || self.next.is_some()) {
            // After a page without remaining rows, more such pages are likely.
            let limit = if self.begun { PAGE } else { wanted.min(PAGE) };
            let page = api.query(&self.query, self.next.take(), limit).await?;
            self.begun = true;
            // The mark of an erased key is not a row.
            self.rows.extend(page.rows.into_iter().filter(|row| !row.contains_key(ERASED_KEY_SHA256)));
            self.next = self.pages.next(page.next)?;
            units += page.units;
        }
        Ok(units)
    }
}

#[cfg(test)]
mod tests {
    use processor::number::Number;

    use super::*;

    /// Sort keys of each partition, newest first; pages of two, and an empty one in between.
    struct Index(BTreeMap<String, Vec<&'static str>>);

    impl QueryApi for Index {
        type Cursor = usize;
        async fn query(
            &self,
            query: &Query,
            after: Option<usize>,
            limit: usize,
        ) -> Result<QueryPage<usize>, CallError> {
            let keys = &self.0[query.partition.1.as_str()];
            let step = after.unwrap_or_default();
            let rows = if step % 2 == 1 { &[][..] } else { &keys[(step).min(keys.len())..] };
            let rows: Vec<StoredRow> = rows
                .iter()
                .take(2.min(limit))
                .map(|key| BTreeMap::from([("at".to_owned(), Json::Text((*key).to_owned()))]))
                .collect();
            let next = (step < keys.len()).then_some(step + 1);
            Ok(QueryPage { rows, next, units: 0.5 })
        }
    }

    fn query(partition: &str) -> Query {
        Query {
            table: "t".to_owned(),
            index: None,
            partition: ("p".to_owned(), KeyValue::Text(partition.to_owned())),
            sort: Some("at".to_owned()),
            from: None,
            to: None,
            oldest_first: false,
            unexpired_at: None,
        }
    }

    #[test]
    fn a_row_is_past_its_time_only_by_a_number_that_is() {
        let row = |value: Json| StoredRow::from([(EXPIRES_AT.to_owned(), value)]);
        let number = |text: &str| Number::stored(text).map(Json::Number).expect("a number");
        for (value, expired) in [
            (number("99"), true),
            (number("99.5"), true),
            (number("100"), false),
            (number("1E+40"), false),
            (Json::Text("1".to_owned()), false),
            (Json::Null, false),
        ] {
            assert_eq!(is_expired(&row(value.clone()), 100), expired, "{value:?}");
        }
        assert!(!is_expired(&StoredRow::new(), 100));
    }

    #[tokio::test]
    async fn shards_are_merged_in_order_through_pages_that_may_be_empty() {
        let index = Index(BTreeMap::from([
            ("a".to_owned(), vec!["9", "6", "5", "1"]),
            ("b".to_owned(), vec!["8", "7"]),
            ("c".to_owned(), vec![]),
        ]));
        let (rows, units) =
            rows_in_order(&index, vec![query("a"), query("b"), query("c")], 5).await.expect("rows");
        let keys: Vec<&Json> = rows.iter().map(|row| &row["at"]).collect();
        let expected: Vec<Json> = ["9", "8", "7", "6", "5"].map(|key| Json::Text(key.to_owned())).into();
        assert_eq!(keys, expected.iter().collect::<Vec<_>>());
        assert!(units > 1.0);
        let (rows, _) = rows_in_order(&index, vec![query("c")], 5).await.expect("rows");
        assert_eq!(rows.len(), 0);
    }

    /// One row per partition, with this sort key.
    struct Numbers(BTreeMap<String, &'static str>);

    impl QueryApi for Numbers {
        type Cursor = usize;
        async fn query(
            &self,
            query: &Query,
            _: Option<usize>,
            _: usize,
        ) -> Result<QueryPage<usize>, CallError> {
            let number = Number::stored(self.0[query.partition.1.as_str()]).map(Json::Number);
            let row = BTreeMap::from([("at".to_owned(), number.expect("a number"))]);
            Ok(QueryPage { rows: vec![row], next: None, units: 0.5 })
        }
    }

    #[tokio::test]
    async fn numbers_are_merged_by_their_value_in_both_orders() {
        let rows = [("a", "9"), ("b", "10"), ("c", "-200")];
        let index = Numbers(rows.map(|(name, number)| (name.to_owned(), number)).into());
        for (oldest_first, expected) in [(false, ["10", "9", "-200"]), (true, ["-200", "9", "10"])] {
            let queries = rows.map(|(name, _)| Query { oldest_first, ..query(name) });
            let (rows, _) = rows_in_order(&index, queries.into(), 5).await.expect("rows");
            let keys: Vec<String> = rows.iter().map(|row| row["at"].canonical()).collect();
            assert_eq!(keys, expected);
        }
    }
}
