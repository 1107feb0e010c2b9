//! Where the data of one key is stored, and how long. Pure: from the spec, and the services' own behaviour.

use crate::spec::{Input, LogRetention, Spec, Stream};

/// EventBridge and Lambda count durations up to a day in seconds.
const DAY: u32 = 86_400;
/// DynamoDB deletes a row within a few days after it expires ("typically within a few days", in its documentation): this
/// many are assumed.
pub const TTL_LAG_DAYS: u32 = 3;
/// DynamoDB retains a backup of a deleted table that had point-in-time recovery.
const DELETED_TABLE_DAYS: u32 = 35;
/// The retention of X-Ray and CloudWatch.
const TRACE_DAYS: u32 = 30;
const METRIC_DAYS: u32 = 455;

/// How long data is retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// At most this number of days.
    Days(u32),
    /// Until someone deletes it.
    UntilDeleted,
}

impl Lasts {
    #[must_use]
    pub fn days(self) -> Option<u32> {
        match self {
            Self::Days(days) => Some(days),
            Self::UntilDeleted => None,
        }
    }
}

/// One place that stores data of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    pub location: &'static str,
    /// The name of the resource, if it belongs to the stack.
    pub name: Option<String>,
    pub lasts: Lasts,
    /// Whether it contains values of events.
    pub has_values: bool,
    /// The field of the spec that sets it, as a dotted path.
    pub field: Option<&'static str>,
    pub note: &'static str,
}

/// All places, and their sums in days; `None`: without an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    pub locations: Vec<Keeping>,
    /// The number of days after which nothing of an event is stored, if nobody replays or redrives it.
    pub by_itself: Option<u32>,
    /// The same if it is replayed on the archive's last day, becomes a dead letter, and is redriven on the dead-letter
    /// queue's last day.
    pub at_most: Option<u32>,
    /// The number of days after which no replay and no redrive can deliver an event again: the mark of an erased key is
    /// retained this long.
    pub comes_back: Option<u32>,
    /// Facts that no place shows by itself.
    pub notes: Vec<&'static str>,
}

/// Where the data of one key of this pipeline is stored.
#[must_use]
pub fn retention(spec: &Spec) -> Retention {
    let transit = spec.bus.retry.max_event_age_seconds.div_ceil(DAY);
    let archive = spec.bus.archive.settings().map_or(Some(0), |archive| match archive.retention_days {
        0 => None,
        days => Some(days),
    });
    let queue = spec.queue.retention_days;
    let dead = spec.queue.dead_letter.retention_days;
    let restorable = spec.table.point_in_time_recovery_days;
    let row = spec.table.ttl_days.days().map(|days| days + TTL_LAG_DAYS + restorable);
    let through = row.map(|row| transit + queue + row);
    let longest = |(archive, through): (u32, u32)| archive.max(through).max(transit + queue + dead);
    let by_itself = archive.zip(through).map(longest);
    let again = archive.map(|archive| archive + transit + queue + dead + queue);
    Retention {
        locations: locations(spec),
        by_itself,
        at_most: again.zip(row).map(|(again, row)| again + row),
        comes_back: again,
        notes: notes(spec),
    }
}

fn locations(spec: &Spec) -> Vec<Keeping> {
    let names = spec.resolved_names();
    let mut locations = in_transit(spec);
    let mut add = |location, name: Option<&String>, lasts, field, note| {
        locations.push(Keeping { location, name: name.cloned(), lasts, has_values: true, field, note });
    };
    let table = Some(&names.table);
    let rows = spec.table.ttl_days.days().map_or(Lasts::UntilDeleted, Lasts::Days);
    let lag =
        if rows == Lasts::UntilDeleted { "" } else { "DynamoDB deletes a row a few days after its time" };
    add("table", table, rows, Some("table.ttl_days"), lag);
    let restorable = Lasts::Days(spec.table.point_in_time_recovery_days);
    let field = Some("table.point_in_time_recovery_days");
    add(
        "restorable copies",
        table,
        restorable,
        field,
        "counted from the deletion of a row: a restored table contains it",
    );
    if spec.table.stream != Stream::None {
        add(
            "stream",
            table,
            Lasts::Days(1),
            Some("table.stream"),
            "copies that its readers keep are not listed",
        );
    }
    match spec.table.retain {
        true => {
            add("table after destroy", table, rows, Some("table.retain"), "it and its rows outlive the stack")
        }
        false => {
            let lasts = Lasts::Days(DELETED_TABLE_DAYS);
            add(
                "table after destroy",
                table,
                lasts,
                Some("table.retain"),
                "DynamoDB retains a backup of it for this time",
            );
        }
    }
    add("your backups", None, Lasts::UntilDeleted, None, "copies of the table that you created or restored");
    add("exported files", None, Lasts::UntilDeleted, None, "of `dlq export`, `dlq purge --save` and `query`");
    locations.extend(without_values(spec));
    locations
}

fn in_transit(spec: &Spec) -> Vec<Keeping> {
    let names = spec.resolved_names();
    let days = |location, name: Option<&String>, days, field, note| Keeping {
        location,
        name: name.cloned(),
        lasts: Lasts::Days(days),
        has_values: true,
        field: Some(field),
        note,
    };
    let transit = spec.bus.retry.max_event_age_seconds.div_ceil(DAY);
    let mut locations = vec![days(
        "EventBridge",
        None,
        transit,
        "bus.retry.max_event_age_seconds",
        "while it retries the delivery",
    )];
    if let Some(archive) = spec.bus.archive.settings() {
        let archive_days = days(
            "archive",
            Some(&names.archive),
            archive.retention_days,
            "bus.archive.retention_days",
            "single events cannot be deleted from it",
        );
        let lasts = if archive.retention_days == 0 { Lasts::UntilDeleted } else { archive_days.lasts };
        locations.push(Keeping { lasts, ..archive_days });
    }
    let dead = spec.queue.dead_letter.retention_days;
    let field = "queue.dead_letter.retention_days";
    locations.extend([
        days("queue", Some(&names.queue), spec.queue.retention_days, "queue.retention_days", ""),
        days(
            "dead-letter queue",
            Some(&names.dead_letter_queue),
            dead,
            field,
            "a redrive or an import starts it again",
        ),
        days("undelivered queue", Some(&names.undelivered_queue), dead, field, "a redrive starts it again"),
    ]);
    locations
}

/// Places that people ask about and that contain no value of an event.
fn without_values(spec: &Spec) -> Vec<Keeping> {
    let names = spec.resolved_names();
    let log = match spec.processor.log.retention_days {
        LogRetention::Days(days) => Lasts::Days(days),
        LogRetention::Never(_) => Lasts::UntilDeleted,
    };
    let location = |location, name: Option<String>, lasts, field, note| Keeping {
        location,
        name,
        lasts,
        has_values: false,
        field,
        note,
    };
    let field = Some("processor.log.retention_days");
    let mut locations = vec![location(
        "log",
        Some(names.log_group),
        log,
        field,
        "ids of messages, reasons and names of fields",
    )];
    if spec.processor.tracing {
        let days = Lasts::Days(TRACE_DAYS);
        locations.push(location(
            "traces",
            None,
            days,
            Some("processor.tracing"),
            "times and names of services",
        ));
    }
    locations.extend([
        location("metrics", None, Lasts::Days(METRIC_DAYS), None, "counts"),
        location("artifact bucket", None, Lasts::UntilDeleted, None, "code, templates, who did what"),
    ]);
    locations
}

fn notes(spec: &Spec) -> Vec<&'static str> {
    let mut notes = vec!["a replay or a redrive starts the retention in queue and table again"];
    if !spec.event.drop.is_empty() {
        notes.push("values under `event.drop` are in the archive and the queues, and in no row");
    }
    if spec.bus.archive.settings().is_some() && spec.bus.input == Input::Detail {
        notes.push(
            "with `bus.input: detail` messages do not show that they are a replay: a replay stores events of an erased key that had no row before",
        );
    }
    if spec.bus.existing.is_some() {
        notes.push(
            "other rules of the bus receive the same events: copies that they keep are not listed here",
        );
    }
    if spec.table.index_names().next().is_some() {
        notes.push("indexes contain the same data as the table");
    }
    notes
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(more: Value) -> Retention {
        let mut spec = json!({
            "version": 1, "name": "orders", "environment": "prod", "bus": {"pattern": {"source": ["s"]}},
        });
        for (name, value) in more.as_object().expect("fields") {
            spec[name] = value.clone();
        }
        retention(&serde_json::from_value::<Spec>(spec).expect("a spec"))
    }

    fn days(found: &Retention, location: &str) -> Option<Option<u32>> {
        found.locations.iter().find(|one| one.location == location).map(|one| one.lasts.days())
    }

    #[test]
    fn the_sums_are_those_of_the_longest_paths() {
        let usual = of(json!({}));
        // 1 on the bus, 4 in the queue, 90 + 3 in the table, 35 restorable.
        assert_eq!(usual.by_itself, Some(1 + 4 + 90 + TTL_LAG_DAYS + 35));
        assert_eq!(usual.comes_back, Some(7 + 1 + 4 + 14 + 4));
        assert_eq!(usual.at_most, Some(30 + 90 + TTL_LAG_DAYS + 35));
        let pattern = json!({"source": ["s"]});
        let long = of(json!({"bus": {"pattern": pattern, "archive": {"retention_days": 365}}}));
        assert_eq!((long.by_itself, long.comes_back), (Some(365), Some(365 + 23)));
        let short = json!({
            "bus": {"pattern": pattern, "archive": "off", "retry": {"max_event_age_seconds": 60}},
            "table": {"ttl_days": 1, "point_in_time_recovery_days": 1},
        });
        assert_eq!(of(short).by_itself, Some(1 + 4 + 14), "the dead-letter queue keeps it longest");
    }

    #[test]
    fn what_has_no_end_is_not_summed() {
        let pattern = json!({"source": ["s"]});
        let retention = of(json!({"bus": {"pattern": pattern, "archive": {"retention_days": 0}}}));
        assert_eq!((retention.by_itself, retention.at_most, retention.comes_back), (None, None, None));
        assert_eq!(days(&retention, "archive"), Some(None));
        let rows = of(json!({"table": {"ttl_days": "none"}}));
        assert_eq!((rows.by_itself, rows.at_most, rows.comes_back), (None, None, Some(30)));
        assert_eq!(days(&rows, "table"), Some(None));
    }

    #[test]
    fn only_what_there_is_is_listed() {
        let usual = of(json!({}));
        assert_eq!((days(&usual, "stream"), days(&usual, "archive")), (None, Some(Some(7))));
        let other = of(json!({
            "bus": {"pattern": {"source": ["s"]}, "archive": "off", "existing": "default"},
            "table": {"stream": "new_image", "retain": false}, "processor": {"tracing": false, "log": {"retention_days": "never"}},
            "event": {"drop": ["$.detail.email"]},
        }));
        assert_eq!((days(&other, "stream"), days(&other, "archive")), (Some(Some(1)), None));
        assert_eq!((days(&other, "table after destroy"), days(&other, "traces")), (Some(Some(35)), None));
        assert_eq!(days(&other, "log"), Some(None));
        assert_eq!(other.notes.len(), 4);
        for one in &other.locations {
            let has_no_values = ["log", "metrics", "artifact bucket"].contains(&one.location);
            assert_eq!(!one.has_values, has_no_values, "{}", one.location);
        }
    }
}
