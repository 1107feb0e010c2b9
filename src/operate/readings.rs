//! Reads of which some may be denied, for `status`.

use std::collections::BTreeMap;

use crate::stack::{CallError, CallErrorKind};

/// What came of reads that may be refused: one missing permission must not hide all the rest.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// Why each refused read was refused.
    pub(super) unread: Vec<String>,
    /// By part of the status: the action that the caller may not use.
    pub(super) not_permitted: BTreeMap<&'static str, String>,
}

impl Readings {
    /// What the read of a part gave; `None` where it was refused, or where there is no such resource.
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
