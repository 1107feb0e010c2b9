//! One event of an apply, as a line or as JSON.

use serde::Serialize;

use super::{printable, style};
use crate::apply::DeployEvent;

/// A line for people about one event; `None` if it is not worth showing.
#[must_use]
pub fn event_line(event: &DeployEvent) -> Option<String> {
    let DeployEvent::Resource { logical_id, resource_type, state, reason, seconds } = event else {
        return match event {
            DeployEvent::Waiting { reason } => {
                Some(format!("  {} {}", style::yellow("…"), printable(reason)))
            }
            DeployEvent::Attached { stack, state, begun_by } => {
                let by = begun_by.as_deref().and_then(begun_by_words).unwrap_or_default();
                let words = format!("{stack} is busy ({state}{by}): following that to its end first");
                Some(format!("  {} {}", style::yellow("…"), printable(&words)))
            }
            DeployEvent::OtherFailed { reason } => {
                Some(format!("  {} the other operation failed: {}", style::red("✗"), printable(reason)))
            }
            _ => None,
        };
    };
    if resource_type == "AWS::CloudFormation::Stack" {
        return None;
    }
    let (sign, verb) = verb(state)?;
    let took =
        seconds.filter(|seconds| *seconds > 0).map_or_else(String::new, |seconds| format!(" {seconds} s"));
    let why = match reason {
        Some(reason) if state.ends_with("_FAILED") => format!(": {}", printable(reason)),
        _ => String::new(),
    };
    let name = printable(logical_id);
    Some(format!(
        "  {sign} {name:<24} {} {}{why}",
        style::dim(&printable(resource_type)),
        style::dim(&format!("{verb}{took}"))
    ))
}

/// `pipectl-apply-ada-1763900000000-0a1b2c3d` is the token of `pipectl apply` of `ada`.
fn begun_by_words(token: &str) -> Option<String> {
    let mut parts = token.strip_prefix("pipectl-")?.split('-');
    let (kind, user) = (parts.next()?, parts.next()?);
    Some(format!(", `pipectl {kind}` of `{user}`"))
}

fn verb(state: &str) -> Option<(String, &'static str)> {
    Some(match state {
        "CREATE_COMPLETE" => (style::green("✓"), "created"),
        "UPDATE_COMPLETE" => (style::green("✓"), "updated"),
        "DELETE_COMPLETE" => (style::green("✓"), "deleted"),
        "IMPORT_COMPLETE" => (style::green("✓"), "adopted"),
        "DELETE_SKIPPED" => (style::cyan("○"), "retained"),
        "CREATE_FAILED" => (style::red("✗"), "not created"),
        "UPDATE_FAILED" => (style::red("✗"), "not updated"),
        "DELETE_FAILED" => (style::red("✗"), "not deleted"),
        _ => return None,
    })
}

/// One JSON object per line: `{"version":1,"at":…,"event":…}`.
#[must_use]
pub fn event_json(event: &DeployEvent, at: jiff::Timestamp) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        version: u32,
        at: String,
        #[serde(flatten)]
        event: &'a DeployEvent,
    }
    serde_json::to_string(&Line { version: 1, at: at.to_string(), event }).unwrap_or_default()
}
