//! The function's role: the grants it needs, and those that the template shows.

use serde_json::{Map, Value};

use super::super::filled::Filled;
use super::super::function::plain;
use super::super::key_policy::texts;
use super::super::key_verdict::like;
use super::super::walk::Finding;
use super::declared::{DECLARATION, Declared};
use super::finding;

/// Lambda's calls as the role for a function in a VPC.
pub(super) const NETWORK: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];
/// The actions of AWS's managed policies for functions, as far as a processor may need them.
const MANAGED: [(&str, &[&str]); 4] = [
    ("AWSLambdaBasicExecutionRole", &["logs:*"]),
    ("AWSLambdaSQSQueueExecutionRole", &["logs:*", "sqs:*"]),
    ("AWSLambdaVPCAccessExecutionRole", &["logs:*", "ec2:*"]),
    ("AWSXRayDaemonWriteAccess", &["xray:*"]),
];
/// The resources that add statements to a role from outside it.
const POLICIES: [&str; 3] = ["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"];

/// The missing grants of the role, and those that are denied.
pub(super) fn unmet(
    template: &Value,
    function: &Value,
    filled: &Filled<'_>,
    declared: &Declared,
) -> Vec<Finding> {
    let role = Role::of(template, function, filled);
    let needs = needs(template, function, filled);
    let lacking = needs.iter().filter_map(|need| need.unmet(&role, declared));
    lacking.chain(needs.iter().flat_map(|need| need.denied(&role))).collect()
}

/// Actions that the role must allow, and the part of the template that requires them.
struct Grants<'a> {
    actions: &'static [&'static str],
    /// The ARN of their resource, if it is one resource of the template.
    resource: Option<&'a str>,
    pointer: &'static str,
    reason: &'static str,
}

fn needs<'a>(template: &Value, function: &Value, filled: &'a Filled<'_>) -> Vec<Grants<'a>> {
    let properties = |id: &str| &template["Resources"][id]["Properties"];
    let need = |actions, pointer, reason| Grants { actions, resource: None, pointer, reason };
    let role = "/Resources/ProcessorRole/Properties/Policies";
    let rows = need(&["dynamodb:PutItem"][..], role, "the processor writes rows");
    let taken =
        need(&["dynamodb:GetItem"][..], role, "the processor reads an existing row with the same key");
    let mut needs = vec![
        Grants { resource: filled.arn("EventsTable"), ..rows },
        Grants { resource: filled.arn("EventsTable"), ..taken },
        need(&["logs:CreateLogStream", "logs:PutLogEvents"], role, "Lambda writes the processor's log"),
    ];
    if properties("QueueToProcessor")["EventSourceArn"].to_string().contains("Queue") {
        let actions = &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        let queue = need(actions, role, "Lambda reads the queue with this role");
        needs.push(Grants { resource: filled.arn("Queue"), ..queue });
    }
    if function.pointer("/Environment/Variables/DEAD_LETTER_QUEUE_URL").is_some() {
        let reason = "the processor sends events that can never become rows to the dead-letter queue";
        let send = need(&["sqs:SendMessage"], role, reason);
        needs.push(Grants { resource: filled.arn("DeadLetterQueue"), ..send });
        let key = &properties("DeadLetterQueue")["KmsMasterKeyId"];
        if !key.is_null() && *key != "" {
            let pointer = "/Resources/DeadLetterQueue/Properties/KmsMasterKeyId";
            needs.push(need(
                &["kms:GenerateDataKey"],
                pointer,
                "SQS encrypts what the processor sends, with this role",
            ));
        }
    }
    if function.pointer("/TracingConfig/Mode").is_some_and(|mode| mode == "Active") {
        let actions = &["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
        needs.push(need(actions, "/Resources/Processor/Properties/TracingConfig", "the function is traced"));
    }
    if list(&function["VpcConfig"]["SubnetIds"]) {
        let reason =
            "Lambda connects the function to the VPC with this role, and AWS refuses the function without it";
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
        needs.push(need(&["kms:Decrypt"], pointer, "AWS decrypts with this role"));
    }
    needs
}

fn list(value: &Value) -> bool {
    value.as_array().is_some_and(|values| !values.is_empty()) || value.is_object()
}

impl Grants<'_> {
    fn unmet(&self, role: &Role<'_>, declared: &Declared) -> Option<Finding> {
        let granted = |action: &&&str| {
            !(role.allows(action, self.resource) || (!role.whole && declared.grants.contains(**action)))
        };
        let lacking: Vec<&str> = self.actions.iter().filter(granted).copied().collect();
        if lacking.is_empty() {
            return None;
        }
        let lacking = lacking.join("`, `");
        let message = if role.whole {
            format!("the role `{}` does not allow `{lacking}`: {}", role.id, self.reason)
        } else {
            format!("the processor's role may not allow `{lacking}`: {}", self.reason)
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

    /// An explicit `Deny` overrides every statement that allows.
    fn denied<'a>(&'a self, role: &'a Role<'_>) -> impl Iterator<Item = Finding> {
        let denying = role.statements.iter().filter(|statement| statement.value["Effect"] == "Deny");
        denying.filter_map(|statement| {
            // These calls may not meet a condition, such as the one in the statement for a VPC.
            if statement.value.get("Condition").is_some() || !statement.is_for(self.resource.unwrap_or("*")) {
                return None;
            }
            let denied: Vec<&str> =
                self.actions.iter().filter(|action| statement.covers(action)).copied().collect();
            let message =
                format!("the role `{}` is denied `{}`: {}", role.id, denied.join("`, `"), self.reason);
            let help = "remove the action from the statement, or name the resources that it applies to";
            (!denied.is_empty()).then(|| finding(&statement.pointer, message, help.to_owned()))
        })
    }
}

/// A statement of a policy, and its location.
struct Statement {
    value: Value,
    pointer: String,
}

impl Statement {
    fn covers(&self, action: &str) -> bool {
        let covers = |pattern: &str| like(&pattern.to_lowercase(), &action.to_lowercase());
        match self.value.get("NotAction") {
            Some(others) => !texts(others).into_iter().any(covers),
            None => texts(&self.value["Action"]).into_iter().any(covers),
        }
    }

    /// Whether it applies to the resource with this ARN; `*`: to all.
    fn is_for(&self, arn: &str) -> bool {
        let covers = |pattern: &str| like(pattern, arn);
        match self.value.get("NotResource") {
            Some(others) => arn != "*" && !texts(others).into_iter().any(covers),
            None => texts(&self.value["Resource"]).into_iter().any(covers),
        }
    }
}

/// The function's role, as far as the template shows it.
struct Role<'a> {
    id: &'a str,
    statements: Vec<Statement>,
    managed: Vec<&'static str>,
    /// Whether everything that it allows is in the template.
    whole: bool,
}

impl<'a> Role<'a> {
    fn of(template: &'a Value, function: &Value, filled: &Filled<'_>) -> Self {
        let resources = || template["Resources"].as_object().into_iter().flat_map(Map::iter);
        let named = plain(&function["Role"]);
        let named = named.as_ref().and_then(|role| role["Fn::GetAtt"][0].as_str());
        let mut role = Self { id: "", statements: Vec::new(), managed: Vec::new(), whole: false };
        let Some((id, resource)) = resources().find(|(id, _)| Some(id.as_str()) == named) else {
            return role;
        };
        (role.id, role.whole) = (id, true);
        let properties = filled.properties(id, "AWS::IAM::Role").unwrap_or(&Value::Null);
        for (index, policy) in properties["Policies"].as_array().into_iter().flatten().enumerate() {
            role.take(&policy["PolicyDocument"], &format!("/Resources/{id}/Properties/Policies/{index}"));
        }
        let name = filled.reference(id);
        for (policy, _, properties) in filled.all().filter(|(_, kind, _)| POLICIES.contains(kind)) {
            let mut whose = texts(&properties["Roles"]);
            whose.extend(texts(&properties["RoleName"]));
            if name.is_some_and(|name| whose.contains(&name)) {
                role.take(&properties["PolicyDocument"], &format!("/Resources/{policy}/Properties"));
            }
        }
        for arn in resource["Properties"]["ManagedPolicyArns"].as_array().into_iter().flatten() {
            let text = arn.to_string();
            match MANAGED.iter().find(|(name, _)| text.contains(&format!("/{name}"))) {
                Some((_, actions)) => role.managed.extend(*actions),
                None => match arn.get("Ref").and_then(Value::as_str) {
                    // A policy in the template.
                    Some(policy) => {
                        let properties = filled.properties(policy, "AWS::IAM::ManagedPolicy");
                        let pointer = format!("/Resources/{policy}/Properties");
                        role.take(&properties.unwrap_or(&Value::Null)["PolicyDocument"], &pointer);
                    }
                    None => role.whole = false,
                },
            }
        }
        role
    }

    fn take(&mut self, document: &Value, holder: &str) {
        let (statements, one) = match &document["Statement"] {
            Value::Array(statements) => (statements.as_slice(), false),
            Value::Null => return,
            one => (std::slice::from_ref(one), true),
        };
        for (index, value) in statements.iter().enumerate() {
            let location = if one { String::new() } else { format!("/{index}") };
            let pointer = format!("{holder}/PolicyDocument/Statement{location}");
            self.statements.push(Statement { value: value.clone(), pointer });
        }
    }

    fn allows(&self, action: &str, resource: Option<&str>) -> bool {
        let covers = |pattern: &str| like(&pattern.to_lowercase(), &action.to_lowercase());
        let stated = self.statements.iter().any(|statement| {
            let fits = resource.is_none_or(|arn| statement.is_for(arn) || statement.is_unknown());
            statement.value["Effect"] == "Allow" && statement.covers(action) && fits
        });
        stated || self.managed.iter().any(|pattern| covers(pattern))
    }
}

impl Statement {
    /// Whether only AWS knows its content.
    fn is_unknown(&self) -> bool {
        let resource = &self.value["Resource"];
        let unknown = |value: &Value| value.is_object();
        unknown(resource) || resource.as_array().is_some_and(|all| all.iter().any(unknown))
    }
}
