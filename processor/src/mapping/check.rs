//! What is wrong with a mapping.

use super::{Field, Format, Identity, Mapping, OnConflict};
use crate::config::Input;
use crate::path::Path;
use crate::row::CONTROL_ATTRIBUTES;

/// Longest attribute name of a key or index key, in bytes (DynamoDB).
const LONGEST_NAME: usize = 255;

/// A broken rule of the mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field of the mapping.
    pub field: MappedField,
    /// The other field that it conflicts with.
    pub other: Option<MappedField>,
    /// The rule, by which a caller finds its own message.
    pub rule: Rule,
    /// What is wrong, naming the field.
    pub message: String,
    /// The edit that fixes it.
    pub help: String,
}

/// A field of the mapping, such as `sort_key`; for `attributes` with the attribute's name, for `drop` with the path.
pub type MappedField = (&'static str, Option<String>);

/// The rules of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A name is blank or too long.
    Name,
    /// Two fields write the same attribute.
    SameAttribute,
    /// An attribute is one that the processor writes itself.
    Control,
    /// No path, or several for a single value.
    Locations,
    /// A format that cannot be stored in this attribute.
    Format,
    /// A path with `[*]`, or into an envelope that the queue does not receive.
    Path,
    /// A dropped path is read.
    Dropped,
    /// `replace_if_newer` and `newer_by` belong together.
    Newer,
}

/// Every rule that `mapping` breaks, if the queue receives `input`.
#[must_use]
pub fn problems(mapping: &Mapping, input: Input) -> Vec<Problem> {
    let mut found = Vec::new();
    let fields: Vec<(&'static str, &Field)> = mapping.attributes().collect();
    for (index, &(name, field)) in fields.iter().enumerate() {
        found.extend(attribute_name(&fields[..index], name, field));
        let mut report = |rule, message: String, help: &str| {
            let field = mapped_field(name, field);
            found.push(Problem { field, other: None, rule, message, help: help.to_owned() });
        };
        let spelled = spelled(name, field);
        if field.from.is_empty() {
            report(Rule::Locations, format!("`{spelled}` has no path"), "name a path under `from`");
        }
        if name == "data" && field.from.len() > 1 {
            let message = format!("`{spelled}` names {} paths, and data is one value", field.from.len());
            report(Rule::Locations, message, "name one path under `from`");
        }
        if field.format == Some(Format::Number) && field.from.len() > 1 {
            let message = format!(
                "`{spelled}` joins {} values to a text, and `number` stores a number",
                field.from.len()
            );
            report(Rule::Format, message, "name one path under `from`, or choose `format: text`");
        }
        if let Some(format) = field.format.filter(|_| name == "data") {
            let message =
                format!("`{spelled}` has `format: {}`, but data is stored unchanged", format.as_str());
            report(Rule::Format, message, "remove `format`");
        }
        for path in &field.from {
            readable(&spelled, path, input, &mut report);
            if let Some(dropped) = mapping.drop.iter().find(|dropped| dropped.holds(path)) {
                let message =
                    format!("`{spelled}` reads `{path}`, which `event.drop` removes by `{dropped}`");
                report(Rule::Dropped, message, "do not drop the value, or read another one");
            }
        }
    }
    identity(mapping, input, &mut found);
    newer(mapping, &mut found);
    dropped(mapping, &mut found);
    found
}

fn spelled(name: &str, field: &Field) -> String {
    match name {
        "attributes" => format!("event.attributes.{}", field.attribute),
        name => format!("event.{name}"),
    }
}

fn mapped_field(name: &'static str, field: &Field) -> MappedField {
    (name, (name == "attributes").then(|| field.attribute.clone()))
}

fn attribute_name(before: &[(&'static str, &Field)], name: &'static str, field: &Field) -> Vec<Problem> {
    let attribute = &field.attribute;
    let spelled = spelled(name, field);
    let problem = |rule, message, help: String, other| Problem {
        field: mapped_field(name, field),
        other,
        rule,
        message,
        help,
    };
    if attribute.trim().is_empty() || attribute.len() > LONGEST_NAME {
        let message =
            format!("`{spelled}` has {} bytes, an attribute name has 1 to {LONGEST_NAME}", attribute.len());
        return vec![problem(Rule::Name, message, "choose another name".to_owned(), None)];
    }
    let mut found = Vec::new();
    if CONTROL_ATTRIBUTES.contains(&attribute.as_str()) {
        let message = format!("`{spelled}` is `{attribute}`, an attribute the processor writes itself");
        let own = CONTROL_ATTRIBUTES.join("`, `");
        let help = format!("choose another name; the processor's own are `{own}`");
        found.push(problem(Rule::Control, message, help, None));
    }
    if let Some(&(first, earlier)) = before.iter().find(|(_, earlier)| earlier.attribute == *attribute) {
        let message = format!("`{}` and `{spelled}` are both `{attribute}`", self::spelled(first, earlier));
        let help = "give one of them another attribute: `{attribute: NAME, from: $.detail.…}`".to_owned();
        found.push(problem(Rule::SameAttribute, message, help, Some(mapped_field(first, earlier))));
    }
    found
}

fn readable(spelled: &str, path: &Path, input: Input, report: &mut impl FnMut(Rule, String, &str)) {
    if path.has_every() {
        let message = format!("`{spelled}` reads `{path}`, which has many values");
        report(Rule::Path, message, "name one item, such as `[0]`; `[*]` is for `event.drop`");
    }
    if input == Input::Detail && !path.is_of_detail() {
        let message = format!(
            "`{spelled}` reads `{path}`, but with `bus.input: detail` the queue receives only the detail"
        );
        report(Rule::Path, message, "write `bus.input: envelope`, or read a path below `$.detail`");
    }
}

fn identity(mapping: &Mapping, input: Input, found: &mut Vec<Problem>) {
    let mut report = |rule, message: String, help: &str| {
        let field = ("identity", None);
        found.push(Problem { field, other: None, rule, message, help: help.to_owned() });
    };
    match &mapping.identity {
        Identity::Content => {}
        Identity::EventId if input == Input::Detail => {
            let message =
                "`event.identity` is `event_id`, but with `bus.input: detail` the queue receives no envelope"
                    .to_owned();
            report(Rule::Path, message, "write `bus.input: envelope`, or `identity: content`");
        }
        Identity::EventId => {}
        Identity::At(path) => {
            readable("event.identity", path, input, &mut report);
            if let Some(dropped) = mapping.drop.iter().find(|dropped| dropped.holds(path)) {
                let message =
                    format!("`event.identity` reads `{path}`, which `event.drop` removes by `{dropped}`");
                report(Rule::Dropped, message, "do not drop the value, or choose another identity");
            }
        }
    }
}

fn newer(mapping: &Mapping, found: &mut Vec<Problem>) {
    let (message, help) = match (mapping.on_conflict, &mapping.newer_by) {
        (OnConflict::ReplaceIfNewer, None) => (
            "`event.on_conflict: replace_if_newer` needs `event.newer_by`, which decides which event is newer",
            "add `newer_by: {attribute: changed_at, from: $.detail.changed_at, format: timestamp}`",
        ),
        (OnConflict::DeadLetter | OnConflict::KeepFirst, Some(_)) => (
            "`event.newer_by` only applies to `on_conflict: replace_if_newer`",
            "write `on_conflict: replace_if_newer`, or store the value under `event.attributes`",
        ),
        _ => return,
    };
    let field = if mapping.newer_by.is_some() { "newer_by" } else { "on_conflict" };
    let (message, help) = (message.to_owned(), help.to_owned());
    found.push(Problem { field: (field, None), other: None, rule: Rule::Newer, message, help });
}

fn dropped(mapping: &Mapping, found: &mut Vec<Problem>) {
    for path in &mapping.drop {
        if path.field().is_some() {
            continue;
        }
        let message = if path.is_of_detail() {
            "`event.drop` removes `$.detail`, the whole event".to_owned()
        } else {
            format!("`event.drop` names `{path}`, but only values below `$.detail` can be dropped")
        };
        let help = "name a path below `$.detail`".to_owned();
        let field = ("drop", Some(path.to_string()));
        found.push(Problem { field, other: None, rule: Rule::Dropped, message, help });
    }
}
