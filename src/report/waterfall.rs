//! The path of one event as a diagram: one bar for each hop, all on one time axis.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::amounts::{count, duration};
use super::width::{cut, padded, wrapped};
use super::{printable, style};
use crate::operate::{Entry, Hop, LogEvent};

/// The path of one event.
#[derive(Debug, Clone)]
pub struct EventTrace {
    /// As given by the user.
    pub id: String,
    pub event_id: Option<String>,
    pub message_id: Option<String>,
    /// `row`, `dead_letter` or `undelivered`.
    pub found: &'static str,
    /// Where it is stored, for people.
    pub location: String,
    pub hops: Vec<Hop>,
    /// The processor's log lines about it, or why there are none.
    pub log: Result<Vec<LogEvent>, String>,
    /// The trace's id and the address of its page, or why there is none.
    pub trace: Result<(String, String), String>,
}

/// Columns of a stage's name, its time and its milliseconds, including the blanks in between.
const HEAD: usize = 15 + 14 + 13;
/// The least columns of the diagram; a narrower terminal breaks its lines.
const LEAST: usize = 10;
/// A start within a column, by free eighths.
const FROM: char = '▐';
/// An end within a column, by full eighths.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// For people, in at most `width` columns.
#[must_use]
pub fn trace_text(event_trace: &EventTrace, width: usize) -> String {
    let mut lines = vec![
        field("id", &event_trace.event_id.clone().unwrap_or_else(|| event_trace.id.clone())),
        field("found", &event_trace.location),
    ];
    lines.extend(event_trace.message_id.as_ref().map(|id| field("message", id)));
    lines.push(String::new());
    let steps = Hop::steps(&event_trace.hops);
    let known = || event_trace.hops.iter().filter_map(|hop| hop.at.as_ref().ok().copied());
    let (first, last) = (known().min().unwrap_or_default(), known().max().unwrap_or_default());
    let columns = width.saturating_sub(HEAD + 1).max(LEAST);
    for (hop, step) in event_trace.hops.iter().zip(&steps) {
        lines.extend(hop_lines(hop, *step, (first, last), columns, width));
    }
    if last > first {
        lines.push(style::dim(&format!(" {:<14}{:>27}", "in all", lasting(last - first))));
    }
    lines.extend(remarks(event_trace).into_iter().flat_map(|remark| broken(&remark, width)));
    lines.push(String::new());
    lines.extend(log_lines(event_trace, width));
    match &event_trace.trace {
        Ok((id, page)) => lines.extend([field("X-Ray", id), field("", page)]),
        Err(why) => lines.extend(named("X-Ray", &format!("none: {why}"), width)),
    }
    lines.join("\n")
}

/// A hop: its time, the time since the previous one, and that time as a bar.
fn hop_lines(hop: &Hop, step: Option<i64>, span: (i64, i64), columns: usize, width: usize) -> Vec<String> {
    let name = hop.stage.name();
    let at = match &hop.at {
        Ok(at) => *at,
        Err(why) => return named(name, &format!("not known: {why}"), width),
    };
    let time = Timestamp::from_millisecond(at).unwrap_or_default().strftime("%H:%M:%S.%3f");
    let took = step
        .map_or_else(String::new, |step| format!("{}{}", if step < 0 { "-" } else { "+" }, lasting(step)));
    let bar = bar(at - step.unwrap_or_default().max(0), at, span, columns);
    vec![format!(" {} {time:<13}{took:>13} {}", padded(name, 14), style::cyan(bar.trim_end()))]
}

/// The time from `from` to `to` on a line of `columns` columns for the whole span. A zero duration is a mark.
fn bar(from: i64, to: i64, (first, last): (i64, i64), columns: usize) -> String {
    let whole = (last - first).max(1) as f64;
    let eighth = |at: i64| (((at - first) as f64 / whole) * (columns * 8) as f64).round() as usize;
    let (begin, end) = (eighth(from).min(columns * 8 - 1), eighth(to).max(eighth(from) + 1).min(columns * 8));
    let (column, within) = (begin / 8, begin % 8);
    let mut bar = " ".repeat(column);
    let full = end / 8;
    if full > column {
        bar.push(if within >= 4 { FROM } else { EIGHTHS[7] });
        bar.extend(std::iter::repeat_n(EIGHTHS[7], full - column - 1));
    }
    if end % 8 > 0 && (full > column || end > begin) {
        bar.push(EIGHTHS[end % 8 - 1]);
    }
    bar
}

fn remarks(event_trace: &EventTrace) -> Vec<String> {
    let remark = |hop: &Hop| Some(format!("{}: {}", hop.stage.name(), hop.remark?));
    event_trace.hops.iter().filter_map(remark).collect()
}

fn broken(remark: &str, width: usize) -> Vec<String> {
    let lines = wrapped(remark, width.saturating_sub(2).max(LEAST)).into_iter();
    lines.map(|line| style::dim(&format!(" {line}"))).collect()
}

fn log_lines(event_trace: &EventTrace, width: usize) -> Vec<String> {
    let lines = match &event_trace.log {
        Err(why) => return named("log", &format!("not known: {why}"), width),
        Ok(lines) => lines,
    };
    let text = |line: &LogEvent| {
        let entry = Entry::read(&line.text);
        let time = Timestamp::from_millisecond(line.at).unwrap_or_default().strftime("%H:%M:%S.%3f");
        let fields = entry.fields.iter().filter(|(name, _)| name != "message_id");
        let fields: Vec<String> = fields.map(|(name, value)| format!("{name}={}", plain(value))).collect();
        let log_line = format!("{time} {:<5} {} {}", entry.level.name(), entry.message, fields.join(" "));
        field("log", &cut(&printable(log_line.trim_end()), width.saturating_sub(16).max(LEAST)))
    };
    lines.iter().map(text).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn field(name: &str, text: &str) -> String {
    format!(" {name:<14} {}", printable(text))
}

/// A field whose text is wrapped and indented.
fn named(name: &str, text: &str, width: usize) -> Vec<String> {
    let lines = wrapped(&printable(text), width.saturating_sub(16).max(LEAST));
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    lines
        .into_iter()
        .zip(names)
        .map(|(line, name)| format!(" {} {}", padded(name, 14), style::dim(&line)))
        .collect()
}

/// `12,345 ms`, or `2.5 h` if milliseconds are too long to read; without a sign.
fn lasting(milliseconds: i64) -> String {
    let milliseconds = milliseconds.unsigned_abs() as f64;
    if milliseconds < 100_000.0 {
        format!("{} ms", count(milliseconds))
    } else {
        duration(milliseconds / 1_000.0)
    }
}

/// For programs.
#[must_use]
pub fn trace_json(event_trace: &EventTrace) -> Value {
    let moment = |at: i64| Timestamp::from_millisecond(at).ok().map(|at| format!("{at:.3}"));
    let hops: Vec<Value> = event_trace.hops.iter().zip(Hop::steps(&event_trace.hops)).map(|(hop, step)| {
        json!({
            "hop": hop.stage, "at": hop.at.as_ref().ok().and_then(|at| moment(*at)), "milliseconds": step,
            "origin": hop.at.as_ref().ok().map(|_| hop.origin), "why": hop.at.as_ref().err(), "remark": hop.remark,
        })
    }).collect();
    let line = |line: &LogEvent| {
        let entry = Entry::read(&line.text);
        json!({"at": moment(line.at), "level": entry.level, "message": entry.message, "text": line.text})
    };
    let log = event_trace.log.as_ref().ok().map(|lines| lines.iter().map(line).collect::<Vec<Value>>());
    let trace = event_trace.trace.as_ref().ok();
    json!({
        "version": 1, "id": event_trace.id, "event_id": event_trace.event_id, "message_id": event_trace.message_id, "found": event_trace.found,
        "hops": hops,
        "log": log, "log_unknown": event_trace.log.as_ref().err(),
        "xray": trace.map(|(id, page)| json!({"trace_id": id, "page": page})), "xray_unknown": event_trace.trace.as_ref().err(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::width::columns;
    use super::*;
    use crate::operate::{HopSource, Stage};

    fn hop(stage: Stage, at: Result<i64, &str>) -> Hop {
        Hop { stage, at: at.map_err(str::to_owned), origin: HopSource::Row, remark: None }
    }

    fn event_trace() -> EventTrace {
        let day = 1_764_230_400_000;
        EventTrace {
            id: "e-1".to_owned(),
            event_id: Some("e-1".to_owned()),
            message_id: None,
            found: "row",
            location: "the row".to_owned(),
            hops: vec![
                hop(Stage::Event, Ok(day)),
                hop(Stage::Queued, Ok(day + 400)),
                hop(Stage::Received, Ok(day + 800)),
                hop(
                    Stage::Stored,
                    Err("the log has no line about its batch, as its lines were removed by now"),
                ),
            ],
            log: Ok(Vec::new()),
            trace: Err("`processor.tracing` is off".to_owned()),
        }
    }

    #[test]
    fn bars_follow_each_other_and_fit_the_terminal() {
        for width in [80, 120] {
            let text = anstream::adapter::strip_str(&trace_text(&event_trace(), width)).to_string();
            assert!(text.lines().all(|line| columns(line) <= width), "{width}:\n{text}");
            let line = |name: &str| {
                let line = text.lines().find(|line| line.trim_start().starts_with(name)).expect(name);
                let column = |at: Option<usize>| at.map(|at| columns(&line[..at]));
                (column(line.find(['█', '▐', '▏'])), line.trim_end().chars().count())
            };
            let ((queued, queued_end), (received, end)) = (line("queued"), line("received"));
            assert_eq!(queued, Some(HEAD), "{text}");
            assert!(
                received >= Some(queued_end - 1) && end == width - 1,
                "{received:?} {queued_end} {end}\n{text}"
            );
            assert!(text.contains("+400 ms") && text.contains("800 ms"), "{text}");
        }
    }

    #[test]
    fn unknown_values_have_a_reason_and_programs_get_the_same() {
        let text = anstream::adapter::strip_str(&trace_text(&event_trace(), 80)).to_string();
        assert!(text.contains("stored         not known: the log has no line"), "{text}");
        let document = trace_json(&event_trace());
        assert_eq!(document["hops"][1]["milliseconds"], 400);
        assert_eq!(document["hops"][1]["at"], "2025-11-27T08:00:00.400Z");
        assert!(document["hops"][3]["at"].is_null() && document["hops"][3]["why"].is_string(), "{document}");
        assert_eq!(document["xray_unknown"], "`processor.tracing` is off");
    }

    #[test]
    fn a_hop_of_days_is_shown_in_hours() {
        assert_eq!(
            [999, 99_999, 100_000, 436_598_044].map(lasting),
            ["999 ms", "99,999 ms", "100 s", "121.3 h"]
        );
    }

    #[test]
    fn a_hop_without_length_is_a_mark_and_none_leaves_the_line() {
        for (from, to) in [(0, 0), (0, 1_000), (1_000, 1_000), (500, 501), (0, 1)] {
            let bar = bar(from, to, (0, 1_000), 20);
            assert!(!bar.trim().is_empty() && bar.chars().count() <= 20, "{from} {to}: {bar}");
        }
        assert_eq!(bar(0, 0, (0, 0), 20).trim().chars().count(), 1);
    }
}
