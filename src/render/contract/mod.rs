//! The requirements that the stack's other parts and the services have of a template, whoever wrote it: grants,
//! environment and files of the processor, and each link on an event's path into the table. What a template shows is
//! checked; what it does not show, such as a role or a queue of another stack, a template declares:
//! `{# contract grants: …; environment: …; files: …; delivery: … #}`.

mod buses;
mod declared;
mod delivery;
mod queue;
mod role;
mod rows;
mod sharing;

use processor::environment::DEAD_LETTER_QUEUE_URL;
use processor::packed::MAPPING_FILE;
use serde_json::Value;

use super::filled::Filled;
use super::function::plain;
use super::key_policy::{Needed, template_statements};
use super::key_verdict::KeyVerdict;
use super::table_keys::TableKeys;
use super::templates::Templates;
use super::walk::Finding;
use crate::diagnostic::codes;
use crate::spec::{Permanent, Spec};
use crate::validate::processor_config;
use declared::{DECLARATION, Declared};

pub(super) use buses::shut_out;
pub use queue::queue_refusal;

const FUNCTION: &str = "/Resources/Processor/Properties";
/// The environment variables that pipectl sets and the processor reads.
const ENVIRONMENT: [&str; 3] = ["ENVIRONMENT", "EVENTS_TABLE_NAME", "PIPELINE_CONFIG"];

/// The parts of the contract that a stack's template does not satisfy.
pub(super) fn unmet(
    template: &Value,
    filled: &Filled<'_>,
    spec: &Spec,
    templates: &Templates<'_>,
) -> Vec<Finding> {
    let declared = Declared::of(templates);
    let mut findings = key_policy(template, &template_statements(spec));
    findings.extend(delivery::unmet(filled, &declared, spec));
    findings.extend(buses::unmet(filled, spec));
    findings.extend(rows::unmet(filled, &declared, &TableKeys::of(spec)));
    findings.extend(sharing::shared(filled));
    let Some(function) = template.pointer(FUNCTION) else { return findings };
    findings.extend(environment(function, spec));
    let is_ours = function["Code"].to_string().contains("ArtifactKey");
    let mapping = processor_config(spec).packed().file.map(|_| MAPPING_FILE);
    let files = mapping.into_iter().chain(["bootstrap"]);
    for file in files.filter(|file| !is_ours && !declared.files.contains(*file)) {
        let message = format!(
            "the function's code is not the zip that pipectl packs, and `{file}` may be missing from it"
        );
        let help =
            format!("write `S3Key: {{Ref: ArtifactKey}}`, or declare it: `{{# contract files: {file} #}}`");
        findings.push(finding(&format!("{FUNCTION}/Code"), message, help));
    }
    findings.extend(role::unmet(template, function, filled, &declared));
    findings
}

fn environment(function: &Value, spec: &Spec) -> Vec<Finding> {
    let variables = function.pointer("/Environment/Variables").and_then(Value::as_object);
    let has = |name: &str| variables.is_some_and(|all| all.contains_key(name));
    let pointer = format!("{FUNCTION}/Environment");
    let mut findings = Vec::new();
    let lacking: Vec<&str> = ENVIRONMENT.into_iter().filter(|name| !has(name)).collect();
    if !lacking.is_empty() {
        let message = format!("the processor's environment lacks `{}`, which it reads", lacking.join("`, `"));
        let help = "add it under `Environment: {Variables: …}`, as pipectl's own template does (`pipectl eject processor --to new`)";
        findings.push(finding(&pointer, message, help.to_owned()));
    }
    if spec.queue.dead_letter.permanent == Permanent::AtOnce && !has(DEAD_LETTER_QUEUE_URL) {
        let message = format!(
            "the processor's environment lacks `{DEAD_LETTER_QUEUE_URL}`: invalid events would be received {} times before they become dead letters",
            spec.queue.max_receive_count(&spec.processor)
        );
        let help = format!(
            "add `{DEAD_LETTER_QUEUE_URL}: {{Ref: DeadLetterQueue}}` there and `sqs:SendMessage` to the role, as pipectl's own template \
             does (`pipectl eject processor --to new`), or write `queue: {{dead_letter: {{permanent: after_receives}}}}` in the spec"
        );
        findings.push(finding(&pointer, message, help));
    }
    findings
}

fn finding(pointer: &str, message: String, help: String) -> Finding {
    Finding { code: codes::RENDER_CONTRACT, pointer: pointer.to_owned(), message, help, missing: None }
}

/// A missing resource: reported in the custom template that replaces pipectl's own template with it.
fn absent(id: &str, message: String, help: String) -> Finding {
    Finding { missing: Some(id.to_owned()), ..finding("", message, help) }
}

/// The help for something that may be in another stack.
fn undeclared(edit: &str, link: &str) -> String {
    format!(
        "{edit}; if another stack has it, declare it in one of your templates: `{DECLARATION} delivery: {link} #}}`"
    )
}

/// Checks an old copy of the key's template: a statement that was fixed since stops every event silently.
fn key_policy(template: &Value, needs: &[Needed]) -> Vec<Finding> {
    let pointer = "/Resources/EncryptionKey/Properties/KeyPolicy";
    let Some(policy) = template.pointer(pointer).and_then(plain) else { return Vec::new() };
    // A principal given by a reference can be spelled in many ways.
    let of_a_service = needs.iter().filter(|need| need.statement["Principal"]["Service"].is_string());
    of_a_service
        .filter_map(|need| {
            let words = match need.judge(&policy) {
                KeyVerdict::Missing(actions) => format!("does not allow `{}`", actions.join("`, `")),
                KeyVerdict::Denied(actions) => format!("denies `{}`", actions.join("`, `")),
                KeyVerdict::Conditional { keys, refuses: true } => {
                    format!("requires `{}`, which the request does not have", keys.join("`, `"))
                }
                KeyVerdict::Allowed | KeyVerdict::Conditional { .. } => return None,
            };
            let sid = need.sid();
            let message =
                format!("the key's policy {words} in place of `{sid}`: without it {}", need.without);
            let help = format!("copy `{sid}` from pipectl's own template: `pipectl eject key --to new`");
            Some(finding(pointer, message, help))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::declared::declaration;
    use super::role::NETWORK;
    use super::*;
    use crate::render::templates::own;

    /// All possible requirements.
    const EVERYTHING: [&[&str]; 2] = [
        &NETWORK,
        &[
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ],
    ];

    #[test]
    fn our_own_template_declares_all_that_a_contract_can_ask_for() {
        let text = own("processor.yaml.j2").and_then(declaration).expect("a declaration");
        let mut declared = Declared::default();
        declared.read(text);
        let all: BTreeSet<String> =
            EVERYTHING.iter().flat_map(|list| list.iter()).map(|one| (*one).to_owned()).collect();
        assert_eq!(declared.grants, all);
        assert!(["bootstrap", MAPPING_FILE].iter().all(|file| declared.files.contains(*file)));
        let variables = ENVIRONMENT.iter().chain(&[DEAD_LETTER_QUEUE_URL]);
        assert!(variables.into_iter().all(|name| text.contains(name)), "{text}");
    }
}
