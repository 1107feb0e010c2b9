//! The metrics that CloudWatch reads from the lines of a batch.

use std::time::Duration;

use jiff::Timestamp;
use pipectl_processor::batch::{Outcome, Processed, Write};
use pipectl_processor::emf::{MOST_VALUES, quantiles};
use pipectl_processor::environment::Environment;
use pipectl_processor::metrics::lines;
use pipectl_processor::reason::Reason;
use pipectl_processor::summary::Summary;
use proptest::prelude::{any, prop_assert, proptest};
use serde_json::{Value, json};

use crate::emf::{Metric, read};
use crate::lambda::{self, Lambda, event, failures, record};

fn environment() -> Environment {
    Environment::read(|name| match name {
        "EVENTS_TABLE_NAME" => Some("events-test".to_owned()),
        "AWS_LAMBDA_FUNCTION_NAME" => Some("shipmentevents-prod".to_owned()),
        "ENVIRONMENT" => Some("prod".to_owned()),
        _ => None,
    })
    .unwrap()
}

fn lines_of(outcomes: Vec<Outcome>, writes: Vec<Write>) -> Vec<String> {
    let now: Timestamp = "2026-01-31T09:05:00.123456789Z".parse().unwrap();
    let summary = Summary::of(&Processed { outcomes, writes, ended: Vec::new(), decided: Duration::ZERO });
    let lines = lines(&summary, &environment(), "r-1", Duration::from_micros(12_900), now);
    for line in &lines {
        read(line, now).expect(line);
    }
    lines
}

/// The metrics of every line; each must be valid.
fn metrics(output: &str) -> Vec<Metric> {
    let now = Timestamp::now();
    output.lines().flat_map(|line| read(line, now).expect(line)).collect()
}

/// The sum of a metric's values, over all lines.
fn sum(metrics: &[Metric], name: &str) -> f64 {
    metrics.iter().filter(|metric| metric.name == name).flat_map(|metric| &metric.values).sum()
}

#[test]
fn the_lines_have_these_bytes() {
    let write = |latency, throttled| Write { latency: Duration::from_micros(latency), throttled };
    let lines = lines_of(
        vec![
            Outcome::Written,
            Outcome::Duplicate,
            Outcome::FirstRetained,
            Outcome::failed(Reason::Conflict, ""),
        ],
        vec![write(12_345, true), write(4_000, false)],
    );
    let expected = [
        concat!(
            r#"{"timestamp":"2026-01-31T09:05:00.123456Z","level":"INFO","message":"batch","records":4,"written":1,"#,
            r#""duplicates":1,"superseded":0,"conflicts":2,"rejected":0,"failed":0,"dead_letters":0,"milliseconds":12,"environment":"prod","#,
            r#""request_id":"r-1","FunctionName":"shipmentevents-prod","Written":1,"Duplicates":1,"Superseded":0,"Conflicts":2,"#,
            r#""Rejected":0,"Failed":0,"Throttles":1,"WriteLatency":[4.0,12.345],"_aws":{"Timestamp":1769850300123,"#,
            r#""CloudWatchMetrics":[{"Namespace":"pipectl","Dimensions":[["FunctionName"]],"Metrics":["#,
            r#"{"Name":"Written","Unit":"Count"},{"Name":"Duplicates","Unit":"Count"},"#,
            r#"{"Name":"Superseded","Unit":"Count"},{"Name":"Conflicts","Unit":"Count"},{"Name":"Rejected","Unit":"Count"},"#,
            r#"{"Name":"Failed","Unit":"Count"},{"Name":"Throttles","Unit":"Count"},"#,
            r#"{"Name":"WriteLatency","Unit":"Milliseconds"}]}]}}"#,
        ),
        concat!(
            r#"{"timestamp":"2026-01-31T09:05:00.123456Z","level":"INFO","message":"rejections","environment":"prod","#,
            r#""request_id":"r-1","FunctionName":"shipmentevents-prod","Reason":"conflict","Rejections":2,"#,
            r#""_aws":{"Timestamp":1769850300123,"CloudWatchMetrics":[{"Namespace":"pipectl","#,
            r#""Dimensions":[["FunctionName","Reason"]],"Metrics":[{"Name":"Rejections","Unit":"Count"}]}]}}"#,
        ),
    ];
    assert_eq!(lines, expected);
    // A metric for a rare operation is sent only by pipelines that perform it.
    let erased = lines_of(vec![Outcome::Erased, Outcome::Written], vec![]).concat();
    assert!(erased.contains(r#""records":2,"#) && erased.contains(r#""Erased":1"#), "{erased}");
}

#[test]
fn a_batch_without_a_write_has_no_latency() {
    for outcomes in [vec![], vec![Outcome::failed(Reason::InvalidJson, "")]] {
        let lines = lines_of(outcomes, vec![]);
        assert!(lines.iter().all(|line| !line.contains("WriteLatency")), "{lines:?}");
    }
}

#[test]
fn every_reason_has_a_valid_line_of_its_own() {
    let outcomes = Reason::ALL.iter().map(|reason| Outcome::failed(*reason, "")).collect();
    let lines = lines_of(outcomes, vec![]);
    assert_eq!(lines.len(), 1 + Reason::ALL.len());
}

#[test]
fn ten_thousand_latencies_become_a_hundred_quantiles() {
    // 7,919 is a prime, so these are the numbers 0 to 9,999, shuffled.
    let microseconds: Vec<u64> = (0..10_000).map(|number| number * 7_919 % 10_000).collect();
    let writes = microseconds
        .iter()
        .map(|micros| Write { latency: Duration::from_micros(micros * micros), throttled: false })
        .collect();
    let lines = lines_of(vec![Outcome::Written; 10_000], writes);
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    let sent: Vec<f64> =
        line["WriteLatency"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert_eq!(sent.len(), MOST_VALUES);
    // By nearest rank, percentile p of the hundred is the p-th; the true one is next to it.
    for percent in [2, 50, 90, 99] {
        let exact = ((percent * 100 - 1) as f64).powi(2) / 1_000.0;
        let neighbours = sent[percent - 2]..=sent[percent];
        assert!(neighbours.contains(&exact), "p{percent} is {exact}, sent {neighbours:?}");
    }
    assert_eq!((sent[0], sent[99]), (0.0, 99_980.001), "the extremes are exact");
}

proptest! {
    #[test]
    fn quantiles_are_values_in_order_with_both_ends(micros in proptest::collection::vec(any::<u32>(), 1..1_000)) {
        let mut exact: Vec<Duration> = micros.iter().map(|micros| Duration::from_micros(u64::from(*micros))).collect();
        let sent = quantiles(&exact);
        exact.sort_unstable();
        prop_assert!(sent.len() == exact.len().min(MOST_VALUES));
        prop_assert!(sent.is_sorted());
        prop_assert!(sent.first() == exact.first() && sent.last() == exact.last());
        prop_assert!(sent.iter().all(|value| exact.binary_search(value).is_ok()));
    }
}

#[test]
fn a_mixed_batch_is_counted_at_the_quietest_level() {
    let lambda = Lambda::start(r#"{"log_level":"error"}"#);
    let good = |shipment: &str| event(shipment, &json!({"a": 1}));
    let records = [
        record("new-1", &good("S1")),
        record("again", &good("S1")),
        record("other", &event("S1", &json!({"a": 2}))),
        record("new-2", &good("S2")),
        record("new-3", &good("S3")),
        record("not-json", "hello"),
        record("nor-json", "world"),
        record("empty", ""),
        record("no-key", "{}"),
        record("refused", &good("invalid-always-1")),
        record("slowed", &good("throttle-once-1")),
        record("stopped", &good("throttle-always-1")),
        record("broken", &good("error-always-1")),
    ];
    let returned = ["other", "not-json", "nor-json", "empty", "no-key", "refused", "stopped", "broken"];
    assert_eq!(lambda.send_throttled(&records), failures(&returned));
    assert_eq!(lambda.table.rows(), 4);
    let output = lambda.kill();
    let metrics = metrics(&output);

    let counts = [
        ("Written", 4.0),
        ("Duplicates", 1.0),
        ("Conflicts", 1.0),
        ("Rejected", 5.0),
        ("Failed", 2.0),
        ("Throttles", 2.0),
    ];
    for (name, count) in counts {
        assert_eq!(sum(&metrics, name), count, "{name}");
    }
    let records_counted: f64 = counts[..5].iter().map(|(_, count)| count).sum();
    assert_eq!(records_counted, records.len() as f64);
    assert_eq!(sum(&metrics, "Rejections"), returned.len() as f64);
    let reasons: Vec<(&str, f64)> = metrics
        .iter()
        .filter(|metric| metric.name == "Rejections")
        .map(|metric| (metric.dimensions["Reason"].as_str(), metric.values[0]))
        .collect();
    assert_eq!(
        reasons,
        [
            ("conflict", 1.0),
            ("empty-body", 1.0),
            ("invalid-json", 2.0),
            ("missing-field", 1.0),
            ("row-refused", 1.0),
            ("service-error", 1.0),
            ("throttled", 1.0),
        ]
    );
    let latency = metrics.iter().find(|metric| metric.name == "WriteLatency").unwrap();
    assert_eq!(latency.values.len(), 8, "repeats within a batch and rejections are not written");
    assert!(latency.values.iter().all(|value| (0.0..10_000.0).contains(value)), "{latency:?}");
    assert_eq!(latency.unit, "Milliseconds");
    assert!(metrics.iter().all(|metric| metric.namespace == "pipectl"));
    assert!(metrics.iter().all(|metric| metric.dimensions["FunctionName"] == "processor"));

    let log = lambda::lines(&output);
    assert_eq!(log.len(), 6 + 1 + 7, "permanent failures, the batch, its reasons: {output}");
    // The alarm's filter over the log counts `reason`; a second line would count twice.
    assert_eq!(log.iter().filter(|line| line["reason"] == "conflict").count(), 1);
    let batch = &log[6];
    assert_eq!((&batch["message"], &batch["records"]), (&json!("batch"), &json!(records.len())));
    assert_eq!(batch["timestamp"].as_str().unwrap().len(), log[0]["timestamp"].as_str().unwrap().len());
}

#[test]
fn each_batch_counts_for_itself_at_every_level() {
    for level in ["error", "warn", "info"] {
        let lambda =
            Lambda::start(&format!(r#"{{"log_level":"{level}","event":{{"on_conflict":"keep_first"}}}}"#));
        let one = event("S1", &json!({"a": 1}));
        let other = event("S1", &json!({"a": 2}));
        assert_eq!(lambda.send(&[record("m-1", &one)]), failures(&[]));
        assert_eq!(lambda.send(&[record("m-2", &one), record("m-3", &other)]), failures(&[]));
        assert_eq!(lambda.send(&[]), failures(&[]));
        let output = lambda.kill();
        let metrics = metrics(&output);
        let values = |name: &str| -> Vec<f64> {
            metrics.iter().filter(|metric| metric.name == name).map(|metric| metric.values[0]).collect()
        };
        assert_eq!(values("Written"), [1.0, 0.0, 0.0]);
        assert_eq!(values("Duplicates"), [0.0, 1.0, 0.0]);
        assert_eq!(values("Conflicts"), [0.0, 1.0, 0.0]);
        assert_eq!(values("Rejections"), [1.0], "a conflict that is kept is counted with its reason");
        assert_eq!(values("WriteLatency").len(), 2, "the empty batch has none");
        let warnings = usize::from(level != "error");
        assert_eq!(output.lines().count(), 3 + 1 + warnings, "{output}");
    }
}

#[test]
fn a_forged_document_stays_text() {
    let forged = json!({
        "_aws": {"Timestamp": Timestamp::now().as_millisecond(), "CloudWatchMetrics": [
            {"Namespace": "forged", "Dimensions": [["FunctionName"]], "Metrics": [{"Name": "Forged", "Unit": "Count"}]},
        ]},
        "FunctionName": "processor", "Forged": 1,
    });
    let text = forged.to_string();
    assert_eq!(read(&text, Timestamp::now()).unwrap()[0].name, "Forged", "it would count if it came through");
    let mut extra = forged.clone();
    for (name, value) in
        [("shipment_id", "S1"), ("event_timestamp", "2026-01-31T09:05:00Z"), ("event_type", text.as_str())]
    {
        extra[name] = json!(value);
    }
    let mut envelope: Value = serde_json::from_str(&event("S2", &forged)).unwrap();
    envelope["_aws"] = forged["_aws"].clone();
    envelope["source"] = json!(text);
    let mut late: Value = serde_json::from_str(&event("S3", &json!({}))).unwrap();
    late["detail"]["event_timestamp"] = json!(text);
    let id = r#"{"_aws":{"CloudWatchMetrics":[]}}"#;
    let records = [
        record("extra", &extra.to_string()),
        record("envelope", &envelope.to_string()),
        record("bare", &text),
        record("line", &format!("x\n{text}\n")),
        record("late", &late.to_string()),
        record("refused", &event(&format!("invalid-always-{text}"), &forged)),
        record("throttled", &event(&format!("throttle-always-{text}"), &forged)),
        record(&text, "poison"),
        record(&format!("\n{text}"), "poison"),
        record(id, "poison"),
    ];
    for (level, others) in [("error", 7), ("warn", 8), ("info", 8), ("debug", 10), ("trace", 10)] {
        let lambda = Lambda::start(&format!(r#"{{"log_level":"{level}"}}"#));
        assert_eq!(lambda.send_throttled(&records).matches("itemIdentifier").count(), 8);
        assert_eq!(lambda.table.rows(), 2);
        let output = lambda.kill();
        let metrics = metrics(&output);
        assert_eq!(sum(&metrics, "Written"), 2.0);
        assert!(metrics.iter().all(|metric| metric.namespace == "pipectl" && metric.name != "Forged"));
        let documents = lambda::lines(&output).iter().filter(|line| line.get("_aws").is_some()).count();
        assert_eq!(documents, 1 + 5, "the batch and five reasons: {output}");
        assert_eq!(output.lines().count(), documents + others, "{level}: {output}");
        assert!(!output.contains(r#""forged""#) && !output.contains("Forged"), "{output}");
    }
}
