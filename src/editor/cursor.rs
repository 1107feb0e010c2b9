//! Where in a spec a cursor stands, from the text alone: while somebody types, it is rarely a document.

/// What the cursor stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// JSON pointer of the map around it.
    pub(super) map: String,
    /// The key of the entry it is in; `None` where a key is yet to be written.
    pub(super) key: Option<String>,
    /// Behind the key's colon.
    pub(super) on_value: bool,
    /// Columns the map's keys are indented by, where it is no flow map.
    pub(super) indent: Option<usize>,
}

impl Cursor {
    /// JSON pointer of the entry.
    pub(super) fn pointer(&self) -> Option<String> {
        self.key.as_ref().map(|key| format!("{}/{key}", self.map))
    }
}

/// Line and column count from 0, columns in characters.
pub(super) fn cursor(text: &str, line: usize, column: usize) -> Cursor {
    let lines: Vec<&str> = text.lines().collect();
    let current = lines.get(line).copied().unwrap_or_default();
    let before: String = current.chars().take(column).collect();
    let indent = match entry(current) {
        Some((indent, _)) => indent,
        // A line without a key yet: where the cursor is, the key will be.
        None => before.chars().take_while(|character| *character == ' ').count(),
    };
    let stack = open_keys(&lines[..line.min(lines.len())], indent);
    let map: String = stack.iter().map(|(_, key)| format!("/{key}")).collect();
    let Some((_, key)) = entry(current) else {
        return Cursor { map, key: None, on_value: false, indent: Some(indent) };
    };
    let colon = indent + key.chars().count();
    if column <= colon {
        return Cursor { map, key: Some(key.to_owned()), on_value: false, indent: Some(indent) };
    }
    let value: String = before.chars().skip(colon + 1).collect();
    in_flow(&map, key, &value, current.chars().skip(column))
}

/// The keys of every block map, by the pointer of their map.
pub(super) fn keys_of(text: &str, map: &str) -> Vec<String> {
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut found = Vec::new();
    let depth = map.matches('/').count();
    for (indent, key) in text.lines().filter_map(entry) {
        // Each entry is put on and taken off once: a text of a megabyte has many.
        while open.last().is_some_and(|(its, _)| *its >= indent) {
            open.pop();
        }
        if open.len() == depth && open.iter().map(|(_, key)| format!("/{key}")).collect::<String>() == map {
            found.push(key.to_owned());
        }
        open.push((indent, key));
    }
    found
}

/// The keys whose maps are open at a line of this indentation, outermost first.
fn open_keys<'a>(above: &[&'a str], mut indent: usize) -> Vec<(usize, &'a str)> {
    let mut stack = Vec::new();
    for line in above.iter().rev() {
        if indent == 0 {
            break;
        }
        if let Some((its, key)) = entry(line).filter(|(its, _)| *its < indent) {
            indent = its;
            stack.push((its, key));
        }
    }
    stack.reverse();
    stack
}

/// Indentation and key of a line such as `  size: 10`.
fn entry(line: &str) -> Option<(usize, &str)> {
    let trimmed = line.trim_start_matches(' ');
    let (key, rest) = trimmed.split_once(':')?;
    let is_key = !key.is_empty()
        && key.chars().all(|character| character.is_ascii_alphanumeric() || "_-$".contains(character));
    let ends = rest.is_empty() || rest.starts_with([' ', '\t']);
    (is_key && ends).then_some((line.len() - trimmed.len(), key))
}

/// A flow map that is open at the cursor.
struct Flow {
    map: String,
    /// The key behind whose colon the cursor is.
    key: Option<String>,
}

/// Follows the braces of a value such as `{size: 10, window` up to the cursor.
fn in_flow(map: &str, key: &str, value: &str, after: impl Iterator<Item = char>) -> Cursor {
    // The block's own entry lies around all flow maps.
    let mut open = vec![Flow { map: map.to_owned(), key: Some(key.to_owned()) }];
    let mut word = String::new();
    for character in value.chars() {
        let depth = open.len();
        match (character, open.last_mut()) {
            ('{', Some(Flow { map, key })) => {
                let inner = key.as_ref().map_or_else(|| map.clone(), |key| format!("{map}/{key}"));
                open.push(Flow { map: inner, key: None });
                word.clear();
            }
            ('}', _) if depth > 1 => {
                open.pop();
                word.clear();
            }
            (',', Some(flow)) if depth > 1 => {
                flow.key = None;
                word.clear();
            }
            (':', Some(flow)) if flow.key.is_none() => {
                flow.key = Some(word.trim().to_owned());
                word.clear();
            }
            _ => word.push(character),
        }
    }
    let Flow { map, key } = open.pop().unwrap_or(Flow { map: map.to_owned(), key: Some(key.to_owned()) });
    if key.is_some() {
        return Cursor { map, key, on_value: true, indent: None };
    }
    // The rest of a key the cursor stands in.
    let rest: String =
        after.take_while(|character| character.is_ascii_alphanumeric() || *character == '_').collect();
    let name = format!("{}{rest}", word.trim_start());
    Cursor { map, key: (!name.is_empty()).then_some(name), on_value: false, indent: None }
}
