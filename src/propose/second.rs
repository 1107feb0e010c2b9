//! A further part of the sort key, where instants repeat.

use processor::path::{Path, Step};

use super::key::Candidate;
use super::leaves::Leaf;
use super::lexicon::{self, any};
use super::moment::Moment;
use super::subject::Subject;
use super::surroundings::Surroundings;

/// A further value of the sort key, and why.
#[derive(Debug, Clone)]
pub(super) struct KeyPart {
    pub path: Path,
    pub why: &'static str,
}

/// Values that can distinguish two events of one key and one instant, the best first.
pub(super) struct Apart {
    sequences: Vec<Path>,
    own_ids: Vec<Path>,
    kinds: Vec<Path>,
}

impl Apart {
    pub(super) fn of(leaves: &[Leaf<'_>], subject: &Subject, around: &Surroundings, key: &Path) -> Self {
        let paths = |is_one: &dyn Fn(&Leaf<'_>) -> bool| {
            let mut found: Vec<&Leaf<'_>> = leaves
                .iter()
                .filter(|leaf| !leaf.is_in_list() && leaf.path != *key && is_one(leaf))
                .collect();
            found.sort_by_key(|leaf| {
                (leaf.path.steps().len(), !any(&leaf.words, &["event"]), leaf.path.to_string())
            });
            found.into_iter().map(|leaf| leaf.path.clone()).collect::<Vec<_>>()
        };
        Self {
            sequences: paths(&|leaf| is_sequence(leaf, object(key))),
            own_ids: paths(&|leaf| is_own_id(leaf, around)),
            kinds: subject
                .kinds
                .iter()
                .filter_map(|kind| leaves.get(*kind))
                .map(|leaf| leaf.path.clone())
                .collect(),
        }
    }

    /// The value that the sort key needs beside its instant, as far as one event can show.
    pub(super) fn expected(
        &self,
        leaves: &[Leaf<'_>],
        key: &Candidate,
        moments: &[Moment],
    ) -> Option<KeyPart> {
        let moment = moments.first()?;
        if let Some(path) = self.sequences.first() {
            return key_part(path, "it increases from event to event, if two have the same time");
        }
        if let Some(path) = self.own_ids.first() {
            let is_enough =
                is_state(moment, moments) || moment.is_fine() && has_status(leaves, object(&key.path));
            return (!is_enough)
                .then(|| {
                    key_part(path, "the event's own id, because two events of one key can have the same time")
                })
                .flatten();
        }
        if key.is_name && moment.is_of_envelope() {
            return key_part(
                &"$.id".parse().ok()?,
                "the envelope's id, because one key has many events, some within one second",
            );
        }
        if key.is_subject {
            return None;
        }
        key_part(
            self.kinds.first()?,
            "the event type, because events of two types with one key can have the same time",
        )
    }

    /// Further values that distinguish events; the last one is the envelope's id.
    pub(super) fn further(&self) -> Vec<KeyPart> {
        let apart = "without it two of the given events would have the same key";
        let all = self.sequences.iter().chain(&self.own_ids).chain(&self.kinds).cloned();
        all.chain("$.id".parse().ok()).map(|path| KeyPart { path, why: apart }).collect()
    }
}

fn key_part(path: &Path, why: &'static str) -> Option<KeyPart> {
    Some(KeyPart { path: path.clone(), why })
}

fn object(key: &Path) -> &[Step] {
    key.steps().split_last().map_or(&[], |(_, object)| object)
}

fn is_sequence(leaf: &Leaf<'_>, object: &[Step]) -> bool {
    let words = leaf.words.join(" ");
    let of_sequence = any(leaf.parent(), &["sequence"]);
    let is_named = lexicon::SEQUENCES.contains(&words.as_str())
        || lexicon::SEQUENCES[1..].contains(&leaf.ending())
        || words.ends_with("sequence number")
        || words == "position" && of_sequence;
    is_named && is_whole(leaf) && (leaf.is_of_event() || leaf.object() == object || of_sequence)
}

fn is_own_id(leaf: &Leaf<'_>, around: &Surroundings) -> bool {
    let (nouns, parent) = (leaf.nouns(), leaf.parent());
    let is_bare = nouns.is_empty()
        && (parent == ["event"] || parent.is_empty() && (around.is_wrapped || around.is_cloud_event));
    leaf.is_of_event()
        && lexicon::IDS.contains(&leaf.ending())
        && is_whole(leaf)
        && (is_bare || any(nouns, lexicon::EVENT_NOUNS))
}

/// Longest text that is joined to an instant; a sort key has at most 1,024 bytes.
const LONGEST: usize = 200;

/// A text, or a number without a fraction.
fn is_whole(leaf: &Leaf<'_>) -> bool {
    leaf.values.iter().all(|value| value.kind() != "a boolean")
        && leaf
            .values
            .iter()
            .zip(leaf.texts())
            .all(|(value, text)| text.len() <= LONGEST && (value.as_text().is_some() || !text.contains('.')))
}

/// Whether an object has one state at the instant, so that a second event of it is the same.
fn is_state(moment: &Moment, moments: &[Moment]) -> bool {
    let changes = |moment: &Moment| moment.is_of_object && (moment.is_change || moment.is_mentioned);
    changes(moment)
        || moments
            .iter()
            .skip(1)
            .any(|other| other.is_of_object && other.is_change && other.instants == moment.instants)
}

/// Whether the object has a status, so that its events are its states.
fn has_status(leaves: &[Leaf<'_>], object: &[Step]) -> bool {
    leaves
        .iter()
        .any(|leaf| leaf.object() == object && matches!(leaf.words.join(" ").as_str(), "status" | "state"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, propose};

    fn key_parts(kind: &str, detail: &str) -> String {
        let paths = propose(&[event("s", kind, detail)]).sort_key.paths;
        paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_sequence_or_the_events_own_id_keeps_events_of_one_instant_apart() {
        let at = r#""ts":1767225599"#;
        for (detail, expected) in [
            (format!(r#"{{"user_id":"a","event_id":"e",{at}}}"#), "$.detail.ts $.detail.event_id"),
            (format!(r#"{{"user_id":"a","event_id":"e","seq":7,{at}}}"#), "$.detail.ts $.detail.seq"),
            (format!(r#"{{"user_id":"a","seq":true,{at}}}"#), "$.detail.ts"),
            (format!(r#"{{"id":"e","data":{{"id":"a"}},{at}}}"#), "$.detail.ts $.detail.id"),
            (
                format!(r#"{{"meta":{{"sequence":{{"position":2,"total":3}}}},"id":"a",{at}}}"#),
                "$.detail.ts $.detail.meta.sequence.position",
            ),
        ] {
            assert_eq!(key_parts("x", &detail), expected, "{detail}");
        }
    }

    #[test]
    fn an_objects_state_at_an_instant_needs_no_other_key() {
        let state = r#"{"id":"e","result":{"id":"a","updated_at":"2025-12-31T23:59:00Z"}}"#;
        assert_eq!(key_parts("x", state), "$.detail.result.updated_at");
        let fine = r#"{"id":"e","timestamp":"2025-12-31T23:59:00.5Z","result":{"id":"a","status":"on"}}"#;
        assert_eq!(key_parts("x", fine), "$.detail.timestamp");
    }

    #[test]
    fn what_is_shared_gets_the_envelopes_id_or_the_kind() {
        assert_eq!(key_parts("Job", r#"{"jobName":"nightly"}"#), "$.time $.id");
        assert_eq!(
            key_parts("sensor.x", r#"{"shipment_id":"a","kind":"reading","ts":1767225599}"#),
            "$.detail.ts $.detail.kind"
        );
        assert_eq!(
            key_parts("shipment.x", r#"{"shipment_id":"a","kind":"reading","ts":1767225599}"#),
            "$.detail.ts"
        );
    }
}
