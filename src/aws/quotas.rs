//! The account's concurrency, as Lambda reports it.

use super::Clients;
use super::error::missing;
use crate::stack::CallError;

impl Clients {
    /// The quota of concurrent executions of all functions of the account in the region.
    ///
    /// # Errors
    /// That of the call.
    pub async fn concurrent_executions(&self) -> Result<u32, CallError> {
        let operation = "lambda:GetAccountSettings";
        let answer = self.lambda.get_account_settings().send().await;
        let answer = answer.map_err(|error| self.call_error(operation, &error))?;
        let limit = answer.account_limit.map(|limit| limit.concurrent_executions);
        limit.and_then(|limit| u32::try_from(limit).ok()).ok_or_else(|| missing(operation, "AccountLimit"))
    }
}
