//! Log lines: JSON on stdout, one per failed record, or one per reason if many records fail for the same one; and at
//! every level the lines of the batch ([`crate::metrics`]).
//!
//! Field names are fixed, and no field has a payload value, at any level. Custom code logs at the same level as the
//! processor. Other crates log from `warn` up only: below that, the runtime and the SDK would print whole events and
//! requests.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::panic;

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, debug, error, warn};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::batch::{Failure, Outcome};
use crate::config::LogLevel;
use crate::invocation::Record;
use crate::reason::{Class, Reason};

/// The most records of one reason that are logged on a line each; more share one line.
const MOST_LINES: usize = 20;
/// The most message ids in a shared line.
const NAMED: usize = 5;
/// Longest message id logged; SQS's ids have 36 characters.
const LONGEST_ID: usize = 128;

/// Sends this process's log lines and panics to stdout. Called once per process. `own`: the crates of custom
/// code.
pub fn install(level: LogLevel, own: &[&'static str]) {
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
    let at_level: Vec<&str> = own.iter().copied().chain([env!("CARGO_CRATE_NAME")]).collect();
    let filter = filter_fn(move |line| is_enabled(line, level, &at_level)).with_max_level_hint(level);
    // A second call, as in tests, leaves the first subscriber installed.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
    // A panic's message may quote the data it failed on; its location does not.
    panic::set_hook(Box::new(|panic| {
        log_panic(&panic.location().map(ToString::to_string).unwrap_or_default());
    }));
}

/// The field's name is part of the log's format: `pipectl logs` shows it with the line.
fn log_panic(location: &str) {
    error!(place = location, "panic");
}

/// Whether a line is logged: `at_level` are the crates whose lines are logged from `level` on. A line's target begins with
/// its crate.
fn is_enabled(line: &Metadata<'_>, level: LevelFilter, at_level: &[&str]) -> bool {
    let of = line.target().split("::").next().unwrap_or_default();
    *line.level() <= if at_level.contains(&of) { level } else { level.min(LevelFilter::WARN) }
}

/// The crates in a type's name, without Rust's own. For a function or a closure this is the crate that defines it.
#[must_use]
pub fn crates_of(type_name: &'static str) -> Vec<&'static str> {
    let paths = type_name
        .split(|character: char| !character.is_alphanumeric() && character != '_' && character != ':');
    let crates = paths.filter_map(|path| path.split_once("::")).map(|(first, _)| first);
    crates.filter(|name| !["", "alloc", "core", "std"].contains(name)).collect()
}

/// Writes lines at every level. A line that cannot be written is lost, like any other log line; the batch does not fail
/// for it.
pub fn always(lines: &[String]) {
    let mut text = lines.join("\n");
    text.push('\n');
    // In one call, so that no line of another thread comes between.
    let _ = io::stdout().write_all(text.as_bytes());
}

/// The lines of a batch's records: failures and conflicts always, the others at `debug`. If many records share a reason,
/// there is one line for all of them.
pub fn records(records: &[Record], outcomes: &[Outcome], request_id: &str) {
    let mut crowds: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        let of = match outcome {
            Outcome::FirstRetained => (Reason::Conflict.as_str(), "kept"),
            Outcome::DeadLetter(failure) => (failure.reason.as_str(), "dead letter"),
            Outcome::Failed(failure) => (failure.reason.as_str(), "failed"),
            _ => continue,
        };
        crowds.entry(of).or_default().push(index);
    }
    crowds.retain(|_, of_a_reason| of_a_reason.len() > MOST_LINES);
    let mut is_logged = vec![false; outcomes.len()];
    crowds.values().flatten().for_each(|index| is_logged[*index] = true);
    for ((each, outcome), is_logged) in records.iter().zip(outcomes).zip(is_logged) {
        if !is_logged {
            record(each, outcome, request_id);
        }
    }
    for crowd in crowds.values() {
        if let Some(first) = crowd.first() {
            let of: Vec<&Record> = crowd.iter().filter_map(|index| records.get(*index)).collect();
            shared(&of, &outcomes[*first], request_id);
        }
    }
}

/// One line for all records of a reason, with the detail of the first of them.
fn shared(records: &[&Record], outcome: &Outcome, request_id: &str) {
    let count = records.len();
    let named = records.iter().take(NAMED).map(|record| printable(record.message_id.as_deref()));
    let message_ids = named.collect::<Vec<_>>().join(" ");
    let receive_count = records.iter().map(|record| record.receive_count).max().unwrap_or_default();
    let (reason, detail, message) = match outcome {
        Outcome::Failed(Failure { reason, detail }) => (*reason, detail.as_str(), "records failed"),
        Outcome::DeadLetter(Failure { reason, detail }) => {
            (*reason, detail.as_str(), "records are dead letters")
        }
        _ => (Reason::Conflict, "", "conflicts, the first rows are retained"),
    };
    let (class, reason) = (reason.class().as_str(), reason.as_str());
    let is_permanent = match outcome {
        Outcome::Failed(failure) => failure.reason.class() == Class::Permanent,
        outcome => matches!(outcome, Outcome::DeadLetter(_)),
    };
    if is_permanent {
        error!(reason, class, count, message_ids, receive_count, detail, request_id, "{message}");
    } else {
        warn!(reason, class, count, message_ids, receive_count, detail, request_id, "{message}");
    }
}

/// The line of one record.
fn record(record: &Record, outcome: &Outcome, request_id: &str) {
    let message_id = printable(record.message_id.as_deref());
    let receive_count = record.receive_count;
    match outcome {
        Outcome::Written => debug!(message_id, receive_count, request_id, "written"),
        Outcome::Duplicate => debug!(message_id, receive_count, request_id, "duplicate"),
        Outcome::Superseded => debug!(message_id, receive_count, request_id, "superseded"),
        Outcome::Erased => debug!(message_id, receive_count, request_id, "erased"),
        Outcome::FirstRetained => {
            let reason = Reason::Conflict.as_str();
            let class = Reason::Conflict.class().as_str();
            warn!(
                message_id,
                reason, class, receive_count, request_id, "conflict, the first row is retained"
            );
        }
        Outcome::DeadLetter(Failure { reason, detail }) => {
            let (reason, class) = (reason.as_str(), reason.class().as_str());
            let message = "record is a dead letter";
            error!(message_id, reason, class, receive_count, detail, request_id, "{message}");
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

/// The id in a form that is safe to log. JSON escapes line breaks, but not every log reader breaks lines only there: an
/// id with anything but visible ASCII is forged.
fn printable(id: Option<&str>) -> &str {
    match id {
        None => "(none)",
        Some(id) if id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_graphic()) => id,
        Some(_) => "(malformed)",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_a_line_with_its_place() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&written);
        let lines = tracing_subscriber::fmt().json().flatten_event(true);
        let lines = lines.with_writer(move || Sink(Arc::clone(&sink))).finish();
        tracing::subscriber::with_default(lines, || log_panic("src/main.rs:3:5"));
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["message"], &line["place"]), (&"panic".into(), &"src/main.rs:3:5".into()));
    }

    fn nothing() {}

    #[test]
    fn a_function_and_a_closure_name_the_crate_they_are_written_in() {
        let of = |name| crates_of(name);
        let here = env!("CARGO_CRATE_NAME");
        assert_eq!(of(std::any::type_name_of_val(&nothing)), [here]);
        assert_eq!(of(std::any::type_name_of_val(&|| nothing())), [here]);
        let wrapped = "carriers::with<own_code::main::{{closure}}>::{{closure}}";
        assert_eq!(of(wrapped), ["carriers", "own_code"]);
        let pointer: fn() -> Option<String> = || None;
        assert_eq!(of(std::any::type_name_of_val(&pointer)), [""; 0]);
    }
}
