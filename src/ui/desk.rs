//! The interface between the server and what answers its requests.

use std::rc::Rc;

/// The answer to a request of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// A JSON document.
    pub json: String,
}

impl Reply {
    #[must_use]
    pub fn done(json: String) -> Self {
        Self { status: 200, json }
    }
}

/// Answers the page. `path` is the part after `/api/`; `None`: it does not exist.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait Desk {
    /// Reads, and changes nothing. It may be cancelled at any moment, because the browser may disconnect.
    async fn look(&self, path: &str) -> Option<Reply>;

    /// Performs an action. It runs to its end, whether or not the browser waits for it.
    async fn act(self: Rc<Self>, path: String, body: Vec<u8>) -> Option<Reply>;
}
