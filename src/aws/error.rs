use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::Clients;
use crate::stack::{CallError, CallErrorKind};

impl Clients {
    /// An SDK error as ours. `operation` is the action's name in IAM. Silence of the local cloud is another fault than
    /// silence of AWS: there is no network between.
    pub(super) fn call_error<E, R>(&self, operation: &str, error: &SdkError<E, R>) -> CallError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        let mut error = call_error(operation, error);
        if self.is_local() && error.kind == CallErrorKind::Unreachable {
            error.kind = CallErrorKind::LocalUnreachable;
        }
        error
    }
}

fn call_error<E, R>(operation: &str, error: &SdkError<E, R>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            let code = context.err().code().unwrap_or("unknown error");
            let message = context.err().message().unwrap_or("no message");
            CallError::new(kind(code, message), operation, format!("{message} ({code})"))
        }
        SdkError::DispatchFailure(failure) => {
            let words = DisplayErrorContext(error).to_string();
            let credentials = !failure.is_io() && !failure.is_timeout() && mentions_credentials(&words);
            let kind = if credentials { CallErrorKind::NoCredentials } else { CallErrorKind::Unreachable };
            let message =
                if credentials { "no usable credentials were found".to_owned() } else { innermost(error) };
            CallError::new(kind, operation, message)
        }
        SdkError::TimeoutError(_) => {
            CallError::new(CallErrorKind::Unreachable, operation, "no answer in time")
        }
        SdkError::ConstructionFailure(_) => {
            let words = DisplayErrorContext(error).to_string();
            if mentions_credentials(&words) {
                CallError::new(CallErrorKind::NoCredentials, operation, "no usable credentials were found")
            } else {
                CallError::new(CallErrorKind::Refused, operation, innermost(error))
            }
        }
        // An answer that is not the service's: a proxy's page, a connection cut in the middle.
        _ => CallError::new(CallErrorKind::Unreachable, operation, innermost(error)),
    }
}

fn mentions_credentials(words: &str) -> bool {
    let words = words.to_lowercase();
    words.contains("credential") || words.contains("sso") || words.contains("identity resolver")
}

fn kind(code: &str, message: &str) -> CallErrorKind {
    match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeyId" => CallErrorKind::NoCredentials,
        "AccessDenied" | "AccessDeniedException" | "AuthorizationError" | "UnauthorizedOperation" => {
            CallErrorKind::Denied
        }
        "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "RequestThrottled"
        | "ServiceUnavailable"
        | "InternalFailure"
        | "InternalError" => CallErrorKind::Throttled,
        "AlreadyExistsException"
        | "ResourceAlreadyExistsException"
        | "BucketAlreadyOwnedByYou"
        | "PreconditionFailed" => CallErrorKind::AlreadyExists,
        "ResourceNotFoundException"
        // Of CloudWatch's dashboards.
        | "ResourceNotFound"
        | "NoSuchBucket"
        | "NotFound"
        | "NotFoundException"
        | "NoSuchKey"
        | "ChangeSetNotFound"
        | "ChangeSetNotFoundException"
        | "AWS.SimpleQueueService.NonExistentQueue"
        | "QueueDoesNotExist" => CallErrorKind::NotFound,
        "OperationInProgressException" | "InvalidChangeSetStatus" | "OperationStatusCheckFailedException" => {
            CallErrorKind::Busy
        }
        "ValidationError"
            if message.contains("_IN_PROGRESS state") || message.contains("cannot be created again") =>
        {
            CallErrorKind::Busy
        }
        // CloudFormation has no error of its own for a stack that is not there.
        "ValidationError" if message.contains("does not exist") => CallErrorKind::NotFound,
        _ => CallErrorKind::Refused,
    }
}

/// The deepest reason of an error chain: `connection refused` rather than `dispatch failure`.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string().to_lowercase()
}
