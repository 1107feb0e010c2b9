//! One record of one kilobyte, from its bytes to an encoded row: decode, decide, encode. No clock, no network.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use pipectl_processor::config::Config;
use pipectl_processor::decide::{Message, decide};

fn body() -> String {
    let note = "x".repeat(500);
    format!(
        r#"{{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","detail-type":"shipment.created","source":"shipment.service","account":"123456789012","time":"2026-01-31T09:05:01Z","region":"eu-west-1","resources":[],"detail":{{"shipment_id":"S-4711","event_timestamp":"2026-01-31T10:05:00+01:00","event_type":"shipment.created","event_data":{{"weight_kg":12.50,"note":"{note}","legs":[{{"from":"GDN","to":"HAM"}},{{"from":"HAM","to":"RTM"}}]}}}}}}"#
    )
}

fn pure(criterion: &mut Criterion) {
    let config = Config::default();
    let now = Timestamp::UNIX_EPOCH;
    let body = body();
    let mut group = criterion.benchmark_group("record");
    group.throughput(Throughput::Elements(1));
    group.bench_function("decide", |bencher| {
        bencher.iter(|| {
            let message = Message { body: black_box(&body), message_id: Some("m-1"), receive_count: 1 };
            decide(&config, message, now)
        });
    });
    group.bench_function("decide and write as JSON", |bencher| {
        bencher.iter(|| {
            let message = Message { body: black_box(&body), message_id: Some("m-1"), receive_count: 1 };
            decide(&config, message, now).map(|row| row.to_json())
        });
    });
    group.finish();
}

criterion_group!(benches, pure);
criterion_main!(benches);
