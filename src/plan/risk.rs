use std::cmp::Reverse;

use serde::Serialize;
use serde_json::Value;

use super::{Action, Change, PropertyChange, obstacle};

/// What a change can cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    None,
    /// The resource is absent or another one for a moment, or what uses it must be told.
    Interruption,
    /// What the resource holds is gone, or out of the stack's reach.
    DataLoss,
}

/// Sets the risk and its reasons, the gravest first.
pub(super) fn assess(change: &mut Change) {
    let mut reasons = match change.action {
        Action::Add => added(change),
        Action::Modify => Vec::new(),
        Action::Replace | Action::Remove => vec![gone(change)],
    };
    // What a new resource begins with is no change of the old one's.
    if change.action == Action::Modify {
        reasons.extend(change.properties.iter().filter_map(|property| modified(change, property)).flatten());
    }
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

fn gone(change: &Change) -> Reason {
    let replaced = change.action == Action::Replace;
    let why = match (change.resource_type.as_str(), replaced, change.kept) {
        ("AWS::DynamoDB::Table", false, true) => {
            "the table is kept with its rows, out of the stack's reach; the next apply that names it adopts it"
        }
        ("AWS::DynamoDB::Table", false, false) => "its rows are deleted",
        ("AWS::DynamoDB::Table", true, true) => {
            "its rows are not in the new table; the old one is kept, out of the stack's reach"
        }
        ("AWS::DynamoDB::Table", true, false) => "its rows are not in the new table, and go with the old one",
        ("AWS::SQS::Queue", _, true) => "messages still in it stay there, out of the stack's reach",
        ("AWS::SQS::Queue", _, false) => "messages still in it are lost",
        ("AWS::Events::Archive", _, true) => "archived events stay there, out of the stack's reach",
        ("AWS::Events::Archive", _, false) => "archived events can no longer be replayed",
        ("AWS::Logs::LogGroup", _, true) => "its log lines stay there, out of the stack's reach",
        ("AWS::Logs::LogGroup", _, false) => "its log lines are deleted",
        ("AWS::KMS::Key", _, true) => {
            return (Risk::Interruption, "the key is kept, and what it encrypted needs it still");
        }
        ("AWS::KMS::Key", _, false) => "what it encrypted can no longer be read once it is deleted",
        ("AWS::Lambda::Version", true, _) => {
            return (Risk::None, "other code or settings; the former version is kept");
        }
        ("AWS::SNS::Subscription", true, _) => {
            return (Risk::Interruption, "must be confirmed again by e-mail; until then it is told nothing");
        }
        ("AWS::SNS::Subscription", false, _) => return (Risk::None, "is told of alarms no more"),
        (
            "AWS::Lambda::EventSourceMapping"
            | "AWS::Lambda::Function"
            | "AWS::Events::Rule"
            | "AWS::Events::EventBus",
            false,
            _,
        ) => return (Risk::Interruption, "events are no longer processed"),
        ("AWS::Events::EventBus", true, _) => {
            return (Risk::Interruption, "senders must send to the new bus; events for the old one are lost");
        }
        (other, _, true) if HOLDS_DATA.contains(&other) => "what it holds is kept, out of the stack's reach",
        (other, _, false) if HOLDS_DATA.contains(&other) => "what it holds is lost",
        (_, true, _) => return (Risk::Interruption, "a new one takes its place"),
        (_, false, _) => return (Risk::None, ""),
    };
    (Risk::DataLoss, why)
}

/// Types beside ours that resources of the user's own may have.
const HOLDS_DATA: [&str; 12] = [
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::EC2::Volume",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Kinesis::Stream",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::S3::DirectoryBucket",
    "AWS::SecretsManager::Secret",
];

fn modified(change: &Change, property: &PropertyChange) -> Option<Vec<Reason>> {
    use Risk::{DataLoss, Interruption, None as Harmless};
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
            "is encrypted with AWS's own key from now on; what lies there needs the former key",
        ),
        (
            "AWS::SQS::Queue"
            | "AWS::Events::Archive"
            | "AWS::Events::EventBus"
            | "AWS::Logs::LogGroup"
            | "AWS::SNS::Topic"
            | "AWS::Lambda::Function",
            "KmsMasterKeyId" | "KmsKeyIdentifier" | "KmsKeyId" | "KmsKeyArn",
        ) if !before.is_null() => (Interruption, "what lies there needs the former key still"),
        ("AWS::KMS::Key", "Enabled") if is_off(after) => {
            (Interruption, "what it encrypted cannot be read or written")
        }
        (_, "DeletionPolicy") if before == "Retain" && after == "Delete" => {
            (Harmless, "goes with the stack from now on")
        }
        _ => return Option::None,
    };
    Some(vec![reason])
}

/// Of one property of a table, by its place below `Properties`.
fn table(top: &str, property: &PropertyChange) -> Vec<Reason> {
    use Risk::{DataLoss, Interruption, None as Harmless};
    let (before, after) = (&property.before, &property.after);
    let at = |end: &str| property.path.ends_with(end);
    let reason = match top {
        "TimeToLiveSpecification" if is_off(after) || after.is_null() => {
            (Harmless, "rows are no longer deleted when their time is over")
        }
        "TimeToLiveSpecification" => (DataLoss, "rows whose time is over are deleted"),
        "PointInTimeRecoverySpecification"
            if !is_off(before) && (is_off(after) || (after.is_null() && !at("Days"))) =>
        {
            (DataLoss, "it can no longer be restored to an earlier second")
        }
        "PointInTimeRecoverySpecification" if falls(before, after, 35.0) => {
            (DataLoss, "it can no longer be restored to days further back")
        }
        "DeletionProtectionEnabled" if is_on(before) => (Harmless, "can be deleted from now on"),
        "SSESpecification" if after.is_null() || (at("SSEEnabled") && is_off(after)) => {
            (Interruption, "is encrypted with AWS's own key from now on; keep the former one until then")
        }
        "SSESpecification" if !before.is_null() => {
            (Interruption, "is encrypted anew; keep the former key until then")
        }
        "StreamSpecification" if !before.is_null() => {
            (Interruption, "readers of the stream must move to the new one")
        }
        "GlobalSecondaryIndexes" => return indexes(before, after),
        "DeletionPolicy" if before == "Retain" && after == "Delete" => {
            (Harmless, "goes with the stack from now on")
        }
        _ => return Vec::new(),
    };
    vec![reason]
}

fn indexes(before: &Value, after: &Value) -> Vec<Reason> {
    let as_table = |list: &Value| serde_json::json!({ "GlobalSecondaryIndexes": list });
    let (before, after) = (as_table(before), as_table(after));
    let (before, after) = (obstacle::indexes(&before), obstacle::indexes(&after));
    let mut reasons = Vec::new();
    if after.iter().any(|(name, index)| before.get(name) != Some(index)) {
        reasons.push((Risk::Interruption, "queries of the new index are incomplete until it is filled"));
    }
    if before.keys().any(|name| !after.contains_key(name)) {
        reasons.push((Risk::Interruption, "queries of the removed index fail"));
    }
    reasons
}

/// An archive's or a log's retention that is left out, or 0.
const FOR_EVER: f64 = f64::INFINITY;

/// Whether a number becomes smaller; `default` stands where there is none.
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

/// How long rows live stands in the processor's configuration.
fn shortens_life(before: &Value, after: &Value) -> bool {
    let days = |text: &Value| -> Option<u64> {
        serde_json::from_str::<Value>(text.as_str()?).ok()?.get("ttl_days")?.as_u64()
    };
    matches!((days(before), days(after)), (Some(before), Some(after)) if after < before)
}
