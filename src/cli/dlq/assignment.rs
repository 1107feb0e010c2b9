//! `--set PATH=VALUE`: sets one value of an event, and of a message body with it.

use processor::config::{Config, Input};
use processor::event::Event;
use processor::json::Json;
use processor::parse::parse;
use processor::path::{DETAIL, Path, Step};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::operate::{below_detail, locate, with_value};

/// One value to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) path: Path,
    /// JSON text.
    value: String,
}

impl std::fmt::Display for Assignment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}={}", self.path, self.value)
    }
}

/// Parses `PATH=VALUE`: a path as in a spec, or the name of a field of the detail.
pub(super) fn assignment(text: &str) -> Result<Assignment, String> {
    let (path, value) = split(text).ok_or("write `PATH=VALUE`, such as `$.detail.order_id=A-1`")?;
    let path = if path.starts_with('$') {
        path.parse::<Path>().map_err(|error| error.to_string())?
    } else {
        Path::of_detail(path)
    };
    if path.has_every() {
        return Err(format!("`{path}` names more than one value"));
    }
    let is_json = serde_json::from_str::<IgnoredAny>(value).is_ok();
    let value = if is_json { value.trim().to_owned() } else { json!(value).to_string() };
    Ok(Assignment { path, value })
}

/// A name in brackets may contain an equals sign.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut in_brackets = false;
    for (at, character) in text.char_indices() {
        match character {
            '[' if text.starts_with('$') => in_brackets = true,
            ']' => in_brackets = false,
            '=' if !in_brackets && at > 0 => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

/// The body with all of the values set. Everything else in it is unchanged.
///
/// # Errors
/// A path does not fit the body, or the event's id would change.
pub(super) fn with_all(config: &Config, body: &str, all: &[Assignment]) -> Result<String, String> {
    let bare = is_bare(config, body);
    let changed = all.iter().try_fold(body.to_owned(), |body, Assignment { path, value }| {
        let steps: &[Step] = if bare {
            below_detail(path).ok_or_else(|| format!("the message has no `{path}`: it is only a detail"))?
        } else {
            path.steps()
        };
        with_value(&body, steps, value).map_err(|reason| format!("`{path}` cannot be set: {reason}"))
    })?;
    same_id(body, &changed, bare)?;
    Ok(changed)
}

/// Checks that the event's id is unchanged: the id identifies the event everywhere.
///
/// # Errors
/// The ids differ.
pub(super) fn same_id(before: &str, after: &str, is_bare: bool) -> Result<(), String> {
    let id = |body: &str| {
        let found = locate(body, &["id".to_owned()]).filter(|found| found.steps == 1)?;
        let id: String = serde_json::from_str(&body[found.span]).ok()?;
        Some(id).filter(|id| !id.trim().is_empty())
    };
    match id(before).filter(|_| !is_bare) {
        Some(before) if id(after).as_ref() != Some(&before) => {
            Err(format!("it would change the event's id, `{before}`"))
        }
        _ => Ok(()),
    }
}

/// Whether a body is a detail without an envelope, which the processor accepts. A body that it cannot read is passed on
/// by a rule.
pub(super) fn is_bare(config: &Config, body: &str) -> bool {
    match parse(body) {
        Ok(Json::Map(fields)) => Event::of(config, fields).is_bare,
        _ => {
            let envelope = locate(body, &[DETAIL.to_owned()]).is_some_and(|found| found.steps == 1);
            config.input == Input::Detail || !envelope
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(body: &str, all: &[&str]) -> Result<String, String> {
        let all: Result<Vec<Assignment>, String> = all.iter().map(|text| assignment(text)).collect();
        with_all(&Config::default(), body, &all?)
    }

    #[test]
    fn values_are_json_where_they_can_be_and_texts_else() {
        let envelope = r#"{"id":"e-1","source":"s","detail-type":"t","detail":{"a":1.50}}"#;
        let with = |detail: &str| Ok(envelope.replace(r#"{"a":1.50}"#, detail));
        assert_eq!(set(envelope, &["a=S-1"]), with(r#"{"a":"S-1"}"#));
        assert_eq!(
            set(envelope, &["$.detail.a= 2.0 ", "b={\"c\":null}"]),
            with(r#"{"a":2.0,"b":{"c":null}}"#)
        );
        assert_eq!(set(envelope, &["$.detail['x=y']=z=1"]), with(r#"{"a":1.50,"x=y":"z=1"}"#));
        assert_eq!(set(r#"{"a":1}"#, &["$.detail.a=\"2\""]).as_deref(), Ok(r#"{"a":"2"}"#));
        for (body, text, why) in [
            (envelope, "a", "write `PATH=VALUE`"),
            (envelope, "=a", "write `PATH=VALUE`"),
            (envelope, "$.detail[*].a=1", "more than one value"),
            (envelope, "$.detail..a=1", "is not a valid path"),
            (envelope, "$.id=e-2", "change the event's id, `e-1`"),
            (r#"{"a":1}"#, "$.source=x", "it is only a detail"),
            ("poison", "a=1", "the message is not JSON"),
        ] {
            let refused = set(body, &[text]).expect_err(text);
            assert!(refused.contains(why), "{text}: {refused}");
        }
        let without = r#"{"source":"s","detail-type":"t","detail":{}}"#;
        assert!(set(without, &["$.id=e-9"]).is_ok(), "one that has no id may get one");
    }
}
