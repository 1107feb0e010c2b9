//! Puts events into the queue, past the bus.

use std::time::Duration;

use super::api::{DeadLetter, DeadLetterApi};
use super::batch::{batches, retried};
use super::message::QueueEvent;
use super::send::{SendProgress, Sent};
use crate::stack::CallError;

/// Puts all events into the queue, up to 10 per call and within the size limit, and retries failed entries. The answers
/// are in the events' order. An event whose body the mapping reduces to its detail is sent with that body.
///
/// `pause` is the least time between two calls, to hold a rate.
///
/// # Errors
/// The first call failed as a whole although the SDK retried it: no event is in the queue. If a later call fails, the
/// events from there on are rejected.
pub async fn enqueue<A: DeadLetterApi>(
    api: &A,
    queue: &str,
    events: &[QueueEvent],
    pause: Duration,
    report: &mut dyn FnMut(SendProgress),
) -> Result<Vec<Sent>, CallError> {
    let dead_letters = events.iter().enumerate().map(|(index, event)| DeadLetter {
        message_id: index.to_string(),
        body: event.body.clone(),
        group: event.group.clone(),
        ..DeadLetter::default()
    });
    let mut sent: Vec<Sent> = Vec::with_capacity(events.len());
    let mut next_call = tokio::time::Instant::now();
    for batch in batches(dead_letters.collect()) {
        if !pause.is_zero() {
            tokio::time::sleep_until(next_call).await;
            next_call += pause;
        }
        let (done, end) =
            retried(&batch, async |dead_letters| api.send_messages(queue, dead_letters).await).await;
        let reason = match &end {
            Err(error) if sent.is_empty() && done.is_empty() => return Err(error.clone()),
            // The earlier events are in the queue: the error must not hide which ones.
            Err(error) => format!("not sent: {error}"),
            Ok(reason) => reason.clone().unwrap_or_default(),
        };
        for dead_letter in &batch {
            let is_done = done.iter().any(|done| done.message_id == dead_letter.message_id);
            let event = &events[sent.len()];
            sent.push(if is_done {
                Sent::Taken { event_id: event.event_id.clone() }
            } else {
                Sent::Rejected { reason: reason.clone() }
            });
        }
        if end.is_err() {
            sent.resize(events.len(), Sent::Rejected { reason });
            return Ok(sent);
        }
        report(SendProgress { sent: sent.len(), total: events.len() });
    }
    Ok(sent)
}

/// Puts messages into a queue with all their attributes, batch by batch. Returns how many are there, and the result: the
/// reason why SQS refused one, or the call that failed.
pub async fn send_all<A: DeadLetterApi>(
    api: &A,
    queue: &str,
    dead_letters: Vec<DeadLetter>,
) -> (usize, Result<Option<String>, CallError>) {
    let mut sent = 0;
    for batch in batches(dead_letters) {
        let (done, end) =
            retried(&batch, async |dead_letters| api.send_messages(queue, dead_letters).await).await;
        sent += done.len();
        if !matches!(end, Ok(None)) {
            return (sent, end);
        }
    }
    (sent, Ok(None))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::api::EntryResult;
    use super::*;
    use crate::stack::CallErrorKind;

    /// Refuses each body the first time, `never` every time, and fails from a given call on.
    struct Queue {
        calls: RefCell<Vec<Vec<String>>>,
        fails_after: usize,
    }

    impl DeadLetterApi for Queue {
        async fn send_messages(
            &self,
            queue: &str,
            dead_letters: &[DeadLetter],
        ) -> Result<Vec<EntryResult>, CallError> {
            assert_eq!(queue, "orders");
            let known = self.calls.borrow().concat();
            if self.calls.borrow().len() >= self.fails_after {
                return Err(CallError::new(CallErrorKind::Unreachable, "sqs:SendMessage", "cut"));
            }
            self.calls
                .borrow_mut()
                .push(dead_letters.iter().map(|dead_letter| dead_letter.body.clone()).collect());
            let is_taken =
                |dead_letter: &DeadLetter| dead_letter.body != "never" && known.contains(&dead_letter.body);
            Ok(dead_letters
                .iter()
                .map(|dead_letter| if is_taken(dead_letter) { Ok(()) } else { Err("busy".to_owned()) })
                .collect())
        }
        async fn delete_messages(&self, _: &str, _: &[DeadLetter]) -> Result<Vec<EntryResult>, CallError> {
            Ok(Vec::new())
        }
    }

    fn events(bodies: &[&str]) -> Vec<QueueEvent> {
        let event = |body: &&str| QueueEvent {
            event_id: format!("id-{body}"),
            body: (*body).to_owned(),
            group: None,
        };
        bodies.iter().map(event).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn refused_entries_are_sent_again_and_reported_in_their_order() {
        let queue = Queue { calls: RefCell::default(), fails_after: usize::MAX };
        let sent =
            enqueue(&queue, "orders", &events(&["a", "never", "b"]), Duration::ZERO, &mut |_| {}).await;
        let taken = |id: &str| Sent::Taken { event_id: id.to_owned() };
        let refused = Sent::Rejected { reason: "busy".to_owned() };
        assert_eq!(sent, Ok(vec![taken("id-a"), refused, taken("id-b")]));
        assert_eq!(queue.calls.borrow()[2], ["never"]);
    }

    #[tokio::test(start_paused = true)]
    async fn messages_in_the_queue_are_reported_even_if_a_later_call_fails() {
        let many: Vec<String> = (0..25).map(|number| number.to_string()).collect();
        let many = events(&many.iter().map(String::as_str).collect::<Vec<_>>());
        let queue = Queue { calls: RefCell::default(), fails_after: 3 };
        let sent = enqueue(&queue, "orders", &many, Duration::ZERO, &mut |_| {}).await.expect("answers");
        let taken = sent.iter().filter(|sent| matches!(sent, Sent::Taken { .. })).count();
        assert_eq!((taken, sent.len()), (10, 25));
        let queue = Queue { calls: RefCell::default(), fails_after: 0 };
        enqueue(&queue, "orders", &many, Duration::ZERO, &mut |_| {}).await.expect_err("nothing was sent");
    }
}
