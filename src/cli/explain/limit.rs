//! The limit that a code follows from: the heading of docs/limits.md under which the code is named.

const LIMITS: &str = include_str!("../../../docs/limits.md");
const PAGE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/limits.md#");

/// The address of the limit, with its source; `None`: the code follows from no limit of AWS.
pub(super) fn limit(code: &str) -> Option<String> {
    let name = format!("`{code}`");
    let before = LIMITS.find(&name).and_then(|at| LIMITS.get(..at))?;
    let heading = before.lines().rev().find(|line| line.starts_with('#'))?;
    Some(format!("{PAGE}{}", heading.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-")))
}
