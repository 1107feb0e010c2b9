//! Messages that pipectl holds: hidden in time, and visible again when it ends.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::api::{DeadLetter, QueueApi};
use super::observer::QueueObserver;
use crate::stack::CallError;

/// How long messages are hidden when they are received: the time after which they become visible if the program dies.
const HIDDEN: u32 = 120;
/// How long they stay hidden when that time is extended. Longer, so that the run does not spend its time on extensions.
const EXTENDED: u32 = 300;
/// An extension is due if less than this is left.
const DUE: Duration = Duration::from_secs(60);
/// A message hidden for less than this may become visible before a call on it arrives.
const SAFE: Duration = Duration::from_secs(10);
/// Entries of one batch call (SQS).
const BATCH: usize = 10;

/// The messages of a queue that this run has received and neither released nor moved. They stay hidden from others as
/// long as [`Held::extend`] is called regularly.
pub(super) struct Held<'a, A> {
    api: &'a A,
    queue: &'a str,
    pub(super) observer: &'a mut dyn QueueObserver,
    /// By message id.
    messages: BTreeMap<String, Hold>,
    /// Whether some messages stay hidden until their time is over.
    leaves_some: bool,
}

struct Hold {
    receipt: String,
    /// Hidden at least until this moment.
    until: Instant,
}

impl<'a, A: QueueApi> Held<'a, A> {
    pub(super) fn new(api: &'a A, queue: &'a str, observer: &'a mut dyn QueueObserver) -> Self {
        Self { api, queue, observer, messages: BTreeMap::new(), leaves_some: false }
    }

    /// Receives up to 10 messages. Messages that are already held had become visible again; they are held with their new
    /// receipt handles.
    pub(super) async fn receive(&mut self) -> Result<Vec<DeadLetter>, CallError> {
        let hidden = Duration::from_secs(HIDDEN.into());
        let until = Instant::now() + hidden;
        self.observer.hides(hidden);
        let page = self.api.peek(self.queue, HIDDEN).await;
        self.observer.hides(hidden);
        let page = page?;
        for dead_letter in &page {
            let hold = Hold { receipt: dead_letter.receipt.clone(), until };
            self.messages.insert(dead_letter.message_id.clone(), hold);
        }
        Ok(page)
    }

    /// Extends the time of those that would become visible soon. If SQS refuses it (the limit is 12 hours), they become
    /// visible and are not moved any more.
    pub(super) async fn extend(&mut self) -> Result<(), CallError> {
        let due = Instant::now() + DUE;
        let ids: Vec<String> =
            self.messages.iter().filter(|(_, hold)| hold.until < due).map(|(id, _)| id.clone()).collect();
        for ids in ids.chunks(BATCH) {
            let extended = Duration::from_secs(EXTENDED.into());
            let until = Instant::now() + extended;
            self.observer.hides(extended);
            let answers = self.api.hide(self.queue, &self.receipts(ids), EXTENDED).await;
            self.observer.hides(extended);
            for (id, answer) in ids.iter().zip(answers?) {
                if let (Ok(()), Some(hold)) = (answer, self.messages.get_mut(id)) {
                    hold.until = until;
                }
            }
        }
        Ok(())
    }

    /// The receipt handle of a message that nobody else can have received in the meantime.
    pub(super) fn receipt(&self, message_id: &str) -> Option<String> {
        let hold = self.messages.get(message_id)?;
        (hold.until > Instant::now() + SAFE).then(|| hold.receipt.clone())
    }

    /// The number of held messages.
    pub(super) fn count(&self) -> usize {
        self.messages.len()
    }

    /// Forgets a message that was deleted from the queue.
    pub(super) fn forget(&mut self, message_id: &str) {
        self.messages.remove(message_id);
    }

    /// Leaves a message hidden until its time is over.
    pub(super) fn leave(&mut self, message_id: &str) {
        self.leaves_some |= self.messages.remove(message_id).is_some();
    }

    /// Makes all held messages visible again.
    ///
    /// # Errors
    /// The first call that failed; the others are still made.
    pub(super) async fn give_back(mut self) -> Result<(), CallError> {
        let receipts: Vec<String> = self.messages.values().map(|hold| hold.receipt.clone()).collect();
        let mut end = Ok(());
        for receipts in receipts.chunks(BATCH) {
            match self.api.hide(self.queue, receipts, 0).await {
                // An entry refused inside a 200 becomes visible when its time is over.
                Ok(answers) => self.leaves_some |= answers.iter().any(Result::is_err),
                Err(error) => {
                    let is_lost = error.is_unreachable();
                    end = end.and(Err(error));
                    if is_lost {
                        break;
                    }
                }
            }
        }
        if end.is_ok() && !self.leaves_some {
            self.observer.shows_all();
        }
        end
    }

    fn receipts(&self, ids: &[String]) -> Vec<String> {
        ids.iter().filter_map(|id| self.messages.get(id)).map(|hold| hold.receipt.clone()).collect()
    }
}
