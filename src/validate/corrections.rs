//! The unambiguous edits: a misspelt key, a value in or out of quotes, a word in another case.

use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use processor::pointer::unescaped;
use serde_json::Value;

use super::dialect::Dialect;
use super::suggest;
use crate::diagnostic::{Diagnostic, Fix, Location, codes};
use crate::source::SpecTree;

/// Renames each unknown key that is a misspelt known one, if the name is free and accepts the value.
pub(super) fn renames(
    found: &mut [Diagnostic],
    tree: &SpecTree,
    dialect: &Dialect<'_>,
    validator: &Validator,
    value: &Value,
) {
    let mut given: Vec<String> = Vec::new();
    for diagnostic in found.iter_mut().filter(|diagnostic| diagnostic.code == codes::SPEC_UNKNOWN_KEY) {
        let Some((parent, key)) = diagnostic.path.rsplit_once('/') else { continue };
        let key = unescaped(key);
        let siblings = dialect.keys(parent);
        let Some(suggestion) = suggest::nearest(&key, siblings) else { continue };
        let target = format!("{parent}/{suggestion}");
        if tree.has(&target) || given.contains(&target) || !fits(validator, value, parent, &key, suggestion) {
            continue;
        }
        given.push(target);
        diagnostic.fix = diagnostic.location.map(|location| rename(tree, location, suggestion));
    }
}

/// Another name for a key, with its quotes: without them, a colon needs a blank after it.
pub(super) fn rename(tree: &SpecTree, location: Location, name: &str) -> Fix {
    let source_text = tree.text_at(location);
    let quote: String =
        source_text.chars().next().filter(|first| ['"', '\''].contains(first)).into_iter().collect();
    let title = format!("rename `{}` to `{name}`", source_text.trim_matches(['"', '\'']));
    Fix::replace(title, location, format!("{quote}{name}{quote}"))
}

/// Whether the value can be meant for the other key: `retention: 4` means days, `retention: 345600` does not. A value of
/// another type says nothing about the key.
fn fits(validator: &Validator, value: &Value, parent: &str, key: &str, suggestion: &str) -> bool {
    let mut renamed = value.clone();
    let Some(Value::Object(map)) = renamed.pointer_mut(parent) else { return false };
    let Some(child) = map.remove(key) else { return false };
    map.insert(suggestion.to_owned(), child);
    let target = format!("{parent}/{suggestion}");
    let out_of_range =
        |kind: &Kind| matches!(kind, Kind::Minimum { .. } | Kind::Maximum { .. } | Kind::MultipleOf { .. });
    !validator
        .iter_errors(&renamed)
        .any(|error| error.instance_path().as_str() == target && out_of_range(error.kind()))
}

/// The edit of a value that is only spelled wrongly.
pub(super) fn value(
    kind: &Kind,
    path: &str,
    instance: &Value,
    location: Location,
    source_text: &str,
    dialect: &Dialect<'_>,
) -> Option<Fix> {
    let replace = |text: String| Some(Fix::replace(format!("write `{text}`"), location, text));
    // An anchor's value is used elsewhere too.
    if source_text.starts_with('&') {
        return None;
    }
    match (kind, instance) {
        (Kind::Type { kind: TypeKind::Single(wanted) }, _) => match (wanted.to_string().as_str(), instance) {
            ("string", Value::Number(_) | Value::Bool(_)) if is_one_word(source_text) => {
                replace(format!("\"{source_text}\""))
            }
            ("integer", Value::String(text)) => replace(number(path, text)?),
            ("boolean", Value::String(word)) => match word.to_lowercase().as_str() {
                "yes" | "on" | "y" | "true" => replace("true".to_owned()),
                "no" | "off" | "n" | "false" => replace("false".to_owned()),
                _ => None,
            },
            _ => None,
        },
        (
            Kind::Enum { .. } | Kind::Constant { .. } | Kind::AnyOf { .. } | Kind::OneOfNotValid { .. },
            Value::String(word),
        ) => {
            let plain = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
            let options = dialect.options(path);
            let suggestion = options.into_iter().find(|option| plain(option) == plain(word))?;
            replace(suggestion.to_owned())
        }
        _ => None,
    }
}

/// Anchors, tags and comments must not be put into quotes.
fn is_one_word(source_text: &str) -> bool {
    !source_text.is_empty()
        && source_text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "+-._".contains(character))
}

/// The number in `"4"`, and in `4 days` if the field counts days.
fn number(path: &str, text: &str) -> Option<String> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    let unit = text.trim()[digits.len()..].trim().to_lowercase();
    let known: &[&str] = match path.rsplit('_').next() {
        Some("days") => &["", "d", "day", "days"],
        Some("seconds") => &["", "s", "sec", "second", "seconds"],
        Some("mb") => &["", "m", "mb", "mib"],
        _ => &[""],
    };
    let plain = !digits.is_empty() && (digits == "0" || !digits.starts_with('0'));
    (plain && known.contains(&unit.as_str())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_the_fields_own_unit_is_that_number() {
        let table = [
            ("/queue/retention_days", "4", Some("4")),
            ("/queue/retention_days", "4 days", Some("4")),
            ("/queue/retention_days", "4d", Some("4")),
            ("/queue/retention_days", "96 hours", None),
            ("/queue/retention_days", "04", None),
            ("/queue/retention_days", "", None),
            ("/processor/timeout_seconds", "60s", Some("60")),
            ("/processor/timeout_seconds", "1 m", None),
            ("/processor/memory_mb", "512 MB", Some("512")),
            ("/processor/batch/size", "10", Some("10")),
            ("/processor/batch/size", "10 messages", None),
        ];
        for (path, text, suggestion) in table {
            assert_eq!(number(path, text).as_deref(), suggestion, "{path}: {text}");
        }
    }
}
