use std::time::SystemTime;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};

use super::Clients;
use super::error::missing;
use crate::operate::{MEASURED_DAYS, MeasureApi, Metric, TableBytes};
use crate::stack::CallError;

const HOUR: i32 = 3600;

impl MeasureApi for Clients {
    async fn hourly_sums(&self, metric: &Metric) -> Result<Vec<f64>, CallError> {
        let now = DateTime::from(SystemTime::now());
        let begin = DateTime::from_secs(now.secs() - i64::from(MEASURED_DAYS) * 86_400);
        let dimensions = metric
            .dimensions
            .iter()
            .map(|(name, value)| Dimension::builder().name(*name).value(value).build());
        let answer = self
            .cloudwatch
            .get_metric_statistics()
            .namespace(metric.namespace)
            .metric_name(metric.name)
            .set_dimensions(Some(dimensions.collect()))
            .start_time(begin)
            .end_time(now)
            .period(HOUR)
            .statistics(Statistic::Sum)
            .send()
            .await
            .map_err(|error| self.call_error("cloudwatch:GetMetricStatistics", &error))?;
        Ok(answer.datapoints.unwrap_or_default().into_iter().filter_map(|point| point.sum).collect())
    }

    async fn table_bytes(&self, table: &str) -> Result<TableBytes, CallError> {
        let operation = "dynamodb:DescribeTable";
        let answer = self.dynamodb.describe_table().table_name(table).send().await;
        let answer = answer.map_err(|error| self.call_error(operation, &error))?;
        let table = answer.table.ok_or_else(|| missing(operation, "Table"))?;
        let bytes = |size: Option<i64>| size.map_or(0, i64::unsigned_abs);
        let indexes = table.global_secondary_indexes.unwrap_or_default();
        Ok(TableBytes {
            table: bytes(table.table_size_bytes),
            indexes: indexes.into_iter().map(|index| bytes(index.index_size_bytes)).sum(),
        })
    }
}
