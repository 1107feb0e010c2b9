//! A pipeline as the metrics it sends, minute by minute.

use std::collections::{BTreeMap, VecDeque};

/// A metric's values per minute, by namespace, name and resource; `None` if nothing was sent.
pub(super) type AllSeries = BTreeMap<String, Vec<Option<f64>>>;

/// What happens in one minute.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Minute {
    /// Events that arrive.
    pub(super) new: u64,
    /// How many of them are rejected.
    pub(super) poison: u64,
    /// Events that are delivered again, from the archive or from a dead-letter queue.
    pub(super) replayed: u64,
    /// Messages that the processor can process.
    pub(super) capacity: u64,
    /// The seconds that a message takes if it does not wait.
    pub(super) seconds: u64,
    /// Events that EventBridge gives up, with and without a queue that receives them.
    pub(super) undelivered: u64,
    pub(super) lost: u64,
    /// Messages that are retried again and again.
    pub(super) stuck: u64,
}

/// The queue: new and poisoned events by the minute of arrival, and replayed ones, which wait behind them.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    waiting: VecDeque<(usize, u64, u64)>,
    replayed: VecDeque<(usize, u64)>,
    stuck_since: Option<usize>,
}

/// The messages that the processor finished in a minute.
#[derive(Debug, Default)]
struct Ended {
    good: u64,
    bad: u64,
    uncounted: u64,
}

impl Pipeline {
    pub(super) fn run(mut self, minutes: impl Iterator<Item = Minute>) -> AllSeries {
        let mut all = AllSeries::new();
        for (now, minute) in minutes.enumerate() {
            let ended = self.pass(now, minute);
            let some = |count: u64| (count > 0).then_some(count as f64);
            let has_batch = ended.good + ended.bad + ended.uncounted > 0;
            let of_batch = |count: u64| has_batch.then_some(count as f64);
            for (name, value) in [
                ("pipectl SloGood Processor", of_batch(ended.good)),
                ("pipectl SloBad Processor", of_batch(ended.bad)),
                ("pipectl SloUncounted Processor", of_batch(ended.uncounted)),
                ("AWS/SQS NumberOfMessagesSent Queue", Some((minute.new + minute.replayed) as f64)),
                ("AWS/SQS NumberOfMessagesSent UndeliveredQueue", some(minute.undelivered)),
                ("AWS/SQS ApproximateAgeOfOldestMessage Queue", Some(self.oldest(now) as f64)),
                ("AWS/Events InvocationsFailedToBeSentToDlq orders-rule-prod", some(minute.lost)),
            ] {
                all.entry(name.to_owned()).or_default().push(value);
            }
        }
        all
    }

    fn pass(&mut self, now: usize, minute: Minute) -> Ended {
        self.waiting.push_back((now, minute.new - minute.poison, minute.poison));
        self.replayed.push_back((now, minute.replayed));
        self.stuck_since = self.stuck_since.or(Some(now)).filter(|_| minute.stuck > 0);
        let (mut ended, mut left) = (Ended::default(), minute.capacity);
        while let Some((came, new, poison)) = self.waiting.front_mut() {
            let (taken, refused) = (left.min(*new), left.saturating_sub(*new).min(*poison));
            let age = 60 * (now - *came) as u64 + minute.seconds;
            *(if age <= 60 { &mut ended.good } else { &mut ended.bad }) += taken;
            ended.bad += refused;
            (*new, *poison, left) = (*new - taken, *poison - refused, left - taken - refused);
            if *new + *poison > 0 {
                break;
            }
            self.waiting.pop_front();
        }
        while let Some((_, count)) = self.replayed.front_mut() {
            let taken = left.min(*count);
            (*count, left, ended.uncounted) = (*count - taken, left - taken, ended.uncounted + taken);
            if *count > 0 {
                break;
            }
            self.replayed.pop_front();
        }
        ended
    }

    /// The age of the oldest message in seconds, at the end of a minute.
    fn oldest(&self, now: usize) -> usize {
        let came = [
            self.waiting.front().map(|(came, ..)| *came),
            self.replayed.front().map(|(came, _)| *came),
            self.stuck_since,
        ];
        came.into_iter().flatten().min().map_or(0, |came| 60 * (now - came) + 59)
    }
}
