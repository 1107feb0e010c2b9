//! Whether DynamoDB slowed a write down.
//!
//! The SDK tries again inside one call and tells how the last attempt ended, so a write
//! that was throttled and then went through looks like any other. A table at its limit
//! shows there first, minutes before a record fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::{BoxError, ProvideErrorMetadata as _};
use aws_sdk_dynamodb::operation::put_item::PutItemError;

/// A mark on one write, set by the first attempt that DynamoDB throttles. It belongs to
/// the caller, who still reads it when the write is given up before its answer.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Arc<AtomicBool>);

impl Throttle {
    /// Sets the mark.
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

/// The error codes by which DynamoDB slows a table or an account down.
pub(crate) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "Throttling"
            | "RequestLimitExceeded"
    )
}
