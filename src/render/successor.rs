//! A template as the successor of the deployed one: values that are equal in both but mean something else are written
//! out.
//!
//! A version of the processor is a copy of its resolved settings. If a resource that they refer to is replaced, such as a
//! table with another name, the settings are equal, and the version would still write to the former table. A paused
//! mapping stays paused until its template has `Enabled: true`. And the highest number of keys that rows were ever spread
//! over is passed on from one template to the next.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::digest::digest;
use super::spread::{most_spread, with_spread};
use super::version::published;
use super::{Template, references};
use crate::spec::NAMED_TYPES;

const FUNCTION: &str = "Processor";
const DESCRIPTION: &str = "/Resources/ProcessorVersion/Properties/Description/Fn::Sub";
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
/// Characters that distinguish two sets of resources.
const LENGTH: usize = 8;
/// What a version needs unchanged since it was published: the table it writes to, the role it runs as.
const NEEDED: [&str; 2] = ["/Environment/Variables/EVENTS_TABLE_NAME", "/Role"];

/// The wanted template with the changes that the deployed one requires; `None` if there are none. `replaced`: logical ids
/// of resources that the update replaces.
#[must_use]
pub fn successor(deployed: &Value, wanted: &Template, replaced: &BTreeSet<String>) -> Option<Template> {
    let described = described(deployed, &wanted.parsed, replaced);
    let paused = resumed(deployed, &wanted.parsed);
    let recorded = with_spread(wanted, most_spread(deployed));
    if described.is_none() && paused.is_empty() && recorded.is_none() {
        return None;
    }
    let mut next = recorded.unwrap_or_else(|| wanted.clone());
    if let Some((before, after)) = described {
        next.text = next.text.replace(&before, &after);
        if let Some(description) = next.parsed.pointer_mut(DESCRIPTION) {
            *description = after.into();
        }
    }
    for id in &paused {
        next.parsed["Resources"][id.as_str()]["Properties"]["Enabled"] = true.into();
    }
    if !paused.is_empty() {
        next.text = next.parsed.to_string();
    }
    next.digest = digest(&next.parsed);
    Some(next)
}

/// Whether the live version can run beside the wanted one: it has the table and the role it was published with.
#[must_use]
pub fn can_run_beside(deployed: &Value, wanted: &Value) -> bool {
    let (before, after) = (resolved(deployed), resolved(wanted));
    NEEDED.iter().all(|pointer| before.pointer(pointer) == after.pointer(pointer))
}

/// The version's wanted and required description. The artifact's key and the digest of the settings are followed by the
/// digest of the resources they refer to, from the first change of these alone on.
fn described(deployed: &Value, wanted: &Value, replaced: &BTreeSet<String>) -> Option<(String, String)> {
    let text = |template: &Value| Some(template.pointer(DESCRIPTION)?.as_str()?.to_owned());
    let (before, after) = (text(deployed)?, text(wanted)?);
    let ((settings, former), (wanted_settings, _)) = (parts(&before), parts(&after));
    if settings != wanted_settings {
        return None;
    }
    let now = resolved(wanted);
    let anonymous = anonymous(wanted, replaced);
    let mark = if resolved(deployed) == now && anonymous.is_empty() {
        former.to_owned()
    } else {
        let mark = digest(&json!([now, anonymous]));
        format!(" {}", mark.get(..LENGTH).unwrap_or(&mark))
    };
    let next = format!("{wanted_settings}{mark}");
    (next != after).then_some((after, next))
}

/// A description without and with the digest of resources: key and settings are two words.
fn parts(description: &str) -> (&str, &str) {
    let third = description.match_indices(' ').nth(1).map_or(description.len(), |(at, _)| at);
    description.split_at(third)
}

/// The processor's settings with the names of the resources they refer to.
fn resolved(template: &Value) -> Value {
    let mut settings = published(template).unwrap_or_default();
    name(template, &mut settings);
    settings
}

/// Replaces references by names, for resources that have one.
fn name(template: &Value, value: &mut Value) {
    if let Some(id) = value["Ref"].as_str() {
        if let Some(named) = name_of(template, id) {
            *value = named.into();
        }
        return;
    }
    if let Some(id) = value["Fn::GetAtt"][0].as_str() {
        if let Some(named) = name_of(template, id) {
            value["Fn::GetAtt"][0] = named.into();
        }
        return;
    }
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| name(template, value)),
        Value::Object(fields) => fields.values_mut().for_each(|value| name(template, value)),
        _ => {}
    }
}

fn name_of<'a>(template: &'a Value, id: &str) -> Option<&'a str> {
    let resource = &template["Resources"][id];
    let kind = resource["Type"].as_str()?;
    let named = NAMED_TYPES.iter().find(|named| named.resource_type == kind)?;
    resource["Properties"][named.property].as_str()
}

/// Definitions of replaced resources without a name that the processor refers to.
fn anonymous<'a>(template: &'a Value, replaced: &BTreeSet<String>) -> Vec<&'a Value> {
    let referred = references(template).remove(FUNCTION).unwrap_or_default();
    let anonymous = referred.intersection(replaced).filter(|id| name_of(template, id).is_none());
    anonymous.map(|id| &template["Resources"][id.as_str()]).collect()
}

/// Logical ids of the mappings that are paused in the deployed template and not explicitly enabled in the wanted one.
fn resumed(deployed: &Value, wanted: &Value) -> Vec<String> {
    let resources = wanted["Resources"].as_object().into_iter().flatten();
    let mappings = resources.filter(|(_, resource)| resource["Type"] == MAPPING);
    let paused = mappings.filter(|(id, resource)| {
        resource["Properties"]["Enabled"].is_null()
            && deployed["Resources"][id.as_str()]["Properties"]["Enabled"] == false
    });
    paused.map(|(id, _)| id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(table: &str, mark: &str) -> Value {
        json!({"Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": table}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/"}},
            "Processor": {"Type": "AWS::Lambda::Function", "Properties": {
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Environment": {"Variables": {"EVENTS_TABLE_NAME": {"Ref": "Table"}}}}},
            "ProcessorVersion": {"Type": "AWS::Lambda::Version", "Properties": {
                "Description": {"Fn::Sub": format!("${{ArtifactKey}} 0123{mark}")}}},
            "Mapping": {"Type": MAPPING, "Properties": {}},
        }})
    }

    fn mark(deployed: &Value, wanted: &Value, replaced: &[&str]) -> Option<String> {
        let replaced = replaced.iter().map(|id| (*id).to_owned()).collect();
        let next = successor(deployed, &Template::from_parsed(wanted.clone()), &replaced)?;
        assert!(next.text.contains(next.parsed.pointer(DESCRIPTION)?.as_str()?));
        let description = next.parsed.pointer(DESCRIPTION)?.as_str()?;
        Some(description.strip_prefix("${ArtifactKey} 0123")?.to_owned())
    }

    #[test]
    fn another_table_is_another_version_and_the_mark_stays_until_it_changes_again() {
        let first = template("a", "");
        assert_eq!(mark(&first, &first, &[]), None);
        let second = mark(&first, &template("b", ""), &[]).expect("another version");
        assert_eq!(second.len(), 1 + LENGTH);
        let deployed = template("b", &second);
        assert_eq!(mark(&deployed, &template("b", ""), &[]), Some(second.clone()));
        let third = mark(&deployed, &template("a", ""), &[]).expect("another version");
        assert_ne!(third, second);
        // An old record has no mark, or one of its own: the same settings need the deployed one.
        assert_eq!(mark(&template("a", &third), &template("a", ""), &[]), Some(third.clone()));
        assert_eq!(mark(&first, &template("a", &third), &[]), Some(String::new()));
    }

    #[test]
    fn a_resource_without_a_name_counts_where_it_is_replaced() {
        let first = template("a", "");
        assert!(mark(&first, &first, &["Role"]).is_some());
        assert_eq!(mark(&first, &first, &["Mapping"]), None);
    }

    #[test]
    fn a_table_that_left_the_stack_and_comes_back_is_the_same_one() {
        let mut without = template("a", "");
        without["Resources"]["Processor"]["Properties"]["Environment"]["Variables"]["EVENTS_TABLE_NAME"] =
            "a".into();
        without["Resources"].as_object_mut().expect("resources").remove("Table");
        assert_eq!(mark(&without, &template("a", ""), &[]), None);
        assert!(mark(&without, &template("b", ""), &[]).is_some());
        assert!(can_run_beside(&without, &template("a", "")));
        assert!(!can_run_beside(&without, &template("b", "")));
    }

    #[test]
    fn a_paused_mapping_is_resumed_in_so_many_words() {
        let mut paused = template("a", "");
        paused["Resources"]["Mapping"]["Properties"]["Enabled"] = false.into();
        let wanted = Template::from_parsed(template("a", ""));
        let next = successor(&paused, &wanted, &BTreeSet::new()).expect("a difference");
        assert_eq!(next.parsed["Resources"]["Mapping"]["Properties"]["Enabled"], true);
        assert_eq!(super::super::parse(&next.text).expect("a template"), next.parsed);
    }
}
