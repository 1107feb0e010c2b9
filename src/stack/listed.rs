//! A stack in a list of stacks.

use super::{CallError, Stack};

/// A stack among all stacks of an account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedStack {
    pub stack: Stack,
    /// When its last operation began, in seconds since 1970.
    pub changed_at: Option<i64>,
    /// Whether it is a nested stack, which has the tags of its parent.
    pub is_nested: bool,
}

/// All stacks of an account and region, without deleted ones.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait FleetApi {
    async fn stacks(&self) -> Result<Vec<ListedStack>, CallError>;
}
