//! The only module that prints: data to stdout, everything else to stderr.

mod activity;
mod amounts;
mod aside;
mod capacity;
mod console;
mod cost;
mod dead_letters;
mod dev;
mod diagnostics;
mod doctor;
mod drift;
mod event;
mod fleet;
mod guard;
mod history;
mod junit;
mod leaving;
mod log;
mod marked;
mod page;
mod permissions;
mod plan;
mod plan_markdown;
mod progress;
mod replay;
mod resolved;
mod retention;
mod rows;
mod runs;
mod sending;
mod service_level;
mod shorten;
mod sparkline;
mod status;
mod style;
mod table;
mod topics;
mod tried;
mod verdict;
mod verify;
mod waterfall;
mod width;
mod yaml;

pub use activity::Activity;
pub use aside::Aside;
pub use capacity::{FieldLocation, Headroom, capacity_json, capacity_text};
pub use console::{Color, Console, Format, Unwritable};
pub use cost::{Bill, cost_change_text, cost_json, cost_text};
pub use dead_letters::{DeadLetterGroup, DeadLetterLine, dead_letters_text, groups_text, preview};
pub use dev::{Became, DevEvent, Turned, dev_json, dev_line};
pub use diagnostics::{
    SkippedFile, diagnostics_github, diagnostics_json, diagnostics_sarif, diagnostics_text, tally_text,
    validation_json,
};
pub use doctor::{doctor_json, doctor_text};
pub use drift::drift_text;
pub use event::{event_json, event_line};
pub use fleet::{fleet_json, fleet_text};
pub use history::{HistoryLine, elsewhere_text, history_text};
pub use junit::{Case, CaseOutcome, Suite, junit_xml};
pub use leaving::leaving_text;
pub use log::{LogText, log_json};
pub use marked::{Fault, marked_text};
pub use page::Page;
pub use permissions::{permissions_notes, permissions_text};
pub use plan::plan_text;
pub use plan_markdown::plan_markdown;
pub use progress::StackProgress;
pub use replay::{ReplayResult, Replaying, replay_preview, replay_result, span_words};
pub use resolved::{resolved_json, resolved_text};
pub use retention::{retention_json, retention_text};
pub use rows::rows_text;
pub use runs::{RunState, SpecRun, runs_text};
pub use sending::{Lost, Poison, Sending, Unstored, sending_text, unstored_lines};
pub use status::status_text;
pub use table::pairs;
pub use topics::{Topic, TopicGroup, topics_text};
pub use tried::{Tried, tried_json, tried_suites, tried_text};
pub use verdict::Verdict;
pub use verify::{CanaryLine, CheckLine, HopTime, Verification, verification_text};
pub use waterfall::{EventTrace, trace_json, trace_text};
pub use width::narrowed;

/// Escapes text of foreign origin, on every page.
pub use crate::diagnostic::printable;
