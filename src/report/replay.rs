use jiff::Timestamp;
use serde::Serialize;

use super::amounts::count;
use super::{pairs, printable};
use crate::operate::{Already, Basis, Estimate, Handled, Replay, Span};

/// A replay: its parameters, its progress and its result. Public JSON shape.
#[derive(Debug, Clone, Serialize)]
pub struct Replaying {
    pub version: u32,
    pub archive: String,
    /// `None`: it retains events indefinitely.
    pub retention_days: Option<u32>,
    /// RFC 3339, in whole seconds; the end is exclusive.
    pub from: String,
    pub to: String,
    #[serde(skip)]
    pub span: Span,
    /// The rules that get the events; empty if the cloud sends them to all.
    pub rules: Vec<String>,
    pub dry_run: bool,
    /// `None` when following a replay that had already begun.
    pub estimate: Option<Estimate>,
    /// `None` if no index can answer it.
    pub already_rows: Option<Already>,
    pub warnings: Vec<String>,
    pub replay: Option<Replay>,
    pub result: Option<ReplayResult>,
}

/// The processor's results since the start of the replay.
#[derive(Debug, Clone, Serialize)]
pub struct ReplayResult {
    pub since: String,
    pub until: String,
    /// `None`: its log may not be read.
    #[serde(flatten)]
    pub handled: Option<Handled>,
    /// Messages that are still in the queue; `None`: it may not be read.
    pub waiting: Option<u64>,
    /// Why the log could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// What a replay would do, for people.
#[must_use]
pub fn replay_preview(replaying: &Replaying) -> String {
    let retention = match replaying.retention_days {
        Some(1) => "retains events for 1 day".to_owned(),
        Some(days) => format!("retains events for {days} days"),
        None => "retains events without limit".to_owned(),
    };
    let to = match replaying.rules.as_slice() {
        [] => "every rule on the bus: the local cloud cannot choose rules".to_owned(),
        [rule] => format!("the rule {rule}, and no other on its bus"),
        rules => format!("the rules {}, and no other on their bus", rules.join(", ")),
    };
    let mut lines = vec![
        ("archive", format!("{}, {retention}", printable(&replaying.archive))),
        ("events of", span_words(replaying.span)),
        ("go to", printable(&to)),
    ];
    lines.extend(replaying.estimate.as_ref().map(|estimate| ("estimate", estimate_words(estimate))));
    lines.extend(replaying.already_rows.as_ref().map(|already| ("already rows", already_words(already))));
    pairs(lines)
}

fn estimate_words(estimate: &Estimate) -> String {
    if estimate.events == Some(0) && estimate.basis.is_none() {
        return "none: the archive holds no events of that time".to_owned();
    }
    let Some((events, basis)) = estimate.events.zip(estimate.basis) else {
        return "none: the archive's count, which can be a day old, is 0".to_owned();
    };
    let bytes = estimate.bytes.map_or_else(String::new, |bytes| format!(", {} bytes", count(bytes as f64)));
    let basis = match basis {
        Basis::MatchedEvents => "what the rules matched in that time",
        Basis::ArchiveTotal => {
            "the archive's total, spread evenly over its time span; it includes other events of these sources"
        }
    };
    format!("about {} events{bytes}: {basis}", count(events as f64))
}

fn already_words(already: &Already) -> String {
    let Already { rows, complete, index, attribute } = already;
    let least = if *complete { "" } else { "at least " };
    let rows = count(*rows as f64);
    format!("{least}{rows} whose `{}` is in that time, by {}", printable(attribute), printable(index))
}

/// The result of a replay, for people.
#[must_use]
pub fn replay_result(replaying: &Replaying) -> String {
    let mut lines = Vec::new();
    if let Some(replay) = &replaying.replay {
        let why = replay.reason.as_ref().map_or_else(String::new, |why| format!(": {}", printable(why)));
        lines.push(("replay", format!("{}, {}{why}", printable(&replay.name), replay.state.to_lowercase())));
    }
    if let Some(result) = &replaying.result {
        if let Some(handled) = &result.handled {
            let Handled { rows, duplicates, superseded, erased, dead_letters, returned, .. } = *handled;
            lines.push(("rows", count(rows as f64)));
            lines.push(("duplicates", count(duplicates as f64)));
            if superseded > 0 {
                lines.push(("superseded", count(superseded as f64)));
            }
            if erased > 0 {
                lines.push(("erased keys", format!("{}, not written", count(erased as f64))));
            }
            lines.push(("dead letters", count(dead_letters as f64)));
            if returned > 0 {
                lines.push(("returned", format!("{}, to be tried again", count(returned as f64))));
            }
        }
        if let Some(waiting) = result.waiting.filter(|waiting| *waiting > 0) {
            lines.push(("in the queue", format!("{}, still to come", count(waiting as f64))));
        }
    }
    pairs(lines)
}

/// A span in UTC.
#[must_use]
pub fn span_words(span: Span) -> String {
    let at = |second: i64| Timestamp::from_second(second).unwrap_or_default();
    let (from, to) = (at(span.from), at(span.to));
    let same_day = from.strftime("%F").to_string() == to.strftime("%F").to_string();
    let end = if same_day { to.strftime("%T") } else { to.strftime("%F %T") };
    format!("{} to {end} UTC", from.strftime("%F %T"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaying() -> Replaying {
        Replaying {
            version: 1,
            archive: "orders-archive-prod".to_owned(),
            retention_days: Some(7),
            from: String::new(),
            to: String::new(),
            span: Span { from: 1_764_230_400, to: 1_764_234_000 },
            rules: vec!["orders-rule-prod".to_owned()],
            dry_run: true,
            estimate: Some(Estimate {
                events: Some(1_900),
                bytes: Some(2_000_000),
                basis: Some(Basis::MatchedEvents),
            }),
            already_rows: None,
            warnings: Vec::new(),
            replay: None,
            result: None,
        }
    }

    #[test]
    fn a_preview_states_that_it_estimates_and_from_what() {
        let text = replay_preview(&replaying());
        for words in [
            "2025-11-27 08:00:00 to 09:00:00 UTC",
            "about 1,900 events",
            "what the rules matched",
            "retains events for 7 days",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("already rows"), "{text}");
        let unknown = Estimate { events: None, bytes: None, basis: None };
        let text =
            replay_preview(&Replaying { estimate: Some(unknown), retention_days: None, ..replaying() });
        assert!(text.contains("can be a day old, is 0") && text.contains("without limit"), "{text}");
        let before = Estimate { events: Some(0), bytes: None, basis: None };
        let text =
            replay_preview(&Replaying { estimate: Some(before), retention_days: Some(1), ..replaying() });
        assert!(text.contains("holds no events of that time") && text.contains("for 1 day"), "{text}");
    }

    #[test]
    fn what_is_not_known_of_a_result_is_not_shown_as_none() {
        let result = |handled| ReplayResult {
            since: String::new(),
            until: String::new(),
            handled,
            waiting: Some(0),
            unread: None,
        };
        let text = |handled| replay_result(&Replaying { result: Some(result(handled)), ..replaying() });
        assert!(text(Some(Handled::default())).contains("dead letters"));
        assert!(!text(None).contains("rows"));
        let erased = text(Some(Handled { read: 3, erased: 3, ..Handled::default() }));
        assert!(erased.contains("erased keys") && !erased.contains("returned"), "{erased}");
    }
}
