use super::at_fields;
use super::expires_while_retried::days;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// a row distinguishes a duplicate from a new event. Once it has expired, a replay or a redrive writes it again. An
/// archive that retains indefinitely is exempt: no time to live is longer, and it was chosen explicitly.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(ttl) = spec.table.ttl_days.days() else { return Vec::new() };
    let archive = spec.bus.archive.settings().map_or(0, |archive| archive.retention_days);
    let dead = spec.queue.dead_letter.retention_days;
    let longest = archive.max(dead);
    if ttl > longest {
        return Vec::new();
    }
    let (path, words, source) = if archive >= dead {
        ("/bus/archive/retention_days", "days of the archive", "the archive replays events of")
    } else {
        ("/queue/dead_letter/retention_days", "days of dead letters", "dead letters are redriven for")
    };
    let message = format!(
        "rows are retained {}, but {source} {}: events of expired rows are written again",
        days(ttl),
        days(longest)
    );
    let diagnostic = Diagnostic::warning(codes::TABLE_FORGETS_BEFORE_REPLAY, message)
        .help(format!("write `ttl_days: {}` or more", longest + 1));
    vec![at_fields(diagnostic, tree, &[("/table/ttl_days", ""), (path, words)])]
}
