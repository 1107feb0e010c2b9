use super::{harmless, style};

/// One apply, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    pub at: String,
    /// The caller's ARN.
    pub by: String,
    pub what: String,
}

/// Who applied what and when, the newest first and counted from 0.
#[must_use]
pub fn history_text(lines: &[HistoryLine]) -> String {
    let who: Vec<String> = lines.iter().map(|line| harmless(caller(&line.by))).collect();
    let width = who.iter().map(|who| who.chars().count()).max().unwrap_or_default();
    let rows = lines.iter().zip(&who).enumerate().map(|(back, (line, who))| {
        let back = if back == 0 { style::green("now") } else { style::dim(&format!("{back:>3}")) };
        format!("  {back}  {}  {who:<width$}  {}", harmless(&line.at), harmless(&line.what))
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// `arn:aws:sts::123456789012:assumed-role/deployer/ada` → `deployer/ada`: the account is the stack's own.
pub(super) fn caller(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    resource.split_once('/').map_or(resource, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_by_their_names() {
        assert_eq!(caller("arn:aws:sts::123456789012:assumed-role/deployer/ada"), "deployer/ada");
        assert_eq!(caller("arn:aws:iam::123456789012:user/ada"), "ada");
        assert_eq!(caller("arn:aws:iam::123456789012:root"), "root");
        let line =
            |by: &str| HistoryLine { at: "2026".to_owned(), by: by.to_owned(), what: "created".to_owned() };
        let text = history_text(&[line("arn:aws:iam::1:user/ada"), line("x\u{1b}[2J")]);
        let text = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(text, "  now  2026  ada         created\n    1  2026  x\\u{1b}[2J  created");
    }
}
