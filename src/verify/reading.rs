//! The result of one read: a value, nothing, or why not.

use crate::stack::{CallError, CallErrorKind};

/// The result of a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    Found(T),
    /// It does not exist.
    Missing,
    /// It was not read: the caller has no permission for this action.
    Denied(String),
    /// It was not read for another reason.
    Unread(String),
}

impl<T> Reading<T> {
    /// From an answer.
    ///
    /// # Errors
    /// No service answers, or there are no credentials.
    pub fn of(answer: Result<Option<T>, CallError>) -> Result<Self, CallError> {
        match answer {
            Ok(Some(found)) => Ok(Self::Found(found)),
            Ok(None) => Ok(Self::Missing),
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(Self::Missing),
            Err(error) if error.kind == CallErrorKind::Denied => Ok(Self::Denied(error.operation)),
            Err(error) if error.is_unreachable() || error.kind == CallErrorKind::NoCredentials => Err(error),
            Err(error) => Ok(Self::Unread(error.to_string())),
        }
    }

    /// The value, if it was read.
    #[must_use]
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(found) => Some(found),
            _ => None,
        }
    }
}
