use super::Clients;
use crate::stack::CallError;

/// Whose credentials these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    pub arn: String,
}

impl Clients {
    /// # Errors
    /// No credentials, or the service is out of reach.
    pub async fn identity(&self) -> Result<Identity, CallError> {
        let answer = self
            .sts
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| self.call_error("sts:GetCallerIdentity", &error))?;
        Ok(Identity { account: answer.account.unwrap_or_default(), arn: answer.arn.unwrap_or_default() })
    }
}
