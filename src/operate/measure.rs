use crate::spec::{ResolvedNames, STATUS_INDEX, Spec};
use crate::stack::CallError;

/// Days that are looked back: by the hour they are 720 values, and one answer of CloudWatch has 1,440 at most.
pub const DAYS: u32 = 30;

/// One of CloudWatch's metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    pub namespace: &'static str,
    pub name: &'static str,
    pub dimensions: Vec<(&'static str, String)>,
}

/// Bytes that a table stores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableBytes {
    pub table: u64,
    pub indexes: u64,
}

/// What AWS counts for a bill.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait MeasureApi {
    /// The metric's sum over the last [`DAYS`], hour by hour; empty where there is none.
    async fn hourly_sums(&self, metric: &Metric) -> Result<Vec<f64>, CallError>;
    /// As DynamoDB counts them every six hours.
    async fn table_bytes(&self, table: &str) -> Result<TableBytes, CallError>;
}

/// What was counted of a pipeline in the last [`DAYS`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counted {
    pub sent: f64,
    /// In the busiest hour.
    pub most_sent: f64,
    pub sent_bytes: f64,
    pub received: f64,
    pub deleted: f64,
    pub empty_receives: f64,
    pub invocations: f64,
    pub milliseconds: f64,
    pub table_writes: f64,
    pub index_writes: f64,
    pub log_bytes: f64,
    pub stored: TableBytes,
}

/// Asks for all of it.
///
/// # Errors
/// What a call says.
pub async fn measure<A: MeasureApi>(
    api: &A,
    spec: &Spec,
    names: &ResolvedNames,
) -> Result<Counted, CallError> {
    let queue =
        |name| Metric { namespace: "AWS/SQS", name, dimensions: vec![("QueueName", names.queue.clone())] };
    let function = |name| Metric {
        namespace: "AWS/Lambda",
        name,
        dimensions: vec![("FunctionName", names.processor.clone())],
    };
    let writes = |index: Option<&str>| {
        let mut dimensions = vec![("TableName", names.table.clone())];
        dimensions.extend(index.map(|index| ("GlobalSecondaryIndexName", index.to_owned())));
        Metric { namespace: "AWS/DynamoDB", name: "ConsumedWriteCapacityUnits", dimensions }
    };
    let log = Metric {
        namespace: "AWS/Logs",
        name: "IncomingBytes",
        dimensions: vec![("LogGroupName", names.log_group.clone())],
    };
    let sent = api.hourly_sums(&queue("NumberOfMessagesSent")).await?;
    let mut index_writes = 0.0;
    let status = spec.table.status_index.is_on().then_some(STATUS_INDEX);
    for index in status.into_iter().chain(spec.table.indexes.iter().map(|index| index.name.as_str())) {
        index_writes += total(&api.hourly_sums(&writes(Some(index))).await?);
    }
    Ok(Counted {
        sent: total(&sent),
        most_sent: sent.iter().copied().fold(0.0, f64::max),
        sent_bytes: total(&api.hourly_sums(&queue("SentMessageSize")).await?),
        received: total(&api.hourly_sums(&queue("NumberOfMessagesReceived")).await?),
        deleted: total(&api.hourly_sums(&queue("NumberOfMessagesDeleted")).await?),
        empty_receives: total(&api.hourly_sums(&queue("NumberOfEmptyReceives")).await?),
        invocations: total(&api.hourly_sums(&function("Invocations")).await?),
        milliseconds: total(&api.hourly_sums(&function("Duration")).await?),
        table_writes: total(&api.hourly_sums(&writes(None)).await?),
        index_writes,
        log_bytes: total(&api.hourly_sums(&log).await?),
        stored: api.table_bytes(&names.table).await?,
    })
}

fn total(sums: &[f64]) -> f64 {
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Two hours of each metric, told apart by its name and its last dimension.
    struct Clouds;

    impl MeasureApi for Clouds {
        async fn hourly_sums(&self, metric: &Metric) -> Result<Vec<f64>, CallError> {
            let (_, last) = metric.dimensions.last().expect("a dimension");
            Ok(match (metric.name, last.as_str()) {
                ("NumberOfMessagesSent", "orders-prod") => vec![7.0, 9.0],
                ("ConsumedWriteCapacityUnits", "orders-prod") => vec![1.0, 2.0],
                ("ConsumedWriteCapacityUnits", "status-timestamp-index") => vec![10.0],
                ("ConsumedWriteCapacityUnits", "by-customer") => vec![100.0, 100.0],
                ("Duration", "orders-processor-prod") => vec![60.0],
                ("IncomingBytes", "/aws/lambda/orders-processor-prod") => vec![4_000.0],
                _ => Vec::new(),
            })
        }

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
        let counted = measure(&Clouds, &spec, &spec.resolved_names()).await.expect("an answer");
        assert_eq!((counted.sent, counted.most_sent), (16.0, 9.0));
        assert_eq!((counted.table_writes, counted.index_writes), (3.0, 210.0));
        assert_eq!((counted.milliseconds, counted.log_bytes), (60.0, 4_000.0));
        assert_eq!((counted.received, counted.stored.indexes), (0.0, 6));
    }
}
