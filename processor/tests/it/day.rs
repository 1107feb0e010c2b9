//! A day of events through the real program: killed at random points, and on a table that fails at random.
//!
//! `PROCESSOR_DAY=1 cargo test -p pipectl-processor day` runs whole days of 30,000 events; without it a tenth of them.

#![expect(clippy::print_stdout, reason = "the checker prints its findings")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::lambda::{Lambda, event, record};
use crate::table::Table;

/// Receives after which SQS makes a message a dead letter.
const MOST_RECEIVES: u32 = 5;
const BATCH: usize = 10;
const VARIABLES: [(&str, &str); 1] = [("EVENTS_TABLE_NAME", "events-test")];

fn day() -> usize {
    if std::env::var_os("PROCESSOR_DAY").is_some() { 30_000 } else { 3_000 }
}

/// A queue like SQS: any order, at least once, and a receive limit.
struct Queue {
    random: Rng,
    /// Numbers of events, with their receive counts.
    visible: Vec<(usize, u32)>,
    dead: BTreeSet<usize>,
    delivered: usize,
}

impl Queue {
    fn of(events: usize, seed: u64) -> Self {
        let visible = (0..events).map(|number| (number, 0)).collect();
        Self { random: Rng::with_seed(seed), visible, dead: BTreeSet::new(), delivered: 0 }
    }

    fn receive(&mut self) -> Vec<(usize, u32)> {
        let mut batch = Vec::new();
        while batch.len() < BATCH && !self.visible.is_empty() {
            let (number, receives) = self.visible.swap_remove(self.random.usize(..self.visible.len()));
            batch.push((number, receives + 1));
        }
        self.delivered += batch.len();
        batch
    }

    fn give_back(&mut self, batch: Vec<(usize, u32)>) {
        for (number, receives) in batch {
            if receives >= MOST_RECEIVES {
                self.dead.insert(number);
            } else {
                self.visible.push((number, receives));
            }
        }
    }

    /// Applies the processor's answer. Every tenth acknowledged message is delivered once more.
    fn take(&mut self, batch: Vec<(usize, u32)>, answer: &str) {
        let answer: Value = serde_json::from_str(answer).unwrap();
        let failed: BTreeSet<&str> = answer["batchItemFailures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|failure| failure["itemIdentifier"].as_str().unwrap())
            .collect();
        let (back, done): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|(number, _)| failed.contains(message_id(*number).as_str()));
        assert_eq!(back.len(), failed.len(), "only what was handed over can fail");
        self.give_back(back);
        for (number, receives) in done {
            if receives < MOST_RECEIVES - 1 && self.random.u32(..10) == 0 {
                self.visible.push((number, receives));
            }
        }
    }
}

fn message_id(number: usize) -> String {
    format!("m-{number}")
}

fn is_poison(number: usize) -> bool {
    number % 100 == 99
}

fn invocation(batch: &[(usize, u32)]) -> String {
    let body = |number: usize| match number {
        poison if is_poison(poison) => r#"{"detail":{}}"#.to_owned(),
        _ => event(&format!("S{number}"), &json!({"n": number})),
    };
    let records: Vec<Value> =
        batch.iter().map(|(number, _)| record(&message_id(*number), &body(*number))).collect();
    json!({ "Records": records }).to_string()
}

/// Every good event has its one row with its own content, and only poison is a dead letter.
fn check(table: &Table, queue: &Queue, events: usize) {
    let good: Vec<usize> = (0..events).filter(|number| !is_poison(*number)).collect();
    let row = |number: usize| table.row(&format!("S{number}"));
    let lost = good.iter().filter(|number| row(**number).is_none()).count();
    let wrong = good
        .iter()
        .filter(|number| {
            row(**number).is_some_and(|row| row["event_data"]["M"]["n"]["N"] != number.to_string())
        })
        .count();
    let doubled = table.rows().saturating_sub(good.len() - lost);
    let wrongly_dead = queue.dead.iter().filter(|number| !is_poison(**number)).count();
    println!("lost / doubled / wrong / wrongly dead = {lost}/{doubled}/{wrong}/{wrongly_dead}");
    assert_eq!((lost, doubled, wrong, wrongly_dead), (0, 0, 0, 0));
    assert_eq!(queue.dead.len(), events - good.len(), "all poison is dead");
}

#[test]
fn a_day_with_a_processor_that_dies_at_random_points() {
    let (events, kills) = (day(), day() / 300);
    let (table, address) = Table::start(Duration::from_millis(1));
    let start = || Lambda::start_on((Arc::clone(&table), address), &VARIABLES);
    let mut queue = Queue::of(events, 7);
    let mut killed = 0;
    let mut lambda = start();
    loop {
        let batch = queue.receive();
        if batch.is_empty() {
            break;
        }
        // A kill about every thirtieth batch, until there were enough.
        if killed < kills && queue.random.u32(..20) == 0 {
            lambda.hand_over(&invocation(&batch), Duration::from_secs(30));
            match queue.random.u32(..4) {
                // Before it is read, during the writes, or after the answer, which is lost with the process.
                0 => {}
                1 | 2 => std::thread::sleep(Duration::from_micros(queue.random.u64(..8_000))),
                _ => drop(lambda.posted()),
            }
            lambda.kill();
            killed += 1;
            lambda = start();
            queue.give_back(batch);
            continue;
        }
        let answer = lambda.invoke_for(&invocation(&batch), Duration::from_secs(30)).body;
        queue.take(batch, &answer);
    }
    assert_eq!(killed, kills);
    check(&table, &queue, events);
}

#[test]
fn a_day_on_a_table_that_fails_every_fifth_call() {
    let events = day();
    let (table, address) = Table::start(Duration::ZERO);
    table.storm(11);
    let lambda = Lambda::start_on((Arc::clone(&table), address), &VARIABLES);
    let mut queue = Queue::of(events, 13);
    loop {
        let batch = queue.receive();
        if batch.is_empty() {
            break;
        }
        let answer = lambda.invoke_for(&invocation(&batch), Duration::from_secs(60)).body;
        queue.take(batch, &answer);
    }
    check(&table, &queue, events);
    // No flood of calls in addition to the table's own failures.
    let calls = table.calls();
    assert!(calls * 10 <= queue.delivered * 16, "{calls} calls for {} messages", queue.delivered);
}

/// Events of many small objects, which take many times their bytes in memory. One is too wide for a row.
#[test]
#[cfg(target_os = "linux")]
fn a_batch_of_wide_events_takes_little_memory() {
    let (table, address) = Table::start(Duration::ZERO);
    let one = [("EVENTS_TABLE_NAME", "events-test"), ("PIPELINE_CONFIG", r#"{"write_concurrency":1}"#)];
    let lambda = Lambda::start_on((Arc::clone(&table), address), &one);
    let wide = |shipment: &str, objects: usize| {
        let data = format!(r#"{{"x":[{}{{}}]}}"#, r#"{"a":1},"#.repeat(objects));
        event(shipment, &json!({})).replace(r#""event_data":{}"#, &format!(r#""event_data":{data}"#))
    };
    let mut records: Vec<Value> =
        (0..100).map(|number| record(&message_id(number), &wide(&format!("S{number}"), 4_000))).collect();
    records.push(record("wider", &wide("S100", 120_000)));
    let body = json!({ "Records": records }).to_string();
    assert!((4_000_000..=6 * 1024 * 1024).contains(&body.len()), "{} bytes", body.len());
    let answer = lambda.invoke_for(&body, Duration::from_secs(300)).body;
    assert_eq!(answer, crate::lambda::failures(&["wider"]));
    assert_eq!(table.rows(), 100);
    println!("largest memory {} MiB", largest_memory(&lambda));
    // All rows at once would take 400 MiB and more.
    assert!(largest_memory(&lambda) <= 256, "{} MiB", largest_memory(&lambda));
}

/// In MiB.
#[cfg(target_os = "linux")]
fn largest_memory(lambda: &Lambda) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", lambda.process_id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes / 1024
}

/// The largest batch that Lambda sends: 10,000 records, 6 MB.
#[test]
#[cfg(target_os = "linux")]
fn the_largest_batch_is_written_within_its_bounds() {
    const RECORDS: usize = 10_000;
    let (table, address) = Table::start(Duration::ZERO);
    let lambda = Lambda::start_on((Arc::clone(&table), address), &VARIABLES);
    let note = "x".repeat(120);
    let records: Vec<Value> = (0..RECORDS)
        .map(|number| record(&message_id(number), &event(&format!("S{number}"), &json!({"note": note}))))
        .collect();
    let body = json!({ "Records": records }).to_string();
    assert!((5_000_000..=6 * 1024 * 1024).contains(&body.len()), "{} bytes", body.len());
    let answer = lambda.invoke_for(&body, Duration::from_secs(300)).body;
    assert_eq!(answer, crate::lambda::failures(&[]));
    assert_eq!(table.rows(), RECORDS);
    assert!(table.most_in_flight() <= 32, "{} writes at once", table.most_in_flight());
    assert!(largest_memory(&lambda) <= 256);
    println!("largest memory {} MiB", largest_memory(&lambda));
}
