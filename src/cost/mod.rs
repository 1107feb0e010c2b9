//! The monthly cost of a pipeline: spec × traffic × prices → an estimate. Pure; one file per service.
//!
//! A month has 30 days. Free tiers and discounts are not included. Prices come from a dated list, each with its source,
//! or from the user's own list. An item without a price is named, and its price is never guessed.

mod change;
mod cloudwatch;
mod dynamodb;
mod estimate;
mod eventbridge;
mod item;
mod kms;
mod lambda;
mod price_file;
mod prices;
mod sqs;
mod traffic;
mod usage;
mod xray;

pub use change::{Change, monthly_change};
pub use cloudwatch::BATCH_METRICS;
pub use estimate::{Estimate, Line, estimate};
pub use item::{Item, Service};
pub use price_file::{Problem, read_prices};
pub use prices::{Price, Prices, Source, published};
pub use traffic::Traffic;

/// The assumptions of every estimate, for its reader.
pub const ASSUMPTIONS: [&str; 6] = [
    "a month of 30 days, without free tiers, discounts, taxes and data transfer",
    "every event is a custom event; AWS's own events on a bus cost nothing",
    "every event is new, and received in its own batch; duplicates cost a write too",
    "a row is as large as its event, even in an index that projects only some attributes",
    "archive, table and logs are full; unlimited retention counts as a year",
    "not counted: reading rows, the bucket of zips, e-mails, your own resources",
];

/// `7 days`.
fn days(days: f64) -> String {
    format!("{days:.0} day{}", if days > 1.0 { "s" } else { "" })
}
