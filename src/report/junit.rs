//! Test results as JUnit XML, as GitLab and Jenkins read it.

use std::fmt::Write as _;

use crate::diagnostic::is_visible;

/// The tests of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    pub name: String,
    pub cases: Vec<Case>,
}

/// One test. Its name is unique within the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub name: String,
    pub outcome: CaseOutcome,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseOutcome {
    Passed,
    /// The result is not as expected: a kind, a line and the whole text.
    Failed(String, String, String),
    /// It could not be tried: a kind, a line and the whole text.
    Error(String, String, String),
}

/// The document. No times: the same specs give the same bytes.
#[must_use]
pub fn junit_xml(suites: &[Suite]) -> String {
    let cases = || suites.iter().flat_map(|suite| &suite.cases);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuites name=\"pipectl test\"{}>", counts(cases()));
    for Suite { name, cases } in suites {
        let name = escaped(name);
        let _ = writeln!(text, "  <testsuite name=\"{name}\"{}>", counts(cases.iter()));
        for case in cases {
            let head =
                format!("<testcase name=\"{}\" classname=\"{name}\" file=\"{name}\"", escaped(&case.name));
            let (tag, [kind, message, all]) = match &case.outcome {
                CaseOutcome::Passed => {
                    let _ = writeln!(text, "    {head}/>");
                    continue;
                }
                CaseOutcome::Failed(kind, message, all) => {
                    ("failure", [kind, message, all].map(|part| escaped(part)))
                }
                CaseOutcome::Error(kind, message, all) => {
                    ("error", [kind, message, all].map(|part| escaped(part)))
                }
            };
            let _ = writeln!(
                text,
                "    {head}>\n      <{tag} type=\"{kind}\" message=\"{message}\">{all}</{tag}>\n    </testcase>"
            );
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        match case.outcome {
            CaseOutcome::Passed => {}
            CaseOutcome::Failed(..) => failures += 1,
            CaseOutcome::Error(..) => errors += 1,
        }
    }
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"")
}

/// A text as part of XML, also in an attribute. XML 1.0 cannot represent most control characters: invisible characters
/// are written as numbers, as on every page.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // Unescaped, they would be blanks in an attribute.
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            character if is_visible(character) => safe.push(character),
            character => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(character));
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        let hostile = "a\"b'c<d>&e]]>\u{0}\u{1b}[2J\u{fffe}\u{202e}\n\té🚚";
        let safe = escaped(hostile);
        assert_eq!(
            safe,
            "a&quot;b&apos;c&lt;d&gt;&amp;e]]&gt;\\u{0}\\u{1b}[2J\\u{fffe}\\u{202e}&#10;&#9;é🚚"
        );
        let failed = CaseOutcome::Failed("k".to_owned(), hostile.to_owned(), hostile.to_owned());
        let cases = vec![
            Case { name: "fine".to_owned(), outcome: CaseOutcome::Passed },
            Case { name: hostile.to_owned(), outcome: failed },
        ];
        let text = junit_xml(&[Suite { name: hostile.to_owned(), cases }]);
        assert!(text.contains("<testsuites name=\"pipectl test\" tests=\"2\" failures=\"1\" errors=\"0\""));
        assert_eq!(text.matches('<').count(), text.matches('>').count());
        assert!(text.chars().all(|character| character == '\n' || is_visible(character)));
    }
}
