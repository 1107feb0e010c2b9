use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Condition, Grant};

/// Characters of a managed policy, blanks not counted (IAM).
pub const MANAGED_CHARACTERS: usize = 6_144;
/// Characters of all inline policies of a role, blanks not counted (IAM).
pub const INLINE_CHARACTERS: usize = 10_240;

/// What is allowed, and what is denied whatever else allows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub grants: Vec<Grant>,
    /// The ARN of the permissions boundary that every role keeps.
    pub boundary: Option<String>,
}

impl Policy {
    pub(super) fn new(grants: Vec<Grant>, boundary: Option<&str>) -> Self {
        Self { grants, boundary: boundary.map(str::to_owned) }
    }

    /// The IAM policy document.
    #[must_use]
    pub fn document(&self) -> Value {
        document(self.statements())
    }

    /// The characters that IAM counts: all but blanks.
    #[must_use]
    pub fn characters(&self) -> usize {
        characters(&self.document())
    }

    /// The document in parts that each fit into a managed policy.
    #[must_use]
    pub fn parts(&self) -> Vec<Value> {
        let mut parts: Vec<Vec<Value>> = vec![Vec::new()];
        for statement in self.statements() {
            let last = parts.len() - 1;
            let mut longer = parts[last].clone();
            longer.push(statement.clone());
            if characters(&document(longer.clone())) <= MANAGED_CHARACTERS || parts[last].is_empty() {
                parts[last] = longer;
            } else {
                parts.push(vec![statement]);
            }
        }
        parts.into_iter().map(document).collect()
    }

    fn statements(&self) -> Vec<Value> {
        let mut statements: Vec<Value> = self.boundary.iter().flat_map(|arn| keep(arn)).collect();
        let mut sids: BTreeMap<String, usize> = BTreeMap::new();
        for ((condition, resources), actions) in self.merged() {
            let count = sids.entry(sid(&actions, &condition)).or_default();
            *count += 1;
            let number = if *count == 1 { String::new() } else { count.to_string() };
            let mut statement = json!({
                "Sid": sid(&actions, &condition) + &number,
                "Effect": "Allow",
                "Action": one_or_all(&actions.into_iter().collect::<Vec<_>>()),
                "Resource": one_or_all(&resources.into_iter().collect::<Vec<_>>()),
            });
            if !condition.is_empty() {
                statement["Condition"] = condition_json(&condition);
            }
            statements.push(statement);
        }
        statements
    }

    /// Actions by what they are allowed on, and under which condition; each action in few statements.
    fn merged(&self) -> Vec<Merged> {
        let mut by_action: BTreeMap<(&str, &Condition), BTreeSet<&String>> = BTreeMap::new();
        for grant in &self.grants {
            let key = (grant.action.as_str(), &grant.condition);
            by_action.entry(key).or_default().extend(&grant.resources);
        }
        let free = Condition::new();
        let mut merged = Statements::new();
        for ((action, condition), resources) in &by_action {
            // What is allowed without a condition needs no second statement with one.
            let covered = by_action.get(&(*action, &free)).filter(|_| !condition.is_empty());
            let everything = covered.is_some_and(|covered| covered.iter().any(|arn| *arn == "*"));
            let left: BTreeSet<String> = resources
                .iter()
                .filter(|arn| !everything && !covered.is_some_and(|covered| covered.contains(*arn)))
                .map(|arn| (*arn).clone())
                .collect();
            if !left.is_empty() {
                // Services apart, but for what is allowed on everything: that is one statement for all.
                let service = action.split(':').next().unwrap_or_default();
                let service = if left.contains("*") { "" } else { service };
                let key = (service.to_owned(), (*condition).clone(), left);
                merged.entry(key).or_default().insert((*action).to_owned());
            }
        }
        together(merged)
    }
}

/// A condition with the resources it is for, and the actions that are allowed so.
type Merged = ((Condition, BTreeSet<String>), BTreeSet<String>);

type Statements = BTreeMap<(String, Condition, BTreeSet<String>), BTreeSet<String>>;

fn together(merged: Statements) -> Vec<Merged> {
    let mut together = Statements::new();
    for ((service, condition, resources), actions) in merged {
        // What CloudFormation does to the stack's own resources of one service: an action fits one type of them
        // only, so that its statement may name the others too.
        let same = together.iter().find(|((other, same, names), _)| {
            is_through(&condition)
                && (other, same) == (&service, &condition)
                && !names.contains("*")
                && !resources.contains("*")
        });
        let (mut resources, mut actions) = (resources, actions);
        if let Some(key) = same.map(|(key, _)| key.clone()) {
            actions.extend(together.remove(&key).unwrap_or_default());
            resources.extend(key.2);
        }
        together.entry((service, condition, resources)).or_default().extend(actions);
    }
    together.into_iter().map(|((_, condition, left), actions)| ((condition, left), actions)).collect()
}

/// Nobody takes the boundary off a role, puts another on, or changes the boundary itself.
fn keep(boundary: &str) -> [Value; 3] {
    [
        json!({
            "Sid": "KeepBoundary", "Effect": "Deny",
            "Action": "iam:DeleteRolePermissionsBoundary", "Resource": "*",
        }),
        json!({
            "Sid": "NoOtherBoundary", "Effect": "Deny",
            "Action": "iam:PutRolePermissionsBoundary", "Resource": "*",
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": boundary}},
        }),
        json!({
            "Sid": "KeepBoundaryPolicy", "Effect": "Deny",
            "Action": [
                "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ],
            "Resource": boundary,
        }),
    ]
}

/// `Sqs`, `SqsByCloudFormation`; `Any` where services are together.
fn sid(actions: &BTreeSet<String>, condition: &Condition) -> String {
    let services: BTreeSet<&str> = actions.iter().filter_map(|action| action.split(':').next()).collect();
    let service = match services.iter().collect::<Vec<_>>().as_slice() {
        [one] => (*one).to_string(),
        _ => "any".to_owned(),
    };
    let mut letters = service.chars();
    let service: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if is_through(condition) { service + "ByCloudFormation" } else { service }
}

/// Whether only CloudFormation may make the call.
fn is_through(condition: &Condition) -> bool {
    condition.get("StringEquals").is_some_and(|keys| keys.contains_key("aws:CalledViaFirst"))
}

fn one_or_all(list: &[String]) -> Value {
    match list {
        [one] => json!(one),
        all => json!(all),
    }
}

fn condition_json(condition: &Condition) -> Value {
    let keys = |keys: &BTreeMap<String, Vec<String>>| -> Value {
        keys.iter().map(|(key, values)| (key.clone(), one_or_all(values))).collect()
    };
    condition.iter().map(|(operator, tests)| ((*operator).to_owned(), keys(tests))).collect()
}

fn document(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn characters(document: &Value) -> usize {
    document.to_string().chars().filter(|character| !character.is_whitespace()).count()
}
