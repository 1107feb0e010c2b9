//! The pipeline in one thread under a virtual clock. Every choice is drawn from the
//! seed, so a seed is one history, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hasher as _};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use pipectl_processor::batch::Store;
use pipectl_processor::config::Config;
use pipectl_processor::decide::{Message, decide};
use pipectl_processor::environment::Environment;
use pipectl_processor::mapping::OnConflict;
use pipectl_processor::reason::Reason;
use pipectl_processor::row::MESSAGE_ID;
use pipectl_processor::writer::{Item, Put};
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, sleep_until};

use crate::mapping::{Fate, Reply, Retried, poll, retried};
use crate::plan::Plan;
use crate::producer::{Meaning, messages, shipment, sort_key};
use crate::queue::{Location, Queue, Received, message_id, number};
use crate::random::Random;
use crate::table::{Attempts, Condition, Door, Fault, Key, Table, is_expired, key, text};
use crate::verdict::{Harm, Verdict};

pub(crate) type Shared = Arc<Mutex<World>>;

/// Locks the world for one step; the lock is never held while waiting.
pub(crate) fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap()
}

/// The longest time that a slow request is in flight.
const SLOWEST: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) random: Random,
    pub(crate) queue: Queue,
    pub(crate) table: Table,
    /// False while the processor itself is misconfigured, which excuses everything.
    is_set_up: bool,
    verdict: Verdict,
    trace: String,
    started: Instant,
    /// From this moment the pollers give up.
    ends: Duration,
    /// The batch of each poller that is being processed.
    open: BTreeMap<usize, Open>,
    /// Rows that invocations reported as written.
    reported: u64,
    /// Writes that were applied.
    applied: u64,
    /// Requests that the table accepted in a given second of a storm.
    taken: (u64, u64),
}

/// An invocation's batch.
struct Open {
    batch: Vec<usize>,
    since: Duration,
    /// Those that may be returned, because something failed for them.
    excused: BTreeSet<usize>,
}

/// The messages that are or become rows, before the dead letters are redriven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Good {
    pub(crate) messages: usize,
    /// In total, and for the message with the most.
    pub(crate) receives: u64,
    pub(crate) most_receives: u32,
    pub(crate) dead: usize,
}

/// The result of a world.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) verdict: Verdict,
    pub(crate) trace: String,
    pub(crate) messages: usize,
    pub(crate) rows: usize,
    pub(crate) dead_letters: usize,
    /// Before the dead letters were redriven.
    pub(crate) first_dead_letters: usize,
    pub(crate) calls: u64,
    pub(crate) good: Good,
    /// Rows that invocations reported as written, and writes that the table applied.
    pub(crate) reported: u64,
    pub(crate) applied: u64,
}

impl Report {
    pub(crate) fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.trace.as_bytes());
        hasher.finish()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} messages, {} rows, {} dead letters ({} before the redrive), {} calls, trace {:016x}: {}",
            self.messages,
            self.rows,
            self.dead_letters,
            self.first_dead_letters,
            self.calls,
            self.hash(),
            self.verdict
        )
    }
}

/// Runs the world of `plan` with the substitute for the writer.
pub(crate) fn run(plan: &Plan) -> Report {
    run_twice(plan, &plan.config, attempts(plan))
}

/// A substitute for the writer in each execution environment.
pub(crate) fn attempts(plan: &Plan) -> impl Fn(Door) -> Attempts + use<> {
    let (on_conflict, mutant) = (plan.config.event.on_conflict, plan.mutant);
    move |door| Attempts { door, on_conflict, mutant }
}

/// Runs the world of `plan` until its queue is empty, first with the processor configured as `first`; then redrives the
/// dead letters and runs it again, as planned. Nothing that failed in the first run may be left after the second.
pub(crate) fn run_twice<S: Store>(plan: &Plan, first: &Config, store: impl Fn(Door) -> S) -> Report {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let world = Arc::new(Mutex::new(World::new(plan.clone())));
        let stores: Vec<Arc<S>> = (0..plan.concurrency)
            .map(|poller| Arc::new(store(Door { world: Arc::clone(&world), poller })))
            .collect();
        lock(&world).is_set_up = *first == plan.config;
        drain(&world, &stores, first).await;
        let heals = lock(&world).started + plan.heals;
        sleep_until(heals).await;
        let good = lock(&world).good();
        let first_dead_letters = lock(&world).redrive();
        drain(&world, &stores, &plan.config).await;
        let mut world = lock(&world);
        world.finish();
        Report {
            verdict: mem::take(&mut world.verdict),
            trace: mem::take(&mut world.trace),
            messages: world.queue.messages.len() - first_dead_letters,
            rows: world.rows(),
            dead_letters: world.queue.count(Location::DeadLetters),
            first_dead_letters,
            calls: world.table.calls,
            good,
            reported: world.reported,
            applied: world.applied,
        }
    })
}

/// Polls until the queue is empty, or should be.
async fn drain<S: Store>(world: &Shared, stores: &[Arc<S>], config: &Config) {
    lock(world).extend();
    let environment = Arc::new(Environment {
        table_name: "events".to_owned(),
        name: "simulation".to_owned(),
        function_name: "processor".to_owned(),
        config: config.clone(),
        canaries: None,
    });
    let pollers: Vec<_> = stores
        .iter()
        .enumerate()
        .map(|(poller, store)| {
            tokio::spawn(poll(Arc::clone(world), poller, Arc::clone(store), Arc::clone(&environment)))
        })
        .collect();
    for poller in pollers {
        poller.await.unwrap();
    }
    // Requests that are still in flight arrive.
    sleep(SLOWEST * 2).await;
}

impl World {
    fn new(plan: Plan) -> Self {
        // A random stream separate from the plan's, so that a plan can be changed by hand.
        let mut random = Random::new(!plan.seed);
        let mut queue = Queue::default();
        for sent in messages(plan.events, plan.sending, &mut random) {
            queue.send(sent.meaning, sent.body, sent.at);
        }
        let mut world = Self {
            plan,
            random,
            queue,
            table: Table::default(),
            is_set_up: true,
            verdict: Verdict::default(),
            trace: String::new(),
            started: Instant::now(),
            ends: Duration::ZERO,
            open: BTreeMap::new(),
            reported: 0,
            applied: 0,
            taken: (0, 0),
        };
        world.leave_expired_rows();
        world
    }

    /// Adds expired rows of earlier deliveries, some of them with other content.
    fn leave_expired_rows(&mut self) {
        let second = self.timestamp().as_second();
        for key in 0..self.plan.events {
            if self.random.chance(self.plan.expired) {
                let content = 10 * (key + 1) + self.random.below(2);
                let age = i64::try_from(self.random.between(1, 100_000)).unwrap();
                let (partition, sort) = row_key(key);
                let row = format!(
                    r#"{{"shipment_id":"{partition}","event_timestamp":"{sort}","event_type":"created","event_data":{{"content":{content}}}}}"#
                );
                let config = Config { ttl_days: Some(1), ..self.plan.config.clone() };
                let message = Message { body: &row, message_id: Some("m-of-old"), receive_count: 1 };
                let then = Timestamp::from_second(second - 86_400 - age).unwrap();
                let row = decide(&config, message, then).unwrap();
                let item = Put::new(row, OnConflict::DeadLetter).item;
                self.table.rows.insert(row_key(key), item);
            }
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The wall-clock time.
    pub(crate) fn timestamp(&self) -> Timestamp {
        Timestamp::from_second(1_769_900_000).unwrap() + self.now()
    }

    fn note(&mut self, what: fmt::Arguments<'_>) {
        let now = self.now().as_millis();
        writeln!(self.trace, "{now:>9} {what}").unwrap();
    }

    fn harm(&mut self, harm: Harm, what: String) {
        self.note(format_args!("{harm:?}: {what}"));
        self.verdict.add(harm, what);
    }

    fn fails(&mut self, per_mille: u64) -> bool {
        self.now() < self.plan.heals && self.random.chance(per_mille)
    }

    /// Allows enough time for every message to be received as often as permitted.
    fn extend(&mut self) {
        let from = self.now().max(self.plan.heals).max(self.plan.sending);
        self.ends = from + self.plan.visibility_timeout * (self.plan.max_receive_count + 2) + SLOWEST;
    }

    /// The next batch for `poller`.
    pub(crate) fn receive(&mut self, poller: usize) -> Received {
        let now = self.now();
        if now >= self.ends {
            return Received::Empty;
        }
        let mut batch = Vec::new();
        for number in self.queue.visible(now, &mut self.random) {
            if batch.len() >= self.plan.batch_size {
                break;
            }
            if self.queue.messages[number].receive_count >= self.plan.max_receive_count {
                self.bury(number);
                continue;
            }
            self.take(number, &mut batch);
            if self.fails(self.plan.faults.twice) && batch.len() < self.plan.batch_size {
                self.note(format_args!("{} is received twice", message_id(number)));
                self.take(number, &mut batch);
            }
            if self.fails(self.plan.faults.delivered_again) {
                self.note(format_args!("{} stays visible", message_id(number)));
                let again = now + Duration::from_millis(self.random.below(2_000));
                self.queue.show(number, again);
            }
        }
        if batch.is_empty() {
            return self.queue.wait(now);
        }
        self.note(format_args!("poller {poller} receives {batch:?}"));
        self.open.insert(poller, Open { batch: batch.clone(), since: now, excused: BTreeSet::new() });
        Received::Batch(batch)
    }

    fn take(&mut self, number: usize, batch: &mut Vec<usize>) {
        let until = self.now() + self.plan.visibility_timeout;
        self.queue.receive(number, until);
        batch.push(number);
    }

    /// Moves a message to the dead letters. A good message may only become one by failures that are not the processor's,
    /// one for each receive.
    fn bury(&mut self, number: usize) {
        self.queue.take_out(number, Location::DeadLetters);
        let message = &self.queue.messages[number];
        let is_excused = message.excuses + message.open >= message.receive_count;
        self.note(format_args!("{} is a dead letter", message_id(number)));
        if !is_excused && !self.is_refused(number) {
            self.harm(Harm::WronglyDead, format!("{} is a dead letter", message_id(number)));
        }
    }

    /// Whether the message can never become a row.
    fn is_refused(&self, number: usize) -> bool {
        match self.queue.messages[number].meaning {
            Meaning::Poison => true,
            Meaning::Event { key, content } => {
                self.plan.config.event.on_conflict == OnConflict::DeadLetter
                    && self.stored(key).is_some_and(|stored| stored != content)
            }
        }
    }

    /// The content of the row of `key`, if it has not expired.
    fn stored(&self, key: u64) -> Option<u64> {
        let second = self.timestamp().as_second();
        self.table.rows.get(&row_key(key)).filter(|row| !is_expired(row, second)).and_then(content)
    }

    /// The number of rows that have not expired.
    fn rows(&self) -> usize {
        let second = self.timestamp().as_second();
        self.table.rows.values().filter(|row| !is_expired(row, second)).count()
    }

    /// The fate of the next invocation.
    pub(crate) fn fate(&mut self) -> Fate {
        let faults = self.plan.faults;
        let fate = if self.fails(faults.not_invoked) {
            Fate::NotInvoked
        } else if self.fails(faults.crash) {
            // At once, so that nothing has been read yet, or at any moment of an ordinary batch.
            Fate::Crashes(Duration::from_millis(self.random.pick(&[0, 10, 20, 50, 200, 1_000])))
        } else if self.fails(faults.answer_lost) {
            Fate::AnswerLost
        } else {
            Fate::Runs
        };
        if fate != Fate::Runs {
            self.note(format_args!("{fate:?}"));
        }
        fate
    }

    /// A request of a poller's invocation: its fault, and the latencies there and back. Every message it concerns is
    /// excused.
    pub(crate) fn request(
        &mut self,
        poller: usize,
        (verb, key): (&str, &Key),
        message: Option<&str>,
    ) -> (Option<Fault>, Duration, Duration) {
        self.table.calls += 1;
        self.remove_expired(key);
        let fault = self.fault();
        let [mut there, back] = [20, 20].map(|most| Duration::from_millis(self.random.between(1, most)));
        if fault == Some(Fault::Slow) {
            there += SLOWEST * u32::try_from(self.random.below(1_000)).unwrap() / 1_000;
        }
        let message = message.unwrap_or_default();
        match fault {
            Some(fault) => self.note(format_args!("{verb} {} by {message}: {fault:?}", key.0)),
            None => self.note(format_args!("{verb} {} by {message}", key.0)),
        }
        match fault {
            // Nothing fails because of it.
            None | Some(Fault::Bare) => {}
            Some(fault) => self.excuse(poller, key, (number(message), verb), fault),
        }
        (fault, there, back)
    }

    /// DynamoDB removes an expired row at some later time.
    fn remove_expired(&mut self, key: &Key) {
        let second = self.timestamp().as_second();
        if self.table.rows.get(key).is_some_and(|row| is_expired(row, second)) && self.random.chance(100) {
            self.note(format_args!("row of {}, {} is removed", key.0, key.1));
            self.table.rows.remove(key);
        }
    }

    fn fault(&mut self) -> Option<Fault> {
        let now = self.now();
        if let Some((outage, faults)) = &self.plan.outage
            && now < self.plan.heals
            && outage.contains(&now)
        {
            return Some(self.random.pick(faults));
        }
        if let Some((storm, most)) = &self.plan.storm
            && storm.contains(&now)
        {
            let (second, taken) = self.taken;
            let taken = if second == now.as_secs() { taken } else { 0 };
            self.taken = (now.as_secs(), taken + 1);
            return (taken >= *most).then_some(Fault::Throttled);
        }
        let faults = self.plan.faults;
        [
            (Fault::Throttled, faults.throttled),
            (Fault::Error, faults.error),
            (Fault::ErrorApplied, faults.error_applied),
            (Fault::Dropped, faults.dropped),
            (Fault::Slow, faults.slow),
            (Fault::Lost, faults.lost),
            (Fault::Torn, faults.torn),
            (Fault::Reset, faults.reset),
            (Fault::Denied, faults.denied),
            (Fault::Panic, faults.panic),
            (Fault::Bare, faults.bare),
        ]
        .into_iter()
        .find_map(|(fault, rate)| self.fails(rate).then_some(fault))
    }

    fn excuse(&mut self, poller: usize, key: &Key, (message, verb): (Option<usize>, &str), fault: Fault) {
        let Some(open) = self.open.get_mut(&poller) else { return };
        let messages = &self.queue.messages;
        open.excused.extend(open.batch.iter().filter(|&&number| match fault {
            // Every other write would fail too.
            Fault::Denied if verb == "put" => true,
            // A read returns the row that has the key, whichever it is; a panic also fails the records behind it.
            _ if verb == "get" || fault == Fault::Panic => {
                matches!(messages[number].meaning, Meaning::Event { key: other, .. } if row_key(other) == *key)
            }
            _ => message == Some(number),
        }));
    }

    /// A write arrives. The existing row is retained unless it is overwritten.
    pub(crate) fn apply(&mut self, item: Item, condition: Option<Condition>) -> Option<Item> {
        let key = key(&item);
        let is_free = |existing: &Item| match condition {
            None => true,
            Some(Condition::Free) => false,
            Some(Condition::FreeAt(second)) => is_expired(existing, second),
            Some(Condition::NewerAt(second)) => is_expired(existing, second) || is_newer(&item, existing),
        };
        let second = self.timestamp().as_second();
        if let Some(existing) = self.table.rows.get(&key).filter(|existing| !is_free(existing)) {
            return Some(existing.clone());
        }
        let replaces = self.plan.config.event.on_conflict == OnConflict::ReplaceIfNewer;
        let is_unchanged = |existing: &Item| {
            !(is_expired(existing, second) || replaces && content(existing) < content(&item))
        };
        if self.table.rows.get(&key).is_some_and(is_unchanged) {
            let what = format!("the row of {}, {} is overwritten", key.0, key.1);
            self.harm(Harm::Doubled, what);
        }
        self.note(format_args!("row of {}, {}", key.0, key.1));
        if !self.is_intended(&key, &item) {
            let what = format!("nobody meant the row of {}, {}", key.0, key.1);
            self.harm(Harm::Wrong, what);
        }
        self.table.rows.insert(key, item);
        self.applied += 1;
        None
    }

    /// The latency to another service, and back.
    pub(crate) fn distance(&mut self) -> (Duration, Duration) {
        let [there, back] = [20, 20].map(|most| Duration::from_millis(self.random.between(1, most)));
        (there, back)
    }

    /// The processor sends a message to the dead-letter queue. Returns whether the answer confirms it.
    pub(crate) fn bury_at_once(&mut self, id: &str, reason: &str) -> bool {
        let Some(number) = number(id) else { return false };
        if self.fails(self.plan.faults.unburied) {
            self.note(format_args!("{id} is not taken by the dead-letter queue"));
            self.queue.messages[number].excuses += 1;
            return false;
        }
        let message = &mut self.queue.messages[number];
        message.buried += 1;
        let (receives, times) = (message.receive_count, message.buried);
        self.note(format_args!("{id} is sent to the dead letters for {reason}, {times} times now"));
        let is_fault = reason == Reason::Panic.as_str() && receives >= 5;
        if self.is_set_up && !is_fault && !self.is_refused(number) {
            self.harm(Harm::WronglyDead, format!("{id} is sent to the dead letters"));
        }
        let is_lost = self.fails(self.plan.faults.burial_lost);
        if is_lost {
            self.queue.messages[number].excuses += 1;
        }
        !is_lost
    }

    /// Whether the row is the one of the message that it names.
    fn is_intended(&self, key: &Key, item: &Item) -> bool {
        let Some(number) = text(item, MESSAGE_ID).and_then(number) else { return false };
        match self.queue.messages[number].meaning {
            Meaning::Poison => false,
            Meaning::Event { key: intended, content: sent } => {
                row_key(intended) == *key && content(item) == Some(sent)
            }
        }
    }

    /// Checks the batch's log line: its counts add up, and it never reports more rows than there are.
    pub(crate) fn count(&mut self, line: &str) {
        let line: Value = serde_json::from_str(line).unwrap();
        let count = |name: &str| line[name].as_u64().unwrap();
        let sum: u64 = ["written", "duplicates", "superseded", "conflicts", "rejected", "failed"]
            .map(count)
            .iter()
            .sum();
        assert_eq!(sum, count("records"), "{line}");
        self.reported += count("written");
        let replaces = self.plan.config.event.on_conflict == OnConflict::ReplaceIfNewer;
        let rows = if replaces { self.applied } else { self.rows() as u64 };
        if self.reported > rows {
            self.harm(Harm::Doubled, format!("{} rows are reported, there are {rows}", self.reported));
            self.reported = rows;
        }
    }

    /// The end of a poller's invocation: messages that are not returned are deleted.
    pub(crate) fn settle(&mut self, poller: usize, reply: &Reply) {
        self.note(format_args!("poller {poller}: {reply:?}"));
        let Open { batch, since, excused } = self.open.remove(&poller).unwrap();
        let retried = match reply {
            Reply::Answer(answer) => retried(answer, &batch),
            _ => Retried::All,
        };
        let limit = self.plan.function_timeout;
        let is_late = self.now() - since + Duration::from_secs(1).min(limit / 4) >= limit;
        if *reply == Reply::TimedOut {
            self.harm(Harm::Late, format!("poller {poller} was ended"));
        }
        for &number in &batch {
            self.queue.messages[number].open -= 1;
        }
        for number in batch {
            let is_retried = match &retried {
                Retried::All => true,
                Retried::Only(retried) => retried.contains(&number),
            };
            if !is_retried {
                self.delete(number);
            } else if *reply == Reply::None || is_late || excused.contains(&number) || !self.is_set_up {
                self.queue.messages[number].excuses += 1;
            } else if !self.is_refused(number) {
                self.harm(Harm::WronglyDead, format!("{} is returned", message_id(number)));
            }
        }
    }

    /// Deletes a message. There must be its row, or a newer one, or the message must be in the dead-letter queue.
    fn delete(&mut self, number: usize) {
        let on_conflict = self.plan.config.event.on_conflict;
        let is_buried = self.queue.messages[number].buried > 0;
        let is_safe = is_buried
            || match self.queue.messages[number].meaning {
                Meaning::Poison => false,
                Meaning::Event { key, content } => self.stored(key).is_some_and(|stored| match on_conflict {
                    OnConflict::DeadLetter => stored == content,
                    OnConflict::KeepFirst => true,
                    OnConflict::ReplaceIfNewer => stored >= content,
                }),
            };
        if !is_safe {
            self.harm(Harm::Lost, format!("{} is deleted", message_id(number)));
        }
        if self.fails(self.plan.faults.undeleted) {
            self.note(format_args!("{} is not deleted", message_id(number)));
            self.queue.messages[number].excuses += 1;
        } else {
            self.queue.take_out(number, if is_buried { Location::DeadLetters } else { Location::Deleted });
        }
    }

    fn good(&self) -> Good {
        let messages = &self.queue.messages;
        let good: Vec<_> = (0..messages.len()).filter(|&number| !self.is_refused(number)).collect();
        let receives = || good.iter().map(|&number| messages[number].receive_count);
        Good {
            messages: good.len(),
            receives: receives().map(u64::from).sum(),
            most_receives: receives().max().unwrap_or_default(),
            dead: good.iter().filter(|&&number| messages[number].location == Location::DeadLetters).count(),
        }
    }

    /// Redrives the dead letters, and returns their number.
    fn redrive(&mut self) -> usize {
        self.is_set_up = true;
        let dead_letters = self.queue.count(Location::DeadLetters);
        self.note(format_args!("{dead_letters} dead letters are moved back"));
        let now = self.now();
        self.queue.redrive(now);
        dead_letters
    }

    /// After all faults have ended: the rows are those of the good events, the dead letters are those that can never
    /// become rows, and nothing else is left.
    fn finish(&mut self) {
        let mut keys = BTreeSet::new();
        let mut newest: BTreeMap<u64, u64> = BTreeMap::new();
        for number in 0..self.queue.messages.len() {
            let message = &self.queue.messages[number];
            let (location, id) = (message.location, message_id(number));
            if let Meaning::Event { key, content } = message.meaning {
                let newest = newest.entry(key).or_default();
                *newest = content.max(*newest);
            }
            if let Meaning::Event { key, .. } = message.meaning
                && keys.insert(key)
                && self.stored(key).is_none()
            {
                self.harm(Harm::Lost, format!("{id} has no row"));
            }
            match (location, self.is_refused(number)) {
                (Location::Redriven, _) | (Location::DeadLetters, true) | (Location::Deleted, false) => {}
                (Location::Queue, _) => self.harm(Harm::Lost, format!("{id} is stuck")),
                (Location::DeadLetters, false) => self.harm(Harm::WronglyDead, format!("{id} stays dead")),
                (Location::Deleted, true) => {
                    self.harm(Harm::Lost, format!("{id} is neither row nor dead letter"))
                }
            }
        }
        if self.plan.config.event.on_conflict == OnConflict::ReplaceIfNewer {
            for (key, newest) in newest {
                let stored = self.stored(key);
                if stored.is_some_and(|stored| stored != newest) {
                    self.harm(Harm::Lost, format!("{key} is {stored:?}, and the newest is {newest}"));
                }
            }
        }
        if self.rows() > keys.len() {
            self.harm(Harm::Doubled, format!("{} rows of {} events", self.rows(), keys.len()));
        }
    }
}

/// The same as the condition of the write.
fn is_newer(item: &Item, existing: &Item) -> bool {
    let changed = |item: &Item| -> Option<u64> { item.get("changed")?.as_n().ok()?.parse().ok() };
    changed(existing).is_none_or(|existing| Some(existing) < changed(item))
}

fn row_key(key: u64) -> Key {
    (shipment(key), sort_key(key))
}

/// The content of a row, if it is complete.
fn content(item: &Item) -> Option<u64> {
    let content: u64 = item.get("event_data")?.as_m().ok()?.get("content")?.as_n().ok()?.parse().ok()?;
    let extra = item.get("event_extra").and_then(|extra| extra.as_m().ok()?.get("carrier")?.as_s().ok());
    let is_whole = extra.map(String::as_str) == content.is_multiple_of(3).then_some("ACME");
    (is_whole && text(item, "event_type") == Some("created")).then_some(content)
}
