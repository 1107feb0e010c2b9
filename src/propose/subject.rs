//! What the events are about, by their detail types.

use std::collections::BTreeSet;

use processor::event::Event;
use processor::json::Json;

use super::leaves::Leaf;
use super::words::{stem, words};

/// Names of fields that contain the kind of event, the clearest first.
const KINDS: [(&str, i32); 13] = [
    ("event name", 9),
    ("event", 8),
    ("event type", 7),
    ("type", 6),
    ("event kind", 6),
    ("action", 5),
    ("action type", 5),
    ("topic", 4),
    ("kind", 4),
    ("change type", 3),
    ("alert transition", 3),
    ("operation", 3),
    ("op", 3),
];
/// Words of detail types that name neither an object nor what happened to it.
const EMPTY: [&str; 7] = ["state", "status", "change", "event", "com", "notification", "via"];
/// Mails and short messages are messages.
const MESSAGES: [&str; 3] = ["email", "mail", "sms"];
/// Longest text that is used as the kind of an event.
const LONGEST_KIND: usize = 100;

/// The subject of the events, from their own words.
pub(super) struct Subject {
    /// Words of detail types and of fields that contain the kind.
    words: BTreeSet<String>,
    /// The words' stems.
    stems: BTreeSet<String>,
    /// Stems of the last part of the sources.
    sources: BTreeSet<String>,
    /// Indexes of the leaves that contain the kind of event, the clearest first.
    pub kinds: Vec<usize>,
}

impl Subject {
    pub(super) fn of(events: &[Event], leaves: &[Leaf<'_>]) -> Self {
        let mut ranked: Vec<(i32, usize)> =
            leaves.iter().enumerate().filter_map(|(index, leaf)| Some((rank(leaf)?, index))).collect();
        ranked.sort_by_key(|(rank, index)| (-rank, *index));
        let kinds: Vec<usize> = ranked.into_iter().map(|(_, index)| index).collect();
        let of_types = events.iter().filter_map(|event| event.envelope_text("detail-type"));
        let of_kinds =
            kinds.iter().flat_map(|kind| &leaves[*kind].values).filter_map(|value| value.as_text());
        let mut words: BTreeSet<String> = of_types.chain(of_kinds).flat_map(words).collect();
        if MESSAGES.iter().any(|word| words.contains(*word)) {
            words.insert("message".to_owned());
        }
        let mut stems: BTreeSet<String> = words.iter().map(|word| stem(word).to_owned()).collect();
        for empty in EMPTY {
            stems.remove(stem(empty));
        }
        let last =
            |source: &str| source.rsplit(['/', '.']).next().map(super::words::words).unwrap_or_default();
        let sources = events.iter().filter_map(|event| event.envelope_text("source")).flat_map(last);
        let sources = sources.map(|word| stem(&word).to_owned()).collect();
        Self { words, stems, sources, kinds }
    }

    /// Whether this word, or one with its stem, is in the event types.
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.stems.contains(stem(word))
    }

    /// Whether exactly this word is.
    pub(super) fn mentions_exactly(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// The number of these words that are.
    pub(super) fn mention_count(&self, words: &[String]) -> usize {
        words.iter().filter(|word| self.mentions(word)).count()
    }

    /// Whether the sources are named after one of these words.
    pub(super) fn is_of_source(&self, words: &[String]) -> bool {
        words.iter().any(|word| self.sources.contains(stem(word)))
    }
}

/// How clearly a leaf contains the kind of event.
fn rank(leaf: &Leaf<'_>) -> Option<i32> {
    let is_short = |value: &&Json| value.as_text().is_some_and(|text| text.len() <= LONGEST_KIND);
    if !leaf.is_of_event() || !leaf.values.iter().all(is_short) {
        return None;
    }
    let name = leaf.words.join(" ");
    let known = KINDS.iter().find(|(known, _)| *known == name).map(|(_, rank)| *rank);
    let rank = known.or_else(|| (leaf.ending() == "topic").then_some(4))?;
    // Of two, the one nearer to the envelope.
    Some(rank * 10 - i32::try_from(leaf.around.len()).unwrap_or(9).min(9))
}

#[cfg(test)]
mod tests {
    use super::super::leaves::leaves;
    use super::super::tests::{event, events};
    use super::*;

    #[test]
    fn the_kind_is_in_the_detail_or_in_its_type() {
        let given = [event(
            "shop.orders",
            "State Change",
            r#"{"type":"a.placed","data":{"order":{"type":"x"},"event":"OrderPaid"}}"#,
        )];
        let leaves = leaves(&given);
        let subject = Subject::of(&given, &leaves);
        let kinds: Vec<String> = subject.kinds.iter().map(|kind| leaves[*kind].path.to_string()).collect();
        assert_eq!(kinds, ["$.detail.data.event", "$.detail.type"]);
        assert!(
            subject.mentions("orders") && subject.mentions("place") && subject.mentions_exactly("placed")
        );
        assert!(!subject.mentions("state") && !subject.mentions_exactly("place"));
        assert!(subject.is_of_source(&["order".to_owned()]));
        assert_eq!(subject.mention_count(&["paid".to_owned(), "twice".to_owned()]), 1);
    }

    #[test]
    fn a_long_text_is_not_a_kind_and_a_mail_is_a_message() {
        let given = events(&[&format!(r#"{{"type":"{}"}}"#, "x".repeat(101)), r#"{"type":"mail"}"#]);
        let leaves = leaves(&given);
        assert!(Subject::of(&given, &leaves).kinds.is_empty());
        let given = [event("s", "Email Delivered", "{}")];
        assert!(Subject::of(&given, &[]).mentions("messages"));
    }
}
