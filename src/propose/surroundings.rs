//! What the place of a value says about it.

use std::collections::BTreeMap;

use processor::event::Event;
use processor::json::Json;
use processor::path::{Path, Step};

use super::leaves::{Leaf, text};
use super::lexicon::{self, any};
use super::subject::Subject;
use super::words::words;

/// From this number of events on, one value in all of them counts against a key.
const MANY: usize = 4;
/// Shortest value that a resource is compared with.
const SHORTEST: usize = 4;

/// What is known of the events besides the leaf being scored.
pub(super) struct Surroundings {
    resources: Vec<String>,
    /// How many leaves have a value.
    values: BTreeMap<String, usize>,
    /// Whether the detail has a field that only wraps the event's own, so that the fields beside it are about the event.
    pub is_wrapped: bool,
    /// Whether the details are CloudEvents, whose own attributes do not belong to the subject.
    pub is_cloud_event: bool,
}

impl Surroundings {
    pub(super) fn of(events: &[Event], leaves: &[Leaf<'_>]) -> Self {
        let list: Option<Path> = "$.resources".parse().ok();
        let mut resources = Vec::new();
        for event in events {
            if let Some(Json::List(items)) = list.as_ref().and_then(|list| event.find(list)) {
                resources.extend(items.iter().map(text));
            }
        }
        let mut values = BTreeMap::new();
        for text in leaves.iter().flat_map(Leaf::texts) {
            *values.entry(text).or_default() += 1;
        }
        let wraps = |(name, value): (&String, &Json)| {
            matches!(value, Json::Map(inner) if !inner.is_empty()) && lexicon::wraps(&words(name))
        };
        let is_wrapped = events.iter().filter_map(Event::detail).any(|detail| detail.iter().any(wraps));
        let is_cloud_event =
            leaves.iter().any(|leaf| leaf.around.is_empty() && leaf.words == ["specversion"]);
        Self { resources, values, is_wrapped, is_cloud_event }
    }
}

/// A score for how clearly a leaf's position and its values identify the subject of the events.
pub(super) fn context_score(
    leaf: &Leaf<'_>,
    subject: &Subject,
    around: &Surroundings,
    why: &mut Vec<&'static str>,
) -> i32 {
    let is_mentioned = |around: &[String]| subject.mention_count(around) > 0;
    let is_aside = |around: &Vec<String>| {
        (any(around, lexicon::CONTEXTS) || lexicon::is_meta(around)) && !is_mentioned(around)
    };
    let far = leaf.around.iter().filter(|around| !lexicon::wraps(around) && !is_mentioned(around)).count();
    let mut score = -3 * i32::try_from(far).unwrap_or(99);
    score -= if leaf.around.iter().any(is_aside) { 16 } else { 0 };
    // `shipments[0].id` in an event about shipments identifies its shipment; other lists contain parts.
    for pair in leaf.path.steps().windows(2) {
        let is_part = match pair {
            [Step::Name(name), Step::Item(_)] => !is_mentioned(&words(name)),
            [_, Step::Item(_)] => true,
            _ => false,
        };
        score -= if is_part { 8 } else { 0 };
    }
    score + valued(leaf, around, why)
}

fn valued(leaf: &Leaf<'_>, around: &Surroundings, why: &mut Vec<&'static str>) -> i32 {
    let texts = leaf.texts();
    let mut score = 0;
    let is_resource = |text: &String| {
        text.len() >= SHORTEST && around.resources.iter().any(|resource| resource.ends_with(text.as_str()))
    };
    if texts.iter().all(is_resource) {
        why.push("it is in the event's `resources`");
        score += 10;
    }
    let repeats = |text: &String| {
        around
            .values
            .get(text)
            .is_some_and(|count| *count > texts.iter().filter(|other| *other == text).count())
    };
    score += if texts.iter().all(repeats) { 2 } else { 0 };
    let is_address = |text: &String| text.starts_with("http") || is_email(text);
    let is_version =
        |text: &String| text.contains('.') && text.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
    score -= if texts.iter().any(|text| is_address(text) || is_version(text)) { 20 } else { 0 };
    score += if texts.iter().any(|text| text.starts_with("arn:")) { 2 } else { 0 };
    score -= if texts.iter().any(|text| text.contains(' ')) { 4 } else { 0 };
    let is_constant = texts.len() >= MANY && texts.iter().all(|text| *text == texts[0]);
    score - if is_constant { 6 } else { 0 }
}

/// Whether a text is an email address: personal data, in a key that would get into logs and consoles.
fn is_email(text: &str) -> bool {
    !text.starts_with("arn:")
        && !text.contains([' ', '<', '>'])
        && text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, key_of, read};

    #[test]
    fn what_the_resources_name_is_preferred() {
        let body = r#"{"id":"1","source":"s","detail-type":"t","resources":["arn:aws:x:volume/vol-1"],"detail":{"hostId":"h-1","volId":"vol-1"}}"#;
        assert_eq!(key_of(&[read(body)]), "$.detail.volId");
    }

    #[test]
    fn parts_of_lists_and_what_is_aside_are_not_keys() {
        let lists = r#"{"lines":[{"sku":"a"}],"shipments":[{"id":"b"}],"context":{"page":{"id":"c"}}}"#;
        assert_eq!(key_of(&[event("s", "shipment.status", lists)]), "$.detail.shipments[0].id");
    }

    #[test]
    fn addresses_and_versions_are_not_keys() {
        let detail = r#"{"mail_id":"a@example.org","doc_id":"https://x","engine_id":"1.2","part_id":"p"}"#;
        assert_eq!(key_of(&[event("s", "x", detail)]), "$.detail.part_id");
    }

    #[test]
    fn one_value_in_all_of_many_events_is_context_and_not_an_object() {
        let given: Vec<_> = (0..5)
            .map(|number| event("s", "x", &format!(r#"{{"area_id":"a","part_id":"p-{number}"}}"#)))
            .collect();
        assert_eq!(key_of(&given), "$.detail.part_id");
        assert_eq!(key_of(&given[..1]), "$.detail.area_id", "the first by name");
    }
}
