use super::Item;
use super::traffic::{DAYS, Traffic, YEAR};
use super::usage::{GB, Usage};
use crate::spec::{LogRetention, Spec};

/// Metrics that the processor's log lines become: those of a batch (`processor/src/metrics.rs`). Each reason for which
/// events are rejected is one more.
pub const BATCH_METRICS: u32 = 8;

/// The processor's log and what watches the pipeline. An alarm of the templates looks at one metric.
pub(super) fn usage(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    let logged = traffic.log_bytes / GB;
    let kept = match spec.processor.log.retention_days {
        LogRetention::Days(days) => f64::from(days),
        LogRetention::Never(_) => YEAR,
    };
    let alarms = spec.alarm_names().len();
    vec![
        Usage::grows(Item::LogIngestion, logged, "the processor's log"),
        Usage::grows(Item::LogStorage, logged * kept / DAYS, format!("log of {}", super::days(kept))),
        Usage::fixed(Item::Alarms, alarms as f64, "of the spec"),
        Usage::fixed(Item::Metrics, f64::from(BATCH_METRICS), "of the processor"),
        Usage::fixed(Item::Dashboards, f64::from(u8::from(spec.dashboard)), "of the pipeline"),
    ]
}
