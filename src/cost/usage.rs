//! How much of an item a pipeline uses.

use super::Item;

/// The bytes that AWS bills as one GB.
pub(super) const GB: f64 = 1_073_741_824.0;

/// How much of an item a pipeline uses in a month.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Usage {
    pub(super) item: Item,
    pub(super) quantity: f64,
    /// Whether the amount grows with the number of events.
    pub(super) grows: bool,
    /// The reason for the cost.
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
