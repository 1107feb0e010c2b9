use camino::Utf8PathBuf;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use processor::instant::normalise;
use processor::json::{Json, canonical_map};
use processor::mapping::{Format as ValueFormat, Mapping};
use processor::number::Number;
use processor::row::{EVENT_ID, EXPIRES_AT, KeyValue, PROCESSED_AT, PROCESSING_STATUS};

use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{Query, StoredRow, is_expired, newest_rows, status_keys};
use crate::render::recorded_spread;
use crate::report::{Console, Format, rows_text};
use crate::validate::processor_config;

/// The index of the templates.
const INDEX: &str = "status-timestamp-index";

/// Read rows of the table by their status and time, newest first, whatever number of shards the index has and had.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Rows with this status.
    #[arg(long, default_value = "PROCESSED")]
    status: String,
    /// Rows of this key instead: a value of `event.partition_key`.
    #[arg(long, alias = "shipment", value_name = "KEY", conflicts_with = "status")]
    key: Option<String>,
    /// From then on: `30m`, `1h`, `7d` before now, or an RFC 3339 instant; a text or a number where that is the
    /// sort key's format.
    #[arg(long)]
    since: Option<String>,
    /// Until then, as for `--since`.
    #[arg(long)]
    until: Option<String>,
    /// At most so many rows.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Also rows whose time is over and that DynamoDB has not removed yet, marked as such.
    #[arg(long)]
    expired: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let spec = checked.spec();
    let mapping = processor_config(spec).event;
    let bound = |text: &Option<String>, flag: &str| {
        text.as_ref().map(|text| bound(text, flag, &mapping, Timestamp::now())).transpose()
    };
    let (from, to) = (bound(&arguments.since, "--since")?, bound(&arguments.until, "--until")?);
    runtime::run(global, async {
        let mut session = runtime::session(global, &arguments.spec, spec, console).await?;
        let stack = session.pipeline().await?;
        session.goes_by(&stack, &mut Reporter::new(console)).await?;
        let most = recorded_spread(&stack.outputs);
        if most.is_none() && arguments.key.is_none() {
            console.complain(&format!(
                "  warning: the stack does not record over how many keys its status index was spread: rows under others than the spec's are not read\n    run `{}` once",
                session.command("apply", "")
            ));
        }
        let most = most.unwrap_or(1).max(spec.shards().value);
        let now = Timestamp::now().as_second();
        let read = Read { most, now, from, to };
        let queries = queries(arguments, &mapping, &session, &read)?;
        let shards = queries.len();
        let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
        let read = newest_rows(&session.clients, queries, most).await;
        let (rows, units) = read?;
        let expired = arguments.expired.then_some(now);
        print(&mapping, &rows, expired, console)?;
        if console.verbose {
            console.note(&format!("  {} rows of {shards} partition keys, {units:.1} read units", rows.len()));
        }
        if rows.is_empty() {
            let status = session.command("status", "");
            console.note(&format!("  no rows\n\n  next: {status}"));
        }
        Ok(Exit::Done)
    })
}

/// What is read, beside what the arguments say.
struct Read {
    /// The most keys that the index was ever spread over.
    most: u32,
    /// Seconds of the epoch.
    now: i64,
    from: Option<KeyValue>,
    to: Option<KeyValue>,
}

fn queries(
    arguments: &Arguments,
    mapping: &Mapping,
    session: &Session,
    read: &Read,
) -> Result<Vec<Query>, Stop> {
    let of = |index: Option<&str>, partition: (&str, KeyValue)| Query {
        table: session.names.table.clone(),
        index: index.map(str::to_owned),
        partition: (partition.0.to_owned(), partition.1),
        sort: sort_key(mapping).to_owned(),
        from: read.from.clone(),
        to: read.to.clone(),
        unexpired_at: (!arguments.expired).then_some(read.now),
    };
    if let Some(id) = &arguments.key {
        let value = key_value(id, mapping.partition_key_format(), "--key")?;
        return Ok(vec![of(None, (&mapping.partition_key.attribute, value))]);
    }
    let keys = status_keys(&arguments.status, read.most);
    Ok(keys.into_iter().map(|key| of(Some(INDEX), (PROCESSING_STATUS, KeyValue::Text(key)))).collect())
}

/// A bound as the sort key spells it.
fn bound(text: &str, flag: &str, mapping: &Mapping, now: Timestamp) -> Result<KeyValue, Stop> {
    // Without a sort key, rows are sorted by the time of their processing.
    let format = if mapping.sort_key.is_some() { mapping.sort_key_format() } else { ValueFormat::Timestamp };
    if !format.is_instant() {
        return key_value(text, format, flag);
    }
    let instant = match before(text) {
        Some(duration) => now.checked_sub(duration).ok().map(|at| at.to_string()),
        None => Some(text.to_owned()),
    };
    instant.and_then(|instant| normalise(&instant).ok()).map(KeyValue::Text).ok_or_else(|| {
        let message = format!("`{flag} {text}` is no time");
        let help = format!("write `{flag} 1h`, `{flag} 7d` or `{flag} 2026-01-31T09:00:00Z`");
        let diagnostic = Diagnostic::error(codes::QUERY_NO_TIME, message).help(help);
        Stop::Failure(Failure::new(Exit::Usage, diagnostic))
    })
}

/// What sorts the rows of one status.
fn sort_key(mapping: &Mapping) -> &str {
    mapping.sort_key.as_ref().map_or(PROCESSED_AT, |field| &field.attribute)
}

/// A value of a key as it is stored.
fn key_value(text: &str, format: ValueFormat, flag: &str) -> Result<KeyValue, Stop> {
    if format != ValueFormat::Number {
        return Ok(KeyValue::Text(text.to_owned()));
    }
    // Only what JSON calls a number is one in an event.
    let number = serde_json::from_str::<serde_json::Number>(text).ok().and_then(|_| Number::stored(text));
    number.map(KeyValue::Number).ok_or_else(|| {
        let message = format!("`{flag} {text}` is not a number, and the spec stores this key as a number");
        let diagnostic = Diagnostic::error(codes::QUERY_NO_TIME, message).help("write it like `42` or `1.5`");
        Stop::Failure(Failure::new(Exit::Usage, diagnostic))
    })
}

/// `90s`, `30m`, `1h` or `7d`.
fn before(text: &str) -> Option<SignedDuration> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: i64 = text.get(..text.len() - 1)?.parse().ok()?;
    Some(SignedDuration::from_secs(count.checked_mul(unit)?))
}

/// `expired`: the second of the epoch by which the rows are marked whose time is over.
fn print(
    mapping: &Mapping,
    rows: &[StoredRow],
    expired: Option<i64>,
    console: &mut Console,
) -> Result<(), Stop> {
    let marks: Option<Vec<bool>> =
        expired.map(|second| rows.iter().map(|row| is_expired(row, second)).collect());
    if console.format == Format::Json {
        // Numbers of 38 digits stay what they are: a row writes itself.
        let rows: Vec<String> = rows.iter().map(canonical_map).collect();
        let marks = marks.map(|marks| format!(",\"expired\":{marks:?}")).unwrap_or_default();
        return Ok(console.data(&format!("{{\"version\":1,\"rows\":[{}]{marks}}}", rows.join(",")))?);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let sort = sort_key(mapping);
    let mut columns = vec![sort, &mapping.partition_key.attribute];
    columns.extend(mapping.event_type.as_ref().map(|field| field.attribute.as_str()));
    columns.extend([PROCESSED_AT, EVENT_ID].into_iter().filter(|name| *name != sort));
    let cell = |row: &StoredRow, name: &str| match row.get(name) {
        Some(Json::Text(text)) => text.clone(),
        Some(Json::Number(number)) => number.as_str().to_owned(),
        _ => String::new(),
    };
    let mut cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|name| cell(row, name)).collect()).collect();
    if let Some(marks) = marks {
        columns.push(EXPIRES_AT);
        for (row, is_expired) in cells.iter_mut().zip(marks) {
            row.push(if is_expired { "expired" } else { "" }.to_owned());
        }
    }
    Ok(console.data(&rows_text(&columns, &cells))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_counted_back_from_now() {
        assert_eq!(before("90s"), Some(SignedDuration::from_secs(90)));
        assert_eq!(before("7d"), Some(SignedDuration::from_hours(168)));
        for text in ["", "h", "1w", "-", "99999999999999999999d", "2026-01-31T09:00:00Z", "é"] {
            assert_eq!(before(text), None, "{text}");
        }
    }
}
