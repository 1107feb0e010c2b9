use serde_json::json;

use super::Selection;
use super::run::Hidden;
use crate::cli::{Outcome, Stop};
use crate::deploy::Session;
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::Moved;
use crate::report::{Console, Format, harmless};

/// What a redrive did, and what it could not.
#[derive(Debug, Default)]
pub(super) struct Redriven {
    pub(super) moved: Moved,
    /// Of those sent back, how many are rows now; and how many are not, after it was waited for them.
    pub(super) rows: usize,
    pub(super) missing: usize,
    pub(super) waited_seconds: u64,
    /// Kept, because the table could not be asked whether they would be stored.
    pub(super) unread: usize,
    pub(super) hidden: Hidden,
    pub(super) dry_run: bool,
}

impl Redriven {
    /// Shows it; whatever is not done is an error, the first cause first.
    pub(super) fn conclude(
        &self,
        session: &Session,
        selection: &Selection,
        end: Result<(), Stop>,
        console: &mut Console,
    ) -> Outcome {
        if end.is_ok() || !self.moved.gone.is_empty() {
            self.show(console);
        }
        end?;
        if self.dry_run {
            return Ok(Exit::Done);
        }
        let failed = |message: String, help: String| {
            Err(Stop::Failure(Failure::failed(codes::SEND_INCOMPLETE, message, help)))
        };
        let moved = &self.moved;
        if moved.left > 0 {
            let reason =
                moved.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", harmless(reason)));
            let message =
                format!("{} messages were not taken and are dead letters still{reason}", moved.left);
            return failed(message, "run the same command again".to_owned());
        }
        if moved.twice > 0 {
            let message =
                format!("{} were sent back and could not be removed from the dead-letter queue", moved.twice);
            let purge = selection.of_queue(session, "purge", "--reason stored --save letters.jsonl");
            return failed(message, format!("in a few minutes, remove them with `{purge}`"));
        }
        if self.missing > 0 {
            let all = self.missing + self.rows;
            let message = format!("{} of {all} are not rows after {} s", self.missing, self.waited_seconds);
            // What is refused now is a dead letter of the processor's, wherever it came from.
            return failed(message, format!("see why with `{}`", session.command("dlq list", "")));
        }
        let redrive = selection.command(session, "redrive", "");
        if self.unread > 0 {
            let message = format!(
                "{} were not checked: the table is too busy to say whether their rows are there",
                self.unread
            );
            let help = format!("run `{redrive}` again later; with `--force` they go unchecked");
            return Err(Stop::Failure(Failure::failed(codes::DLQ_NOT_CHECKED, message, help)));
        }
        if self.hidden.count > 0 {
            return Err(self.hidden.failure(&redrive));
        }
        console.note(&format!("\n  next: {}", session.command("status", "")));
        Ok(Exit::Done)
    }

    fn show(&self, console: &mut Console) {
        let Self { moved, rows, hidden, .. } = self;
        let sent = moved.gone.len();
        if console.format == Format::Json {
            let document = json!({
                "version": 1, "sent": sent, "rows": rows, "kept": moved.kept.len(), "left": moved.left,
                "not_removed": moved.twice, "not_checked": self.unread, "hidden": hidden.count,
                "hidden_until": hidden.until(), "dry_run": self.dry_run,
            });
            console.outcome(&document.to_string());
            return;
        }
        let verb = if self.dry_run { "would be sent back" } else { "sent back" };
        let mut text = format!("  {sent} {verb}");
        if *rows > 0 {
            text.push_str(&format!(", {rows} are rows"));
        }
        if !moved.kept.is_empty() {
            let kept = moved.kept.len();
            text.push_str(&format!(", {kept} stay: they would die again, or were not chosen"));
        }
        if self.dry_run && hidden.count > 0 {
            text.push_str(&format!("\n  {}", hidden.words()));
        }
        console.outcome(&text);
    }
}
