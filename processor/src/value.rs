//! The values of a row's attributes, read from an event according to the mapping.

use std::borrow::Cow;

use crate::event::Event;
use crate::instant;
use crate::json::Json;
use crate::mapping::{Field, Format};
use crate::path::Path;
use crate::reason::{Reason, Rejection};
use crate::row::KeyValue;

/// The separator of joined values.
const JOINED_BY: char = '#';

/// The value of a required attribute.
///
/// # Errors
/// It is missing or blank, or does not match its format.
pub(crate) fn required(event: &Event, field: &Field, format: Format) -> Result<KeyValue, Rejection> {
    let Some((first, remainder)) = field.from.split_first() else {
        return Err(missing(&field.attribute));
    };
    let found = |path: &Path| event.find(path).ok_or_else(|| missing(&shown(path)).at(path.pointer()));
    let value = formatted(found(first)?, first, format)?;
    if remainder.is_empty() {
        return Ok(value);
    }
    let mut joined = value.as_str().to_owned();
    for path in remainder {
        joined.push(JOINED_BY);
        joined.push_str(&text(found(path)?, path)?);
    }
    Ok(KeyValue::Text(joined))
}

/// The value of an optional attribute. With a format, null and blank texts count as missing; so they do in a key of an
/// index, which is a text unless a format is set.
///
/// # Errors
/// It is present and does not match its format.
pub(crate) fn optional(event: &Event, field: &Field, is_key: bool) -> Result<Option<Json>, Rejection> {
    let is_unchanged = field.format.is_none() && field.from.len() == 1 && !is_key;
    if is_unchanged {
        return Ok(event.find(&field.from[0]).cloned());
    }
    let is_absent = |value: Option<&Json>| match value {
        None | Some(Json::Null) => true,
        Some(Json::Text(text)) => text.trim().is_empty(),
        Some(_) => false,
    };
    if field.from.iter().any(|path| is_absent(event.find(path))) {
        return Ok(None);
    }
    let value = required(event, field, field.format.unwrap_or(Format::Text))?;
    Ok(Some(value.into_json()))
}

/// Checks that a key is not longer than DynamoDB allows.
///
/// # Errors
/// It is longer than `longest` bytes.
pub(crate) fn within(name: &str, text: &str, longest: usize) -> Result<(), Rejection> {
    if text.len() <= longest {
        return Ok(());
    }
    let message = format!("`{name}` has {} bytes, DynamoDB's limit is {longest} in this key", text.len());
    Err(Rejection::new(Reason::KeyTooLong, message))
}

fn formatted(value: &Json, path: &Path, format: Format) -> Result<KeyValue, Rejection> {
    let instant = |text: Result<String, Rejection>| {
        let named = |refused: Rejection| {
            let message = format!("`{}` is {}", shown(path), refused.message);
            Rejection::new(refused.reason, message).at(path.pointer())
        };
        text.map(KeyValue::Text).map_err(named)
    };
    match (format, value) {
        (Format::Text, value) => Ok(KeyValue::Text(text(value, path)?.into_owned())),
        (Format::Number, Json::Number(number)) => Ok(KeyValue::Number(number.clone())),
        (Format::Number, value) => Err(wrong_type(path, value, "a number")),
        (Format::Timestamp, Json::Text(_)) => instant(instant::normalise(&text(value, path)?)),
        (Format::Timestamp, value) => Err(wrong_type(path, value, "a string")),
        (Format::EpochSeconds | Format::EpochMilliseconds, Json::Text(_) | Json::Number(_)) => {
            let digits = if format == Format::EpochSeconds { 9 } else { 6 };
            instant(instant::from_epoch(&text(value, path)?, digits))
        }
        (Format::EpochSeconds | Format::EpochMilliseconds, value) => {
            Err(wrong_type(path, value, "a number or a string of its digits"))
        }
    }
}

/// A text unchanged, a number as its shortest exact decimal, a boolean as `true` or `false`.
fn text<'a>(value: &'a Json, path: &Path) -> Result<Cow<'a, str>, Rejection> {
    match value {
        Json::Text(text) if text.trim().is_empty() => {
            Err(Rejection::new(Reason::BlankField, format!("`{}` is blank", shown(path))).at(path.pointer()))
        }
        Json::Text(text) => Ok(Cow::Borrowed(text)),
        Json::Number(number) => Ok(number.decimal()),
        Json::Bool(value) => Ok(Cow::Borrowed(if *value { "true" } else { "false" })),
        Json::Null | Json::List(_) | Json::Map(_) => {
            Err(wrong_type(path, value, "a string, a number or a boolean"))
        }
    }
}

fn missing(name: &str) -> Rejection {
    Rejection::new(Reason::MissingField, format!("`{name}` is missing"))
}

fn wrong_type(path: &Path, value: &Json, wanted: &str) -> Rejection {
    let message = format!("`{}` is {}, not {wanted}", shown(path), value.kind());
    Rejection::new(Reason::WrongType, message).at(path.pointer())
}

/// The name of a path in messages: a field of the detail by its name alone, any other value by its path.
fn shown(path: &Path) -> String {
    path.plain_field().map_or_else(|| path.to_string(), str::to_owned)
}
