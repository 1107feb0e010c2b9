//! One action that a policy allows: on which resources, and under which condition.

use std::collections::{BTreeMap, BTreeSet};

use super::Command;

/// `{"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com"]}}`.
pub type Condition = BTreeMap<&'static str, BTreeMap<String, Vec<String>>>;

/// One action that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `sqs:SendMessage`.
    pub action: String,
    /// ARNs, or `*`.
    pub resources: BTreeSet<String>,
    pub condition: Condition,
    /// The commands that need it.
    pub commands: BTreeSet<Command>,
    pub by: By,
    /// Whether pipectl continues without it.
    pub optional: bool,
}

impl Grant {
    /// `sqs` of `sqs:SendMessage`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.action.split_once(':').map_or(self.action.as_str(), |(service, _)| service)
    }
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    Pipectl,
    /// CloudFormation, as the caller, for resources of this type.
    CloudFormation(&'static str),
}

/// Adds `operator: {key: values}`.
pub(super) fn add(condition: &mut Condition, operator: &'static str, key: &str, values: &[String]) {
    condition.entry(operator).or_default().insert(key.to_owned(), values.to_vec());
}
