//! The results of sent events: the report, and whether each has its expected result.

use std::collections::BTreeMap;

use processor::reason::Reason;

use super::outgoing::To;
use super::{Outcome, Stop};
use crate::deploy::Session;
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::Dead;
use crate::report::{Console, Format, Lost, Poison, Sending, sending_text, unstored_lines};

/// Invalid events by their ids, each with the expected reason.
pub(super) type Spoiled = BTreeMap<String, Reason>;

/// The number of invalid events that were rejected for the expected reason, by reason; and the dead letters that were
/// not expected, or have another reason.
pub(super) fn died(spoiled: &Spoiled, dead: Vec<Dead>) -> (Vec<Poison>, Vec<Dead>) {
    let mut poison: BTreeMap<&str, Poison> = BTreeMap::new();
    for reason in spoiled.values() {
        let reason = reason.as_str();
        let line = Poison { reason: reason.to_owned(), sent: 0, dead_letters: 0 };
        poison.entry(reason).or_insert(line).sent += 1;
    }
    let unexpected = dead.into_iter().filter(|one| {
        let Some(expected) = spoiled.get(&one.event_id).filter(|_| !one.is_undelivered) else { return true };
        // A dead letter that SQS moved has no reason.
        let actual = one.reason.as_deref().and_then(|reason| reason.split(':').next());
        let is_as_expected = actual.is_none_or(|actual| actual == expected.as_str());
        if let Some(line) = poison.get_mut(expected.as_str()).filter(|_| is_as_expected) {
            line.dead_letters += 1;
        }
        !is_as_expected
    });
    let unexpected = unexpected.collect();
    (poison.into_values().collect(), unexpected)
}

/// Where the events were sent, and how long they were followed.
pub(super) struct Ending<'a> {
    pub(super) session: &'a Session,
    pub(super) to: To,
    /// Seconds; `None`: they were not followed.
    pub(super) waited: Option<u64>,
}

impl Ending<'_> {
    pub(super) fn conclude(&self, report: &Sending, console: &mut Console) -> Outcome {
        let session = self.session;
        match console.format {
            Format::Json => console.outcome(&serde_json::to_string(report).unwrap_or_default()),
            Format::Human if self.waited.is_some() => console.outcome(&sending_text(report)),
            Format::Human => {}
        }
        for line in unstored_lines(&report.reasons) {
            console.complain(&line);
        }
        let died: usize = report.poison.iter().map(|one| one.dead_letters).sum();
        let refused = report.rejected_by_bus + report.rejected_by_queue.unwrap_or_default();
        let count =
            |what| report.reasons.iter().filter(|one| one.what == what).map(|one| one.count).sum::<usize>();
        let (unmatched, undelivered) = (count(Lost::NotMatched), count(Lost::NotDelivered));
        let unseen = self.waited.map_or(0, |_| report.open - unmatched);
        let dead = report.dead_letters.saturating_sub(died + undelivered);
        let matched = if self.waited.is_some() { unmatched } else { 0 };
        let lost = dead + undelivered + refused + unseen + matched;
        if lost == 0 {
            console.note(&format!("\n  next: {}", session.command("status", "")));
            return Ok(Exit::Done);
        }
        let parts = [
            (dead, "in the dead-letter queue".to_owned()),
            (undelivered, "not delivered to the queue".to_owned()),
            (refused, format!("refused by the {}", self.to.noun())),
            (matched, "matched by no pattern".to_owned()),
            (unseen, format!("not seen within {} s", self.waited.unwrap_or_default())),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, words)| format!("{count} {words}")).collect();
        let next = match (dead, undelivered, unseen, unmatched) {
            (1.., ..) => session.command("dlq list", ""),
            (0, 1.., ..) => session.command("dlq list", "--undelivered"),
            (0, 0, 0, 1..) => "pipectl explain bus.pattern".to_owned(),
            _ => session.command("status", ""),
        };
        let rows = if died > 0 { "not what they should become" } else { "not rows" };
        Err(Stop::Failure(Failure::failed(
            codes::SEND_INCOMPLETE,
            format!("{lost} of {} events are {rows}: {}", report.sent, parts.join(", ")),
            format!("see more with `{next}`"),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoiled_event_must_die_for_its_own_reason() {
        let spoiled: Spoiled = [("1", Reason::MissingField), ("2", Reason::TooDeep), ("3", Reason::TooDeep)]
            .map(|(id, reason)| (id.to_owned(), reason))
            .into();
        let dead = |id: &str, reason: Option<&str>| Dead {
            event_id: id.to_owned(),
            is_undelivered: false,
            reason: reason.map(str::to_owned),
        };
        let all = vec![
            dead("1", Some("conflict: taken")),
            dead("2", Some("too-deep")),
            dead("3", None),
            dead("good", Some("contract: no")),
        ];
        let (poison, unexpected) = died(&spoiled, all);
        let counts: Vec<_> =
            poison.iter().map(|one| (one.reason.as_str(), one.sent, one.dead_letters)).collect();
        assert_eq!(counts, [("missing-field", 1, 0), ("too-deep", 2, 2)]);
        assert_eq!(unexpected.iter().map(|one| one.event_id.as_str()).collect::<Vec<_>>(), ["1", "good"]);
    }
}
