use super::width::{columns, padded, wrapped};
use super::{printable, style};
use crate::deploy::AppliedElsewhere;

/// One apply, or an operation on messages, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// How many applies back it is; `None`: it is not an apply.
    pub back: Option<usize>,
    pub at: String,
    /// The caller's ARN.
    pub by: String,
    pub what: String,
}

/// Columns before a name.
const BEFORE: usize = 34;
/// The least columns of a text: in a narrower terminal, the terminal breaks it.
const LEAST: usize = 24;

/// Who did what and when, the newest first; applies are numbered from 0. For a terminal with this number of columns;
/// `None`: for a file, with one line each.
#[must_use]
pub fn history_text(lines: &[HistoryLine], terminal: Option<usize>) -> String {
    let who: Vec<String> = lines.iter().map(|line| printable(caller(&line.by))).collect();
    let width = who.iter().map(|who| columns(who)).max().unwrap_or_default();
    let rows = lines.iter().zip(&who).map(|(line, who)| {
        let back = match line.back {
            Some(0) => style::green("now"),
            Some(back) => style::dim(&format!("{back:>3}")),
            None => style::dim("  ·"),
        };
        let what = printable(&line.what);
        let columns = terminal.map(|terminal| terminal.saturating_sub(BEFORE + width).max(LEAST));
        let what = columns.map_or_else(|| vec![what.clone()], |columns| wrapped(&what, columns));
        let what = what.join(&format!("\n{}", " ".repeat(BEFORE + width)));
        format!("  {back}  {}  {}  {what}", printable(&line.at), padded(who, width))
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// The line in a plan if the last apply was of a commit that the checkout does not have.
#[must_use]
pub fn elsewhere_text(last: &AppliedElsewhere) -> String {
    let (by, at) = (printable(caller(&last.by)), printable(&last.moment));
    format!(
        "last applied by {by} at {at} from commit {}, which this checkout does not contain",
        printable(&last.git.short())
    )
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
    fn callers_are_identified_by_their_names() {
        assert_eq!(caller("arn:aws:sts::123456789012:assumed-role/deployer/ada"), "deployer/ada");
        assert_eq!(caller("arn:aws:iam::123456789012:user/ada"), "ada");
        assert_eq!(caller("arn:aws:iam::123456789012:root"), "root");
        let line = |by: &str, back| HistoryLine {
            back,
            at: "2026".to_owned(),
            by: by.to_owned(),
            what: "created".to_owned(),
        };
        let lines = [
            line("arn:aws:iam::1:user/ada", None),
            line("arn:aws:iam::1:user/ada", Some(0)),
            line("x\u{1b}[2J", Some(1)),
        ];
        let text = history_text(&lines, None);
        let text = anstream::adapter::strip_str(&text).to_string();
        let expected = "    ·  2026  ada         created\n  now  2026  ada         created\n    1  2026  x\\u{1b}[2J  created";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_long_text_is_broken_under_itself() {
        let what = "apply: failed, stack::operation-failed, from 01234567 with uncommitted changes";
        let line = HistoryLine {
            back: None,
            at: "2026-11-28 08:10:55 UTC".to_owned(),
            by: "arn:aws:iam::1:user/ada".to_owned(),
            what: what.to_owned(),
        };
        let text = history_text(&[line], Some(80));
        let text = anstream::adapter::strip_str(&text).to_string();
        let (first, second) = text.split_once('\n').expect("two lines");
        assert_eq!(first, "    ·  2026-11-28 08:10:55 UTC  ada  apply: failed, stack::operation-failed,");
        assert_eq!(second, format!("{}from 01234567 with uncommitted changes", " ".repeat(37)));
    }
}
