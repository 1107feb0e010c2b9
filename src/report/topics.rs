//! The topics that can be explained, as a page of short lines.

use super::style;
use super::width::{columns, cut, padded, wrapped};

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub name: String,
    /// One sentence, without its full stop.
    pub summary: String,
}

/// Topics of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicGroup {
    pub title: &'static str,
    /// The name for programs.
    pub kind: &'static str,
    pub topics: Vec<Topic>,
}

/// A line for each topic, in lines of at most `width` columns; for fields, which are many, only the names.
#[must_use]
pub fn topics_text(groups: &[TopicGroup], width: usize) -> String {
    let mut blocks = Vec::new();
    for TopicGroup { title, topics, .. } in groups {
        blocks.push(title.to_string());
        let names_alone = topics.iter().any(|topic| topic.name.contains('.'));
        blocks.extend(if names_alone { sections(topics, width) } else { areas(topics, width) });
    }
    blocks.join("\n\n")
}

/// The topics of one area below each other, each with its summary.
fn areas(topics: &[Topic], width: usize) -> Vec<String> {
    let area = |topic: &Topic| topic.name.split_once("::").map(|(area, _)| area.to_owned());
    let blocks = topics.chunk_by(|left, right| area(left) == area(right));
    let block = |topics: &[Topic]| {
        let longest = topics.iter().map(|topic| columns(&topic.name)).max().unwrap_or_default();
        let line = |topic: &Topic| {
            let summary = shortened(&topic.summary, width.saturating_sub(longest + 4).max(16));
            format!("  {}  {summary}", style::cyan(&padded(&topic.name, longest)))
        };
        topics.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    blocks.map(block).collect()
}

/// A sentence in at most `width` columns, without its last words if it is longer.
fn shortened(sentence: &str, width: usize) -> String {
    if columns(sentence) <= width {
        return sentence.to_owned();
    }
    let first = wrapped(sentence, width.saturating_sub(2)).into_iter().next().unwrap_or_default();
    cut(&(first + " …"), width)
}

/// The names of fields: those of the top level, then those of each section after its name.
fn sections(topics: &[Topic], width: usize) -> Vec<String> {
    let split = |topic: &Topic| {
        let (section, field) = topic.name.split_once('.').unwrap_or(("", &topic.name));
        (section.to_owned(), field.to_owned())
    };
    let mut named: Vec<(String, Vec<String>)> = vec![(String::new(), Vec::new())];
    for (section, field) in topics.iter().map(split) {
        match named.iter_mut().find(|(name, _)| *name == section) {
            Some((_, fields)) => fields.push(field),
            None => named.push((section, vec![field])),
        }
    }
    let longest = named.iter().map(|(section, _)| columns(section) + 1).max().unwrap_or_default();
    let lines = named.iter().flat_map(|(section, fields)| {
        let label = if section.is_empty() { String::new() } else { format!("{section}.") };
        let remainder = wrapped(&fields.join(", "), width.saturating_sub(longest + 4).max(16));
        remainder.into_iter().enumerate().map(move |(number, line)| {
            let label = if number == 0 { label.as_str() } else { "" };
            format!("  {}  {line}", style::cyan(&padded(label, longest)))
        })
    });
    vec![lines.collect::<Vec<_>>().join("\n")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_line_up_by_area() {
        let topic = |name: &str, summary: &str| Topic { name: name.to_owned(), summary: summary.to_owned() };
        let codes = vec![
            topic("bus::a", "short"),
            topic("bus::long-one", &"a summary that is longer than the line ".repeat(3)),
            topic("queue::b", "another area"),
        ];
        let fields =
            (0..40).map(|number| topic(&format!("bus.field_{number}"), "")).chain([topic("name", "")]);
        let groups = [
            TopicGroup { title: "codes", kind: "code", topics: codes },
            TopicGroup { title: "fields", kind: "field", topics: fields.collect() },
        ];
        for width in [40, 80, 120] {
            let text = anstream::adapter::strip_str(&topics_text(&groups, width)).to_string();
            assert!(text.lines().all(|line| columns(line) <= width), "{text}");
            assert!(
                text.starts_with("codes\n\n  bus::a         short\n  bus::long-one  a summary"),
                "{text}"
            );
            assert!(
                text.contains("…\n\n  queue::b  another area\n\nfields\n\n        name\n  bus.  field_0, "),
                "{text}"
            );
        }
    }
}
