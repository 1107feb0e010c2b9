use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, Fix, Place, Position, codes};
use crate::pattern::{Certain, Mistake, Pattern, certain};
use crate::source::SpecTree;
use crate::spec::{BusRule, Spec};
use crate::validate::mend::rename;

/// Characters after a map in which its brace is searched.
const LONGEST: usize = 200;

/// EventBridge refuses a pattern that is malformed or too complex; with one that cannot match, it drops every
/// event.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in spec.bus_rules() {
        let make = |make: fn(Code, String) -> Diagnostic, code: Code, mistake: &Mistake| {
            let path = format!("{}{}", rule.pointer, mistake.pointer);
            let place = if mistake.on_key { tree.key_place(&path) } else { tree.mark(&path) };
            make(code, mistake.message.clone()).at(path, place).help(&mistake.help)
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
    let place = if mistake.on_key { tree.key_place(&path) } else { tree.value_place(&path) };
    let written = tree.written(place);
    // An anchor's value is used elsewhere too.
    if written.starts_with(['&', '*', '!']) || place.span.start.line != place.span.end.line {
        return None;
    }
    if let Certain::Rename(name) = edit {
        return Some(rename(tree, place, name));
    }
    let is_bare = !written.starts_with(['{', '"', '\'']);
    // Between brackets, an unquoted text would end there.
    if *edit == Certain::InList && is_bare && written.contains([',', '[', ']', '{', '}']) {
        return None;
    }
    let (place, written) =
        if mistake_is_of_map(rule.pattern, mistake) { in_braces(place, tree)? } else { (place, written) };
    let text = match edit {
        Certain::InList => format!("[{written}]"),
        Certain::Quoted => format!("\"{written}\""),
        Certain::Word(word) => word.to_string(),
        Certain::Rename(_) => return None,
    };
    Some(Fix::replace(format!("write `{text}`"), place, text))
}

fn mistake_is_of_map(pattern: &Map<String, Value>, mistake: &Mistake) -> bool {
    Value::Object(pattern.clone()).pointer(&mistake.pointer).is_some_and(Value::is_object)
}

/// A map with its braces: its location ends with its last value. `None` if it has none, or spans several lines.
fn in_braces(mut place: Place, tree: &SpecTree) -> Option<(Place, String)> {
    let begin = place.span.start;
    place.span.end.offset += LONGEST;
    let text = tree.written(place);
    let (mut depth, mut quote) = (0_usize, None);
    let end = text.chars().position(|letter| {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 || letter == '\n'
    })?;
    let text: String = text.chars().take(end + 1).collect();
    place.span.end =
        Position { offset: begin.offset + end + 1, column: begin.column + end + 1, line: begin.line };
    (text.starts_with('{') && text.ends_with('}')).then_some((place, text))
}
