//! Ejected templates whose originals have changed since.

use super::digest::digest;
use super::templates::{TEMPLATES, Templates, User, own};
use crate::diagnostic::{Diagnostic, Location, Position, Span, codes};
use crate::validate::nearest;

/// Digits of a digest that distinguish one text from another.
const DIGITS: usize = 16;

/// The first line of a template copied for the user: a comment with the version that it is a copy of.
#[must_use]
pub fn first_line(name: &str, text: &str) -> String {
    format!("{{# pipectl {}: a copy of {name}, {} #}}\n", env!("CARGO_PKG_VERSION"), version(text))
}

/// Custom templates that are older than pipectl's own, or unused.
pub(super) fn outdated(templates: &Templates<'_>) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for user in templates.users() {
        let Some(text) = own(user.name) else {
            warnings.extend(unused(user, templates));
            continue;
        };
        let first = user.text.lines().next().unwrap_or_default();
        let recorded = first.strip_prefix("{# pipectl ").and_then(|remainder| remainder.strip_suffix(" #}"));
        let Some(recorded) = recorded.and_then(|remainder| remainder.rsplit(' ').next()) else { continue };
        if recorded != version(text) {
            let message = format!("pipectl's own `{}` has changed since this copy was made", user.name);
            let help = format!(
                "compare with `pipectl eject {} --to new`, and copy the changes you want and its first line",
                user.name
            );
            warnings.push(Diagnostic::warning(codes::RENDER_OUTDATED, message).at("", head(user)).help(help));
        }
    }
    warnings
}

fn unused(user: &User<'_>, templates: &Templates<'_>) -> Option<Diagnostic> {
    let used = templates.users().iter().any(|other| other.text.contains(&format!("\"{}\"", user.name)));
    if used {
        return None;
    }
    let near = nearest(user.name, TEMPLATES.iter().map(|(name, _)| *name));
    let help = near.map_or_else(
        || "include it in another, or remove it".to_owned(),
        |near| format!("did you mean `{near}`? else include it in another, or remove it"),
    );
    let message = format!("nothing uses the template `{}`", user.name);
    Some(Diagnostic::warning(codes::RENDER_UNUSED, message).at("", head(user)).help(help))
}

fn version(text: &str) -> String {
    digest(&text.into()).chars().take(DIGITS).collect()
}

fn head(user: &User<'_>) -> Location {
    let length = user.text.lines().next().unwrap_or_default().chars().count();
    let end = Position { line: 1, column: length + 1, offset: length };
    Location { file: user.file, span: Span { start: Position::START, end } }
}
