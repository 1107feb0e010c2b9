/// A change set as CloudFormation describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// The ARN.
    pub id: String,
    pub status: ChangeSetStatus,
    pub changes: Vec<ResourceChange>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeSetStatus {
    Pending,
    /// It can be executed.
    Ready,
    /// The template equals the deployed one.
    Empty,
    Failed {
        reason: String,
    },
}

impl ChangeSetStatus {
    /// From the service's status and reason. An empty change set is reported as a failure, and can only be recognised by
    /// one of two messages, which is why only this function knows them.
    #[must_use]
    pub fn new(status: &str, reason: Option<&str>) -> Self {
        let reason = reason.unwrap_or_default();
        match status {
            "CREATE_COMPLETE" => Self::Ready,
            "FAILED" | "DELETE_FAILED" => {
                let empty = reason.starts_with("The submitted information didn't contain changes")
                    || reason.starts_with("No updates are to be performed");
                if empty { Self::Empty } else { Self::Failed { reason: reason.to_owned() } }
            }
            _ => Self::Pending,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceChange {
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub action: ChangeAction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeAction {
    Add,
    Modify,
    /// A modification that certainly replaces the resource.
    Replace,
    Remove,
    /// An existing resource becomes part of the stack.
    Import,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_wordings_of_an_empty_change_set_are_known() {
        for reason in [
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            "No updates are to be performed.",
        ] {
            assert_eq!(ChangeSetStatus::new("FAILED", Some(reason)), ChangeSetStatus::Empty);
        }
        let failed = ChangeSetStatus::new("FAILED", Some("Export 'x' not found"));
        assert_eq!(failed, ChangeSetStatus::Failed { reason: "Export 'x' not found".to_owned() });
    }
}
