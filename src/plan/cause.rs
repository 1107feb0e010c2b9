//! Which field of the spec changes which property: a template is made from the deployed spec with this one field changed,
//! and what differs then is caused by the field.

use processor::pointer::{escaped, unescaped};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Action, Content, Plan, Versions};
use crate::render::digest;
use crate::spec::Spec;
use crate::stack::at;

/// The metadata of a template that record how it was made.
pub(super) const MADE_BY: &str = "pipectl";

/// Properties that change with the schema: the environment names the file in the zip, and the version names both.
const SHOWS_SCHEMA: [&str; 2] = [
    "/Resources/Processor/Properties/Environment/Variables/PIPELINE_CONFIG",
    "/Resources/ProcessorVersion/Properties/Description",
];

/// Most fields that are tried one by one. A spec has about 110, and 45 tags.
const MOST_FIELDS: usize = 200;

/// A field of the spec whose value differs from the deployed one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// JSON pointer into the spec.
    pub field: String,
    /// Where the spec sets it; absent for a default.
    pub file: Option<String>,
    pub line: Option<usize>,
    /// Null: omitted.
    pub before: Value,
    pub after: Value,
}

/// The cause of a changed property or resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOrigin {
    /// Fields of the spec.
    Spec,
    /// pipectl's own templates.
    Pipectl,
    /// Custom templates.
    OwnTemplates,
    /// Templates of either kind.
    Templates,
    /// The processor's code.
    Processor,
    /// The replacement of another resource that it refers to.
    Replacement,
}

/// A file and a line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub file: String,
    pub line: usize,
}

/// The spec, as the difference is reported.
pub struct Fields<'a> {
    pub spec: &'a Spec,
    /// The location of the value with this JSON pointer in the spec.
    pub location: &'a dyn Fn(&str) -> Option<Line>,
    /// The template of another spec, with everything else unchanged.
    pub expand: &'a dyn Fn(&Spec) -> Option<Value>,
    /// Whether there are custom templates.
    pub own_templates: bool,
}

impl Plan {
    /// Sets for each change the fields of the spec that cause it, as far as the deployed template records its spec.
    pub fn attribute(&mut self, deployed: &Content, desired: &Content, fields: &Fields<'_>) {
        let Some(made_by) = deployed.template.get("Metadata").and_then(|metadata| metadata.get(MADE_BY))
        else {
            return;
        };
        let version = made_by.get("version").and_then(Value::as_str).unwrap_or_default().to_owned();
        let versions = Versions { before: version, after: env!("CARGO_PKG_VERSION").to_owned() };
        let templates = match (versions.before == versions.after, fields.own_templates) {
            (false, false) => ChangeOrigin::Pipectl,
            (true, true) => ChangeOrigin::OwnTemplates,
            _ => ChangeOrigin::Templates,
        };
        self.made_by = Some(versions);
        let text = made_by.get("spec").and_then(Value::as_str);
        let old: Option<Value> = text.and_then(|text| serde_json::from_str(text).ok());
        let Some(trials) = Trials::new(old.as_ref(), fields, &desired.template) else { return };
        for change in &mut self.changes {
            let resource = format!("/Resources/{}", escaped(&change.logical_id));
            if matches!(change.action, Action::Add | Action::Remove) {
                change.cause = trials.causes(|template| template.pointer(&resource).is_some());
                change.origin = Some(if change.cause.is_empty() { templates } else { ChangeOrigin::Spec });
            }
            for property in change.properties.iter_mut().filter(|property| property.origin.is_none()) {
                let pointer = format!("{resource}{}", property.path);
                property.cause = trials.causes(|template| at(template, &pointer));
                if property.cause.is_empty() && SHOWS_SCHEMA.contains(&pointer.as_str()) {
                    property.cause.extend(schema(deployed, desired, fields));
                }
                property.origin =
                    Some(if property.cause.is_empty() { templates } else { ChangeOrigin::Spec });
            }
        }
    }
}

/// A changed schema of the detail. It is in a file of its own, so no other spec is expanded for it.
fn schema(deployed: &Content, desired: &Content, fields: &Fields<'_>) -> Option<Cause> {
    let digest_of = |content: &Content| {
        let document = &content.template["Metadata"][MADE_BY]["schema"]["document"];
        let digest = (!document.is_null()).then(|| digest(document).chars().take(8).collect::<String>());
        digest.map_or(Value::Null, Value::String)
    };
    let (before, after) = (digest_of(deployed), digest_of(desired));
    let (file, line) =
        (fields.location)("/event/schema/file").map(|location| (location.file, location.line)).unzip();
    (before != after).then(|| Cause { field: "/event/schema".to_owned(), file, line, before, after })
}

/// The templates of the two specs, and those in between.
struct Trials<'a> {
    old: Value,
    new: &'a Value,
    fields: Vec<Trial>,
}

struct Trial {
    cause: Cause,
    /// Of the old spec with the new value of this field.
    alone: Option<Value>,
    /// Of the new spec with the old value of this field.
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
            let location = (fields.location)(&field);
            let (file, line) = location.map(|location| (location.file, location.line)).unzip();
            Trial { cause: Cause { field, file, line, before: old, after: new }, alone, without }
        });
        let fields_tried = trials.collect();
        Some(Self { old: (fields.expand)(&old)?, new, fields: fields_tried })
    }

    /// The fields that change the compared part: each alone, or otherwise together with others.
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

/// Calls back with the pointer of each field that differs, as deep as both sides are maps that can have the keys of both.
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

/// `{kms_key: …}` and `{sse_sqs: …}`: one or the other, and never both.
fn is_choice(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    old.len() == 1 && new.len() == 1 && old.keys().next() != new.keys().next()
}

/// The spec with another value for one field; null removes it.
fn with(spec: &Value, field: &str, value: &Value) -> Value {
    let mut spec = spec.clone();
    let (parent, key) = field.rsplit_once('/').unwrap_or_default();
    let key = unescaped(key);
    if let Some(Value::Object(map)) = spec.pointer_mut(parent) {
        if value.is_null() {
            map.remove(&key);
        } else {
            map.insert(key, value.clone());
        }
    }
    spec
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::plan::{Location, plan};

    fn spec(more: &Value) -> Spec {
        let mut spec = json!({
            "version": 1, "name": "s", "environment": "dev", "bus": {"pattern": {"source": ["a"]}},
        });
        if let (Value::Object(spec), Value::Object(more)) = (&mut spec, more) {
            spec.extend(more.clone());
        }
        serde_json::from_value(spec).expect("a spec")
    }

    /// Minimal templates, in which no spec affects the part `own`.
    fn template(spec: &Spec, version: &str, own: u32) -> Value {
        let queue = &spec.queue;
        let mut template = json!({
            "Metadata": {"pipectl": {"version": version, "spec": spec.compact().to_string()}},
            "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {
                "MessageRetentionPeriod": queue.retention_days * 86_400,
                // Only both together make a difference.
                "Both": queue.receive_wait_seconds < 20 && spec.processor.tracing,
                "Tags": spec.deploy.tags,
                "Own": own,
            }}},
        });
        if spec.alarms.conflicts.settings().is_some() {
            template["Resources"]["ConflictsAlarm"] = json!({"Type": "AWS::CloudWatch::Alarm"});
        }
        template
    }

    fn content(template: Value) -> Content {
        Content { template, parameters: BTreeMap::new(), tags: BTreeMap::new() }
    }

    fn attributed(old: &Value, new: &Spec, own: u32, own_templates: bool) -> Plan {
        let (old, desired) = (content(old.clone()), content(template(new, "9", own)));
        let target = Location { stack: "s".to_owned(), account: "1".to_owned(), region: "r".to_owned() };
        let mut plan = plan(&target, Some(&old), &desired);
        let location = |field: &str| {
            (field == "/queue/retention_days").then(|| Line { file: "s.yaml".to_owned(), line: 7 })
        };
        let expand = |spec: &Spec| Some(template(spec, "9", own));
        let fields = Fields { spec: new, location: &location, expand: &expand, own_templates };
        plan.attribute(&old, &desired, &fields);
        plan
    }

    /// The fields behind each change, by resource and property.
    fn causes_of(plan: &Plan) -> Vec<(String, Vec<&str>, Option<ChangeOrigin>)> {
        let mut found = Vec::new();
        for change in &plan.changes {
            let id = &change.logical_id;
            if change.properties.is_empty() {
                let causes = change.cause.iter().map(|cause| cause.field.as_str()).collect();
                found.push((id.clone(), causes, change.origin));
            }
            for property in &change.properties {
                let name = property.path.rsplit('/').next().unwrap_or_default();
                let causes = property.cause.iter().map(|cause| cause.field.as_str()).collect();
                found.push((format!("{id}.{name}"), causes, property.origin));
            }
        }
        found
    }

    #[test]
    fn each_property_is_put_down_to_the_fields_that_change_it() {
        let old = spec(&json!({"deploy": {"tags": {"team": "a"}}, "processor": {"tracing": false}}));
        let new = spec(&json!({
            "deploy": {"tags": {"team": "b", "cost/center": "c"}},
            "processor": {"tracing": true},
            "queue": {"retention_days": 2, "receive_wait_seconds": 10},
            "table": {"ttl_days": 1},
            "alarms": {"conflicts": "off"},
        }));
        let plan = attributed(&template(&old, "9", 1), &new, 1, false);
        let spec = Some(ChangeOrigin::Spec);
        assert_eq!(
            causes_of(&plan),
            [
                ("Queue.Both".to_owned(), vec!["/processor/tracing", "/queue/receive_wait_seconds"], spec),
                ("Queue.MessageRetentionPeriod".to_owned(), vec!["/queue/retention_days"], spec),
                ("Queue.team".to_owned(), vec!["/deploy/tags/team"], spec),
                ("Queue.cost~1center".to_owned(), vec!["/deploy/tags/cost~1center"], spec),
                ("ConflictsAlarm".to_owned(), vec!["/alarms/conflicts"], spec),
            ]
        );
        let cause = &plan.changes[0].properties[1].cause[0];
        assert_eq!((cause.file.as_deref(), cause.line), (Some("s.yaml"), Some(7)));
        assert_eq!((&cause.before, &cause.after), (&json!(4), &json!(2)));
        let tag = &plan.changes[0].properties[3].cause[0];
        assert_eq!((&tag.before, &tag.file), (&Value::Null, &None));
    }

    #[test]
    fn what_no_field_explains_is_the_templates_doing() {
        let new = spec(&json!({"queue": {"retention_days": 2}}));
        let origin = |version: &str, own_templates: bool| {
            let old = template(&spec(&json!({})), version, 1);
            let plan = attributed(&old, &new, 2, own_templates);
            let properties = &plan.changes[0].properties;
            assert_eq!(properties[0].origin, Some(ChangeOrigin::Spec), "MessageRetentionPeriod");
            properties[1].origin
        };
        let own = env!("CARGO_PKG_VERSION");
        assert_eq!(origin("0.0.1", false), Some(ChangeOrigin::Pipectl));
        assert_eq!(origin(own, true), Some(ChangeOrigin::OwnTemplates));
        assert_eq!(origin("0.0.1", true), Some(ChangeOrigin::Templates));
        assert_eq!(origin(own, false), Some(ChangeOrigin::Templates));
    }

    #[test]
    fn a_template_without_metadata_is_compared_as_well() {
        let new = spec(&json!({"queue": {"retention_days": 2}}));
        let mut old = template(&spec(&json!({})), "9", 1);
        for metadata in [json!({}), json!({"pipectl": {}}), json!({"pipectl": {"spec": {"version": "x"}}})] {
            old["Metadata"] = metadata;
            let plan = attributed(&old, &new, 1, false);
            assert_eq!(causes_of(&plan), [("Queue.MessageRetentionPeriod".to_owned(), vec![], None)]);
        }
    }

    #[test]
    fn another_version_alone_changes_nothing() {
        let old = spec(&json!({"table": {"ttl_days": 3}}));
        let plan = attributed(&template(&old, "0.0.1", 1), &spec(&json!({})), 1, false);
        assert_eq!((plan.action, plan.changes.len()), (crate::plan::StackAction::None, 0));
    }

    #[test]
    fn one_of_two_choices_is_reported_as_a_whole() {
        let key = json!({"kms_key": "k"});
        let mut found = Vec::new();
        compare(
            &mut String::new(),
            &json!({"e": "aws_owned", "f": key}),
            &json!({"e": key, "f": {"x": 1}}),
            &mut found,
        );
        let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["/e", "/f"]);
    }
}
