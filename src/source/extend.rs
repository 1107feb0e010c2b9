use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::inside::{inside, within};
use super::limits;
use super::parse::{Language, parse};
use super::read::{Unread, is_of_the_system, read, unreadable};
use super::tree::{Content, Node};
use crate::diagnostic::{Diagnostic, Place, SourceText, codes};
use crate::input::{DATA, Origin};

/// Reads a spec and overlays it on what it extends, base by base.
pub(super) fn with_bases(
    path: &Utf8Path,
    origin: Origin<'_>,
    text: Option<Vec<u8>>,
    sources: &mut Vec<SourceText>,
) -> Result<Node, Vec<Diagnostic>> {
    let file = read(path, origin, text, sources).map_err(|unread| {
        vec![match unread {
            Unread::Refused(refusal) => unreadable(path, &refusal),
            Unread::Wrong(diagnostic) => *diagnostic,
        }]
    })?;
    let mut merged = parse(&sources[file.0].text, file, Language::Spec)?;
    let mut chain = vec![real(path)];
    let mut current = path.to_owned();
    let mut next = base(&merged);
    while let Some((name, place)) = next {
        let refused = |reason: &str, help: &str| {
            let message = format!("`extends: {name}` cannot be followed: {reason}");
            vec![Diagnostic::error(codes::SOURCE_EXTENDS, message).at("/extends", place).help(help)]
        };
        let path = resolve(&current, &name, &chain).map_err(|(reason, help)| refused(&reason, &help))?;
        let file = read(&path, within(&current, DATA), None, sources).map_err(|unread| match unread {
            Unread::Wrong(diagnostic) => vec![*diagnostic],
            Unread::Refused(refusal) if is_of_the_system(&refusal) => {
                vec![unreadable(&path, &refusal).at("/extends", place)]
            }
            Unread::Refused(refusal) => refused(&refusal.to_string(), refusal.help()),
        })?;
        let under = parse(&sources[file.0].text, file, Language::Spec)?;
        next = base(&under);
        merged = overlay(under, merged);
        chain.push(real(&path));
        current = path;
    }
    Ok(merged)
}

fn base(node: &Node) -> Option<(String, Place)> {
    let entry = node.entry("extends")?;
    match &entry.node.content {
        Content::Scalar(Value::String(name)) => Some((name.clone(), entry.node.place)),
        // Of the wrong type: the schema says so.
        _ => None,
    }
}

/// The file named, if it is not of the chain yet.
fn resolve(current: &Utf8Path, name: &str, chain: &[PathBuf]) -> Result<Utf8PathBuf, (String, String)> {
    if chain.len() >= limits::CHAIN {
        return Err((
            format!("the chain has more than {} files", limits::CHAIN),
            "merge some of them".to_owned(),
        ));
    }
    let path = inside(current, name).map_err(|refusal| (refusal.to_string(), refusal.help().to_owned()))?;
    if chain.contains(&real(&path)) {
        return Err(("the chain comes back to itself".to_owned(), "remove one of the `extends`".to_owned()));
    }
    Ok(path)
}

/// Without links and dots, where the file exists.
fn real(path: &Utf8Path) -> PathBuf {
    fs_err::canonicalize(path).unwrap_or_else(|_| path.into())
}

/// Maps key by key, everything else as a whole. Each value keeps its place in its own file.
fn overlay(under: Node, over: Node) -> Node {
    let place = over.place;
    match (under.content, over.content) {
        (Content::Map(mut entries), Content::Map(overlaid)) => {
            for entry in overlaid {
                match entries.iter().position(|known| known.key == entry.key) {
                    Some(index) => {
                        let known = entries.swap_remove(index);
                        entries.push(crate::source::Entry { node: overlay(known.node, entry.node), ..entry });
                    }
                    None => entries.push(entry),
                }
            }
            Node { content: Content::Map(entries), place }
        }
        (_, content) => Node { content, place },
    }
}
