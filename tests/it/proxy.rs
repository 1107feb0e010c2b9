//! The wire between pipectl and the local cloud, which a test counts on and breaks.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::strict::Front;
pub(crate) use crate::strict::{Call, Fate};

/// The fault layer of the proxy that every test's cloud stands behind.
pub(crate) struct Proxy {
    front: Arc<Front>,
}

impl Proxy {
    /// Before the running local cloud of `cloud`: pipectl's next calls are judged.
    pub(crate) fn before(cloud: &Cloud) -> Self {
        let proxy = Self { front: cloud.front() };
        proxy.taken();
        proxy
    }

    pub(crate) fn judge(&self, judge: impl FnMut(&Call) -> Fate + Send + 'static) {
        *self.front.judge.lock().expect("a lock") = Box::new(judge);
    }

    /// The calls since the last look.
    pub(crate) fn taken(&self) -> Vec<Call> {
        std::mem::take(&mut *self.front.calls.lock().expect("a lock"))
    }
}
