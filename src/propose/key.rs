use processor::event::Event;
use processor::instant;
use processor::json::Json;
use processor::path::Path;

use super::called::called;
use super::leaves::Leaf;
use super::subject::Subject;
use super::surroundings::{Surroundings, context_score};

/// Longest value that is used for a key; DynamoDB accepts four times as much.
const LONGEST: usize = 500;
/// The score from which a value of the detail is preferred to the event's first resource.
const CLEAR: i32 = 4;

/// A value that could be the partition key, and why. Two points of the score are one step.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub path: Path,
    pub score: i32,
    /// Whether its name has a word of the event types, or no word at all.
    pub is_subject: bool,
    /// Whether it is a name, which later objects may have too.
    pub is_name: bool,
    pub why: Vec<&'static str>,
}

/// The key that rows are found by: the subject of the events.
pub(super) fn partition_key(events: &[Event], leaves: &[Leaf<'_>], subject: &Subject) -> Candidate {
    let around = Surroundings::of(events, leaves);
    let mut found: Vec<Candidate> =
        leaves.iter().filter_map(|leaf| judge(leaf, leaves, subject, &around)).collect();
    found.sort_by_key(|found| (-found.score, found.path.steps().len(), found.path.to_string()));
    let best = found.into_iter().next();
    let is_clear = best.as_ref().is_some_and(|best| best.score >= CLEAR);
    let resource = || envelope(events, "$.resources[0]", "no field in all details is clearly an id");
    let id = || {
        envelope(events, "$.id", "no field in all details looks like an id, so each event has its own key")
    };
    let chosen = if is_clear { best } else { resource().or(best).or_else(id) };
    chosen.unwrap_or_else(|| Candidate {
        path: Path::of_detail("id"),
        score: 0,
        is_subject: false,
        is_name: false,
        why: Vec::new(),
    })
}

fn envelope(events: &[Event], path: &str, why: &'static str) -> Option<Candidate> {
    let path: Path = path.parse().ok()?;
    let is_text =
        |event: &Event| event.find(&path).and_then(Json::as_text).is_some_and(|text| !text.trim().is_empty());
    events.iter().all(is_text).then(|| Candidate {
        path,
        score: 0,
        is_subject: true,
        is_name: false,
        why: vec![why],
    })
}

fn judge(
    leaf: &Leaf<'_>,
    leaves: &[Leaf<'_>],
    subject: &Subject,
    around: &Surroundings,
) -> Option<Candidate> {
    let is_in_data = leaf.around.first().is_some_and(|first| first == &["data"]);
    if !leaf.values.iter().all(|value| can_be_key(value)) || around.is_cloud_event && !is_in_data {
        return None;
    }
    let mut why = Vec::new();
    let score =
        called(leaf, leaves, subject, around, &mut why)? + context_score(leaf, subject, around, &mut why);
    let is_subject = leaf.nouns().is_empty() || subject.mention_count(leaf.nouns()) > 0;
    let is_name = leaf.ending() == "name";
    Some(Candidate { path: leaf.path.clone(), score, is_subject, is_name, why })
}

/// Whether a value can identify an object: a text of one line that is not an instant, or a whole number.
fn can_be_key(value: &Json) -> bool {
    match value {
        Json::Text(text) => {
            text.len() <= LONGEST && !text.contains('\n') && instant::normalise(text).is_err()
        }
        Json::Number(number) => number.decimal().bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::leaves::leaves;
    use super::super::tests::{event, key_of};
    use super::*;

    #[test]
    fn what_the_events_are_about_is_the_key() {
        for (kind, detail, key) in [
            ("order.placed", r#"{"order":{"number":7,"customer":{"id":1}}}"#, "$.detail.order.number"),
            ("Job State Change", r#"{"jobId":"a","jobName":"b","queueId":"c"}"#, "$.detail.jobId"),
            (
                "tracker.updated",
                r#"{"result":{"id":"t","tracking_code":"x"}}"#,
                "$.detail.result.tracking_code",
            ),
            ("anything", r#"{"id":"a","size":1,"at":"2026-01-01T00:00:00Z"}"#, "$.detail.id"),
            ("anything", r#"{"id":"e","data":{"id":"a"}}"#, "$.detail.data.id"),
            ("x", r#"{"specversion":"1.0","id":"e","data":{"sku":"s"}}"#, "$.detail.data.sku"),
            ("x", r#"{"parcels":[{"weight":1.5}],"note":"two\nlines","ok":true}"#, "$.id"),
        ] {
            assert_eq!(key_of(&[event("shop", kind, detail)]), key, "{kind} {detail}");
        }
    }

    #[test]
    fn where_no_field_is_an_id_the_first_resource_is() {
        let body =
            r#"{"id":"1","source":"s","detail-type":"t","resources":["arn:a"],"detail":{"state":"on"}}"#;
        let event = super::super::tests::read(body);
        let found = partition_key(std::slice::from_ref(&event), &[], &Subject::of(&[], &[]));
        assert_eq!((found.path.to_string(), found.why.len()), ("$.resources[0]".to_owned(), 1));
        assert!(leaves(&[event]).iter().all(|leaf| leaf.ending() == "state"));
    }
}
