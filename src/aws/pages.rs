//! Limits on answers that come in pages.

use super::Clients;
use super::wire::Received;
use crate::stack::{CallError, Pages};

/// Bytes of all pages of one call.
const MOST: u64 = 128 << 20;

/// The pages of a call, limited in number and in bytes.
pub(super) struct Tokens {
    pages: Pages<String>,
    received: Received,
    before: u64,
}

impl Clients {
    /// The pages of a paginated call. `operation` is the action's name in IAM.
    pub(super) fn pages(&self, operation: &'static str) -> Tokens {
        Tokens {
            pages: Pages::new(operation),
            received: self.received.clone(),
            before: self.received.bytes(),
        }
    }
}

impl Tokens {
    /// The token of the next page; `None`: this was the last.
    ///
    /// # Errors
    /// There are too many pages.
    pub(super) fn next(&mut self, token: Option<String>) -> Result<Option<String>, CallError> {
        let token = self.pages.next(token.filter(|token| !token.is_empty()))?;
        // Other calls at the same time count as well; they are few.
        let bytes = self.received.bytes().saturating_sub(self.before);
        if token.is_some() && bytes > MOST {
            return Err(self
                .pages
                .endless(&format!("the pages of the response are larger than {} MiB", MOST >> 20)));
        }
        Ok(token)
    }
}
