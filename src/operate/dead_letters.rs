use std::collections::BTreeSet;
use std::time::Duration;

use super::api::{Letter, LetterApi, QueueApi};
use crate::stack::CallError;

/// How long messages are hidden from others while they are read: long enough for a thousand looks, and the time after
/// which they show themselves again should the program die.
const HIDE_SECONDS: u32 = 120;
/// Looks without a message before a queue counts as empty: SQS asks only some of its machines at a time.
const EMPTY_LOOKS: usize = 5;
/// Entries of one batch call, and bytes of its messages (SQS).
const BATCH: usize = 10;
const BATCH_BYTES: usize = 1024 * 1024;

/// Reads up to `most` messages and gives all of them back, whatever happens.
///
/// # Errors
/// What the calls say.
pub async fn read_letters<A: QueueApi>(
    api: &A,
    queue: &str,
    most: usize,
    tell: &mut dyn FnMut(usize),
) -> Result<Vec<Letter>, CallError> {
    let (taken, end) = take(api, queue, most, tell).await;
    let back = give_back(api, queue, &taken).await;
    end?;
    back?;
    Ok(taken)
}

/// Takes up to `most` messages, hidden for a while. What was taken before an error is told with it.
async fn take<A: QueueApi>(
    api: &A,
    queue: &str,
    most: usize,
    tell: &mut dyn FnMut(usize),
) -> (Vec<Letter>, Result<(), CallError>) {
    let mut taken: Vec<Letter> = Vec::new();
    let mut known = BTreeSet::new();
    let mut empty = 0;
    while empty < EMPTY_LOOKS && taken.len() < most {
        let page = match api.peek(queue, HIDE_SECONDS).await {
            Ok(page) => page,
            Err(error) => return (taken, Err(error)),
        };
        let before = taken.len();
        taken.extend(page.into_iter().filter(|letter| known.insert(letter.message_id.clone())));
        empty = if taken.len() == before { empty + 1 } else { 0 };
        tell(taken.len());
    }
    (taken, Ok(()))
}

async fn give_back<A: QueueApi>(api: &A, queue: &str, letters: &[Letter]) -> Result<(), CallError> {
    for batch in letters.chunks(BATCH) {
        api.give_back(queue, batch).await?;
    }
    Ok(())
}

/// Messages on their way, and how fast they go.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    pub from: &'a str,
    /// `None`: they are removed and go nowhere.
    pub to: Option<&'a str>,
    /// Between two batches.
    pub pause: Duration,
}

/// What became of the messages of a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// Those that went.
    pub letters: Vec<Letter>,
    /// Chosen, and still where they were: SQS refused them, or the way ended before.
    pub left: usize,
    /// Not chosen.
    pub kept: usize,
}

/// Takes all messages, moves those that `choose` names, as it leaves them, and gives the others back. A message is sent on before it is
/// deleted, so that it may come twice and is never lost, wherever this ends.
///
/// # Errors
/// What the calls say; what moved before has moved.
pub async fn move_letters<A: QueueApi + LetterApi>(
    api: &A,
    way: Way<'_>,
    most: usize,
    choose: impl AsyncFnOnce(&mut [Letter]) -> Result<Vec<bool>, CallError>,
    tell: &mut dyn FnMut(usize),
) -> Result<Moved, CallError> {
    let (mut taken, end) = take(api, way.from, most, &mut |_| {}).await;
    let chosen = match end {
        Ok(()) => choose(&mut taken).await,
        Err(error) => Err(error),
    };
    let chosen = match chosen {
        Ok(chosen) => chosen,
        Err(error) => {
            give_back(api, way.from, &taken).await?;
            return Err(error);
        }
    };
    let (mut go, mut stay) = (Vec::new(), Vec::new());
    for (letter, goes) in taken.into_iter().zip(chosen) {
        if goes { go.push(letter) } else { stay.push(letter) }
    }
    let mut moved = Moved { kept: stay.len(), ..Moved::default() };
    let mut error = None;
    for batch in batches(go) {
        if error.is_some() {
            moved.left += batch.len();
            stay.extend(batch);
            continue;
        }
        match pass_on(api, way, &batch).await {
            Ok(gone) => {
                for (letter, gone) in batch.into_iter().zip(gone) {
                    if gone {
                        moved.letters.push(letter);
                    } else {
                        moved.left += 1;
                        stay.push(letter);
                    }
                }
                tell(moved.letters.len());
            }
            Err(failed) => {
                moved.left += batch.len();
                stay.extend(batch);
                error = Some(failed);
            }
        }
        tokio::time::sleep(way.pause).await;
    }
    give_back(api, way.from, &stay).await?;
    error.map_or(Ok(moved), Err)
}

/// Sends a batch on and deletes what arrived. One answer for each letter: whether it is gone from where it was.
async fn pass_on<A: LetterApi>(api: &A, way: Way<'_>, batch: &[Letter]) -> Result<Vec<bool>, CallError> {
    let Some(to) = way.to else { return api.delete_letters(way.from, batch).await };
    let sent = api.send_letters(to, batch).await?;
    let arrived: Vec<Letter> =
        batch.iter().zip(&sent).filter(|(_, sent)| **sent).map(|(letter, _)| letter.clone()).collect();
    if !arrived.is_empty() {
        // One that is not deleted comes again, and the processor knows it then.
        api.delete_letters(way.from, &arrived).await?;
    }
    Ok(sent)
}

/// Batches that one call takes.
fn batches(letters: Vec<Letter>) -> Vec<Vec<Letter>> {
    let mut batches: Vec<Vec<Letter>> = Vec::new();
    let mut bytes = 0;
    for letter in letters {
        let fits = bytes + letter.body.len() <= BATCH_BYTES;
        match batches.last_mut().filter(|batch| fits && batch.len() < BATCH) {
            Some(batch) => {
                bytes += letter.body.len();
                batch.push(letter);
            }
            None => {
                bytes = letter.body.len();
                batches.push(vec![letter]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::operate::Depth;
    use crate::stack::CallErrorKind;

    /// Two queues in memory. `fails`: the call, counted from 1, that does not succeed.
    #[derive(Default)]
    struct Queues {
        dead: RefCell<Vec<Letter>>,
        hidden: RefCell<Vec<Letter>>,
        main: RefCell<Vec<Letter>>,
        calls: RefCell<usize>,
        fails: Option<usize>,
    }

    impl Queues {
        fn with(count: usize) -> Self {
            let letter = |number: usize| Letter { message_id: number.to_string(), ..Letter::default() };
            Self { dead: RefCell::new((0..count).map(letter).collect()), ..Self::default() }
        }

        fn call(&self) -> Result<(), CallError> {
            *self.calls.borrow_mut() += 1;
            match self.fails {
                Some(number) if *self.calls.borrow() == number => {
                    Err(CallError::new(CallErrorKind::Unreachable, "sqs:Call", "cut"))
                }
                _ => Ok(()),
            }
        }

        fn everything(&self) -> BTreeSet<String> {
            let all = [&self.dead, &self.hidden, &self.main];
            all.iter().flat_map(|part| part.borrow().clone()).map(|letter| letter.message_id).collect()
        }
    }

    impl QueueApi for Queues {
        async fn depth(&self, _: &str) -> Result<Depth, CallError> {
            Ok(Depth::default())
        }
        async fn peek(&self, _: &str, _: u32) -> Result<Vec<Letter>, CallError> {
            self.call()?;
            let mut dead = self.dead.borrow_mut();
            let count = dead.len().min(10);
            let page: Vec<Letter> = dead.drain(..count).collect();
            self.hidden.borrow_mut().extend(page.clone());
            Ok(page)
        }
        async fn give_back(&self, _: &str, letters: &[Letter]) -> Result<(), CallError> {
            self.hidden.borrow_mut().retain(|letter| !letters.contains(letter));
            self.dead.borrow_mut().extend_from_slice(letters);
            Ok(())
        }
        async fn oldest_seconds(&self, _: &str) -> Result<Option<u64>, CallError> {
            Ok(None)
        }
    }

    impl LetterApi for Queues {
        async fn send_letters(&self, _: &str, letters: &[Letter]) -> Result<Vec<bool>, CallError> {
            self.call()?;
            // The first of each batch is refused.
            self.main.borrow_mut().extend_from_slice(&letters[1..]);
            Ok((0..letters.len()).map(|index| index > 0).collect())
        }
        async fn delete_letters(&self, _: &str, letters: &[Letter]) -> Result<Vec<bool>, CallError> {
            self.call()?;
            self.hidden.borrow_mut().retain(|letter| !letters.contains(letter));
            Ok(vec![true; letters.len()])
        }
    }

    const WAY: Way<'static> = Way { from: "dead", to: Some("main"), pause: Duration::ZERO };

    async fn even(letters: &mut [Letter]) -> Result<Vec<bool>, CallError> {
        Ok(letters
            .iter()
            .map(|letter| letter.message_id.parse::<usize>().is_ok_and(|id| id % 2 == 0))
            .collect())
    }

    #[tokio::test]
    async fn reading_leaves_everything_where_it_was() {
        let queues = Queues::with(25);
        assert_eq!(read_letters(&queues, "dead", 1000, &mut |_| {}).await.expect("letters").len(), 25);
        assert_eq!((queues.dead.borrow().len(), queues.hidden.borrow().len()), (25, 0));
        let broken = Queues { fails: Some(2), ..Queues::with(25) };
        read_letters(&broken, "dead", 1000, &mut |_| {}).await.expect_err("a cut");
        assert_eq!((broken.dead.borrow().len(), broken.hidden.borrow().len()), (25, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_chosen_moves_and_what_is_refused_stays() {
        let queues = Queues::with(40);
        let moved = move_letters(&queues, WAY, 1000, even, &mut |_| {}).await.expect("an end");
        assert_eq!((moved.letters.len(), moved.left, moved.kept), (18, 2, 20));
        assert_eq!((queues.main.borrow().len(), queues.dead.borrow().len()), (18, 22));
        assert!(queues.hidden.borrow().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn wherever_it_is_cut_no_message_is_lost() {
        for fails in 1..=20 {
            let queues = Queues { fails: Some(fails), ..Queues::with(40) };
            let _ = move_letters(&queues, WAY, 1000, even, &mut |_| {}).await;
            assert_eq!(queues.everything().len(), 40, "cut at call {fails}");
        }
    }

    #[test]
    fn batches_keep_to_ten_letters_and_one_mebibyte() {
        let letter = |bytes: usize| Letter { body: "x".repeat(bytes), ..Letter::default() };
        let sizes = |letters: Vec<Letter>| batches(letters).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes((0..23).map(|_| letter(10)).collect()), [10, 10, 3]);
        assert_eq!(sizes((0..3).map(|_| letter(600_000)).collect()), [1, 1, 1]);
        assert_eq!(sizes((0..3).map(|_| letter(500_000)).collect()), [2, 1]);
    }
}
