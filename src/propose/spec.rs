use std::fmt::Write as _;

use processor::mapping::Format;
use processor::path::Path;

use super::{Part, Proposal};

/// From this number of detail types on, the pattern names none of them.
const MANY_TYPES: usize = 20;
/// Width of the comments.
const WIDTH: usize = 116;

/// The parts of a spec besides the mapping.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    pub name: &'a str,
    pub environment: &'a str,
    pub notify: &'a str,
    /// The events' sources and detail types, each once.
    pub sources: &'a [String],
    pub detail_types: &'a [String],
    /// Whether these are invented, because the given events were details alone.
    pub is_made_up: bool,
    /// How many events were given.
    pub count: usize,
    /// Names of the samples, relative to the spec.
    pub samples: &'a [String],
}

/// The spec of a pipeline for such events: each inference has a comment with its reason.
#[must_use]
pub fn spec_text(proposal: &Proposal, frame: &Frame<'_>) -> String {
    let mut text = "# yaml-language-server: $schema=../schema/pipeline.schema.json\n\n".to_owned();
    let events = if frame.count == 1 { "1 event".to_owned() } else { format!("{} events", frame.count) };
    let about = format!(
        "An event pipeline: EventBridge → SQS → Lambda → DynamoDB, inferred from {events}. The comments say why; change what you know better, and check the rows with `pipectl test`. Fields that are left out have a default; `pipectl explain FIELD` shows it."
    );
    comment(&mut text, "", &about);
    let [name, environment, notify] = [frame.name, frame.environment, frame.notify].map(quoted);
    let _ = write!(
        text,
        "version: 1\nname: {name} # the base of every resource name\nenvironment: {environment}\n\n"
    );
    pattern(&mut text, frame);
    text.push_str("\nevent: # how one event becomes one row\n");
    for (field, part) in [
        ("partition_key", &proposal.partition_key),
        ("sort_key", &proposal.sort_key),
        ("type", &proposal.event_type),
        ("data", &proposal.data),
    ] {
        mapped(&mut text, field, part);
    }
    if proposal.shared_keys > 0 {
        let shared = format!(
            "{} keys belong to several different given events: the later ones become dead letters, because no field distinguishes them",
            proposal.shared_keys
        );
        comment(&mut text, "  ", &shared);
    }
    let _ = write!(text, "\nalarms:\n  notify: [{notify}] # e-mail addresses or SNS topic ARNs\n");
    text
}

/// The bus that all sources send to, if it cannot be the pipeline's own.
fn existing_bus(sources: &[String]) -> Option<(String, &'static str)> {
    let is_partner = |source: &str| source.starts_with("aws.partner/");
    match sources {
        // A partner's bus has the name of its event source.
        [only] if is_partner(only) => Some((only.clone(), "the bus of this partner's events")),
        [_, ..] if sources.iter().all(|source| source.starts_with("aws.") && !is_partner(source)) => {
            Some(("default".to_owned(), "where AWS services send their events"))
        }
        _ => None,
    }
}

fn pattern(text: &mut String, frame: &Frame<'_>) {
    text.push_str("bus:\n");
    let bus = existing_bus(frame.sources);
    if let Some((bus, why)) = &bus {
        let _ = writeln!(text, "  existing: {} # {why}", quoted(bus));
    }
    text.push_str("  pattern: # which events on the bus go to this pipeline\n");
    if frame.is_made_up {
        let made_up =
            "the given events are only details: write the source and the detail type that they are sent with";
        comment(text, "    ", made_up);
    }
    if bus.is_none() && frame.sources.iter().any(|source| source.starts_with("aws.")) {
        let elsewhere = "AWS services send to the account's default bus, partners to their own bus: a rule there must forward such events to this pipeline's bus";
        comment(text, "    ", elsewhere);
    }
    let _ = writeln!(text, "    source: {}", list(frame.sources));
    if frame.detail_types.len() < MANY_TYPES {
        let relatives = if frame.detail_types.len() > 1 {
            "those of the given events"
        } else {
            "that of the given events"
        };
        let _ = writeln!(
            text,
            "    detail-type: {} # {relatives}; left out, all events of the source match",
            list(frame.detail_types)
        );
    } else {
        comment(text, "    ", "the given events have many detail types: all events of the source match");
    }
    text.push_str("  samples: # checked on every validation, without AWS\n    match:\n");
    for sample in frame.samples {
        let _ = writeln!(text, "      - {}", quoted(sample));
    }
}

fn mapped(text: &mut String, field: &str, part: &Part) {
    comment(text, "  ", &part.why.join("; "));
    let from = match part.paths.as_slice() {
        [path] => spelled(path),
        paths => format!("[{}]", paths.iter().map(spelled).collect::<Vec<_>>().join(", ")),
    };
    let attribute = &part.attribute;
    let format = part
        .format
        .filter(|format| *format != Format::Text)
        .map(|format| format!(", format: {}", format.as_str()));
    let _ =
        writeln!(text, "  {field}: {{attribute: {attribute}, from: {from}{}}}", format.unwrap_or_default());
}

/// In the form for a spec, in quotes unless it is a plain word of YAML.
fn spelled(path: &Path) -> String {
    quoted(&path_text(path))
}

/// A path in the form for a spec.
#[must_use]
pub fn path_text(path: &Path) -> String {
    let path = path.to_string();
    if path == "$['detail-type']" { "$.detail-type".to_owned() } else { path }
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
}

/// A text in YAML's quotes; JSON's strings are valid YAML.
#[must_use]
pub fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_.$/@-".contains(character);
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$');
    let is_word =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if begins && text.chars().all(is_plain) && !is_word {
        return text.to_owned();
    }
    let json = serde_json::Value::from(text).to_string();
    // Characters that YAML reads as the end of a line, or does not accept.
    let escaped = json.chars().map(|character| match character {
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
            format!("\\u{:04x}", u32::from(character))
        }
        character => character.to_string(),
    });
    escaped.collect()
}

/// Writes lines of a comment; names of fields come from the events and stay on their line.
fn comment(text: &mut String, indent: &str, words: &str) {
    let mut line = String::new();
    for word in words.split(|character: char| character.is_whitespace() || character.is_control()) {
        if !line.is_empty() && line.chars().count() + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{indent}#{line}");
            line.clear();
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{indent}#{line}");
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, propose};
    use super::*;

    #[test]
    fn each_inference_has_a_comment() {
        let events = [event(
            "shop.orders",
            "order placed",
            r#"{"order":{"number":7,"placed-at":"2025-12-31T23:00:00Z"}}"#,
        )];
        let frame = Frame {
            name: "orders",
            environment: "dev",
            notify: "you@example.com",
            sources: &["shop.orders".to_owned()],
            detail_types: &["order placed".to_owned()],
            is_made_up: false,
            count: 1,
            samples: &["samples/order-placed.json".to_owned()],
        };
        let text = spec_text(&propose(&events), &frame);
        for line in [
            "name: orders # the base of every resource name",
            "    source: [shop.orders]",
            "    detail-type: [\"order placed\"] # that of the given events; left out, all events of the source match",
            "      - samples/order-placed.json",
            "  partition_key: {attribute: order_number, from: $.detail.order.number}",
            "  sort_key: {attribute: placed_at, from: \"$.detail.order['placed-at']\", format: timestamp}",
            "  type: {attribute: event_type, from: $.detail-type}",
            "  data: {attribute: event_data, from: $.detail.order}",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
        }
        let lines: Vec<&str> = text.lines().collect();
        for (before, line) in lines.iter().zip(&lines[1..]) {
            assert!(!line.contains("attribute:") || before.trim_start().starts_with("# "), "{line}");
        }
    }

    #[test]
    fn texts_are_read_back_as_they_were() {
        for (text, spelled) in [
            ("shop.orders", "shop.orders"),
            ("aws.partner/x.com/1", "aws.partner/x.com/1"),
            ("yes", "\"yes\""),
            ("1.0", "\"1.0\""),
            ("a: b # c", "\"a: b # c\""),
            ("a\u{85}\n", "\"a\\u0085\\n\""),
        ] {
            assert_eq!(quoted(text), spelled);
        }
    }
}
