//! The processor's own log as counts: it writes a line per batch, and Lambda one per invocation.

use std::collections::{BTreeMap, BTreeSet};

use super::measure::{LogLine, Series, Window};
use super::processor_line::ProcessorLine;
use super::service_level::Counts;

/// The sums of a log's lines.
#[derive(Debug, Default, PartialEq)]
pub(super) struct LogTally {
    /// Messages that the processor read, counting each attempt.
    pub(super) read: Series,
    pub(super) rows: Series,
    /// Invocations that ended without a line about their batch or their canaries.
    pub(super) failed: u64,
    pub(super) p99_milliseconds: Option<f64>,
    /// By reason: how often a message was rejected.
    pub(super) refusals: BTreeMap<String, u64>,
    /// Events by the service level, if the processor has one.
    pub(super) counts: Counts,
}

/// Adds up the lines of a window.
pub(super) fn tally_log(lines: &[LogLine], window: Window) -> LogTally {
    let nothing = vec![None; window.periods];
    let mut tally = LogTally { read: nothing.clone(), rows: nothing, ..LogTally::default() };
    let (mut ended, mut answered) = (BTreeSet::new(), BTreeSet::new());
    let mut durations = Vec::new();
    let mut uncounted = 0;
    for LogLine { at, text } in lines {
        let period = at.saturating_sub(window.from).div_euclid(i64::from(window.period_seconds));
        let Some(period) = usize::try_from(period).ok().filter(|period| *period < window.periods) else {
            continue;
        };
        if let Some((id, milliseconds)) = reported(text) {
            ended.insert(id.to_owned());
            durations.extend(milliseconds);
        } else if let Some(line) = ProcessorLine::read(text) {
            match line.message.as_str() {
                "batch" => {
                    answered.insert(line.request_id);
                    add(&mut tally.read, period, line.records);
                    add(&mut tally.rows, period, line.written);
                    tally.counts.good += line.good;
                    tally.counts.bad += line.bad;
                    uncounted += line.uncounted;
                }
                // An invocation with only canaries has no line about its batch.
                "canary" => drop(answered.insert(line.request_id)),
                "rejections" => *tally.refusals.entry(line.reason).or_default() += line.rejections,
                _ => {}
            }
        }
    }
    tally.counts.replaying = uncounted > tally.counts.good + tally.counts.bad;
    tally.failed = ended.difference(&answered).count() as u64;
    tally.p99_milliseconds = p99(durations);
    tally
}

fn add(series: &mut Series, period: usize, count: u64) {
    if let Some(value) = series.get_mut(period) {
        *value = Some(value.unwrap_or_default() + count as f64);
    }
}

/// Lambda's line at the end of an invocation: `REPORT RequestId: ID\tDuration: 12.3 ms\t…`.
fn reported(text: &str) -> Option<(&str, Option<f64>)> {
    let mut fields = text.strip_prefix("REPORT RequestId: ")?.split('\t');
    let id = fields.next()?.trim();
    let duration = fields.find_map(|field| field.trim().strip_prefix("Duration: "));
    Some((id, duration.and_then(|text| text.trim_end_matches(" ms").parse().ok())))
}

/// The value that 99 of 100 do not exceed.
fn p99(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * 99).div_ceil(100);
    values.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_adds_up_to_rows_reasons_and_failed_invocations() {
        let line = |at, text: &str| LogLine { at, text: text.to_owned() };
        let batch = |id: &str, written: u64| {
            format!(
                r#"{{"message":"batch","request_id":"{id}","records":5,"written":{written},"_aws":{{}}}}"#
            )
        };
        let lines = [
            line(0, &batch("early", 9)),
            line(60, &batch("a", 5)),
            line(60, "REPORT RequestId: a\tDuration: 12.5 ms\tBilled Duration: 13 ms"),
            line(119, &batch("b", 3)),
            line(119, r#"{"message":"rejections","Reason":"missing-field","Rejections":2}"#),
            line(119, "REPORT RequestId: b\tDuration: 7 ms"),
            line(
                120,
                r#"{"message":"batch","request_id":"d","SloGood":7,"SloBad":2,"SloUncounted":1,"_aws":{}}"#,
            ),
            line(130, "REPORT RequestId: c\tDuration: 3000 ms"),
            line(131, "no JSON {"),
            line(140, r#"{"message":"canary","request_id":"e","outcome":"written"}"#),
            line(140, "REPORT RequestId: e\tDuration: 5 ms"),
        ];
        let tally = tally_log(&lines, Window { from: 60, period_seconds: 60, periods: 3 });
        assert_eq!(tally.rows, [Some(8.0), Some(0.0), None]);
        assert_eq!(tally.read, [Some(10.0), Some(0.0), None]);
        assert_eq!(tally.refusals, BTreeMap::from([("missing-field".to_owned(), 2)]));
        assert_eq!(tally.counts, Counts { good: 7, bad: 2, replaying: false });
        assert_eq!(
            (tally.failed, tally.p99_milliseconds),
            (1, Some(3000.0)),
            "c has no batch, and e needs none"
        );
    }

    #[test]
    fn of_a_hundred_values_one_exceeds_the_percentile() {
        assert_eq!(p99((1..=200).map(f64::from).collect()), Some(198.0));
        assert_eq!((p99(vec![4.0]), p99(Vec::new())), (Some(4.0), None));
    }
}
