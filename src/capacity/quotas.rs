//! Quotas and figures that limit a pipeline, besides those of its account (`validate::AccountQuotas`).

use crate::spec::TABLE_WRITES;

/// Concurrent invocations that a queue without provisioned pollers begins with, and how many are added per minute
/// (Lambda Developer Guide, "Scaling behavior for Amazon SQS event source mappings").
pub(super) const FIRST_CONCURRENCY: u32 = 5;
pub(super) const MORE_A_MINUTE: f64 = 300.0;
/// The same with provisioned pollers, and bytes per second that one of them reads.
pub(super) const MORE_A_MINUTE_PROVISIONED: f64 = 1_000.0;
pub(super) const POLLER_BYTES: f64 = 1_000_000.0;
/// Memory that comes with one whole CPU, in MB (Lambda Developer Guide, "Configure Lambda function memory").
pub(super) const CPU_MB: f64 = 1_769.0;
/// CPU milliseconds that the processor takes for an event: the highest measurement, on one core.
pub(super) const CPU_OF_EVENT: f64 = 0.08;

/// Write units per second of any table by default, and of one partition key (DynamoDB Developer Guide, "Quotas in
/// Amazon DynamoDB").
pub(super) const TABLE_UNITS: f64 = TABLE_WRITES as f64;
pub(super) const KEY_UNITS: f64 = 1_000.0;
/// Bytes of a write unit.
pub(super) const UNIT: f64 = 1_024.0;
