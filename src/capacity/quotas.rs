//! Quotas of AWS that bound a pipeline, all of them defaults of an account in a region.

/// The day on which the quotas were read.
pub const DATED: &str = "2026-11-28";

/// Requests of PutEvents a second (EventBridge User Guide, "Amazon EventBridge quotas", quota L-9B653E91). A request
/// holds 1 to 10 events.
const PUT_EVENTS: [(&[&str], u32); 4] = [
    (&["us-east-1", "us-west-2", "eu-west-1"], 10_000),
    (&["us-east-2", "eu-central-1", "eu-south-2"], 2_400),
    (&["us-west-1", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-west-2"], 1_200),
    (
        &[
            "ap-east-1",
            "ap-northeast-2",
            "ap-south-1",
            "ca-central-1",
            "eu-north-1",
            "eu-west-3",
            "sa-east-1",
        ],
        600,
    ),
];
const PUT_EVENTS_ELSEWHERE: u32 = 400;

/// Invocations of targets a second (the same page, quota L-5540C5E3). Beyond it they are late, and not lost.
const INVOCATIONS: [(&[&str], u32); 4] = [
    (&["us-east-1", "us-west-2", "eu-west-1"], 18_750),
    (&["us-east-2", "eu-central-1", "eu-south-2"], 4_500),
    (&["us-west-1", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-west-2"], 2_250),
    (
        &[
            "ap-east-1",
            "ap-northeast-2",
            "ap-south-1",
            "ca-central-1",
            "eu-north-1",
            "eu-west-3",
            "sa-east-1",
        ],
        1_100,
    ),
];
const INVOCATIONS_ELSEWHERE: u32 = 750;

/// Concurrent invocations of all functions of an account (Lambda Developer Guide, "Lambda quotas", quota L-B99A9384).
pub(super) const ACCOUNT_CONCURRENCY: u32 = 1_000;
/// Concurrent invocations that a queue without provisioned pollers causes, those it begins with, and how many a minute
/// come to them (Lambda Developer Guide, "Scaling behavior for Amazon SQS event source mappings").
pub(super) const QUEUE_CONCURRENCY: u32 = 1_250;
pub(super) const FIRST_CONCURRENCY: u32 = 5;
pub(super) const MORE_A_MINUTE: f64 = 300.0;
/// The same with provisioned pollers; what one of them runs at once, and bytes a second that it reads.
pub(super) const MORE_A_MINUTE_PROVISIONED: f64 = 1_000.0;
pub(super) const POLLER_CONCURRENCY: u32 = 10;
pub(super) const POLLER_BYTES: f64 = 1_000_000.0;
/// Memory that has one whole CPU, in MB (Lambda Developer Guide, "Configure Lambda function memory").
pub(super) const CPU_MB: f64 = 1_769.0;
/// CPU milliseconds the processor takes for an event: the most that was measured, on one core.
pub(super) const CPU_OF_EVENT: f64 = 0.08;

/// Write units a second of a new table on demand, of any table by default, and of one partition key (DynamoDB Developer
/// Guide, "DynamoDB on-demand capacity mode" and "Quotas in Amazon DynamoDB").
pub(super) const NEW_TABLE_UNITS: f64 = 4_000.0;
pub(super) const TABLE_UNITS: f64 = 40_000.0;
pub(super) const KEY_UNITS: f64 = 1_000.0;
/// Bytes of a write unit.
pub(super) const UNIT: f64 = 1_024.0;

#[must_use]
pub(super) fn put_events(region: &str) -> u32 {
    of(region, &PUT_EVENTS, PUT_EVENTS_ELSEWHERE)
}

#[must_use]
pub(super) fn invocations(region: &str) -> u32 {
    of(region, &INVOCATIONS, INVOCATIONS_ELSEWHERE)
}

fn of(region: &str, table: &[(&[&str], u32)], elsewhere: u32) -> u32 {
    table.iter().find(|(regions, _)| regions.contains(&region)).map_or(elsewhere, |(_, quota)| *quota)
}
