//! After the deploy: sending events and following them, and the state of the pipeline. Pure decisions and traits.

mod api;
mod batch;
mod canary;
mod code;
mod counted;
mod dead_letters;
mod enqueue;
mod erase;
mod finding;
mod follow;
mod given;
mod held;
mod invent;
mod locate;
mod log;
mod lookup;
mod measure;
mod message;
mod model;
mod observer;
mod poison;
mod pretty;
mod processor_line;
mod query;
mod queued;
mod read;
mod reading;
mod readings;
mod replay;
mod retention;
mod saved;
mod send;
mod service_level;
mod status;
mod tally_log;
mod trace;

pub use api::{
    AlarmApi, AlarmState, BusApi, BusEvent, DeadLetter, DeadLetterApi, Depth, EntryResult, Expected,
    FunctionApi, FunctionState, KeyNames, PutResult, QueueApi, RowKey, RowMark, RowsPage, TableApi,
    VersionApi,
};
pub use canary::{CanaryApi, Fate as CanaryFate, Perch, canary_fate, canary_row, key_of, waypoints};
pub use code::{Code, CodeApi, ZipLocation};
pub use counted::{COUNTED_DAYS, StoredApi, TableBytes, counted};
pub use dead_letters::{Count, Moved, Transfer, move_dead_letters};
pub use enqueue::{enqueue, send_all};
pub use erase::{Counted, EraseApi, ErasedMark, Erasure, Over, count_rows, erase_rows, mark_partition};
pub use finding::{Finding, Health, worst};
pub use follow::{Dead, EventWatch, Fate, Followed, Locations, Tally, follow, seen_as_rows};
pub use given::given_events;
pub use invent::{Inventor, RuleSample, scramble};
pub use locate::{Located, Shape, below_detail, locate, with_value};
pub use log::{
    Entry, EntryKind, Level, LogEvent, LogEventsApi, LogEventsPage, LogQuery, LogUpdate, Sought, follow_log,
    read_log,
};
pub use lookup::{Found, look_up};
pub use measure::{
    Flow, Invocations, LogApi, LogLine, MINUTES, Measured, Meters, Metric, MetricApi, REASON_HOURS, Refusals,
    Series, Source, Window, sum,
};
pub use message::{Added, QueueEvent};
pub use observer::{QueueObserver, Unobserved};
pub use poison::{POISONS, poisoned};
pub use pretty::{Line, compact, pretty};
pub use query::{Query, QueryApi, QueryPage, StoredRow, is_expired, rows_in_order, status_keys};
pub use queued::queued;
pub use read::{is_envelope_with_id, read_event};
pub use reading::look_through;
pub use replay::{
    Already, ArchiveState, Basis, CountApi, Estimate, Handled, Replay, ReplayApi, ReplayRequest, Rules, Span,
    TimeIndex, already_stored, estimate, handled,
};
pub use retention::{Keeping, Lasts, Retention, TTL_LAG_DAYS, retention};
pub use saved::{SAVED, read_saved, saved};
pub use send::{SendProgress, Sent, send};
pub use service_level::{BUDGET_DAYS, Counts, ServiceReading};
pub use status::{
    LastDeploy, NextStep, QueueCounts, QueueLine, Sights, StackLine, Status, TableLine, status,
};
pub use trace::{
    Hop, HopSource, Invocation, ScanApi, ScanEnd, ScanPage, Sought as Began, Stage, of_dead_letter, of_row,
    root_of, scan_for,
};
