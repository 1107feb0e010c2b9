//! Reads of which some may be denied, for `status`.

use std::collections::BTreeMap;

use crate::stack::{CallError, CallErrorKind};

/// The results of reads that may be denied: one missing permission must not hide the others.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// Why each failed read failed.
    pub(super) unread: Vec<String>,
    /// By part of the status: the action that the caller has no permission for.
    pub(super) not_permitted: BTreeMap<&'static str, String>,
}

impl Readings {
    /// The result of reading a part; `None` if it was denied, or if there is no such resource.
    ///
    /// # Errors
    /// No service answers, or there are no credentials.
    pub(super) fn take<T>(
        &mut self,
        part: &'static str,
        answer: Result<T, CallError>,
    ) -> Result<Option<T>, CallError> {
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
            Err(error) if error.is_unreachable() || error.kind == CallErrorKind::NoCredentials => Err(error),
            Err(error) => {
                if error.kind == CallErrorKind::Denied {
                    self.not_permitted.insert(part, error.operation.clone());
                }
                self.unread.push(error.to_string());
                Ok(None)
            }
        }
    }
}
