use std::fmt::Write as _;

use serde_json::{Value, json};

use super::amounts::{count, duration, origin};
use super::{printable, style};
use crate::capacity::{Demand, Drain, Limit, OUTAGE};
use crate::validate::LOOKED_UP;

/// Most limits that are reported with their reasons.
const FIRST: usize = 3;
/// Cells of a bar, which spans once to a thousand times the peak.
const CELLS: usize = 20;
const DECADES: f64 = 3.0;

/// The capacity of a pipeline.
#[derive(Debug, Clone)]
pub struct Headroom {
    pub stack: String,
    pub region: String,
    /// Whether the load was measured, and not taken from the spec.
    pub is_measured: bool,
    pub demand: Demand,
    /// The lowest first, each with the location of the field that raises it.
    pub limits: Vec<(Limit, Option<FieldLocation>)>,
    /// At the average and at the peak.
    pub drains: [Drain; 2],
}

/// The location of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLocation {
    pub file: String,
    pub line: usize,
}

/// The first bottlenecks with a chart of headroom, for people.
#[must_use]
pub fn capacity_text(found: &Headroom) -> String {
    let Demand { average, peak, event_bytes, .. } = found.demand;
    let from = origin(found.is_measured);
    let mut text = format!(
        " {} in {}\n {} events/s at the peak, {} on average, of {} bytes, {from}\n\n",
        printable(&found.stack),
        found.region,
        rate(peak),
        rate(average),
        count(event_bytes)
    );
    let head = format!(" {:<28}{:>10}{:>10}   {:<CELLS$}", "", "events/s", "peak", "1 ×          1,000 ×");
    let _ = writeln!(text, "{}", style::dim(head.trim_end()));
    let shared = || found.limits.iter().filter(|(limit, _)| !limit.is_of_one_key);
    for (index, (limit, location)) in shared().enumerate() {
        let number = if index < FIRST { (index + 1).to_string() } else { String::new() };
        let _ = writeln!(text, "{}", line(&number, limit, peak));
        if index < FIRST {
            let at = location
                .as_ref()
                .map(|location| format!("   {}:{}", printable(&location.file), location.line));
            let _ = writeln!(text, "     {}", style::dim(&limit.how));
            let _ = writeln!(text, "     {}{}", limit.lift, style::dim(&at.unwrap_or_default()));
        }
    }
    for (limit, _) in found.limits.iter().filter(|(limit, _)| limit.is_of_one_key) {
        let _ = writeln!(text, "\n {}: at most {} events/s", limit.what, rate(limit.events_per_second));
    }
    let _ = writeln!(text, "\n after an hour's outage");
    for (drain, when) in found.drains.iter().zip(["average", "peak"]) {
        let end = match drain.seconds {
            Some(seconds) => format!("stored within {}", duration(seconds)),
            None => style::red("and more arrive than are stored"),
        };
        let _ = writeln!(text, "   at the {when:<8} {} events wait, {end}", count(drain.backlog));
    }
    let _ = write!(text, "\n{}", style::dim(&assumed(found)));
    text
}

fn assumed(found: &Headroom) -> String {
    let times = if found.is_measured {
        "invocations take as long as CloudWatch measured for their batches"
    } else {
        "an invocation takes 20 ms, and 10 ms a round of writes, unless `--measured`"
    };
    format!(
        " {times}\n quotas are AWS's defaults of {LOOKED_UP}, or from `deploy.quotas`;\n the whole account shares them"
    )
}

fn line(number: &str, limit: &Limit, peak: f64) -> String {
    let times = limit.events_per_second / peak;
    let paint = match times {
        ..1.0 => style::red,
        ..2.0 => style::yellow,
        _ => style::green,
    };
    let bar = paint(&bar(times));
    let headroom = if times < 10.0 { format!("{times:.1} ×") } else { format!("{} ×", count(times)) };
    format!(" {number:<2}{:<26}{:>10}{headroom:>10}   {bar}", limit.what, rate(limit.events_per_second))
}

/// A bar on a logarithmic scale: each factor of ten adds the same length.
fn bar(times: f64) -> String {
    let filled = (times.max(1.0).log10() / DECADES * CELLS as f64).round() as usize;
    let filled = filled.min(CELLS);
    format!("{}{}", "█".repeat(filled), "░".repeat(CELLS - filled))
}

fn rate(events: f64) -> String {
    if events < 10.0 { format!("{events:.1}") } else { count(events) }
}

/// The same as JSON. Public JSON shape.
#[must_use]
pub fn capacity_json(found: &Headroom) -> Value {
    let Demand { average, peak, event_bytes, .. } = found.demand;
    let limits: Vec<Value> = found
        .limits
        .iter()
        .map(|(limit, location)| {
            json!({
                "name": limit.name, "what": limit.what, "events_per_second": limit.events_per_second,
                "headroom": limit.events_per_second / peak, "how": limit.how, "field": limit.field, "lift": limit.lift,
                "file": location.as_ref().map(|location| &location.file), "line": location.as_ref().map(|location| location.line),
                "of_one_key": limit.is_of_one_key,
            })
        })
        .collect();
    let shared = found.limits.iter().filter(|(limit, _)| !limit.is_of_one_key);
    let drain = |drain: &Drain| {
        json!({
            "events_per_second": drain.rate, "backlog": drain.backlog, "stored_per_second": drain.speed,
            "seconds": drain.seconds,
        })
    };
    json!({
        "version": 1, "stack": found.stack, "region": found.region, "measured": found.is_measured,
        "peak_events_per_second": peak, "average_events_per_second": average, "average_event_bytes": event_bytes,
        "limits": limits, "bottlenecks": shared.take(FIRST).map(|(limit, _)| limit.name).collect::<Vec<_>>(),
        "quotas_dated": LOOKED_UP,
        "outage": {"seconds": OUTAGE as u32, "average": drain(&found.drains[0]), "peak": drain(&found.drains[1])},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_grows_by_a_third_with_each_factor_of_ten() {
        let filled = |times: f64| bar(times).chars().filter(|cell| *cell == '█').count();
        assert_eq!([0.1, 1.0, 10.0, 100.0, 1e3, 1e6].map(filled), [0, 0, 7, 13, 20, 20]);
        assert_eq!(bar(50.0).chars().count(), CELLS);
    }
}
