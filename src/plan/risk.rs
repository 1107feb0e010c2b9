use std::cmp::Reverse;

use serde::Serialize;
use serde_json::Value;

use super::holds::{Holds, NESTED_STACK, holds};
use super::{Action, Change, PropertyChange};

/// The risk of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    None,
    /// The resource is absent or replaced for a moment, or its users must be informed.
    Interruption,
    /// The resource's data is deleted, or out of the stack's reach.
    DataLoss,
}

/// Sets the risk and its reasons, the most severe first.
pub(super) fn assess(change: &mut Change) {
    let mut reasons = match change.action {
        Action::Add => added(change),
        Action::Modify | Action::Adopt => Vec::new(),
        Action::Replace | Action::Remove => vec![removal(change)],
    };
    // The initial values of a new resource are not a change of the old one, but a function's effect on rows is.
    if change.action == Action::Modify || change.resource_type == "AWS::Lambda::Function" {
        reasons.extend(change.properties.iter().filter_map(|property| modified(change, property)).flatten());
    }
    let readers = change.readers.iter().map(|words| (Risk::Interruption, words.as_str()));
    let misreads = change.misreads.map(|words| (Risk::Interruption, words));
    let outside = change.outside.map(|words| (Risk::None, words));
    let survival = change.survival.as_deref().map(|words| (Risk::None, words));
    let reasons = reasons.into_iter().chain(readers).chain(misreads).chain(outside).chain(survival);
    let mut reasons: Vec<(Risk, &str)> = reasons.collect();
    reasons.sort_by_key(|reason| Reverse(reason.0));
    reasons.dedup();
    change.risk = reasons.first().map_or(Risk::None, |(risk, _)| *risk);
    let words: Vec<&str> = reasons.iter().map(|(_, why)| *why).filter(|why| !why.is_empty()).collect();
    change.why = words.join("; ");
}

type Reason = (Risk, &'static str);

fn added(change: &Change) -> Vec<Reason> {
    match change.resource_type.as_str() {
        "AWS::SNS::Subscription" => vec![(Risk::None, "must be confirmed by e-mail")],
        _ => Vec::new(),
    }
}

fn removal(change: &Change) -> Reason {
    let replaced = change.action == Action::Replace;
    let why = match (change.resource_type.as_str(), replaced, change.retained) {
        ("AWS::DynamoDB::Table", false, true) => {
            "the table and its rows are retained outside of the stack; the next apply that names the table adopts it"
        }
        ("AWS::DynamoDB::Table", false, false) => "its rows are deleted",
        ("AWS::DynamoDB::Table", true, true) => {
            "its rows are not in the new table; the old table is retained outside of the stack"
        }
        ("AWS::DynamoDB::Table", true, false) => {
            "its rows are not in the new table, and are deleted with the old one"
        }
        ("AWS::SQS::Queue", _, true) => "messages still in it are retained outside of the stack",
        ("AWS::SQS::Queue", _, false) => "messages still in it are lost",
        ("AWS::Events::Archive", _, true) => "archived events are retained outside of the stack",
        ("AWS::Events::Archive", _, false) => "archived events can no longer be replayed",
        ("AWS::Logs::LogGroup", _, true) => "its log lines are retained outside of the stack",
        ("AWS::Logs::LogGroup", _, false) => "its log lines are deleted",
        ("AWS::KMS::Key", _, true) => {
            return (Risk::Interruption, "the key is retained, because what it encrypted still needs it");
        }
        ("AWS::KMS::Key", _, false) => "what it encrypted cannot be read after it is deleted",
        ("AWS::Lambda::Version", true, _) => {
            return (Risk::None, "code or settings change; the former version is retained");
        }
        ("AWS::SNS::Subscription", true, _) => {
            return (
                Risk::Interruption,
                "must be confirmed again by e-mail; until then it receives no alarms",
            );
        }
        ("AWS::SNS::Subscription", false, _) => return (Risk::None, "no longer receives alarms"),
        ("AWS::Lambda::EventSourceMapping" | "AWS::Lambda::Function" | "AWS::Events::Rule", false, _) => {
            return (Risk::Interruption, "events are no longer processed");
        }
        ("AWS::Events::EventBus", true, _) => {
            return (Risk::Interruption, "senders must send to the new bus; events for the old one are lost");
        }
        ("AWS::Events::EventBus", false, _) => {
            return (Risk::Interruption, "senders must send to another bus; events for this one are lost");
        }
        ("AWS::Events::EventBusPolicy", false, _) => {
            return (Risk::Interruption, "senders that it allows can no longer put events on the bus");
        }
        (NESTED_STACK, _, true) => "its resources are retained outside of the stack",
        (NESTED_STACK, _, false) => "all resources of the nested stack are deleted with it",
        (other, _, true) if holds(other) != Holds::Nothing => "its data is retained outside of the stack",
        (other, _, false) if holds(other) != Holds::Nothing => "any data in it is lost",
        (_, true, _) => return (Risk::Interruption, "a new one replaces it"),
        (_, false, _) => return (Risk::None, ""),
    };
    (Risk::DataLoss, why)
}

fn modified(change: &Change, property: &PropertyChange) -> Option<Vec<Reason>> {
    use Risk::{DataLoss, Interruption, None as Safe};
    let path = property.path.strip_prefix("/Properties/").unwrap_or(&property.path);
    let (before, after) = (&property.before, &property.after);
    let top = path.trim_start_matches('/').split('/').next().unwrap_or(path);
    let reason = match (change.resource_type.as_str(), top) {
        ("AWS::SQS::Queue", "MessageRetentionPeriod") if falls(before, after, 345_600.0) => {
            (DataLoss, "messages older than the new retention are deleted at once")
        }
        ("AWS::Events::Archive", "RetentionDays") if falls(before, after, FOR_EVER) => {
            (DataLoss, "events older than the new retention are deleted")
        }
        ("AWS::Logs::LogGroup", "RetentionInDays") if falls(before, after, FOR_EVER) => {
            (DataLoss, "log lines older than the new retention are deleted")
        }
        ("AWS::Lambda::Function", "Environment") if shortens_life(before, after) => {
            (DataLoss, "rows written from now on are deleted earlier")
        }
        ("AWS::Lambda::Function", "ReservedConcurrentExecutions") if after.as_u64() == Some(0) => {
            (Interruption, "events are no longer processed")
        }
        ("AWS::Lambda::EventSourceMapping", "Enabled") if is_off(after) => {
            (Interruption, "events are no longer processed")
        }
        ("AWS::Events::Rule", "State") if after == "DISABLED" => {
            (Interruption, "events no longer reach the queue, and are lost")
        }
        ("AWS::DynamoDB::Table", _) => return Some(table(top, property)),
        (
            "AWS::SQS::Queue"
            | "AWS::Events::Archive"
            | "AWS::Events::EventBus"
            | "AWS::Logs::LogGroup"
            | "AWS::SNS::Topic"
            | "AWS::Lambda::Function",
            "KmsMasterKeyId" | "KmsKeyIdentifier" | "KmsKeyId" | "KmsKeyArn",
        ) if after.is_null() => (
            Interruption,
            "is encrypted with an AWS-owned key from now on; data already in it needs the former key",
        ),
        (
            "AWS::SQS::Queue"
            | "AWS::Events::Archive"
            | "AWS::Events::EventBus"
            | "AWS::Logs::LogGroup"
            | "AWS::SNS::Topic"
            | "AWS::Lambda::Function",
            "KmsMasterKeyId" | "KmsKeyIdentifier" | "KmsKeyId" | "KmsKeyArn",
        ) if !before.is_null() => (Interruption, "data already in it still needs the former key"),
        ("AWS::KMS::Key", "Enabled") if is_off(after) => {
            (Interruption, "what it encrypted cannot be read or written")
        }
        (_, "DeletionPolicy") if before == "Retain" && after == "Delete" => {
            (Safe, "is deleted with the stack from now on")
        }
        _ => return Option::None,
    };
    Some(vec![reason])
}

/// The risk of one property of a table, by its path below `Properties`.
fn table(top: &str, property: &PropertyChange) -> Vec<Reason> {
    use Risk::{DataLoss, Interruption, None as Safe};
    let (before, after) = (&property.before, &property.after);
    let at = |end: &str| property.path.ends_with(end);
    let reason = match top {
        "TimeToLiveSpecification" if is_off(after) || after.is_null() => {
            (Safe, "expired rows are no longer deleted")
        }
        "TimeToLiveSpecification" => (DataLoss, "expired rows are deleted"),
        "PointInTimeRecoverySpecification"
            if !is_off(before) && (is_off(after) || (after.is_null() && !at("Days"))) =>
        {
            (DataLoss, "it can no longer be restored to an earlier second")
        }
        "PointInTimeRecoverySpecification" if falls(before, after, 35.0) => {
            (DataLoss, "it can no longer be restored to earlier days")
        }
        "DeletionProtectionEnabled" if is_on(before) => (Safe, "can be deleted from now on"),
        "SSESpecification" if after.is_null() || (at("SSEEnabled") && is_off(after)) => {
            (Interruption, "is encrypted with an AWS-owned key from now on; retain the former key until then")
        }
        "SSESpecification" if !before.is_null() => {
            (Interruption, "is encrypted again; retain the former key until then")
        }
        "StreamSpecification" if !before.is_null() => {
            (Interruption, "readers of the stream must move to the new one")
        }
        "DeletionPolicy" if before == "Retain" && after == "Delete" => {
            (Safe, "is deleted with the stack from now on")
        }
        _ => return Vec::new(),
    };
    vec![reason]
}

/// An archive's or a log's retention that is omitted, or 0.
const FOR_EVER: f64 = f64::INFINITY;

/// Whether a number decreases; `default` is used if there is none.
fn falls(before: &Value, after: &Value, default: f64) -> bool {
    let number = |value: &Value| match value {
        Value::Null => Some(default),
        value => value.as_f64().map(|number| if number == 0.0 { default } else { number }),
    };
    matches!((number(before), number(after)), (Some(before), Some(after)) if after < before)
}

fn is_on(value: &Value) -> bool {
    matches!(value, Value::Bool(true)) || value == "true"
}

fn is_off(value: &Value) -> bool {
    matches!(value, Value::Bool(false)) || value == "false"
}

/// Whether rows live shorter, from the processor's configuration.
fn shortens_life(before: &Value, after: &Value) -> bool {
    // Null retains rows.
    let days = |text: &Value| -> Option<u64> {
        let config: Value = serde_json::from_str(text.as_str()?).ok()?;
        let days = config.get("ttl_days")?;
        if days.is_null() { Some(u64::MAX) } else { days.as_u64() }
    };
    matches!((days(before), days(after)), (Some(before), Some(after)) if after < before)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn modified(resource_type: &str, path: &str, before: Value, after: Value) -> (Risk, String) {
        let mut change = Change::new(Action::Modify, "It", resource_type);
        change.properties.push(PropertyChange::new(&format!("/Properties/{path}"), before, after));
        assess(&mut change);
        assert!(change.risk == Risk::None || !change.why.is_empty(), "{resource_type} {path}");
        (change.risk, change.why)
    }

    #[test]
    fn every_change_in_place_is_judged() {
        use Risk::{DataLoss, Interruption, None};
        let (archive, queue, log) = ("AWS::Events::Archive", "AWS::SQS::Queue", "AWS::Logs::LogGroup");
        let (table, function) = ("AWS::DynamoDB::Table", "AWS::Lambda::Function");
        let (mapping, rule) = ("AWS::Lambda::EventSourceMapping", "AWS::Events::Rule");
        let config = |days: u32| json!(json!({"ttl_days": days}).to_string());
        let key = json!({"Fn::GetAtt": ["EncryptionKey", "Arn"]});
        let life = "Environment/Variables/PIPELINE_CONFIG";
        let recovery = "PointInTimeRecoverySpecification";
        let cases = [
            (queue, "MessageRetentionPeriod", json!(345_600), json!(172_800), DataLoss),
            (queue, "MessageRetentionPeriod", json!(172_800), json!(345_600), None),
            (queue, "MessageRetentionPeriod", Value::Null, json!(172_800), DataLoss),
            (queue, "MessageRetentionPeriod", json!(1_209_600), Value::Null, DataLoss),
            (queue, "VisibilityTimeout", json!(300), json!(30), None),
            (queue, "KmsMasterKeyId", key.clone(), json!("arn"), Interruption),
            (queue, "KmsMasterKeyId", key.clone(), Value::Null, Interruption),
            (queue, "KmsMasterKeyId", Value::Null, key.clone(), None),
            (archive, "RetentionDays", json!(7), json!(3), DataLoss),
            (archive, "RetentionDays", json!(0), json!(3), DataLoss),
            (archive, "RetentionDays", Value::Null, json!(3), DataLoss),
            (archive, "RetentionDays", json!(7), json!(0), None),
            (archive, "RetentionDays", json!(7), Value::Null, None),
            (archive, "KmsKeyIdentifier", key.clone(), Value::Null, Interruption),
            (log, "RetentionInDays", json!(30), json!(7), DataLoss),
            (log, "RetentionInDays", Value::Null, json!(7), DataLoss),
            (log, "RetentionInDays", json!(30), Value::Null, None),
            (function, life, config(90), config(30), DataLoss),
            (function, life, config(30), config(90), None),
            (function, life, json!("no JSON"), config(90), None),
            (function, "MemorySize", json!(512), json!(128), None),
            (function, "ReservedConcurrentExecutions", json!(9), json!(0), Interruption),
            (mapping, "Enabled", json!(true), json!(false), Interruption),
            (rule, "State", json!("ENABLED"), json!("DISABLED"), Interruption),
            (table, &format!("{recovery}/RecoveryPeriodInDays"), json!(35), json!(7), DataLoss),
            (table, &format!("{recovery}/RecoveryPeriodInDays"), Value::Null, json!(7), DataLoss),
            (table, &format!("{recovery}/RecoveryPeriodInDays"), json!(7), json!(35), None),
            (table, &format!("{recovery}/PointInTimeRecoveryEnabled"), json!(true), json!(false), DataLoss),
            (table, &format!("{recovery}/PointInTimeRecoveryEnabled"), json!(false), json!(true), None),
            (table, recovery, json!({"PointInTimeRecoveryEnabled": true}), Value::Null, DataLoss),
            (table, "TimeToLiveSpecification", Value::Null, json!({"Enabled": true}), DataLoss),
            (table, "TimeToLiveSpecification/AttributeName", json!("a"), json!("b"), DataLoss),
            (table, "TimeToLiveSpecification/Enabled", json!(true), json!(false), None),
            (table, "SSESpecification", json!({"SSEEnabled": true}), Value::Null, Interruption),
            (table, "SSESpecification/KMSMasterKeyId", key.clone(), json!("arn"), Interruption),
            (table, "SSESpecification", Value::Null, json!({"SSEEnabled": true}), None),
            (table, "StreamSpecification/StreamViewType", json!("OLD"), json!("NEW"), Interruption),
            (table, "StreamSpecification", Value::Null, json!({}), None),
            ("AWS::KMS::Key", "Enabled", json!(true), json!(false), Interruption),
            ("AWS::KMS::Key", "EnableKeyRotation", json!(true), json!(false), None),
        ];
        for (resource_type, path, before, after, risk) in cases {
            let reason = modified(resource_type, path, before.clone(), after.clone());
            assert_eq!(reason.0, risk, "{resource_type} {path}: {before} → {after}: {}", reason.1);
        }
    }

    #[test]
    fn changes_that_lose_nothing_themselves_are_reported_too() {
        let table = "AWS::DynamoDB::Table";
        let protected = modified(table, "DeletionProtectionEnabled", json!(true), json!(false));
        assert_eq!(protected, (Risk::None, "can be deleted from now on".to_owned()));
        let same = modified(table, "DeletionProtectionEnabled", Value::Null, json!(false));
        assert_eq!(same, (Risk::None, String::new()));
        let mut change = Change::new(Action::Modify, "EventsTable", table);
        change.properties.push(PropertyChange::new("/DeletionPolicy", json!("Retain"), json!("Delete")));
        assess(&mut change);
        assert_eq!(change.why, "is deleted with the stack from now on");
        change.properties.push(PropertyChange::new(
            "/Properties/PointInTimeRecoverySpecification/RecoveryPeriodInDays",
            json!(35),
            json!(7),
        ));
        assess(&mut change);
        assert_eq!(
            (change.risk, change.why.as_str()),
            (
                Risk::DataLoss,
                "it can no longer be restored to earlier days; is deleted with the stack from now on"
            ),
            "the gravest first"
        );
    }

    #[test]
    fn a_new_function_shortens_the_life_of_rows_as_well() {
        let mut change = Change::new(Action::Replace, "Processor", "AWS::Lambda::Function");
        let config = |days: u32| json!(json!({"ttl_days": days}).to_string());
        let path = "/Properties/Environment/Variables/PIPELINE_CONFIG";
        change.properties.push(PropertyChange::new(path, config(9), config(3)));
        assess(&mut change);
        assert_eq!(
            (change.risk, change.why.as_str()),
            (Risk::DataLoss, "rows written from now on are deleted earlier; a new one replaces it")
        );
    }

    #[test]
    fn a_removal_is_judged_by_what_the_resource_holds_and_whether_it_is_retained() {
        use Risk::{DataLoss, Interruption, None};
        let judged = |resource_type: &str, action: Action, retained: bool| {
            let mut change = Change::new(action, "It", resource_type);
            change.retained = retained;
            assess(&mut change);
            (change.risk, change.why)
        };
        let cases = [
            ("AWS::DynamoDB::Table", DataLoss, DataLoss),
            ("AWS::SQS::Queue", DataLoss, DataLoss),
            ("AWS::Events::Archive", DataLoss, DataLoss),
            ("AWS::Logs::LogGroup", DataLoss, DataLoss),
            ("AWS::S3::Bucket", DataLoss, DataLoss),
            ("AWS::CloudFormation::Stack", DataLoss, DataLoss),
            ("AWS::SSM::Parameter", DataLoss, DataLoss),
            ("AWS::Tomorrow::Service", DataLoss, DataLoss),
            ("AWS::KMS::Key", DataLoss, DataLoss),
            ("AWS::SNS::Subscription", Interruption, None),
            ("AWS::Lambda::Function", Interruption, Interruption),
            ("AWS::Lambda::EventSourceMapping", Interruption, Interruption),
            ("AWS::Events::Rule", Interruption, Interruption),
            ("AWS::Events::EventBus", Interruption, Interruption),
            ("AWS::IAM::Role", Interruption, None),
            ("AWS::CloudWatch::Alarm", Interruption, None),
        ];
        for (resource_type, replaced, removed) in cases {
            assert_eq!(judged(resource_type, Action::Replace, false).0, replaced, "{resource_type}");
            assert_eq!(judged(resource_type, Action::Remove, false).0, removed, "{resource_type}");
        }
        let table = judged("AWS::DynamoDB::Table", Action::Remove, true);
        assert!(
            table.0 == DataLoss && table.1.contains("retained") && table.1.contains("adopts"),
            "{}",
            table.1
        );
        assert!(!judged("AWS::DynamoDB::Table", Action::Remove, false).1.contains("retained"));
        assert_eq!(judged("AWS::KMS::Key", Action::Remove, true).0, Interruption, "it can be used still");
        assert_eq!(judged("AWS::SNS::Subscription", Action::Add, false).0, None);
        assert!(!judged("AWS::SNS::Subscription", Action::Add, false).1.is_empty());
    }
}
