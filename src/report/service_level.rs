use super::status::not_permitted;
use super::style;
use crate::operate::{ServiceReading, Source, Status};

/// Below this, less than a quarter of the budget is left.
const LOW: f64 = 25.0;

/// The part that was stored in time, and the remaining error budget; no lines if the spec has no service level.
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

/// With three decimals, never rounded up.
fn cut(percent: f64) -> f64 {
    (percent * 1_000.0 + 1e-6).floor() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(good: u64, bad: u64, left: f64) -> ServiceReading {
        let reached = 100.0 * good as f64 / (good + bad) as f64;
        ServiceReading {
            source: Source::CloudWatch,
            stored_within_seconds: 60,
            percent: 99.9,
            minutes: 30 * 24 * 60,
            good,
            bad,
            waiting: 0,
            reached_percent: Some(reached),
            budget_left_percent: Some(left),
        }
    }

    #[test]
    fn nothing_is_rounded_up_to_what_it_is_not() {
        assert_eq!([99.999_99, 99.95, 100.0, 0.0].map(cut), [99.999, 99.95, 100.0, 0.0]);
        assert!(
            budget(&level(9_995, 5, 50.9), 50.9).contains("error budget 50 % left: 5 bad; 99.9 % wanted")
        );
        let waiting = ServiceReading { waiting: 4, ..level(970, 30, -2_900.0) };
        assert!(
            budget(&waiting, -2_900.0).contains("error budget spent 30.0 times: 30 bad, 4 of them waiting")
        );
    }

    #[test]
    fn a_line_fits_eighty_columns() {
        let widest = level(99_999_999, 9_999_999, -9_999.0);
        assert!(budget(&widest, -9_999.0).chars().filter(char::is_ascii).count() < 80);
        assert_eq!(span(&widest), "30 days");
    }
}
