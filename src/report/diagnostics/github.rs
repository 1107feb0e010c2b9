use crate::diagnostic::{Diagnostic, SourceText, printable, printable_lines};

/// Workflow commands, one per line: GitHub shows each at its line of the pull request.
#[must_use]
pub fn diagnostics_github(diagnostics: &[Diagnostic], sources: &[SourceText]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(|diagnostic| line(diagnostic, sources)).collect();
    lines.join("\n")
}

fn line(diagnostic: &Diagnostic, sources: &[SourceText]) -> String {
    let level = if diagnostic.is_error() { "error" } else { "warning" };
    let mut properties = Vec::new();
    if let Some(location) = diagnostic.location
        && let Some(source) = sources.get(location.file.0)
    {
        let (start, end) = (location.span.start, location.span.end);
        properties.push(format!("file={}", property(source.path.as_str())));
        properties.push(format!("line={}", start.line));
        properties.push(format!("endLine={}", end.line));
        // Columns are accepted only within one line.
        if start.line == end.line {
            properties.push(format!("col={}", start.column));
            properties.push(format!("endColumn={}", end.column));
        }
    }
    properties.push(format!("title={}", property(diagnostic.code.name)));
    let help = diagnostic.help.as_ref();
    let help = help.map(|help| format!("\nhelp: {}", printable_lines(help))).unwrap_or_default();
    let text = format!("{}{help}", printable(&diagnostic.message));
    format!("::{level} {}::{}", properties.join(","), data(&text))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
