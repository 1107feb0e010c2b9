//! What the name of a field says about it.

use super::leaves::Leaf;
use super::lexicon::{self, any};
use super::subject::Subject;
use super::surroundings::Surroundings;
use super::words::words;

/// Words of the delivery rather than of the subject, even if the event types contain them.
const NOT_MENTIONED: [&str; 6] = ["event", "log", "request", "webhook", "trace", "span"];

/// A score for how clearly a leaf's name identifies the subject of the events; `None` if it does not.
pub(super) fn called(
    leaf: &Leaf<'_>,
    leaves: &[Leaf<'_>],
    subject: &Subject,
    around: &Surroundings,
    why: &mut Vec<&'static str>,
) -> Option<i32> {
    let nouns = leaf.nouns();
    let mentioned =
        nouns.iter().filter(|noun| subject.mentions(noun) && !NOT_MENTIONED.contains(&noun.as_str())).count();
    let mut score = ending(leaf, mentioned > 0)?;
    why.push("its name ends like an id, a number or a name");
    if mentioned > 0 {
        why.push("its name has a word from the event types");
        let others = i32::try_from(nouns.len() - mentioned).unwrap_or(9);
        score += 16 + if others == 0 { 8 } else { -4 * others };
        // The number on the parcel rather than the carrier's row id.
        score += if lexicon::NUMBERS.contains(&leaf.ending()) { 3 } else { 0 };
    } else if nouns.is_empty() {
        score += bare(leaf, leaves, subject, around, why);
    } else if subject.is_of_source(nouns) {
        why.push("its name has a word from the source");
        score += 8;
    }
    if any(nouns, lexicon::SUBJECTS) {
        score += 10;
    }
    Some(score - of_others(leaf, subject))
}

/// A score for how clearly its last word identifies one object.
fn ending(leaf: &Leaf<'_>, is_mentioned: bool) -> Option<i32> {
    let (ending, nouns) = (leaf.ending(), leaf.nouns());
    if ending == "code" && any(nouns, lexicon::CLASSES) {
        return None;
    }
    if lexicon::IDS.contains(&ending) {
        // Beside an `arn`, an `id` is the shorter of two names.
        return Some(if ending == "arn" && nouns.is_empty() { 17 } else { 20 });
    }
    if lexicon::NUMBERS.contains(&ending) {
        return Some(match (is_mentioned, ending) {
            (true, _) => 20,
            (false, _) if nouns.is_empty() => 14,
            (false, "code") => 8,
            (false, _) => 16,
        });
    }
    lexicon::NAMES.contains(&ending).then_some(match (ending, nouns.is_empty(), is_mentioned) {
        ("key", true, _) => 14,
        ("key", false, true) => 10,
        (_, _, true) => 12,
        _ => 8,
    })
}

/// A bare `id` identifies the object that contains it.
fn bare(
    leaf: &Leaf<'_>,
    leaves: &[Leaf<'_>],
    subject: &Subject,
    around: &Surroundings,
    why: &mut Vec<&'static str>,
) -> i32 {
    let parent = leaf.parent();
    // `pusher.name` does not identify the push.
    let is_name = leaf.ending() == "name";
    let is_mentioned =
        |word: &&String| if is_name { subject.mentions_exactly(word) } else { subject.mentions(word) };
    let mentioned = parent.iter().filter(is_mentioned).count();
    if mentioned > 0 {
        why.push("it is in a field with a word from the event types");
        return if mentioned == parent.len() { 15 } else { 8 };
    }
    // Without a wrapper, the detail is the subject.
    if parent.is_empty() && !around.is_wrapped && lexicon::IDS.contains(&leaf.ending()) {
        why.push("it is a top-level field of the detail");
        return 15;
    }
    if lexicon::wraps(parent) {
        let is_named =
            leaves.iter().any(|beside| beside.object() == leaf.object() && is_noun(beside, subject));
        if is_named {
            why.push("the object that contains it is named after the subject of the events");
        }
        return if is_named { 16 } else { 8 };
    }
    match parent {
        parent if subject.is_of_source(parent) => 8,
        // Beside an object that wraps the event's fields, it identifies the event.
        [] if around.is_wrapped => -18,
        [] => 0,
        _ => 4,
    }
}

/// Whether a leaf names the kind of object that contains it, by words of the event types alone.
fn is_noun(leaf: &Leaf<'_>, subject: &Subject) -> bool {
    let mentions = |text: &str| {
        let words = words(text);
        !words.is_empty() && subject.mention_count(&words) == words.len()
    };
    matches!(leaf.words.join(" ").as_str(), "object" | "type" | "kind" | "resource type")
        && leaf.values.iter().filter_map(|value| value.as_text()).any(mentions)
}

/// A score for how clearly its name belongs to the delivery, or to the actor and location.
fn of_others(leaf: &Leaf<'_>, subject: &Subject) -> i32 {
    let is_bare = leaf.nouns().is_empty() && subject.mention_count(leaf.parent()) == 0;
    let nouns = if is_bare { leaf.parent() } else { leaf.nouns() };
    if any(nouns, lexicon::DELIVERY) {
        return if leaf.words == ["event", "arn"] { 4 } else { 18 };
    }
    let others: Vec<String> =
        nouns.iter().filter(|noun| lexicon::SURROUNDINGS.contains(&noun.as_str())).cloned().collect();
    if others.is_empty() || subject.mention_count(&others) > 0 { 0 } else { 10 }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, key_of};

    fn key(kind: &str, detail: &str) -> String {
        key_of(&[event("s", kind, detail)])
    }

    #[test]
    fn the_number_that_people_know_is_preferred_to_the_senders_id() {
        assert_eq!(
            key("orders.create", r#"{"payload":{"id":1,"order_number":2}}"#),
            "$.detail.payload.order_number"
        );
        assert_eq!(
            key("incident.open", r#"{"data":{"id":1,"number":2,"type":"incident"}}"#),
            "$.detail.data.id"
        );
    }

    #[test]
    fn ids_of_the_delivery_and_of_people_are_not_keys() {
        let detail = r#"{"requestId":1,"event_id":2,"client_id":3,"user_id":4,"log_id":5}"#;
        assert_eq!(key("Access log", detail), "$.detail.user_id");
        assert_eq!(key("push", r#"{"pusher":{"name":"a"},"repository":{"id":7}}"#), "$.detail.repository.id");
    }

    #[test]
    fn codes_that_classify_are_not_keys() {
        assert_eq!(key("scan", r#"{"statusCode":"a","country_code":"b","name":"c"}"#), "$.detail.name");
        assert_eq!(key("x", r#"{"id":"a","arn":"arn:aws:x"}"#), "$.detail.id");
        assert_eq!(key("order.updated", r#"{"id":"a","order_key":"b","user":{"id":1}}"#), "$.detail.id");
        assert_eq!(key("S3 Finding", r#"{"id":"a","s3Bucket":{"arn":"arn:aws:x"}}"#), "$.detail.id");
    }
}
