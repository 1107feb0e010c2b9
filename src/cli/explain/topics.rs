//! All topics.

use processor::reason::Reason;

use crate::diagnostic::CODES;
use crate::report::{Topic, TopicGroup};
use crate::validate::{field, fields};

pub(super) const CODE: &str = "code";
pub(super) const FIELD: &str = "field";
pub(super) const REASON: &str = "reason";
pub(super) const OTHER: &str = "other";

/// Topics that are not in a table.
pub(super) const EXIT: &str = "exit-codes";
pub(super) const JSON: &str = "json";

pub(super) fn groups() -> Vec<TopicGroup> {
    let mut codes: Vec<Topic> = CODES.iter().map(|code| topic(code.name, code.explanation)).collect();
    // Grouped by area: the table is in the order of the stages.
    codes.sort_by(|left, right| left.name.cmp(&right.name));
    let described = fields().into_iter().map(|name| {
        let description = field(&name).map(|field| field.description).unwrap_or_default();
        topic(&name, &description)
    });
    let reasons = Reason::ALL.iter().map(|reason| topic(reason.as_str(), reason.explanation()));
    vec![
        group("codes of errors and warnings", CODE, codes),
        group("fields of a spec", FIELD, described.collect()),
        group("reasons why events become dead letters", REASON, reasons.collect()),
        group(
            "other topics",
            OTHER,
            vec![topic(EXIT, "What each exit code means."), topic(JSON, "What `--format json` writes.")],
        ),
    ]
}

fn group(title: &'static str, kind: &'static str, topics: Vec<Topic>) -> TopicGroup {
    TopicGroup { title, kind, topics }
}

fn topic(name: &str, text: &str) -> Topic {
    Topic { name: name.to_owned(), summary: first_sentence(text).to_owned() }
}

fn first_sentence(text: &str) -> &str {
    let ends = text.match_indices(['.', '\n']).map(|(end, _)| end);
    let end = ends.into_iter().find(|end| {
        let remainder = &text[end + 1..];
        text[*end..].starts_with('\n') || remainder.is_empty() || remainder.starts_with([' ', '\n'])
    });
    end.map_or(text, |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::explain::subject::{Subject, nearest};

    #[test]
    fn every_topic_has_a_summary_and_a_page() {
        let groups = groups();
        for topic in groups.iter().flat_map(|group| &group.topics) {
            assert!(topic.summary.len() > 5 && !topic.summary.ends_with('.'), "{topic:?}");
            assert!(Subject::find(&topic.name).is_some(), "{}", topic.name);
        }
    }

    #[test]
    fn a_sentence_ends_at_its_full_stop_and_not_within_a_name() {
        assert_eq!(first_sentence("A `base.yaml` is read. It is."), "A `base.yaml` is read");
        assert_eq!(first_sentence("One\nTwo"), "One");
        assert_eq!(first_sentence("Without an end"), "Without an end");
    }

    #[test]
    fn the_nearest_topics_are_found_by_their_whole_names_and_their_last_parts() {
        for (wrong, expected) in [
            ("queue::visibility-to-short", "queue::visibility-too-short"),
            ("visibility-too-short", "queue::visibility-too-short"),
            ("queue.retention_day", "queue.retention_days"),
            ("mising-field", "missing-field"),
            ("exit-code", "exit-codes"),
        ] {
            assert_eq!(nearest(wrong).first().map(String::as_str), Some(expected), "{wrong}");
        }
        assert!(nearest("retention_days").len() > 1, "several fields are called so");
        assert!(nearest("zzzzzzzzzzzz").is_empty());
    }
}
