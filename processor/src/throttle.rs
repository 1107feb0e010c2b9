//! Whether DynamoDB throttled a write.
//!
//! The SDK retries within one call and returns the result of the last attempt only, so a write that was throttled and
//! then succeeded looks like any other. A table at its limit is first visible in these writes, minutes before a record
//! fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::{BoxError, ProvideErrorMetadata as _};
use aws_sdk_dynamodb::operation::put_item::PutItemError;

/// A flag of one write, set by the first attempt that DynamoDB throttled. The caller owns it, and can still read it if
/// the write is cancelled before its answer.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Arc<AtomicBool>);

impl Throttle {
    /// Sets the flag.
    pub fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether any attempt so far was throttled.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for Throttle {
    fn name(&self) -> &'static str {
        "Throttle"
    }

    fn read_after_attempt(
        &self,
        attempt: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Err(error)) = attempt.output_or_error()
            && let Some(error) = error.as_operation_error()
            && let Some(error) = error.downcast_ref::<PutItemError>()
            && is_throttling(error.code().unwrap_or_default())
        {
            self.mark();
        }
        Ok(())
    }
}

/// Whether it is an error code by which DynamoDB throttles a table or an account.
pub(crate) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "Throttling"
            | "RequestLimitExceeded"
    )
}
