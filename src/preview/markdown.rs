use serde::Serialize;

/// A line of a text widget.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Paragraph {
    /// 1 to 3 for a heading, 0 for plain text.
    level: usize,
    runs: Vec<StyledText>,
}

/// Text in one style.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StyledText {
    style: Style,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Style {
    Plain,
    Light,
    Strong,
    Code,
}

/// The part of CloudWatch's markdown that our dashboards use: headings, `*light*`, `**strong**` and `` `code` ``. Other
/// text is unchanged.
pub(super) fn markdown(text: &str) -> Vec<Paragraph> {
    text.lines().filter(|line| !line.trim().is_empty()).map(paragraph).collect()
}

fn paragraph(line: &str) -> Paragraph {
    let level = line.chars().take_while(|character| *character == '#').count();
    match line[level..].strip_prefix(' ') {
        Some(heading) if (1..=3).contains(&level) => Paragraph { level, runs: runs(heading) },
        _ => Paragraph { level: 0, runs: runs(line) },
    }
}

fn runs(text: &str) -> Vec<StyledText> {
    const MARKS: [(&str, Style); 3] = [("**", Style::Strong), ("*", Style::Light), ("`", Style::Code)];
    let mut runs = Vec::new();
    let mut remainder = text;
    while !remainder.is_empty() {
        let next = MARKS
            .into_iter()
            .filter_map(|(mark, style)| {
                let start = remainder.find(mark)?;
                let length = remainder[start + mark.len()..].find(mark).filter(|length| *length > 0)?;
                Some((start, mark.len(), length, style))
            })
            // Of two marks at one position the longer one, which is first.
            .min_by_key(|(start, ..)| *start);
        let Some((start, mark, length, style)) = next else {
            runs.push(StyledText { style: Style::Plain, text: remainder.to_owned() });
            break;
        };
        if start > 0 {
            runs.push(StyledText { style: Style::Plain, text: remainder[..start].to_owned() });
        }
        let inside = start + mark;
        runs.push(StyledText { style, text: remainder[inside..inside + length].to_owned() });
        remainder = &remainder[inside + length + mark..];
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::{Paragraph, Style, StyledText, markdown};

    fn run(style: Style, text: &str) -> StyledText {
        StyledText { style, text: text.to_owned() }
    }

    #[test]
    fn headings_and_styles_are_distinguished() {
        let text = "## Lag: *is it `ok`?*\n\na **b** `c*` 2 * 3";
        let lag = vec![run(Style::Plain, "Lag: "), run(Style::Light, "is it `ok`?")];
        let plain = vec![
            run(Style::Plain, "a "),
            run(Style::Strong, "b"),
            run(Style::Plain, " "),
            run(Style::Code, "c*"),
            run(Style::Plain, " 2 * 3"),
        ];
        assert_eq!(markdown(text), [Paragraph { level: 2, runs: lag }, Paragraph { level: 0, runs: plain }]);
    }

    #[test]
    fn marks_without_a_partner_are_text() {
        for text in ["*", "**", "a * b", "####### x", "`", "#x", "é*é"] {
            let paragraphs = markdown(text);
            assert_eq!(paragraphs, [Paragraph { level: 0, runs: vec![run(Style::Plain, text)] }]);
        }
    }
}
