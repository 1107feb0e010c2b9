use camino::Utf8PathBuf;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use processor::instant::normalise;
use processor::json::{Json, canonical_map};
use processor::row::{EVENT_ID, PROCESSED_AT, PROCESSING_STATUS};

use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{Query, StoredRow, newest_rows};
use crate::report::{Console, Format, rows_text};
use crate::spec::{SortKeyFormat, Spec};

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
    /// Rows of this shipment instead: the value of `event.partition_key`.
    #[arg(long, value_name = "ID", conflicts_with = "status")]
    shipment: Option<String>,
    /// From then on: `30m`, `1h`, `7d` before now, or an RFC 3339 instant; a text where `event.sort_key_format` is
    /// `text`.
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
        let mut session = runtime::session(global, &arguments.spec, spec, console).await?;
        let stack = session.pipeline().await?;
        session.goes_by(&stack, &mut Reporter::new(console)).await?;
        let queries = queries(arguments, spec, &session, from.as_ref(), to.as_ref());
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
    from: Option<&String>,
    to: Option<&String>,
) -> Vec<Query> {
    let of = |index: Option<&str>, partition: (&str, String)| Query {
        table: session.names.table.clone(),
        index: index.map(str::to_owned),
        partition: (partition.0.to_owned(), partition.1),
        sort: spec.event.sort_key.clone(),
        from: from.cloned(),
        to: to.cloned(),
    };
    if let Some(id) = &arguments.shipment {
        return vec![of(None, (&spec.event.partition_key, id.clone()))];
    }
    let shards = spec.shards().value;
    let status = &arguments.status;
    if shards <= 1 || status.contains('#') {
        return vec![of(Some(INDEX), (PROCESSING_STATUS, status.clone()))];
    }
    // Rows from before the index was spread have the plain status.
    let spread = (0..shards).map(|shard| format!("{status}#{shard}"));
    spread.chain([status.clone()]).map(|key| of(Some(INDEX), (PROCESSING_STATUS, key))).collect()
}

/// A bound as the sort key spells it.
fn bound(text: &str, flag: &str, spec: &Spec, now: Timestamp) -> Result<String, Stop> {
    if spec.event.sort_key_format == SortKeyFormat::Text {
        return Ok(text.to_owned());
    }
    let instant = match before(text) {
        Some(duration) => now.checked_sub(duration).ok().map(|at| at.to_string()),
        None => Some(text.to_owned()),
    };
    instant.and_then(|instant| normalise(&instant).ok()).ok_or_else(|| {
        let message = format!("`{flag} {text}` is no time");
        let help = format!("write `{flag} 1h`, `{flag} 7d` or `{flag} 2026-01-31T09:00:00Z`");
        let diagnostic = Diagnostic::error(codes::QUERY_NO_TIME, message).help(help);
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
    let event = &spec.event;
    let columns = [&*event.sort_key, &event.partition_key, &event.type_field, PROCESSED_AT, EVENT_ID];
    let cell = |row: &StoredRow, name: &str| match row.get(name) {
        Some(Json::Text(text)) => text.clone(),
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
