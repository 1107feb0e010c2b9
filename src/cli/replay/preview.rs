//! An estimate of what a replay would send.

use jiff::Timestamp;

use crate::cli::Stop;
use crate::deploy::Session;
use crate::operate::{ArchiveState, Replay, ReplayRequest, Rules, Span, TimeIndex, already_stored, estimate};
use crate::render::{on_bus, recorded_spread};
use crate::report::{Console, Replaying};
use crate::spec::Spec;
use crate::stack::{CallErrorKind, Stack};
use crate::validate::processor_config;

/// The most seconds between an event's arrival on the bus and in the archive.
const LAG: i64 = 600;

/// What is replayed, and to which rules.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) session: &'a Session,
    pub(super) spec: &'a Spec,
    pub(super) archive: &'a ArchiveState,
    pub(super) stack: &'a Stack,
}

impl Given<'_> {
    fn replaying(&self, span: Span) -> Replaying {
        let at = |second: i64| Timestamp::from_second(second).unwrap_or_default().to_string();
        // The local cloud accepts a list of rules and ignores it.
        let rules = if self.session.is_local() { Vec::new() } else { self.rules() };
        Replaying {
            version: 1,
            archive: self.session.names.archive.clone(),
            retention_days: self.archive.retention_days,
            from: at(span.from),
            to: at(span.to),
            span,
            rules,
            dry_run: false,
            estimate: None,
            already_rows: None,
            warnings: Vec::new(),
            replay: None,
            result: None,
        }
    }

    /// For a replay that runs already.
    pub(super) fn followed(&self, replay: Replay) -> Replaying {
        let span = replay.span.unwrap_or(Span { from: 0, to: 0 });
        Replaying { replay: Some(replay), ..self.replaying(span) }
    }

    fn rules(&self) -> Vec<String> {
        self.spec.bus_rules().into_iter().map(|rule| rule.name).collect()
    }
}

/// The request for a replay: its name begins with the archive's, and includes the second.
pub(super) fn request(given: &Given<'_>, span: Span, now: Timestamp) -> ReplayRequest {
    let Given { session, archive, .. } = given;
    let (location, _) = archive.arn.split_once("archive/").unwrap_or((&archive.arn, ""));
    let arn = |rule: &String| format!("{location}{}", on_bus(&session.names.bus, rule));
    ReplayRequest {
        name: format!("{}-{}", session.names.archive, now.strftime("%Y%m%dT%H%M%S")),
        archive: archive.arn.clone(),
        bus: archive.bus.clone(),
        rules: given.rules().iter().map(arn).collect(),
        span,
    }
}

/// Estimates what the span holds, and warns of what its replay would miss.
pub(super) async fn preview(
    given: Given<'_>,
    span: Span,
    dry_run: bool,
    console: &mut Console,
) -> Result<Replaying, Stop> {
    let Given { session, spec, archive, stack } = given;
    let now = Timestamp::now().as_second();
    let mut replaying = Replaying { dry_run, ..given.replaying(span) };
    replaying.warnings = warnings(archive, span, now);
    for warning in &replaying.warnings {
        console.complain(&format!("  warning: {warning}"));
    }
    let names = given.rules();
    let bus = (session.names.bus != "default").then_some(session.names.bus.as_str());
    let rules = Rules { bus, names: &names, are_measured: !session.is_local() };
    let (estimate, unread) = estimate(&session.clients, archive, rules, span, now).await;
    if let Some(error) = unread {
        console.complain(&format!("  not read      what the rules matched: {error}"));
    }
    replaying.estimate = Some(estimate);
    let index = TimeIndex::of(spec, &processor_config(spec).event);
    if let Some(index) = index {
        let shards = recorded_spread(&stack.outputs).unwrap_or(1).max(spec.shards().value);
        let counted = already_stored(&session.clients, &session.names.table, &index, shards, span).await;
        match counted {
            Ok(already) => replaying.already_rows = Some(already),
            Err(error) if error.kind == CallErrorKind::Denied => {
                console.complain(&format!("  not checked   how many of them are rows: {error}"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(replaying)
}

fn warnings(archive: &ArchiveState, span: Span, now: i64) -> Vec<String> {
    let mut found = Vec::new();
    if span.to > now - LAG {
        found.push(
            "`--to` is less than ten minutes ago: events may reach the archive ten minutes late, and those not yet in it are not replayed"
                .to_owned(),
        );
    }
    let begin = archive.begin(now);
    if span.from < begin {
        let since = Timestamp::from_second(begin).unwrap_or_default().strftime("%F %T UTC");
        found.push(format!("the archive holds nothing from before {since}"));
    }
    if !["ENABLED", ""].contains(&archive.state.as_str()) {
        found.push(format!("the archive is in state `{}`", archive.state));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_replay_would_miss_is_reported_before_it() {
        let archive = ArchiveState {
            state: "ENABLED".to_owned(),
            created: Some(1_000),
            retention_days: Some(1),
            ..ArchiveState::default()
        };
        let count = |from: i64, to: i64| warnings(&archive, Span { from, to }, 100_000).len();
        assert_eq!((count(20_000, 99_400), count(20_000, 99_401), count(13_000, 90_000)), (0, 1, 1));
        let disabled = ArchiveState { state: "DISABLED".to_owned(), ..archive };
        assert!(warnings(&disabled, Span { from: 20_000, to: 90_000 }, 100_000)[0].contains("DISABLED"));
    }
}
