//! `--filter` and `--level` as a filter pattern of CloudWatch Logs.

use super::entry::{Entry, Level};
use super::platform::TROUBLE;

/// Bytes of a filter pattern, at most (CloudWatch Logs).
const LONGEST: usize = 1024;
/// Characters that a pattern's regular expression takes literally, besides letters and digits (CloudWatch Logs).
const PLAIN: [char; 9] = [':', '_', '#', '=', '@', '/', ';', ',', '-'];

/// Which lines are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// At least this severity.
    pub level: Option<Level>,
    /// Containing this text, as it is in the log.
    pub text: Option<String>,
}

impl Sought {
    /// Whether a line is wanted.
    #[must_use]
    pub fn takes(&self, text: &str, entry: &Entry) -> bool {
        self.level.is_none_or(|level| entry.level >= level)
            && self.text.as_ref().is_none_or(|sought| text.contains(sought.as_str()))
    }

    /// A filter pattern that every wanted line matches, so that CloudWatch Logs leaves out most of the others; `None` if
    /// no such pattern exists.
    ///
    /// It is one regular expression. A term would match whole words only, and a JSON pattern would match no plain-text
    /// line, such as the one about a timeout.
    #[must_use]
    pub fn pattern(&self) -> Option<String> {
        let by_text = self.text.as_ref().filter(|text| !text.is_empty()).and_then(|text| expression(text));
        let expression = by_text.or_else(|| {
            let warn = match self.level? {
                Level::Error => None,
                Level::Warn => Some("WARN"),
                // Nearly every line has it.
                _ => return None,
            };
            let words: Option<Vec<String>> = TROUBLE.into_iter().chain(warn).map(expression).collect();
            Some(words?.join("|"))
        })?;
        Some(format!("%{expression}%")).filter(|pattern| pattern.len() <= LONGEST)
    }
}

/// A text as a regular expression: a special or forbidden character becomes any character.
fn expression(text: &str) -> Option<String> {
    let mut expression = String::new();
    for character in text.chars() {
        match character {
            character if character.is_ascii_alphanumeric() || PLAIN.contains(&character) => {
                expression.push(character);
            }
            // `.` does not match a line break.
            character if character.is_ascii_control() => return None,
            character if character.is_ascii() => expression.push('.'),
            // It may count as several characters.
            _ => expression.push_str(".*"),
        }
    }
    Some(expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sought(level: Option<Level>, text: Option<&str>) -> Sought {
        Sought { level, text: text.map(str::to_owned) }
    }

    #[test]
    fn lines_are_taken_by_level_and_by_text() {
        let line = r#"{"level":"WARN","message":"record failed","reason":"throttled"}"#;
        let takes = |level, text| sought(level, text).takes(line, &Entry::read(line));
        assert!(
            takes(None, None) && takes(Some(Level::Warn), Some("throttled")) && takes(None, Some("d\","))
        );
        assert!(!takes(Some(Level::Error), None) && !takes(None, Some("Throttled")));
        let timeout = "1-2 Task timed out after 3.00 seconds";
        assert!(sought(Some(Level::Error), None).takes(timeout, &Entry::read(timeout)));
    }

    #[test]
    fn the_pattern_is_a_regular_expression_that_no_wanted_line_fails() {
        let pattern = |level, text| sought(level, text).pattern();
        assert_eq!(pattern(None, None), None);
        assert_eq!(pattern(Some(Level::Info), None), None);
        let errors = "%ERROR|Error|error|timed.out|exited|panicked|fault|failed%";
        assert_eq!(pattern(Some(Level::Error), None).as_deref(), Some(errors));
        let warnings = pattern(Some(Level::Warn), None).expect("a pattern");
        assert!(warnings.ends_with("|failed|WARN%"), "{warnings}");
        assert_eq!(pattern(Some(Level::Warn), Some("a-1_b")).as_deref(), Some("%a-1_b%"));
        assert_eq!(pattern(None, Some(r#"%50 (x)" é.*"#)).as_deref(), Some("%.50..x....*..%"));
        // A text that a pattern cannot express is only searched for here.
        assert_eq!(pattern(None, Some("a\nb")), None);
        assert_eq!(pattern(None, Some("")), None);
        assert_eq!(pattern(None, Some(&"x".repeat(2000))), None);
    }
}
