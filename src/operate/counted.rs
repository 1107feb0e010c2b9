//! A month of a pipeline's metrics, for `cost --measured` and `capacity --measured`.

use super::measure::{Metric, MetricApi, Window};
use crate::spec::{MeasuredLoad, ResolvedNames, Spec};
use crate::stack::CallError;

/// Days that are read, in periods of an hour.
pub const COUNTED_DAYS: u32 = 30;
const HOUR: u32 = 3600;

/// Bytes that a table stores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableBytes {
    pub table: u64,
    pub indexes: u64,
}

/// What a table stores.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait StoredApi {
    /// The bytes as DynamoDB counts them every six hours.
    async fn table_bytes(&self, table: &str) -> Result<TableBytes, CallError>;
}

/// Reads all counts. `now`: seconds since 1970.
///
/// # Errors
/// The error of a call.
pub async fn counted<A: MetricApi + StoredApi>(
    api: &A,
    spec: &Spec,
    names: &ResolvedNames,
    now: i64,
) -> Result<MeasuredLoad, CallError> {
    let hours = COUNTED_DAYS * 24;
    let window =
        Window { from: now - i64::from(hours * HOUR), period_seconds: HOUR, periods: hours as usize };
    let series = api.series(&metrics(spec, names), window).await?;
    let mut sums = series.iter().map(|series| series.iter().flatten().sum::<f64>());
    let mut next = || sums.next().unwrap_or_default();
    let counted = MeasuredLoad {
        sent: next(),
        sent_bytes: next(),
        received: next(),
        deleted: next(),
        empty_receives: next(),
        invocations: next(),
        milliseconds: next(),
        log_bytes: next(),
        table_writes: next(),
        ..MeasuredLoad::default()
    };
    let most_sent = series.first().into_iter().flatten().flatten().copied().fold(0.0, f64::max);
    let stored = api.table_bytes(&names.table).await?;
    Ok(MeasuredLoad {
        most_sent,
        index_writes: sums.fold(0.0, |sum, one| sum + one),
        table_bytes: stored.table as f64,
        index_bytes: stored.indexes as f64,
        ..counted
    })
}

/// In the order in which [`counted`] reads them; those of the indexes are the last.
fn metrics<'a>(spec: &'a Spec, names: &'a ResolvedNames) -> Vec<Metric<'a>> {
    let sum = |namespace, name, dimensions| Metric { namespace, name, dimensions, statistic: "Sum" };
    let queue = |name| sum("AWS/SQS", name, vec![("QueueName", names.queue.as_str())]);
    let function = |name| sum("AWS/Lambda", name, vec![("FunctionName", names.processor.as_str())]);
    let writes = |index: Option<&'a str>| {
        let mut dimensions = vec![("TableName", names.table.as_str())];
        dimensions.extend(index.map(|index| ("GlobalSecondaryIndexName", index)));
        sum("AWS/DynamoDB", "ConsumedWriteCapacityUnits", dimensions)
    };
    let mut metrics = vec![
        queue("NumberOfMessagesSent"),
        queue("SentMessageSize"),
        queue("NumberOfMessagesReceived"),
        queue("NumberOfMessagesDeleted"),
        queue("NumberOfEmptyReceives"),
        function("Invocations"),
        function("Duration"),
        sum("AWS/Logs", "IncomingBytes", vec![("LogGroupName", names.log_group.as_str())]),
        writes(None),
    ];
    metrics.extend(spec.table.index_names().map(|index| writes(Some(index))));
    metrics
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Series;
    use super::*;

    /// Two hours of each metric, distinguished by its name and its last dimension.
    struct Clouds;

    impl MetricApi for Clouds {
        async fn series(&self, metrics: &[Metric<'_>], window: Window) -> Result<Vec<Series>, CallError> {
            assert_eq!((window.from, window.period_seconds, window.periods), (0, 3600, 720));
            let hours = |metric: &Metric<'_>| hours(metric).into_iter().map(Some).chain([None]).collect();
            Ok(metrics.iter().map(hours).collect())
        }
    }

    fn hours(metric: &Metric<'_>) -> Vec<f64> {
        let (_, last) = metric.dimensions.last().expect("a dimension");
        match (metric.name, *last) {
            ("NumberOfMessagesSent", "orders-prod") => vec![7.0, 9.0],
            ("ConsumedWriteCapacityUnits", "orders-prod") => vec![1.0, 2.0],
            ("ConsumedWriteCapacityUnits", "status-timestamp-index") => vec![10.0],
            ("ConsumedWriteCapacityUnits", "by-customer") => vec![100.0, 100.0],
            ("Duration", "orders-processor-prod") => vec![60.0],
            ("IncomingBytes", "/aws/lambda/orders-processor-prod") => vec![4_000.0],
            _ => Vec::new(),
        }
    }

    impl StoredApi for Clouds {
        async fn table_bytes(&self, _: &str) -> Result<TableBytes, CallError> {
            Ok(TableBytes { table: 5, indexes: 6 })
        }
    }

    #[tokio::test]
    async fn each_resource_of_the_pipeline_is_asked_for_its_own() {
        let spec: Spec = serde_json::from_value(json!({
            "version": 1, "name": "orders", "environment": "prod", "bus": {"pattern": {"source": ["a"]}},
            "table": {"indexes": [{"name": "by-customer", "partition_key": "customer"}]},
            "names": {"queue": "orders-prod", "table": "orders-prod", "processor": "orders-processor-prod"},
        }))
        .expect("a spec");
        let counted =
            super::counted(&Clouds, &spec, &spec.resolved_names(), 720 * 3600).await.expect("an answer");
        assert_eq!((counted.sent, counted.most_sent), (16.0, 9.0));
        assert_eq!((counted.table_writes, counted.index_writes), (3.0, 210.0));
        assert_eq!((counted.milliseconds, counted.log_bytes), (60.0, 4_000.0));
        assert_eq!((counted.received, counted.index_bytes), (0.0, 6.0));
    }
}
