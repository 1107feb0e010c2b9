/// A resource of a stack, as the stack knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    pub logical_id: String,
    /// Its name or ARN; empty where it was never made.
    pub physical_id: String,
    pub resource_type: String,
    /// `CREATE_COMPLETE`, `UPDATE_FAILED` and the like.
    pub status: String,
    pub reason: Option<String>,
}

impl StackResource {
    /// Whether there is something of it to lose.
    #[must_use]
    pub fn exists(&self) -> bool {
        !self.physical_id.is_empty() && !matches!(self.status.as_str(), "DELETE_COMPLETE" | "DELETE_SKIPPED")
    }
}
