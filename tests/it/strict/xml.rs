//! A minimal XML parser for the answers of the Query protocol, which the local cloud writes without attributes.

/// The text of the first element of this name, unescaped.
pub(crate) fn first(text: &str, name: &str) -> Option<String> {
    let (_, remainder) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = remainder.split_once(&format!("</{name}>"))?;
    Some(plain(inner))
}

/// The text with the content of the first element of this name replaced.
pub(crate) fn set(text: &str, name: &str, value: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let value = super::refusal::escaped(value);
    match (text.split_once(&open), text.split_once(&close)) {
        (Some((before, _)), Some((_, after))) => format!("{before}{open}{value}{close}{after}"),
        _ => text.to_owned(),
    }
}

/// The text before the members of a list, the members, and the text after them.
pub(crate) fn members<'a>(text: &'a str, list: &str) -> Option<(&'a str, Vec<&'a str>, &'a str)> {
    let (open, close) = (format!("<{list}>"), format!("</{list}>"));
    let start = text.find(&open)? + open.len();
    let end = start + text[start..].find(&close)?;
    let mut found = Vec::new();
    let (mut depth, mut from, mut at) = (0_usize, start, start);
    while let Some(next) = text[at..end].find('<').map(|offset| at + offset) {
        if text[next..].starts_with("<member>") {
            if depth == 0 {
                from = next;
            }
            depth += 1;
        } else if text[next..].starts_with("</member>") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                found.push(&text[from..next + "</member>".len()]);
            }
        }
        at = next + 1;
    }
    Some((&text[..start], found, &text[end..]))
}

fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#x27;", "'").replace("&#39;", "'").replace("&apos;", "'").replace("&amp;", "&")
}
