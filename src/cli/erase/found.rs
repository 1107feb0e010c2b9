//! What an erasure found and did.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::day_after;
use crate::cli::dlq::Hidden;
use crate::cli::{Outcome, Stop};
use crate::deploy::Session;
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::{Counted, Erasure, Moved, Retention};
use crate::report::{Console, Format, pairs};

/// What an erasure found, deleted and left.
#[derive(Default)]
pub(super) struct Erased {
    sha256: String,
    erased_at: Timestamp,
    is_of_partition: bool,
    marks_expire: Option<String>,
    dry_run: bool,
    pub(super) rows: Counted,
    /// Ids of the dead letters and of the undelivered events.
    pub(super) dead_letters: [BTreeSet<String>; 2],
    pub(super) hidden: [Hidden; 2],
    /// Rows that were replaced by markers.
    pub(super) erased: usize,
    pub(super) moved: [Moved; 2],
    pub(super) after: Counted,
    /// Messages in the queue, of all keys.
    pub(super) waiting: Option<u64>,
}

impl Erased {
    pub(super) fn new(erasure: &Erasure<'_>, dry_run: bool) -> Self {
        let until = erasure.expires_at.and_then(|second| Timestamp::from_second(second).ok());
        Self {
            sha256: erasure.sha256(),
            erased_at: erasure.erased_at,
            is_of_partition: erasure.is_of_partition(),
            marks_expire: until.map(|at| at.strftime("%Y-%m-%d").to_string()),
            dry_run,
            ..Self::default()
        }
    }

    /// What was found, in one phrase.
    pub(super) fn words(&self) -> String {
        let dead_letters = self.dead_letters[0].len() + self.dead_letters[1].len();
        format!("{} and {}", some(self.rows.rows, "row"), some(dead_letters, "dead letter"))
    }

    pub(super) fn removed(&self) -> usize {
        self.moved.iter().map(|moved| moved.count.deleted).sum()
    }

    /// Messages that were not removed, or may not have been seen.
    fn left(&self) -> usize {
        self.moved.iter().map(|moved| moved.left).sum()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.after.rows == 0 && self.left() == 0 && self.hidden.iter().all(|hidden| hidden.count == 0)
    }

    /// Prints the results. Whatever is not erased is an error.
    pub(super) fn conclude(
        &self,
        session: &Session,
        retention: &Retention,
        console: &mut Console,
    ) -> Outcome {
        let remains = self.remains(retention);
        console.outcome(&match console.format {
            Format::Json => self.document(&remains).to_string(),
            Format::Human => self.text(&remains),
        });
        let again = session.command("erase", "--key …");
        if let Some(hidden) = self.hidden.iter().find(|hidden| hidden.count > 0) {
            return Err(hidden.failure(&again));
        }
        if self.dry_run {
            return Ok(Exit::Done);
        }
        if !self.is_complete() {
            let (rows, left) = (self.after.rows, self.left());
            let message = format!("{rows} rows and {left} messages of the key remain");
            let help = "run the same command again: it continues with what remains";
            return Err(Stop::Failure(Failure::failed(codes::SEND_INCOMPLETE, message, help)));
        }
        match self.waiting {
            Some(0) | None => {}
            Some(count) => console.complain(&format!(
                "  warning: {count} messages wait in the queue: those of this key will become rows or dead letters\n    run the same command again when the queue is empty"
            )),
        }
        console.note(&format!("\n  next: {}", session.command("history", "")));
        Ok(Exit::Done)
    }

    /// Where data of the key still is, and until when; `None`: until somebody deletes it.
    fn remains(&self, retention: &Retention) -> Vec<(&'static str, Option<String>)> {
        let emptied = [
            "EventBridge",
            "queue",
            "dead-letter queue",
            "undelivered queue",
            "table",
            "table after destroy",
        ];
        let still = retention
            .locations
            .iter()
            .filter(|location| location.has_values && !emptied.contains(&location.location));
        let until = |days| day_after(self.erased_at, days);
        still.map(|location| (location.location, location.lasts.days().and_then(until))).collect()
    }

    fn marks(&self) -> usize {
        self.after.marks + usize::from(self.is_of_partition)
    }

    fn text(&self, remains: &[(&'static str, Option<String>)]) -> String {
        let dead_letters = |[dead, undelivered]: [usize; 2]| {
            format!("{} and {undelivered} undelivered", some(dead, "dead letter"))
        };
        let mut lines = vec![("sha256", self.sha256.clone())];
        if self.dry_run {
            let found = self.dead_letters.each_ref().map(BTreeSet::len);
            lines.push(("would erase", some(self.rows.rows, "row")));
            lines.push(("would remove", dead_letters(found)));
            lines.push(("marks", format!("{} of rows, left by earlier erasures", self.rows.marks)));
        } else {
            let until = match &self.marks_expire {
                Some(day) => format!("until {day}"),
                None => "until you delete the archive: its retention is unlimited".to_owned(),
            };
            let Counted { rows, newer, .. } = self.after;
            let found = self.rows.rows;
            lines.push(("erased", some(self.erased, "row")));
            lines.push(("removed", dead_letters(self.moved.each_ref().map(|moved| moved.count.deleted))));
            lines.push(("marks", format!("{}, {until}", self.marks())));
            lines.push((
                "proof",
                format!("{found} found, {} erased, {rows} left, {newer} newer", self.erased),
            ));
        }
        let still = remains.iter().map(|(location, until)| {
            let day = until.as_ref().map(|day| format!("until {day}"));
            (*location, day.unwrap_or_else(|| "until you delete it".to_owned()))
        });
        format!("{}\n\n  still has the data\n{}", pairs(lines), pairs(still))
    }

    fn document(&self, remains: &[(&'static str, Option<String>)]) -> Value {
        let remains: Vec<Value> =
            remains.iter().map(|(location, until)| json!({"place": location, "until": until})).collect();
        let hidden = self.hidden.iter().map(|hidden| hidden.count).sum::<u64>();
        json!({
            "version": 1, "key_sha256": self.sha256, "dry_run": self.dry_run,
            "found": {
                "rows": self.rows.rows, "marks": self.rows.marks,
                "dead_letters": self.dead_letters[0].len(), "undelivered": self.dead_letters[1].len(),
            },
            "erased": {
                "rows": self.erased, "dead_letters": self.moved[0].count.deleted,
                "undelivered": self.moved[1].count.deleted,
            },
            "left": {"rows": self.after.rows, "messages": self.left()},
            "newer": self.after.newer, "marks": if self.dry_run { self.rows.marks } else { self.marks() },
            "marks_until": self.marks_expire, "waiting": self.waiting, "hidden": hidden,
            "hidden_until": self.hidden.iter().find_map(Hidden::until), "remains": remains,
        })
    }
}

/// `1 row`, `2 rows`.
fn some(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
