//! The state of the service level: finished events, and those that have already waited too long.

use serde::Serialize;

use super::measure::{Meters, Metric, MetricApi, Series, Source, Window, sum};
use super::readings::Readings;
use super::status::QueueLine;
use crate::spec::ServiceLevel;
use crate::stack::CallError;

/// Days over which the error budget is spread.
pub const BUDGET_DAYS: u32 = 30;
/// Hours that show whether events are being replayed.
const LATELY: usize = 2;

/// Finished events, by the service level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub good: u64,
    /// Late, rejected or undelivered.
    pub bad: u64,
    /// Whether most recent events were replayed or redriven: then it is unknown what the waiting ones are.
    pub replaying: bool,
}

/// The current state of the service level. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceReading {
    pub source: Source,
    /// The target.
    pub stored_within_seconds: u32,
    pub percent: f64,
    /// The time that is covered.
    pub minutes: u32,
    pub good: u64,
    /// Including those that wait.
    pub bad: u64,
    /// In the queue for longer than allowed; an estimate.
    pub waiting: u64,
    /// `None` if no event was counted.
    pub reached_percent: Option<f64>,
    /// The remaining part of the bad events that `percent` allows; negative if there are more.
    pub budget_left_percent: Option<f64>,
}

impl Counts {
    /// These counts and the messages waiting in `queue`, compared with `level`.
    #[must_use]
    pub fn reading(
        self,
        level: &ServiceLevel,
        queue: &QueueLine,
        source: Source,
        minutes: u32,
    ) -> ServiceReading {
        let waiting = if self.replaying { 0 } else { late_in(queue, level.stored_within_seconds) };
        let bad = self.bad + waiting;
        let total = (self.good + bad) as f64;
        let allowed = total * level.budget() / 100.0;
        let some = total > 0.0;
        ServiceReading {
            source,
            stored_within_seconds: level.stored_within_seconds,
            percent: level.percent,
            minutes,
            good: self.good,
            bad,
            waiting,
            reached_percent: some.then(|| 100.0 * self.good as f64 / total),
            budget_left_percent: some.then(|| 100.0 * (1.0 - bad as f64 / allowed)),
        }
    }
}

/// Messages that have waited longer than `within` seconds, if they arrived evenly.
fn late_in(queue: &QueueLine, within: u32) -> u64 {
    let oldest = queue.oldest_seconds.unwrap_or_default();
    let Some(over) = oldest.checked_sub(u64::from(within)).filter(|over| *over > 0) else { return 0 };
    let all = (queue.visible + queue.in_flight) as f64;
    (all * over as f64 / oldest as f64).ceil() as u64
}

/// Reads the events that finished in the last [`BUDGET_DAYS`] from CloudWatch, in periods of an hour.
///
/// # Errors
/// As for [`Readings::take`].
pub(super) async fn read_counts<A: MetricApi>(
    api: &A,
    meters: &Meters<'_>,
    readings: &mut Readings,
) -> Result<Option<Counts>, CallError> {
    let of_processor = |name| Metric {
        namespace: "pipectl",
        name,
        dimensions: vec![("FunctionName", meters.processor)],
        statistic: "Sum",
    };
    let undelivered = Metric {
        namespace: "AWS/SQS",
        name: "NumberOfMessagesSent",
        dimensions: vec![("QueueName", meters.undelivered)],
        statistic: "Sum",
    };
    let lost = meters.rules.iter().map(|rule| Metric {
        namespace: "AWS/Events",
        name: "InvocationsFailedToBeSentToDlq",
        dimensions: meters.of_rule(rule),
        statistic: "Sum",
    });
    let counted = ["SloGood", "SloUncounted", "SloBad"].map(of_processor);
    let metrics: Vec<Metric<'_>> = counted.into_iter().chain([undelivered]).chain(lost).collect();
    let periods = BUDGET_DAYS as usize * 24;
    let from = meters.now.div_euclid(3600) * 3600 - 3600 * (periods as i64 - 1);
    let window = Window { from, period_seconds: 3600, periods };
    let series = readings.take("service_level", api.series(&metrics, window).await)?;
    Ok(series.map(|series| of_series(&series)))
}

/// Good events first, then those that do not count, then bad ones of every kind.
fn of_series(series: &[Series]) -> Counts {
    let all = |index: usize| series.get(index).map_or(0, |one| sum(one));
    let lately =
        |index: usize| series.get(index).map_or(0, |one| sum(&one[one.len().saturating_sub(LATELY)..]));
    Counts {
        good: all(0),
        bad: series.iter().skip(2).map(|one| sum(one)).sum(),
        replaying: lately(1) > lately(0) + lately(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_OLD: QueueLine =
        QueueLine { visible: 100, in_flight: 20, oldest_seconds: Some(3600), known: true };

    fn read(counts: Counts, queue: &QueueLine) -> ServiceReading {
        counts.reading(&ServiceLevel::default(), queue, Source::CloudWatch, 30)
    }

    #[test]
    fn the_budget_is_what_is_left_of_the_bad_events_that_are_allowed() {
        let counts = Counts { good: 9_995, bad: 5, replaying: false };
        let reading = read(counts, &QueueLine::default());
        assert_eq!((reading.reached_percent, reading.waiting), (Some(99.95), 0));
        assert!((reading.budget_left_percent.expect("a budget") - 50.0).abs() < 1e-6, "{reading:?}");
        let spent = read(Counts { good: 970, bad: 30, ..counts }, &QueueLine::default());
        assert!((spent.budget_left_percent.expect("a budget") + 2_900.0).abs() < 1e-6, "{spent:?}");
        let none = read(Counts::default(), &QueueLine::default());
        assert_eq!((none.reached_percent, none.budget_left_percent), (None, None), "no traffic is no fault");
    }

    #[test]
    fn what_waits_longer_than_it_may_is_bad_already() {
        let counts = Counts { good: 1_000, bad: 0, replaying: false };
        // 59 of 60 minutes' worth of the waiting messages.
        assert_eq!(read(counts, &HOUR_OLD).bad, 118);
        for oldest_seconds in [None, Some(0), Some(60)] {
            assert_eq!(read(counts, &QueueLine { oldest_seconds, ..HOUR_OLD }).bad, 0);
        }
        assert_eq!(read(Counts { replaying: true, ..counts }, &HOUR_OLD).bad, 0);
    }

    #[test]
    fn a_replay_is_seen_in_the_last_hours_alone() {
        let hours = |old: f64, new: f64| vec![Some(old), None, Some(new), Some(new)];
        let series = [hours(10.0, 5.0), hours(0.0, 9.0), hours(1.0, 1.0), hours(2.0, 0.0), hours(1.0, 0.0)];
        assert_eq!(of_series(&series), Counts { good: 20, bad: 3 + 2 + 1, replaying: true });
        let series = [hours(10.0, 5.0), hours(90.0, 6.0), hours(1.0, 1.0)];
        assert_eq!(of_series(&series), Counts { good: 20, bad: 3, replaying: false });
    }
}
