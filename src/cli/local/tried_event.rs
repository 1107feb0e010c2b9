//! An event that the page sends, and its result. It receives no messages, which would hide them from others.

use std::time::Duration;

use processor::config::Config;
use processor::json::canonical_map;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::opened::Opened;
use crate::cli::Stop;
use crate::cli::outgoing::{Outgoing, To, put};
use crate::cli::own_code::deciding;
use crate::cli::sightings::{Sightings, sightings};
use crate::cli::unstored::{unmatched, unstored};
use crate::diagnostic::{Failure, codes};
use crate::operate::{EventWatch, Fate, KeyNames, Query, Sent, pretty, rows_in_order, seen_as_rows};
use crate::report::{Console, Lost, Sending, printable};
use crate::validate::processor_config;

/// Puts one event on the bus, as `pipectl send --event` does. Returns its report, and how to recognise its result.
pub(super) async fn send(
    opened: &Opened,
    text: &str,
    console: &mut Console,
) -> Result<(Value, Option<EventWatch>), Stop> {
    let (session, spec) = (&opened.session, opened.spec());
    let config = deciding(spec, console)?;
    let outgoing = Outgoing::of_text(text, 1, spec).map_err(|reason| invalid(&reason))?;
    if outgoing.events.len() != 1 {
        return Err(invalid(&format!(
            "it contains {} events, and only one is sent at a time",
            outgoing.events.len()
        )));
    }
    let begun = Instant::now();
    let unmatched = unmatched(session, spec, &outgoing);
    let (sent, bodies) = put(To::Bus, session, spec, &config, &outgoing, Duration::ZERO, console).await?;
    let Sightings { rejected, mut watched, bodies, .. } =
        sightings(To::Bus, &config, &outgoing, &unmatched, &sent, bodies);
    let open: Vec<String> = watched.iter().map(|watch| watch.event_id.clone()).collect();
    let mut reasons = unstored(&config, &unmatched, &rejected, &[], &open, &bodies);
    // It is still being processed.
    reasons.retain(|one| one.what != Lost::NotSeen);
    let report = Sending {
        version: 1,
        sent: 1,
        rows: 0,
        duplicates: 0,
        superseded: 0,
        erased: 0,
        dead_letters: 0,
        rejected_by_bus: rejected.len(),
        rejected_by_queue: None,
        open: watched.len() + unmatched.len(),
        seconds: (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        sent_twice: None,
        poison: Vec::new(),
        reasons,
    };
    let mut report = serde_json::to_value(report).unwrap_or_default();
    report["event_id"] = match &sent[..] {
        [Sent::Taken { event_id }] => event_id.as_str().into(),
        _ => Value::Null,
    };
    report["matched"] = (unmatched.is_empty() && rejected.is_empty()).into();
    Ok((report, watched.pop()))
}

/// The current result of an event: its row, another row with the same key, or none yet.
pub(super) async fn fate(opened: &Opened, watch: &EventWatch) -> Result<Value, Stop> {
    let config = processor_config(opened.spec());
    let (clients, table) = (&opened.session.clients, &opened.session.names.table);
    let watched = std::slice::from_ref(watch);
    let fates = seen_as_rows(clients, table, KeyNames::of(&config.event), watched).await?;
    let state = match fates.get(&watch.event_id) {
        Some(Fate::Row) => "row",
        Some(Fate::Duplicate) => "duplicate",
        Some(Fate::Superseded) => "superseded",
        Some(Fate::Erased) => "erased",
        Some(Fate::DeadLetter) | None => "open",
    };
    let row = if state == "open" { None } else { row(opened, &config, watch).await? };
    Ok(json!({"version": 1, "state": state, "row": row}))
}

/// The row with its key, as text, so that numbers do not lose digits.
async fn row(opened: &Opened, config: &Config, watch: &EventWatch) -> Result<Option<String>, Stop> {
    let Some(expected) = &watch.row else { return Ok(None) };
    let (session, names) = (&opened.session, KeyNames::of(&config.event));
    let query = Query {
        table: session.names.table.clone(),
        index: None,
        partition: (names.partition.to_owned(), expected.key.partition.clone()),
        sort: names.sort.map(str::to_owned),
        from: expected.key.sort.clone(),
        to: expected.key.sort.clone(),
        oldest_first: false,
        unexpired_at: None,
    };
    let (rows, _) = rows_in_order(&session.clients, vec![query], 1).await?;
    Ok(rows.first().map(|row| in_lines(&canonical_map(row))))
}

/// A JSON text with line breaks and indentation.
pub(super) fn in_lines(text: &str) -> String {
    let lines = pretty(text).unwrap_or_default();
    lines.iter().map(|line| printable(&line.text)).collect::<Vec<_>>().join("\n")
}

fn invalid(reason: &str) -> Stop {
    let message = format!("the event cannot be sent: {reason}");
    let help = "write JSON: an event with `source`, `detail-type` and `detail`, or only the detail";
    Stop::Failure(Failure::failed(codes::SEND_INVALID_EVENT, message, help))
}
