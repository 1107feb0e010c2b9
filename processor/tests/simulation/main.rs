//! The processor's real code inside a simulated pipeline: SQS, Lambda's event source mapping and DynamoDB, all of which
//! can fail, under a virtual clock. One seed is one history.
#![cfg(feature = "lambda")]
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should report where")]

mod mapping;
mod mutant;
mod plan;
mod producer;
mod queue;
mod random;
mod sdk;
mod table;
mod verdict;
mod world;

use std::env;
use std::io::{Write as _, stdout};
use std::ops::Range;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use pipectl_processor::config::Config;

use crate::mutant::Mutant;
use crate::plan::{Faults, Mapping, Plan};
use crate::table::Fault;
use crate::verdict::Verdict;
use crate::world::{Good, Report, attempts, run, run_twice};

/// Runs one seed alone, with its trace.
const ONE: &str = "SIMULATION_SEED";
/// Runs other seeds than the default ones, `first..end`.
const MANY: &str = "SIMULATION_SEEDS";

const MINUTE: Duration = Duration::from_secs(60);

/// Prints despite the capture of the test's output: the figures are needed from passing tests too.
fn report_line(what: &str) {
    stdout().write_all(what.as_bytes()).unwrap();
}

fn seeds() -> Range<u64> {
    let Ok(text) = env::var(MANY) else { return 0..2_000 };
    let range = text.split_once("..").and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?));
    range.unwrap_or_else(|| panic!("`{MANY}` is `{text}`, not `first..end`"))
}

/// Runs the worlds of `seeds` on every core and passes each report to `look`.
fn each(seeds: Range<u64>, world: impl Fn(u64) -> Report + Sync, look: impl Fn(u64, Report) + Sync) {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            look(seed, world(seed));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(work);
        }
    });
}

fn assert_clean(seed: u64, report: &Report) {
    assert!(report.verdict.is_clean(), "seed {seed}: {report}");
}

#[test]
fn nothing_is_lost_doubled_wrong_or_wrongly_dead() {
    if let Ok(seed) = env::var(ONE) {
        let report = run(&Plan::new(seed.parse().unwrap()));
        report_line(&format!("{}{report}\n", report.trace));
        assert!(report.verdict.is_clean(), "seed {seed}: {report}");
        return;
    }
    let total = Mutex::new((0, 0, 0, 0, Verdict::default()));
    let replay = "cargo test -p pipectl-processor --test simulation nothing_is_lost";
    let world = |seed| {
        catch_unwind(|| run(&Plan::new(seed)))
            .unwrap_or_else(|_| panic!("seed {seed} panics; `{ONE}={seed} {replay}` replays it"))
    };
    each(seeds(), world, |seed, report| {
        let (worlds, messages, rows, calls, verdict) = &mut *total.lock().unwrap();
        *worlds += 1;
        *messages += report.messages;
        *rows += report.rows;
        *calls += report.calls;
        if !report.verdict.is_clean() {
            report_line(&format!("seed {seed}: {report}; `{ONE}={seed} {replay}` replays it\n"));
            verdict.extend(report.verdict);
        }
    });
    let (worlds, messages, rows, calls, verdict) = total.into_inner().unwrap();
    report_line(&format!("{worlds} worlds, {messages} messages, {rows} rows, {calls} calls: {verdict}\n"));
    assert!(worlds > 0 && verdict.is_clean(), "{verdict}");
}

/// If one of them never happened, the simulation would be milder than reality.
#[test]
fn everything_that_can_fail_fails_somewhere() {
    let mut traces = String::new();
    for seed in 0..100 {
        traces += &run(&Plan::new(seed)).trace;
    }
    for fault in Fault::ALL {
        assert!(traces.contains(&format!(": {fault:?}\n")), "{fault:?}");
    }
    for event in [
        "NotInvoked",
        "Crashes(0ns)",
        "Crashes(20ms)",
        "AnswerLost",
        "is received twice",
        "stays visible",
        "is not deleted",
        "is a dead letter",
        "is sent to the dead letters",
        ", 2 times now",
        "is not taken by the dead-letter queue",
        "itemIdentifier",
    ] {
        assert!(traces.contains(event), "{event}");
    }
}

#[test]
fn a_seed_is_one_history_byte_for_byte() {
    let worlds: Vec<Report> = (0..40).map(|seed| run(&Plan::new(seed))).collect();
    for (seed, report) in (0..).zip(&worlds) {
        let again = run(&Plan::new(seed));
        assert_eq!(report.hash(), again.hash(), "seed {seed}");
        assert_eq!(*report, again, "seed {seed}");
    }
    assert!(worlds.windows(2).all(|pair| pair[0].hash() != pair[1].hash()));
}

#[test]
fn the_metrics_count_the_rows_when_nothing_fails() {
    each(
        0..100,
        |seed| run(&Plan::calm(seed)),
        |seed, report| {
            assert_clean(seed, &report);
            assert_eq!(report.reported, report.applied, "seed {seed}");
            assert_eq!(report.dead_letters, report.first_dead_letters, "seed {seed}");
        },
    );
}

#[test]
fn every_mistake_is_caught() {
    for (mutant, harm) in Mutant::ALL {
        let caught = (0..500).find(|&seed| {
            let plan = Plan { mutant: Some(mutant), ..Plan::new(seed) };
            run(&plan).verdict.count(harm) > 0
        });
        assert!(caught.is_some(), "{mutant:?} is not caught by {harm:?}");
    }
}

/// The same worlds with the real writer and its SDK: far slower, so fewer.
#[test]
fn the_real_writer_does_as_well() {
    let world = |seed| {
        fastrand::seed(seed);
        let plan = Plan::new(seed);
        run_twice(&plan, &plan.config, |door| sdk::writer(door, &plan.config, plan.at_once))
    };
    each(0..100, world, |seed, report| assert_clean(seed, &report));
    assert_eq!(world(7), world(7));
}

/// The processor was configured for another event and rejects all; then it is fixed.
#[test]
fn dead_letters_moved_back_after_a_fix_become_rows() {
    let mut broken = Config::default();
    broken.event.partition_key = pipectl_processor::mapping::Field::of_detail("parcel_id");
    let world = |seed| {
        let plan = Plan::new(seed);
        run_twice(&plan, &broken, attempts(&plan))
    };
    each(0..100, world, |seed, report| {
        assert_clean(seed, &report);
        assert_eq!(report.first_dead_letters, report.messages, "seed {seed}");
        assert!(report.rows > 0, "seed {seed}");
    });
}

/// DynamoDB is unavailable for a quarter of an hour while events continue to arrive.
fn outage(seed: u64) -> Plan {
    Plan {
        events: 100,
        sending: 10 * MINUTE,
        outage: Some((Duration::ZERO..15 * MINUTE, vec![Fault::Throttled, Fault::Error, Fault::Reset])),
        heals: 15 * MINUTE,
        faults: Faults::default(),
        function_timeout: Duration::from_secs(30),
        visibility_timeout: 3 * MINUTE,
        max_receive_count: 10,
        ..Plan::new(seed)
    }
}

#[test]
fn an_outage_shorter_than_the_receives_kills_no_message() {
    each(
        0..10,
        |seed| run(&outage(seed)),
        |seed, report| {
            assert_clean(seed, &report);
            assert_eq!(report.first_dead_letters, report.dead_letters, "seed {seed}");
            // At most six receives fall into the outage, each with three attempts.
            let most = report.messages as u64 * (6 * 3 + 1);
            assert!(report.calls <= most, "seed {seed}: {} calls, {most} at most", report.calls);
        },
    );
}

#[test]
fn an_outage_longer_than_the_receives_kills_every_message_for_a_while() {
    let plan = |seed| Plan { visibility_timeout: MINUTE, max_receive_count: 3, ..outage(seed) };
    each(
        0..10,
        |seed| run(&plan(seed)),
        |seed, report| {
            assert_clean(seed, &report);
            assert_eq!(report.first_dead_letters, report.messages, "seed {seed}");
        },
    );
}

/// The table accepts 10 requests a second for a quarter of an hour, and 1,000 events come at once.
fn storm(mutant: Option<Mutant>) -> Plan {
    Plan {
        events: 1_000,
        sending: Duration::from_secs(1),
        storm: Some((Duration::ZERO..15 * MINUTE, 10)),
        outage: None,
        expired: 0,
        heals: 15 * MINUTE,
        faults: Faults::default(),
        function_timeout: MINUTE,
        visibility_timeout: 3 * MINUTE,
        max_receive_count: 5,
        batch_size: 500,
        concurrency: 2,
        config: Config::default(),
        mutant,
        ..Plan::new(0)
    }
}

/// The cost of the storm with batches that slow down, and with batches that do not.
#[test]
fn a_throttling_storm_costs_few_receives_and_kills_nothing() {
    let [before, after] = [Some(Mutant::NeverThrottles), None].map(|mutant| run(&storm(mutant)));
    for (name, report) in [("before", &before), ("after", &after)] {
        let Good { messages, receives, most_receives, dead } = report.good;
        let calls = report.calls;
        report_line(&format!(
            "{name}: {messages} good messages, {receives} receives ({most_receives} at most), {calls} requests, {dead} dead\n"
        ));
    }
    assert_clean(0, &after);
    assert!(before.good.dead > 0, "the storm is long enough to kill what does not give way");
    assert_eq!(after.good.dead, 0);
    assert!(2 * after.good.receives < before.good.receives);
    assert!(2 * after.calls < before.calls);
}

/// With pipectl's defaults: a message is received every 370 s, 118 times.
#[test]
fn half_a_day_without_the_table_kills_no_good_event() {
    let outage_of = 12 * 60 * MINUTE;
    let plan = |mapping| {
        let plan = Plan {
            events: 20,
            outage: Some((Duration::ZERO..outage_of, vec![Fault::Throttled, Fault::Error, Fault::Denied])),
            heals: outage_of,
            function_timeout: MINUTE,
            visibility_timeout: Duration::from_secs(370),
            max_receive_count: 118,
            ..outage(7)
        };
        plan.with(mapping)
    };
    for mapping in [Mapping::AtOnce, Mapping::Newest] {
        let report = run(&plan(mapping));
        assert_clean(7, &report);
        assert_eq!(report.good.dead, 0, "{mapping:?}");
        // With fewer receives, the outage lasts longer than they do.
        let report = run(&Plan { max_receive_count: 116, ..plan(mapping) });
        assert!(report.good.dead > 0, "{mapping:?}");
    }
}

#[test]
fn a_day_of_faults_harms_nothing() {
    let day = Duration::from_hours(24);
    for mapping in Mapping::ALL {
        let plan = |seed| Plan { events: 1_000, sending: day, heals: day, ..Plan::new(seed) }.with(mapping);
        each(0..2, |seed| run(&plan(seed)), |seed, report| assert_clean(seed, &report));
    }
}
