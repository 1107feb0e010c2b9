//! The template line from which a line of the expanded text comes.

/// Encloses a mark. No value contains it, because it is escaped, and no file does, because the reader rejects control
/// characters.
const MARK: char = '\u{1}';

/// A line of one of the custom templates, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TemplateLine {
    /// Index of the custom template.
    pub(super) template: usize,
    pub(super) line: usize,
}

/// The template with its number and the line's at the end of each line that is text there. A line that ends in a tag
/// which consumes the line break is unchanged, so that the expanded text is the same except for the marks.
pub(super) fn mark(template: usize, text: &str) -> String {
    let mut marked = String::with_capacity(text.len() + text.len() / 4);
    let mut inside = Inside::Text;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        inside = inside.after(line);
        let body = line.trim_end_matches(['\n', '\r']);
        let eats_break = ["%}", "#}", "-}}"].iter().any(|end| body.trim_end().ends_with(end));
        marked.push_str(body);
        if matches!(inside, Inside::Text | Inside::Raw) && !eats_break && line.ends_with('\n') {
            marked.push_str(&format!("{MARK}{template}:{}{MARK}", index + 1));
        }
        marked.push_str(&line[body.len()..]);
    }
    marked
}

/// A line without its marks, and the origin in its first mark.
pub(super) fn unmark(line: &str) -> (String, Option<TemplateLine>) {
    let plain = line.split(MARK).step_by(2).collect();
    (plain, marks(line).next())
}

/// The origins in the marks of a text.
pub(super) fn marks(text: &str) -> impl Iterator<Item = TemplateLine> {
    text.split(MARK).skip(1).step_by(2).filter_map(|mark| {
        let (template, line) = mark.split_once(':')?;
        Some(TemplateLine { template: template.parse().ok()?, line: line.parse().ok()? })
    })
}

/// What the end of a line is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Text,
    Comment,
    Variable,
    Block,
    /// The tag that begins text without tags.
    RawBlock,
    Raw,
}

impl Inside {
    fn after(self, line: &str) -> Self {
        let mut inside = self;
        let mut remainder = line;
        let mut quote = None;
        while let Some(first) = remainder.chars().next() {
            let starts = |text: &str| remainder.starts_with(text);
            let (next, length) = match (inside, quote) {
                (Self::Text, _) if starts("{#") => (Self::Comment, 2),
                (Self::Text, _) if starts("{{") => (Self::Variable, 2),
                (Self::Text, _) if is_tag(remainder, "raw") => (Self::RawBlock, 2),
                (Self::Text, _) if starts("{%") => (Self::Block, 2),
                (Self::RawBlock, _) if starts("%}") => (Self::Raw, 2),
                (Self::Raw, _) if is_tag(remainder, "endraw") => (Self::Block, 2),
                (Self::Comment, _) if starts("#}") => (Self::Text, 2),
                (Self::Variable, None) if starts("}}") => (Self::Text, 2),
                (Self::Block, None) if starts("%}") => (Self::Text, 2),
                (Self::Variable | Self::Block, None) if first == '"' || first == '\'' => {
                    quote = Some(first);
                    (inside, 1)
                }
                (_, Some(open)) if first == open => {
                    quote = None;
                    (inside, 1)
                }
                _ => (inside, first.len_utf8()),
            };
            inside = next;
            remainder = &remainder[length..];
        }
        inside
    }
}

/// Whether a text begins with the tag of this name.
fn is_tag(text: &str, name: &str) -> bool {
    let Some(tag) = text.strip_prefix("{%") else { return false };
    let remainder = tag.trim_start_matches(['-', '+']).trim_start().strip_prefix(name);
    remainder
        .is_some_and(|remainder| !remainder.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_text_are_marked_and_those_within_a_tag_are_not() {
        let text = "a\n{{ \n x }}\nb {# \n #}\n{% raw %}\nc {{\n{% endraw %}\nd {{ x }}\n{% if y %}\ne\n";
        let marked = mark(3, text);
        let lines: Vec<usize> = marks(&marked).map(|origin| origin.line).collect();
        assert_eq!(lines, [1, 3, 7, 9, 11]);
        assert!(marks(&marked).all(|origin| origin.template == 3));
        let plain: Vec<String> = marked.lines().map(|line| unmark(line).0).collect();
        assert_eq!(plain, text.lines().collect::<Vec<_>>());
    }
}
