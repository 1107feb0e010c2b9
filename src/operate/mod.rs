//! After the deploy: sending events and following them, and how the pipeline does. Pure decisions and traits.

mod api;
mod batch;
mod dead_letters;
mod enqueue;
mod follow;
mod given;
mod held;
mod invent;
mod log;
mod lookup;
mod measure;
mod message;
mod observer;
mod query;
mod queued;
mod read;
mod send;
mod status;

pub use api::{
    AlarmApi, AlarmState, BusApi, BusEvent, Depth, EntryResult, Expected, FunctionApi, FunctionState,
    KeyNames, Letter, LetterApi, PutResult, QueueApi, Row, RowKey, RowsPage, TableApi, VersionApi,
};
pub use dead_letters::{Moved, Way, move_letters, read_letters};
pub use enqueue::enqueue;
pub use follow::{Fate, Places, Tally, Watch, follow};
pub use given::given_events;
pub use invent::Inventor;
pub use log::{
    Entry, EntryKind, Level, LogEvent, LogEventsApi, LogEventsPage, LogQuery, Sought, Told, follow_log,
    read_log,
};
pub use lookup::{Found, look_up};
pub use measure::{Counted, DAYS as MEASURED_DAYS, MeasureApi, Metric, TableBytes, measure};
pub use message::{Added, QueueEvent};
pub use observer::{QueueObserver, Unobserved};
pub use query::{Query, QueryApi, QueryPage, StoredRow, is_expired, rows_in_order, status_keys};
pub use queued::queued;
pub use read::{is_envelope_with_id, read_event};
pub use send::{Progress, Sent, send};
pub use status::{Letters, StackLine, Status, status};
