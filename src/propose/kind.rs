//! Which value is the type of the events.

use processor::event::Event;
use processor::path::{Path, Step};

use super::leaves::Leaf;
use super::lexicon::{self, any};
use super::subject::Subject;
use super::words::words;

/// Longest text that is used as a status.
const LONGEST: usize = 60;

/// The value that is stored as the type of the events, and why.
pub(super) fn kind(
    events: &[Event],
    leaves: &[Leaf<'_>],
    subject: &Subject,
    key: &Path,
) -> Option<(Path, &'static str)> {
    let all_change =
        events.iter().filter_map(|event| event.envelope_text("detail-type")).all(names_only_a_change);
    let status = all_change.then(|| status(leaves, subject, key)).flatten();
    if let Some(leaf) = status {
        return Some((
            leaf.path.clone(),
            "the event types say only that something changed; this field says to what",
        ));
    }
    match subject.kinds.first().and_then(|kind| leaves.get(*kind)) {
        Some(leaf) => Some((leaf.path.clone(), "by its name, the type of the event")),
        None => Some(("$.detail-type".parse().ok()?, "no field in all details gives the type")),
    }
}

/// Whether a detail type only says that a state changed, not to which state.
fn names_only_a_change(detail_type: &str) -> bool {
    let words = words(detail_type);
    let has = |word: &str| words.iter().any(|one| one == word);
    let ends = words.last().is_some_and(|last| matches!(last.as_str(), "update" | "updated" | "status"));
    ends || has("change") && (has("state") || has("status"))
}

/// The status of the key's object.
fn status<'a>(leaves: &'a [Leaf<'a>], subject: &Subject, key: &Path) -> Option<&'a Leaf<'a>> {
    let object = key.steps().split_last().map_or(&[][..], |(_, object)| object);
    let found = leaves.iter().filter(|leaf| is_status(leaf, key));
    found.max_by_key(|leaf| {
        let of_object = i32::from(leaf.path.steps().starts_with(object));
        let far = i32::try_from(leaf.path.steps().len()).unwrap_or(99);
        let mentioned = i32::try_from(subject.mention_count(leaf.nouns())).unwrap_or(9);
        (4 * of_object + 2 * mentioned - far, std::cmp::Reverse(leaf.path.to_string()))
    })
}

fn is_status(leaf: &Leaf<'_>, key: &Path) -> bool {
    let item = leaf.path.steps().iter().rposition(|step| matches!(step, Step::Item(_)));
    let is_of_other = item.is_some_and(|item| key.steps().get(..=item) != leaf.path.steps().get(..=item));
    let earlier = |words: &[String]| any(words, lexicon::EARLIER) || any(words, &["desired", "requested"]);
    let is_named = matches!(leaf.ending(), "status" | "state") || leaf.words == ["status", "code"];
    let is_word = |text: &str| text.len() < LONGEST && !text.contains(' ');
    !is_of_other
        && is_named
        && !earlier(&leaf.words)
        && !leaf.around.iter().any(|around| earlier(around))
        && leaf.values.iter().all(|value| value.as_text().is_some_and(is_word))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, propose};

    fn stored(kind: &str, detail: &str) -> String {
        propose(&[event("s", kind, detail)]).event_type.paths[0].to_string()
    }

    #[test]
    fn the_type_is_what_happened() {
        for (kind, detail, expected) in [
            ("order.placed", r#"{"id":1,"status":"NEW"}"#, "$['detail-type']"),
            ("Job State Change", r#"{"jobId":1,"desiredStatus":"a","status":"b"}"#, "$.detail.status"),
            (
                "tracker.updated",
                r#"{"status":"pending","result":{"id":1,"status":"there"}}"#,
                "$.detail.result.status",
            ),
            ("Job State Change", r#"{"jobId":1,"innerStatus":"a","jobStatus":"b"}"#, "$.detail.jobStatus"),
            ("Job State Change", r#"{"jobId":1,"previous":{"state":"a"}}"#, "$['detail-type']"),
            ("Contact Event", r#"{"contactId":1,"eventType":"CONNECTED"}"#, "$.detail.eventType"),
            (
                "shipment.status",
                r#"{"shipments":[{"id":1,"status":{"statusCode":"x","status":"two words"}}]}"#,
                "$.detail.shipments[0].status.statusCode",
            ),
            ("x", r#"{"type":"track","event":"Order Completed"}"#, "$.detail.event"),
        ] {
            assert_eq!(stored(kind, detail), expected, "{kind} {detail}");
        }
    }
}
