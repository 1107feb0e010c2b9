//! Which events are rows, asked by their keys.

use std::collections::BTreeSet;
use std::time::Duration;

use super::api::{KeyNames, RowKey, RowMark, TableApi};
use crate::stack::{CallError, CallErrorKind};

/// BatchGetItem takes 100 keys.
const KEYS: usize = 100;
/// Pause before the first retry; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// The items in the table under some keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub rows: Vec<RowMark>,
    /// Keys that are not known, because DynamoDB did not read them.
    pub unread: BTreeSet<RowKey>,
}

/// Reads the rows of any number of keys: each key is requested once, and again if DynamoDB leaves it out. An answer has
/// at most 16 MB, so omitted keys are requested at once as long as answers contain rows, and `attempts` times with
/// growing pauses if they do not.
///
/// # Errors
/// The errors of the calls, except throttling: it leaves keys unread.
pub async fn look_up<A: TableApi>(
    api: &A,
    table: &str,
    names: KeyNames<'_>,
    keys: impl IntoIterator<Item = RowKey>,
    attempts: u32,
) -> Result<Found, CallError> {
    // A call that names a key twice is refused as a whole.
    let keys: BTreeSet<RowKey> = keys.into_iter().collect();
    let keys: Vec<RowKey> = keys.into_iter().collect();
    let mut found = Found::default();
    for chunk in keys.chunks(KEYS) {
        // If a table has no capacity left, the keys after the first failed call are requested once.
        let attempts = if found.unread.is_empty() { attempts } else { 1 };
        look_at(api, table, names, chunk.to_vec(), attempts, &mut found).await?;
    }
    Ok(found)
}

/// The same for the keys of one call.
async fn look_at<A: TableApi>(
    api: &A,
    table: &str,
    names: KeyNames<'_>,
    mut open: Vec<RowKey>,
    attempts: u32,
    found: &mut Found,
) -> Result<(), CallError> {
    let mut fruitless = 0;
    loop {
        let page = match api.rows(table, names, &open).await {
            Ok(page) => page,
            Err(error) if error.kind == CallErrorKind::Throttled => {
                super::api::RowsPage { rows: Vec::new(), unprocessed: open.clone() }
            }
            Err(error) => return Err(error),
        };
        let before = open.len();
        found.rows.extend(page.rows);
        open.retain(|key| page.unprocessed.contains(key));
        if open.is_empty() {
            return Ok(());
        }
        if open.len() < before {
            fruitless = 0;
            continue;
        }
        fruitless += 1;
        if fruitless >= attempts {
            found.unread.extend(open);
            return Ok(());
        }
        tokio::time::sleep(PAUSE * 2_u32.pow(fruitless - 1)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use processor::identity::Stored;
    use processor::row::KeyValue;

    use super::super::api::RowsPage;
    use super::*;

    /// Returns `fits` keys per call; none for the first `busy` calls.
    #[derive(Default)]
    struct Table {
        fits: usize,
        busy: RefCell<usize>,
        calls: RefCell<Vec<usize>>,
    }

    impl TableApi for Table {
        async fn rows(&self, _: &str, _: KeyNames<'_>, keys: &[RowKey]) -> Result<RowsPage, CallError> {
            let unique: BTreeSet<&RowKey> = keys.iter().collect();
            assert!(unique.len() == keys.len() && keys.len() <= 100, "DynamoDB refuses this call");
            self.calls.borrow_mut().push(keys.len());
            let is_busy = *self.busy.borrow() > 0;
            if is_busy {
                *self.busy.borrow_mut() -= 1;
            }
            let (read, remainder) = keys.split_at(if is_busy { 0 } else { self.fits.min(keys.len()) });
            let row = |key: &RowKey| RowMark { key: key.clone(), event_id: None, stored: Stored::default() };
            Ok(RowsPage { rows: read.iter().map(row).collect(), unprocessed: remainder.to_vec() })
        }
        async fn row_count(&self, _: &str) -> Result<u64, CallError> {
            Ok(0)
        }
    }

    fn keys(count: usize) -> Vec<RowKey> {
        (0..count)
            .map(|number| RowKey { partition: KeyValue::Text(format!("S-{number}")), sort: None })
            .collect()
    }

    async fn found(table: &Table, keys: Vec<RowKey>) -> Found {
        look_up(table, "t", KeyNames { partition: "p", sort: None, newer_by: None }, keys, 4)
            .await
            .expect("rows")
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_asked_once_however_often_it_is_wanted() {
        let table = Table { fits: 100, ..Table::default() };
        let found = found(&table, [keys(60), keys(60), keys(130)].concat()).await;
        assert_eq!((found.rows.len(), found.unread.len()), (130, 0));
        assert_eq!(*table.calls.borrow(), [100, 30]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_answer_has_no_space_for_is_asked_again_at_once() {
        let begun = tokio::time::Instant::now();
        let table = Table { fits: 41, ..Table::default() };
        let found = found(&table, keys(100)).await;
        assert_eq!((found.rows.len(), found.unread.len()), (100, 0));
        assert_eq!((table.calls.borrow().as_slice(), begun.elapsed()), (&[100, 59, 18][..], Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_table_is_asked_less_and_less_often_and_not_forever() {
        let table = Table { fits: 100, busy: RefCell::new(3), ..Table::default() };
        let begun = tokio::time::Instant::now();
        let rested = found(&table, keys(100)).await;
        assert_eq!((rested.rows.len(), rested.unread.len()), (100, 0));
        assert_eq!(begun.elapsed(), PAUSE * 7);
        let table = Table { fits: 100, busy: RefCell::new(usize::MAX), ..Table::default() };
        let busy = found(&table, keys(300)).await;
        assert_eq!((busy.rows.len(), busy.unread.len()), (0, 300));
        assert_eq!(table.calls.borrow().len(), 4 + 1 + 1);
    }
}
