use camino::Utf8PathBuf;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use processor::instant::normalise;
use processor::json::{Json, canonical_map};
use processor::mapping::{Format as ValueFormat, Mapping};
use processor::number::Number;
use processor::row::{EVENT_ID, KeyValue, PROCESSED_AT, PROCESSING_STATUS};

use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{Query, StoredRow, newest_rows};
use crate::report::{Console, Format, rows_text};
use crate::spec::Spec;
use crate::validate::processor_config;

/// The index of the templates.
const INDEX: &str = "status-timestamp-index";

/// Read rows of the table by their status and time, newest first, whatever number of shards the index has.
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
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let spec = checked.spec();
    let bound = |text: &Option<String>, flag: &str| {
        text.as_ref().map(|text| bound(text, flag, spec, Timestamp::now())).transpose()
    };
    let (from, to) = (bound(&arguments.since, "--since")?, bound(&arguments.until, "--until")?);
    runtime::run(global, async {
        let session = runtime::session(global, &arguments.spec, spec, console).await?;
        session.pipeline().await?;
        let queries = queries(arguments, spec, &session, from.as_ref(), to.as_ref())?;
        let shards = queries.len();
        let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
        let read = newest_rows(&session.clients, queries, most).await;
        let (rows, units) = read?;
        print(spec, &rows, console)?;
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

fn queries(
    arguments: &Arguments,
    spec: &Spec,
    session: &Session,
    from: Option<&KeyValue>,
    to: Option<&KeyValue>,
) -> Result<Vec<Query>, Stop> {
    let config = processor_config(spec);
    let of = |index: Option<&str>, partition: (&str, KeyValue)| Query {
        table: session.names.table.clone(),
        index: index.map(str::to_owned),
        partition: (partition.0.to_owned(), partition.1),
        sort: sort_key(&config.event).to_owned(),
        from: from.cloned(),
        to: to.cloned(),
    };
    if let Some(id) = &arguments.key {
        let value = key_value(id, config.event.partition_key_format(), "--key")?;
        return Ok(vec![of(None, (&config.event.partition_key.attribute, value))]);
    }
    let shards = spec.shards().value;
    let status = &arguments.status;
    if shards <= 1 || status.contains('#') {
        return Ok(vec![of(Some(INDEX), (PROCESSING_STATUS, KeyValue::Text(status.clone())))]);
    }
    // Rows from before the index was spread have the plain status.
    let spread = (0..shards).map(|shard| format!("{status}#{shard}"));
    let all = spread.chain([status.clone()]);
    Ok(all.map(|key| of(Some(INDEX), (PROCESSING_STATUS, KeyValue::Text(key)))).collect())
}

/// A bound as the sort key spells it.
fn bound(text: &str, flag: &str, spec: &Spec, now: Timestamp) -> Result<KeyValue, Stop> {
    let mapping = processor_config(spec).event;
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

fn print(spec: &Spec, rows: &[StoredRow], console: &mut Console) -> Result<(), Stop> {
    if console.format == Format::Json {
        // Numbers of 38 digits stay what they are: a row writes itself.
        let rows: Vec<String> = rows.iter().map(canonical_map).collect();
        return Ok(console.data(&format!("{{\"version\":1,\"rows\":[{}]}}", rows.join(",")))?);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let event = processor_config(spec).event;
    let sort = sort_key(&event);
    let mut columns = vec![sort, &event.partition_key.attribute];
    columns.extend(event.event_type.as_ref().map(|field| field.attribute.as_str()));
    columns.extend([PROCESSED_AT, EVENT_ID].into_iter().filter(|name| *name != sort));
    let cell = |row: &StoredRow, name: &str| match row.get(name) {
        Some(Json::Text(text)) => text.clone(),
        Some(Json::Number(number)) => number.as_str().to_owned(),
        _ => String::new(),
    };
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|name| cell(row, name)).collect()).collect();
    Ok(console.data(&rows_text(&columns, &rows))?)
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
