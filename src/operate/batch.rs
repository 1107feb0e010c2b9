//! Batch calls of SQS: entries within the limits, failed entries again.

use std::time::Duration;

use processor::attribute::message_bytes;

use super::api::{DeadLetter, EntryResult};
use crate::stack::CallError;

/// Entries of one batch call, and bytes of its messages (SQS).
const ENTRIES: usize = 10;
const BYTES: usize = 1024 * 1024;
/// Calls for an entry that is refused inside a successful answer, and the pause before the second; each further pause is
/// twice as long. The SDK retries calls that fail as a whole, but not these.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);

/// The batches of one call each.
pub(super) fn batches(dead_letters: Vec<DeadLetter>) -> Vec<Vec<DeadLetter>> {
    let mut batches: Vec<Vec<DeadLetter>> = Vec::new();
    let mut bytes = 0;
    for dead_letter in dead_letters {
        let more = message_bytes(&dead_letter.body, &dead_letter.attributes);
        let fits = bytes + more <= BYTES;
        match batches.last_mut().filter(|batch| fits && batch.len() < ENTRIES) {
            Some(batch) => {
                bytes += more;
                batch.push(dead_letter);
            }
            None => {
                bytes = more;
                batches.push(vec![dead_letter]);
            }
        }
    }
    batches
}

/// Repeats a batch call until each entry succeeded, a few times at most. Returns the entries that succeeded, and the
/// result: the reason of an entry that never succeeded, or the call that failed as a whole.
pub(super) async fn retried(
    batch: &[DeadLetter],
    mut call: impl AsyncFnMut(&[DeadLetter]) -> Result<Vec<EntryResult>, CallError>,
) -> (Vec<DeadLetter>, Result<Option<String>, CallError>) {
    let mut done = Vec::new();
    let mut open = batch.to_vec();
    let mut reason = None;
    for attempt in 0..ATTEMPTS {
        if open.is_empty() {
            return (done, Ok(None));
        }
        if attempt > 0 {
            tokio::time::sleep(PAUSE * 2_u32.pow(attempt - 1)).await;
        }
        let mut answers = match call(&open).await {
            Ok(answers) => answers.into_iter(),
            Err(error) => return (done, Err(error)),
        };
        let mut again = Vec::new();
        for dead_letter in open {
            match answers.next().unwrap_or_else(|| Err("SQS returned no result for this entry".to_owned())) {
                Ok(()) => done.push(dead_letter),
                Err(refusal) => {
                    reason = Some(refusal);
                    again.push(dead_letter);
                }
            }
        }
        open = again;
    }
    let reason = reason.filter(|_| !open.is_empty());
    (done, Ok(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead_letter(id: &str, bytes: usize) -> DeadLetter {
        DeadLetter { message_id: id.to_owned(), body: "x".repeat(bytes), ..DeadLetter::default() }
    }

    #[test]
    fn batches_have_at_most_ten_messages_and_one_mebibyte() {
        let sizes =
            |dead_letters: Vec<DeadLetter>| batches(dead_letters).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes((0..23).map(|_| dead_letter("", 10)).collect()), [10, 10, 3]);
        assert_eq!(sizes((0..3).map(|_| dead_letter("", 600_000)).collect()), [1, 1, 1]);
        assert_eq!(sizes((0..3).map(|_| dead_letter("", 500_000)).collect()), [2, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn entries_refused_inside_an_answer_are_sent_again_alone() {
        let batch = [dead_letter("a", 1), dead_letter("never", 1), dead_letter("b", 1)];
        let mut calls: Vec<Vec<String>> = Vec::new();
        let (done, end) =
            retried(&batch, async |dead_letters: &[DeadLetter]| {
                let ids: Vec<String> =
                    dead_letters.iter().map(|dead_letter| dead_letter.message_id.clone()).collect();
                let first = calls.is_empty();
                calls.push(ids.clone());
                Ok(ids
                    .iter()
                    .map(|id| {
                        if *id == "never" || (first && *id == "b") { Err("busy".to_owned()) } else { Ok(()) }
                    })
                    .collect())
            })
            .await;
        let done: Vec<&str> = done.iter().map(|dead_letter| dead_letter.message_id.as_str()).collect();
        assert_eq!((done, end), (vec!["a", "b"], Ok(Some("busy".to_owned()))));
        assert_eq!((calls.len(), calls[1].join(" ")), (ATTEMPTS as usize, "never b".to_owned()));
        assert_eq!(calls[2], ["never"]);
    }
}
