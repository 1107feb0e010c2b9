//! Bills computed by hand, at the prices of us-east-1. A GB is 2^30 bytes, and a month has 30 days or 2,592,000 s.

use serde_json::json;

use super::super::{Change, Item, Service, Traffic, estimate, monthly_change, published};
use super::Estimate;
use crate::spec::{Lifetime, MeasuredLoad, Spec};

fn spec(more: serde_json::Value) -> Spec {
    let mut spec =
        json!({"version": 1, "name": "orders", "environment": "prod", "bus": {"pattern": {"source": ["a"]}}});
    for (key, value) in more.as_object().expect("a map") {
        spec[key] = value.clone();
    }
    serde_json::from_value(spec).expect("a spec")
}

fn bill(spec: &Spec, times: &[u32]) -> Estimate {
    let prices = published();
    let traffics: Vec<Traffic> = times.iter().map(|times| Traffic::expected(spec, *times)).collect();
    estimate(spec, &traffics, prices.of("us-east-1").expect("prices"))
}

/// Quantities, growing and fixed, of an item at the first traffic.
fn quantity(bill: &Estimate, item: Item) -> f64 {
    bill.lines.iter().filter(|line| line.item == item).map(|line| line.quantities[0]).sum()
}

fn is(found: f64, expected: f64) {
    assert!((found - expected).abs() < expected.abs() * 1e-6 + 1e-9, "{found} is not {expected}");
}

/// Zero is `0.00`, never `-0.00`.
#[test]
fn nothing_has_no_sign() {
    let bus = json!({"existing": "default", "pattern": {"source": ["a"]}});
    let estimate = bill(&spec(json!({"encryption": "stack_key", "bus": bus})), &[1]);
    for service in estimate.services() {
        let sums =
            [estimate.monthly(Some(service), 0), estimate.per_million(Some(service)), estimate.fixed()];
        assert!(sums.iter().all(|sum| sum.is_sign_positive()), "{service:?}: {sums:?}");
    }
}

/// 30,000 events a day of 1 KiB, everything else by default.
#[test]
fn the_default_pipeline() {
    let spec = spec(json!({"load": {"events_per_day": 30_000, "average_event_bytes": 1024}}));
    let bill = bill(&spec, &[1, 10]);
    // 30,000 × 30 = 900,000 events; × $1.00 a million = $0.90. 900,000 × 1,024 B = 0.858307 GB into the archive × $0.10
    // = $0.085831; 7 of 30 days of it are stored: 0.200272 GB-months × $0.023 = $0.004606.
    is(bill.monthly(Some(Service::EventBridge), 0), 0.900_000 + 0.085_830_7 + 0.004_606_25);
    // A poller finds its first event and 30,000 / 86,400 a second × 10 s / 5 pollers = 0.694444 more: 1.694444 a batch, or
    // 531,147.54 batches. Requests: 900,000 sent + 900,000 received + 531,147.54 deleted = 2,331,147.54 × $0.40 a million
    // = $0.932459; idle: 5 pollers × 2,592,000 s / 20 s = 648,000 × $0.40 a million = $0.2592.
    is(quantity(&bill, Item::QueueRequests), 2_331_147.540_98 + 648_000.0);
    is(bill.monthly(Some(Service::Sqs), 0), 0.932_459_02 + 0.259_2);
    // 531,147.54 × $0.20 a million = $0.106230; 20 ms and one round of 10 ms: × 0.030 s × 0.5 GB = 7,967.213 GB-seconds
    // × $0.0000133334 = $0.106230.
    is(quantity(&bill, Item::ArmCompute), 7_967.213_114_75);
    is(bill.monthly(Some(Service::Lambda), 0), 0.106_229_508 + 0.106_230_04);
    // One write unit for the row and one for the status index: 1,800,000 × $0.625 a million = $1.125. Rows of 90 days:
    // 2,700,000 × (1,024 + 100) B = 2.826378 GB, once in the table and once in the index: × $0.25 = $0.706594 each; to be
    // restored: × $0.20 = $0.565276.
    is(bill.monthly(Some(Service::DynamoDb), 0), 1.125 + 2.0 * 0.706_594_44 + 0.565_275_55);
    // 531,147.54 × 1,500 B + 900,000 × 8 B = 0.748710 GB of log × $0.50 = $0.374355, stored for 30 of 30 days × $0.03 =
    // $0.022461; 11 alarms × $0.10, 8 metrics × $0.30, a dashboard for $3.00.
    is(bill.monthly(Some(Service::CloudWatch), 0), 0.374_355_03 + 0.022_461_30 + 1.1 + 2.4 + 3.0);
    // 0.2 invocations a second are all sampled: 531,147.54 × $5.00 a million.
    is(bill.monthly(Some(Service::XRay), 0), 2.655_737_7);
    is(bill.monthly(None, 0), 15.050_573_96);
    // Fixed: idle pollers, alarms, metrics, dashboard.
    is(bill.fixed(), 0.259_2 + 6.5);
    is(bill.per_million(None), (15.050_573_96 - 6.759_2) / 0.9);
    assert!(bill.unpriced().is_empty());
    // With ten times the traffic, batches are fuller: 1 + 6.94 = 7.94 a batch.
    is(
        bill.lines.iter().find(|line| line.item == Item::Invocations).expect("a line").quantities[1],
        9e6 / 7.944_444_44,
    );
}

/// A million events a day of 100 KiB, with all options that cost more.
#[test]
fn a_large_pipeline_with_keys_pollers_and_indexes() {
    let spec = spec(json!({
        "load": {"events_per_day": 1_000_000, "average_event_bytes": 102_400},
        "encryption": "stack_key",
        "bus": {"pattern": {"source": ["a"]}, "archive": "off"},
        "queue": {"fair_by": "$.detail.customer"},
        "processor": {"memory_mb": 1769, "architecture": "x86_64",
            "batch": {"size": 100, "window_seconds": 5, "pollers": {"min": 4, "max": 10}}},
        "table": {"ttl_days": "none", "indexes": [{"name": "by-customer", "partition_key": "customer", "project": "keys"}]},
        "alarms": {"conflicts": "off"},
    }));
    assert!(matches!(spec.table.ttl_days, Lifetime::None(_)));
    let bill = bill(&spec, &[1]);
    // 30,000,000 events of two chunks of 64 KiB.
    is(quantity(&bill, Item::Events), 60e6);
    assert!(bill.lines.iter().all(|line| line.item != Item::ArchiveStorage));
    // 6 MiB hold 60 events of 101 KiB with what SQS adds, but in 5 s a poller finds 1 + 1,000,000 / 86,400 × 5 / 4
    // = 15.467593: 1,939,539.06 batches, each deleted in 2 requests. 60,000,000 sent + 60,000,000 received + 3,879,078.12
    // deleted, and 4 idle pollers × 2,592,000 / 20 = 518,400.
    is(quantity(&bill, Item::FairRequests), 123_879_078.120_3);
    is(quantity(&bill, Item::QueueRequests), 123_879_078.120_3 + 518_400.0);
    // 1,939,539.06 × 30 ms × 1,769 / 1,024 GB; 4 pollers × 720 h.
    is(quantity(&bill, Item::X86Compute), 100_518.884_690_2);
    is(quantity(&bill, Item::Pollers), 2_880.0);
    // 100 units a row, the same in the status index, and 1 in the index of keys.
    is(quantity(&bill, Item::Writes), 30e6 * 201.0);
    // 365,000,000 rows × 102,500 B = 34,843.106 GB in the table and in the status index, and × 300 B = 101.98 GB of keys.
    is(quantity(&bill, Item::TableStorage), 34_843.105_822_8 + 34_945.085_644_7);
    is(quantity(&bill, Item::RecoveryStorage), 34_843.105_822_8);
    // One alarm is off, and the index adds one.
    is(quantity(&bill, Item::Alarms), 11.0);
    // 2 requests an event on the bus; 2,592,000 s / 300 s × 5 callers.
    is(quantity(&bill, Item::KeyRequests), 60e6 + 43_200.0);
    is(quantity(&bill, Item::Keys), 1.0);
}

#[test]
fn of_many_invocations_one_a_second_and_a_twentieth_are_sampled() {
    let spec = spec(json!({
        "load": {"events_per_day": 8_640_000},
        "processor": {"batch": {"size": 10, "window_seconds": 0}},
    }));
    // 100 events a second, a batch each: (1 + 99 × 0.05) × 2,592,000.
    is(quantity(&bill(&spec, &[1]), Item::Traces), 5.95 * 2_592_000.0);
}

#[test]
fn a_change_is_priced_where_both_sides_can_be() {
    let prices = published();
    let (east, west) = (prices.of("us-east-1").expect("prices"), prices.of("eu-west-1").expect("prices"));
    let load = json!({"events_per_day": 30_000});
    let before = spec(json!({"load": {"events_per_day": 1}}));
    let after = spec(json!({"load": load, "table": {"status_index": "off"}}));
    // Without the index: 900,000 writes × $0.625 a million, 2.826378 GB × $0.25 and its alarm less.
    let Some(Change { before: Some(former), after: now }) = monthly_change(Some(&before), &after, east)
    else {
        panic!("both have prices");
    };
    is(former, 15.050_573_96);
    is(former - now, 0.562_5 + 0.706_594_44 + 0.1);
    // Ireland has no EventBridge prices here, but the change does not affect EventBridge.
    assert!(monthly_change(Some(&before), &after, west).is_some());
    assert_eq!(monthly_change(None, &after, west), None);
    let shorter =
        spec(json!({"load": load, "bus": {"pattern": {"source": ["a"]}, "archive": {"retention_days": 1}}}));
    assert_eq!(monthly_change(Some(&before), &shorter, west), None);
    assert!(monthly_change(Some(&before), &shorter, east).is_some());
    assert_eq!(monthly_change(Some(&before), &spec(json!({})), east), None, "no `load`, no line");
}

#[test]
fn measured_values_override_assumed_ones() {
    let spec = spec(json!({"processor": {"memory_mb": 1024}}));
    let measured = MeasuredLoad {
        most_sent: 0.0,
        sent: 2_000_000.0,
        sent_bytes: 2_000_000.0 * 70_000.0,
        received: 2_100_000.0,
        deleted: 2_000_000.0,
        empty_receives: 500_000.0,
        invocations: 100_000.0,
        milliseconds: 100_000.0 * 45.0,
        table_writes: 140e6,
        index_writes: 150e6,
        table_bytes: 1_073_741_824.0,
        index_bytes: 2_147_483_648.0,
        log_bytes: 1_073_741_824.0,
    };
    let prices = published();
    let traffics = [1, 10].map(|times| Traffic::measured(&measured, times));
    let bill = estimate(&spec, &traffics, prices.of("us-east-1").expect("prices"));
    // 70,000 B are two chunks.
    is(quantity(&bill, Item::Events), 4e6);
    // 4,000,000 sent, 2,100,000 received twice for their size, 100,000 batches of 21 deleted in 3 requests each, and
    // 500,000 empty receives.
    is(quantity(&bill, Item::QueueRequests), 4e6 + 4.2e6 + 300_000.0 + 500_000.0);
    // 100,000 × 45 ms × 1 GB.
    is(quantity(&bill, Item::ArmCompute), 4_500.0);
    is(quantity(&bill, Item::Writes), 290e6);
    is(quantity(&bill, Item::TableStorage), 3.0);
    is(quantity(&bill, Item::RecoveryStorage), 1.0);
    is(quantity(&bill, Item::LogIngestion), 1.0);
    let at_ten =
        |item| bill.lines.iter().filter(|line| line.item == item).map(|line| line.quantities[1]).sum::<f64>();
    // The number of empty receives does not change.
    is(at_ten(Item::QueueRequests), 85e6 + 500_000.0);
    is(at_ten(Item::TableStorage), 30.0);
}
