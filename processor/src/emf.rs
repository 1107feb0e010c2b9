//! CloudWatch's embedded metric format: a log line from which CloudWatch Logs extracts metrics, without an API call. The
//! rules are in the CloudWatch user guide, "Specification: Embedded metric format". If a line breaks them, CloudWatch
//! stores the line but ignores its metrics, so a member and its definition are created here in one step.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::Value;

/// The CloudWatch namespace of the metrics.
const NAMESPACE: &str = "pipectl";
/// Values of one metric in one line; with more, CloudWatch ignores the line's metrics.
pub const MOST_VALUES: usize = 100;

/// One line: members for readers of the log, dimensions and metrics for CloudWatch. The members' names are fixed and each
/// occurs once.
#[derive(Debug, Clone)]
pub struct Document {
    at: Timestamp,
    members: Vec<(&'static str, Value)>,
    dimensions: Vec<&'static str>,
    metrics: Vec<Metric>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

/// The member `_aws`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    /// Milliseconds since 1970. CloudWatch drops metrics older than two weeks or more
    /// than two hours ahead, so this is the clock's time, never an event's.
    timestamp: i64,
    cloud_watch_metrics: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [&'a [&'static str]; 1],
    metrics: &'a [Metric],
}

impl Document {
    /// A line that begins like the log's other lines.
    #[must_use]
    pub fn new(message: &'static str, at: Timestamp) -> Self {
        let document = Self { at, members: Vec::new(), dimensions: Vec::new(), metrics: Vec::new() };
        document.field("timestamp", format!("{at:.6}")).field("level", "INFO").field("message", message)
    }

    /// Adds a member that is not a metric.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// Adds a dimension. Every distinct value is a separate metric on the bill, so there must be few values.
    #[must_use]
    pub fn dimension(mut self, name: &'static str, value: &str) -> Self {
        self.dimensions.push(name);
        self.field(name, value)
    }

    /// Adds a metric with a count.
    #[must_use]
    pub fn count(mut self, name: &'static str, count: u64) -> Self {
        self.metrics.push(Metric { name, unit: "Count" });
        self.field(name, count)
    }

    /// Adds a metric of durations. It is left out if there are none: an empty list is not valid. More than
    /// [`MOST_VALUES`] are reduced to quantiles ([`quantiles`]).
    #[must_use]
    pub fn durations(mut self, name: &'static str, durations: &[Duration]) -> Self {
        if durations.is_empty() {
            return self;
        }
        let values: Vec<f64> = quantiles(durations).into_iter().map(milliseconds).collect();
        self.metrics.push(Metric { name, unit: "Milliseconds" });
        self.field(name, values)
    }

    /// The line, without a line break in it or after it.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and lists under text keys are always JSON")
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let directive =
            Directive { namespace: NAMESPACE, dimensions: [&self.dimensions], metrics: &self.metrics };
        let metadata = Metadata { timestamp: self.at.as_millisecond(), cloud_watch_metrics: [directive] };
        let mut line = serializer.serialize_map(Some(self.members.len() + 1))?;
        for (name, value) in &self.members {
            line.serialize_entry(name, value)?;
        }
        line.serialize_entry("_aws", &metadata)?;
        line.end()
    }
}

/// `durations`, sorted; more than [`MOST_VALUES`] are reduced to that many, evenly spaced from the shortest to the
/// longest. Percentiles, minimum and maximum do not change; the number of samples and their sum do.
#[must_use]
pub fn quantiles(durations: &[Duration]) -> Vec<Duration> {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    if sorted.len() <= MOST_VALUES {
        return sorted;
    }
    let (last, steps) = (sorted.len() - 1, MOST_VALUES - 1);
    (0..=steps).map(|step| sorted[(step * last + steps / 2) / steps]).collect()
}

/// Milliseconds, rounded to the microsecond: smaller digits are noise on every line.
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}
