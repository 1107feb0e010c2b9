use serde::Serialize;

use super::{Action, Change};

/// What a change can cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    None,
    /// The resource is absent or another one for a moment.
    Interruption,
    /// What the resource holds is gone, or out of the stack's reach.
    DataLoss,
}

/// Sets the risk and its reason.
pub(super) fn assess(change: &mut Change) {
    let goes = matches!(change.action, Action::Replace | Action::Remove);
    let (risk, why) = match change.resource_type.as_str() {
        "AWS::DynamoDB::Table" if goes => (Risk::DataLoss, "its rows are not in the new table"),
        "AWS::SQS::Queue" if goes => (Risk::DataLoss, "messages still in it are lost"),
        "AWS::Events::Archive" if goes => (Risk::DataLoss, "archived events can no longer be replayed"),
        "AWS::DynamoDB::Table" if shortens_time_to_live(change) => {
            (Risk::DataLoss, "rows are deleted earlier than before")
        }
        "AWS::SQS::Queue" if lowers(change, "/Properties/MessageRetentionPeriod") => {
            (Risk::DataLoss, "messages older than the new retention are deleted at once")
        }
        "AWS::Events::Archive" if lowers(change, "/Properties/RetentionDays") => {
            (Risk::DataLoss, "events older than the new retention are deleted")
        }
        "AWS::Logs::LogGroup" if goes => (Risk::DataLoss, "its log lines are deleted"),
        "AWS::Lambda::Version" if change.action == Action::Replace => {
            (Risk::None, "other code or settings; the former version is kept")
        }
        _ if change.action == Action::Replace => (Risk::Interruption, "a new one takes its place"),
        "AWS::Lambda::EventSourceMapping" | "AWS::Events::Rule" | "AWS::Lambda::Function"
            if change.action == Action::Remove =>
        {
            (Risk::Interruption, "events are no longer processed")
        }
        _ => (Risk::None, ""),
    };
    change.risk = risk;
    why.clone_into(&mut change.why);
}

fn lowers(change: &Change, path: &str) -> bool {
    change.properties.iter().filter(|property| property.path == path).any(|property| {
        match (property.before.as_f64(), property.after.as_f64()) {
            // An archive's retention of 0 is for ever.
            (Some(before), Some(after)) => after != 0.0 && (before == 0.0 || after < before),
            _ => false,
        }
    })
}

fn shortens_time_to_live(change: &Change) -> bool {
    change.properties.iter().any(|property| property.path.starts_with("/Properties/TimeToLiveSpecification"))
}
