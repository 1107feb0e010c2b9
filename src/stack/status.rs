use std::fmt;

/// The states of a stack, as the service spells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackStatus(String);

/// What a state allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Only a change set of type CREATE exists: there are no resources yet.
    Reviewed,
    /// An operation is running; a second one would be refused.
    Running,
    /// The last operation succeeded, or was rolled back to a working state: an update may follow.
    Settled,
    /// The first creation was rolled back: only the name remains, which a deletion frees.
    NeverCreated,
    /// Neither update nor rollback can continue without help, and there may be resources left.
    Stuck,
    /// The stack was deleted.
    Deleted,
}

impl StackStatus {
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.0.as_str() {
            "REVIEW_IN_PROGRESS" => Phase::Reviewed,
            "DELETE_COMPLETE" => Phase::Deleted,
            "ROLLBACK_COMPLETE" => Phase::NeverCreated,
            "ROLLBACK_FAILED" | "CREATE_FAILED" => Phase::Stuck,
            "UPDATE_ROLLBACK_FAILED" | "UPDATE_FAILED" | "DELETE_FAILED" | "IMPORT_ROLLBACK_FAILED" => {
                Phase::Stuck
            }
            state if state.ends_with("_IN_PROGRESS") => Phase::Running,
            _ => Phase::Settled,
        }
    }

    /// Whether a stack in this state has the resources of a pipeline, or is creating them. The remains of a failed
    /// creation or deletion are not a pipeline.
    #[must_use]
    pub fn has_resources(&self) -> bool {
        !matches!(
            self.0.as_str(),
            "REVIEW_IN_PROGRESS"
                | "ROLLBACK_COMPLETE"
                | "ROLLBACK_IN_PROGRESS"
                | "ROLLBACK_FAILED"
                | "CREATE_FAILED"
                | "DELETE_IN_PROGRESS"
                | "DELETE_FAILED"
                | "DELETE_COMPLETE"
                | "IMPORT_ROLLBACK_FAILED"
        )
    }

    /// Whether the last operation did what was requested, and did not roll back.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(
            self.0.as_str(),
            "CREATE_COMPLETE"
                | "UPDATE_COMPLETE"
                | "IMPORT_COMPLETE"
                | "DELETE_COMPLETE"
                | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        )
    }
}

impl fmt::Display for StackStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every StackStatus of the service model.
    const PHASES: [(&str, Phase); 23] = [
        ("CREATE_IN_PROGRESS", Phase::Running),
        ("CREATE_FAILED", Phase::Stuck),
        ("CREATE_COMPLETE", Phase::Settled),
        ("ROLLBACK_IN_PROGRESS", Phase::Running),
        ("ROLLBACK_FAILED", Phase::Stuck),
        ("ROLLBACK_COMPLETE", Phase::NeverCreated),
        ("DELETE_IN_PROGRESS", Phase::Running),
        ("DELETE_FAILED", Phase::Stuck),
        ("DELETE_COMPLETE", Phase::Deleted),
        ("UPDATE_IN_PROGRESS", Phase::Running),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Phase::Running),
        ("UPDATE_COMPLETE", Phase::Settled),
        ("UPDATE_FAILED", Phase::Stuck),
        ("UPDATE_ROLLBACK_IN_PROGRESS", Phase::Running),
        ("UPDATE_ROLLBACK_FAILED", Phase::Stuck),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Phase::Running),
        ("UPDATE_ROLLBACK_COMPLETE", Phase::Settled),
        ("REVIEW_IN_PROGRESS", Phase::Reviewed),
        ("IMPORT_IN_PROGRESS", Phase::Running),
        ("IMPORT_COMPLETE", Phase::Settled),
        ("IMPORT_ROLLBACK_IN_PROGRESS", Phase::Running),
        ("IMPORT_ROLLBACK_FAILED", Phase::Stuck),
        ("IMPORT_ROLLBACK_COMPLETE", Phase::Settled),
    ];

    #[test]
    fn every_state_has_its_phase() {
        for (name, phase) in PHASES {
            assert_eq!(StackStatus::new(name).phase(), phase, "{name}");
        }
    }
}
