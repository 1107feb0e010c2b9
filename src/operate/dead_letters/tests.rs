//! Queues in memory that hide messages as long as SQS does, on a clock that does not wait.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use processor::death::Death;

use super::*;
use crate::operate::{Depth, EntryResult, Unobserved, look_through};
use crate::stack::CallErrorKind;

struct Stored {
    message: DeadLetter,
    visible_at: Instant,
    receives: u32,
}

/// A dead-letter queue and a main queue. A hidden message is still in the queue.
#[derive(Default)]
struct Queues {
    dead: RefCell<BTreeMap<usize, Stored>>,
    main: RefCell<Vec<String>>,
    calls: Cell<usize>,
    /// The call, counted from 1, that fails as a whole.
    fails: Option<usize>,
    /// Ids of messages that SQS refuses to accept in the main queue, and to delete.
    refused: Vec<usize>,
    undeletable: Vec<usize>,
    /// How long one call takes.
    takes: Duration,
}

impl Queues {
    fn with(count: usize) -> Self {
        let stored = |number: usize| Stored {
            message: DeadLetter { message_id: number.to_string(), ..DeadLetter::default() },
            visible_at: Instant::now(),
            receives: 0,
        };
        Self {
            dead: RefCell::new((0..count).map(|number| (number, stored(number))).collect()),
            ..Self::default()
        }
    }

    async fn call(&self) -> Result<(), CallError> {
        sleep(self.takes).await;
        self.calls.set(self.calls.get() + 1);
        match self.fails {
            Some(number) if self.calls.get() == number => {
                Err(CallError::new(CallErrorKind::Refused, "sqs:Call", "cut"))
            }
            _ => Ok(()),
        }
    }

    fn visible(&self) -> usize {
        self.dead.borrow().values().filter(|stored| stored.visible_at <= Instant::now()).count()
    }

    /// Every message, wherever it is.
    fn everything(&self) -> BTreeSet<String> {
        let dead = self.dead.borrow();
        let dead = dead.values().map(|stored| stored.message.message_id.clone());
        dead.chain(self.main.borrow().iter().cloned()).collect()
    }

    fn arrived_twice(&self) -> usize {
        self.main.borrow().len() - self.main.borrow().iter().collect::<BTreeSet<_>>().len()
    }
}

fn refusal(ids: &[usize], dead_letter: &DeadLetter) -> EntryResult {
    let id: usize = dead_letter.message_id.parse().expect("a number");
    if ids.contains(&id) { Err("InternalError".to_owned()) } else { Ok(()) }
}

impl QueueApi for Queues {
    async fn depth(&self, _: &str) -> Result<Depth, CallError> {
        Ok(Depth::default())
    }
    async fn peek(&self, _: &str, seconds: u32) -> Result<Vec<DeadLetter>, CallError> {
        self.call().await?;
        let now = Instant::now();
        let mut dead = self.dead.borrow_mut();
        let visible = dead.values_mut().filter(|stored| stored.visible_at <= now).take(10);
        let page = visible.map(|stored| {
            stored.visible_at = now + Duration::from_secs(seconds.into());
            stored.receives += 1;
            stored.message.receipt = format!("{}/{}", stored.message.message_id, stored.receives);
            stored.message.clone()
        });
        Ok(page.collect())
    }
    async fn hide(&self, _: &str, receipts: &[String], seconds: u32) -> Result<Vec<EntryResult>, CallError> {
        self.call().await?;
        let mut dead = self.dead.borrow_mut();
        let answers = receipts.iter().map(|receipt| {
            match dead.values_mut().find(|stored| stored.message.receipt == *receipt) {
                Some(stored) => {
                    stored.visible_at = Instant::now() + Duration::from_secs(seconds.into());
                    Ok(())
                }
                None => Err("ReceiptHandleIsInvalid".to_owned()),
            }
        });
        Ok(answers.collect())
    }
    async fn oldest_seconds(&self, _: &str) -> Result<Option<u64>, CallError> {
        Ok(None)
    }
}

impl DeadLetterApi for Queues {
    async fn send_messages(
        &self,
        _: &str,
        dead_letters: &[DeadLetter],
    ) -> Result<Vec<EntryResult>, CallError> {
        self.call().await?;
        let answers: Vec<EntryResult> =
            dead_letters.iter().map(|dead_letter| refusal(&self.refused, dead_letter)).collect();
        let taken = dead_letters.iter().zip(&answers).filter(|(_, answer)| answer.is_ok());
        self.main.borrow_mut().extend(taken.map(|(dead_letter, _)| dead_letter.message_id.clone()));
        Ok(answers)
    }
    async fn delete_messages(
        &self,
        _: &str,
        dead_letters: &[DeadLetter],
    ) -> Result<Vec<EntryResult>, CallError> {
        self.call().await?;
        let mut dead = self.dead.borrow_mut();
        let answers: Vec<EntryResult> =
            dead_letters.iter().map(|dead_letter| refusal(&self.undeletable, dead_letter)).collect();
        for (dead_letter, _) in dead_letters.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()) {
            dead.retain(|_, stored| stored.message.receipt != dead_letter.receipt);
        }
        Ok(answers)
    }
}

/// The reported hiding times, and when the run should end.
#[derive(Default)]
struct Watcher {
    hidden_until: Option<Instant>,
    ends_after: Option<usize>,
    ids: usize,
}

impl QueueObserver for Watcher {
    fn moved(&mut self, count: usize) {
        self.ids = count;
    }
    fn hides(&mut self, longest: Duration) {
        self.hidden_until = self.hidden_until.max(Some(Instant::now() + longest));
    }
    fn shows_all(&mut self) {
        self.hidden_until = None;
    }
    fn ends(&self) -> bool {
        self.ends_after.is_some_and(|most| self.ids >= most)
    }
}

const TRANSFER: Transfer<'static> =
    Transfer { from: "dead", to: Some("main"), pause: Duration::ZERO, enough: usize::MAX };

async fn read(
    queues: &Queues,
    most: usize,
    observer: &mut dyn QueueObserver,
) -> Result<Vec<DeadLetter>, CallError> {
    let mut dead_letters = Vec::new();
    let see = async |portion: Vec<DeadLetter>| {
        dead_letters.extend(portion);
        Ok(most - dead_letters.len())
    };
    look_through(queues, "dead", most, observer, see).await.map_err(|error: CallError| error)?;
    Ok(dead_letters)
}

async fn even(dead_letters: &mut [DeadLetter]) -> Result<Vec<bool>, CallError> {
    Ok(dead_letters
        .iter()
        .map(|dead_letter| dead_letter.message_id.parse::<usize>().is_ok_and(|id| id % 2 == 0))
        .collect())
}

async fn all(dead_letters: &mut [DeadLetter]) -> Result<Vec<bool>, CallError> {
    Ok(vec![true; dead_letters.len()])
}

#[tokio::test(start_paused = true)]
async fn reading_leaves_everything_where_it_was() {
    let (queues, mut watcher) = (Queues::with(25), Watcher::default());
    assert_eq!(read(&queues, 1000, &mut watcher).await.expect("letters").len(), 25);
    assert_eq!((queues.visible(), watcher.hidden_until), (25, None));
    let broken = Queues { fails: Some(2), ..Queues::with(25) };
    read(&broken, 1000, &mut watcher).await.expect_err("a cut");
    assert_eq!(broken.visible(), 25);
}

/// Each is seen once, and soon after it was received.
#[tokio::test(start_paused = true)]
async fn large_messages_are_not_in_hand_all_at_once() {
    let queues = Queues::with(200);
    for stored in queues.dead.borrow_mut().values_mut() {
        stored.message.body = "x".repeat(1 << 20);
    }
    let (mut seen, mut most) = (0, 0);
    let see = async |dead_letters: Vec<DeadLetter>| {
        seen += dead_letters.len();
        most = most.max(dead_letters.len());
        Ok::<_, CallError>(1000)
    };
    look_through(&queues, "dead", 1000, &mut Unobserved, see).await.expect("letters");
    assert_eq!((seen, queues.visible()), (200, 200));
    assert_eq!(most, 16, "sixteen at a time");
    // The same while they are moved.
    let mut largest = 0;
    let choose = async |dead_letters: &mut [DeadLetter]| {
        largest = largest.max(dead_letters.len());
        all(dead_letters).await
    };
    let (moved, end) = move_dead_letters(&queues, TRANSFER, choose, &mut Watcher::default()).await;
    end.expect("an end");
    assert_eq!((moved.ids.len(), largest), (200, 16));
}

#[tokio::test(start_paused = true)]
async fn what_is_chosen_moves_and_what_is_refused_stays() {
    let queues = Queues { refused: vec![0, 20], ..Queues::with(40) };
    let (moved, end) = move_dead_letters(&queues, TRANSFER, even, &mut Watcher::default()).await;
    end.expect("an end");
    assert_eq!((moved.ids.len(), moved.left, moved.not_chosen.len(), moved.twice), (18, 2, 20, 0));
    assert_eq!(moved.reason.as_deref(), Some("InternalError"));
    assert_eq!((queues.main.borrow().len(), queues.visible()), (18, 22));
}

#[tokio::test(start_paused = true)]
async fn wherever_it_is_cut_no_message_is_lost() {
    for fails in 1..=40 {
        let queues = Queues { fails: Some(fails), ..Queues::with(40) };
        let (moved, _) = move_dead_letters(&queues, TRANSFER, even, &mut Watcher::default()).await;
        assert_eq!(queues.everything().len(), 40, "cut at call {fails}");
        assert!(queues.main.borrow().len() >= moved.ids.len(), "cut at call {fails}");
        let Count { before, sent, deleted, remaining } = moved.count;
        assert_eq!(
            (before, sent >= deleted, moved.count.lost()),
            (deleted + remaining, true, 0),
            "at {fails}"
        );
        assert_eq!(moved.ids.len() - moved.twice + queues.dead.borrow().len(), 40, "cut at call {fails}");
    }
}

/// 200 messages, one per second: longer than any of them is hidden.
#[tokio::test(start_paused = true)]
async fn a_slow_run_neither_shows_what_it_holds_nor_sends_it_twice() {
    for takes in [Duration::ZERO, Duration::from_millis(500)] {
        let queues = Queues { takes, ..Queues::with(200) };
        let transfer = Transfer { pause: Duration::from_secs(1), ..TRANSFER };
        let mut first = Watcher::default();
        let run = move_dead_letters(&queues, transfer, all, &mut first);
        // Another user, who also redrives.
        let other = async {
            let mut second = Watcher::default();
            sleep(Duration::from_secs(125)).await;
            let (moved, end) = move_dead_letters(&queues, TRANSFER, all, &mut second).await;
            end.expect("an end");
            moved
        };
        let ((moved, end), others) = tokio::join!(run, other);
        end.expect("an end");
        assert_eq!(moved.ids.len() + others.ids.len(), 200, "{takes:?}");
        assert!(moved.ids.len() >= 60 && others.ids.len() <= 140, "{takes:?}");
        assert_eq!((queues.arrived_twice(), queues.dead.borrow().len()), (0, 0), "{takes:?}");
    }
}

/// The processor may have sent one twice, if the first answer was lost. The copies are anywhere in the queue.
#[tokio::test(start_paused = true)]
async fn what_was_sent_twice_is_one_message() {
    for apart in [1, 12, 1_010] {
        let queues = Queues::with(1_100);
        for (number, stored) in queues.dead.borrow_mut().iter_mut() {
            let origin = if *number == apart { 0 } else { *number };
            stored.message.death = Some(Death { message_id: format!("o-{origin}"), ..Death::default() });
        }
        let (moved, end) = move_dead_letters(&queues, TRANSFER, first_only, &mut Watcher::default()).await;
        end.expect("an end");
        assert_eq!((moved.ids.len(), moved.not_chosen.len(), moved.left), (1, 1_098, 0), "{apart}");
        assert_eq!(*queues.main.borrow(), ["0"], "sent once");
        assert_eq!(queues.dead.borrow().len(), 1_098, "both are removed");
    }
    // If one is never sent, its copy is not either.
    let queues = Queues { refused: vec![0], ..Queues::with(2) };
    for stored in queues.dead.borrow_mut().values_mut() {
        stored.message.death = Some(Death { message_id: "o-0".to_owned(), ..Death::default() });
    }
    let (moved, end) = move_dead_letters(&queues, TRANSFER, all, &mut Watcher::default()).await;
    end.expect("an end");
    assert_eq!((moved.ids.len(), moved.left, queues.visible()), (0, 2, 2));
}

/// Once it is a row, its copy would not be chosen.
async fn first_only(dead_letters: &mut [DeadLetter]) -> Result<Vec<bool>, CallError> {
    Ok(dead_letters.iter().map(|dead_letter| dead_letter.message_id == "0").collect())
}

/// Messages that are not chosen are held to the end, longer than the first hiding time.
#[tokio::test(start_paused = true)]
async fn what_stays_is_hidden_until_the_end_and_shown_then() {
    let queues = Queues::with(400);
    let transfer = Transfer { pause: Duration::from_secs(3), ..TRANSFER };
    let mut watcher = Watcher::default();
    let (moved, end) = move_dead_letters(&queues, transfer, even, &mut watcher).await;
    end.expect("an end");
    assert_eq!((moved.ids.len(), moved.not_chosen.len(), moved.left), (200, 200, 0));
    assert_eq!((queues.visible(), watcher.hidden_until), (200, None));
    let receives: Vec<u32> = queues.dead.borrow().values().map(|stored| stored.receives).collect();
    assert!(receives.iter().all(|receives| *receives == 1), "{receives:?}");
}

/// A receive returns up to ten, whatever the limit is.
#[tokio::test(start_paused = true)]
async fn no_more_are_read_or_moved_than_the_limit() {
    let queues = Queues::with(40);
    assert_eq!(read(&queues, 3, &mut Watcher::default()).await.expect("letters").len(), 3);
    let (moved, end) =
        move_dead_letters(&queues, Transfer { enough: 13, ..TRANSFER }, all, &mut Watcher::default()).await;
    end.expect("an end");
    assert_eq!((moved.ids.len(), queues.visible()), (13, 27));
    // However many messages before them are not chosen.
    let others = Queues::with(40);
    let (moved, end) =
        move_dead_letters(&others, Transfer { enough: 13, ..TRANSFER }, even, &mut Watcher::default()).await;
    end.expect("an end");
    assert_eq!((moved.ids.len(), others.visible()), (13, 27));
    // Portions that are not multiples of ten lose none.
    let transfer = Transfer { pause: Duration::from_millis(4_100), ..TRANSFER };
    let (moved, end) = move_dead_letters(&queues, transfer, all, &mut Watcher::default()).await;
    end.expect("an end");
    assert_eq!((moved.ids.len(), queues.dead.borrow().len(), queues.arrived_twice()), (27, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn only_what_can_be_moved_in_time_is_taken() {
    let queues = Queues::with(200);
    let transfer = Transfer { pause: Duration::from_secs(1), ..TRANSFER };
    let mut watcher = Watcher { ends_after: Some(10), ..Watcher::default() };
    let (moved, end) = move_dead_letters(&queues, transfer, all, &mut watcher).await;
    end.expect("an end");
    let held = queues.dead.borrow().values().filter(|stored| stored.receives > 0).count();
    assert_eq!((moved.ids.len(), held), (10, 50), "60 seconds' messages are taken at once");
    assert_eq!(queues.visible(), 190, "those in hand are given back");
}

#[tokio::test(start_paused = true)]
async fn what_arrived_and_cannot_be_removed_is_not_called_left_and_stays_hidden() {
    let queues = Queues { undeletable: vec![3, 7], ..Queues::with(10) };
    let mut watcher = Watcher::default();
    let (moved, end) = move_dead_letters(&queues, TRANSFER, all, &mut watcher).await;
    end.expect("an end");
    assert_eq!((moved.ids.len(), moved.twice, moved.left), (10, 2, 0));
    assert_eq!((queues.visible(), queues.dead.borrow().len()), (0, 2));
    assert!(watcher.hidden_until.is_some(), "two are hidden still");
}

/// The reported time of a run that was killed is never too early.
#[tokio::test(start_paused = true)]
async fn the_time_until_which_messages_are_hidden_is_reported() {
    for fails in 1..=30 {
        let queues = Queues { takes: Duration::from_secs(2), ..Queues::with(30) };
        let mut watcher = Watcher::default();
        let limit = Duration::from_secs(2 * fails) + Duration::from_millis(1);
        let transfer = Transfer { pause: Duration::from_secs(5), ..TRANSFER };
        let run = tokio::time::timeout(limit, move_dead_letters(&queues, transfer, all, &mut watcher));
        if run.await.is_err() {
            let until = watcher.hidden_until.expect("messages are hidden");
            let last = queues.dead.borrow().values().map(|stored| stored.visible_at).max();
            assert!(last <= Some(until), "killed after {fails} calls");
        }
    }
}
