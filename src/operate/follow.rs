use std::collections::BTreeMap;
use std::time::Duration;

use processor::attribute::Attribute;
use processor::identity::Meeting;
use serde_json::Value;
use tokio::time::Instant;

use super::api::{DeadLetter, Expected, KeyNames, QueueApi, RowKey, TableApi};
use super::held::Held;
use super::lookup::look_up;
use super::observer::Unobserved;
use crate::stack::CallError;

/// The most reads of a dead-letter queue per round; each returns up to 10 messages.
const LOOKS: usize = 1000;

/// An event that was put on the bus and is being followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventWatch {
    /// The bus's id of the event.
    pub event_id: String,
    /// How to recognise it in a dead-letter queue: by the envelope's id, or by the whole detail if the queue receives no
    /// more.
    pub dead_letter_id: String,
    /// The id that its row will have; `None` if the event cannot become one.
    pub row_event_id: Option<String>,
    /// Its row; `None` if the event cannot become one.
    pub row: Option<Expected>,
}

/// The outcome of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The row of its key has its id.
    Row,
    /// The row of its key already existed, with the same content.
    Duplicate,
    /// The row of its key is a newer event's.
    Superseded,
    /// Its key was erased: the processor does not write it.
    Erased,
    DeadLetter,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub rows: usize,
    pub duplicates: usize,
    pub superseded: usize,
    pub erased: usize,
    pub dead_letters: usize,
    /// No outcome yet.
    pub open: usize,
}

/// An event that ended in a dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    pub event_id: String,
    /// EventBridge could not deliver it to the queue.
    pub is_undelivered: bool,
    /// The reason on its dead letter.
    pub reason: Option<String>,
}

/// The outcomes of all events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    pub tally: Tally,
    pub dead: Vec<Dead>,
    /// The ids of those without an outcome.
    pub open: Vec<String>,
}

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub struct Locations<'a> {
    pub table: &'a str,
    pub key_names: KeyNames<'a>,
    /// The dead-letter queue, and the queue of undelivered events.
    pub dead_letters: [&'a str; 2],
}

/// Follows the events until each has an outcome or the time is over.
///
/// # Errors
/// A call that cannot succeed later either; transient errors are retried until the time is over.
pub async fn follow<A: QueueApi + TableApi>(
    api: &A,
    locations: Locations<'_>,
    watched: Vec<EventWatch>,
    interval: Duration,
    deadline: Instant,
    report: &mut dyn FnMut(Tally),
) -> Result<Followed, CallError> {
    let mut tally = Tally { open: watched.len(), ..Tally::default() };
    let (mut open, mut dead) = (watched, Vec::new());
    loop {
        let (fates, error) = match look(api, locations, &open, &mut dead).await {
            Ok(fates) => (fates, None),
            Err(error) if error.is_passing() && Instant::now() < deadline => (BTreeMap::new(), Some(error)),
            Err(error) => return Err(error),
        };
        open.retain(|watch| match fates.get(&watch.event_id) {
            None => true,
            Some(fate) => {
                match fate {
                    Fate::Row => tally.rows += 1,
                    Fate::Duplicate => tally.duplicates += 1,
                    Fate::Superseded => tally.superseded += 1,
                    Fate::Erased => tally.erased += 1,
                    Fate::DeadLetter => tally.dead_letters += 1,
                }
                false
            }
        });
        tally.open = open.len();
        report(tally);
        if open.is_empty() || Instant::now() >= deadline {
            let open = open.into_iter().map(|watch| watch.event_id).collect();
            return Ok(Followed { tally, dead, open });
        }
        // A service that throttles is called less often.
        tokio::time::sleep(if error.is_some() { interval * 5 } else { interval }).await;
    }
}

/// One round: returns the new outcomes.
async fn look<A: QueueApi + TableApi>(
    api: &A,
    locations: Locations<'_>,
    open: &[EventWatch],
    dead: &mut Vec<Dead>,
) -> Result<BTreeMap<String, Fate>, CallError> {
    let mut fates = seen_as_rows(api, locations.table, locations.key_names, open).await?;
    let missing: BTreeMap<&str, &str> = open
        .iter()
        .filter(|watch| !fates.contains_key(&watch.event_id))
        .map(|watch| (watch.dead_letter_id.as_str(), watch.event_id.as_str()))
        .collect();
    let mut seen = Vec::new();
    for (queue, is_undelivered) in locations.dead_letters.into_iter().zip([false, true]) {
        if missing.is_empty() || api.depth(queue).await?.visible == 0 {
            continue;
        }
        for (dead_letter, reason) in dead_letters(api, queue, &missing).await? {
            if let Some(id) = missing.get(dead_letter.as_str())
                && fates.insert((*id).to_owned(), Fate::DeadLetter).is_none()
            {
                seen.push(Dead { event_id: (*id).to_owned(), is_undelivered, reason });
            }
        }
    }
    dead.extend(seen);
    Ok(fates)
}

/// The outcomes of those events that are rows, or whose rows were replaced by others. Reads no queue.
///
/// # Errors
/// The errors of the calls.
pub async fn seen_as_rows<A: TableApi>(
    api: &A,
    table: &str,
    key_names: KeyNames<'_>,
    open: &[EventWatch],
) -> Result<BTreeMap<String, Fate>, CallError> {
    let mut by_key: BTreeMap<&RowKey, Vec<&EventWatch>> = BTreeMap::new();
    for watch in open {
        if let Some(row) = &watch.row {
            by_key.entry(&row.key).or_default().push(watch);
        }
    }
    // Keys that were not read are requested in the next round.
    let keys = by_key.keys().map(|key| (*key).clone());
    let found = look_up(api, table, key_names, keys, 1).await?;
    let mut fates = BTreeMap::new();
    for row in found.rows {
        for watch in by_key.get(&row.key).into_iter().flatten() {
            if row.event_id.is_some() && row.event_id == watch.row_event_id {
                fates.insert(watch.event_id.clone(), Fate::Row);
                continue;
            }
            let fate = match watch.row.as_ref().map(|expected| expected.meets(&row)) {
                Some(Meeting::Same) => Fate::Duplicate,
                Some(Meeting::Superseded) => Fate::Superseded,
                Some(Meeting::Erased) => Fate::Erased,
                _ => continue,
            };
            fates.insert(watch.event_id.clone(), fate);
        }
    }
    Ok(fates)
}

/// The identifiers of the messages in a dead-letter queue (see [`EventWatch::dead_letter_id`]) with their reasons, until all
/// missing events are found.
async fn dead_letters<A: QueueApi>(
    api: &A,
    queue: &str,
    missing: &BTreeMap<&str, &str>,
) -> Result<BTreeMap<String, Option<String>>, CallError> {
    let mut observer = Unobserved;
    let mut held = Held::new(api, queue, &mut observer);
    // A message that was sent twice counts once.
    let mut found = BTreeMap::new();
    let mut end = Ok(());
    for _ in 0..LOOKS {
        let page = match held.receive().await {
            Ok(page) => page,
            Err(error) => {
                end = Err(error);
                break;
            }
        };
        if page.is_empty() {
            break;
        }
        found.extend(
            page.iter()
                .filter_map(|dead_letter| Some((event_id_of(&dead_letter.body)?, why(dead_letter))))
                .filter(|(id, _)| missing.contains_key(id.as_str())),
        );
        if found.len() >= missing.len() {
            break;
        }
    }
    // Only now, because otherwise each read would return the same ten. Messages that cannot be made visible become
    // visible after their timeout.
    let back = held.give_back().await;
    end.and(back)?;
    Ok(found)
}

/// In the words of the processor, or of EventBridge if it could not deliver the event.
fn why(dead_letter: &DeadLetter) -> Option<String> {
    let colon = |code: &str, detail: &str| match detail {
        "" => code.to_owned(),
        detail => format!("{code}: {detail}"),
    };
    if let Some(death) = &dead_letter.death {
        return Some(colon(&death.reason, &death.detail));
    }
    let text = |name: &str| dead_letter.attributes.get(name).and_then(Attribute::as_text);
    Some(colon(text("ERROR_CODE")?, text("ERROR_MESSAGE").unwrap_or_default()))
}

fn event_id_of(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    match (body.get("id").and_then(Value::as_str), body.get("detail")) {
        (Some(id), Some(_)) => Some(id.to_owned()),
        _ => Some(body.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use processor::config::Config;
    use processor::decide::{Message, decide};
    use processor::identity::Stored;
    use serde_json::json;

    use processor::death::Death;

    use super::super::api::{Depth, EntryResult, RowMark, RowsPage};
    use super::*;

    struct World {
        rows: Vec<RowMark>,
        dead_letters: Vec<DeadLetter>,
        hidden: Cell<bool>,
    }

    impl TableApi for World {
        async fn rows(&self, _: &str, _: KeyNames<'_>, keys: &[RowKey]) -> Result<RowsPage, CallError> {
            let rows = self.rows.iter().filter(|row| keys.contains(&row.key)).cloned().collect();
            Ok(RowsPage { rows, unprocessed: Vec::new() })
        }
        async fn row_count(&self, _: &str) -> Result<u64, CallError> {
            Ok(self.rows.len() as u64)
        }
    }

    impl QueueApi for World {
        async fn depth(&self, queue: &str) -> Result<Depth, CallError> {
            let visible = if queue == "dlq" { self.dead_letters.len() as u64 } else { 0 };
            Ok(Depth { visible, in_flight: 0 })
        }
        async fn peek(&self, queue: &str, _: u32) -> Result<Vec<DeadLetter>, CallError> {
            let shown = queue == "dlq" && !self.hidden.replace(true);
            Ok(if shown { self.dead_letters.clone() } else { Vec::new() })
        }
        async fn hide(&self, _: &str, receipts: &[String], _: u32) -> Result<Vec<EntryResult>, CallError> {
            assert_eq!(receipts, ["r"]);
            self.hidden.set(false);
            Ok(vec![Ok(())])
        }
        async fn oldest_seconds(&self, _: &str) -> Result<Option<u64>, CallError> {
            Ok(None)
        }
    }

    /// The row of an event of `key` with this content.
    fn made(id: &str, key: &str, content: &str) -> processor::row::Row {
        let detail =
            json!({"shipment_id": key, "event_timestamp": "2026-01-31T09:05:00Z", "event_type": content});
        let body = json!({"id": id, "source": "s", "detail-type": "d", "detail": detail}).to_string();
        let message = Message { body: &body, message_id: None, receive_count: 1 };
        decide(&Config::default(), message, jiff::Timestamp::UNIX_EPOCH).expect("a row")
    }

    fn watch(id: &str, key: &str, content: &str) -> EventWatch {
        EventWatch {
            event_id: id.to_owned(),
            dead_letter_id: id.to_owned(),
            row_event_id: Some(id.to_owned()),
            row: Some(Expected::of(made(id, key, content), &Config::default().event)),
        }
    }

    fn row(id: &str, key: &str, content: &str) -> RowMark {
        let made = made(id, key, content);
        RowMark {
            key: RowKey { partition: made.partition_key, sort: made.sort_key },
            event_id: Some(id.to_owned()),
            stored: Stored { content_sha256: Some(made.content_sha256), ..Stored::default() },
        }
    }

    /// The mark of an erased key.
    fn mark(key: &str) -> RowMark {
        let made = row("0", key, "erased");
        RowMark { event_id: None, stored: Stored { is_erased: true, ..Stored::default() }, ..made }
    }

    #[tokio::test(start_paused = true)]
    async fn each_event_is_identified_by_its_own_traces() {
        let world = World {
            rows: vec![row("1", "a", "h1"), row("0", "b", "h2"), row("0", "c", "other"), mark("d")],
            dead_letters: vec![DeadLetter {
                message_id: "m".to_owned(),
                body: r#"{"id":"3","detail":{}}"#.to_owned(),
                receipt: "r".to_owned(),
                death: Some(Death {
                    reason: "contract".to_owned(),
                    detail: "no".to_owned(),
                    ..Death::default()
                }),
                ..DeadLetter::default()
            }],
            hidden: Cell::new(false),
        };
        // 1 is a row, 2 a duplicate, 3 a dead letter, and 5 has an erased key; 4 finds a row with other content, so it is
        // still open.
        let watched =
            [("1", "a", "h1"), ("2", "b", "h2"), ("3", "x", "h3"), ("4", "c", "h4"), ("5", "d", "h5")];
        let watched = watched.map(|(id, key, content)| watch(id, key, content)).to_vec();
        let locations = Locations {
            table: "t",
            key_names: KeyNames { partition: "p", sort: Some("s"), newer_by: None },
            dead_letters: ["dlq", "undelivered"],
        };
        let deadline = Instant::now() + Duration::from_secs(3);
        let followed =
            follow(&world, locations, watched, Duration::from_secs(1), deadline, &mut |_| {}).await;
        assert!(!world.hidden.get(), "letters are given back");
        let followed = followed.expect("an end");
        let tally = Tally { rows: 1, duplicates: 1, superseded: 0, erased: 1, dead_letters: 1, open: 1 };
        assert_eq!(followed.tally, tally);
        assert_eq!(followed.open, ["4"]);
        let reason = Some("contract: no".to_owned());
        assert_eq!(followed.dead, [Dead { event_id: "3".to_owned(), is_undelivered: false, reason }]);
    }
}
