//! Follows the tokens of an answer in pages.

use super::{CallError, CallErrorKind};

/// Most pages of one call: 100,000 events of a stack, a million objects.
const MOST: usize = 1000;

/// Follows the tokens of a call with paged answers, with AWS's guarantees: each token occurs once, and they end.
#[derive(Debug)]
pub struct Pages<T> {
    operation: &'static str,
    seen: Vec<T>,
    only_forward: bool,
}

impl<T: PartialEq + Clone> Pages<T> {
    /// `operation` is the action's name in IAM.
    #[must_use]
    pub fn new(operation: &'static str) -> Self {
        Self { operation, seen: Vec::new(), only_forward: false }
    }

    /// For a call whose tokens only move forward, such as the last key that was read: there may be any number of them,
    /// and only a token that occurs twice in a row is an error.
    #[must_use]
    pub fn forward(operation: &'static str) -> Self {
        Self { only_forward: true, ..Self::new(operation) }
    }

    /// The token for the next page, as returned with this one; `None`: this was the last.
    ///
    /// # Errors
    /// The token occurred before, or there were more pages than AWS has.
    pub fn next(&mut self, token: Option<T>) -> Result<Option<T>, CallError> {
        let Some(token) = token else { return Ok(None) };
        if self.seen.contains(&token) {
            return Err(self.endless("the response leads to the same page again"));
        }
        if self.only_forward {
            self.seen.clear();
        } else if self.seen.len() >= MOST {
            return Err(self.endless(&format!("the response has more than {MOST} pages")));
        }
        self.seen.push(token.clone());
        Ok(Some(token))
    }

    /// An error about pages that do not end.
    #[must_use]
    pub fn endless(&self, reason: &str) -> CallError {
        CallError::new(CallErrorKind::Endless, self.operation, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_followed_once_and_not_for_ever() {
        let mut pages = Pages::new("s:Call");
        assert_eq!(pages.next(Some(1)), Ok(Some(1)));
        assert_eq!(pages.next(Some(2)), Ok(Some(2)));
        assert_eq!(pages.next(None), Ok(None));
        let error = pages.next(Some(1)).expect_err("a circle");
        assert_eq!(error.to_string(), "`s:Call` failed: the response leads to the same page again");
        let mut pages = Pages::new("s:Call");
        assert!((0..MOST).all(|token| pages.next(Some(token)).is_ok()));
        assert!(pages.next(Some(MOST)).is_err());
        let mut pages = Pages::forward("s:Call");
        assert!((0..=MOST).all(|token| pages.next(Some(token)).is_ok()));
        assert!(pages.next(Some(MOST)).is_err(), "it does not move");
    }
}
