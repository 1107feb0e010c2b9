//! The time span of a replay.

use jiff::Timestamp;

use super::Arguments;
use crate::cli::{Stop, since};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::Span;

impl Arguments {
    /// The requested span; `None`: the command is about an existing replay.
    pub(super) fn span(&self, now: Timestamp) -> Result<Option<Span>, Stop> {
        let (Some(from), Some(to)) = (&self.from, &self.to) else { return Ok(None) };
        let second = |text: &str, flag: &str| {
            let at: Timestamp = since::instant(text, flag, now)?.parse().unwrap_or_default();
            Ok::<Timestamp, Stop>(at)
        };
        let (from, to) = (second(from, "--from")?, second(to, "--to")?);
        let wrong = |message: String, help: &str| {
            let diagnostic = Diagnostic::error(codes::REPLAY_SPAN, message).help(help);
            Err(Stop::Failure(Failure::new(Exit::Usage, diagnostic)))
        };
        if from >= to {
            return wrong(
                format!("`--from` ({from:.0}) is not before `--to` ({to:.0})"),
                "give the earlier moment with `--from`, such as `--from 3h --to 1h`",
            );
        }
        if to > now {
            return wrong(
                format!("`--to` ({to:.0}) is in the future"),
                "give `--to 10m`, or an earlier moment",
            );
        }
        // Whole seconds, as events have them; a fraction at the end is rounded up.
        let end = to.as_second() + i64::from(to.subsec_nanosecond() > 0);
        Ok(Some(Span { from: from.as_second(), to: end }))
    }
}
