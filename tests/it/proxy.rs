//! The network between pipectl and the local cloud, on which a test counts and breaks calls.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::strict::Front;
pub(crate) use crate::strict::{Call, Fate};

/// The fault layer of the proxy in front of every test's cloud.
pub(crate) struct Proxy {
    front: Arc<Front>,
}

impl Proxy {
    /// In front of the running local cloud of `cloud`: pipectl's next calls pass through it.
    pub(crate) fn before(cloud: &Cloud) -> Self {
        let proxy = Self { front: cloud.front() };
        proxy.taken();
        proxy
    }

    pub(crate) fn judge(&self, judge: impl FnMut(&Call) -> Fate + Send + 'static) {
        *self.front.judge.lock().expect("a lock") = Box::new(judge);
    }

    /// The calls since the last time.
    pub(crate) fn taken(&self) -> Vec<Call> {
        std::mem::take(&mut *self.front.calls.lock().expect("a lock"))
    }
}
