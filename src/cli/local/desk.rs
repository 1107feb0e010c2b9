//! Answers the requests of the local console.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::opened::{Opened, Opener, unheard};
use super::refused::refusals;
use super::shown::{pipeline, samples};
use super::tried_event::{fate, send};
use crate::cli::Stop;
use crate::cli::dlq::{Wanted, redrive_from_page};
use crate::cli::query::newest_rows;
use crate::diagnostic::{Exit, Failure};
use crate::operate::EventWatch;
use crate::report::diagnostics_json;
use crate::ui::{Desk, Reply};

/// Rows that the page shows.
const ROWS: usize = 20;
/// Events that the page sent and can query.
const REMEMBERED: usize = 200;

/// Answers the page's requests with the same functions as the commands.
pub(super) struct PageDesk {
    opener: Opener,
    /// The newest events that were sent, by their ids.
    sent: RefCell<VecDeque<EventWatch>>,
    /// Whether a redrive runs.
    redrives: Cell<bool>,
    /// The number of running requests that change something.
    works: Cell<usize>,
    idle: Notify,
    stops: Cell<bool>,
    /// A line for the terminal about each change.
    reports: UnboundedSender<String>,
}

#[derive(Deserialize)]
struct Send {
    event: String,
}

#[derive(Deserialize)]
struct Redrive {
    #[serde(default)]
    undelivered: bool,
    reason: Option<String>,
}

impl PageDesk {
    pub(super) fn new(opener: Opener, reports: UnboundedSender<String>) -> Self {
        let (sent, redrives, works, idle, stops) = Default::default();
        Self { opener, sent, redrives, works, idle, stops, reports }
    }

    /// Asks running requests to end.
    pub(super) fn stops(&self) {
        self.stops.set(true);
    }

    /// Waits until no request changes anything.
    pub(super) async fn is_idle(&self) {
        while self.works.get() > 0 {
            self.idle.notified().await;
        }
    }

    async fn answer(&self, path: &str) -> Result<Option<String>, Stop> {
        let event = path.strip_prefix("events/");
        if event.is_none() && !["pipeline", "status", "rows", "refusals", "samples"].contains(&path) {
            return Ok(None);
        }
        let opened = self.opener.recent().await?;
        let document = match (path, event) {
            ("status", _) => return Ok(Some(opened.watched.lock().await.document().await?)),
            ("rows", _) => newest_rows(&opened.session, opened.spec(), &opened.stack.outputs, ROWS).await?,
            ("refusals", _) => refusals(&opened.session).await?,
            ("samples", _) => samples(&opened),
            (_, Some(id)) => {
                let known = self.sent.borrow().iter().find(|watch| watch.event_id == id).cloned();
                let Some(watch) = known else { return Ok(None) };
                fate(&opened, &watch).await?
            }
            _ => pipeline(&opened, &self.opener.path),
        };
        Ok(Some(document.to_string()))
    }

    async fn send(&self, opened: &Opened, text: &str) -> Result<Value, Stop> {
        let (report, watch) = send(opened, text, &mut unheard()).await?;
        let mut sent = self.sent.borrow_mut();
        sent.truncate(REMEMBERED - 1);
        watch.into_iter().for_each(|watch| sent.push_front(watch));
        let bus = &opened.session.names.bus;
        drop(self.reports.send(format!("  {:<14}1 event to {bus}, from the page", "sent")));
        Ok(report)
    }

    async fn redrive(&self, opened: &Opened, asked: Redrive) -> Result<Value, Stop> {
        let wanted = Wanted { undelivered: asked.undelivered, reason: asked.reason };
        let of = (&*opened.session, opened.spec());
        let (mut document, failed) = redrive_from_page(wanted, of, &self.stops, &mut unheard()).await?;
        let line = format!(
            "  {:<14}{} redriven, {} remain, from the page",
            "redrive", document["sent"], document["kept"]
        );
        drop(self.reports.send(line));
        document["failed"] = failed.and_then(first_words).unwrap_or_default();
        Ok(document)
    }

    async fn done(&self, path: &str, body: &[u8]) -> Result<Option<Reply>, Stop> {
        let wrong = || Some(message_reply(400, "the request did not come from this page"));
        let document = match path {
            "send" => {
                let Ok(Send { event }) = serde_json::from_slice(body) else { return Ok(wrong()) };
                let opened = self.opener.open_again().await?;
                self.send(&opened, &event).await?
            }
            "redrive" => {
                let Ok(asked) = serde_json::from_slice(body) else { return Ok(wrong()) };
                if self.redrives.replace(true) {
                    return Ok(Some(message_reply(409, "a redrive is running; wait until it ends")));
                }
                let done = match self.opener.open_again().await {
                    Ok(opened) => self.redrive(&opened, asked).await,
                    Err(stop) => Err(stop),
                };
                self.redrives.set(false);
                done?
            }
            _ => return Ok(None),
        };
        Ok(Some(Reply::done(document.to_string())))
    }
}

impl Desk for PageDesk {
    async fn look(&self, path: &str) -> Option<Reply> {
        match self.answer(path).await {
            Ok(document) => document.map(Reply::done),
            Err(stop) => Some(failed(stop)),
        }
    }

    async fn act(self: Rc<Self>, path: String, body: Vec<u8>) -> Option<Reply> {
        if self.stops.get() {
            return Some(message_reply(503, "pipectl is shutting down"));
        }
        self.works.set(self.works.get() + 1);
        let done = self.done(&path, &body).await;
        self.works.set(self.works.get() - 1);
        self.idle.notify_one();
        done.unwrap_or_else(|stop| Some(failed(stop)))
    }
}

/// A failure as `--format json` prints it.
fn failed(stop: Stop) -> Reply {
    let Stop::Failure(Failure { exit, diagnostics, sources }) = stop else {
        return message_reply(500, "nothing can be written");
    };
    let status = if matches!(exit, Exit::Failed | Exit::Usage | Exit::InvalidSpec) { 422 } else { 409 };
    Reply { status, json: diagnostics_json(&diagnostics, &sources) }
}

fn first_words(stop: Stop) -> Option<Value> {
    let Stop::Failure(failure) = stop else { return None };
    let first = failure.diagnostics.into_iter().next()?;
    Some(json!({"code": first.code.name, "message": first.message, "help": first.help}))
}

/// A refusal by this server, in the same format.
fn message_reply(status: u16, message: &str) -> Reply {
    let diagnostics = json!([{ "severity": "error", "message": message }]);
    Reply { status, json: json!({"version": 1, "diagnostics": diagnostics}).to_string() }
}
