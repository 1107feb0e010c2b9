use super::status::not_permitted;
use super::style;
use crate::operate::{ServiceReading, Source, Status};

/// From here on less than a quarter of the budget is left.
const LOW: f64 = 25.0;

/// How much was stored in time, and what is left of the error budget; no lines where the spec has no service level.
pub(super) fn service_level(status: &Status) -> Vec<(&'static str, String)> {
    let name = "service level";
    if let Some(action) = status.not_permitted.get("service_level") {
        return vec![(name, not_permitted(action))];
    }
    let Some(level) = &status.service_level else { return Vec::new() };
    let span = span(level);
    let within = level.stored_within_seconds;
    match (level.reached_percent, level.budget_left_percent) {
        (Some(reached), Some(left)) => {
            let total = level.good + level.bad;
            let reached = format!("{} % of {total} events stored within {within} s, in {span}", cut(reached));
            vec![(name, reached), ("", budget(level, left))]
        }
        _ => vec![(name, style::dim(&format!("— no event counted in {span}")))],
    }
}

fn span(level: &ServiceReading) -> String {
    match level.source {
        Source::CloudWatch => format!("{} days", level.minutes / (24 * 60)),
        Source::ProcessorLog => format!("{} min", level.minutes),
    }
}

fn budget(level: &ServiceReading, left: f64) -> String {
    let waiting =
        if level.waiting > 0 { format!(", {} of them waiting", level.waiting) } else { String::new() };
    let bad = format!("{} bad{waiting}; {} % wanted", level.bad, level.percent);
    match left {
        _ if left < 0.0 => style::red(&format!("error budget spent {:.1} times: {bad}", 1.0 - left / 100.0)),
        _ if left < LOW => style::yellow(&format!("error budget {} % left: {bad}", left.floor())),
        _ => style::green(&format!("error budget {} % left: {bad}", left.floor())),
    }
}

/// With three decimals, and never rounded up to what it is not.
fn cut(percent: f64) -> f64 {
    (percent * 1_000.0 + 1e-6).floor() / 1_000.0
}
