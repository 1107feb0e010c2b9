use super::history::caller;
use super::service_level::service_level;
use super::sparkline::sparkline;
use super::width::cut;
use super::{pairs, printable, style};
use crate::operate::{
    Flow, Health, MINUTES, QueueCounts, REASON_HOURS, Series, Source, StackLine, Status, sum,
};

/// Blanks around a name and before its value.
const BLANKS: usize = 4;
/// The longest name that is always shown.
const DEAD_LETTERS: &str = "dead letters";
/// Terminals with at least this many columns have a bar for each minute.
const WIDE: usize = 100;
/// Most reasons that are named.
const REASONS: usize = 3;

/// A pipeline's status at a glance, for a terminal with this number of columns.
#[must_use]
pub fn status_text(status: &Status, width: usize) -> String {
    if !status.has_pipeline {
        return without_pipeline(status);
    }
    let flow = status.measured.as_ref().and_then(|measured| measured.flow.as_ref());
    let bars = if width < WIDE { MINUTES / 2 } else { MINUTES };
    let mut rows = vec![("health", health(status)), ("stack", stack(status)), ("alarms", alarms(status))];
    rows.push(match flow {
        Some(Flow { source: Source::ProcessorLog, events_in, .. }) => {
            ("read", rate(events_in.as_ref(), bars))
        }
        Some(flow) => ("events in", rate(flow.events_in.as_ref(), bars)),
        None => ("events in", unknown(status, "flow")),
    });
    rows.push(("queue", queue(status, flow, bars)));
    rows.push(match flow {
        Some(flow) => ("rows", rate(flow.rows.as_ref(), bars)),
        None => ("rows", unknown(status, "flow")),
    });
    let service = service_level(status);
    rows.push((DEAD_LETTERS, counts(status, "dead_letters", &status.dead_letters, "not stored")));
    rows.extend(reasons(status, width.saturating_sub(before(&service))).map(|words| ("", words)));
    rows.push((
        "undelivered",
        counts(status, "undelivered", &status.undelivered, "not delivered to the queue"),
    ));
    rows.extend(service);
    rows.push(("processor", processor(status)));
    rows.extend(invocations(status).map(|words| ("", words)));
    let table = status.table.rows.map(|rows| format!("{rows} rows"));
    rows.push(("table", table.unwrap_or_else(|| unknown(status, "table"))));
    rows.push(("last deploy", last_deploy(status)));
    if let Some(flow) = flow {
        rows.push(("measured", style::dim(source(flow.source))));
    }
    let refused = status.unread.iter().filter(|_| status.not_permitted.is_empty());
    rows.extend(refused.map(|reason| ("not read", style::yellow(&printable(reason)))));
    pairs(rows)
}

/// Columns before the values.
fn before(service: &[(&str, String)]) -> usize {
    let names = service.iter().map(|(name, _)| name.len());
    BLANKS + names.fold(DEAD_LETTERS.len(), usize::max)
}

/// For a stack that has a name and a state, and nothing else.
fn without_pipeline(status: &Status) -> String {
    let StackLine { name, state } = &status.stack;
    let rows = status.table.rows.map(|rows| ("table", format!("{rows} rows, retained outside of the stack")));
    let missing = [("stack", format!("{name} {}", style::red(state))), ("pipeline", style::red("missing"))];
    pairs(missing.into_iter().chain(rows))
}

pub(super) fn not_permitted(action: &str) -> String {
    style::yellow(&format!("not permitted: {}", printable(action)))
}

/// The text for a part that does not exist or was not read.
fn unknown(status: &Status, part: &str) -> String {
    match status.not_permitted.get(part) {
        Some(action) => not_permitted(action),
        // A part that could not be read is not missing.
        None if !status.unread.is_empty() => style::yellow("unknown"),
        None => style::red("missing"),
    }
}

fn health(status: &Status) -> String {
    let waiting = status.alarms.iter().filter(|alarm| alarm.state == "INSUFFICIENT_DATA").count();
    match (&status.next, status.health) {
        (Some(next), Health::Failing) => style::red(&printable(&next.finding)),
        (Some(next), _) => style::yellow(&printable(&next.finding)),
        (None, _) if waiting > 0 => style::yellow("no problem found; not all alarms have data"),
        (None, _) => style::green("good"),
    }
}

fn stack(status: &Status) -> String {
    let StackLine { name, state } = &status.stack;
    if let Some(action) = status.not_permitted.get("stack") {
        return format!("{name} {}", not_permitted(action));
    }
    let is_settled = state.ends_with("_COMPLETE") && !state.contains("ROLLBACK");
    format!("{name} {}", if is_settled { style::green(state) } else { style::yellow(state) })
}

fn alarms(status: &Status) -> String {
    if !status.alarms_known {
        return unknown(status, "alarms");
    }
    let of = |state: &str| status.alarms.iter().filter(|alarm| alarm.state == state).collect::<Vec<_>>();
    let (firing, waiting) = (of("ALARM"), of("INSUFFICIENT_DATA").len());
    let total = status.alarms.len();
    let mut words = match firing.is_empty() {
        false => {
            let names: Vec<String> = firing.iter().map(|alarm| printable(&alarm.name)).collect();
            style::red(&names.join(", "))
        }
        true if waiting == 0 => style::green(&format!("none of {total} in state ALARM")),
        true => format!("none of {total} in state ALARM"),
    };
    if waiting > 0 {
        words.push_str(&style::yellow(&format!(", {waiting} without data")));
    }
    words
}

/// `▁▃█▂ 12 a minute, 540 in 30 min`. The current minute is not over, so the one before it counts if that had more.
fn rate(series: Option<&Series>, bars: usize) -> String {
    let Some(series) = series else { return style::dim("not measured") };
    let last = series.iter().rev().take(2).flatten().copied().fold(0.0, f64::max);
    format!("{} {last:.0} a minute, {} in {MINUTES} min", style::cyan(&sparkline(series, bars)), sum(series))
}

fn queue(status: &Status, flow: Option<&Flow>, bars: usize) -> String {
    let queue = &status.queue;
    if !queue.known {
        return unknown(status, "queue");
    }
    let waiting = flow.and_then(|flow| flow.queued.as_ref());
    let picture = waiting.map(|series| style::cyan(&sparkline(series, bars)) + " ").unwrap_or_default();
    let oldest =
        queue.oldest_seconds.map(|seconds| format!(", the oldest {seconds} s old")).unwrap_or_default();
    format!("{picture}{} waiting, {} in flight{oldest}", queue.visible, queue.in_flight)
}

fn counts(status: &Status, part: &str, counts: &QueueCounts, words: &str) -> String {
    match (counts.visible, counts.in_flight) {
        _ if !counts.known => unknown(status, part),
        (0, 0) => style::green("none"),
        (count, 0) => style::red(&format!("{count} {words}")),
        (count, hidden) => {
            style::red(&format!("{} {words}, {hidden} of them hidden by a reader", count + hidden))
        }
    }
}

/// Why the processor rejected events; each attempt counts, so these are not numbers of dead letters.
fn reasons(status: &Status, width: usize) -> Option<String> {
    if let Some(action) = status.not_permitted.get("reasons") {
        return Some(not_permitted(action));
    }
    let rejections = &status.measured.as_ref()?.rejections;
    let named = rejections.iter().take(REASONS);
    let named: Vec<String> = named.map(|one| format!("{} {}", one.count, printable(&one.reason))).collect();
    let more = rejections.len().saturating_sub(REASONS);
    let more = if more > 0 { format!(", {more} more reasons") } else { String::new() };
    let line = format!("rejections in {REASON_HOURS} h: {}{more}", named.join(", "));
    (!named.is_empty()).then(|| cut(&line, width))
}

fn processor(status: &Status) -> String {
    let Some(function) = &status.processor else { return unknown(status, "processor") };
    let healthy = function.state == "Active" && function.last_update == "Successful";
    let state = if healthy {
        style::green("active")
    } else {
        style::yellow(&format!("{}, last update {}", function.state, function.last_update))
    };
    match function.mapping.as_deref() {
        Some("Enabled") => format!("{state}, reads the queue"),
        Some(other) => {
            format!("{state}, {}", style::red(&format!("event source mapping {}", printable(other))))
        }
        None => format!("{state}, {}", style::red("no event source mapping")),
    }
}

fn invocations(status: &Status) -> Option<String> {
    let invocations = &status.measured.as_ref()?.invocations;
    let counted = |count: Option<u64>, words: &str| {
        count.map(|count| {
            let text = format!("{count} {words}");
            if count > 0 { style::red(&text) } else { text }
        })
    };
    let p99 = invocations.p99_milliseconds.map(|slowest| format!("p99 {slowest:.0} ms"));
    let errors = if invocations.errors == Some(1) { "error" } else { "errors" };
    let parts = [counted(invocations.errors, errors), counted(invocations.throttles, "throttled"), p99];
    let words: Vec<String> = parts.into_iter().flatten().collect();
    (!words.is_empty()).then(|| format!("{} in {MINUTES} min", words.join(", ")))
}

fn last_deploy(status: &Status) -> String {
    match (&status.last_deploy, status.not_permitted.get("last_deploy")) {
        (Some(last), _) => {
            format!("{} by {}: {}", printable(&last.at), printable(caller(&last.by)), printable(&last.result))
        }
        (None, Some(action)) => not_permitted(action),
        (None, None) => style::dim("not recorded"),
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::CloudWatch => "by CloudWatch, a minute or two late",
        Source::ProcessorLog => "from the processor's log: the local cloud has no metrics",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_begins_behind_the_longest_name() {
        let value = || "x".to_owned();
        for service in [vec![], vec![("service level", value())]] {
            let page = pairs([(DEAD_LETTERS, value())].into_iter().chain(service.clone()));
            assert!(page.lines().all(|line| line.find(" x") == Some(before(&service) - 1)), "{page}");
        }
    }
}
