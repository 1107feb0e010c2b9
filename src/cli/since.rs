//! Parses times of the command line.

use jiff::{SignedDuration, Timestamp};
use processor::instant::normalise;

use super::Stop;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};

/// The instant that `30m` (before now) or an RFC 3339 instant means, in the stored format.
pub(super) fn instant(text: &str, flag: &str, now: Timestamp) -> Result<String, Stop> {
    let found = match before(text) {
        Some(duration) => now.checked_sub(duration).ok().and_then(|at| normalise(&at.to_string()).ok()),
        None => normalise(text).ok(),
    };
    found.ok_or_else(|| {
        let message = format!("`{flag} {text}` is not a valid time");
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

    #[test]
    fn an_instant_is_a_span_before_now_or_itself() {
        let now: Timestamp = "2026-01-31T09:00:00Z".parse().unwrap();
        let parsed = |text: &str| instant(text, "--since", now).ok();
        assert_eq!(parsed("1h").as_deref(), Some("2026-01-31T08:00:00.000000000Z"));
        assert_eq!(parsed("2026-01-31T10:00:00+01:00").as_deref(), Some("2026-01-31T09:00:00.000000000Z"));
        for text in ["yesterday", "9999999999d", ""] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
