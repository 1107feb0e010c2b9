use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{self, Dimension, MetricDataQuery, MetricStat, ScanBy};

use super::Clients;
use super::error::missing;
use crate::operate::{Metric, MetricApi, Series, Window};
use crate::stack::CallError;

/// Metrics per call.
const MOST: usize = 500;

impl MetricApi for Clients {
    async fn series(&self, metrics: &[Metric<'_>], window: Window) -> Result<Vec<Series>, CallError> {
        let mut found = Vec::with_capacity(metrics.len());
        for metrics in metrics.chunks(MOST) {
            found.extend(self.some_series(metrics, window).await?);
        }
        Ok(found)
    }
}

impl Clients {
    async fn some_series(&self, metrics: &[Metric<'_>], window: Window) -> Result<Vec<Series>, CallError> {
        let operation = "cloudwatch:GetMetricData";
        let period = i64::from(window.period_seconds);
        let until = window.from + period * window.periods as i64;
        let queries: Vec<MetricDataQuery> =
            metrics.iter().enumerate().map(|(index, metric)| query(index, metric, window)).collect();
        let mut series = vec![vec![None; window.periods]; metrics.len()];
        let mut pages = self.pages(operation);
        let mut token = None;
        loop {
            let call = self.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries.clone()));
            let call = call
                .start_time(DateTime::from_secs(window.from))
                .end_time(DateTime::from_secs(until))
                .scan_by(ScanBy::TimestampAscending)
                .set_next_token(token);
            let answer = call.send().await.map_err(|error| self.call_error(operation, &error))?;
            let results =
                answer.metric_data_results.ok_or_else(|| missing(operation, "MetricDataResults"))?;
            for result in results {
                let index = result.id.as_deref().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
                let Some(series) = index.and_then(|index| series.get_mut(index)) else { continue };
                let times = result.timestamps.unwrap_or_default().into_iter();
                for (at, value) in times.zip(result.values.unwrap_or_default()) {
                    let location = usize::try_from((at.secs() - window.from).div_euclid(period)).ok();
                    if let Some(location) = location.and_then(|location| series.get_mut(location)) {
                        *location = Some(value);
                    }
                }
            }
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                return Ok(series);
            }
        }
    }
}

fn query(index: usize, metric: &Metric<'_>, window: Window) -> MetricDataQuery {
    let dimension = |(name, value): &(&str, &str)| Dimension::builder().name(*name).value(*value).build();
    let dimensions = metric.dimensions.iter().map(dimension).collect();
    let named = types::Metric::builder()
        .namespace(metric.namespace)
        .metric_name(metric.name)
        .set_dimensions(Some(dimensions))
        .build();
    let statistic = MetricStat::builder()
        .metric(named)
        .period(window.period_seconds.cast_signed())
        .stat(metric.statistic)
        .build();
    MetricDataQuery::builder().id(format!("m{index}")).metric_stat(statistic).build()
}
