//! A table in memory whose rows change while they are read.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use processor::config::Config;

use super::*;
use crate::operate::QueryPage;
use crate::stack::CallErrorKind;

const BEGUN: &str = "2026-11-28T08:00:00Z";
/// Rows of one answer: DynamoDB returns fewer than requested if they are large.
const SHORT: usize = 100;
/// Continues to the end.
const ON: fn(usize) -> ControlFlow<()> = |_| ControlFlow::Continue(());

fn to_the_end() -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[derive(Default)]
struct Table {
    /// By the sort key.
    rows: RefCell<BTreeMap<String, StoredRow>>,
    /// Written under this key, by an event of this time, after the first page was read.
    meanwhile: RefCell<Option<(String, &'static str)>>,
    most_at_once: Cell<usize>,
    pages: Cell<usize>,
    /// How many marks can be written until a call fails.
    fails_after: Cell<Option<usize>>,
}

fn row(sort: &str, processed_at: &str) -> StoredRow {
    let texts = [
        ("shipment_id", "S-1"),
        ("event_timestamp", sort),
        (PROCESSED_AT, processed_at),
        (CONTENT_SHA256, processed_at),
    ];
    texts.map(|(name, text)| (name.to_owned(), Json::Text(text.to_owned()))).into()
}

/// The sort key of a row, with the same length for each.
fn key(number: usize) -> String {
    format!("{number:03}")
}

impl Table {
    fn with(count: usize) -> Self {
        let rows = (0..count).map(|number| (key(number), row(&key(number), "2026-01-01T00:00:00Z")));
        Self { rows: RefCell::new(rows.collect()), ..Self::default() }
    }

    fn count(&self, is_mark: bool) -> usize {
        self.rows.borrow().values().filter(|row| row.contains_key(ERASED_KEY_SHA256) == is_mark).count()
    }
}

impl QueryApi for Table {
    type Cursor = String;

    async fn query(
        &self,
        query: &Query,
        after: Option<String>,
        limit: usize,
    ) -> Result<QueryPage<String>, CallError> {
        self.pages.set(self.pages.get() + 1);
        let limit = limit.min(SHORT);
        let is_within = |key: &String| {
            let is_it = |bound: &KeyValue| bound.as_str() == key;
            query.from.as_ref().is_none_or(is_it) && after.as_ref().is_none_or(|after| key > after)
        };
        let rows: Vec<(String, StoredRow)> = self
            .rows
            .borrow()
            .iter()
            .filter(|(key, _)| is_within(key))
            .take(limit)
            .map(|(key, row)| (key.clone(), row.clone()))
            .collect();
        if let Some((key, at)) = self.meanwhile.take() {
            self.rows.borrow_mut().insert(key.clone(), row(&key, at));
        }
        let next = rows.last().filter(|_| rows.len() == limit).map(|(key, _)| key.clone());
        Ok(QueryPage { rows: rows.into_iter().map(|(_, row)| row).collect(), next, units: 1.0 })
    }
}

impl EraseApi for Table {
    async fn write_marks(&self, _: &str, marks: &[ErasedMark]) -> (Vec<bool>, Result<(), CallError>) {
        self.most_at_once.set(self.most_at_once.get().max(marks.len()));
        let mut rows = self.rows.borrow_mut();
        let left = self.fails_after.get().unwrap_or(usize::MAX);
        self.fails_after.set(self.fails_after.get().map(|left| left.saturating_sub(marks.len())));
        let end = match left < marks.len() {
            true => Err(CallError::new(CallErrorKind::Throttled, "dynamodb:PutItem", "too often")),
            false => Ok(()),
        };
        let write = |(index, mark): (usize, &ErasedMark)| {
            if index >= left {
                return false;
            }
            let key = mark.key[1].1.as_str().to_owned();
            let text = |name| {
                rows.get(&key).and_then(|row| row.get(name)).and_then(Json::as_text).map(str::to_owned)
            };
            let is_free = match &mark.over {
                Over::Row(at, hash) => text(PROCESSED_AT) == *at && text(CONTENT_SHA256) == *hash,
                Over::NoRow => text(PROCESSED_AT).is_none(),
            };
            if is_free {
                rows.insert(key, [(ERASED_KEY_SHA256.to_owned(), Json::Text(mark.sha256.clone()))].into());
            }
            is_free
        };
        (marks.iter().enumerate().map(write).collect(), end)
    }
}

fn erasure<'a>(config: &'a Config, sort: Option<&str>) -> Erasure<'a> {
    let sort = sort.map(|text| KeyValue::Text(text.to_owned()));
    Erasure {
        table: "t",
        mapping: &config.event,
        key: RowKey { partition: KeyValue::Text("S-1".to_owned()), sort },
        erased_at: BEGUN.parse().expect("an instant"),
        expires_at: Some(1),
    }
}

#[tokio::test]
async fn every_row_of_many_pages_becomes_a_mark_and_a_second_run_finds_none() {
    let (table, config) = (Table::with(250), Config::default());
    let all = erasure(&config, None);
    assert_eq!(count_rows(&table, &all, to_the_end).await, Ok(Counted { rows: 250, marks: 0, newer: 0 }));
    mark_partition(&table, &all).await.expect("a mark");
    assert_eq!(erase_rows(&table, &all, ON).await, (250, Ok(())));
    assert_eq!((table.count(false), table.count(true), table.most_at_once.get()), (0, 251, AT_ONCE));
    assert_eq!(erase_rows(&table, &all, ON).await, (0, Ok(())));
    let one = Table::with(3);
    assert_eq!(erase_rows(&one, &erasure(&config, Some("001")), ON).await, (1, Ok(())));
    mark_partition(&one, &erasure(&config, Some("001"))).await.expect("nothing to do");
    assert_eq!((one.count(false), one.count(true)), (2, 1), "the partition is not marked for one row");
}

/// A row behind the page that is read, one that changed after it was read, and one that is new data.
#[tokio::test]
async fn what_is_written_meanwhile_is_erased_or_left_by_its_time_and_never_overwritten_unseen() {
    let config = Config::default();
    let all = erasure(&config, None);
    for (key, at, left) in [
        ("-before-all", "2026-11-28T07:59:59Z", 0),
        ("001", "2026-11-28T07:59:59Z", 0),
        ("001", "2026-11-28T08:00:01Z", 1),
        ("-before-all", "2026-11-28T08:00:01Z", 1),
    ] {
        let table = Table::with(5);
        *table.meanwhile.borrow_mut() = Some((key.to_owned(), at));
        erase_rows(&table, &all, ON).await.1.expect("an end");
        assert_eq!(table.count(false), left, "{key} {at}");
        assert_eq!(count_rows(&table, &all, to_the_end).await.expect("a count").newer, left, "{key} {at}");
    }
}

#[tokio::test]
async fn a_stopped_run_can_be_continued() {
    let (table, config) = (Table::with(50), Config::default());
    let all = erasure(&config, None);
    let until_20 = |count| if count < 20 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    assert_eq!(erase_rows(&table, &all, until_20).await, (20, Ok(())));
    assert_eq!((table.count(false), table.count(true)), (30, 20));
    assert_eq!(erase_rows(&table, &all, ON).await, (30, Ok(())));
}

#[tokio::test]
async fn a_run_that_is_stopped_reads_no_further_page() {
    let (table, config) = (Table::with(5 * SHORT), Config::default());
    let at_once = |_| ControlFlow::Break(());
    assert_eq!(erase_rows(&table, &erasure(&config, None), at_once).await, (0, Ok(())));
    assert_eq!(table.pages.get(), 1);
    count_rows(&table, &erasure(&config, None), || ControlFlow::Break(())).await.expect("a count");
    assert_eq!(table.pages.get(), 2, "nor does a count");
}

#[tokio::test]
async fn what_was_erased_before_a_call_failed_is_counted() {
    let (table, config) = (Table::with(50), Config::default());
    let all = erasure(&config, None);
    table.fails_after.set(Some(2 * AT_ONCE + 3));
    let (erased, end) = erase_rows(&table, &all, ON).await;
    assert_eq!((erased, table.count(true)), (23, 23), "those of the call that failed in part among them");
    assert_eq!(end.expect_err("a failure").kind, CallErrorKind::Throttled);
}

/// Answers of many pages, each with one row that is already a mark.
struct Endless {
    pages: usize,
    moves: bool,
}

impl QueryApi for Endless {
    type Cursor = usize;

    async fn query(&self, _: &Query, after: Option<usize>, _: usize) -> Result<QueryPage<usize>, CallError> {
        let page = after.unwrap_or_default() + 1;
        let mark = [(ERASED_KEY_SHA256.to_owned(), Json::Text(String::new()))].into();
        let next = if self.moves { page } else { 1 };
        Ok(QueryPage { rows: vec![mark], next: (page < self.pages).then_some(next), units: 1.0 })
    }
}

#[tokio::test]
async fn a_partition_of_any_size_is_read_to_its_end() {
    let config = Config::default();
    let all = erasure(&config, None);
    let counted = count_rows(&Endless { pages: 5_000, moves: true }, &all, to_the_end).await;
    assert_eq!(counted, Ok(Counted { rows: 0, marks: 5_000, newer: 0 }));
    assert!(
        count_rows(&Endless { pages: 3, moves: false }, &all, to_the_end).await.is_err(),
        "the same page again"
    );
}
