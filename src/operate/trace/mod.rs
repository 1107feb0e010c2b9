//! The path of one event: when it was where, as far as its row or its dead letter and the processor's log show.

mod hop;
mod invocation;
mod of_dead_letter;
mod of_row;
mod scan;

pub(super) use hop::milliseconds;
pub use hop::{Hop, HopSource, Stage};
pub use invocation::{Invocation, Sought, root_of};
pub use of_dead_letter::of_dead_letter;
pub use of_row::of_row;
pub use scan::{ScanApi, ScanEnd, ScanPage, scan_for};
