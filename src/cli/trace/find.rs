//! Finds an event: a row by its key, a message in the dead-letter queues, or a row found by a scan.

use processor::json::Json;
use processor::path::Path;
use processor::row::{EVENT_ID, KeyValue, MESSAGE_ID};

use super::Tracing;
use crate::cli::Stop;
use crate::cli::dlq::{Looked, look_for};
use crate::cli::query::row_key;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{DeadLetter, Query, RowKey, ScanEnd, StoredRow, TableApi as _, rows_in_order, scan_for};
use crate::report::{Console, printable};

/// The most rows of one partition key that are read.
const MOST: usize = 10_000;

/// The location of the event.
pub(super) enum Found {
    Row { row: StoredRow, by: String },
    DeadLetter { dead_letter: Box<DeadLetter>, is_undelivered: bool },
}

impl Tracing<'_> {
    pub(super) async fn find(&self, console: &mut Console) -> Result<Found, Stop> {
        let (row, of_others) = self.by_key().await?;
        if let Some(found) = row {
            return Ok(found);
        }
        if self.arguments.scan
            && let Some(row) = self.by_scan(console).await?
        {
            return Ok(Found::Row { row, by: "by a scan".to_owned() });
        }
        let names = &self.session.names;
        let mut hidden = None;
        for (queue, is_undelivered) in [(&names.dead_letter_queue, false), (&names.undelivered_queue, true)] {
            let looked: Looked =
                look_for(self.session, queue, |dead_letter| self.is_of(dead_letter), console).await?;
            if let Some(dead_letter) = looked.dead_letter {
                return Ok(Found::DeadLetter { dead_letter: Box::new(dead_letter), is_undelivered });
            }
            hidden = hidden.or(looked.hidden);
        }
        Err(self.missing(of_others, hidden))
    }

    /// The row by the given key; without one, by an id that is itself a key. Also the events of other rows under that
    /// key.
    async fn by_key(&self) -> Result<(Option<Found>, Option<Vec<String>>), Stop> {
        let (mapping, id) = (&self.config.event, || KeyValue::Text(self.arguments.id.clone()));
        if let Some(text) = &self.arguments.key {
            let RowKey { partition, sort } = row_key(self.spec, mapping, text)?;
            let rows = self.rows(None, &mapping.partition_key.attribute, partition, sort).await?;
            let others = rows.iter().filter_map(|row| text_of(row, EVENT_ID)).collect();
            let row = rows.into_iter().find(|row| self.is_it(row));
            return Ok((row.map(|row| Found::Row { row, by: "by its key".to_owned() }), Some(others)));
        }
        let is_key = mapping.partition_key.from == [Path::of_envelope("id")];
        let table = is_key.then_some((None, mapping.partition_key.attribute.as_str()));
        let indexes = self.spec.table.indexes.iter();
        let indexes = indexes.filter(|index| [EVENT_ID, MESSAGE_ID].contains(&index.partition_key.as_str()));
        let indexes = indexes.map(|index| (Some(index.name.as_str()), index.partition_key.as_str()));
        for (index, attribute) in table.into_iter().chain(indexes) {
            let rows = self.rows(index, attribute, id(), None).await?;
            let Some(row) = rows.into_iter().find(|row| index.is_some() || self.is_it(row)) else { continue };
            let by = index.map_or_else(|| "by its key".to_owned(), |index| format!("by the index {index}"));
            // An index need not have all attributes.
            let whole = self.whole(&row).await?;
            return Ok((Some(Found::Row { row: whole.unwrap_or(row), by }), None));
        }
        Ok((None, None))
    }

    /// The table's row with these keys.
    async fn whole(&self, row: &StoredRow) -> Result<Option<StoredRow>, Stop> {
        let mapping = &self.config.event;
        let key = |name: &str| match row.get(name) {
            Some(Json::Text(text)) => Some(KeyValue::Text(text.clone())),
            Some(Json::Number(number)) => Some(KeyValue::Number(number.clone())),
            _ => None,
        };
        let attribute = &mapping.partition_key.attribute;
        let Some(partition) = key(attribute) else { return Ok(None) };
        let sort = mapping.sort_key.as_ref().and_then(|field| key(&field.attribute));
        Ok(self.rows(None, attribute, partition, sort).await?.into_iter().next())
    }

    async fn rows(
        &self,
        index: Option<&str>,
        attribute: &str,
        partition: KeyValue,
        sort: Option<KeyValue>,
    ) -> Result<Vec<StoredRow>, Stop> {
        let sort_key = self.config.event.sort_key.as_ref().filter(|_| index.is_none());
        let query = Query {
            table: self.session.names.table.clone(),
            index: index.map(str::to_owned),
            partition: (attribute.to_owned(), partition),
            sort: sort_key.map(|field| field.attribute.clone()),
            from: sort.clone(),
            to: sort,
            oldest_first: false,
            unexpired_at: None,
        };
        Ok(rows_in_order(&self.session.clients, vec![query], MOST).await?.0)
    }

    async fn by_scan(&self, console: &mut Console) -> Result<Option<StoredRow>, Stop> {
        let (clients, table) = (&self.session.clients, &self.session.names.table);
        let all = clients.row_count(table).await.ok();
        let activity = console.activity("scan");
        let of_all = all.map_or_else(String::new, |all| format!(" of about {all}"));
        let mut report = |count: u64| activity.update(&format!("{count}{of_all} rows"));
        let end = scan_for(clients, table, &self.arguments.id, &mut report).await;
        activity.clear();
        match end? {
            ScanEnd::Found(row) => Ok(Some(row)),
            ScanEnd::NotThere => Ok(None),
            ScanEnd::GivenUp(count) => {
                console.complain(&format!(
                    "  warning: the scan ended after {count} rows, and the table has more"
                ));
                Ok(None)
            }
        }
    }

    fn is_it(&self, row: &StoredRow) -> bool {
        [EVENT_ID, MESSAGE_ID].iter().any(|name| text_of(row, name).as_ref() == Some(&self.arguments.id))
    }

    fn is_of(&self, dead_letter: &DeadLetter) -> bool {
        let id = self.arguments.id.as_str();
        [dead_letter.origin(), &dead_letter.message_id].contains(&id)
            || processor::death::event_id(&dead_letter.body) == id
    }

    /// The failure that the event was not found. `of_others`: the events of the rows under the given key.
    fn missing(&self, of_others: Option<Vec<String>>, hidden: Option<String>) -> Stop {
        let id = printable(&self.arguments.id);
        let hidden = hidden.map_or_else(String::new, |hidden| format!("; of the messages {hidden}"));
        let (message, help) = match of_others {
            Some(others) => {
                let there = match others.as_slice() {
                    [] => "there is no row with this key".to_owned(),
                    [other] => format!("the row with this key is of event `{}`", printable(other)),
                    others => format!("the {} rows with this key are of other events", others.len()),
                };
                let help = format!(
                    "a duplicate has no row of its own; `{}` shows events that are still on their way",
                    self.session.command("status", "")
                );
                (format!("{there}, and no dead letter has the id `{id}`{hidden}"), help)
            }
            None => {
                let location = if self.arguments.scan { "no row that was read and no" } else { "no" };
                let more = self.session.command("trace", &crate::deploy::quoted(&self.arguments.id));
                let help = match self.arguments.scan {
                    true => {
                        "rows are deleted when they expire, dead letters after their retention".to_owned()
                    }
                    false => format!(
                        "if it is a row, give its key: `{more} --key PARTITION,SORT`; `--scan` searches the table"
                    ),
                };
                (format!("{location} dead letter has the id `{id}`{hidden}"), help)
            }
        };
        Stop::Failure(Failure::new(
            Exit::Failed,
            Diagnostic::error(codes::TRACE_NOT_FOUND, message).help(help),
        ))
    }
}

fn text_of(row: &StoredRow, name: &str) -> Option<String> {
    row.get(name).and_then(Json::as_text).map(str::to_owned)
}
