use super::Item;
use super::traffic::{Traffic, pollers};
use super::usage::Usage;
use crate::spec::Spec;

/// Each event is sent, received and deleted; pollers also send requests while the queue is empty.
pub(super) fn usage(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    let requests = traffic.events * traffic.chunks() + traffic.receives + traffic.deletes;
    let mut found =
        vec![Usage::grows(Item::QueueRequests, requests, "sent, received and deleted, for every 64 KiB")];
    if spec.queue.fair_by.is_some() {
        found.push(Usage::grows(Item::FairRequests, requests, "the same, shared fairly"));
    }
    let idle = format!("{} pollers at an empty queue", pollers(spec));
    found.push(Usage::fixed(Item::QueueRequests, traffic.empty_receives, idle));
    found
}
