//! What the rest of a stack and Lambda need of the processor's function and role, in whatever template: grants,
//! environment, files. What a template shows is looked at; what it does not show, such as a role of another stack's, a
//! template declares: `{# contract grants: …; environment: …; files: … #}`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::function::plain;
use super::key_policy::{Needed, texts};
use super::key_verdict::{KeyVerdict, like};
use super::templates::Templates;
use super::walk::Finding;
use crate::diagnostic::codes;

const FUNCTION: &str = "/Resources/Processor/Properties";
/// What begins a declaration.
const DECLARATION: &str = "{# contract";
/// What a copy without a declaration satisfies: that of pipectl 0.1.0, which knew none. (Without `GetItem` the processor
/// works, and returns a record to the queue where the answer to a failed condition does not hold the row.)
const UNDECLARED: &str = "grants: dynamodb:PutItem dynamodb:GetItem sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes \
     logs:CreateLogStream logs:PutLogEvents kms:Decrypt xray:PutTraceSegments xray:PutTelemetryRecords; \
     environment: EVENTS_TABLE_NAME ENVIRONMENT PIPELINE_CONFIG; files: bootstrap";
/// What pipectl tells the processor, by the names it reads.
const ENVIRONMENT: [&str; 3] = ["ENVIRONMENT", "EVENTS_TABLE_NAME", "PIPELINE_CONFIG"];
/// What Lambda calls in the role's name for a function in a VPC.
pub(super) const NETWORK: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];
/// What AWS's own policies for functions allow, of what a processor may need.
const MANAGED: [(&str, &[&str]); 4] = [
    ("AWSLambdaBasicExecutionRole", &["logs:*"]),
    ("AWSLambdaSQSQueueExecutionRole", &["logs:*", "sqs:*"]),
    ("AWSLambdaVPCAccessExecutionRole", &["logs:*", "ec2:*"]),
    ("AWSXRayDaemonWriteAccess", &["xray:*"]),
];

/// What of the contract a stack's template does not keep. `key` is what the policy of the stack's own key needs.
pub(super) fn unmet(template: &Value, templates: &Templates<'_>, key: &[Needed]) -> Vec<Finding> {
    let declared = Declared::of(templates);
    let mut findings = key_policy(template, key);
    let Some(function) = template.pointer(FUNCTION) else { return findings };
    let variables = function.pointer("/Environment/Variables").and_then(Value::as_object);
    let lacking = |name: &&str| !variables.is_some_and(|all| all.contains_key(*name));
    let lacking: Vec<&str> = ENVIRONMENT.into_iter().filter(lacking).collect();
    if !lacking.is_empty() {
        let message = format!("the processor's environment lacks `{}`, which it reads", lacking.join("`, `"));
        let help = "add it under `Environment: {Variables: …}`, as pipectl's own template does (`pipectl eject processor --to new`)";
        findings.push(finding(&format!("{FUNCTION}/Environment"), message, help.to_owned()));
    }
    let is_ours = function["Code"].to_string().contains("ArtifactKey");
    if !is_ours && !declared.files.contains("bootstrap") {
        let message =
            "the function's code is not what pipectl packs, and nothing says that it has `bootstrap`";
        let help = "write `S3Key: {Ref: ArtifactKey}`, or declare it: `{# contract files: bootstrap #}`";
        findings.push(finding(&format!("{FUNCTION}/Code"), message.to_owned(), help.to_owned()));
    }
    let role = Role::of(template, function);
    findings.extend(needs(template, function).iter().filter_map(|need| need.unmet(&role, &declared)));
    findings
}

fn finding(pointer: &str, message: String, help: String) -> Finding {
    Finding { code: codes::RENDER_CONTRACT, pointer: pointer.to_owned(), message, help, missing: None }
}

/// Actions that the role must allow, and what in the template asks for them.
struct Grants {
    actions: &'static [&'static str],
    pointer: &'static str,
    reason: &'static str,
}

fn needs(template: &Value, function: &Value) -> Vec<Grants> {
    let properties = |id: &str| &template["Resources"][id]["Properties"];
    let need = |actions, pointer, reason| Grants { actions, pointer, reason };
    let role = "/Resources/ProcessorRole/Properties/Policies";
    let mut needs = vec![
        need(&["dynamodb:PutItem"][..], role, "the processor writes rows"),
        need(&["dynamodb:GetItem"], role, "the processor reads the row that has the key of another"),
        need(&["logs:CreateLogStream", "logs:PutLogEvents"], role, "Lambda writes the processor's log"),
    ];
    if properties("QueueToProcessor")["EventSourceArn"].to_string().contains("Queue") {
        let actions = &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        needs.push(need(actions, role, "Lambda reads the queue in its name"));
    }
    if function.pointer("/TracingConfig/Mode").is_some_and(|mode| mode == "Active") {
        let actions = &["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
        needs.push(need(actions, "/Resources/Processor/Properties/TracingConfig", "the function is traced"));
    }
    if list(&function["VpcConfig"]["SubnetIds"]) {
        let reason =
            "Lambda connects the function to a VPC in its name, and AWS refuses the function without";
        needs.push(need(&NETWORK, "/Resources/Processor/Properties/VpcConfig", reason));
    }
    let encrypted = [
        ("/Resources/Processor/Properties/KmsKeyArn", &function["KmsKeyArn"]),
        ("/Resources/Queue/Properties/KmsMasterKeyId", &properties("Queue")["KmsMasterKeyId"]),
        (
            "/Resources/EventsTable/Properties/SSESpecification",
            &properties("EventsTable")["SSESpecification"]["KMSMasterKeyId"],
        ),
    ];
    let by_key = |(_, key): &&(&str, &Value)| !key.is_null() && **key != "";
    if let Some((pointer, _)) = encrypted.iter().find(by_key) {
        needs.push(need(&["kms:Decrypt"], pointer, "AWS decrypts in its name"));
    }
    needs
}

fn list(value: &Value) -> bool {
    value.as_array().is_some_and(|values| !values.is_empty()) || value.is_object()
}

impl Grants {
    fn unmet(&self, role: &Role<'_>, declared: &Declared) -> Option<Finding> {
        let granted =
            |action: &&&str| !(role.allows(action) || (!role.whole && declared.grants.contains(**action)));
        let lacking: Vec<&str> = self.actions.iter().filter(granted).copied().collect();
        if lacking.is_empty() {
            return None;
        }
        let lacking = lacking.join("`, `");
        let message = if role.whole {
            format!("the role `{}` does not allow `{lacking}`: {}", role.id, self.reason)
        } else {
            format!("nothing shows that the processor's role allows `{lacking}`: {}", self.reason)
        };
        let help = if role.whole {
            "add a statement that allows it, as pipectl's own template does (`pipectl eject processor --to new`)".to_owned()
        } else {
            format!(
                "allow it there, and declare it in your template: `{DECLARATION} grants: {} #}}`",
                lacking.replace("`, `", " ")
            )
        };
        Some(finding(self.pointer, message, help))
    }
}

/// The function's role, as far as the template shows it.
struct Role<'a> {
    id: &'a str,
    statements: Vec<&'a Value>,
    managed: Vec<&'static str>,
    /// Whether all that it allows is in the template.
    whole: bool,
}

impl<'a> Role<'a> {
    fn of(template: &'a Value, function: &Value) -> Self {
        let resources = || template["Resources"].as_object().into_iter().flat_map(Map::iter);
        let named = plain(&function["Role"]);
        let named = named.as_ref().and_then(|role| role["Fn::GetAtt"][0].as_str());
        let mut role = Self { id: "", statements: Vec::new(), managed: Vec::new(), whole: false };
        let Some((id, resource)) = resources().find(|(id, _)| Some(id.as_str()) == named) else {
            return role;
        };
        (role.id, role.whole) = (id, true);
        let properties = &resource["Properties"];
        for policy in properties["Policies"].as_array().into_iter().flatten() {
            role.statements.extend(statements(&policy["PolicyDocument"]));
        }
        for (_, policy) in resources() {
            let of_a_role = ["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"];
            let attached = policy["Type"].as_str().is_some_and(|kind| of_a_role.contains(&kind));
            let whose = [&policy["Properties"]["Roles"], &policy["Properties"]["RoleName"]];
            if attached && whose.iter().any(|whose| whose.to_string().contains(&format!("\"{id}\""))) {
                role.statements.extend(statements(&policy["Properties"]["PolicyDocument"]));
            }
        }
        for arn in properties["ManagedPolicyArns"].as_array().into_iter().flatten() {
            let text = arn.to_string();
            match MANAGED.iter().find(|(name, _)| text.contains(&format!("/{name}"))) {
                Some((_, actions)) => role.managed.extend(*actions),
                // One of the template's own was looked at above.
                None if arn.get("Ref").is_some() => {}
                None => role.whole = false,
            }
        }
        role
    }

    fn allows(&self, action: &str) -> bool {
        let covers = |pattern: &str| like(&pattern.to_lowercase(), &action.to_lowercase());
        let stated = self.statements.iter().any(|statement| {
            let allows = statement["Effect"] == "Allow";
            match statement.get("NotAction") {
                Some(others) => allows && !texts(others).into_iter().any(covers),
                None => allows && texts(&statement["Action"]).into_iter().any(covers),
            }
        });
        stated || self.managed.iter().any(|pattern| covers(pattern))
    }
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    match &document["Statement"] {
        Value::Array(statements) => statements.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

/// A copy of the key's template from before a statement was fixed stops every event, and nobody notices.
fn key_policy(template: &Value, needs: &[Needed]) -> Vec<Finding> {
    let pointer = "/Resources/EncryptionKey/Properties/KeyPolicy";
    let Some(policy) = template.pointer(pointer).and_then(plain) else { return Vec::new() };
    // Who is named by a reference can be spelled in many ways.
    let of_a_service = needs.iter().filter(|need| need.statement["Principal"]["Service"].is_string());
    of_a_service
        .filter_map(|need| {
            let words = match need.judge(&policy) {
                KeyVerdict::Missing(actions) => format!("does not allow `{}`", actions.join("`, `")),
                KeyVerdict::Denied(actions) => format!("denies `{}`", actions.join("`, `")),
                KeyVerdict::Conditional { keys, refuses: true } => {
                    format!("asks for `{}`, which the request does not have", keys.join("`, `"))
                }
                KeyVerdict::Allowed | KeyVerdict::Conditional { .. } => return None,
            };
            let sid = need.sid();
            let message =
                format!("the key's policy {words} in place of `{sid}`: without it {}", need.without);
            let help = format!("take over `{sid}` from pipectl's own template: `pipectl eject key --to new`");
            Some(finding(pointer, message, help))
        })
        .collect()
}

/// What the user's templates say of what cannot be seen.
#[derive(Debug, Default)]
struct Declared {
    grants: BTreeSet<String>,
    files: BTreeSet<String>,
}

impl Declared {
    fn of(templates: &Templates<'_>) -> Self {
        let texts: Vec<&str> = templates.users().iter().filter_map(|user| declaration(user.text)).collect();
        let mut declared = Self::default();
        for text in if texts.is_empty() { vec![UNDECLARED] } else { texts } {
            declared.read(text);
        }
        declared
    }

    fn read(&mut self, text: &str) {
        for part in text.split(';') {
            let Some((key, words)) = part.split_once(':') else { continue };
            let words = words.split([' ', ',', '\n', '\t', '\r']).filter(|word| !word.is_empty());
            match key.trim() {
                "grants" => self.grants.extend(words.map(str::to_owned)),
                "files" => self.files.extend(words.map(str::to_owned)),
                // An environment stands in the template itself.
                _ => {}
            }
        }
    }
}

/// What stands in a template's declaration.
fn declaration(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(DECLARATION)?;
    Some(rest.split_once("#}")?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::templates::own;

    /// All that any need asks for.
    const EVERYTHING: [&[&str]; 2] = [
        &NETWORK,
        &[
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "kms:Decrypt",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
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
        assert!(declared.files.contains("bootstrap"));
        assert!(ENVIRONMENT.iter().all(|name| text.contains(name)), "{text}");
    }
}
