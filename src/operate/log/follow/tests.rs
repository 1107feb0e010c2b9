use std::cell::RefCell;
use std::collections::VecDeque;

use super::super::LogEventsPage;
use super::*;
use crate::stack::CallErrorKind;

/// Answers in order; without one, the log is empty.
struct Scripted {
    answers: RefCell<VecDeque<Result<LogEventsPage, CallError>>>,
    asked: RefCell<Vec<(i64, Option<String>)>>,
}

impl Scripted {
    fn new(answers: impl IntoIterator<Item = Result<LogEventsPage, CallError>>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), asked: RefCell::default() }
    }
}

impl LogEventsApi for Scripted {
    async fn log_events(&self, query: &LogQuery, next: Option<String>) -> Result<LogEventsPage, CallError> {
        self.asked.borrow_mut().push((query.from, next));
        self.answers.borrow_mut().pop_front().unwrap_or_else(|| Ok(LogEventsPage::default()))
    }
}

fn page(events: &[(i64, &str)], next: Option<&str>) -> Result<LogEventsPage, CallError> {
    let event = |(at, id): &(i64, &str)| LogEvent {
        id: (*id).to_owned(),
        at: *at,
        stream: "s".to_owned(),
        text: (*id).to_owned(),
    };
    Ok(LogEventsPage { events: events.iter().map(event).collect(), next: next.map(str::to_owned) })
}

fn error(kind: CallErrorKind) -> Result<LogEventsPage, CallError> {
    Err(CallError::new(kind, "logs:FilterLogEvents", "no"))
}

fn query(from: i64) -> LogQuery {
    LogQuery { group: "g".to_owned(), from, to: None, pattern: None }
}

/// Follows until `most` lines were reported.
async fn followed(api: &Scripted, most: usize) -> (Vec<String>, Result<(), CallError>) {
    let mut updates = Vec::new();
    let mut observer = |what: LogUpdate<'_>| {
        updates.push(match what {
            LogUpdate::Line(event) => event.text,
            LogUpdate::Lost(error) => format!("lost: {:?}", error.kind),
            LogUpdate::Back => "back".to_owned(),
        });
        if updates.len() >= most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ended = follow_log(api, query(1_000_000), Duration::from_secs(2), &mut observer).await;
    (updates, ended)
}

#[tokio::test(start_paused = true)]
async fn each_line_comes_once_through_pages_looks_and_failures() {
    let api = Scripted::new([
        page(&[(2_000_000, "a")], Some("2")),
        page(&[], Some("3")),
        // Half of a read.
        error(CallErrorKind::Throttled),
        error(CallErrorKind::Unreachable),
        page(&[(2_000_000, "a"), (2_000_001, "b")], None),
        page(&[(1_999_000, "late"), (2_000_000, "a"), (2_000_001, "b")], None),
        error(CallErrorKind::LocalUnreachable),
        page(&[(1_999_000, "late"), (2_000_001, "b"), (2_000_002, "c")], None),
    ]);
    let (updates, ended) = followed(&api, 8).await;
    assert_eq!(updates, ["a", "lost: Throttled", "b", "back", "late", "lost: LocalUnreachable", "c", "back"]);
    assert_eq!(ended, Ok(()));
    let asked = api.asked.borrow();
    assert_eq!(asked[1], (1_000_000, Some("2".to_owned())));
    assert_eq!(asked[3], (2_000_000 - 120_000, None), "a look that was cut off begins before what it showed");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_ends_it_and_so_do_pages_without_an_end() {
    let api = Scripted::new([page(&[], None), error(CallErrorKind::Denied)]);
    let (updates, ended) = followed(&api, 9).await;
    assert_eq!((updates, ended.expect_err("a denial").kind), (Vec::new(), CallErrorKind::Denied));
    let api = Scripted::new([page(&[], Some("1")), page(&[], Some("1"))]);
    let error = read_log(&api, &query(0), &mut |_| ControlFlow::Continue(())).await.expect_err("a circle");
    assert_eq!(error.kind, CallErrorKind::Endless);
}

/// A reader that disconnects ends the calls.
#[tokio::test(start_paused = true)]
async fn nothing_is_read_for_nobody() {
    let api = Scripted::new([page(&[(1, "a"), (2, "b")], Some("2"))]);
    let mut count = 0;
    let mut observer = |_: LogUpdate<'_>| {
        count += 1;
        ControlFlow::Break(())
    };
    assert_eq!(read_log(&api, &query(0), &mut observer).await, Ok(()));
    assert_eq!((count, api.asked.borrow().len()), (1, 1));
}
