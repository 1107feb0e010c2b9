use serde_json::{Number, Value};

use super::operator::{self, Matcher};
use super::text::{self, step};
use super::{Mistake, numeric, wildcard};

const INNER: [&str; 4] = ["prefix", "suffix", "equals-ignore-case", "wildcard"];

/// Parses the value of `anything-but` into the matchers that it excludes.
pub(super) fn parse(value: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Vec<Matcher>> {
    match value {
        Value::Array(list) => values(list, pointer, mistakes),
        Value::Object(object) => {
            let (name, value) = operator::only(object, pointer, mistakes)?;
            inner(name, value, &step(pointer, name), mistakes)
        }
        scalar => Some(vec![plain(scalar, pointer, mistakes)?]),
    }
}

fn values(list: &[Value], pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Vec<Matcher>> {
    if list.is_empty() {
        let help = "write what to exclude, such as `[\"a\", \"b\"]`".to_owned();
        return add_mistake(
            mistakes,
            pointer.to_owned(),
            "an empty `anything-but` excludes nothing".to_owned(),
            help,
        );
    }
    let matchers: Vec<_> = list
        .iter()
        .enumerate()
        .map(|(index, item)| plain(item, &step(pointer, &index.to_string()), mistakes))
        .collect();
    if list.iter().any(Value::is_string) && list.iter().any(Value::is_number) {
        let help = "write the strings and the numbers of one kind only, such as `[\"1\", \"2\"]`".to_owned();
        return add_mistake(
            mistakes,
            pointer.to_owned(),
            "`anything-but` mixes strings and numbers".to_owned(),
            help,
        );
    }
    matchers.into_iter().collect()
}

fn plain(value: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Matcher> {
    match value {
        Value::String(text) => Some(Matcher::Text(text.clone())),
        Value::Number(number) => excluded(number, pointer, mistakes),
        other => {
            let message = format!("`anything-but` cannot exclude `{}`", text::brief(&other.to_string()));
            let help = match other {
                Value::Bool(wrong) => format!("write the other value, `{}`, without `anything-but`", !wrong),
                _ => "write a string, a number, or a list of one of these".to_owned(),
            };
            add_mistake(mistakes, pointer.to_owned(), message, help)
        }
    }
}

/// The engine compares the numbers of `anything-but` as floats, so it refuses those a float cannot represent.
fn excluded(number: &Number, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Matcher> {
    if numeric::comparable(number).is_some() {
        return Some(Matcher::Number(number.clone()));
    }
    let message = format!("`{number}` has more digits than EventBridge compares");
    add_mistake(mistakes, pointer.to_owned(), message, "write at most 15 digits".to_owned())
}

fn inner(name: &str, value: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Vec<Matcher>> {
    if !INNER.contains(&name) {
        let message = format!("`anything-but` cannot hold `{}`", text::brief(name));
        let help = match name {
            "numeric" => "write the opposite comparison as `numeric`".to_owned(),
            "exists" => "write `{\"exists\": true}` or `{\"exists\": false}` itself".to_owned(),
            _ => format!("write one of {}", operator::listed(&INNER)),
        };
        mistakes.push(Mistake { pointer: pointer.to_owned(), on_key: true, message, help });
        return None;
    }
    let Value::Array(list) = value else { return Some(vec![excluded_by(name, value, pointer, mistakes)?]) };
    if list.is_empty() {
        let message = format!("an empty `{name}` excludes nothing");
        return add_mistake(
            mistakes,
            pointer.to_owned(),
            message,
            "write what to exclude, such as `[\"a\"]`".to_owned(),
        );
    }
    let matchers: Vec<_> = list
        .iter()
        .enumerate()
        .map(|(index, item)| excluded_by(name, item, &step(pointer, &index.to_string()), mistakes))
        .collect();
    matchers.into_iter().collect()
}

fn excluded_by(name: &str, value: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Matcher> {
    if name == "wildcard" {
        return wildcard::parse(value, pointer, mistakes).map(Matcher::Wildcard);
    }
    let text = operator::text_of(name, value, pointer, "a", mistakes)?;
    if text.is_empty() && name != "equals-ignore-case" {
        let message = format!("an empty `{name}` excludes every string");
        return add_mistake(mistakes, pointer.to_owned(), message, "write at least one character".to_owned());
    }
    Some(match name {
        "prefix" => Matcher::Prefix(text),
        "suffix" => Matcher::Suffix(text),
        _ => Matcher::EqualsIgnoreCase(text),
    })
}

fn add_mistake<T>(mistakes: &mut Vec<Mistake>, pointer: String, message: String, help: String) -> Option<T> {
    mistakes.push(Mistake { pointer, on_key: false, message, help });
    None
}
