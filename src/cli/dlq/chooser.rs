//! Which messages are redriven, changed or unchanged, and why the others remain.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use processor::attribute::{Attributes, MOST_ATTRIBUTES, message_bytes};
use processor::death::Redriven;
use processor::parse::LARGEST_BODY;

use super::explain::Explainer;
use super::explained::{Explained, NOT_CHECKED, STORABLE, STORED};
use super::selection::Selection;
use crate::cli::Stop;
use crate::operate::{DeadLetter, Expected, queued};

/// The changed body of a message; `None`: the message is not selected. The error says why it cannot be changed.
pub(super) type Change<'a> = Box<dyn Fn(&DeadLetter) -> Result<Option<String>, String> + 'a>;

/// Why messages remain, each message once.
#[derive(Default)]
pub(super) struct Stays {
    /// Would be rejected again: the number and one explanation, by reason.
    pub(super) failing: BTreeMap<String, (usize, String)>,
    /// The row is already stored.
    pub(super) stored: usize,
    /// The table could not be read.
    pub(super) unread: usize,
    pub(super) not_chosen: usize,
    /// Could be redriven, but exceed `--limit`.
    pub(super) over_limit: usize,
}

impl Stays {
    pub(super) fn failing_count(&self) -> usize {
        self.failing.values().map(|(count, _)| count).sum()
    }

    /// The number of all of them.
    pub(super) fn count(&self) -> usize {
        self.failing_count() + self.stored + self.unread + self.not_chosen + self.over_limit
    }
}

pub(super) struct Chooser<'a> {
    pub(super) explainer: &'a Explainer<'a>,
    pub(super) selection: &'a Selection,
    pub(super) force: bool,
    pub(super) change: Option<Change<'a>>,
    pub(super) stays: Stays,
    /// The expected rows of the redriven messages, by message id.
    pub(super) expected: BTreeMap<String, Expected>,
    /// The ids of all messages that could be redriven, regardless of `--limit`.
    pub(super) going: BTreeSet<String>,
    known: BTreeSet<String>,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(
        explainer: &'a Explainer<'a>,
        selection: &'a Selection,
        force: bool,
        change: Option<Change<'a>>,
    ) -> Self {
        let (stays, expected, going, known) = Default::default();
        Self { explainer, selection, force, change, stays, expected, going, known }
    }

    /// Prepares messages for sending, and returns which of them are to be sent.
    pub(super) async fn choose(&mut self, dead_letters: &mut [DeadLetter]) -> Result<Vec<bool>, Stop> {
        let mut found = self.explainer.explain(dead_letters).await?;
        let mut selected: BTreeSet<String> =
            found.iter().filter(|one| self.selection.has(one)).map(|one| one.message_id.clone()).collect();
        self.prepare(dead_letters);
        let mut refused: BTreeMap<String, String> = BTreeMap::new();
        if let Some(change) = &self.change {
            let mut changed = Vec::new();
            for dead_letter in dead_letters.iter_mut() {
                let id = dead_letter.origin().to_owned();
                if !selected.contains(&id) {
                    continue;
                }
                match change(dead_letter) {
                    Ok(Some(body)) => {
                        dead_letter.body = body;
                        changed.push(dead_letter.clone());
                    }
                    Ok(None) => drop(selected.remove(&id)),
                    Err(reason) => drop(refused.insert(id, reason)),
                }
            }
            for new in self.explainer.explain(&changed).await? {
                if let Some(one) = found.iter_mut().find(|one| one.message_id == new.message_id) {
                    *one = new;
                }
            }
        }
        let mut chosen = BTreeSet::new();
        for one in found {
            let is_refused = refused.get(&one.message_id);
            if selected.contains(&one.message_id)
                && is_refused.is_none()
                && (self.force || one.reason == STORABLE)
            {
                chosen.insert(one.message_id.clone());
                self.going.insert(one.message_id.clone());
                self.expected.extend(one.row.map(|row| (one.message_id, row)));
            } else if self.known.insert(one.message_id.clone()) {
                self.stay(&one, selected.contains(&one.message_id), is_refused);
            }
        }
        Ok(dead_letters.iter().map(|dead_letter| chosen.contains(dead_letter.origin())).collect())
    }

    /// Removes EventBridge's attributes of an undelivered event, and adds one that it was redriven.
    fn prepare(&self, dead_letters: &mut [DeadLetter]) {
        let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        for dead_letter in dead_letters.iter_mut() {
            dead_letter.body = queued(&self.explainer.config, &dead_letter.body);
            if self.selection.queue.undelivered {
                dead_letter.attributes.clear();
            }
            let times = dead_letter.redriven.as_ref().map_or(0, |redriven| redriven.times).saturating_add(1);
            let mut marked: Attributes = dead_letter.attributes.clone();
            marked.extend([Redriven { times, at: at.clone() }.attribute()]);
            // The original attributes take precedence: a mark that does not fit is omitted.
            if marked.len() <= MOST_ATTRIBUTES && message_bytes(&dead_letter.body, &marked) <= LARGEST_BODY {
                dead_letter.attributes = marked;
            }
        }
    }

    fn stay(&mut self, one: &Explained, is_selected: bool, cannot: Option<&String>) {
        let stays = &mut self.stays;
        let (reason, words) = match (cannot, &one.refused) {
            _ if !is_selected => {
                stays.not_chosen += 1;
                return;
            }
            (Some(cannot), _) => ("cannot be changed".to_owned(), cannot.clone()),
            (None, Some(refused)) => (refused.reason.as_str().to_owned(), refused.message.clone()),
            (None, None) if one.reason == STORED => {
                stays.stored += 1;
                return;
            }
            (None, None) if one.reason == NOT_CHECKED => {
                stays.unread += 1;
                return;
            }
            (None, None) => (one.reason.to_owned(), one.explanation.clone()),
        };
        let failing = stays.failing.entry(reason).or_insert((0, words));
        failing.0 += 1;
    }
}
