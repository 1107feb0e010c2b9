//! A look that may be denied: the command continues and reports what it did not check.

use super::observer::{Notice, Observer};
use crate::diagnostic::{Failure, codes};

/// The result of a read; `None` if the caller lacks the permission. Then it is reported that `what` was not checked,
/// and the command continues.
///
/// # Errors
/// Every other failure of the read.
pub(super) fn allowed<T>(
    look: Result<T, Failure>,
    what: &str,
    observer: &mut dyn Observer,
) -> Result<Option<T>, Failure> {
    match look {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.diagnostics.iter().all(|one| one.code == codes::AWS_DENIED) => {
            let why = failure.diagnostics.first().map(|one| one.message.clone()).unwrap_or_default();
            observer.notice(Notice::Warning(&format!("  not checked   {what}: {why}")));
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}
