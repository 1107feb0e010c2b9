use super::traffic::{DAYS, Traffic, YEAR};
use super::usage::{GB, Usage};
use super::{Item, days};
use crate::spec::Spec;

/// Each event is billed once, to the account that puts it on the bus. Rules and deliveries within an account are free.
pub(super) fn usage(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    let mut found = vec![Usage::grows(
        Item::Events,
        traffic.events * traffic.chunks(),
        "put on the bus, for every 64 KiB",
    )];
    if let Some(archive) = spec.bus.archive.settings() {
        let gigabytes = traffic.events * traffic.event_bytes / GB;
        let days_retained = match archive.retention_days {
            0 => YEAR,
            days => f64::from(days),
        };
        let why = format!("events of {}", days(days_retained));
        found.push(Usage::grows(Item::ArchiveProcessing, gigabytes, "each event once"));
        found.push(Usage::grows(Item::ArchiveStorage, gigabytes * days_retained / DAYS, why));
    }
    found
}
