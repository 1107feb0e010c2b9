use super::Item;
use super::traffic::{DAYS, Traffic, YEAR};
use super::usage::{GB, Usage};
use crate::spec::{BURNS, LogRetention, Spec};

/// Metrics in the processor's log lines about a batch (`processor/src/metrics.rs`). Each reason of rejection adds one.
pub const BATCH_METRICS: u32 = 8;
/// Additional metrics with a service level (`processor/src/age.rs`).
pub(super) const SERVICE_METRICS: u32 = 4;

/// The processor's log and the pipeline's monitoring. An alarm of the templates has one metric; one on a window of the
/// service level has several, and is billed for each.
pub(super) fn usage(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    let logged = traffic.log_bytes / GB;
    let days_retained = match spec.processor.log.retention_days {
        LogRetention::Days(days) => f64::from(days),
        LogRetention::Never(_) => YEAR,
    };
    let burns = if spec.slo.is_some() { BURNS.len() } else { 0 };
    let alarms = spec.alarm_names().len() - burns + 2 * burns * spec.burn_metrics();
    let metrics = BATCH_METRICS + if burns > 0 { SERVICE_METRICS } else { 0 };
    let mut usage = vec![
        Usage::grows(Item::LogIngestion, logged, "the processor's log"),
        Usage::grows(
            Item::LogStorage,
            logged * days_retained / DAYS,
            format!("log of {}", super::days(days_retained)),
        ),
        Usage::fixed(Item::Alarms, alarms as f64, "of the spec"),
        Usage::fixed(Item::Metrics, f64::from(metrics), "of the processor"),
        Usage::fixed(Item::Dashboards, f64::from(u8::from(spec.dashboard)), "of the pipeline"),
    ];
    if burns > 0 {
        usage.push(Usage::fixed(Item::CompositeAlarms, burns as f64, "of the service level"));
    }
    usage
}
