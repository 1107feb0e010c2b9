//! The result of a redrive or an edit.

use serde_json::{Value, json};

use super::chooser::Stays;
use super::run::Hidden;
use super::selection::Selection;
use crate::cli::{Outcome, Stop};
use crate::deploy::Session;
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::Moved;
use crate::report::{Console, Format, printable};

/// The results of a redrive or an edit.
#[derive(Default)]
pub(super) struct Redriven {
    /// The command.
    pub(super) verb: &'static str,
    /// Its flags, for a command to repeat.
    pub(super) flags: String,
    pub(super) moved: Moved,
    pub(super) stays: Stays,
    /// Of the redriven messages, how many are rows now; and how many are not, after waiting.
    pub(super) rows: usize,
    pub(super) missing: usize,
    /// Of the redriven messages, how many cannot be followed: the processor rejects them, so their row is unknown.
    pub(super) unfollowed: usize,
    pub(super) waited_seconds: u64,
    pub(super) hidden: Hidden,
    pub(super) dry_run: bool,
}

impl Redriven {
    /// Prints the results. Whatever is incomplete is an error, the first cause first.
    pub(super) fn conclude(
        &self,
        session: &Session,
        selection: &Selection,
        end: Result<(), Stop>,
        console: &mut Console,
    ) -> Outcome {
        if end.is_ok() || !self.moved.ids.is_empty() {
            self.show(console);
        }
        end?;
        if !self.dry_run {
            self.judged(session, selection)?;
            console.note(&format!("\n  next: {}", session.command("status", "")));
        }
        Ok(Exit::Done)
    }

    /// Whether everything selected was done.
    pub(super) fn judged(&self, session: &Session, selection: &Selection) -> Result<(), Stop> {
        let failed =
            |code, message: String, help: String| Err(Stop::Failure(Failure::failed(code, message, help)));
        let moved = &self.moved;
        if moved.left > 0 {
            let reason =
                moved.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", printable(reason)));
            let message =
                format!("SQS did not accept {} messages; they are still dead letters{reason}", moved.left);
            return failed(codes::SEND_INCOMPLETE, message, "run the same command again".to_owned());
        }
        if moved.twice > 0 {
            let message =
                format!("{} were redriven but could not be removed from the dead-letter queue", moved.twice);
            let purge = selection.queue.command(session, "purge", "--reason stored --save letters.jsonl");
            let help = format!("in a few minutes, remove them with `{purge}`");
            return failed(codes::SEND_INCOMPLETE, message, help);
        }
        if self.missing > 0 {
            let all = self.missing + self.rows;
            let message = format!("{} of {all} are not rows after {} s", self.missing, self.waited_seconds);
            // A message that is rejected now is a dead letter of the processor, wherever it came from.
            let help = format!("see why with `{}`", session.command("dlq list", ""));
            return failed(codes::SEND_INCOMPLETE, message, help);
        }
        if self.unfollowed > 0 {
            let (count, sent) = (self.unfollowed, moved.ids.len());
            let message = format!(
                "{count} of {sent} cannot be followed: the processor rejects them, so they get no row"
            );
            let help = format!("see what became of them with `{}`", session.command("dlq list", ""));
            return failed(codes::SEND_INCOMPLETE, message, help);
        }
        let again = selection.queue.command(session, self.verb, &self.flags);
        if self.stays.unread > 0 {
            let message = format!(
                "{} were not checked: the table is too busy to say whether their rows exist",
                self.stays.unread
            );
            let help = format!("run `{again}` again later; `--force` sends them unchecked");
            return failed(codes::DLQ_NOT_CHECKED, message, help);
        }
        if self.hidden.count > 0 {
            return Err(self.hidden.failure(&again));
        }
        if self.verb == "edit" && !self.stays.failing.is_empty() {
            let count = self.stays.failing_count();
            let message =
                format!("the processor would still reject {count} edited messages; they remain in the queue");
            let help = format!("edit them further; `{again} --force` sends them anyway");
            return failed(codes::DLQ_REFUSED_AGAIN, message, help);
        }
        Ok(())
    }

    /// The JSON for programs.
    pub(super) fn document(&self) -> Value {
        let Self { moved, rows, hidden, stays, .. } = self;
        let (sent, count) = (moved.ids.len(), moved.count);
        let failing: Vec<_> = stays
            .failing
            .iter()
            .map(|(reason, (count, explanation))| {
                json!({"reason": reason, "count": count, "explanation": explanation})
            })
            .collect();
        let staying = stays.count();
        json!({
            "version": 1, "sent": sent, "rows": rows, "kept": staying, "left": moved.left,
            "not_removed": moved.twice, "not_checked": stays.unread, "hidden": hidden.count,
            "hidden_until": hidden.until(), "dry_run": self.dry_run,
            "proof": {
                "before": count.before, "sent": count.sent, "deleted": count.deleted,
                "remaining": count.remaining, "lost": count.lost(),
            },
            "would_fail_again": failing, "rows_already": stays.stored, "not_chosen": stays.not_chosen,
            "over_limit": stays.over_limit,
        })
    }

    fn show(&self, console: &mut Console) {
        if console.format == Format::Json {
            console.outcome(&self.document().to_string());
            return;
        }
        let Self { moved, rows, hidden, stays, .. } = self;
        let (sent, count) = (moved.ids.len(), moved.count);
        let verb = if self.dry_run { "would be redriven" } else { "redriven" };
        let mut text = format!("  {sent} {verb}");
        if *rows > 0 {
            text.push_str(&format!(", {rows} are rows"));
        }
        if !self.dry_run {
            let lost = if count.lost() == 0 { "none".to_owned() } else { count.lost().to_string() };
            text.push_str(&format!(
                "\n  proof: {} before, {} sent, {} deleted, {} remain: {lost} lost",
                count.before, count.sent, count.deleted, count.remaining
            ));
        }
        text.push_str(&staying(stays, console.width()));
        if self.dry_run && hidden.count > 0 {
            text.push_str(&format!("\n  {}", hidden.words()));
        }
        console.outcome(&text);
    }
}

/// Why messages remain in the queue, a line for each kind.
fn staying(stays: &Stays, width: usize) -> String {
    let mut lines = Vec::new();
    let failing = stays.failing_count();
    if failing > 0 {
        lines.push(format!("{failing} remain: they would fail again; `--force` sends them anyway"));
    }
    for (reason, (count, words)) in &stays.failing {
        let line = format!("{count:>6} {reason}: {}", printable(words));
        lines.push(line.chars().take(width.saturating_sub(2)).collect());
    }
    if stays.stored > 0 {
        lines.push(format!("{} remain: their rows already exist", stays.stored));
    }
    if stays.not_chosen > 0 {
        lines.push(format!("{} remain: not selected", stays.not_chosen));
    }
    if stays.over_limit > 0 {
        lines.push(format!("{} or more remain: `--limit` was reached", stays.over_limit));
    }
    lines.iter().map(|line| format!("\n  {line}")).collect()
}
