//! Converts the template for AWS into one that the local cloud can deploy. The template for AWS is never adapted to it.

use serde_json::{Map, Value, json};

use super::{Archive, Bridge, LocalError};

/// The metadata key of the bridges in a local template, so that a later deploy can delete what they created.
const METADATA: &str = "PipectlLocalBridges";

/// `DynamoDB`'s default if a template does not set it.
const RECOVERY_DAYS: u16 = 35;

/// Splits a template into the part that the local cloud can deploy and the calls for the remaining parts.
///
/// An archive is removed; what refers to it gets its name or ARN as text, so outputs and permissions remain correct. A
/// bus policy, to which nothing refers, and alarms with metric math are removed, too. Resource conditions are not
/// evaluated: pipectl's templates have none.
///
/// # Errors
/// A bridged resource has no literal name.
pub fn localize(template: &Value) -> Result<(Value, Vec<Bridge>), LocalError> {
    let mut local = template.clone();
    let empty = Map::new();
    let resources = template.get("Resources").and_then(Value::as_object).unwrap_or(&empty);
    let mut bridges = Vec::new();
    for (logical_id, resource) in resources {
        match resource.get("Type").and_then(Value::as_str) {
            Some("AWS::Events::Archive") => {
                let archive = archive(logical_id, resource, resources)?;
                take_out(&mut local, logical_id);
                stand_in(&mut local, logical_id, &archive.name);
                bridges.push(Bridge::Archive(archive));
            }
            Some("AWS::Events::EventBusPolicy") => {
                take_out(&mut local, logical_id);
                bridges.push(Bridge::BusPolicy { logical_id: logical_id.clone() });
            }
            // An alarm with metric math, or a combination of such alarms.
            Some(kind @ ("AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm"))
                if kind.ends_with("CompositeAlarm") || !resource["Properties"]["Metrics"].is_null() =>
            {
                take_out(&mut local, logical_id);
                bridges.push(Bridge::Alarm { logical_id: logical_id.clone() });
            }
            Some("AWS::DynamoDB::Table") => bridges.extend(table(logical_id, resource)?),
            _ => {}
        }
    }
    remember(&mut local, &bridges);
    Ok((local, bridges))
}

/// The bridges of a template that [`localize`] created, as read back from a deployed stack. None for any other
/// template.
#[must_use]
pub fn bridges_of(local: &Value) -> Vec<Bridge> {
    let bridges = local.get("Metadata").and_then(|metadata| metadata.get(METADATA)).cloned();
    bridges.and_then(|bridges| serde_json::from_value(bridges).ok()).unwrap_or_default()
}

fn remember(local: &mut Value, bridges: &[Bridge]) {
    let Some(template) = local.as_object_mut().filter(|_| !bridges.is_empty()) else { return };
    if let Value::Object(metadata) = template.entry("Metadata").or_insert_with(|| json!({})) {
        metadata.insert(METADATA.to_owned(), json!(bridges));
    }
}

fn archive(
    logical_id: &str,
    resource: &Value,
    resources: &Map<String, Value>,
) -> Result<Archive, LocalError> {
    let properties = &resource["Properties"];
    let unnamed = |property| LocalError::Unnamed { logical_id: logical_id.to_owned(), property };
    Ok(Archive {
        logical_id: logical_id.to_owned(),
        name: text(&properties["ArchiveName"]).ok_or_else(|| unnamed("ArchiveName"))?,
        event_bus_name: bus(&properties["SourceArn"], resources).ok_or_else(|| unnamed("SourceArn"))?,
        retention_days: days(&properties["RetentionDays"]),
        description: text(&properties["Description"]),
        pattern: properties.get("EventPattern").cloned(),
    })
}

/// The bus's name, from the bus resource that an ARN refers to, or from the end of a literal ARN.
fn bus(source: &Value, resources: &Map<String, Value>) -> Option<String> {
    let arn = match source {
        Value::String(arn) => arn.as_str(),
        _ => match source.get("Fn::Sub") {
            Some(Value::String(arn)) => {
                arn.strip_prefix("${").and_then(|remainder| remainder.strip_suffix("}")).unwrap_or(arn)
            }
            _ => return name_of_bus(&get_att(source)?.0, resources),
        },
    };
    match arn.split_once(":event-bus/") {
        Some((_, name)) if !name.contains("${") => Some(name.to_owned()),
        Some(_) => None,
        None => name_of_bus(arn.strip_suffix(".Arn")?, resources),
    }
}

fn name_of_bus(logical_id: &str, resources: &Map<String, Value>) -> Option<String> {
    text(&resources.get(logical_id)?["Properties"]["Name"])
}

fn table(logical_id: &str, resource: &Value) -> Result<Vec<Bridge>, LocalError> {
    let properties = &resource["Properties"];
    let name = || {
        text(&properties["TableName"])
            .ok_or_else(|| LocalError::Unnamed { logical_id: logical_id.to_owned(), property: "TableName" })
    };
    let logical_id = logical_id.to_owned();
    let mut bridges = Vec::new();
    let expiry = &properties["TimeToLiveSpecification"];
    if let (true, Some(attribute)) = (flag(&expiry["Enabled"]), text(&expiry["AttributeName"])) {
        bridges.push(Bridge::TimeToLive { logical_id: logical_id.clone(), table: name()?, attribute });
    }
    let recovery = &properties["PointInTimeRecoverySpecification"];
    if flag(&recovery["PointInTimeRecoveryEnabled"]) {
        let days = days(&recovery["RecoveryPeriodInDays"]).unwrap_or(RECOVERY_DAYS);
        bridges.push(Bridge::PointInTimeRecovery { logical_id, table: name()?, days });
    }
    Ok(bridges)
}

/// Replaces every reference to the removed archive by its value.
fn stand_in(value: &mut Value, logical_id: &str, name: &str) {
    let arn = format!("arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:archive/{name}");
    match value {
        Value::Object(map) => {
            if let Some(replacement) = reference(map, logical_id, name, &arn) {
                *value = replacement;
                return;
            }
            for (key, value) in map {
                match (key.as_str(), &mut *value) {
                    ("Fn::Sub", Value::String(text)) => substitute(text, logical_id, name, &arn),
                    ("Fn::Sub", Value::Array(parts)) => {
                        if let Some(Value::String(text)) = parts.first_mut() {
                            substitute(text, logical_id, name, &arn);
                        }
                        parts.iter_mut().skip(1).for_each(|part| stand_in(part, logical_id, name));
                    }
                    _ => stand_in(value, logical_id, name),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| stand_in(value, logical_id, name)),
        _ => {}
    }
}

fn reference(map: &Map<String, Value>, logical_id: &str, name: &str, arn: &str) -> Option<Value> {
    if map.len() != 1 {
        return None;
    }
    if map.get("Ref").and_then(Value::as_str) == Some(logical_id) {
        return Some(json!(name));
    }
    let (of, attribute) = get_att_in(map)?;
    (of == logical_id && attribute == "Arn").then(|| json!({ "Fn::Sub": arn }))
}

fn substitute(text: &mut String, logical_id: &str, name: &str, arn: &str) {
    *text = text.replace(&format!("${{{logical_id}.Arn}}"), arn).replace(&format!("${{{logical_id}}}"), name);
}

/// Removes a resource, and the `DependsOn` entries for it.
fn take_out(local: &mut Value, logical_id: &str) {
    let Some(resources) = local.get_mut("Resources").and_then(Value::as_object_mut) else { return };
    resources.remove(logical_id);
    for resource in resources.values_mut().filter_map(Value::as_object_mut) {
        let none_left = match resource.get_mut("DependsOn") {
            Some(Value::String(on)) => on == logical_id,
            Some(Value::Array(on)) => {
                on.retain(|on| on != logical_id);
                on.is_empty()
            }
            _ => false,
        };
        if none_left {
            resource.remove("DependsOn");
        }
    }
}

fn get_att(value: &Value) -> Option<(String, String)> {
    get_att_in(value.as_object()?)
}

/// Both spellings: a list, and the dotted text.
fn get_att_in(map: &Map<String, Value>) -> Option<(String, String)> {
    match map.get("Fn::GetAtt")? {
        Value::String(dotted) => {
            dotted.split_once('.').map(|(of, attribute)| (of.to_owned(), attribute.to_owned()))
        }
        Value::Array(parts) => Some((text(parts.first()?)?, text(parts.get(1)?)?)),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// `CloudFormation` accepts numbers and booleans as text, too.
fn days(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|days| u16::try_from(days).ok()).or_else(|| value.as_str()?.parse().ok())
}

fn flag(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str() == Some("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Value {
        json!({
            "Resources": {
                "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "ship-dev"}},
                "Archive": {"Type": "AWS::Events::Archive", "Properties": {
                    "ArchiveName": "ship-dev-archive",
                    "SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]},
                    "RetentionDays": 7,
                    "EventPattern": {"source": ["shipment.service"]},
                }},
                "Table": {"Type": "AWS::DynamoDB::Table", "DependsOn": ["Archive", "Bus"], "Properties": {
                    "TableName": "ship-dev",
                    "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true},
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 14},
                }},
                "Role": {"Type": "AWS::IAM::Role", "DependsOn": "Archive", "Properties": {
                    "May": [{"Fn::GetAtt": "Archive.Arn"}, {"Fn::Sub": ["${Archive.Arn}/${x}", {"x": {"Ref": "Archive"}}]}],
                }},
            },
            "Outputs": {
                "ArchiveName": {"Value": {"Ref": "Archive"}},
                "Note": {"Value": {"Fn::Sub": "in ${Archive} of ${Bus}"}},
            },
        })
    }

    #[test]
    fn an_archive_is_removed_and_references_to_it_stay_valid() {
        let (local, bridges) = localize(&template()).unwrap();
        let arn = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:archive/ship-dev-archive";
        assert_eq!(local["Resources"].get("Archive"), None);
        assert_eq!(local["Resources"]["Table"]["DependsOn"], json!(["Bus"]));
        assert_eq!(local["Resources"]["Role"].get("DependsOn"), None);
        assert_eq!(
            local["Resources"]["Role"]["Properties"]["May"],
            json!([{"Fn::Sub": arn}, {"Fn::Sub": [format!("{arn}/${{x}}"), {"x": "ship-dev-archive"}]}])
        );
        assert_eq!(local["Outputs"]["ArchiveName"]["Value"], "ship-dev-archive");
        assert_eq!(local["Outputs"]["Note"]["Value"]["Fn::Sub"], "in ship-dev-archive of ${Bus}");
        assert_eq!(
            bridges[0],
            Bridge::Archive(Archive {
                logical_id: "Archive".into(),
                name: "ship-dev-archive".into(),
                event_bus_name: "ship-dev".into(),
                retention_days: Some(7),
                description: None,
                pattern: Some(json!({"source": ["shipment.service"]})),
            })
        );
    }

    #[test]
    fn a_table_stays_as_it_is_and_its_ignored_halves_become_calls() {
        let (local, bridges) = localize(&template()).unwrap();
        assert_eq!(local["Resources"]["Table"]["Properties"], template()["Resources"]["Table"]["Properties"]);
        let calls: Vec<String> = bridges.iter().map(ToString::to_string).collect();
        assert_eq!(
            calls,
            [
                "archive `ship-dev-archive` of bus `ship-dev` is created by an API call, because the local cloud refuses `AWS::Events::Archive` in a template",
                "time to live on `expires_at` of table `ship-dev` is switched on by an API call, because the local cloud ignores it in a template",
                "point-in-time recovery (14 days) of table `ship-dev` is switched on by an API call, because the local cloud ignores it in a template",
            ]
        );
    }

    #[test]
    fn an_alarm_that_calculates_is_left_out_with_what_combines_it() {
        let mut watched = template();
        let alarm = |properties: Value| json!({"Type": "AWS::CloudWatch::Alarm", "Properties": properties});
        watched["Resources"]["Plain"] = alarm(json!({"MetricName": "Errors"}));
        watched["Resources"]["Window"] = alarm(json!({"Metrics": [{"Id": "a"}]}));
        watched["Resources"]["Both"] = json!({"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {}});
        let (local, bridges) = localize(&watched).unwrap();
        let there = |id: &str| local["Resources"].get(id).is_some();
        assert_eq!(["Plain", "Window", "Both"].map(there), [true, false, false]);
        let left: Vec<&Bridge> = bridges.iter().filter(|one| matches!(one, Bridge::Alarm { .. })).collect();
        assert_eq!(left.len(), 2, "{bridges:?}");
    }

    #[test]
    fn what_is_switched_off_needs_no_bridge() {
        let mut plain = template();
        plain["Resources"].as_object_mut().unwrap().remove("Archive");
        plain["Resources"]["Table"] = json!({"Type": "AWS::DynamoDB::Table", "Properties": {
            "TimeToLiveSpecification": {"Enabled": false},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "false"},
        }});
        plain["Resources"]["Role"].as_object_mut().unwrap().remove("Properties");
        let (local, bridges) = localize(&plain).unwrap();
        assert_eq!((local, bridges.len()), (plain, 0));
    }

    #[test]
    fn the_deployed_template_lists_what_was_bridged() {
        let (local, bridges) = localize(&template()).unwrap();
        assert_eq!(bridges_of(&local), bridges);
        assert_eq!(bridges_of(&template()), []);
        assert_eq!(
            localize(&template()).unwrap().0,
            local,
            "the same each time, or every plan would show changes"
        );
    }

    #[test]
    fn the_bus_is_found_in_every_spelling() {
        let template = template();
        let resources = template["Resources"].as_object().unwrap();
        for source in [
            json!({"Fn::GetAtt": "Bus.Arn"}),
            json!({"Fn::Sub": "${Bus.Arn}"}),
            json!("arn:aws:events:eu-west-1:1:event-bus/ship-dev"),
            json!({"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/ship-dev"}),
        ] {
            assert_eq!(bus(&source, resources).as_deref(), Some("ship-dev"), "{source}");
        }
        assert_eq!(bus(&json!({"Ref": "Bus"}), resources), None);
    }

    #[test]
    fn a_name_that_is_not_text_is_an_error_with_its_location() {
        let mut computed = template();
        computed["Resources"]["Table"]["Properties"]["TableName"] = json!({"Ref": "Name"});
        let error = localize(&computed).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`TableName` of `Table` is not a plain name, which the local cloud needs"
        );
    }
}
