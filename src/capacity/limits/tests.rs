//! Limits computed by hand.

use serde_json::{Value, json};

use super::super::{Demand, Limit, capacity, drain};
use crate::spec::Spec;

fn spec(more: &Value) -> Spec {
    let mut spec =
        json!({"version": 1, "name": "orders", "environment": "prod", "bus": {"pattern": {"source": ["a"]}}});
    for (key, value) in more.as_object().expect("a map") {
        spec[key] = value.clone();
    }
    serde_json::from_value(spec).expect("a spec")
}

fn limits(more: &Value, region: &str) -> Vec<Limit> {
    let spec = spec(more);
    capacity(&spec, &Demand::expected(&spec), region)
}

fn of<'a>(limits: &'a [Limit], name: &str) -> &'a Limit {
    limits.iter().find(|limit| limit.name == name).unwrap_or_else(|| panic!("no limit {name}"))
}

fn is(found: f64, expected: f64) {
    assert!((found - expected).abs() < expected * 1e-6, "{found} is not {expected}");
}

const LOAD: &str = r#"{"events_per_day": 86400, "peak_events_per_second": 50, "average_event_bytes": 1500}"#;

fn load() -> Value {
    serde_json::from_str(LOAD).expect("JSON")
}

#[test]
fn each_limit_follows_from_its_numbers_and_the_lowest_is_first() {
    let more = json!({"load": load(), "processor": {"batch": {"size": 10, "max_concurrency": 5}}});
    let limits = limits(&more, "eu-central-1");
    // 5 invocations × 10 events in 20 + 10 ms.
    is(of(&limits, "concurrency").events_per_second, 5.0 * 10.0 / 0.030);
    // Rows of 1,500 B take 2 write units.
    is(of(&limits, "new_table").events_per_second, 2_000.0);
    is(of(&limits, "table").events_per_second, 20_000.0);
    is(of(&limits, "key").events_per_second, 500.0);
    // 50 events/s × 2 units fit one key.
    is(of(&limits, "status_index").events_per_second, 500.0);
    is(of(&limits, "put_events").events_per_second, 2_400.0);
    is(of(&limits, "invocations").events_per_second, 4_500.0);
    assert!(limits.is_sorted_by(|left, right| left.events_per_second <= right.events_per_second));
}

#[test]
fn what_bounds_the_processor_names_the_field_that_lifts_it() {
    let field = |processor: Value, load: bool| {
        let mut more = json!({"processor": processor});
        if load {
            more["load"] = self::load();
        }
        let limits = limits(&more, "us-east-1");
        let limit = of(&limits, "concurrency");
        (limit.field, limit.how.clone())
    };
    let lifts = |processor: Value, load, expected: Option<&str>, slots: &str| {
        let (found, how) = field(processor, load);
        assert_eq!(found, expected, "{how}");
        assert!(how.starts_with(&format!("{slots} invocations")), "{how}");
    };
    lifts(json!({}), false, None, "1000");
    lifts(json!({"batch": {"max_concurrency": 7}}), false, Some("/processor/batch/max_concurrency"), "7");
    // Ten times the busy invocations of the peak, at least 10.
    lifts(json!({}), true, Some("/processor/batch/max_concurrency"), "10");
    lifts(
        json!({"batch": {"pollers": {"min": 2, "max": 3}}}),
        true,
        Some("/processor/batch/pollers/max"),
        "30",
    );
    let reserved = json!({"reserved_concurrency": 4, "batch": {"max_concurrency": 7}});
    lifts(reserved, false, Some("/processor/reserved_concurrency"), "4");
    let more_than_queue = json!({"reserved_concurrency": 2000});
    lifts(more_than_queue, false, Some("/processor/batch/pollers"), "1250");
    // 10,000 events × 0.08 ms × 1,769 / 128 = 11,056 ms of CPU, and 20 + 10 × 313 = 3,150 ms of waiting.
    let starved =
        json!({"memory_mb": 128, "batch": {"size": 10_000, "window_seconds": 1, "max_concurrency": 2}});
    let (found, how) = field(starved, false);
    assert_eq!(found, Some("/processor/memory_mb"), "{how}");
}

#[test]
fn an_hour_of_outage_is_worked_off_by_what_is_left_of_the_speed() {
    let more = json!({"load": load(), "processor": {"batch": {"max_concurrency": 5}}, "table": {"status_index": "off"}});
    let spec = spec(&more);
    let demand = Demand::expected(&spec);
    let limits = capacity(&spec, &demand, "us-east-1");
    // 5 × 10 / 0.030 = 1,666.67 events/s; the table takes 4,000 units, 2,000 rows/s. 3,600 × 50 wait.
    let peak = drain(&spec, &demand, &limits, 50.0);
    is(peak.backlog, 180_000.0);
    is(peak.speed, 5.0 * 10.0 / 0.030);
    is(peak.seconds.expect("an end"), 180_000.0 / (5.0 * 10.0 / 0.030 - 50.0));
    // 305 invocations run after a minute; the table is the lower limit then.
    let more = json!({"load": load(), "processor": {"batch": {"max_concurrency": 305}}, "table": {"status_index": "off"}});
    let wide = self::spec(&more);
    let limits = capacity(&wide, &demand, "us-east-1");
    let drained = drain(&wide, &demand, &limits, 1.0);
    is(drained.speed, 2_000.0);
    is(drained.seconds.expect("an end"), 3_600.0 / 1_999.0 + 60.0);
    assert_eq!(drain(&wide, &demand, &limits, 2_000.0).seconds, None);
}

#[test]
fn regions_have_quotas_of_their_own() {
    for (region, put, invoked) in [
        ("us-east-1", 10_000.0, 18_750.0),
        ("eu-west-2", 1_200.0, 2_250.0),
        ("eu-north-1", 600.0, 1_100.0),
        ("me-central-1", 400.0, 750.0),
    ] {
        let limits = limits(&json!({}), region);
        is(of(&limits, "put_events").events_per_second, put);
        is(of(&limits, "invocations").events_per_second, invoked);
    }
}
