//! An event, read from a message's body.

use std::collections::BTreeMap;

use crate::config::{Config, Input};
use crate::json::{Json, canonical_map};
use crate::path::{DETAIL, Path, Step};

/// An event as EventBridge delivers it; a bare detail has only `detail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    fields: BTreeMap<String, Json>,
    /// Whether the body was a bare detail.
    pub is_bare: bool,
}

impl Event {
    /// Reads the event in `body`. A body is an envelope if `detail` is an object and `detail-type` and `source` are
    /// strings; anything else is a bare detail. With [`Input::Detail`] a body that has the partition key at its top level
    /// is bare even then, because such an event may have fields of these names itself.
    #[must_use]
    pub fn of(config: &Config, body: BTreeMap<String, Json>) -> Self {
        let is_text = |key| matches!(body.get(key), Some(Json::Text(_)));
        let looks_wrapped =
            matches!(body.get(DETAIL), Some(Json::Map(_))) && is_text("detail-type") && is_text("source");
        let has_key = || {
            let steps = config.event.partition_key.from.first().map_or(&[][..], |path| &path.steps()[1..]);
            !steps.is_empty() && at(&body, steps).is_some()
        };
        if looks_wrapped && !(config.input == Input::Detail && has_key()) {
            return Self { fields: body, is_bare: false };
        }
        Self { fields: BTreeMap::from([(DETAIL.to_owned(), Json::Map(body))]), is_bare: true }
    }

    /// The value at `path`.
    #[must_use]
    pub fn find(&self, path: &Path) -> Option<&Json> {
        at(&self.fields, path.steps())
    }

    /// Takes the value at `path` out of the event.
    pub fn take(&mut self, path: &Path) -> Option<Json> {
        let (last, before) = path.steps().split_last()?;
        let Some((first, remainder)) = before.split_first() else {
            return remove(&mut self.fields, last);
        };
        let Step::Name(first) = first else { return None };
        let mut value = self.fields.get_mut(first)?;
        for step in remainder {
            value = below_mut(value, step)?;
        }
        match value {
            Json::Map(entries) => remove(entries, last),
            // The items after it keep their index.
            value => below_mut(value, last).map(|item| std::mem::replace(item, Json::Null)),
        }
    }

    /// Removes the value at `path`, at all its locations. An item of a list becomes null, so that later items keep their
    /// index; if all items are removed, the list is empty.
    fn remove(&mut self, path: &Path) {
        if let Some((Step::Name(first), remainder)) = path.steps().split_first() {
            match self.fields.get_mut(first) {
                _ if remainder.is_empty() => drop(self.fields.remove(first)),
                Some(value) => remove_below(value, remainder),
                None => {}
            }
        }
    }

    /// Removes the values at all these paths.
    pub fn remove_all(&mut self, paths: &[Path]) {
        for path in paths {
            self.remove(path);
        }
    }

    /// A text field of the envelope, such as `source`; `None` if it is blank or not a text.
    #[must_use]
    pub fn envelope_text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_text().filter(|text| !text.trim().is_empty())
    }

    /// The event's own fields as one value.
    #[must_use]
    pub fn whole_detail(&self) -> Option<&Json> {
        self.fields.get(DETAIL)
    }

    /// The event's own fields.
    #[must_use]
    pub fn detail(&self) -> Option<&BTreeMap<String, Json>> {
        match self.fields.get(DETAIL) {
            Some(Json::Map(detail)) => Some(detail),
            _ => None,
        }
    }

    /// The event's own fields, mutable.
    pub fn detail_mut(&mut self) -> &mut BTreeMap<String, Json> {
        let detail = self.fields.entry(DETAIL.to_owned()).or_insert(Json::Null);
        if !matches!(detail, Json::Map(_)) {
            *detail = Json::Map(BTreeMap::new());
        }
        match detail {
            Json::Map(fields) => fields,
            _ => unreachable!("it was made a map"),
        }
    }

    /// A text among the event's own fields; `None` if the field is missing or not a text.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.detail()?.get(field)?.as_text()
    }

    /// The same event with the fields of `body`, which is another form of the body it was read from.
    #[must_use]
    pub fn with_body(&self, body: BTreeMap<String, Json>) -> Self {
        let is_bare = self.is_bare;
        let fields = if is_bare { BTreeMap::from([(DETAIL.to_owned(), Json::Map(body))]) } else { body };
        Self { fields, is_bare }
    }

    /// The body with the event's current values, in canonical JSON.
    #[must_use]
    pub fn to_body(&self) -> String {
        match self.detail() {
            Some(detail) if self.is_bare => canonical_map(detail),
            _ => canonical_map(&self.fields),
        }
    }

    /// The envelope's fields, and the event's own fields.
    #[must_use]
    pub fn split(mut self) -> (Envelope, BTreeMap<String, Json>) {
        let detail = match self.fields.remove(DETAIL) {
            Some(Json::Map(detail)) => detail,
            _ => BTreeMap::new(),
        };
        let mut text = |name| match self.fields.remove(name) {
            Some(Json::Text(text)) if !text.trim().is_empty() => Some(text),
            _ => None,
        };
        let envelope = Envelope {
            id: text("id"),
            time: text("time"),
            source: text("source"),
            detail_type: text("detail-type"),
        };
        (envelope, detail)
    }
}

/// The envelope's fields of an event; all `None` for a bare detail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// The envelope's `id`; the same for every delivery and replay of one event.
    pub id: Option<String>,
    /// The envelope's `time`, as written.
    pub time: Option<String>,
    /// The envelope's `source`.
    pub source: Option<String>,
    /// The envelope's `detail-type`.
    pub detail_type: Option<String>,
}

fn at<'a>(fields: &'a BTreeMap<String, Json>, steps: &[Step]) -> Option<&'a Json> {
    let (Step::Name(first), remainder) = steps.split_first()? else { return None };
    remainder.iter().try_fold(fields.get(first)?, below)
}

fn below<'a>(value: &'a Json, step: &Step) -> Option<&'a Json> {
    match (value, step) {
        (Json::Map(entries), Step::Name(name)) => entries.get(name),
        (Json::List(items), Step::Item(number)) => items.get(*number),
        _ => None,
    }
}

fn below_mut<'a>(value: &'a mut Json, step: &Step) -> Option<&'a mut Json> {
    match (value, step) {
        (Json::Map(entries), Step::Name(name)) => entries.get_mut(name),
        (Json::List(items), Step::Item(number)) => items.get_mut(*number),
        _ => None,
    }
}

fn remove(entries: &mut BTreeMap<String, Json>, step: &Step) -> Option<Json> {
    match step {
        Step::Name(name) => entries.remove(name),
        _ => None,
    }
}

fn remove_below(value: &mut Json, steps: &[Step]) {
    let Some((step, remainder)) = steps.split_first() else { return };
    match (value, step, remainder.is_empty()) {
        (Json::Map(entries), Step::Name(name), true) => drop(entries.remove(name)),
        (Json::List(items), Step::Every, true) => items.clear(),
        (Json::List(items), Step::Item(number), true) => {
            if let Some(item) = items.get_mut(*number) {
                *item = Json::Null;
            }
        }
        (Json::List(items), Step::Every, false) => {
            items.iter_mut().for_each(|item| remove_below(item, remainder))
        }
        (value, step, false) => {
            if let Some(value) = below_mut(value, step) {
                remove_below(value, remainder);
            }
        }
        _ => {}
    }
}
