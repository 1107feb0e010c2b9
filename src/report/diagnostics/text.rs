use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Location, SourceText, Span, printable, push_visible};

/// Lines shown above and below the marked ones.
const CONTEXT: usize = 1;
/// Most characters of one line that are passed to the renderer; hostile files have lines of a megabyte.
const LINE: usize = 400;
/// Most lines between two marks of one diagnostic; with more, the lines between are not passed to the renderer.
const FAR: usize = 100;
/// Most diagnostics that are shown: nobody reads more, and each takes a dozen lines.
const MOST: usize = 100;

/// Each diagnostic in the form of a compiler's, with an empty line between two. `sources` are the files that locations
/// refer to.
#[must_use]
pub fn diagnostics_text(diagnostics: &[Diagnostic], sources: &[SourceText]) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    // Computed once: a hostile spec has thousands of mistakes in a megabyte.
    let texts: Vec<Text<'_>> = sources
        .iter()
        .map(|source| Text { path: printable(source.path.as_str()), lines: source.text.lines().collect() })
        .collect();
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    // No warning is shown instead of an error.
    let mut warnings = MOST.saturating_sub(errors);
    let shown = diagnostics.iter().filter(|diagnostic| {
        let is_warning = !diagnostic.is_error();
        let has_location = !is_warning || warnings > 0;
        warnings -= usize::from(is_warning && has_location);
        has_location
    });
    let mut rendered: Vec<String> =
        shown.take(MOST).map(|diagnostic| one(&renderer, diagnostic, &texts)).collect();
    if diagnostics.len() > rendered.len() {
        let more = diagnostics.len() - rendered.len();
        rendered.push(format!("… and {more} more: `--format json` lists them all"));
    }
    rendered.join("\n\n")
}

fn one(renderer: &Renderer, diagnostic: &Diagnostic, texts: &[Text<'_>]) -> String {
    let level = if diagnostic.is_error() { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.name);
    let mut group = Group::with_title(title);
    let excerpts = excerpts(diagnostic, texts);
    for excerpt in &excerpts {
        group = group.element(excerpt.snippet());
    }
    if let Some(help) = &diagnostic.help {
        // The help may quote other programs' last lines.
        let help: Vec<String> = help.lines().map(printable).collect();
        group = group.element(Level::HELP.message(help.join("\n")));
    }
    renderer.render(&[group])
}

/// The kind of a mark, its location, and its label.
type Mark = (AnnotationKind, Location, Option<String>);

/// A file with its lines.
struct Text<'a> {
    path: String,
    lines: Vec<&'a str>,
}

/// The relevant lines of one file, and their marks.
struct Excerpt<'a> {
    path: &'a str,
    first_line: usize,
    lines: Vec<Line>,
    marks: Vec<(AnnotationKind, Span, Option<String>)>,
}

/// A line in its displayed form.
struct Line {
    text: String,
    /// The byte at which each character of the file's line begins in the text, and the end of the last one.
    bytes: Vec<usize>,
}

/// One excerpt per run of nearby lines: the diagnostic's own first, then the related ones.
fn excerpts<'a>(diagnostic: &Diagnostic, texts: &'a [Text<'_>]) -> Vec<Excerpt<'a>> {
    let Some(location) = diagnostic.location else { return Vec::new() };
    let mut marks: Vec<Mark> = vec![(AnnotationKind::Primary, location, None)];
    for related in &diagnostic.related {
        marks.push((AnnotationKind::Context, related.location, Some(printable(&related.message))));
    }
    let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
    let mut files: Vec<_> = marks.iter().map(|(_, location, _)| location.file).collect();
    files.dedup();
    for file in files {
        let Some(text) = texts.get(file.0) else { continue };
        let here: Vec<&Mark> = marks.iter().filter(|(_, location, _)| location.file == file).collect();
        let lines = || here.iter().map(|(_, location, _)| location.span.start.line);
        if lines().max() > lines().min().map(|first| first + FAR) {
            // The lines between would only be left out again.
            excerpts.extend(here.into_iter().map(|mark| excerpt(text, &[mark])));
        } else {
            excerpts.push(excerpt(text, &here));
        }
    }
    excerpts
}

/// The lines of these marks, and all lines between.
fn excerpt<'a>(text: &'a Text<'_>, marks: &[&Mark]) -> Excerpt<'a> {
    let lines = || marks.iter().map(|(_, location, _)| location.span.start.line);
    let first = lines().min().unwrap_or(1).saturating_sub(CONTEXT).max(1);
    let last = lines().max().unwrap_or(1) + CONTEXT;
    let lines = text.lines.iter().skip(first - 1).take(last + 1 - first);
    Excerpt {
        path: &text.path,
        first_line: first,
        lines: lines.map(|line| Line::new(line)).collect(),
        marks: marks.iter().map(|(kind, location, label)| (*kind, location.span, label.clone())).collect(),
    }
}

impl Line {
    fn new(line: &str) -> Self {
        let (mut text, mut bytes) = (String::new(), Vec::new());
        for character in line.chars().take(LINE) {
            bytes.push(text.len());
            match character {
                '\t' => text.push('\t'),
                // Half of a Windows line break.
                '\r' => text.push(' '),
                character => push_visible(&mut text, character),
            }
        }
        bytes.push(text.len());
        Self { text, bytes }
    }
}

impl Excerpt<'_> {
    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        let marks =
            self.marks.iter().map(|(kind, span, label)| kind.span(self.bytes(*span)).label(label.as_deref()));
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        Snippet::source(lines.join("\n")).path(self.path).line_start(self.first_line).annotations(marks)
    }

    /// The span as bytes of the joined lines. It ends with its first line: a mark over many lines is hard to read.
    fn bytes(&self, span: Span) -> Range<usize> {
        let index = span.start.line.saturating_sub(self.first_line);
        let before: usize = self.lines.iter().take(index).map(|line| line.text.len() + 1).sum();
        let Some(line) = self.lines.get(index) else { return before..before };
        let byte = |column: usize| {
            before + line.bytes.get(column.saturating_sub(1)).copied().unwrap_or(line.text.len())
        };
        let start = byte(span.start.column);
        let end = if span.end.line == span.start.line {
            byte(span.end.column)
        } else {
            before + line.text.trim_end().len()
        };
        start..end.max(start)
    }
}
