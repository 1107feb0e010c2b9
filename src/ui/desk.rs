//! The interface between the server and what answers its requests.

use std::rc::Rc;

/// What a request of the page is answered with.
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

/// Answers the page. `path` is what follows `/api/`; `None`: there is no such thing.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait Desk {
    /// Reads, and changes nothing. May end anywhere: the browser may leave.
    async fn look(&self, path: &str) -> Option<Reply>;

    /// Does what the page asks. It is done to its end, whether or not the browser waits for it.
    async fn act(self: Rc<Self>, path: String, body: Vec<u8>) -> Option<Reply>;
}
