//! All stacks of an account and region.

use super::Clients;
use super::cloudformation_types::stack;
use super::error::missing;
use crate::stack::{CallError, FleetApi, ListedStack};

impl FleetApi for Clients {
    async fn stacks(&self) -> Result<Vec<ListedStack>, CallError> {
        let operation = "cloudformation:DescribeStacks";
        let mut pages = self.pages(operation);
        let (mut stacks, mut token) = (Vec::new(), None);
        loop {
            let answer = self.cloudformation.describe_stacks().set_next_token(token).send().await;
            let answer = answer.map_err(|error| self.call_error(operation, &error))?;
            for described in answer.stacks.ok_or_else(|| missing(operation, "Stacks"))? {
                let changed = described.last_updated_time.or(described.creation_time);
                let within = [&described.parent_id, &described.root_id];
                let is_nested = within.into_iter().flatten().any(|id| !id.is_empty());
                let stack = stack(described).map_err(|field| missing(operation, field))?;
                stacks.push(ListedStack { stack, changed_at: changed.map(|at| at.secs()), is_nested });
            }
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                return Ok(stacks);
            }
        }
    }
}
