//! The interfaces to AWS that operations need, with their types.

use processor::attribute::Attributes;
use processor::death::{Death, Redriven};
use processor::identity::{Mark, Meeting, Stored};
use processor::mapping::{Mapping, OnConflict};
use processor::row::KeyValue;
use serde::Serialize;

use crate::stack::CallError;

/// An event to be put on the bus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BusEvent {
    /// The envelope's time in seconds since 1970, the precision that EventBridge delivers; `None`: the time at which the
    /// bus receives it.
    pub time: Option<i64>,
    /// The envelope's resources.
    pub resources: Vec<String>,
    pub source: String,
    pub detail_type: String,
    /// JSON text.
    pub detail: String,
}

/// The bus's answer for one event of a batch: its id, or why it was rejected.
pub type PutResult = Result<String, String>;

/// The event bus.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait BusApi {
    /// Puts at most 10 events, 1 MiB in total. Returns one answer per event, in order.
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
    /// The attribute by which one row is newer than another, if newer ones replace older ones.
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

/// The attributes that are read of a row to recognise its event.
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
    /// From the row that the processor will write.
    #[must_use]
    pub fn of(row: processor::row::Row, mapping: &Mapping) -> Self {
        let key = RowKey { partition: row.partition_key.clone(), sort: row.sort_key.clone() };
        let (_, mark) = row.into_parts();
        Self { key, mark: mark.without_body(), on_conflict: mapping.on_conflict }
    }

    /// The outcome for it if `row` has its key.
    #[must_use]
    pub fn meets(&self, row: &RowMark) -> Meeting {
        self.mark.meets(&row.stored, self.on_conflict)
    }
}

/// The answer to one read of rows by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsPage {
    pub rows: Vec<RowMark>,
    /// Keys that DynamoDB did not read: the request rate was exceeded, or the answer would have had more than 16 MB.
    pub unprocessed: Vec<RowKey>,
}

/// The table.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait TableApi {
    /// Reads at most 100 distinct keys; returns the existing, unexpired rows in any order. `names` are the key
    /// attributes.
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
pub struct DeadLetter {
    pub message_id: String,
    pub body: String,
    /// Milliseconds since the epoch.
    pub sent_at: Option<i64>,
    /// How often it was received, in this queue and in the source queue.
    pub receive_count: u32,
    /// Its message group, if the queue shares its capacity fairly among groups.
    pub group: Option<String>,
    /// The attributes that its sender set.
    pub attributes: Attributes,
    /// The attributes that the processor added, if it sent the message here itself.
    pub death: Option<Death>,
    /// Set if it was redriven before.
    pub redriven: Option<Redriven>,
    /// The trace it belongs to, as X-Ray writes it.
    pub trace_header: Option<String>,
    /// The receipt handle for hiding, showing and deleting it, until it is received again.
    pub receipt: String,
}

impl DeadLetter {
    /// The id it had in the source queue. The processor may have sent it twice, if the first answer was lost: both have
    /// this id.
    #[must_use]
    pub fn origin(&self) -> &str {
        let id = self.death.as_ref().map(|death| death.message_id.as_str());
        id.filter(|id| !id.is_empty()).unwrap_or(&self.message_id)
    }
}

/// The result of one entry of a batch call; the error is the service's reason.
pub type EntryResult = Result<(), String>;

/// Queues, by name.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait QueueApi {
    async fn depth(&self, queue: &str) -> Result<Depth, CallError>;
    /// Receives up to 10 messages, which are hidden for `hide_seconds` from other receivers and from the next call.
    async fn peek(&self, queue: &str, hide_seconds: u32) -> Result<Vec<DeadLetter>, CallError>;
    /// Hides at most 10 received messages for this number of seconds from now, by their receipt handles; 0 makes them
    /// visible to everyone. Returns one answer per message, in order.
    async fn hide(
        &self,
        queue: &str,
        receipts: &[String],
        seconds: u32,
    ) -> Result<Vec<EntryResult>, CallError>;
    /// Age of the oldest message in seconds, if the cloud measures it.
    async fn oldest_seconds(&self, queue: &str) -> Result<Option<u64>, CallError>;
}

/// Moves messages between queues, by the queues' names.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait DeadLetterApi {
    /// Sends up to 10 messages, 1 MiB in total. Returns one answer per message, in order: whether it was sent.
    async fn send_messages(
        &self,
        queue: &str,
        dead_letters: &[DeadLetter],
    ) -> Result<Vec<EntryResult>, CallError>;
    /// Deletes up to 10 received messages. Returns one answer per message, in order: whether it was deleted.
    async fn delete_messages(
        &self,
        queue: &str,
        dead_letters: &[DeadLetter],
    ) -> Result<Vec<EntryResult>, CallError>;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionState {
    pub name: String,
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: String,
    /// `Successful`, `InProgress` or `Failed`.
    pub last_update: String,
    /// State of the event source mapping: `Enabled`, `Disabled` or a transition; `None` if there is no mapping.
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
    /// The version that the alias `live` points to; `None` if there is no such alias.
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
