//! A pipeline as the metrics it leaves, minute by minute.

use std::collections::{BTreeMap, VecDeque};

/// A metric's values by the minute, by namespace, name and what it is of; `None` where nothing was sent.
pub(super) type AllSeries = BTreeMap<String, Vec<Option<f64>>>;

/// What happens in one minute.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Minute {
    /// Events that come.
    pub(super) new: u64,
    /// Of them, those that are refused.
    pub(super) poison: u64,
    /// Events that come once more, from the archive or out of a dead-letter queue.
    pub(super) replayed: u64,
    /// Messages that the processor can take.
    pub(super) capacity: u64,
    /// How long one that is taken at once takes.
    pub(super) seconds: u64,
    /// Events that EventBridge gives up, with and without a queue that has them then.
    pub(super) undelivered: u64,
    pub(super) lost: u64,
    /// Messages that are tried again and again.
    pub(super) stuck: u64,
}

/// The queue: new and poisoned events by the minute they came, and replayed ones, which wait behind.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    waiting: VecDeque<(usize, u64, u64)>,
    replayed: VecDeque<(usize, u64)>,
    stuck_since: Option<usize>,
}

/// What the processor ended in a minute.
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

    /// Seconds at the end of a minute.
    fn oldest(&self, now: usize) -> usize {
        let came = [
            self.waiting.front().map(|(came, ..)| *came),
            self.replayed.front().map(|(came, _)| *came),
            self.stuck_since,
        ];
        came.into_iter().flatten().min().map_or(0, |came| 60 * (now - came) + 59)
    }
}
