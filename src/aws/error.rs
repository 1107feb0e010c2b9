//! SDK errors → `CallError`, with the help for each kind.

use std::error::Error;

use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::Clients;
use super::no_credentials::no_credentials;
use super::wire::Unread;
use super::words::{begins, first_words, foreign, is_page, shortened, without_passwords};
use crate::stack::{Answer, CallError, CallErrorKind};

impl Clients {
    /// Converts an SDK error. `operation` is the action's name in IAM. A missing answer of the local cloud is a
    /// different error than one of AWS: the local cloud needs no network.
    pub(super) fn call_error<E>(&self, operation: &str, error: &SdkError<E, HttpResponse>) -> CallError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let Some(error) = no_credentials(operation, error, &self.source) {
            return self.with_connection_help(error);
        }
        match error {
            SdkError::ServiceError(context) => {
                let error = refused(operation, context.err(), context.raw());
                if error.is_unreachable() {
                    self.with_connection_help(error)
                } else {
                    error.with_source(&self.source)
                }
            }
            SdkError::ConstructionFailure(_) => {
                CallError::new(CallErrorKind::Refused, operation, innermost(error))
            }
            SdkError::TimeoutError(_) => self.with_connection_help(CallError::new(
                CallErrorKind::Unreachable,
                operation,
                "no response in time",
            )),
            // The answer is complete, but not the service's.
            SdkError::ResponseError(context) => {
                let error =
                    CallError::new(CallErrorKind::Broken, operation, unreadable(context.raw(), error));
                self.with_connection_help(error.answered(answer(context.raw())))
            }
            _ => {
                let reason = innermost(error);
                // The SDK's endpoint rules have no host for this.
                if reason.starts_with("invalid Configuration") {
                    return CallError::new(CallErrorKind::Refused, operation, reason).with_help(
                        "leave out `--endpoint-url`, or unset `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, \
                         also `use_fips_endpoint` and `use_dualstack_endpoint` of the profile",
                    );
                }
                let broken = chain(error).filter_map(|error| error.downcast_ref()).any(Unread::is_broken);
                let kind = if broken { CallErrorKind::Broken } else { CallErrorKind::Unreachable };
                self.with_connection_help(CallError::new(kind, operation, reason))
            }
        }
    }

    /// Adds the proxy to an error that it may have caused.
    fn with_connection_help(&self, mut error: CallError) -> CallError {
        if !error.is_unreachable() {
            return error;
        }
        if self.is_local() {
            if error.kind == CallErrorKind::Unreachable {
                error.kind = CallErrorKind::LocalUnreachable;
                return error;
            }
            return error.with_help(
                "another program answers there, or the local cloud is broken: run `pipectl local down`, then the same command again",
            );
        }
        if error.message.contains("certificate") {
            return error.with_help(
                "if a proxy inspects the traffic, put the certificates of its authority into a PEM file and set `AWS_CA_BUNDLE` to it; otherwise check this machine's clock",
            );
        }
        match &self.proxy {
            Some(proxy) => error.with_help(format!(
                "check the network and {}; `NO_PROXY` names hosts to reach without it",
                proxy.shown
            )),
            None => error,
        }
    }
}

/// Converts a service's error. S3 answers HEAD without a body, so only the status is available.
fn refused(operation: &str, error: &impl ProvideErrorMetadata, raw: &HttpResponse) -> CallError {
    let answer = answer(raw);
    let words = match (error.message(), error.code()) {
        (Some(message), Some(code)) => shortened(&format!("{message} ({code})")),
        (Some(message), None) => shortened(message),
        (None, Some(code)) => shortened(code),
        (None, None) if is_foreign(raw) => {
            // A proxy that temporarily cannot reach AWS answers with these.
            let passes = raw.status().as_u16() >= 500;
            let kind = if passes { CallErrorKind::Unreachable } else { CallErrorKind::Broken };
            return CallError::new(kind, operation, foreign_answer(raw)).answered(answer);
        }
        // Only S3's HEAD has nothing but a status.
        (None, None) if raw.status().as_u16() < 500 && !operation.starts_with("s3:") => {
            let words = format!("{}, without a code", meaning(raw));
            return CallError::new(CallErrorKind::Broken, operation, words).answered(answer);
        }
        (None, None) => format!("{}, without a message", meaning(raw)),
    };
    let kind = kind(error.code(), error.message().unwrap_or_default(), answer.status);
    CallError::new(kind, operation, words).answered(answer)
}

/// The meaning of a status without a body.
fn meaning(raw: &HttpResponse) -> String {
    let elsewhere = raw.headers().get("x-amz-bucket-region");
    match (raw.status().as_u16(), elsewhere) {
        (301 | 307 | 308 | 400, Some(region)) => format!("the bucket is in region `{region}`"),
        (400, None) => "the request is not accepted".to_owned(),
        (401, _) => "the credentials are not accepted".to_owned(),
        (403, _) => "access is denied".to_owned(),
        (404, _) => "nothing with this name exists".to_owned(),
        (412, _) => "a condition was not met".to_owned(),
        (429, _) => "too many calls".to_owned(),
        (500..=599, _) => "the service failed".to_owned(),
        _ => "the service refused the call".to_owned(),
    }
}

/// Whether something other than AWS answers: a proxy, a firewall, a sign-in page. AWS's own errors have a code, or no
/// body; its redirects name the region.
fn is_foreign(raw: &HttpResponse) -> bool {
    let is_redirect =
        (300..400).contains(&raw.status().as_u16()) && raw.headers().get("x-amz-bucket-region").is_none();
    let is_awss =
        ["x-amzn-requestid", "x-amz-request-id"].iter().any(|name| raw.headers().get(*name).is_some());
    is_page(raw)
        || is_redirect
        || raw.status().is_success()
        || !is_awss && raw.body().bytes().is_some_and(|body| !body.is_empty())
}

fn foreign_answer(raw: &HttpResponse) -> String {
    foreign(&first_words(raw), is_page(raw), raw.headers().get("location"))
}

/// An answer that has AWS's status, but cannot be parsed.
fn unreadable(raw: &HttpResponse, error: &(dyn Error + 'static)) -> String {
    format!("the response cannot be read: {}{}", innermost(error), begins(&first_words(raw)))
}

/// A required field of an answer. Without it, something other than AWS answered, and an empty text would be taken for a
/// value.
///
/// # Errors
/// It is missing or empty.
pub(super) fn required<T: Default + PartialEq>(
    operation: &str,
    name: &str,
    value: Option<T>,
) -> Result<T, CallError> {
    value.filter(|value| *value != T::default()).ok_or_else(|| missing(operation, name))
}

/// The answer; `None` if the service reports that the resource does not exist.
pub(super) fn found<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn missing(operation: &str, name: &str) -> CallError {
    let message = format!("the response is not from AWS: it has no `{name}`");
    CallError::new(CallErrorKind::Broken, operation, message)
}

/// Characters of a request id. S3's extended one has 76.
const LONGEST_ID: usize = 128;

/// Status and request ids of an answer. The headers of the ids differ by service.
pub(super) fn answer(raw: &HttpResponse) -> Answer {
    let header = |name: &str| raw.headers().get(name).filter(|text| !text.is_empty());
    let header = |name: &str| header(name).map(|text| text.chars().take(LONGEST_ID).collect());
    Answer {
        status: raw.status().as_u16(),
        request_id: header("x-amzn-requestid").or_else(|| header("x-amz-request-id")),
        extended_request_id: header("x-amz-id-2"),
    }
}

/// The kind of an error. `code`: absent if the answer has no body; then the status decides.
pub(super) fn kind(code: Option<&str>, message: &str, status: u16) -> CallErrorKind {
    let Some(code) = code else {
        return match status {
            401 | 403 => CallErrorKind::Denied,
            404 => CallErrorKind::NotFound,
            412 => CallErrorKind::AlreadyExists,
            429 | 500..=599 => CallErrorKind::Throttled,
            _ => CallErrorKind::Refused,
        };
    };
    match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "InvalidToken"
        | "InvalidAccessKeyId" => CallErrorKind::NoCredentials,
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "Forbidden"
        | "KMS.AccessDeniedException"
        | "KMSAccessDeniedException"
        | "KmsAccessDenied"
        | "NotAuthorized"
        | "UnauthorizedOperation" => CallErrorKind::Denied,
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
        // CloudWatch returns it for dashboards.
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
        // CloudFormation has no error code of its own for a stack that does not exist.
        "ValidationError" if message.contains("does not exist") => CallErrorKind::NotFound,
        _ => CallErrorKind::Refused,
    }
}

/// An error and all of its sources.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The innermost reason of an error chain: `connection refused` rather than `dispatch failure`. It begins in lower
/// case, except for abbreviations.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let reason = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let reason = shortened(&without_passwords(&reason));
    let mut characters = reason.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(reason.chars().skip(1)).collect()
        }
        _ => reason,
    }
}
