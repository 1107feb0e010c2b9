//! Paths: the location of a value in an event.
//!
//! A path begins at the envelope, `$`. A plain name follows a dot, any other name is written unescaped in brackets and
//! single quotes, and `[0]` is the first item of a list: `$.detail['order-id']`, `$.detail.items[0].sku`, `$.time`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::pointer::below;

/// The envelope's field that holds the event's own fields.
pub const DETAIL: &str = "detail";
/// The envelope's field that only events replayed from an archive have.
pub const REPLAY_NAME: &str = "replay-name";
/// Longest path in bytes. DynamoDB nests 32 levels; a longer path is a mistake.
const LONGEST: usize = 1_024;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A field of an object.
    Name(String),
    /// An item of a list, counted from 0.
    Item(usize),
    /// Every item of a list; only in `drop` paths.
    Every,
}

/// The location of a value in an event: at least one step, and the first one is a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is not a valid path: {why}")]
pub struct PathError {
    /// The text.
    pub path: String,
    /// The problem and its position.
    pub why: String,
}

impl Path {
    /// The path of a field of the event's detail.
    #[must_use]
    pub fn of_detail(name: &str) -> Self {
        Self { steps: vec![Step::Name(DETAIL.to_owned()), Step::Name(name.to_owned())] }
    }

    /// The path of a field of the envelope.
    #[must_use]
    pub fn of_envelope(name: &str) -> Self {
        Self { steps: vec![Step::Name(name.to_owned())] }
    }

    /// This path with one more step.
    #[must_use]
    pub fn below(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }

    /// The steps, starting at the envelope.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Its JSON pointer within the envelope. `[*]` matches several values, so it has no pointer of its own.
    #[must_use]
    pub fn pointer(&self) -> String {
        self.steps.iter().fold(String::new(), |above, step| match step {
            Step::Name(name) => below(&above, name),
            Step::Item(number) => format!("{above}/{number}"),
            Step::Every => above,
        })
    }

    /// The envelope's field that it begins with.
    #[must_use]
    pub fn root(&self) -> &str {
        match self.steps.first() {
            Some(Step::Name(name)) => name,
            _ => "",
        }
    }

    /// Whether it leads to the event's own fields, or to all of them.
    #[must_use]
    pub fn is_of_detail(&self) -> bool {
        self.root() == DETAIL
    }

    /// The field of the detail that it reads, or reads a part of; `None` for the whole detail and for the envelope.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self.steps.get(1) {
            Some(Step::Name(name)) if self.is_of_detail() => Some(name),
            _ => None,
        }
    }

    /// The field of the detail that it names as a whole; `None` for any other path.
    #[must_use]
    pub fn plain_field(&self) -> Option<&str> {
        self.field().filter(|_| self.steps.len() == 2)
    }

    /// Whether a step is every item of a list.
    #[must_use]
    pub fn has_every(&self) -> bool {
        self.steps.contains(&Step::Every)
    }

    /// Whether the value at `other` is part of the value at `self`, or the same.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        let same = |(own, other): (&Step, &Step)| {
            own == other
                || matches!((own, other), (Step::Every, Step::Item(_)) | (Step::Item(_), Step::Every))
        };
        self.steps.len() <= other.steps.len() && self.steps.iter().zip(&other.steps).all(same)
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let refuse = |why: String| PathError { path: text.to_owned(), why };
        if text.len() > LONGEST {
            // The text is not repeated.
            let path = text.chars().take(40).collect();
            let why = format!("it has {} bytes, the limit is {LONGEST}", text.len());
            return Err(PathError { path, why });
        }
        let Some(mut remainder) = text.strip_prefix('$') else {
            return Err(refuse("a path begins with `$`, the event as EventBridge delivers it".to_owned()));
        };
        let mut steps = Vec::new();
        while !remainder.is_empty() {
            let (step, after) = step(remainder).map_err(refuse)?;
            steps.push(step);
            remainder = after;
        }
        match steps.first() {
            Some(Step::Name(_)) => Ok(Self { steps }),
            Some(_) => Err(refuse("the event is an object, not a list".to_owned())),
            None => Err(refuse("it names the whole event; its own fields are `$.detail`".to_owned())),
        }
    }
}

/// The first step of `remainder` and the text after it.
fn step(remainder: &str) -> Result<(Step, &str), String> {
    if let Some(named) = remainder.strip_prefix('.') {
        let end = named.find(|character| !is_plain(character)).unwrap_or(named.len());
        let (name, after) = named.split_at(end);
        if name.is_empty() {
            return Err(
                "a name follows a dot, such as `.order_id`; any other name is written in `['…']`".to_owned()
            );
        }
        if name.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
            return Err(format!("write `['{name}']`: a name after a dot begins with a letter"));
        }
        return Ok((Step::Name(name.to_owned()), after));
    }
    if let Some(quoted) = remainder.strip_prefix("['") {
        return match quoted.split_once("']") {
            Some(("", _)) => Err("a name is empty".to_owned()),
            Some((name, after)) => Ok((Step::Name(name.to_owned()), after)),
            None => Err("`['` is not closed by `']`".to_owned()),
        };
    }
    if remainder.starts_with("[\"") {
        return Err("names in brackets are in single quotes, as in `['order-id']`".to_owned());
    }
    if let Some((index, after)) = remainder.strip_prefix('[').and_then(|index| index.split_once(']')) {
        if index == "*" {
            return Ok((Step::Every, after));
        }
        let canonical = index == "0" || (index.len() <= 9 && !index.starts_with('0'));
        return match index.parse() {
            Ok(number) if canonical && index.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok((Step::Item(number), after))
            }
            _ => Err(format!("`[{index}]` is not an item's index, counted from 0, such as `[0]`")),
        };
    }
    let shown: String = remainder.chars().take(20).collect();
    Err(format!("at `{shown}`: a step is `.name`, `['any name']` or `[0]`"))
}

/// Whether a character may be in a name after a dot. A hyphen is allowed, because `$.detail-type` can have no other
/// meaning.
fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '-'
}

/// The canonical spelling: equal paths have equal texts.
impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("$")?;
        for step in &self.steps {
            match step {
                Step::Name(name) if is_dotted(name) => write!(formatter, ".{name}")?,
                Step::Name(name) => write!(formatter, "['{name}']")?,
                Step::Item(number) => write!(formatter, "[{number}]")?,
                Step::Every => formatter.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

fn is_dotted(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|character| character.is_alphanumeric() || character == '_')
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        text.parse::<Path>().map_or_else(|error| error.to_string(), |path| path.to_string())
    }

    #[test]
    fn each_spelling_has_one_canonical_form() {
        for (text, canonical) in [
            ("$.detail.order.id", "$.detail.order.id"),
            ("$['detail'].order_id", "$.detail.order_id"),
            ("$.detail-type", "$['detail-type']"),
            ("$['detail-type']", "$['detail-type']"),
            ("$.detail.order-id", "$.detail['order-id']"),
            ("$.detail['a.b c']", "$.detail['a.b c']"),
            ("$.detail['it's']", "$.detail['it's']"),
            ("$.detail.items[0].sku", "$.detail.items[0].sku"),
            ("$.detail.lines[*].note", "$.detail.lines[*].note"),
            ("$.detail['1st']", "$.detail['1st']"),
            ("$.detail.größe", "$.detail.größe"),
            ("$.resources[0]", "$.resources[0]"),
        ] {
            assert_eq!(spelled(text), canonical);
            assert_eq!(spelled(canonical), canonical);
        }
    }

    #[test]
    fn an_invalid_path_has_a_reason() {
        for (text, why) in [
            ("detail.id", "begins with `$`"),
            ("", "begins with `$`"),
            ("$", "the whole event"),
            ("$[0]", "not a list"),
            ("$.", "a name follows a dot"),
            ("$..id", "a name follows a dot"),
            ("$.detail.1st", "write `['1st']`"),
            ("$.detail['id", "not closed"),
            ("$.detail['']", "is empty"),
            ("$.detail[\"id\"]", "single quotes"),
            ("$.detail[01]", "not an item's index"),
            ("$.detail[-1]", "not an item's index"),
            ("$.detail[9999999999]", "not an item's index"),
            ("$.detail[", "a step is"),
            ("$.detail id", "at ` id`"),
            ("$detail", "at `detail`"),
        ] {
            assert!(spelled(text).contains(why), "{text}: {}", spelled(text));
        }
        assert!(spelled(&format!("$.{}", "x".repeat(2_000))).len() < 120);
    }

    #[test]
    fn a_path_holds_what_lies_below_it() {
        let holds = |own: &str, other: &str| {
            own.parse::<Path>().expect("a path").holds(&other.parse().expect("a path"))
        };
        assert!(holds("$.detail", "$.detail.id") && holds("$.detail.id", "$.detail.id"));
        assert!(holds("$.detail.lines[*].note", "$.detail.lines[3].note"));
        assert!(!holds("$.detail.id", "$.detail") && !holds("$.detail.id", "$.detail.ids"));
    }
}
