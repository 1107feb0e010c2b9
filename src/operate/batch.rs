//! Batch calls of SQS: entries within the limits, failed entries again.

use std::time::Duration;

use processor::attribute::message_bytes;

use super::api::{EntryResult, Letter};
use crate::stack::CallError;

/// Entries of one batch call, and bytes of its messages (SQS).
const ENTRIES: usize = 10;
const BYTES: usize = 1024 * 1024;
/// Calls for an entry that is refused inside a successful answer, and the pause before the second; each further pause is
/// twice as long. The SDK retries calls that fail as a whole, but not these.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);

/// The batches of one call each.
pub(super) fn batches(letters: Vec<Letter>) -> Vec<Vec<Letter>> {
    let mut batches: Vec<Vec<Letter>> = Vec::new();
    let mut bytes = 0;
    for letter in letters {
        let more = message_bytes(&letter.body, &letter.attributes);
        let fits = bytes + more <= BYTES;
        match batches.last_mut().filter(|batch| fits && batch.len() < ENTRIES) {
            Some(batch) => {
                bytes += more;
                batch.push(letter);
            }
            None => {
                bytes = more;
                batches.push(vec![letter]);
            }
        }
    }
    batches
}

/// Repeats a batch call until each entry succeeded, a few times at most. Returns the entries that succeeded, and the
/// result: the reason of an entry that never succeeded, or the call that failed as a whole.
pub(super) async fn retried(
    batch: &[Letter],
    mut call: impl AsyncFnMut(&[Letter]) -> Result<Vec<EntryResult>, CallError>,
) -> (Vec<Letter>, Result<Option<String>, CallError>) {
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
        for letter in open {
            match answers.next().unwrap_or_else(|| Err("SQS returned no result for this entry".to_owned())) {
                Ok(()) => done.push(letter),
                Err(refusal) => {
                    reason = Some(refusal);
                    again.push(letter);
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

    fn letter(id: &str, bytes: usize) -> Letter {
        Letter { message_id: id.to_owned(), body: "x".repeat(bytes), ..Letter::default() }
    }

    #[test]
    fn batches_keep_to_ten_letters_and_one_mebibyte() {
        let sizes = |letters: Vec<Letter>| batches(letters).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes((0..23).map(|_| letter("", 10)).collect()), [10, 10, 3]);
        assert_eq!(sizes((0..3).map(|_| letter("", 600_000)).collect()), [1, 1, 1]);
        assert_eq!(sizes((0..3).map(|_| letter("", 500_000)).collect()), [2, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn entries_refused_inside_an_answer_are_sent_again_alone() {
        let batch = [letter("a", 1), letter("never", 1), letter("b", 1)];
        let mut calls: Vec<Vec<String>> = Vec::new();
        let (done, end) =
            retried(&batch, async |letters: &[Letter]| {
                let ids: Vec<String> = letters.iter().map(|letter| letter.message_id.clone()).collect();
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
        let done: Vec<&str> = done.iter().map(|letter| letter.message_id.as_str()).collect();
        assert_eq!((done, end), (vec!["a", "b"], Ok(Some("busy".to_owned()))));
        assert_eq!((calls.len(), calls[1].join(" ")), (ATTEMPTS as usize, "never b".to_owned()));
        assert_eq!(calls[2], ["never"]);
    }
}
