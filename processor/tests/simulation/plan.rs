//! The parameters of a seed: sizes, limits, faults.

use std::ops::Range;
use std::time::Duration;

use pipectl_processor::config::Config;
use pipectl_processor::mapping::{Field, Format, OnConflict};

use crate::mutant::Mutant;
use crate::random::Random;
use crate::table::Fault;

/// How a world's pipeline treats events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mapping {
    /// Each event is a row, and an invalid message is received until it is a dead letter.
    AfterReceives,
    /// The same, and an invalid message is sent to the dead-letter queue.
    AtOnce,
    /// A row is that of the newest event of its key.
    Newest,
}

impl Mapping {
    pub(crate) const ALL: [Self; 3] = [Self::AfterReceives, Self::AtOnce, Self::Newest];
}

/// All parameters of a world.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Events with a key of their own; duplicates, conflicts and poison come in addition.
    pub(crate) events: u64,
    /// The time within which they are sent.
    pub(crate) sending: Duration,
    /// From this moment nothing fails any more.
    pub(crate) heals: Duration,
    pub(crate) visibility_timeout: Duration,
    pub(crate) max_receive_count: u32,
    pub(crate) batch_size: usize,
    /// Concurrent invocations.
    pub(crate) concurrency: usize,
    pub(crate) function_timeout: Duration,
    pub(crate) config: Config,
    /// Whether the processor sends to the dead-letter queue.
    pub(crate) at_once: bool,
    pub(crate) faults: Faults,
    /// A time in which every request to DynamoDB fails, in one of these ways.
    pub(crate) outage: Option<(Range<Duration>, Vec<Fault>)>,
    /// A time in which the table accepts this many requests a second and throttles the others.
    pub(crate) storm: Option<(Range<Duration>, u64)>,
    /// Per mille of the keys under which an expired row is left from an earlier delivery.
    pub(crate) expired: u64,
    pub(crate) mutant: Option<Mutant>,
}

/// Probabilities, in per mille of the occasions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// DynamoDB throttles.
    pub(crate) throttled: u64,
    /// A server error, nothing written.
    pub(crate) error: u64,
    /// A server error, although the row is written.
    pub(crate) error_applied: u64,
    /// The request never arrives, and no answer comes.
    pub(crate) dropped: u64,
    /// The request arrives up to a minute later.
    pub(crate) slow: u64,
    /// The row is written, the answer never comes.
    pub(crate) lost: u64,
    /// The row is written, the answer is truncated.
    pub(crate) torn: u64,
    /// The connection breaks before the request is sent.
    pub(crate) reset: u64,
    /// The function's credentials are refused.
    pub(crate) denied: u64,
    /// The store panics, the request is not sent.
    pub(crate) panic: u64,
    /// The answer to a write of a taken key does not include the row.
    pub(crate) bare: u64,
    /// Lambda throttles the invocation after its messages were received.
    pub(crate) not_invoked: u64,
    /// The execution environment dies before or while the handler works.
    pub(crate) crash: u64,
    /// The handler is done, its answer never reaches the event source mapping.
    pub(crate) answer_lost: u64,
    /// A message stays visible although it was received.
    pub(crate) delivered_again: u64,
    /// A message is in one batch twice.
    pub(crate) twice: u64,
    /// A deleted message comes back.
    pub(crate) undeleted: u64,
    /// The dead-letter queue does not take a message.
    pub(crate) unburied: u64,
    /// It has the message, and its answer never arrives.
    pub(crate) burial_lost: u64,
}

impl Faults {
    /// A world with all faults at once hides the effect of each one, so every seed has some of them, with low or high
    /// probabilities.
    fn some(random: &mut Random) -> Self {
        let mut rate = |on: u64, rates: &[u64]| if random.chance(on) { random.pick(rates) } else { 0 };
        Self {
            throttled: rate(400, &[20, 100, 400]),
            error: rate(400, &[20, 100, 300]),
            error_applied: rate(400, &[20, 100]),
            dropped: rate(400, &[20, 100]),
            slow: rate(400, &[20, 100]),
            lost: rate(400, &[20, 100]),
            torn: rate(400, &[20, 100]),
            reset: rate(400, &[20, 100]),
            denied: rate(200, &[10, 50]),
            panic: rate(300, &[10, 50]),
            not_invoked: rate(300, &[20, 200]),
            crash: rate(400, &[20, 200]),
            answer_lost: rate(300, &[20, 200]),
            delivered_again: rate(400, &[20, 200]),
            twice: rate(300, &[20, 200]),
            undeleted: rate(300, &[20, 200]),
            bare: rate(400, &[100, 1_000]),
            unburied: 0,
            burial_lost: 0,
        }
    }
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let function_timeout = Duration::from_secs(random.pick(&[1, 2, 5, 15, 30]));
        let visibility_timeout = function_timeout * random.pick(&[1, 2, 6]);
        let mut config = Config {
            write_concurrency: random.pick(&[1, 2, 8, 32]),
            status_index_shards: random.pick(&[1, 4]),
            ..Config::default()
        };
        config.event.on_conflict = random.pick(&[OnConflict::DeadLetter, OnConflict::KeepFirst]);
        let faults = Faults::some(&mut random);
        let plan = Self {
            seed,
            events: random.between(2, 9),
            // All at once, so that batches are full, or one by one.
            sending: Duration::from_millis(random.pick(&[10, 1_000, 10_000, 60_000])),
            heals: Duration::from_secs(random.between(30, 300)),
            visibility_timeout,
            max_receive_count: random.pick(&[2, 3, 5]),
            batch_size: random.pick(&[1, 3, 10, 20]),
            concurrency: random.pick(&[1, 2, 4]),
            function_timeout,
            config,
            at_once: false,
            faults,
            outage: random.chance(400).then(|| {
                let from = Duration::from_secs(random.below(30));
                let length = Duration::from_secs(random.between(5, 90));
                (from..from + length, vec![random.pick(&Fault::ALL)])
            }),
            storm: None,
            expired: random.pick(&[0, 300, 1_000]),
            mutant: None,
        };
        let mapping = random.pick(&Mapping::ALL);
        let mut rate = || random.pick(&[0, 100, 500]);
        let faults = Faults { unburied: rate(), burial_lost: rate(), ..plan.faults };
        Self { faults, ..plan }.with(mapping)
    }

    /// The same plan with this mapping.
    pub(crate) fn with(mut self, mapping: Mapping) -> Self {
        self.at_once = mapping != Mapping::AfterReceives;
        let event = &mut self.config.event;
        if mapping == Mapping::Newest {
            let path = "$.detail.event_data.content".parse().unwrap();
            event.newer_by = Some(Field {
                attribute: "changed".to_owned(),
                from: vec![path],
                format: Some(Format::Number),
            });
            event.on_conflict = OnConflict::ReplaceIfNewer;
        } else if event.on_conflict == OnConflict::ReplaceIfNewer {
            (event.newer_by, event.on_conflict) = (None, OnConflict::DeadLetter);
        }
        self.config = self.config.in_oldest_version();
        self
    }

    /// A plan under which nothing fails.
    pub(crate) fn calm(seed: u64) -> Self {
        Self { faults: Faults::default(), outage: None, expired: 0, heals: Duration::ZERO, ..Self::new(seed) }
    }
}
