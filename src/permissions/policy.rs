//! Calls and handlers → policy documents, within IAM's limits of size.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Condition, Grant};

/// Most characters of a managed policy, without blanks (IAM).
pub const MANAGED_CHARACTERS: usize = 6_144;
/// Most characters of all inline policies of a role, without blanks (IAM).
pub const INLINE_CHARACTERS: usize = 10_240;

/// The allowed actions, and the actions that are denied whatever else allows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub grants: Vec<Grant>,
    /// The ARN of the permissions boundary that every role must have.
    pub boundary: Option<String>,
    /// The ARN of the resources that do not belong to the stack: only actions granted by name are allowed on them.
    not_ours: Option<String>,
}

impl Policy {
    pub(super) fn new(grants: Vec<Grant>, boundary: Option<&str>) -> Self {
        Self { grants, boundary: boundary.map(str::to_owned), not_ours: None }
    }

    /// The same, with resources that others use too.
    pub(super) fn beside(self, not_ours: Option<String>) -> Self {
        Self { not_ours, ..self }
    }

    /// The IAM policy document.
    #[must_use]
    pub fn document(&self) -> Value {
        document(self.statements())
    }

    /// The characters that IAM counts: all except blanks.
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
        for allowed in self.allowed() {
            let sid = allowed.sid();
            let count = sids.entry(sid.clone()).or_default();
            *count += 1;
            let number = if *count == 1 { String::new() } else { count.to_string() };
            statements.push(allowed.statement(&(sid + &number)));
        }
        statements
    }

    /// The grants in few statements: by service, condition and resources.
    fn allowed(&self) -> Vec<Allowed> {
        let mut by_action: BTreeMap<(&str, &Condition), BTreeSet<&str>> = BTreeMap::new();
        for grant in &self.grants {
            let key = (grant.action.as_str(), &grant.condition);
            by_action.entry(key).or_default().extend(grant.resources.iter().map(String::as_str));
        }
        let free = Condition::new();
        let mut all: Vec<Allowed> = Vec::new();
        for ((action, condition), resources) in &by_action {
            // An action allowed without a condition needs no second statement with one.
            let covered = by_action.get(&(*action, &free)).filter(|_| !condition.is_empty());
            let covers = |arn: &str| covered.is_some_and(|arns| arns.contains("*") || arns.contains(arn));
            let left: BTreeSet<String> =
                resources.iter().filter(|arn| !covers(arn)).map(|arn| (*arn).to_owned()).collect();
            let (theirs, left): (BTreeSet<String>, BTreeSet<String>) =
                left.into_iter().partition(|arn| self.not_ours.as_ref() == Some(arn));
            for (resources, is_ours) in [(left, true), (theirs, false)] {
                if resources.is_empty() {
                    continue;
                }
                gather(&mut all, Allowed::new(action, condition, resources, is_ours));
            }
        }
        all.sort_by(|left, right| left.order().cmp(&right.order()));
        all
    }
}

fn gather(all: &mut Vec<Allowed>, one: Allowed) {
    match all.iter_mut().find(|other| other.takes(&one)) {
        Some(other) => {
            other.actions.extend(one.actions);
            other.resources.extend(one.resources);
        }
        None => all.push(one),
    }
}

/// A statement that allows.
struct Allowed {
    /// Empty if it is for several.
    service: String,
    condition: Condition,
    resources: BTreeSet<String>,
    actions: BTreeSet<String>,
    /// Whether the resources belong to the stack.
    is_ours: bool,
}

impl Allowed {
    fn new(action: &str, condition: &Condition, resources: BTreeSet<String>, is_ours: bool) -> Self {
        // Services are separate, except for actions on everything, which share one statement.
        let service = if resources.contains("*") { "" } else { action.split(':').next().unwrap_or_default() };
        let actions = BTreeSet::from([action.to_owned()]);
        Self { service: service.to_owned(), condition: condition.clone(), resources, actions, is_ours }
    }

    fn order(&self) -> (&str, &Condition, &BTreeSet<String>) {
        (&self.service, &self.condition, &self.resources)
    }

    /// Whether one statement can cover both. CloudFormation's actions on the stack's own resources of one service are
    /// combined: an action applies to one type of them only, so that its statement may name the others too.
    fn takes(&self, other: &Self) -> bool {
        let alike = self.service == other.service
            && self.condition == other.condition
            && self.is_ours == other.is_ours;
        alike && (self.resources == other.resources || self.is_through() && !self.resources.contains("*"))
    }

    /// Whether only CloudFormation may make the calls.
    fn is_through(&self) -> bool {
        self.condition.get("StringEquals").is_some_and(|keys| keys.contains_key("aws:CalledViaFirst"))
    }

    /// `Sqs`, `SqsByCloudFormation`; `Any` for combined services.
    fn sid(&self) -> String {
        let mut characters = if self.service.is_empty() { "any" } else { &self.service }.chars();
        let service: String =
            characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect();
        if self.is_through() { service + "ByCloudFormation" } else { service }
    }

    fn statement(self, sid: &str) -> Value {
        let list = |set: BTreeSet<String>| one_or_all(&set.into_iter().collect::<Vec<_>>());
        let mut statement = json!({
            "Sid": sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        });
        if !self.condition.is_empty() {
            statement["Condition"] = condition_json(&self.condition);
        }
        statement
    }
}

/// Nobody may remove the boundary from a role, replace it, or change the boundary itself.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::{By, Command};

    fn grant(action: &str, resource: &str, through: bool) -> Grant {
        let mut condition = Condition::new();
        if through {
            let keys = BTreeMap::from([("aws:CalledViaFirst".to_owned(), vec!["c".to_owned()])]);
            condition.insert("StringEquals", keys);
        }
        Grant {
            action: action.to_owned(),
            resources: BTreeSet::from([resource.to_owned()]),
            condition,
            commands: BTreeSet::from([Command::Apply]),
            by: By::Pipectl,
            optional: false,
        }
    }

    #[test]
    fn unconditional_permissions_are_not_repeated_and_the_others_are_merged() {
        let grants = vec![
            grant("sqs:Get", "q1", false),
            grant("sqs:Get", "q1", true),
            grant("sqs:Get", "q2", true),
            grant("sqs:Tag", "q1", true),
            grant("sns:Get", "*", true),
            grant("sns:Get", "*", false),
        ];
        let document = Policy::new(grants, None).document();
        assert_eq!(
            document["Statement"],
            json!([
                {"Sid": "Any", "Effect": "Allow", "Action": "sns:Get", "Resource": "*"},
                {"Sid": "Sqs", "Effect": "Allow", "Action": "sqs:Get", "Resource": "q1"},
                {"Sid": "SqsByCloudFormation", "Effect": "Allow", "Action": ["sqs:Get", "sqs:Tag"],
                 "Resource": ["q1", "q2"], "Condition": {"StringEquals": {"aws:CalledViaFirst": "c"}}},
            ])
        );
    }

    #[test]
    fn parts_fit_and_lose_nothing() {
        let grants = (0..400).map(|number| grant("sqs:Get", &format!("queue-{number:040}"), false));
        let more = (0..100).map(|number| grant("sns:Get", &format!("topic-{number:040}"), false));
        // One statement that is too long for any part stays whole: IAM reports it, and nothing is left out.
        let policy = Policy::new(grants.chain(more).collect(), Some("arn"));
        let parts = policy.parts();
        let count: usize = parts.iter().map(|part| part["Statement"].as_array().map_or(0, Vec::len)).sum();
        assert_eq!(count, policy.document()["Statement"].as_array().map_or(0, Vec::len));
        assert!(characters(&parts[0]) <= MANAGED_CHARACTERS);
    }
}
