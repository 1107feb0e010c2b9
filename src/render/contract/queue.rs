//! Whether a queue accepts what a rule or a bus sends: SQS drops what its policy does not allow, and does not report it.

use serde_json::{Map, Value, json};

use super::super::filled::Filled;
use super::super::key_policy::{Needed, texts};
use super::super::key_verdict::{KeyVerdict, like};
use super::sharing::policies_of;

/// Why the queue `id` does not accept messages that EventBridge sends for the resource with the ARN `source`; `None`: it
/// does.
pub(super) fn refusal(filled: &Filled<'_>, id: &str, source: &str) -> Option<String> {
    let arn = filled.arn(id)?;
    match policies_of(filled, id).as_slice() {
        [] => Some("has no `AWS::SQS::QueuePolicy`".to_owned()),
        [only] => queue_refusal(&only["PolicyDocument"], arn, source),
        // Which of them applies is unknown, and that is a separate error.
        _ => None,
    }
}

/// Why a queue with this ARN and policy does not accept messages that EventBridge sends for the resource with the ARN
/// `source`.
#[must_use]
pub fn queue_refusal(policy: &Value, queue: &str, source: &str) -> Option<String> {
    let is_for = |statement: &Value| match statement.get("NotResource") {
        Some(others) => !texts(others).into_iter().any(|pattern| like(pattern, queue)),
        None => texts(&statement["Resource"]).into_iter().any(|pattern| like(pattern, queue)),
    };
    let mut statements = match &policy["Statement"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    statements.retain(is_for);
    let words = |actions: Vec<String>| format!("`{}`", actions.join("`, `"));
    match sender(source).judge(&json!({"Statement": statements})) {
        KeyVerdict::Allowed => None,
        KeyVerdict::Missing(actions) => {
            Some(format!("has a policy that does not allow {} to `events.amazonaws.com`", words(actions)))
        }
        KeyVerdict::Denied(actions) => Some(format!("has a policy that denies {}", words(actions))),
        KeyVerdict::Conditional { keys, .. } => {
            Some(format!("has a policy that requires {} which the sender does not have", words(keys)))
        }
    }
}

/// The permission that EventBridge needs from a queue for its rule or bus.
fn sender(source: &str) -> Needed {
    let account = source.split(':').nth(4).unwrap_or_default();
    Needed {
        reason: "",
        without: "",
        statement: json!({
            "Sid": "FromRule", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
        }),
        context: Map::from_iter([
            ("aws:SourceArn".to_owned(), source.into()),
            ("aws:SourceAccount".to_owned(), account.into()),
            ("aws:SecureTransport".to_owned(), "true".into()),
        ]),
        absent: &[],
    }
}
