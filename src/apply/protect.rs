use serde_json::json;

use crate::stack::{CallError, StackApi};

/// What holds data. CloudFormation itself then refuses to replace or delete it in an update, whoever asks.
const GUARDED: [&str; 4] = ["Archive", "DeadLetterQueue", "EventsTable", "Queue"];

/// Makes the stack policy guard all resources that hold data, but for `open`: those whose loss was accepted for the
/// update at hand. Writes only where the policy is another.
///
/// # Errors
/// What the calls say.
pub async fn protect<A: StackApi>(api: &A, stack: &str, open: &[String]) -> Result<(), CallError> {
    let wanted = policy(open);
    if api.stack_policy(stack).await?.as_deref() == Some(wanted.as_str()) {
        return Ok(());
    }
    api.set_stack_policy(stack, &wanted).await
}

/// At most 16,384 bytes (CloudFormation).
fn policy(open: &[String]) -> String {
    let guarded: Vec<String> = GUARDED
        .iter()
        .filter(|id| !open.iter().any(|open| open == *id))
        .map(|id| format!("LogicalResourceId/{id}"))
        .collect();
    let mut statements =
        vec![json!({"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"})];
    if !guarded.is_empty() {
        let actions = ["Update:Replace", "Update:Delete"];
        statements.push(json!({"Effect": "Deny", "Action": actions, "Principal": "*", "Resource": guarded}));
    }
    json!({ "Statement": statements }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_accepted_is_not_guarded_and_everything_else_is() {
        assert!(policy(&[]).contains(r#"["LogicalResourceId/Archive","LogicalResourceId/DeadLetterQueue","LogicalResourceId/EventsTable","LogicalResourceId/Queue"]"#));
        assert!(!policy(&["EventsTable".to_owned()]).contains("EventsTable"));
        assert!(policy(&["EventsTable".to_owned()]).contains("LogicalResourceId/Queue"));
        assert!(!policy(&GUARDED.map(str::to_owned)).contains("Deny"));
    }
}
