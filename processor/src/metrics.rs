//! The metrics of one batch, as lines of the log in CloudWatch's embedded metric format.

use std::time::Duration;

use jiff::Timestamp;

use crate::emf::Document;
use crate::environment::Environment;
use crate::summary::Summary;

/// The log lines of one batch that was finished at `now`: the summary with the metrics of the whole batch, and one line
/// per reason that records failed for.
///
/// The reasons' lines do not use the field `reason` of a record's line: a metric filter over the log counts records by
/// that field.
#[must_use]
pub fn lines(
    summary: &Summary,
    environment: &Environment,
    request_id: &str,
    took: Duration,
    now: Timestamp,
) -> Vec<String> {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let batch = Document::new("batch", now)
        .field("records", summary.records())
        .field("written", summary.written)
        .field("duplicates", summary.duplicates)
        .field("superseded", summary.superseded)
        .field("conflicts", summary.conflicts)
        .field("rejected", summary.rejected)
        .field("failed", summary.failed)
        .field("dead_letters", summary.dead_letters)
        .field("milliseconds", milliseconds)
        .field("environment", environment.name.as_str())
        .field("request_id", request_id)
        .dimension("FunctionName", &environment.function_name)
        .count("Written", summary.written)
        .count("Duplicates", summary.duplicates)
        .count("Superseded", summary.superseded)
        .count("Conflicts", summary.conflicts)
        .count("Rejected", summary.rejected)
        .count("Failed", summary.failed)
        .count("Throttles", summary.throttles)
        .durations("WriteLatency", &summary.latencies);
    // CloudWatch bills a metric only if it is sent, and most pipelines never erase.
    let batch = match summary.erased {
        0 => batch,
        count => batch.field("erased", count).count("Erased", count),
    };
    let batch = match &summary.service {
        Some(tally) => tally.on(batch),
        None => batch,
    };
    let reasons = summary.reasons.iter().map(|(reason, count)| {
        Document::new("rejections", now)
            .field("environment", environment.name.as_str())
            .field("request_id", request_id)
            .dimension("FunctionName", &environment.function_name)
            .dimension("Reason", reason)
            .count("Rejections", *count)
    });
    std::iter::once(batch).chain(reasons).map(|document| document.to_line()).collect()
}
