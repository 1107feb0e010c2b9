//! Advice for a resource that failed. The services' sentences are not a contract: where none is recognised, only the
//! reason is reported.

use crate::stack::{Denial, StackEvent};

/// The field of the spec that a resource derives from, as a JSON pointer.
pub(super) fn field(logical_id: &str) -> Option<&'static str> {
    Some(match logical_id {
        "Bus" | "Rule" => "/bus",
        "Archive" => "/bus/archive",
        "Queue" | "QueuePolicy" => "/queue",
        "DeadLetterQueue" | "DeadLetterQueuePolicy" => "/queue/dead_letter",
        "Processor" | "ProcessorRole" | "ProcessorVersion" | "ProcessorAlias" => "/processor",
        "ProcessorLogGroup" => "/processor/log",
        "QueueToProcessor" => "/processor/batch",
        "EventsTable" => "/table",
        "EncryptionKey" => "/encryption",
        "Dashboard" => "/dashboard",
        id if id.starts_with("Alarm") => "/alarms/notify",
        id if id.ends_with("Alarm") => "/alarms",
        _ => return None,
    })
}

/// A failed event's reason without the wrapping of CloudFormation's resource handlers:
/// `Resource handler returned message: "…" (RequestToken: …, HandlerErrorCode: …)`.
pub(super) fn reason(event: &StackEvent) -> &str {
    let whole = event.reason.as_deref().unwrap_or("the service gave no reason");
    let inner = whole
        .split_once("Resource handler returned message: \"")
        .and_then(|(_, remainder)| remainder.rsplit_once("\" (RequestToken:"))
        .map(|(message, _)| message);
    inner.unwrap_or(whole)
}

/// The advice for a known reason; `None` for any other.
pub(super) fn advice(event: &StackEvent) -> Option<String> {
    let whole = event.reason.as_deref()?;
    let has = |words: &[&str]| words.iter().any(|word| whole.contains(word));
    if let Some(statement) = missing_permission(whole) {
        return Some(format!("allow it for the caller of `apply`, or for `deploy.role_arn`: `{statement}`"));
    }
    if has(&["HandlerErrorCode: AlreadyExists", "already exists", "AlreadyExistsException"]) {
        return Some(format!(
            "another resource has this name: write a different name under `names`, or take this `{}` over from its stack with `pipectl apply SPEC --adopt STACK`",
            event.resource_type
        ));
    }
    if has(&["HandlerErrorCode: ServiceLimitExceeded", "LimitExceeded", "limit exceeded", "quota"]) {
        let service = event.resource_type.split("::").nth(1).unwrap_or("the service");
        return Some(format!(
            "a quota of {service} is used up in this account and region: delete what is not needed, or request an increase in the Service Quotas console"
        ));
    }
    if has(&["HandlerErrorCode: Throttling", "Rate exceeded", "TooManyRequests"]) {
        return Some("the service throttled the calls: run the same command again".to_owned());
    }
    if has(&["HandlerErrorCode: NotStabilized", "did not stabilize"]) {
        return Some("the service took too long: run the same command again".to_owned());
    }
    if has(&["HandlerErrorCode: ServiceInternalError", "HandlerErrorCode: InternalFailure"]) {
        return Some("the service had an internal error: run the same command again".to_owned());
    }
    None
}

/// The permission that a reason names, as an IAM statement.
fn missing_permission(reason: &str) -> Option<String> {
    let Denial { action, resource, .. } = Denial::read(reason);
    let (action, resource) = (action?, resource.unwrap_or("*"));
    Some(serde_json::json!({"Effect": "Allow", "Action": action, "Resource": resource}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(reason: &str) -> StackEvent {
        StackEvent {
            id: "1".to_owned(),
            at: 0,
            logical_id: "Queue".to_owned(),
            physical_id: String::new(),
            resource_type: "AWS::SQS::Queue".to_owned(),
            status: "CREATE_FAILED".to_owned(),
            reason: Some(reason.to_owned()),
            token: None,
        }
    }

    #[test]
    fn a_missing_permission_becomes_its_statement() {
        let failed = event(
            "Resource handler returned message: \"User: arn:aws:iam::123456789012:user/ada is not authorized to \
             perform: sqs:CreateQueue on resource: arn:aws:sqs:eu-west-1:123456789012:q because no identity-based \
             policy allows the sqs:CreateQueue action (Service: Sqs, Status Code: 403)\" (RequestToken: 1, \
             HandlerErrorCode: AccessDenied)",
        );
        assert!(reason(&failed).starts_with("User: arn:aws:iam"));
        assert!(reason(&failed).ends_with("Status Code: 403)"));
        let help = advice(&failed).expect("advice");
        assert!(
            help.ends_with(
                r#"`{"Action":"sqs:CreateQueue","Effect":"Allow","Resource":"arn:aws:sqs:eu-west-1:123456789012:q"}`"#
            ),
            "{help}"
        );
    }

    #[test]
    fn known_failures_have_advice_and_others_have_none() {
        for (words, remedy) in [
            ("q already exists in stack arn:aws:cloudformation:x", "`names`"),
            ("x (RequestToken: 1, HandlerErrorCode: ServiceLimitExceeded)", "quota of SQS"),
            ("Rate exceeded (Service: Sqs)", "run the same command again"),
            ("x (RequestToken: 1, HandlerErrorCode: NotStabilized)", "took too long"),
        ] {
            assert!(advice(&event(words)).is_some_and(|help| help.contains(remedy)), "{words}");
        }
        assert_eq!(advice(&event("Value 5 at 'x' failed")), None);
        assert_eq!(advice(&event("not authorized to perform: everything")), None);
    }

    #[test]
    fn every_resource_of_the_stack_has_its_field() {
        assert_eq!(field("OldestMessageAlarm"), Some("/alarms"));
        assert_eq!(field("AlarmTopic"), Some("/alarms/notify"));
        assert_eq!(field("MyBucket"), None);
    }
}
