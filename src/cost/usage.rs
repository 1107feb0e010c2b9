//! How much of an item a pipeline uses.

use super::Item;

/// Bytes of what AWS bills as one GB.
pub(super) const GB: f64 = 1_073_741_824.0;

/// How much of an item a pipeline uses in a month.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Usage {
    pub(super) item: Item,
    pub(super) quantity: f64,
    /// Whether more events use more of it.
    pub(super) grows: bool,
    /// What for.
    pub(super) why: String,
}

impl Usage {
    pub(super) fn grows(item: Item, quantity: f64, why: impl Into<String>) -> Self {
        Self { item, quantity, grows: true, why: why.into() }
    }

    pub(super) fn fixed(item: Item, quantity: f64, why: impl Into<String>) -> Self {
        Self { item, quantity, grows: false, why: why.into() }
    }
}
