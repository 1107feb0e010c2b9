//! The flow of events per minute: from CloudWatch's metrics, or from the processor's log in a cloud without metrics.

use processor::reason::Reason;
use serde::Serialize;

use super::readings::Readings;
use super::service_level::{Counts, read_counts};
use super::tally_log::{LogTally, tally_log};
use crate::spec::ServiceLevel;
use crate::stack::CallError;

/// Minutes that are shown; the current one is the last.
pub const MINUTES: usize = 30;
/// Hours over which the reasons of dead letters are counted.
pub const REASON_HOURS: usize = 24;

/// Values by period, the oldest first; `None` if nothing was reported.
pub type Series = Vec<Option<f64>>;

/// One of CloudWatch's metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric<'a> {
    pub namespace: &'static str,
    pub name: &'static str,
    pub dimensions: Vec<(&'static str, &'a str)>,
    /// `Sum`, `Average`, `Maximum` or a percentile.
    pub statistic: &'static str,
}

/// Consecutive periods of equal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Seconds since 1970.
    pub from: i64,
    pub period_seconds: u32,
    pub periods: usize,
}

/// Metrics.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait MetricApi {
    /// The values of each metric, in order.
    async fn series(&self, metrics: &[Metric<'_>], window: Window) -> Result<Vec<Series>, CallError>;
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Seconds since 1970.
    pub at: i64,
    pub text: String,
}

/// Logs.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait LogApi {
    /// The lines since `from`, in seconds since 1970, that contain the word, if one is given; the newest ones if there
    /// are too many.
    async fn log_lines(&self, group: &str, from: i64, word: &str) -> Result<Vec<LogLine>, CallError>;
}

/// The source of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Source {
    #[serde(rename = "cloudwatch")]
    CloudWatch,
    #[serde(rename = "processor_log")]
    ProcessorLog,
}

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Meters<'a> {
    pub source: Source,
    pub processor: &'a str,
    pub log_group: &'a str,
    pub queue: &'a str,
    /// `None` for the default bus, whose metrics only have the rule's name.
    pub bus: Option<&'a str>,
    pub rules: &'a [String],
    /// The queue of undelivered events.
    pub undelivered: &'a str,
    pub slo: Option<&'a ServiceLevel>,
    /// Seconds since 1970.
    pub now: i64,
}

impl<'a> Meters<'a> {
    /// The dimensions of a rule's metrics.
    pub(super) fn of_rule(&self, rule: &'a str) -> Vec<(&'static str, &'a str)> {
        of_rule(self.bus, rule)
    }
}

fn of_rule<'a>(bus: Option<&'a str>, rule: &'a str) -> Vec<(&'static str, &'a str)> {
    let bus = bus.map(|bus| ("EventBusName", bus));
    bus.into_iter().chain([("RuleName", rule)]).collect()
}

/// The metric of the events that a rule matched. `bus`: `None` for the default bus.
pub(super) fn matched_events<'a>(bus: Option<&'a str>, rule: &'a str) -> Metric<'a> {
    Metric {
        namespace: "AWS/Events",
        name: "MatchedEvents",
        dimensions: of_rule(bus, rule),
        statistic: "Sum",
    }
}

/// Counts by the minute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flow {
    pub source: Source,
    pub minutes: usize,
    /// Events that the rules matched; from the log: messages that the processor read.
    pub events_in: Option<Series>,
    pub queued: Option<Series>,
    pub in_flight: Option<Series>,
    pub rows: Option<Series>,
}

/// The processor's invocations in the same minutes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Invocations {
    /// Those that failed as a whole.
    pub errors: Option<u64>,
    /// Those that were not started for lack of concurrency.
    pub throttles: Option<u64>,
    /// Of the slowest minute; from the log: of all minutes.
    pub p99_milliseconds: Option<f64>,
}

/// How often the processor rejected events for a reason, counting each attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusals {
    pub reason: String,
    pub count: u64,
}

/// All that is measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    pub flow: Option<Flow>,
    pub invocations: Invocations,
    /// Of the last day, the most frequent first; read only if there are dead letters.
    pub rejections: Vec<Refusals>,
    /// Events by the service level, if the spec has one.
    #[serde(skip)]
    pub counts: Option<Counts>,
}

/// Reads the flow and, if there are dead letters, why events were rejected.
///
/// # Errors
/// As for [`Readings::take`].
pub(super) async fn measure<A: MetricApi + LogApi>(
    api: &A,
    meters: Meters<'_>,
    has_dead_letters: bool,
    readings: &mut Readings,
) -> Result<Measured, CallError> {
    let minute = meters.now.div_euclid(60) * 60;
    let window = Window { from: minute - 60 * (MINUTES as i64 - 1), period_seconds: 60, periods: MINUTES };
    let (flow, invocations, counts) = match meters.source {
        Source::CloudWatch => {
            let metrics = flow_metrics(&meters);
            let series = readings.take("flow", api.series(&metrics, window).await)?;
            let counts = if meters.slo.is_some() { read_counts(api, &meters, readings).await? } else { None };
            let (flow, invocations) =
                series.map_or_else(Default::default, |series| of_metrics(series, meters.rules.len()));
            (flow, invocations, counts)
        }
        Source::ProcessorLog => {
            let lines = readings.take("flow", api.log_lines(meters.log_group, window.from, "").await)?;
            lines.map_or_else(Default::default, |lines| of_log(tally_log(&lines, window)))
        }
    };
    let rejections = if has_dead_letters { reasons(api, &meters, readings).await? } else { Vec::new() };
    Ok(Measured { flow, invocations, rejections, counts: counts.filter(|_| meters.slo.is_some()) })
}

fn flow_metrics<'a>(meters: &Meters<'a>) -> Vec<Metric<'a>> {
    let of_function = |namespace, name, statistic| Metric {
        namespace,
        name,
        dimensions: vec![("FunctionName", meters.processor)],
        statistic,
    };
    let of_queue = |name| Metric {
        namespace: "AWS/SQS",
        name,
        dimensions: vec![("QueueName", meters.queue)],
        statistic: "Maximum",
    };
    let matched = meters.rules.iter().map(|rule| matched_events(meters.bus, rule));
    let fixed = [
        of_queue("ApproximateNumberOfMessagesVisible"),
        of_queue("ApproximateNumberOfMessagesNotVisible"),
        of_function("pipectl", "Written", "Sum"),
        of_function("AWS/Lambda", "Errors", "Sum"),
        of_function("AWS/Lambda", "Throttles", "Sum"),
        of_function("AWS/Lambda", "Duration", "p99"),
    ];
    matched.chain(fixed).collect()
}

fn of_metrics(mut series: Vec<Series>, rules: usize) -> (Option<Flow>, Invocations) {
    let fixed = series.split_off(rules.min(series.len()));
    let mut fixed = fixed.into_iter();
    let [queued, in_flight, rows] = [fixed.next(), fixed.next(), fixed.next()];
    let total = |series: Option<Series>| series.map(|series| sum(&series));
    let [errors, throttles] = [total(fixed.next()), total(fixed.next())];
    let slowest = fixed.next().into_iter().flatten().flatten().reduce(f64::max);
    let matched = series.into_iter().reduce(|left, right| left.into_iter().zip(right).map(added).collect());
    let source = Source::CloudWatch;
    let flow = Flow { source, minutes: MINUTES, events_in: matched, queued, in_flight, rows };
    (Some(flow), Invocations { errors, throttles, p99_milliseconds: slowest })
}

fn of_log(tally: LogTally) -> (Option<Flow>, Invocations, Option<Counts>) {
    let LogTally { read, rows, failed, p99_milliseconds, counts, .. } = tally;
    let (source, none) = (Source::ProcessorLog, None);
    let flow = Flow {
        source,
        minutes: MINUTES,
        events_in: Some(read),
        queued: none.clone(),
        in_flight: none,
        rows: Some(rows),
    };
    (Some(flow), Invocations { errors: Some(failed), throttles: None, p99_milliseconds }, Some(counts))
}

async fn reasons<A: MetricApi + LogApi>(
    api: &A,
    meters: &Meters<'_>,
    readings: &mut Readings,
) -> Result<Vec<Refusals>, CallError> {
    let hour = meters.now.div_euclid(3600) * 3600;
    let from = hour - 3600 * (REASON_HOURS as i64 - 1);
    let window = Window { from, period_seconds: 3600, periods: REASON_HOURS };
    let mut counts: Vec<(String, u64)> = match meters.source {
        Source::CloudWatch => {
            let metric = |reason: &Reason| Metric {
                namespace: "pipectl",
                name: "Rejections",
                dimensions: vec![("FunctionName", meters.processor), ("Reason", reason.as_str())],
                statistic: "Sum",
            };
            let metrics: Vec<Metric<'_>> = Reason::ALL.iter().map(metric).collect();
            let series = readings.take("reasons", api.series(&metrics, window).await)?.unwrap_or_default();
            let named = Reason::ALL.iter().zip(series);
            named.map(|(reason, series)| (reason.as_str().to_owned(), sum(&series))).collect()
        }
        Source::ProcessorLog => {
            let lines = api.log_lines(meters.log_group, from, "rejections").await;
            let lines = readings.take("reasons", lines)?.unwrap_or_default();
            tally_log(&lines, window).refusals.into_iter().collect()
        }
    };
    counts.retain(|(_, count)| *count > 0);
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    Ok(counts.into_iter().map(|(reason, count)| Refusals { reason, count }).collect())
}

fn added((left, right): (Option<f64>, Option<f64>)) -> Option<f64> {
    left.zip(right).map(|(left, right)| left + right).or(left).or(right)
}

/// The sum of a series of counts.
#[must_use]
pub fn sum(series: &[Option<f64>]) -> u64 {
    series.iter().flatten().sum::<f64>().max(0.0).round() as u64
}
