//! From which line of which template a line of the expanded text is.

/// Stands around a mark. No value holds it, because escaping writes it otherwise, and no file does, because reading
/// refuses control characters.
const MARK: char = '\u{1}';

/// A line of one of the user's templates, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// Index into the user's templates.
    pub(super) template: usize,
    pub(super) line: usize,
}

/// The template with its number and the line's at the end of each line that is text there. A line that ends in a tag
/// which takes the line break with it stays as it is, so that the expanded text is the same but for the marks.
pub(super) fn mark(template: usize, text: &str) -> String {
    let mut marked = String::with_capacity(text.len() + text.len() / 4);
    let mut inside = Inside::Text;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        inside = inside.after(line);
        let body = line.trim_end_matches(['\n', '\r']);
        let eats_break = ["%}", "#}", "-}}"].iter().any(|end| body.trim_end().ends_with(end));
        marked.push_str(body);
        if inside == Inside::Text && !eats_break && line.ends_with('\n') {
            marked.push_str(&format!("{MARK}{template}:{}{MARK}", index + 1));
        }
        marked.push_str(&line[body.len()..]);
    }
    marked
}

/// A line without its marks, and where its first mark says it is from.
pub(super) fn unmark(line: &str) -> (String, Option<Origin>) {
    let mut parts = line.split(MARK);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    let mut origin = None;
    while let (Some(mark), Some(rest)) = (parts.next(), parts.next()) {
        let read = mark.split_once(':').and_then(|(template, line)| {
            Some(Origin { template: template.parse().ok()?, line: line.parse().ok()? })
        });
        origin = origin.or(read);
        plain.push_str(rest);
    }
    (plain, origin)
}

/// What the end of a line is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Text,
    Comment,
    Variable,
    Block,
}

impl Inside {
    fn after(self, line: &str) -> Self {
        let mut inside = self;
        let mut rest = line;
        let mut quote = None;
        while let Some(first) = rest.chars().next() {
            let starts = |text: &str| rest.starts_with(text);
            let (next, length) = match (inside, quote) {
                (Self::Text, _) if starts("{#") => (Self::Comment, 2),
                (Self::Text, _) if starts("{{") => (Self::Variable, 2),
                (Self::Text, _) if starts("{%") => (Self::Block, 2),
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
            rest = &rest[length..];
        }
        inside
    }
}
