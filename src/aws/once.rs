//! Calls that the SDK must not repeat by itself.

use std::error::Error;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

use super::error::chain;

/// Prevents the SDK from retrying a call whose answer was lost, for calls that are not idempotent. A throttled call,
/// and one that never reached the service, is still retried.
#[derive(Debug)]
pub(super) struct Once;

impl ClassifyRetry for Once {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let lost = error.is_timeout_error()
            || error.is_response_error()
            || error.as_connector_error().is_some_and(|error| was_sent(error));
        if lost { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "once"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Whether the request was sent, or may have been. The HTTP client shows this only by its error message.
pub(super) fn was_sent(error: &(dyn Error + 'static)) -> bool {
    !chain(error).any(|error| error.to_string() == "client error (Connect)")
}
