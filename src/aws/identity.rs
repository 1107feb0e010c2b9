use super::Clients;
use super::error::required;
use crate::stack::CallError;

/// The caller's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account id, twelve digits.
    pub account: String,
    pub arn: String,
}

impl Clients {
    /// The identity of the caller.
    ///
    /// # Errors
    /// No credentials, or the service is unreachable.
    pub async fn identity(&self) -> Result<Identity, CallError> {
        let operation = "sts:GetCallerIdentity";
        let answer = self.sts.get_caller_identity().send().await;
        let answer = answer.map_err(|error| self.call_error(operation, &error))?;
        // It becomes a part of names and ARNs.
        let account =
            answer.account.filter(|id| id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit()));
        let account = required(operation, "Account", account)?;
        Ok(Identity { account, arn: required(operation, "Arn", answer.arn)? })
    }
}
