use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Place, SourceText, Span};

use super::super::harmless;

/// Lines shown above and below the marked ones.
const CONTEXT: usize = 1;
/// Characters of one line that are handed to the renderer; hostile files have lines of a megabyte.
const LINE: usize = 400;

/// Each diagnostic as a compiler would show it, an empty line between two. `sources` is what places refer to.
#[must_use]
pub fn diagnostics_text(diagnostics: &[Diagnostic], sources: &[SourceText]) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let rendered: Vec<String> =
        diagnostics.iter().map(|diagnostic| one(&renderer, diagnostic, sources)).collect();
    rendered.join("\n\n")
}

fn one(renderer: &Renderer, diagnostic: &Diagnostic, sources: &[SourceText]) -> String {
    let level = if diagnostic.is_error() { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(harmless(&diagnostic.message)).id(diagnostic.code.name);
    let mut group = Group::with_title(title);
    let excerpts = excerpts(diagnostic, sources);
    for excerpt in &excerpts {
        group = group.element(excerpt.snippet());
    }
    if let Some(help) = &diagnostic.help {
        // The help may quote other programs' last words, a line each.
        let help: Vec<String> = help.lines().map(harmless).collect();
        group = group.element(Level::HELP.message(help.join("\n")));
    }
    renderer.render(&[group])
}

/// The lines of one file that matter, and what is marked in them.
struct Excerpt<'a> {
    path: &'a str,
    first_line: usize,
    lines: Vec<String>,
    marks: Vec<(AnnotationKind, Span, Option<String>)>,
}

/// One excerpt per run of nearby lines: the diagnostic's own first, then the related ones.
fn excerpts<'a>(diagnostic: &Diagnostic, sources: &'a [SourceText]) -> Vec<Excerpt<'a>> {
    let Some(place) = diagnostic.place else { return Vec::new() };
    let mut marks: Vec<(AnnotationKind, Place, Option<String>)> =
        vec![(AnnotationKind::Primary, place, None)];
    for related in &diagnostic.related {
        marks.push((AnnotationKind::Context, related.place, Some(harmless(&related.message))));
    }
    let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
    let mut files: Vec<_> = marks.iter().map(|(_, place, _)| place.file).collect();
    files.dedup();
    for file in files {
        let Some(source) = sources.get(file.0) else { continue };
        let here: Vec<_> = marks.iter().filter(|(_, place, _)| place.file == file).collect();
        let lines = || here.iter().map(|(_, place, _)| place.span.start.line);
        let first = lines().min().unwrap_or(1).saturating_sub(CONTEXT).max(1);
        let last = lines().max().unwrap_or(1) + CONTEXT;
        excerpts.push(Excerpt {
            path: source.path.as_str(),
            first_line: first,
            lines: source.text.lines().skip(first - 1).take(last + 1 - first).map(shorten).collect(),
            marks: here.into_iter().map(|(kind, place, label)| (*kind, place.span, label.clone())).collect(),
        });
    }
    excerpts
}

fn shorten(line: &str) -> String {
    line.chars()
        .take(LINE)
        .map(|character| if character.is_control() && character != '\t' { ' ' } else { character })
        .collect()
}

impl Excerpt<'_> {
    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        let marks =
            self.marks.iter().map(|(kind, span, label)| kind.span(self.bytes(*span)).label(label.as_deref()));
        Snippet::source(self.lines.join("\n")).path(self.path).line_start(self.first_line).annotations(marks)
    }

    /// The span as bytes of the joined lines. It ends with its first line: a mark over many lines shows less.
    fn bytes(&self, span: Span) -> Range<usize> {
        let index = span.start.line.saturating_sub(self.first_line);
        let before: usize = self.lines.iter().take(index).map(|line| line.len() + 1).sum();
        let Some(line) = self.lines.get(index) else { return before..before };
        let byte = |column: usize| {
            before + line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(byte, _)| byte)
        };
        let start = byte(span.start.column);
        let end = if span.end.line == span.start.line {
            byte(span.end.column)
        } else {
            before + line.trim_end().len()
        };
        start..end.max(start)
    }
}
