use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, Fix, Location, Position, codes};
use crate::pattern::{Certain, Mistake, Pattern, certain};
use crate::source::SpecTree;
use crate::spec::{BusRule, Spec};
use crate::validate::corrections::rename;

/// Characters after a map in which its brace is searched.
const LONGEST: usize = 200;

/// EventBridge refuses a pattern that is malformed or too complex; with one that cannot match, it drops every
/// event.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in spec.bus_rules() {
        let make = |make: fn(Code, String) -> Diagnostic, code: Code, mistake: &Mistake| {
            let path = format!("{}{}", rule.pointer, mistake.pointer);
            let location = if mistake.on_key { tree.key_location(&path) } else { tree.mark(&path) };
            make(code, mistake.message.clone()).at(path, location).help(&mistake.help)
        };
        match Pattern::parse(rule.pattern) {
            Ok(pattern) => found.extend(
                pattern
                    .warnings()
                    .iter()
                    .map(|one| make(Diagnostic::warning, codes::BUS_PATTERN_COMPLEX, one)),
            ),
            Err(mistakes) => found.extend(mistakes.iter().map(|one| {
                let edit = certain(rule.pattern, &mistakes, one);
                let fix = edit.and_then(|edit| fix(&rule, &edit, one, tree));
                make(Diagnostic::error, codes::BUS_WRONG_PATTERN, one).fix(fix)
            })),
        }
    }
    found
}

/// The unambiguous edit, if the text allows it on one line.
fn fix(rule: &BusRule<'_>, edit: &Certain, mistake: &Mistake, tree: &SpecTree) -> Option<Fix> {
    let path = format!("{}{}", rule.pointer, mistake.pointer);
    let location = if mistake.on_key { tree.key_location(&path) } else { tree.value_location(&path) };
    let source_text = tree.text_at(location);
    // An anchor's value is used elsewhere too.
    if source_text.starts_with(['&', '*', '!']) || location.span.start.line != location.span.end.line {
        return None;
    }
    if let Certain::Rename(name) = edit {
        return Some(rename(tree, location, name));
    }
    let is_bare = !source_text.starts_with(['{', '"', '\'']);
    // Between brackets, an unquoted text would end there.
    if *edit == Certain::InList && is_bare && source_text.contains([',', '[', ']', '{', '}']) {
        return None;
    }
    let (location, source_text) = if mistake_is_of_map(rule.pattern, mistake) {
        in_braces(location, tree)?
    } else {
        (location, source_text)
    };
    let text = match edit {
        Certain::InList => format!("[{source_text}]"),
        Certain::Quoted => format!("\"{source_text}\""),
        Certain::Word(word) => word.to_string(),
        Certain::Rename(_) => return None,
    };
    Some(Fix::replace(format!("write `{text}`"), location, text))
}

fn mistake_is_of_map(pattern: &Map<String, Value>, mistake: &Mistake) -> bool {
    Value::Object(pattern.clone()).pointer(&mistake.pointer).is_some_and(Value::is_object)
}

/// A map with its braces: its location ends with its last value. `None` if it has none, or spans several lines.
fn in_braces(mut location: Location, tree: &SpecTree) -> Option<(Location, String)> {
    let begin = location.span.start;
    location.span.end.offset += LONGEST;
    let text = tree.text_at(location);
    let (mut depth, mut quote) = (0_usize, None);
    let end = text.chars().position(|character| {
        match (quote, character) {
            (Some(open), character) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 || character == '\n'
    })?;
    let text: String = text.chars().take(end + 1).collect();
    location.span.end =
        Position { offset: begin.offset + end + 1, column: begin.column + end + 1, line: begin.line };
    (text.starts_with('{') && text.ends_with('}')).then_some((location, text))
}
