//! The interfaces to AWS that operations need, with their types.

use processor::attribute::Attributes;
use processor::death::{Death, Redriven};
use processor::identity::{Mark, Meeting, Stored};
use processor::mapping::{Mapping, OnConflict};
use processor::row::KeyValue;
use serde::Serialize;

use crate::stack::CallError;

/// An event on its way to the bus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BusEvent {
    /// The envelope's time in seconds since 1970, which is as exact as EventBridge delivers it; `None`: when the bus takes it.
    pub time: Option<i64>,
    /// The envelope's resources.
    pub resources: Vec<String>,
    pub source: String,
    pub detail_type: String,
    /// JSON text.
    pub detail: String,
}

/// The bus's answer for one event of a batch: its id, or why it was not taken.
pub type PutResult = Result<String, String>;

/// The event bus.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait BusApi {
    /// At most 10 events, 1 MiB in all. One answer per event, in order.
    async fn put_events(&self, bus: &str, events: &[BusEvent]) -> Result<Vec<PutResult>, CallError>;
}

/// A row's key: partition and sort key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    pub partition: KeyValue,
    /// `None` in a table with a partition key alone.
    pub sort: Option<KeyValue>,
}

/// Names of the attributes by which rows are found and recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyNames<'a> {
    pub partition: &'a str,
    /// `None` in a table with a partition key alone.
    pub sort: Option<&'a str>,
    /// By what one row is newer than another, where newer ones replace older ones.
    pub newer_by: Option<&'a str>,
}

impl<'a> KeyNames<'a> {
    /// Those of the mapping.
    #[must_use]
    pub fn of(mapping: &'a Mapping) -> Self {
        Self {
            partition: &mapping.partition_key.attribute,
            sort: mapping.sort_key.as_ref().map(|field| field.attribute.as_str()),
            newer_by: mapping.newer_by.as_ref().map(|field| field.attribute.as_str()),
        }
    }
}

/// What is read of a row to recognise whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMark {
    pub key: RowKey,
    pub event_id: Option<String>,
    pub stored: Stored,
}

/// The row that an event will become, or is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub key: RowKey,
    mark: Mark,
    on_conflict: OnConflict,
}

impl Expected {
    /// The row the processor will write.
    #[must_use]
    pub fn of(row: processor::row::Row, mapping: &Mapping) -> Self {
        let key = RowKey { partition: row.partition_key.clone(), sort: row.sort_key.clone() };
        let (_, mark) = row.into_parts();
        Self { key, mark: mark.without_body(), on_conflict: mapping.on_conflict }
    }

    /// What it means for it that `row` has its key.
    #[must_use]
    pub fn meets(&self, row: &RowMark) -> Meeting {
        self.mark.meets(&row.stored, self.on_conflict)
    }
}

/// The answer to one look at rows by their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsPage {
    pub rows: Vec<RowMark>,
    /// Keys that DynamoDB did not come to: it was asked too often, or the answer would have had more than 16 MB.
    pub unprocessed: Vec<RowKey>,
}

/// The table.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait TableApi {
    /// At most 100 keys, each once; the rows that are there and not past their time, in any order. `names` are the key attributes.
    async fn rows(&self, table: &str, names: KeyNames<'_>, keys: &[RowKey]) -> Result<RowsPage, CallError>;
    /// DynamoDB's own count; in AWS it is up to six hours old.
    async fn row_count(&self, table: &str) -> Result<u64, CallError>;
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Depth {
    pub visible: u64,
    pub in_flight: u64,
}

/// A message seen in a dead-letter queue; it stays there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    pub message_id: String,
    pub body: String,
    /// Milliseconds since the epoch.
    pub sent_at: Option<i64>,
    /// How often it was received, in this queue and before.
    pub receive_count: u32,
    /// Its group, where the queue shares its capacity fairly among groups.
    pub group: Option<String>,
    /// What its sender wrote on it.
    pub attributes: Attributes,
    /// What the processor wrote on it, where it sent it itself.
    pub death: Option<Death>,
    /// Where it was sent back before.
    pub redriven: Option<Redriven>,
    /// The trace it belongs to, as X-Ray writes it.
    pub trace_header: Option<String>,
    /// What it is hidden, given back and deleted with, until it is received again.
    pub receipt: String,
}

impl Letter {
    /// The id it had in the queue it came from. The processor may have sent it twice, when the answer to the first time was lost:
    /// both are one message.
    #[must_use]
    pub fn origin(&self) -> &str {
        let id = self.death.as_ref().map(|death| death.message_id.as_str());
        id.filter(|id| !id.is_empty()).unwrap_or(&self.message_id)
    }
}

/// What became of one entry of a batch call; the error is the service's reason.
pub type EntryResult = Result<(), String>;

/// Queues, by name.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait QueueApi {
    async fn depth(&self, queue: &str) -> Result<Depth, CallError>;
    /// Up to 10 messages, hidden for `hide_seconds` from everyone else and from the next look.
    async fn peek(&self, queue: &str, hide_seconds: u32) -> Result<Vec<Letter>, CallError>;
    /// Hides messages that were peeked for so many seconds from now, at most 10, by their receipts; 0 shows them to everyone
    /// again. One answer per message, in order.
    async fn hide(
        &self,
        queue: &str,
        receipts: &[String],
        seconds: u32,
    ) -> Result<Vec<EntryResult>, CallError>;
    /// Age of the oldest message in seconds, where the cloud measures it.
    async fn oldest_seconds(&self, queue: &str) -> Result<Option<u64>, CallError>;
}

/// What moves messages from queue to queue, by the queues' names.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait LetterApi {
    /// Sends up to 10 messages of 1 MiB in all. One answer per letter, in order: whether it arrived.
    async fn send_letters(&self, queue: &str, letters: &[Letter]) -> Result<Vec<EntryResult>, CallError>;
    /// Deletes up to 10 messages that were peeked. One answer per letter, in order: whether it is gone.
    async fn delete_letters(&self, queue: &str, letters: &[Letter]) -> Result<Vec<EntryResult>, CallError>;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionState {
    pub name: String,
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: String,
    /// `Successful`, `InProgress` or `Failed`.
    pub last_update: String,
    /// The event source mapping's: `Enabled`, `Disabled` and between; `None` where there is no mapping.
    pub mapping: Option<String>,
}

/// The processor's function.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait FunctionApi {
    async fn function(&self, name: &str) -> Result<FunctionState, CallError>;
}

/// Published versions of a function.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait VersionApi {
    /// The version the alias `live` calls; `None` where there is no such alias.
    async fn live_version(&self, function: &str) -> Result<Option<String>, CallError>;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlarmState {
    #[serde(skip)]
    pub arn: String,
    pub name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
}

/// The alarms, by exact names, any number of them.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait AlarmApi {
    async fn alarms(&self, names: &[String]) -> Result<Vec<AlarmState>, CallError>;
}
