//! Which field of the spec changes which property: a template is made of the deployed spec with this one field changed,
//! and what is then another is the field's doing.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Action, Content, Plan, Versions};
use crate::spec::Spec;

/// Where a template's metadata tells of its making.
pub(super) const MADE_BY: &str = "pipectl";

/// Fields that are tried one by one. A spec has about 110, and 45 tags.
const MOST_FIELDS: usize = 200;

/// A field of the spec that has another value than the deployed stack was made with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// JSON pointer into the spec.
    pub field: String,
    /// Where the spec gives it; absent for a default.
    pub file: Option<String>,
    pub line: Option<usize>,
    /// Null: left out.
    pub before: Value,
    pub after: Value,
}

/// What changed a property or a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Fields of the spec.
    Spec,
    /// pipectl's own templates.
    Pipectl,
    /// The user's own templates.
    OwnTemplates,
    /// Templates, whoever's.
    Templates,
    /// The processor's code.
    Processor,
    /// The replacement of another resource that it names.
    Replacement,
}

/// A file and a line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub file: String,
    pub line: usize,
}

/// The spec in the words the difference is told in.
pub struct Fields<'a> {
    pub spec: &'a Spec,
    /// Where the spec gives the value with this JSON pointer.
    pub place: &'a dyn Fn(&str) -> Option<Line>,
    /// The template of another spec, with all else as it is.
    pub expand: &'a dyn Fn(&Spec) -> Option<Value>,
    /// Whether templates of the user's own take part.
    pub own_templates: bool,
}

impl Plan {
    /// Says of each change which fields of the spec it comes from, as far as the deployed template tells the spec it was
    /// made from.
    pub fn attribute(&mut self, deployed: &Content, desired: &Content, fields: &Fields<'_>) {
        let Some(made_by) = deployed.template.get("Metadata").and_then(|metadata| metadata.get(MADE_BY))
        else {
            return;
        };
        let version = made_by.get("version").and_then(Value::as_str).unwrap_or_default().to_owned();
        let versions = Versions { before: version, after: env!("CARGO_PKG_VERSION").to_owned() };
        let templates = match (versions.before == versions.after, fields.own_templates) {
            (false, false) => Origin::Pipectl,
            (true, true) => Origin::OwnTemplates,
            _ => Origin::Templates,
        };
        self.made_by = Some(versions);
        let Some(trials) = Trials::new(made_by.get("spec"), fields, &desired.template) else { return };
        for change in &mut self.changes {
            let resource = format!("/Resources/{}", escaped(&change.logical_id));
            if matches!(change.action, Action::Add | Action::Remove) {
                change.cause = trials.causes(|template| template.pointer(&resource).is_some());
                change.origin = Some(if change.cause.is_empty() { templates } else { Origin::Spec });
            }
            for property in change.properties.iter_mut().filter(|property| property.origin.is_none()) {
                let pointer = format!("{resource}{}", property.path);
                property.cause = trials.causes(|template| template.pointer(&pointer));
                property.origin = Some(if property.cause.is_empty() { templates } else { Origin::Spec });
            }
        }
    }
}

/// The templates of the two specs, and those between them.
struct Trials<'a> {
    old: Value,
    new: &'a Value,
    fields: Vec<Trial>,
}

struct Trial {
    cause: Cause,
    /// Of the old spec with this field as in the new one.
    alone: Option<Value>,
    /// Of the new spec with this field as in the old one.
    without: Option<Value>,
}

impl<'a> Trials<'a> {
    fn new(spec: Option<&Value>, fields: &Fields<'_>, new: &'a Value) -> Option<Self> {
        let old: Spec = serde_json::from_value(spec?.clone()).ok()?;
        let (before, after) = (old.complete(), fields.spec.complete());
        let mut changed = Vec::new();
        compare(&mut String::new(), &before, &after, &mut changed);
        if changed.len() > MOST_FIELDS {
            return None;
        }
        let expand = |spec: Value| (fields.expand)(&serde_json::from_value(spec).ok()?);
        let trials = changed.into_iter().map(|(field, [old, new])| {
            let alone = expand(with(&before, &field, &new));
            let without = expand(with(&after, &field, &old));
            let place = (fields.place)(&field);
            let (file, line) = place.map(|place| (place.file, place.line)).unzip();
            Trial { cause: Cause { field, file, line, before: old, after: new }, alone, without }
        });
        let fields_tried = trials.collect();
        Some(Self { old: (fields.expand)(&old)?, new, fields: fields_tried })
    }

    /// The fields that change what is looked at: each alone, or else together with others.
    fn causes<'t, Seen: PartialEq>(&'t self, look: impl Fn(&'t Value) -> Seen) -> Vec<Cause> {
        let (old, new) = (look(&self.old), look(self.new));
        if old == new {
            return Vec::new();
        }
        let chosen = |differs: &dyn Fn(&'t Trial) -> bool| -> Vec<Cause> {
            self.fields.iter().filter(|trial| differs(trial)).map(|trial| trial.cause.clone()).collect()
        };
        let alone = chosen(&|trial| trial.alone.as_ref().is_some_and(|template| look(template) != old));
        if alone.is_empty() {
            chosen(&|trial| trial.without.as_ref().is_some_and(|template| look(template) != new))
        } else {
            alone
        }
    }
}

/// Calls each field that differs by its pointer, as deep as both sides are maps with room for both's keys.
fn compare(path: &mut String, before: &Value, after: &Value, found: &mut Vec<(String, [Value; 2])>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if !is_choice(old, new) => {
            for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
                let length = path.len();
                path.push('/');
                path.push_str(&escaped(key));
                let side = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(path, &side(old), &side(new), found);
                path.truncate(length);
            }
        }
        _ => found.push((path.clone(), [before.clone(), after.clone()])),
    }
}

/// `{kms_key: …}` beside `{sse_sqs: …}`: one or the other, and never both.
fn is_choice(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    old.len() == 1 && new.len() == 1 && old.keys().next() != new.keys().next()
}

/// The spec with another value for one field; null leaves it out.
fn with(spec: &Value, field: &str, value: &Value) -> Value {
    let mut spec = spec.clone();
    let (parent, key) = field.rsplit_once('/').unwrap_or_default();
    let key = key.replace("~1", "/").replace("~0", "~");
    if let Some(Value::Object(map)) = spec.pointer_mut(parent) {
        if value.is_null() {
            map.remove(&key);
        } else {
            map.insert(key, value.clone());
        }
    }
    spec
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
