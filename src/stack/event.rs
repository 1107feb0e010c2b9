/// One event of a stack's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackEvent {
    pub id: String,
    /// Seconds since the epoch, by the service's clock.
    pub at: i64,
    pub logical_id: String,
    pub physical_id: String,
    pub resource_type: String,
    /// `CREATE_IN_PROGRESS`, `UPDATE_FAILED` and the like.
    pub status: String,
    pub reason: Option<String>,
    /// The token of the call that started this event's operation.
    pub token: Option<String>,
}

/// A finding of CloudFormation's pre-deployment validation for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationFinding {
    pub logical_id: String,
    /// The location in the template, such as `/Resources/Queue/Properties/VisibilityTimeout`; may be empty.
    pub path: String,
    pub reason: String,
}

impl StackEvent {
    /// Whether the event is about the stack itself rather than one of its resources.
    #[must_use]
    pub fn is_stack(&self) -> bool {
        self.resource_type == "AWS::CloudFormation::Stack"
    }

    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.status.ends_with("_FAILED")
    }

    /// Whether the resource failed only because another one did, and so hides the cause.
    #[must_use]
    pub fn is_consequence(&self) -> bool {
        self.reason.as_deref().is_some_and(|reason| {
            reason.ends_with("cancelled") || reason.starts_with("The following resource(s) failed")
        })
    }
}
