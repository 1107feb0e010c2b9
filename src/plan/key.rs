//! What the policy of a KMS key lacks.

use crate::diagnostic::{Diagnostic, codes};
use crate::render::{KeyPolicy, KeyVerdict};
use crate::stack::{FoundKey, KeyAnswer, KeyState};

/// The problems of a custom key, in addition to its policy: errors if AWS will refuse or lose something, warnings if that
/// is unknown. `found` is `None` if there is no such key; `explain` is the command that prints the statements, such as
/// `pipectl explain encryption --policy specs/prod.yaml`.
///
/// Returns nothing for the key that the stack creates: CloudFormation writes its policy.
#[must_use]
pub fn key_findings(needs: &KeyPolicy, found: Option<&FoundKey>, explain: &str) -> Vec<Diagnostic> {
    let Some(arn) = needs.key.as_deref() else { return Vec::new() };
    let encrypts = needs.encrypts.join(", ");
    let Some(found) = found else {
        let message = format!("the key `{arn}`, which should encrypt {encrypts}, does not exist");
        return vec![Diagnostic::error(codes::PLAN_KEY, message).help("name a key that exists")];
    };
    let mut findings = Vec::new();
    match &found.state {
        KeyAnswer::Read(state) => findings.extend(unusable(arn, state)),
        KeyAnswer::Denied => findings.push(not_checked(arn, "its state", "kms:DescribeKey")),
    }
    let KeyAnswer::Read(policy) = &found.policy else {
        let asks =
            format!("allow `kms:GetKeyPolicy` for the caller, or compare it yourself with `{explain}`");
        findings.push(not_checked(arn, "its policy", "kms:GetKeyPolicy").help(asks));
        return findings;
    };
    for needed in &needs.statements {
        let sid = needed.sid();
        let (message, certain) = match needed.judge(policy) {
            KeyVerdict::Allowed => continue,
            KeyVerdict::Missing(actions) => {
                (format!("does not allow `{}`, which `{sid}` needs", actions.join("`, `")), true)
            }
            KeyVerdict::Denied(actions) => {
                (format!("denies `{}`, which `{sid}` needs", actions.join("`, `")), true)
            }
            KeyVerdict::Conditional { keys, refuses } => {
                let known = if refuses { "the request does not have" } else { "cannot be known here" };
                let keys = keys.join("`, `");
                (
                    format!("allows what `{sid}` needs only under a condition on `{keys}`, which {known}"),
                    refuses,
                )
            }
        };
        let message = format!("the policy of key `{arn}` {message}; without it {}", needed.without);
        let finding = if certain {
            Diagnostic::error(codes::PLAN_KEY, message)
        } else {
            Diagnostic::warning(codes::PLAN_KEY, message)
        };
        findings.push(finding.help(format!("add the statement `{sid}` as `{explain}` prints it")));
    }
    findings
}

fn not_checked(arn: &str, what: &str, action: &str) -> Diagnostic {
    let message = format!("key `{arn}`: {what} was not checked, because `{action}` is denied");
    Diagnostic::warning(codes::PLAN_KEY, message).help(format!("allow `{action}` for the caller"))
}

/// Why a key cannot encrypt now, and the command that changes that.
#[must_use]
pub fn unusable(arn: &str, key: &KeyState) -> Option<Diagnostic> {
    let (reason, help) = match key.state.as_str() {
        _ if key.aws_managed => (
            "is managed by AWS, and its policy allows no other services".to_owned(),
            "name a key of your own, or leave out the encryption".to_owned(),
        ),
        _ if !key.symmetric => (
            "is not a symmetric encryption key, which SQS, SNS and EventBridge need".to_owned(),
            "create one with `aws kms create-key`, which creates symmetric keys".to_owned(),
        ),
        "Enabled" => return None,
        "PendingDeletion" => (
            "is scheduled for deletion".to_owned(),
            format!(
                "run `aws kms cancel-key-deletion --key-id {arn}`, then `aws kms enable-key --key-id {arn}`"
            ),
        ),
        "Disabled" => ("is disabled".to_owned(), format!("run `aws kms enable-key --key-id {arn}`")),
        other => (format!("is in state `{other}`"), "wait until it is `Enabled`, or name another".to_owned()),
    };
    Some(Diagnostic::error(codes::PLAN_KEY, format!("key `{arn}` {reason}")).help(help))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::diagnostic::Severity;
    use crate::render::key_policies;
    use crate::spec::Spec;

    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn needs(encryption: &Value) -> KeyPolicy {
        let spec = json!({
            "version": 1, "name": "ship", "environment": "prod", "bus": {"pattern": {"source": ["a"]}},
            "encryption": encryption, "queue": {"undelivered": {"encryption": "as_queue"}},
        });
        let spec: Spec = serde_json::from_value(spec).expect("a spec");
        key_policies(&spec, Some("123456789012")).remove(0)
    }

    fn usable(policy: KeyAnswer<Value>) -> FoundKey {
        let state = KeyState { state: "Enabled".to_owned(), symmetric: true, aws_managed: false };
        FoundKey { state: KeyAnswer::Read(state), policy }
    }

    fn findings(found: Option<&FoundKey>) -> Vec<(Severity, String)> {
        let findings = key_findings(&needs(&json!({"kms_key": KEY})), found, "pipectl explain");
        findings.into_iter().map(|one| (one.severity, one.message)).collect()
    }

    #[test]
    fn a_key_with_all_statements_is_fine_and_each_missing_one_is_an_error_with_its_consequence() {
        let needs = needs(&json!({"kms_key": KEY}));
        let all: Vec<Value> = needs.statements.iter().map(|one| one.statement.clone()).collect();
        assert_eq!(findings(Some(&usable(KeyAnswer::Read(json!({"Statement": all}))))), []);
        for (index, needed) in needs.statements.iter().enumerate() {
            let mut others = all.clone();
            others.remove(index);
            let findings = findings(Some(&usable(KeyAnswer::Read(json!({"Statement": others})))));
            let [(Severity::Error, message)] = findings.as_slice() else { panic!("{findings:?}") };
            assert!(message.contains(needed.sid()) && message.contains(needed.without), "{message}");
        }
    }

    #[test]
    fn conditions_that_cannot_be_judged_and_calls_that_are_denied_are_warnings() {
        let needs = needs(&json!({"kms_key": KEY}));
        let mut all: Vec<Value> = needs.statements.iter().map(|one| one.statement.clone()).collect();
        all[1]["Condition"] = json!({"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}});
        let findings_of = findings(Some(&usable(KeyAnswer::Read(json!({"Statement": all})))));
        let [(Severity::Warning, message)] = findings_of.as_slice() else { panic!("{findings_of:?}") };
        assert!(message.contains("kms:ViaService") && message.contains("FromRule"), "{message}");
        let findings_of = findings(Some(&FoundKey::default()));
        assert!(findings_of.iter().all(|(severity, message)| {
            *severity == Severity::Warning && message.contains("was not checked")
        }));
        assert_eq!(findings_of.len(), 2, "state and policy");
    }

    #[test]
    fn a_key_that_encrypts_nothing_now_is_an_error_with_the_command_that_changes_it() {
        let with = |state: &str, symmetric, aws_managed| {
            let state = KeyState { state: state.to_owned(), symmetric, aws_managed };
            unusable(KEY, &state).map(|one| one.help.unwrap_or_default())
        };
        assert_eq!(with("Enabled", true, false), None);
        assert!(with("Disabled", true, false).expect("a finding").contains("aws kms enable-key"));
        assert!(with("PendingDeletion", true, false).expect("a finding").contains("cancel-key-deletion"));
        assert!(with("Enabled", false, false).expect("a finding").contains("symmetric"));
        assert!(with("Enabled", true, true).expect("a finding").contains("of your own"));
        assert_eq!(findings(None).len(), 1, "no such key");
    }

    #[test]
    fn the_stacks_own_key_is_not_looked_at() {
        assert!(key_findings(&needs(&json!("stack_key")), None, "").is_empty());
    }
}
