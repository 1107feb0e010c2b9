//! Log lines: JSON on stdout, one line per record that failed; and, whatever the level,
//! those of the batch ([`crate::metrics`]).
//!
//! Field names are fixed and payload values are in none of them, at any level. Other
//! crates are heard from `warn` on only: below that, the runtime and the SDK would print
//! whole events and requests.

use std::io::{self, Write as _};
use std::panic;

use tracing::level_filters::LevelFilter;
use tracing::{debug, error, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::batch::{Failure, Outcome};
use crate::config::LogLevel;
use crate::invocation::Record;
use crate::reason::{Class, Reason};

/// Longest message id logged; SQS's have 36 characters.
const LONGEST_ID: usize = 128;

/// Sends this process's log lines and panics to stdout. Once per process.
pub fn install(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_current_span(false)
        .with_span_list(false);
    let filter = Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("processor", level);
    // A second call, as tests make, keeps the first subscriber.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
    // A panic's message may quote the data it stumbled over; its place does not.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(place, "panic");
    }));
}

/// Writes lines that no level hides. A line that cannot be written is lost, as any other
/// of the log; the batch is not worth less for it.
pub fn always(lines: &[String]) {
    let mut text = lines.join("\n");
    text.push('\n');
    // In one call, so that nothing of another thread comes between.
    let _ = io::stdout().write_all(text.as_bytes());
}

/// A record's line: failures and conflicts always, the others at `debug`.
pub fn record(record: &Record, outcome: &Outcome, request_id: &str) {
    let message_id = printable(record.message_id.as_deref());
    let receive_count = record.receive_count;
    match outcome {
        Outcome::Written => debug!(message_id, receive_count, request_id, "written"),
        Outcome::Duplicate => debug!(message_id, receive_count, request_id, "duplicate"),
        Outcome::Superseded => debug!(message_id, receive_count, request_id, "superseded"),
        Outcome::KeptFirst => {
            let reason = Reason::Conflict.as_str();
            let class = Reason::Conflict.class().as_str();
            warn!(message_id, reason, class, receive_count, request_id, "conflict, the first row is kept");
        }
        Outcome::Failed(Failure { reason, detail }) => {
            let (reason, class) = (reason.as_str(), reason.class());
            match class {
                Class::Permanent => {
                    error!(
                        message_id,
                        reason,
                        class = class.as_str(),
                        receive_count,
                        detail,
                        request_id,
                        "record failed"
                    );
                }
                Class::Transient => {
                    warn!(
                        message_id,
                        reason,
                        class = class.as_str(),
                        receive_count,
                        detail,
                        request_id,
                        "record failed"
                    );
                }
            }
        }
    }
}

/// A failure that every write of the batch shares: the pipeline itself is broken.
pub fn systemic(failure: &Failure, request_id: &str) {
    let Failure { reason, detail } = failure;
    error!(reason = reason.as_str(), detail, request_id, "the table cannot be written to");
}

/// The id as it may stand in a log. JSON escapes line breaks, but not every reader of
/// logs stops at those: an id with anything but visible ASCII is a forgery.
fn printable(id: Option<&str>) -> &str {
    match id {
        None => "(none)",
        Some(id) if id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_graphic()) => id,
        Some(_) => "(malformed)",
    }
}
