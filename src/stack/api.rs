//! The interface to CloudFormation.

use std::collections::BTreeMap;

use super::{CallError, ChangeSet, Stack, StackEvent, ValidationFinding};

/// The content of a change set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSetRequest {
    pub stack: String,
    /// At most 128 characters; unique within the stack.
    pub name: String,
    /// Makes a repeated call the same operation.
    pub token: String,
    /// Whether the stack does not exist yet, or only as the remains of a review.
    pub creates: bool,
    /// Whether a failed first creation retains what its template retains: its rollback then does not delete resources
    /// that cannot be deleted, or are not its own.
    pub keeps_on_failure: bool,
    pub template: TemplateSource,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub role_arn: Option<String>,
    /// Whether the template names a role, which requires a stronger capability.
    pub names_a_role: bool,
    /// Whether there are macros, which require a capability of their own.
    pub has_macros: bool,
    /// Alarms that roll the operation back. `None`: those of the stack's last operation, if it had any; an empty list:
    /// none any more.
    pub watch: Option<RollbackWatch>,
    /// Whether the operation ends once everything is configured, without waiting until it is ready.
    pub express: bool,
    /// Whether it compares with the existing resources, and reverts changes that were made without the stack.
    pub reverts_drift: bool,
    /// Resources without a stack that this stack imports. If there are any, the template has no other new resources.
    pub imports: Vec<ResourceToImport>,
}

/// An existing resource, and how CloudFormation finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceToImport {
    pub logical_id: String,
    pub resource_type: String,
    /// The property by which it is found.
    pub identifier: String,
    pub physical_id: String,
}

/// How a stack is deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deletion {
    /// Logical ids of retained resources; CloudFormation accepts them only after a failed deletion.
    pub retain: Vec<String>,
    /// Whether the stack is deleted although some resources cannot be; only after a failed deletion.
    pub force: bool,
}

/// Alarms that roll an operation back, during it and for some time after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackWatch {
    /// ARNs of at most five alarms (CloudFormation) that exist.
    pub alarms: Vec<String>,
    /// At most 180 (CloudFormation).
    pub minutes: u8,
}

impl RollbackWatch {
    /// Clears the alarms of the stack's last operation.
    #[must_use]
    pub fn nothing() -> Self {
        Self { alarms: Vec::new(), minutes: 0 }
    }
}

/// How CloudFormation gets the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateSource {
    Inline(String),
    /// In a bucket, because it is larger than a call allows.
    Url(String),
    /// The deployed one.
    Deployed,
}

/// The calls to CloudFormation that plan and apply make. A stack or a change set can be given by name or id.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait StackApi {
    /// `None` if there is no such stack.
    async fn stack(&self, name: &str) -> Result<Option<Stack>, CallError>;
    /// The id of the stack of this name that was deleted last; CloudFormation lists it for 90 days.
    async fn deleted_stack(&self, name: &str) -> Result<Option<String>, CallError>;
    /// The template as it was submitted.
    async fn template(&self, stack: &str) -> Result<String, CallError>;
    /// Returns the new change set's id.
    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<String, CallError>;
    /// By the stack's name and the change set's id: IAM decides by the stack if a call names it.
    async fn change_set(&self, stack: &str, id: &str) -> Result<ChangeSet, CallError>;
    /// `creates`: a failed creation also deletes retained resources, which have no data yet.
    async fn execute_change_set(
        &self,
        stack: &str,
        id: &str,
        token: &str,
        creates: bool,
    ) -> Result<(), CallError>;
    async fn delete_change_set(&self, stack: &str, id: &str) -> Result<(), CallError>;
    /// Events newer than the one with id `after`, oldest first; all of them if `after` is `None`.
    async fn events_after(&self, stack: &str, after: Option<&str>) -> Result<Vec<StackEvent>, CallError>;
    /// The newest events, newest first: a page of about a hundred.
    async fn recent_events(&self, stack: &str) -> Result<Vec<StackEvent>, CallError>;
    /// The id of the newest event, if any.
    async fn newest_event(&self, stack: &str) -> Result<Option<String>, CallError> {
        Ok(self.recent_events(stack).await?.into_iter().next().map(|event| event.id))
    }
    /// The service's findings about a change set before anything was changed, from `DescribeEvents`.
    async fn validation_findings(&self, change_set: &str) -> Result<Vec<ValidationFinding>, CallError>;
    /// The stack policy, if there is one.
    async fn stack_policy(&self, stack: &str) -> Result<Option<String>, CallError>;
    async fn set_stack_policy(&self, stack: &str, policy: &str) -> Result<(), CallError>;
    async fn delete_stack(
        &self,
        stack: &str,
        token: &str,
        role_arn: Option<&str>,
        deletion: &Deletion,
    ) -> Result<(), CallError>;
    /// Retries a failed rollback; the resources in `skip` count as rolled back.
    async fn continue_update_rollback(
        &self,
        stack: &str,
        skip: &[String],
        token: &str,
        role_arn: Option<&str>,
    ) -> Result<(), CallError>;
    /// Rolls back a failed update that was left unchanged.
    async fn rollback_stack(&self, stack: &str, token: &str, role_arn: Option<&str>)
    -> Result<(), CallError>;
    async fn protect_from_termination(&self, stack: &str, protect: bool) -> Result<(), CallError>;
}
