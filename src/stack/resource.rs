/// A resource in the stack's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    pub logical_id: String,
    /// Its name or ARN; empty if it was never created.
    pub physical_id: String,
    pub resource_type: String,
    /// `CREATE_COMPLETE`, `UPDATE_FAILED` and the like.
    pub status: String,
    pub reason: Option<String>,
}

impl StackResource {
    /// Whether it has anything to lose.
    #[must_use]
    pub fn exists(&self) -> bool {
        !self.physical_id.is_empty() && !matches!(self.status.as_str(), "DELETE_COMPLETE" | "DELETE_SKIPPED")
    }
}
