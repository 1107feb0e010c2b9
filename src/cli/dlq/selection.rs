//! Which messages of which queue a command selects.

use camino::Utf8PathBuf;
use clap::Args;

use super::explained::{Explained, NOT_CHECKED, STORABLE, STORED};
use crate::cli::Stop;
use crate::deploy::{Session, quoted};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};

/// The default number of messages to list or redrive.
const LIMIT: u32 = 10_000;

/// Which queue.
#[derive(Debug, Clone, Args)]
pub(super) struct Queue {
    /// The spec.
    pub(super) spec: Utf8PathBuf,
    /// Undelivered events, which EventBridge could not deliver, instead of dead letters.
    #[arg(long)]
    pub(super) undelivered: bool,
}

impl Queue {
    pub(super) fn name<'a>(&self, session: &'a Session) -> &'a str {
        if self.undelivered { &session.names.undelivered_queue } else { &session.names.dead_letter_queue }
    }

    /// The next command to type for the same queue.
    pub(super) fn command(&self, session: &Session, verb: &str, more: &str) -> String {
        let undelivered = self.undelivered.then_some("--undelivered");
        let flags: Vec<&str> = undelivered.into_iter().chain((!more.is_empty()).then_some(more)).collect();
        session.command(&format!("dlq {verb}"), &flags.join(" "))
    }
}

/// Which messages.
#[derive(Debug, Clone, Args)]
pub(super) struct Selection {
    #[command(flatten)]
    pub(super) queue: Queue,
    /// Only messages with this reason, such as `missing-field`, `conflict`, `storable` or `stored`.
    #[arg(long, value_name = "CODE")]
    pub(super) reason: Vec<String>,
    /// Only the message with this id.
    #[arg(long, value_name = "MESSAGE_ID")]
    pub(super) message: Vec<String>,
    /// The most messages to select.
    #[arg(long, default_value_t = LIMIT, value_parser = clap::value_parser!(u32).range(1..=120_000))]
    limit: u32,
}

impl Selection {
    /// The selection without flags, but with a reason.
    pub(super) fn of(queue: Queue, reason: Option<String>) -> Self {
        Self { queue, reason: reason.into_iter().collect(), message: Vec::new(), limit: LIMIT }
    }

    pub(super) fn has(&self, explained: &Explained) -> bool {
        let reason = self.reason.is_empty() || self.reason.iter().any(|reason| explained.is_of(reason));
        reason && self.names(&explained.message_id)
    }

    /// Whether the selection includes this id. Without ids, it includes all.
    fn names(&self, message_id: &str) -> bool {
        self.message.is_empty() || self.message.iter().any(|id| id == message_id)
    }

    /// Whether the selection leaves out some messages.
    pub(super) fn is_narrow(&self) -> bool {
        !self.reason.is_empty() || !self.message.is_empty()
    }

    /// How many more messages to read after this number of selected ones was found.
    pub(super) fn wants(&self, found: usize) -> usize {
        let left = self.most().saturating_sub(found);
        let all_ids = !self.message.is_empty() && self.reason.is_empty() && found >= self.message.len();
        if all_ids || left == 0 {
            0
        } else if self.is_narrow() {
            usize::MAX
        } else {
            left
        }
    }

    /// The next command to type for the same messages.
    pub(super) fn command(&self, session: &Session, verb: &str, more: &str) -> String {
        let flags = [self.flags(), more.to_owned()];
        let flags: Vec<&str> = flags.iter().map(String::as_str).filter(|flags| !flags.is_empty()).collect();
        self.queue.command(session, verb, &flags.join(" "))
    }

    /// The flags of the selection.
    pub(super) fn flags(&self) -> String {
        let chosen = [("--reason", &self.reason), ("--message", &self.message)];
        let chosen = chosen.iter().flat_map(|(flag, values)| values.iter().map(move |value| (flag, value)));
        let mut flags: Vec<String> =
            chosen.map(|(flag, value)| format!("{flag} {}", quoted(value))).collect();
        if self.limit != LIMIT {
            flags.push(format!("--limit {}", self.limit));
        }
        flags.join(" ")
    }

    pub(super) fn most(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// Refuses an unknown reason, which must be mistyped.
    pub(super) fn check(&self) -> Result<(), Stop> {
        let known: Vec<&str> = processor::reason::Reason::ALL
            .iter()
            .map(|reason| reason.as_str())
            .chain([STORABLE, STORED, NOT_CHECKED])
            .collect();
        let Some(wrong) = self.reason.iter().find(|reason| !known.contains(&reason.as_str())) else {
            return Ok(());
        };
        let help = match crate::validate::nearest(wrong, known.iter().copied()) {
            Some(suggestion) => format!("did you mean `{suggestion}`?"),
            None => format!("reasons are {}", known.join(", ")),
        };
        let diagnostic = Diagnostic::error(codes::DLQ_UNKNOWN_REASON, format!("unknown reason `{wrong}`"));
        Err(Stop::Failure(Failure::new(Exit::Usage, diagnostic.help(help))))
    }
}
