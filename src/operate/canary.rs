//! Waits for a canary that was sent: for its row, or for another outcome.

use std::ops::ControlFlow;
use std::time::Duration;

use processor::attribute::Attribute;
use processor::json::Json;
use processor::mapping::Mapping;
use processor::queued_at::{QUEUED_AT, is_ours};
use processor::row::{KeyValue, PROCESSED_AT};
use serde_json::Value;
use tokio::time::Instant;

use super::api::{DeadLetter, DeadLetterApi, KeyNames, QueueApi, RowKey};
use super::held::Held;
use super::log::{LogEventsApi, LogQuery, LogUpdate, Sought, read_log};
use super::observer::Unobserved;
use super::query::{Query, QueryApi, StoredRow, key_value};
use super::trace::milliseconds;
use crate::stack::CallError;

/// Reads of a dead-letter queue; each returns up to 10 messages.
const LOOKS: usize = 100;

/// Removes the rows of canaries.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait CanaryApi {
    async fn delete_row(&self, table: &str, names: KeyNames<'_>, key: &RowKey) -> Result<(), CallError>;
}

/// Where to look for a canary.
#[derive(Debug, Clone, Copy)]
pub struct Perch<'a> {
    pub table: &'a str,
    pub names: KeyNames<'a>,
    pub key: &'a KeyValue,
    /// Its id in the processor's log.
    pub id: &'a str,
    pub log_group: &'a str,
    pub queue: &'a str,
    pub dead_letters: &'a str,
    pub undelivered: &'a str,
}

/// Looks for the row until it exists or the time is over.
///
/// # Errors
/// A call that cannot succeed later either.
pub async fn canary_row<A: QueryApi>(
    api: &A,
    perch: Perch<'_>,
    interval: Duration,
    deadline: Instant,
) -> Result<Option<StoredRow>, CallError> {
    let query = Query {
        table: perch.table.to_owned(),
        index: None,
        partition: (perch.names.partition.to_owned(), perch.key.clone()),
        sort: perch.names.sort.map(str::to_owned),
        from: None,
        to: None,
        oldest_first: true,
        unexpired_at: None,
    };
    loop {
        let is_over = Instant::now() >= deadline;
        match api.query(&query, None, 1).await {
            Ok(page) if !page.rows.is_empty() => return Ok(page.rows.into_iter().next()),
            Ok(_) => {}
            Err(error) if error.is_passing() && !is_over => {}
            Err(error) => return Err(error),
        }
        if is_over {
            return Ok(None);
        }
        tokio::time::sleep(interval.min(deadline.saturating_duration_since(Instant::now()))).await;
    }
}

/// The key of a row that was found.
#[must_use]
pub fn key_of(row: &StoredRow, perch: Perch<'_>) -> RowKey {
    let sort = perch.names.sort.and_then(|name| key_value(row, name));
    RowKey { partition: perch.key.clone(), sort }
}

/// When SQS received the message and when the processor received it, in milliseconds since 1970, if the row has them: a
/// mapping may have an attribute of its own under the first name.
#[must_use]
pub fn waypoints(mapping: &Mapping, row: &StoredRow) -> [Option<i64>; 2] {
    let at = |name: &str| row.get(name).and_then(Json::as_text).and_then(milliseconds);
    [is_ours(mapping).then(|| at(QUEUED_AT)).flatten(), at(PROCESSED_AT)]
}

/// The outcome of a canary without a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// EventBridge could not deliver it, and why.
    Undelivered(String),
    /// SQS moved it to the dead-letter queue: the processor did not process it.
    Died,
    /// The processor received it; the text is why there is no row.
    Dropped(String),
    /// It was not found; the queue has this number of messages.
    Unseen { waiting: u64 },
}

/// Finds the outcome of a canary without a row, and removes it from the dead-letter queues, where someone would have to
/// handle it. A queue or log that may not be read is skipped.
pub async fn canary_fate<A: QueueApi + DeadLetterApi + LogEventsApi>(
    api: &A,
    perch: Perch<'_>,
    from: i64,
) -> Fate {
    if let Ok(Some(drop_reason)) = drop_reason(api, perch, from).await {
        return Fate::Dropped(drop_reason);
    }
    if let Ok(Some(dead_letter)) = taken_out(api, perch.undelivered, perch.id).await {
        let text =
            |name: &str| dead_letter.attributes.get(name).and_then(Attribute::as_text).unwrap_or_default();
        return Fate::Undelivered(
            format!("{} {}", text("ERROR_CODE"), text("ERROR_MESSAGE")).trim().to_owned(),
        );
    }
    if let Ok(Some(_)) = taken_out(api, perch.dead_letters, perch.id).await {
        return Fate::Died;
    }
    let depth = api.depth(perch.queue).await.unwrap_or_default();
    Fate::Unseen { waiting: depth.visible + depth.in_flight }
}

/// The outcome in the processor's log.
async fn drop_reason<A: LogEventsApi>(
    api: &A,
    perch: Perch<'_>,
    from: i64,
) -> Result<Option<String>, CallError> {
    let sought = Sought { level: None, text: Some(perch.id.to_owned()) };
    let query = LogQuery { group: perch.log_group.to_owned(), from, to: None, pattern: sought.pattern() };
    let mut drop_reason = None;
    let observer = &mut |update: LogUpdate<'_>| {
        if let LogUpdate::Line(event) = update
            && let Ok(line) = serde_json::from_str::<Value>(&event.text)
            && line["key"] == perch.id
        {
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            drop_reason = Some(
                format!("{}: {}", text("outcome"), text("detail")).trim_end_matches([':', ' ']).to_owned(),
            );
        }
        ControlFlow::Continue(())
    };
    read_log(api, &query, observer).await?;
    Ok(drop_reason)
}

/// The message of a canary, which is deleted; other messages are made visible again.
async fn taken_out<A: QueueApi + DeadLetterApi>(
    api: &A,
    queue: &str,
    id: &str,
) -> Result<Option<DeadLetter>, CallError> {
    if api.depth(queue).await?.visible == 0 {
        return Ok(None);
    }
    let mut observer = Unobserved;
    let mut held = Held::new(api, queue, &mut observer);
    let mut found = Ok(None);
    for _ in 0..LOOKS {
        let page = match held.receive().await {
            Ok(page) => page,
            Err(error) => {
                found = Err(error);
                break;
            }
        };
        if let Some(dead_letter) = page.iter().find(|dead_letter| dead_letter.body.contains(id)) {
            let deleted = api.delete_messages(queue, std::slice::from_ref(dead_letter)).await;
            if deleted.is_ok_and(|answers| answers.iter().all(Result::is_ok)) {
                held.forget(&dead_letter.message_id);
            }
            found = Ok(Some(dead_letter.clone()));
            break;
        }
        if page.is_empty() {
            break;
        }
    }
    let back = held.give_back().await;
    back.and(found)
}

#[cfg(test)]
mod tests {
    use processor::config::Config;

    use super::*;

    #[test]
    fn a_time_under_a_name_of_the_spec_is_not_taken_for_the_processors() {
        let row = [(QUEUED_AT, "1970-01-01T00:00:01.250Z"), (PROCESSED_AT, "1970-01-01T00:00:01.300Z")];
        let row: StoredRow = row.map(|(name, text)| (name.to_owned(), Json::Text(text.to_owned()))).into();
        let of = |config: &str| waypoints(&Config::from_json(config).expect("a config").event, &row);
        assert_eq!(of("{}"), [Some(1_250), Some(1_300)]);
        let own = r#"{"event":{"attributes":[{"attribute":"queued_at","from":["$.detail.queued_at"]}]}}"#;
        assert_eq!(of(own), [None, Some(1_300)]);
    }
}
