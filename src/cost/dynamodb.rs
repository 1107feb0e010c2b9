use super::Item;
use super::traffic::{Traffic, YEAR};
use super::usage::{GB, Usage};
use crate::spec::{Lifetime, Spec};

/// Writes of rows and of their parts in each index, and storage. Expired rows are deleted free of charge.
pub(super) fn usage(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    let retention = match spec.table.ttl_days {
        Lifetime::Days(days) => format!("rows of {}", super::days(f64::from(days))),
        Lifetime::None(_) => format!("rows of the first {}", super::days(YEAR)),
    };
    let back = format!("point-in-time recovery, up to {} days back", spec.table.point_in_time_recovery_days);
    vec![
        Usage::grows(Item::Writes, traffic.table_writes, "rows written"),
        Usage::grows(Item::Writes, traffic.index_writes, "rows written to the indexes"),
        Usage::grows(Item::TableStorage, traffic.table_bytes / GB, retention),
        Usage::grows(Item::TableStorage, traffic.index_bytes / GB, "rows in the indexes"),
        Usage::grows(Item::RecoveryStorage, traffic.table_bytes / GB, back),
    ]
}
