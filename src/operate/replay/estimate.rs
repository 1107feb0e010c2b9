use serde::Serialize;

use super::{ArchiveState, Span};
use crate::operate::measure::{Metric, MetricApi, Window, matched_events, sum};
use crate::stack::CallError;

const DAY: i64 = 86_400;
/// How long CloudWatch stores values of a period, in days, the shortest period first.
const METRIC_RETENTION: [(u32, i64); 3] = [(60, 15), (300, 63), (3_600, 455)];
/// Values of one metric: CloudWatch returns 100,800 at a time, over all rules.
const MOST: i64 = 5_000;

/// The basis of an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// CloudWatch's count for that time: `MatchedEvents` of the rules.
    MatchedEvents,
    /// The archive's total, spread evenly over the time it covers.
    ArchiveTotal,
}

/// The expected number of events of a replay. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// `None`: unknown; 0 without a basis: the archive has no events of that time.
    pub events: Option<u64>,
    pub bytes: Option<u64>,
    pub basis: Option<Basis>,
}

/// The rules that get the events.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// `None` for the default bus, whose metrics only have the rule's name.
    pub bus: Option<&'a str>,
    pub names: &'a [String],
    /// Whether the cloud has metrics of rules.
    pub are_measured: bool,
}

/// Estimates the number of events in the span; `now` in seconds since 1970. If metrics cannot be read or have no values,
/// the archive's total is used: it is only an estimate. The second part of the result is why they could not be read.
pub async fn estimate<A: MetricApi>(
    api: &A,
    archive: &ArchiveState,
    rules: Rules<'_>,
    span: Span,
    now: i64,
) -> (Estimate, Option<CallError>) {
    let mean = archive.bytes.checked_div(archive.events);
    let begin = archive.begin(now);
    let span = Span { from: span.from.max(begin), to: span.to.min(now) };
    if span.from >= span.to {
        return (Estimate { events: Some(0), bytes: None, basis: None }, None);
    }
    let unread = match matched(api, rules, span, now).await {
        Ok(Some(events)) => {
            let bytes = mean.map(|mean| mean * events);
            return (Estimate { events: Some(events), bytes, basis: Some(Basis::MatchedEvents) }, None);
        }
        Ok(None) => None,
        Err(error) => Some(error),
    };
    let (held, asked) = ((now - begin).max(1), span.to - span.from);
    if archive.events == 0 {
        return (Estimate { events: None, bytes: None, basis: None }, unread);
    }
    let share = |total: u64| (total as f64 * asked as f64 / held as f64).ceil() as u64;
    let estimate = Estimate {
        events: Some(share(archive.events)),
        bytes: Some(share(archive.bytes)).filter(|_| archive.bytes > 0),
        basis: Some(Basis::ArchiveTotal),
    };
    (estimate, unread)
}

async fn matched<A: MetricApi>(
    api: &A,
    rules: Rules<'_>,
    span: Span,
    now: i64,
) -> Result<Option<u64>, CallError> {
    let Some(window) = window(span, now).filter(|_| rules.are_measured) else { return Ok(None) };
    let metrics = rules.names.iter().map(|rule| matched_events(rules.bus, rule));
    let metrics: Vec<Metric<'_>> = metrics.collect();
    let series = api.series(&metrics, window).await?;
    let is_silent = series.iter().flatten().all(Option::is_none);
    Ok((!is_silent).then(|| series.iter().map(|series| sum(series)).sum()))
}

/// The periods that cover the span, as short as CloudWatch still stores them and not too many; `None`: it stores none.
fn window(span: Span, now: i64) -> Option<Window> {
    let (period, _) = METRIC_RETENTION.into_iter().find(|(period, days)| {
        span.from >= now - days * DAY && (span.to - span.from) / i64::from(*period) < MOST
    })?;
    let seconds = i64::from(period);
    let from = span.from.div_euclid(seconds) * seconds;
    let periods = (span.to - from + seconds - 1).div_euclid(seconds).max(1);
    Some(Window { from, period_seconds: period, periods: usize::try_from(periods).ok()? })
}

#[cfg(test)]
mod tests {
    use super::super::super::Series;
    use super::*;
    use crate::stack::CallErrorKind;

    /// Returns these values for each rule, or an error.
    struct Counted(Option<Series>);

    impl MetricApi for Counted {
        async fn series(&self, metrics: &[Metric<'_>], _: Window) -> Result<Vec<Series>, CallError> {
            assert_eq!(metrics[0].dimensions, [("EventBusName", "b"), ("RuleName", "r")]);
            let denied = CallError::new(CallErrorKind::Denied, "cloudwatch:GetMetricData", "no");
            let series = self.0.clone().ok_or(denied)?;
            Ok(metrics.iter().map(|_| series.clone()).collect())
        }
    }

    async fn estimated(
        counted: Counted,
        archive: &ArchiveState,
    ) -> (Option<u64>, Option<u64>, Option<Basis>) {
        let names = ["r".to_owned(), "r-returns".to_owned()];
        let rules = Rules { bus: Some("b"), names: &names, are_measured: true };
        let span = Span { from: 9 * DAY, to: 10 * DAY };
        let is_read = counted.0.is_some();
        let (found, unread) = estimate(&counted, archive, rules, span, 20 * DAY).await;
        assert_eq!(unread.is_none(), is_read, "what is not read is named");
        (found.events, found.bytes, found.basis)
    }

    #[tokio::test]
    async fn counted_events_override_the_archives_total_and_nothing_is_invented() {
        let archive = ArchiveState {
            created: Some(0),
            retention_days: Some(14),
            events: 1_400,
            bytes: 140_000,
            ..ArchiveState::default()
        };
        let by_metric = estimated(Counted(Some(vec![None, Some(5.0), Some(2.0)])), &archive).await;
        assert_eq!(by_metric, (Some(14), Some(1_400), Some(Basis::MatchedEvents)));
        for silent in [Counted(Some(vec![None])), Counted(None)] {
            let by_total = estimated(silent, &archive).await;
            assert_eq!(by_total, (Some(100), Some(10_000), Some(Basis::ArchiveTotal)));
        }
        // Its count may be a day old: the number is unknown, not 0.
        let young = ArchiveState { events: 0, bytes: 0, ..archive };
        assert_eq!(estimated(Counted(None), &young).await, (None, None, None));
        // Events that the rules matched before there was an archive are not in it.
        let later = ArchiveState { created: Some(10 * DAY), ..young };
        assert_eq!(estimated(Counted(Some(vec![Some(5.0)])), &later).await, (Some(0), None, None));
    }

    #[test]
    fn periods_are_as_short_as_cloudwatch_has_them() {
        let now = 1_000 * DAY;
        let of = |from: i64, length: i64| {
            window(Span { from: now - from, to: now - from + length }, now)
                .map(|window| (window.period_seconds, window.periods))
        };
        assert_eq!(of(3_600, 600), Some((60, 10)));
        assert_eq!(of(14 * DAY, 14 * DAY), Some((300, 4_032)));
        assert_eq!(of(30 * DAY, 90), Some((300, 1)));
        assert_eq!(of(100 * DAY, DAY), Some((3_600, 24)));
        assert_eq!(of(500 * DAY, DAY), None);
        // Both ends are within a period.
        let ends = window(Span { from: now + 59, to: now + 61 }, now + 3_600).expect("a window");
        assert_eq!((ends.from, ends.periods), (now, 2));
    }
}
