//! Each limit on the throughput, and what raises it.

use super::Demand;
use super::concurrency::Concurrency;
use super::quotas::{KEY_UNITS, POLLER_BYTES, TABLE_UNITS};
use crate::spec::{COLD_WRITES, Spec};
use crate::validate::AccountQuotas;

/// A limit of the events per second that the pipeline can take.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The name of the limit, such as `put_events`.
    pub name: &'static str,
    /// What is limited, for people.
    pub what: &'static str,
    pub events_per_second: f64,
    /// How the limit comes about.
    pub how: String,
    /// JSON pointer of the field that raises it; `None`: no field does.
    pub field: Option<&'static str>,
    /// How to raise it.
    pub lift: String,
    /// Whether it only limits events of one key.
    pub is_of_one_key: bool,
}

/// The limits of the spec's pipeline in a region, the lowest first.
#[must_use]
pub fn capacity(spec: &Spec, demand: &Demand, region: &str) -> Vec<Limit> {
    let quotas = AccountQuotas::in_region(spec, Some(region));
    let mut limits = vec![
        quota(
            ("put_events", "events put on a bus"),
            f64::from(quotas.put_events.value),
            format!("requests/s of an account in {region}, each with one event"),
            "put 10 events in a request, or raise L-9B653E91 and say so in `deploy.quotas`",
        ),
        quota(
            ("invocations", "EventBridge's deliveries"),
            f64::from(quotas.invocations.value),
            format!("invocations/s of an account in {region}; later ones wait"),
            "raise the quota L-5540C5E3, and state the new value in `deploy.quotas`",
        ),
    ];
    limits.push(concurrent(spec, demand, quotas.concurrency.value));
    limits.extend(pollers(spec, demand));
    limits.extend(table(spec, demand));
    limits.sort_by(|left, right| left.events_per_second.total_cmp(&right.events_per_second));
    limits
}

fn quota(
    (name, what): (&'static str, &'static str),
    events_per_second: f64,
    how: String,
    lift: &str,
) -> Limit {
    let lift = lift.to_owned();
    Limit { name, what, events_per_second, how, field: None, lift, is_of_one_key: false }
}

fn concurrent(spec: &Spec, demand: &Demand, account: u32) -> Limit {
    let found = Concurrency::of(spec, demand, account);
    let lift = match found.field {
        Some("/processor/batch/pollers") => {
            "write `processor: {batch: {pollers: {min: 2, max: 200}}}`".to_owned()
        }
        Some(field) => format!("raise `{}`", field.trim_start_matches('/').replace('/', ".")),
        None => "raise the quota L-B99A9384, and state the new value in `deploy.quotas`".to_owned(),
    };
    Limit {
        name: "concurrency",
        what: "the processor",
        events_per_second: found.events_per_second(),
        how: format!(
            "{} invocations at once, {} event{} each in {:.0} ms",
            found.slots,
            found.batch,
            if found.batch > 1 { "s" } else { "" },
            found.milliseconds
        ),
        field: found.field,
        lift,
        is_of_one_key: false,
    }
}

fn pollers(spec: &Spec, demand: &Demand) -> Option<Limit> {
    let most = spec.processor.batch.pollers.as_ref()?.max;
    let events_per_second = f64::from(most) * POLLER_BYTES / demand.event_bytes.max(1.0);
    let how = format!("{most} pollers read 1 MB/s each");
    let mut limit = quota(("pollers", "reading the queue"), events_per_second, how, "");
    limit.field = Some("/processor/batch/pollers/max");
    "raise `processor.batch.pollers.max`".clone_into(&mut limit.lift);
    Some(limit)
}

/// Write units per second that a new table accepts at once.
pub(super) fn warm_units(spec: &Spec) -> f64 {
    f64::from(spec.warmth().map_or(COLD_WRITES, |(warmth, _)| warmth.writes))
}

fn table(spec: &Spec, demand: &Demand) -> Vec<Limit> {
    let units = demand.units();
    let of_row = format!("{units:.0} write unit{} a row", if units > 1.0 { "s" } else { "" });
    let mut limits = vec![
        Limit {
            field: Some("/table/warm_throughput"),
            ..quota(
                ("new_table", "a new table"),
                warm_units(spec) / units,
                format!("{} write units/s at first, {of_row}", warm_units(spec)),
                "raise `table.warm_throughput.writes`, or let traffic grow within 30 minutes",
            )
        },
        quota(
            ("table", "the table"),
            TABLE_UNITS / units,
            format!("40,000 write units/s of a table, {of_row}"),
            "request a higher quota of write units for a table",
        ),
        Limit {
            is_of_one_key: true,
            ..quota(
                ("key", "rows of one partition key"),
                KEY_UNITS / units,
                format!("1,000 write units/s of a key, {of_row}"),
                "spread events over more values of `event.partition_key`",
            )
        },
    ];
    if spec.table.status_index.is_on() {
        let shards = spec.shards().value;
        limits.push(Limit {
            field: Some("/table/status_index/shards"),
            lift: "raise `table.status_index.shards`".to_owned(),
            ..quota(
                ("status_index", "the status index"),
                f64::from(shards) * KEY_UNITS / units,
                match shards {
                    1 => format!("one key of 1,000 write units/s, {of_row}"),
                    _ => format!("{shards} keys of 1,000 write units/s each, {of_row}"),
                },
                "",
            )
        });
    }
    limits
}

#[cfg(test)]
mod tests;
