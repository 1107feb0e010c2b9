//! Completions within an event pattern: names and values of fields from the samples, and operators.

use serde_json::Value;

use super::complete::Form;
use super::document::Document;
use super::offer::{OPERATOR, Offer, PROPERTY, VALUE, literal};
use super::operators::{OPERATORS, OR, arguments, items, operator};
use super::outline::Name;
use super::seen::{brief, events, first_of, maps_at, values_at};
use crate::pattern::{envelope_fields, envelope_meaning};
use crate::propose::quoted;

/// Values of one field that are offered or shown.
const MOST: usize = 50;
/// Values that a hover shows.
const SHOWN: usize = 5;

/// A position within a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct At {
    /// The path of the event's field, from the root.
    fields: Vec<String>,
    /// Within the list of a field's values.
    in_list: bool,
    /// The enclosing operators.
    operators: Vec<String>,
    /// The index in an operator's list.
    item: Option<usize>,
}

impl At {
    /// The position of a spec's path; `None` if it is not within a pattern.
    pub(super) fn of(path: &[Name]) -> Option<Self> {
        let key = |index: usize| match path.get(index) {
            Some(Name::Key(key)) => key.as_str(),
            _ => "",
        };
        let depth = match (key(0), key(1), key(3)) {
            ("bus", "pattern", _) => 2,
            ("bus", "rules", "pattern") => 4,
            _ => return None,
        };
        let mut at = Self::default();
        let mut below_or = false;
        for name in &path[depth..] {
            match name {
                Name::Key(key) if at.in_list => at.operators.push(key.clone()),
                Name::Key(key) if key == "$or" => below_or = true,
                Name::Key(key) => at.fields.push(key.clone()),
                Name::Index(_) if below_or && !at.in_list => below_or = false,
                Name::Index(_) if !at.in_list => at.in_list = true,
                Name::Index(index) => at.item = Some(*index),
                Name::Document => {}
            }
        }
        // The value of `$or` itself has no fields.
        at.in_list |= below_or;
        Some(at)
    }

    /// Whether the value is that of a field, which is always a list.
    pub(super) fn wants_list(&self) -> bool {
        !self.in_list && !self.fields.is_empty() && self.fields != ["detail"]
    }

    /// The valid keys of a map at this position.
    pub(super) fn keys(&self, document: &Document, form: Form) -> Vec<Offer> {
        let words: Vec<&str> = self.operators.iter().map(String::as_str).collect();
        match words.as_slice() {
            _ if !self.in_list => self.fields_at(document, form),
            [] => OPERATORS.iter().map(|operator| with_form(operator.name, form)).collect(),
            ["prefix" | "suffix"] => vec![with_form("equals-ignore-case", form)],
            ["anything-but"] => {
                let within = ["prefix", "suffix", "equals-ignore-case", "wildcard"];
                within.into_iter().map(|name| with_form(name, form)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn fields_at(&self, document: &Document, form: Form) -> Vec<Offer> {
        let list = |name: &str| {
            let text = literal(&form.text(name, false));
            if form == Form::Name { text } else { format!("{text}[$1]") }
        };
        let or = Offer::plain(PROPERTY, "$or", "").documented(OR).snippet(list("$or"));
        let mut offers: Vec<Offer> = match self.fields.split_first() {
            None => {
                let fields = envelope_fields().map(|name| {
                    let offer = Offer::plain(PROPERTY, name, &form.text(name, true));
                    let offer = if name == "detail" { offer } else { offer.snippet(list(name)) };
                    offer.documented(envelope_meaning(name).unwrap_or_default())
                });
                fields.collect()
            }
            Some((first, _)) if first == "detail" => {
                let mut names: Vec<(&String, &Value)> = Vec::new();
                let maps = events(document).into_iter().flat_map(|event| maps_at(event, &self.fields));
                for (name, value) in maps.flatten() {
                    if names.len() < MOST && !names.iter().any(|(known, _)| *known == name) {
                        names.push((name, value));
                    }
                }
                let offer = |(name, value): (&String, &Value)| {
                    let has_fields = first_of(value).is_object();
                    let offer = Offer::plain(PROPERTY, name, &form.text(name, true)).detail(brief(value));
                    if has_fields { offer } else { offer.snippet(list(name)) }
                };
                names.into_iter().map(offer).collect()
            }
            Some(_) => return Vec::new(),
        };
        offers.push(or);
        offers
    }

    /// The valid values at this position.
    pub(super) fn values(&self, document: &Document) -> Vec<Offer> {
        if !self.in_list || self.fields.is_empty() {
            return Vec::new();
        }
        let seen = |texts: bool| {
            let values = self.seen(document).into_iter().filter(move |value| !texts || value.is_string());
            values.map(|value| {
                let text = value.as_str().map_or_else(|| value.to_string(), quoted);
                let label = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Offer::plain(VALUE, label, &text).detail("from the samples")
            })
        };
        match self.operators.last().map(String::as_str) {
            None => seen(false).chain(items()).collect(),
            Some("anything-but") if self.item.is_some() => seen(false).collect(),
            Some("numeric") if self.item.is_some_and(|item| item % 2 == 0) => {
                let signs = ["=", "<", "<=", ">", ">="];
                signs.map(|sign| Offer::plain(OPERATOR, sign, &format!("\"{sign}\""))).into()
            }
            Some("numeric") if self.item.is_some() => Vec::new(),
            Some(name @ ("prefix" | "suffix" | "wildcard" | "equals-ignore-case" | "anything-but")) => {
                seen(name != "anything-but").chain(arguments(name)).collect()
            }
            Some(name) => arguments(name),
        }
    }

    /// The hover text of this position.
    pub(super) fn hover(&self, document: &Document) -> Option<String> {
        if let Some(operator) = self.operators.last().and_then(|name| operator(name)) {
            return Some(format!("`{}`\n\n{}", operator.name, operator.meaning));
        }
        let field = self.fields.join(".");
        let mut parts = vec![format!("`{field}`")];
        match self.fields.as_slice() {
            [] if self.in_list => return Some(format!("`$or`\n\n{OR}")),
            [] => return None,
            [name] => parts.extend(envelope_meaning(name).map(str::to_owned)),
            _ => {}
        }
        let events = events(document);
        if !events.is_empty() && self.fields != ["detail"] {
            let having = events.iter().filter(|event| !values_at(event, &self.fields).is_empty()).count();
            let values: Vec<String> = self
                .seen(document)
                .into_iter()
                .take(SHOWN)
                .map(|value| format!("`{}`", brief(value)))
                .collect();
            let such = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
            parts.push(format!("In {having} of {} samples{such}", events.len()));
        }
        Some(parts.join("\n\n"))
    }

    /// The values of the field in the samples, each once.
    fn seen<'a>(&self, document: &'a Document) -> Vec<&'a Value> {
        let mut seen: Vec<&Value> = Vec::new();
        for value in events(document).into_iter().flat_map(|event| values_at(event, &self.fields)) {
            let is_scalar = !value.is_object() && !value.is_array();
            // A template cannot contain null, so a pattern cannot either.
            if is_scalar && !value.is_null() && seen.len() < MOST && !seen.contains(&value) {
                seen.push(value);
            }
        }
        seen
    }
}

fn with_form(name: &'static str, form: Form) -> Offer {
    let first = operator(name).and_then(|operator| operator.forms.first()).filter(|_| form != Form::Name);
    let snippet = format!("{}{}", literal(&form.text(name, false)), first.unwrap_or(&""));
    let meaning = operator(name).map_or("", |operator| operator.meaning);
    Offer::plain(OPERATOR, name, "").documented(meaning).snippet(snippet)
}
