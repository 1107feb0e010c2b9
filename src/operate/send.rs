use std::time::Duration;

use super::api::{BusApi, BusEvent};
use crate::stack::CallError;

/// PutEvents takes 10 entries in one call.
const ENTRIES: usize = 10;
/// And 1 MiB in total; the service counts a little more than our bytes, hence the margin.
const BYTES: usize = 1_048_576 - 16 * 1024;
/// Attempts for an entry that the bus did not accept, with growing pauses: about six seconds in total.
const ATTEMPTS: u32 = 6;

/// The result of putting one event on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The bus accepted it under this id, which the envelope in the queue has.
    Taken { event_id: String },
    /// Refused at every attempt.
    Rejected { reason: String },
}

/// The progress of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendProgress {
    pub sent: usize,
    pub total: usize,
}

/// Puts all events on the bus, 10 per call, and retries failed entries. The answers are in the events' order.
///
/// `pause` is the least time between two calls, to hold a rate.
///
/// # Errors
/// The first call failed as a whole although the SDK retried it: no event is on the bus. If a later call fails, the
/// events from there on are rejected.
pub async fn send<A: BusApi>(
    api: &A,
    bus: &str,
    events: &[BusEvent],
    pause: Duration,
    report: &mut dyn FnMut(SendProgress),
) -> Result<Vec<Sent>, CallError> {
    let mut sent = Vec::with_capacity(events.len());
    let mut next_call = tokio::time::Instant::now();
    for batch in batches(events) {
        if !pause.is_zero() {
            tokio::time::sleep_until(next_call).await;
            next_call += pause;
        }
        match put(api, bus, batch).await {
            Ok(answers) => sent.extend(answers),
            Err(error) if sent.is_empty() => return Err(error),
            // The earlier events are on the bus: the error must not hide which ones.
            Err(error) => {
                let unsent = Sent::Rejected { reason: format!("not sent: {error}") };
                sent.resize(events.len(), unsent);
                return Ok(sent);
            }
        }
        report(SendProgress { sent: sent.len(), total: events.len() });
    }
    Ok(sent)
}

async fn put<A: BusApi>(api: &A, bus: &str, batch: &[BusEvent]) -> Result<Vec<Sent>, CallError> {
    let mut answers: Vec<Option<Sent>> = vec![None; batch.len()];
    for attempt in 1..=ATTEMPTS {
        let open: Vec<usize> =
            (0..batch.len()).filter(|&index| !matches!(answers[index], Some(Sent::Taken { .. }))).collect();
        if open.is_empty() {
            break;
        }
        if attempt > 1 {
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
        let again: Vec<BusEvent> = open.iter().map(|&index| batch[index].clone()).collect();
        let results = match api.put_events(bus, &again).await {
            Ok(results) => results,
            Err(error) if attempt == 1 => return Err(error),
            Err(error) => {
                for index in open {
                    answers[index] = Some(Sent::Rejected { reason: error.to_string() });
                }
                break;
            }
        };
        for (index, result) in open.into_iter().zip(results) {
            answers[index] = Some(match result {
                Ok(event_id) => Sent::Taken { event_id },
                Err(reason) => Sent::Rejected { reason },
            });
        }
    }
    let unanswered = || Sent::Rejected { reason: "the bus returned no result for this entry".to_owned() };
    Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect())
}

/// Splits into runs of at most 10 events and 1 MiB; an event too large for any call gets a run of its own, for the bus to
/// refuse.
fn batches(events: &[BusEvent]) -> impl Iterator<Item = &[BusEvent]> {
    let mut remainder = events;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = remainder.iter().take(ENTRIES).take_while(|event| {
            bytes += event.source.len() + event.detail_type.len() + event.detail.len();
            bytes <= BYTES
        });
        let count = fitting.count().max(usize::from(!remainder.is_empty()));
        let (batch, later) = remainder.split_at(count);
        remainder = later;
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::api::PutResult;
    use super::*;
    use crate::stack::CallErrorKind;

    fn event(detail: &str) -> BusEvent {
        BusEvent {
            source: "s".to_owned(),
            detail_type: "t".to_owned(),
            detail: detail.to_owned(),
            ..BusEvent::default()
        }
    }

    #[test]
    fn batches_hold_ten_events_and_a_mebibyte() {
        let small = vec![event("{}"); 25];
        assert_eq!(batches(&small).map(<[_]>::len).collect::<Vec<_>>(), [10, 10, 5]);
        let large = vec![event(&"x".repeat(400_000)); 3];
        assert_eq!(batches(&large).map(<[_]>::len).collect::<Vec<_>>(), [2, 1]);
        let huge = vec![event(&"x".repeat(2_000_000)); 2];
        assert_eq!(batches(&huge).map(<[_]>::len).collect::<Vec<_>>(), [1, 1]);
    }

    /// Refuses each event the first time it sees it, and `never` every time.
    #[derive(Default)]
    struct Reluctant {
        calls: RefCell<Vec<Vec<String>>>,
    }

    impl BusApi for Reluctant {
        async fn put_events(&self, _: &str, events: &[BusEvent]) -> Result<Vec<PutResult>, CallError> {
            let known = self.calls.borrow().concat();
            let details: Vec<String> = events.iter().map(|event| event.detail.clone()).collect();
            self.calls.borrow_mut().push(details.clone());
            let answer = |detail: String| {
                if known.contains(&detail) && detail != "never" {
                    Ok(detail)
                } else {
                    Err("throttled".to_owned())
                }
            };
            Ok(details.into_iter().map(answer).collect())
        }
    }

    /// Accepts events until the call that fails.
    struct Cut {
        after: usize,
        calls: RefCell<usize>,
    }

    impl BusApi for Cut {
        async fn put_events(&self, _: &str, events: &[BusEvent]) -> Result<Vec<PutResult>, CallError> {
            *self.calls.borrow_mut() += 1;
            if *self.calls.borrow() > self.after {
                return Err(CallError::new(CallErrorKind::Unreachable, "events:PutEvents", "cut"));
            }
            Ok(events.iter().map(|event| Ok(event.detail.clone())).collect())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn events_on_the_bus_are_reported_even_if_a_later_call_fails() {
        let events: Vec<BusEvent> = (0..25).map(|number| event(&number.to_string())).collect();
        let cut = Cut { after: 1, calls: RefCell::default() };
        let sent = send(&cut, "bus", &events, Duration::ZERO, &mut |_| {}).await.expect("answers");
        let taken = sent.iter().filter(|sent| matches!(sent, Sent::Taken { .. })).count();
        assert_eq!((taken, sent.len(), *cut.calls.borrow()), (10, 25, 2));
        let cut = Cut { after: 0, calls: RefCell::default() };
        send(&cut, "bus", &events, Duration::ZERO, &mut |_| {}).await.expect_err("nothing was sent");
    }

    #[tokio::test(start_paused = true)]
    async fn only_refused_entries_are_sent_again_and_answers_keep_their_order() {
        let api = Reluctant::default();
        let events = [event("a"), event("never"), event("b")];
        let sent = send(&api, "bus", &events, Duration::ZERO, &mut |_| {}).await.expect("an answer");
        let taken = |id: &str| Sent::Taken { event_id: id.to_owned() };
        assert_eq!(sent[0], taken("a"));
        assert_eq!(sent[1], Sent::Rejected { reason: "throttled".to_owned() });
        assert_eq!(sent[2], taken("b"));
        let calls = api.calls.borrow();
        assert_eq!(calls.len(), ATTEMPTS as usize);
        assert_eq!(calls[2], ["never"]);
    }
}
