//! Follows `extends` from a spec to its last base.

use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::inside::folder;
use super::limits;
use super::overlay::{Unset, merged};
use super::parse::{Language, parse};
use super::read::{Unread, is_of_the_system, read, unreadable};
use super::tree::{Content, Node};
use crate::diagnostic::{Diagnostic, Location, SourceText, codes};
use crate::input::{DATA, Origin, canonical};

/// Reads a spec and overlays it on the specs it extends, base by base; also returns the values it removes from them.
pub(super) fn with_bases(
    path: &Utf8Path,
    origin: Origin<'_>,
    text: Option<Vec<u8>>,
    sources: &mut Vec<SourceText>,
) -> Result<(Node, Vec<Unset>), Vec<Diagnostic>> {
    let file = read(path, origin, text, sources).map_err(|unread| {
        vec![match unread {
            Unread::Refused(refusal) => unreadable(path, &refusal),
            Unread::Wrong(diagnostic) => *diagnostic,
        }]
    })?;
    let own = parse(&sources[file.0].text, file, Language::Spec)?;
    let mut bases = Vec::new();
    read_bases(path, &own, sources, &mut bases)?;
    Ok(merged(own, bases))
}

/// Reads the specs that a spec extends, the nearest first. Those before an unreadable one are still read.
pub(super) fn read_bases(
    path: &Utf8Path,
    own: &Node,
    sources: &mut Vec<SourceText>,
    bases: &mut Vec<Node>,
) -> Result<(), Vec<Diagnostic>> {
    let mut chain = vec![canonical(path)];
    let mut current = path.to_owned();
    let mut next = base(own);
    while let Some((name, location)) = next {
        let refused = |reason: &str, help: &str| {
            let message = format!("`extends: {name}` cannot be used: {reason}");
            vec![Diagnostic::error(codes::SOURCE_EXTENDS, message).at("/extends", location).help(help)]
        };
        let path = resolve(&current, &name, &chain).map_err(|(reason, help)| refused(&reason, &help))?;
        let within = Origin::Repository { folder: folder(&current), endings: DATA };
        let file = read(&path, within, None, sources).map_err(|unread| match unread {
            Unread::Wrong(diagnostic) => vec![*diagnostic],
            Unread::Refused(refusal) if is_of_the_system(&refusal) => {
                vec![unreadable(&path, &refusal).at("/extends", location)]
            }
            Unread::Refused(refusal) => refused(&refusal.to_string(), refusal.help()),
        })?;
        let under = parse(&sources[file.0].text, file, Language::Spec)?;
        next = base(&under);
        bases.push(under);
        chain.push(canonical(&path));
        current = path;
    }
    Ok(())
}

fn base(node: &Node) -> Option<(String, Location)> {
    let entry = node.entry("extends")?;
    match &entry.node.content {
        Content::Scalar(Value::String(name)) => Some((name.clone(), entry.node.location)),
        // Of the wrong type: the schema reports it.
        _ => None,
    }
}

/// The named file, if it is not in the chain yet.
fn resolve(current: &Utf8Path, name: &str, chain: &[PathBuf]) -> Result<Utf8PathBuf, (String, String)> {
    if chain.len() >= limits::CHAIN {
        return Err((
            format!("the chain has more than {} files", limits::CHAIN),
            "merge some of them".to_owned(),
        ));
    }
    let path = current.parent().unwrap_or(Utf8Path::new("")).join(name);
    if chain.contains(&canonical(&path)) {
        return Err(("the chain is circular".to_owned(), "remove one of the `extends`".to_owned()));
    }
    Ok(path)
}
