//! A failed call to AWS: its kind, and what to do.

use super::Answer;
use super::denial::Denial;
use crate::diagnostic::{Code, Diagnostic, Exit, Failure, codes};

/// A failed call to AWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{operation}` failed: {message}{}", answer.as_ref().map(|answer| format!(", {answer}")).unwrap_or_default())]
pub struct CallError {
    pub kind: CallErrorKind,
    /// `cloudformation:CreateChangeSet` and the like: the name in IAM.
    pub operation: String,
    /// The service's message, or the connector's if no service was reached.
    pub message: String,
    /// `None` if no service answered.
    pub answer: Option<Box<Answer>>,
    /// What to do, if more is known than from the kind.
    pub help: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The user's configuration: no credentials, or expired ones.
    NoCredentials,
    /// The caller lacks a permission.
    Denied,
    /// Too many calls; a later retry helps.
    Throttled,
    /// No answer: network, proxy, endpoint.
    Unreachable,
    /// The local cloud does not answer: it was stopped or killed.
    LocalUnreachable,
    /// The answer is not one of the service: truncated, of another form, or from another server. A retry gives the same.
    Broken,
    NotFound,
    AlreadyExists,
    /// Another operation is running on the stack, or has invalidated the change set.
    Busy,
    /// The pages of the answer do not end.
    Endless,
    /// Any other refusal of the service.
    Refused,
}

impl CallError {
    #[must_use]
    pub fn new(kind: CallErrorKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, operation: operation.into(), message: message.into(), answer: None, help: None }
    }

    #[must_use]
    pub fn answered(self, answer: Answer) -> Self {
        Self { answer: Some(Box::new(answer)), ..self }
    }

    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Whether the same call may succeed a little later, so that a command that only watches should continue.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(
            self.kind,
            CallErrorKind::Throttled | CallErrorKind::Unreachable | CallErrorKind::LocalUnreachable
        )
    }

    /// Whether no service answered.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self.kind,
            CallErrorKind::Unreachable | CallErrorKind::LocalUnreachable | CallErrorKind::Broken
        )
    }

    fn code(&self) -> Code {
        match self.kind {
            CallErrorKind::Busy => codes::STACK_BUSY,
            CallErrorKind::NoCredentials => codes::AWS_NO_CREDENTIALS,
            CallErrorKind::Denied => codes::AWS_DENIED,
            CallErrorKind::Unreachable | CallErrorKind::Broken => codes::AWS_UNREACHABLE,
            CallErrorKind::LocalUnreachable => codes::LOCAL_UNAVAILABLE,
            _ => codes::AWS_CALL_FAILED,
        }
    }

    fn help(&self) -> String {
        if let Some(help) = &self.help {
            return help.clone();
        }
        match self.kind {
            CallErrorKind::NoCredentials => {
                "run `aws login`, `aws sso login` or `aws configure`, or choose a profile with `--profile`; without an account, use `--local`".to_owned()
            }
            CallErrorKind::Denied => self.denied_help(),
            CallErrorKind::Busy => {
                "run the same command again: it follows the running operation to its end first".to_owned()
            }
            CallErrorKind::Throttled => "wait a minute and run the same command again".to_owned(),
            CallErrorKind::Unreachable => {
                "check the network, the proxy and `--endpoint-url`, then run the same command again".to_owned()
            }
            CallErrorKind::Broken => {
                "check what `--endpoint-url` and the proxy lead to, then run the same command again".to_owned()
            }
            CallErrorKind::Endless => {
                "this response is not from AWS: check `--endpoint-url`, `AWS_ENDPOINT_URL` and the proxy".to_owned()
            }
            CallErrorKind::LocalUnreachable => {
                "run the same command again: it restarts the local cloud and continues; `pipectl local logs` shows why it stopped".to_owned()
            }
            CallErrorKind::Refused if self.operation == "cloudformation:CreateChangeSet" => {
                "nothing was changed; fix what CloudFormation names in the spec or in your templates: `pipectl render SPEC` shows the template".to_owned()
            }
            CallErrorKind::NotFound | CallErrorKind::AlreadyExists | CallErrorKind::Refused => {
                "fix what the service names; until then the same call is refused again".to_owned()
            }
        }
    }

    fn denied_help(&self) -> String {
        let denial = Denial::read(&self.message);
        let action = denial.action.unwrap_or(&self.operation);
        if let Some(policy) = denial.denied_by {
            return format!(
                "`{action}` is denied by {policy}, which no other policy can override: ask its owner"
            );
        }
        let on = denial.resource.map(|arn| format!(" on `{arn}`")).unwrap_or_default();
        let why = if denial.encoded {
            "; `aws sts decode-authorization-message --encoded-message …` shows which policy is missing"
        } else {
            ""
        };
        format!(
            "allow the action `{action}`{on} for the caller{why}; `pipectl permissions SPEC` prints the whole policy"
        )
    }
}

impl From<CallError> for Diagnostic {
    fn from(error: CallError) -> Self {
        let message = match error.kind {
            CallErrorKind::LocalUnreachable => format!("the local cloud stopped answering: {error}"),
            _ => error.to_string(),
        };
        Self::error(error.code(), message).help(error.help())
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let exit = if error.kind == CallErrorKind::Busy { Exit::Busy } else { Exit::Failed };
        Self::new(exit, error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Running the same command again is advised only if the service may answer otherwise.
    #[test]
    fn what_the_service_refuses_is_not_tried_again() {
        use CallErrorKind::{
            AlreadyExists, Broken, Busy, LocalUnreachable, NotFound, Refused, Throttled, Unreachable,
        };
        let advises = |kind, operation| {
            let help = CallError::new(kind, operation, "no").help();
            help.contains("run the same command again") || help.contains("may be run again")
        };
        for kind in [Broken, Busy, LocalUnreachable, Throttled, Unreachable] {
            assert!(advises(kind, "cloudformation:CreateChangeSet"), "{kind:?}");
        }
        for kind in [AlreadyExists, NotFound, Refused] {
            assert!(!advises(kind, "cloudformation:CreateChangeSet"), "{kind:?}");
            assert!(!advises(kind, "dynamodb:UpdateTimeToLive"), "{kind:?}");
        }
    }
}
